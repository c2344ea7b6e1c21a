#include <string>
#include <vector>

#include "testing/simulated_node.h"

namespace godwit {
namespace {

using Bodies = std::vector<std::string>;

Publish limited(const std::string& body, int parallelism, int rate, Milliseconds period,
                const std::string& key = "k") {
  Publish publish = Node::message();
  publish.message.flow_control = {
      .key = key, .parallelism = parallelism, .rate = rate, .period = period};
  publish.message.body = body;
  return publish;
}

void change(Node& node, const FlowControlChange& change) {
  REQUIRE(node.ask<void>([&](Reply<void> reply) {
    node.broker->change_flow_control(Node::account, "k", change, std::move(reply));
  }));
}

FlowControlInfo info(const Node& node) {
  const std::optional<FlowControlInfo> found = node.broker->flow_control(Node::account, "k");
  REQUIRE(found);
  return *found;
}

constexpr Milliseconds minute{60'000};

}  // namespace

TEST_CASE("no more attempts of a key are under way than its parallelism, in order of arrival") {
  Node node;
  for (int i = 0; i < 5; ++i) node.publish(limited(std::to_string(i), 2, 0, minute));
  node.run_for(Milliseconds(100));
  CHECK(node.started() == Bodies{"0", "1"});
  CHECK(info(node).waiting == 3);
  CHECK(info(node).parallelism_count == 2);
  CHECK(info(node).parallelism_max == 2);
  node.answer(0, 200);
  node.run_for(Milliseconds(100));
  CHECK(node.started() == Bodies{"1", "2"});
  // A retry waits its turn like everyone.
  node.answer(0, 500);
  node.run_for(Milliseconds(5'000));
  CHECK(node.started() == Bodies{"2", "3"});
  node.answer(0, 200);
  node.answer(0, 200);
  node.run_for(Milliseconds(100));
  CHECK(node.started() == Bodies{"4", "1"});
}

TEST_CASE("no more attempts of a key start in a window than its rate, across restarts") {
  EngineSettings settings;
  settings.list_window_max = 3;
  Node node(settings);
  for (int i = 0; i < 9; ++i) node.publish(limited(std::to_string(i), 0, 2, minute));
  node.run_for(Milliseconds(100));
  CHECK(node.started() == Bodies{"0", "1"});
  CHECK(node.keys(Space::fifo) > 0);
  node.answer(0, 200);
  node.answer(0, 200);
  node.run_for(Milliseconds(10'000));
  CHECK(node.started().empty());
  CHECK(info(node).rate_count == 2);
  const Timestamp window = info(node).rate_period_start;
  node.restart();
  node.run_for(Milliseconds(40'000));
  CHECK(node.started().empty());
  CHECK(info(node).waiting == 7);
  CHECK(info(node).rate_period_start == window);
  node.run_for(Milliseconds(10'000));
  CHECK(node.started() == Bodies{"2", "3"});
  CHECK(info(node).rate_period_start == window + minute);
  node.run_for(4 * minute);
  CHECK(node.started() == Bodies{"2", "3", "4", "5", "6", "7", "8"});
}

TEST_CASE("attempts that a crash cut off count in their window") {
  Node node;
  node.publish(limited("0", 0, 1, minute));
  node.run_for(Milliseconds(100));
  CHECK(node.started() == Bodies{"0"});
  node.restart();
  node.run_for(Milliseconds(50'000));
  CHECK(node.started().empty());
  node.run_for(Milliseconds(10'000));
  CHECK(node.started() == Bodies{"0"});
}

TEST_CASE("the newest message's limits count for all, a pinned half stays") {
  Node node;
  for (int i = 0; i < 4; ++i) node.publish(limited(std::to_string(i), 1, 0, minute));
  node.run_for(Milliseconds(100));
  CHECK(node.started() == Bodies{"0"});
  node.publish(limited("4", 3, 0, minute));
  node.run_for(Milliseconds(100));
  CHECK(node.started() == Bodies{"0", "1", "2"});
  change(node, {.pin_parallelism = 4});
  node.publish(limited("5", 1, 7, minute));
  node.run_for(Milliseconds(100));
  CHECK(node.started() == Bodies{"0", "1", "2", "3"});
  CHECK(info(node).parallelism_max == 4);
  CHECK(info(node).pinned_parallelism);
  CHECK_FALSE(info(node).pinned_rate);
  CHECK(info(node).rate_max == 7);
  change(node, {.unpin_parallelism = true});
  CHECK(info(node).parallelism_max == 4);
  CHECK_FALSE(info(node).pinned_parallelism);
}

TEST_CASE("a paused key starts nothing and keeps its order, also through a restart") {
  Node node;
  change(node, {.paused = true});
  for (int i = 0; i < 3; ++i) node.publish(limited(std::to_string(i), 5, 0, minute));
  node.run_for(Milliseconds(1'000));
  CHECK(node.started().empty());
  CHECK(info(node).paused);
  node.restart();
  node.run_for(Milliseconds(1'000));
  CHECK(node.started().empty());
  change(node, {.paused = false});
  node.run_for(Milliseconds(100));
  CHECK(node.started() == Bodies{"0", "1", "2"});
}

TEST_CASE("resetting the rate ends the window at once") {
  Node node;
  for (int i = 0; i < 3; ++i) node.publish(limited(std::to_string(i), 0, 1, minute));
  node.run_for(Milliseconds(1'000));
  CHECK(node.started() == Bodies{"0"});
  change(node, {.reset_rate = true});
  node.run_for(Milliseconds(100));
  CHECK(node.started() == Bodies{"0", "1"});
  change(node, {.paused = true, .reset_rate = true});
  CHECK(info(node).rate_count == 0);
}

TEST_CASE("resetting the parallelism lets the next start, and late answers do no harm") {
  Node node;
  for (int i = 0; i < 3; ++i) node.publish(limited(std::to_string(i), 1, 0, minute));
  node.run_for(Milliseconds(100));
  change(node, {.reset_parallelism = true});
  node.run_for(Milliseconds(100));
  CHECK(node.started() == Bodies{"0", "1"});
  node.answer(0, 200);
  node.run_for(Milliseconds(100));
  CHECK(node.started() == Bodies{"1"});
  CHECK(info(node).parallelism_count == 1);
  node.answer(0, 200);
  node.run_for(Milliseconds(100));
  CHECK(node.started() == Bodies{"2"});
}

TEST_CASE("cancelling a message that waits for its key gives its place up") {
  EngineSettings settings;
  settings.list_window_max = 2;
  Node node(settings);
  std::vector<MessageId> ids;
  ids.reserve(6);
  for (int i = 0; i < 6; ++i)
    ids.push_back(node.publish(limited(std::to_string(i), 1, 0, minute)).id);
  node.run_for(Milliseconds(100));
  for (const std::size_t i : {1U, 5U}) {
    REQUIRE(node.ask<void>(
        [&](Reply<void> reply) { node.broker->cancel(Node::account, ids[i], std::move(reply)); }));
  }
  CHECK(info(node).waiting == 3);
  Bodies order;
  while (!node.attempts.started.empty()) {
    order.push_back(node.started()[0]);
    node.answer(0, 200);
    node.run_for(Milliseconds(100));
  }
  CHECK(order == Bodies{"0", "2", "3", "4"});
  CHECK(info(node).waiting == 0);
  CHECK(node.keys(Space::fifo) == 0);
  CHECK(node.keys(Space::cold) == 0);
}

TEST_CASE("a cancel during an attempt holds when the message stood in its key's stored list") {
  EngineSettings settings;
  settings.list_window_max = 1;
  Node node(settings);
  std::vector<MessageId> ids;
  ids.reserve(4);
  for (int i = 0; i < 4; ++i) {
    ids.push_back(node.publish(limited(std::to_string(i), 1, 0, minute)).id);
  }
  node.run_for(Milliseconds(100));
  REQUIRE(node.keys(Space::fifo) > 0);
  for (int i = 0; i < 3; ++i) {
    node.answer(0, 200);
    node.run_for(Milliseconds(100));
  }
  REQUIRE(node.started() == Bodies{"3"});
  REQUIRE(node.ask<void>(
      [&](Reply<void> reply) { node.broker->cancel(Node::account, ids[3], std::move(reply)); }));
  node.restart();
  node.run_for(Milliseconds(100));
  CHECK(node.started().empty());
  CHECK(node.broker->stats().canceled == 1);
  CHECK(node.keys(Space::fifo) == 0);
  CHECK(node.keys(Space::cold) == 0);
}

TEST_CASE("a message of a queue and a key obeys both") {
  Node node;
  REQUIRE(node.ask<void>([&](Reply<void> reply) {
    node.broker->upsert_queue(Node::account, "q", 3, false, std::move(reply));
  }));
  for (int i = 0; i < 5; ++i) {
    Publish publish = limited(std::to_string(i), 2, 0, minute);
    publish.message.queue = "q";
    node.publish(std::move(publish));
  }
  node.run_for(Milliseconds(100));
  CHECK(node.started() == Bodies{"0", "1"});
  CHECK(info(node).waiting == 1);
  node.answer(1, 500);
  node.run_for(Milliseconds(100));
  CHECK(node.started() == Bodies{"0", "2"});
  node.answer(0, 200);
  node.run_for(Milliseconds(2'000));
  CHECK(node.started() == Bodies{"2", "3"});
}

TEST_CASE("a key without use is forgotten, one that people set is not") {
  EngineSettings settings;
  settings.flow_control_idle = minute;
  Node node(settings);
  node.publish(limited("0", 1, 1, Milliseconds(1'000), "used"));
  change(node, {.pin_parallelism = 3});
  node.run_for(Milliseconds(100));
  node.answer(0, 200);
  node.run_for(Milliseconds(20'000));
  const auto listed = [&node](const char* search, std::size_t max) {
    const auto stored = list_flow_controls(*node.store, Node::account, search, max).value();
    return node.broker->flow_controls(Node::account, stored, search).size();
  };
  CHECK(listed("", 10) == 2);
  CHECK(listed("", 1) == 1);
  CHECK(listed("us", 10) == 1);
  CHECK(listed("nobody", 10) == 0);
  node.run_for(10 * minute);
  CHECK_FALSE(node.broker->flow_control(Node::account, "used"));
  CHECK(info(node).parallelism_max == 3);
  CHECK(node.resources(keys::Resource::flow_control) == 1);
  CHECK_FALSE(node.broker->flow_control(Node::account + 1, "k"));
}

TEST_CASE("a key in constant use does not keep idle ones from being forgotten") {
  EngineSettings settings;
  settings.flow_control_idle = minute;
  Node node(settings);
  node.publish(limited("busy", 1, 0, minute, "busy"));
  node.publish(limited("idle", 1, 0, minute, "idle"));
  for (int i = 0; i < 300; ++i) {
    node.run_for(Milliseconds(1'000));
    while (!node.attempts.started.empty()) node.answer(0, 200);
    node.publish(limited("busy", 1, 0, minute, "busy"));
  }
  CHECK(node.broker->flow_control(Node::account, "busy"));
  CHECK_FALSE(node.broker->flow_control(Node::account, "idle"));
}

TEST_CASE("a key is not forgotten before its delayed messages and retries have come back") {
  EngineSettings settings;
  settings.flow_control_idle = Milliseconds(20'000);
  Node node(settings);
  for (int i = 0; i < 3; ++i) {
    Publish publish = limited(std::to_string(i), 9, 9, minute);
    publish.message.not_before = node.time.now() + 10 * minute;
    publish.message.retry_delay = "600000";
    node.publish(std::move(publish));
  }
  // The newest limits count, whatever those who wait brought along.
  node.publish(limited("newest", 1, 3, minute));
  node.run_for(Milliseconds(100));
  node.answer(0, 200);
  node.run_for(Milliseconds(100));
  node.restart();
  node.run_for(10 * minute);
  CHECK(node.started() == Bodies{"0"});
  node.answer(0, 500);
  node.run_for(Milliseconds(100));
  node.answer(0, 200);
  node.run_for(Milliseconds(100));
  node.answer(0, 200);
  node.run_for(10 * minute);
  CHECK(node.started() == Bodies{"0"});
  CHECK(info(node).rate_max == 3);
  node.answer(0, 200);
  node.run_for(5 * minute);
  CHECK_FALSE(node.broker->flow_control(Node::account, "k"));
}

TEST_CASE("a backlog held by its key leaves room in memory for everyone else") {
  EngineSettings settings;
  settings.near_max = 20;
  settings.list_window_max = 30;
  settings.listed_in_memory_max = 30;
  Node node(settings);
  for (int i = 0; i < 100; ++i) node.publish(limited(std::to_string(i), 1, 0, minute));
  for (int i = 0; i < 10; ++i) node.publish(Node::message());
  node.run_for(Milliseconds(200));
  CHECK(node.attempts.started.size() == 11);
}

}  // namespace godwit
