#include "engine/live_rows.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "testing/simulated_node.h"

namespace godwit {
namespace {

struct Seen {
  MessageId id;
  LogState state = LogState::created;
  friend bool operator==(const Seen&, const Seen&) = default;
};

struct Onlooker {
  explicit Onlooker(Node& node) : handle(node.broker->watch(watcher())) {}
  Watcher watcher() {
    return [this](const LiveRows& rows) {
      for (const LiveRow& row : rows.rows) {
        seen.push_back({row.message->id, row.row.state});
        all.push_back(row);
      }
      left_out += rows.left_out;
    };
  }
  std::vector<Seen> seen;
  std::vector<LiveRow> all;
  std::size_t left_out = 0;
  Broker::Watch handle;
};

std::size_t count_of(const Onlooker& watcher, LogState state) {
  std::size_t count = 0;
  for (const Seen& seen : watcher.seen) count += seen.state == state ? 1U : 0U;
  return count;
}

}  // namespace

TEST_CASE("who watches sees each row once, in order, and the message without its body") {
  Node node;
  Onlooker watcher(node);
  Publish publish = Node::message();
  publish.message.retries_max = 1;
  publish.message.labels = {"label"};
  publish.message.headers = {{"X-Secret", "s"}};
  const MessageId id = node.publish(std::move(publish)).id;
  node.run_for(Milliseconds(100));
  node.answer(0, 500, "answer");
  node.run_for(Milliseconds(2'000));
  node.answer(0, 200);
  node.run_for(Milliseconds(100));
  using enum LogState;
  CHECK(watcher.seen ==
        std::vector<Seen>{
            {id, created}, {id, active}, {id, error}, {id, retry}, {id, active}, {id, delivered}});
  CHECK(watcher.left_out == 0);
  REQUIRE(watcher.all.size() == 6);
  for (const LiveRow& row : watcher.all) {
    CHECK(row.account == Node::account);
    CHECK(row.message->body.empty());
    CHECK(row.message->headers.empty());
    CHECK(row.body_size == 5);
    CHECK(row.message->labels == std::vector<std::string>{"label"});
    CHECK(row.row.response_body.empty());
  }
  CHECK(watcher.all[2].row.status == 500);
  CHECK(watcher.all[4].retried == 1);
}

TEST_CASE("a row is told when it is durable, not before") {
  Node node;
  Onlooker watcher(node);
  bool answered = false;
  node.broker->publish(Node::message(), [&](const Result<PublishReceipt>& receipt) {
    REQUIRE(receipt);
    answered = true;
  });
  CHECK(watcher.seen.empty());
  while (!answered) {
    CHECK(watcher.seen.empty());
    REQUIRE(node.time.run_next(node.time.now() + Milliseconds(1'000)));
  }
  node.run_for(Milliseconds(100));
  CHECK(count_of(watcher, LogState::created) == 1);
}

TEST_CASE("cancels and dead letters are told like everything else") {
  Node node;
  Onlooker watcher(node);
  const MessageId id = node.publish(Node::message()).id;
  node.run_for(Milliseconds(100));
  REQUIRE(node.ask<void>(
      [&](Reply<void> reply) { node.broker->cancel(Node::account, id, std::move(reply)); }));
  node.answer(0, 500);
  Publish hopeless = Node::message();
  hopeless.message.retries_max = 0;
  node.publish(std::move(hopeless));
  node.run_for(Milliseconds(100));
  node.answer(0, 500);
  Publish later = Node::message();
  later.message.not_before = node.time.now() + std::chrono::hours(5);
  const MessageId waiting = node.publish(std::move(later)).id;
  REQUIRE(node.ask<void>(
      [&](Reply<void> reply) { node.broker->cancel(Node::account, waiting, std::move(reply)); }));
  node.run_for(Milliseconds(100));
  CHECK(count_of(watcher, LogState::cancel_requested) == 2);
  CHECK(count_of(watcher, LogState::canceled) == 2);
  CHECK(count_of(watcher, LogState::error) == 2);
  CHECK(count_of(watcher, LogState::failed) == 1);
}

TEST_CASE("of a large batch the first rows are told, the others counted") {
  Node node;
  Onlooker watcher(node);
  std::vector<Publish> publishes;
  const std::size_t count = live_rows_max + 44;
  for (std::size_t i = 0; i < count; ++i) {
    Publish later = Node::message();
    later.message.not_before = node.time.now() + std::chrono::hours(1);
    publishes.push_back(std::move(later));
  }
  REQUIRE(node.ask<std::vector<PublishReceipt>>([&](Reply<std::vector<PublishReceipt>> reply) {
    node.broker->publish_all(std::move(publishes), std::move(reply));
  }));
  node.run_for(Milliseconds(100));
  CHECK(watcher.seen.size() == live_rows_max);
  CHECK(watcher.left_out == 44);
}

TEST_CASE("a watch ends with its handle, also from inside, and may outlive the broker") {
  Node node;
  std::optional<Broker::Watch> inner;
  int told = 0;
  inner = node.broker->watch([&](const LiveRows&) {
    ++told;
    inner.reset();
  });
  Onlooker other(node);
  node.publish(Node::message());
  node.run_for(Milliseconds(100));
  CHECK(told == 1);
  CHECK_FALSE(other.seen.empty());
  const std::size_t seen = other.seen.size();
  other.handle = {};
  node.answer(0, 200);
  node.run_for(Milliseconds(100));
  CHECK(other.seen.size() == seen);
  CHECK_FALSE(node.engine->has_live_rows());

  other.handle = node.broker->watch([](const LiveRows&) {});
  node.crash();
  other.handle = {};
  node.boot();
}

TEST_CASE("a watcher may give commands") {
  Node node;
  std::optional<Result<PublishReceipt>> receipt;
  bool asked = false;
  const Broker::Watch watch = node.broker->watch([&](const LiveRows&) {
    if (std::exchange(asked, true)) return;
    node.broker->publish(Node::message(),
                         [&](const Result<PublishReceipt>& got) { receipt = got; });
  });
  node.publish(Node::message());
  node.run_for(Milliseconds(100));
  REQUIRE(receipt);
  CHECK(receipt->has_value());
  CHECK(node.attempts.started.size() == 2);
}

}  // namespace godwit
