#include <string>
#include <vector>

#include "testing/simulated_node.h"

namespace godwit {
namespace {

Callback call_back_to(const std::string& url) {
  Callback callback;
  callback.url = url;
  return callback;
}

Publish with_callbacks(int retries) {
  Publish publish = Node::message();
  publish.message.retries_max = retries;
  publish.message.callback = call_back_to("http://callback.test/");
  publish.message.failure_callback = call_back_to("http://failure.test/");
  return publish;
}

std::vector<std::string> urls(const Node& node) {
  std::vector<std::string> urls;
  urls.reserve(node.attempts.started.size());
  for (const StartAttempt& attempt : node.attempts.started) urls.push_back(attempt.message->url);
  return urls;
}

using Urls = std::vector<std::string>;

}  // namespace

TEST_CASE("every attempt is told to the callback, the final failure to the failure callback") {
  Node node;
  const MessageId id = node.publish(with_callbacks(1)).id;
  node.run_for(Milliseconds(100));
  node.answer(0, 500);
  node.run_for(Milliseconds(100));
  REQUIRE(urls(node) == Urls{"http://callback.test/"});
  CHECK(node.attempts.started[0].message->callback_of == id);
  CHECK(node.attempts.started[0].message->body.contains("\"status\":500"));
  node.answer(0, 200);
  node.run_for(Milliseconds(2'000));
  REQUIRE(urls(node) == Urls{"http://a.test/"});
  node.answer(0, 404);
  node.run_for(Milliseconds(100));
  REQUIRE(urls(node) == Urls{"http://callback.test/", "http://failure.test/"});
  CHECK_FALSE(node.attempts.started[0].message->body.contains("dlqId"));
  CHECK(node.attempts.started[1].message->body.contains("\"dlqId\":\""));
  CHECK(node.attempts.started[1].message->body.contains("\"retried\":1"));
}

TEST_CASE("callbacks are as durable as the ending that they tell") {
  Node node;
  node.publish(with_callbacks(0));
  node.run_for(Milliseconds(100));
  node.answer(0, 200);
  node.run_for(Milliseconds(100));
  node.restart();
  node.run_for(Milliseconds(100));
  CHECK(urls(node) == Urls{"http://callback.test/"});
  CHECK(node.engine->stats().corrupt == 0);
}

TEST_CASE("a cancelled message calls nobody back") {
  Node node;
  const MessageId id = node.publish(with_callbacks(3)).id;
  node.run_for(Milliseconds(100));
  REQUIRE(node.ask<void>(
      [&](Reply<void> reply) { node.broker->cancel(Node::account, id, std::move(reply)); }));
  node.answer(0, 500);
  node.run_for(Milliseconds(100'000));
  CHECK(urls(node).empty());
}

TEST_CASE("a cancel that is asked for twice counts once") {
  Node node;
  const MessageId id = node.publish(with_callbacks(3)).id;
  node.run_for(Milliseconds(100));
  const auto cancel_all = [&] {
    const Result<std::size_t> canceled = node.ask<std::size_t>([&](Reply<std::size_t> reply) {
      node.broker->cancel_all(Node::account, {id, id}, std::nullopt, std::move(reply));
    });
    REQUIRE(canceled);
    return *canceled;
  };
  CHECK(cancel_all() == 1);
  CHECK(cancel_all() == 0);
}

TEST_CASE("a completed bulk action is forgotten after its retention") {
  Node node;
  BulkAction action;
  action.id = "a";
  action.created = node.time.now();
  action.completed = node.time.now();
  for (const char* id : {"a", "b"}) {
    action.id = id;
    if (action.id == "b") action.completed = Timestamp{};
    REQUIRE(node.ask<std::size_t>([&](Reply<std::size_t> reply) {
      node.broker->cancel_all(Node::account, {}, action, std::move(reply));
    }));
  }
  node.run_for(std::chrono::hours(24 * 7));
  CHECK(node.keys(Space::meta) == 2);
  node.run_for(Milliseconds(10'000));
  CHECK(node.keys(Space::meta) == 1);
}

TEST_CASE("the endpoints of a group are published together or not at all") {
  Node node;
  std::vector<Publish> publishes;
  publishes.reserve(2);
  for (const char* url : {"http://a.test/", "http://b.test/"}) {
    publishes.push_back(Node::message(url));
    publishes.back().message.group = "g";
  }
  const auto receipts =
      node.ask<std::vector<PublishReceipt>>([&](Reply<std::vector<PublishReceipt>> reply) {
        node.broker->publish_all(std::move(publishes), std::move(reply));
      });
  REQUIRE(receipts);
  CHECK(receipts->size() == 2);
  node.run_for(Milliseconds(100));
  CHECK(urls(node) == Urls{"http://a.test/", "http://b.test/"});
}

}  // namespace godwit
