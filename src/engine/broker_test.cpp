#include "engine/broker.h"

#include <doctest/doctest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "testing/simulated_node.h"

namespace godwit {
namespace {

constexpr AccountId account = Node::account;

}  // namespace

TEST_CASE("neither the answer nor the attempt leaves before the message is on the disk") {
  Node node;
  bool answered = false;
  node.broker->publish(Node::message(), [&](Result<PublishReceipt> receipt) {
    answered = true;
    CHECK(receipt);
    CHECK(node.keys(Space::hot) == 1);
  });
  CHECK_FALSE(answered);
  CHECK(node.attempts.started.empty());
  node.run_for(Milliseconds(100));
  CHECK(answered);
  REQUIRE(node.attempts.started.size() == 1);
  CHECK(node.attempts.started[0].message->body == "hello");
}

TEST_CASE("publishes that come during a commit share the next one") {
  Node node;
  node.run_for(Milliseconds(100));
  const std::uint64_t before = node.disk.commits;
  int answered = 0;
  for (int i = 0; i < 100; ++i) {
    node.broker->publish(Node::message(), [&](const Result<PublishReceipt>& receipt) {
      CHECK(receipt);
      ++answered;
    });
  }
  node.run_for(Milliseconds(200));
  CHECK(answered == 100);
  CHECK(node.disk.commits - before == 2);
}

TEST_CASE("after a failed sync nobody is answered and the broker stops") {
  Node node;
  node.disk.faults.failing_commit = node.disk.commits + 1;
  bool answered = false;
  node.broker->publish(Node::message(), [&](const Result<PublishReceipt>&) { answered = true; });
  node.run_for(Milliseconds(200));
  CHECK(node.fatal == "the simulated disk refused to sync");
  CHECK_FALSE(answered);
  CHECK(node.attempts.started.empty());
}

TEST_CASE("a delivered message leaves nothing but its log record") {
  Node node;
  node.publish(Node::message());
  node.answer(0, 200);
  node.run_for(Milliseconds(100));
  CHECK(node.keys(Space::hot) == 0);
  CHECK(node.keys(Space::log) == 1);
  CHECK(node.broker->stats().delivered == 1);
}

TEST_CASE("a message beyond the horizon costs no memory and comes in time") {
  EngineSettings settings;
  settings.horizon = Milliseconds(10'000);
  Node node(settings);
  Publish publish = Node::message();
  publish.message.not_before = node.time.now() + Milliseconds(100'000);
  const Timestamp due = publish.message.not_before;
  node.publish(std::move(publish));
  CHECK(node.broker->stats().near == 0);
  CHECK(node.keys(Space::cold) == 1);
  while (node.attempts.started.empty()) REQUIRE(node.time.run_next(due + Milliseconds(10)));
  CHECK(node.time.now() >= due);
  CHECK(node.time.now() <= due + Milliseconds(5));
  node.answer(0, 200);
  node.run_for(Milliseconds(100));
  CHECK(node.keys(Space::cold) == 0);
  CHECK(node.keys(Space::due) == 0);
}

TEST_CASE("a delay is counted from the creation, however long ago it was asked for") {
  Node node;
  Publish publish = Node::message();
  publish.delay = Milliseconds(90'000);
  publish.message.not_before = node.time.now() + publish.delay;
  node.run_for(Milliseconds(250));
  const MessageId id = node.publish(std::move(publish)).id;
  const auto message = node.broker->find(account, id);
  REQUIRE(message);
  CHECK((*message)->not_before - (*message)->created == Milliseconds(90'000));
}

TEST_CASE("a deduplication id names one message within its window") {
  Node node;
  const auto once = [&] {
    Publish publish = Node::message();
    publish.deduplication = deduplication_key_of_id(account, "order-1");
    return node.publish(std::move(publish));
  };
  const PublishReceipt first = once();
  CHECK_FALSE(first.deduplicated);
  CHECK(once().id == first.id);
  CHECK(once().deduplicated);
  node.restart();
  CHECK(once().id == first.id);
  node.run_for(Milliseconds(600'001));
  const PublishReceipt later = once();
  CHECK_FALSE(later.deduplicated);
  CHECK(later.id != first.id);
  node.run_for(Milliseconds(700'000));
  CHECK(node.keys(Space::dedup) == 0);
}

TEST_CASE("cancelling a waiting message ends it at once") {
  Node node;
  Publish publish = Node::message();
  publish.message.not_before = node.time.now() + Milliseconds(5'000);
  const MessageId id = node.publish(std::move(publish)).id;
  bool done = false;
  node.broker->cancel(account + 1, id, [](const Result<void>& result) { CHECK_FALSE(result); });
  node.broker->cancel(account, id, [&](const Result<void>& result) { done = result.has_value(); });
  node.run_for(Milliseconds(10'000));
  CHECK(done);
  CHECK(node.attempts.started.empty());
  CHECK(node.keys(Space::hot) == 0);
}

TEST_CASE("a cancel that was acknowledged during an attempt holds over a crash") {
  Node node;
  const MessageId id = node.publish(Node::message()).id;
  REQUIRE(node.attempts.started.size() == 1);
  bool done = false;
  node.broker->cancel(account, id, [&](const Result<void>& result) { done = result.has_value(); });
  node.run_for(Milliseconds(100));
  REQUIRE(done);
  node.restart();
  node.run_for(Milliseconds(10'000));
  CHECK(node.attempts.started.empty());
  CHECK(node.keys(Space::hot) == 0);
  CHECK(node.broker->stats().canceled == 1);
}

TEST_CASE("an attempt cut off by a crash is made again and does not count as a retry") {
  Node node;
  const MessageId id = node.publish(Node::message()).id;
  node.answer(0, 500);
  node.run_for(Milliseconds(1'500));
  REQUIRE(node.attempts.started.size() == 1);
  CHECK(node.attempts.started[0].retried == 1);
  node.restart();
  node.run_for(Milliseconds(100));
  REQUIRE(node.attempts.started.size() == 1);
  CHECK(node.attempts.started[0].message->id == id);
  CHECK(node.attempts.started[0].retried == 1);
}

TEST_CASE("a large body stands apart, arrives whole and leaves nothing behind") {
  Node node;
  Publish publish = Node::message();
  publish.message.body = std::string(100'000, 'x');
  publish.message.retries_max = 1;
  node.publish(std::move(publish));
  node.run_for(Milliseconds(50));
  CHECK(node.keys(Space::body) == 1);
  node.answer(0, 500);
  node.restart();
  node.run_for(Milliseconds(5'000));
  REQUIRE(node.attempts.started.size() == 1);
  CHECK(node.attempts.started[0].message->body.size() == 100'000);
  while (!node.attempts.started.empty()) {
    node.answer(0, 200);
    node.run_for(Milliseconds(100));
  }
  CHECK(node.keys(Space::body) == 0);
  CHECK(node.keys(Space::hot) == 0);
}

TEST_CASE("past the messages that memory may hold the store keeps the rest, in order") {
  EngineSettings settings;
  settings.near_max = 8;
  settings.in_flight_max = 2;
  Node node(settings);
  std::vector<MessageId> published;
  published.reserve(40);
  for (int i = 0; i < 40; ++i) published.push_back(node.publish(Node::message()).id);
  CHECK(node.broker->stats().near <= 8);
  CHECK(node.keys(Space::cold) >= 32);
  std::vector<MessageId> delivered;
  while (delivered.size() < published.size()) {
    while (node.attempts.started.empty())
      REQUIRE(node.time.run_next(node.time.now() + Milliseconds(5'000)));
    delivered.push_back(node.attempts.started[0].message->id);
    node.answer(0, 200);
  }
  CHECK(delivered == published);
}

TEST_CASE("a dead letter is retried as a new message with what the caller changed") {
  Node node;
  Publish publish = Node::message();
  publish.message.retries_max = 0;
  const MessageId id = node.publish(std::move(publish)).id;
  node.answer(0, 500);
  node.run_for(Milliseconds(100));
  DeadLetterQuery query;
  query.account = account;
  const auto page = list_dead_letters(*node.store, 1, query);
  REQUIRE(page);
  REQUIRE(page->entries.size() == 1);
  std::vector<DeadLetterRetry> retries;
  retries.push_back({page->entries[0].id, [](Message& message) { message.retries_max = 5; }});
  std::vector<PublishReceipt> receipts;
  node.broker->retry_dead_letters(account, retries,
                                  [&](Result<std::vector<PublishReceipt>> result) {
                                    REQUIRE(result);
                                    receipts = std::move(*result);
                                  });
  // Asked again before the first answer: the entry is taken already.
  retries.clear();
  retries.push_back({page->entries[0].id, [](Message&) {}});
  bool second_answered = false;
  node.broker->retry_dead_letters(account, retries,
                                  [&](const Result<std::vector<PublishReceipt>>& result) {
                                    REQUIRE(result);
                                    CHECK(result->empty());
                                    second_answered = true;
                                  });
  node.run_for(Milliseconds(100));
  REQUIRE(receipts.size() == 1);
  CHECK(second_answered);
  CHECK(receipts[0].id != id);
  CHECK(node.keys(Space::dlq) == 0);
  REQUIRE(node.attempts.started.size() == 1);
  CHECK(node.attempts.started[0].message->retries_max == 5);
  CHECK(node.attempts.started[0].message->body == "hello");
}

TEST_CASE("run now brings a waiting message forward and keeps its count of retries") {
  Node node;
  Publish publish = Node::message();
  publish.message.not_before = node.time.now() + std::chrono::hours(2);
  const MessageId id = node.publish(std::move(publish)).id;
  node.broker->run_now(account, id, [](const Result<void>& result) { CHECK(result); });
  node.run_for(Milliseconds(100));
  REQUIRE(node.attempts.started.size() == 1);
  CHECK(node.attempts.started[0].retried == 0);
  CHECK(node.keys(Space::cold) == 0);
  CHECK(node.keys(Space::due) == 0);
  node.broker->run_now(account, id, [](const Result<void>& result) {
    REQUIRE_FALSE(result);
    CHECK(result.error().code == ErrorCode::conflict);
  });
  node.run_for(Milliseconds(100));
}

TEST_CASE("a message can be read while it lives and a minute after its end") {
  Node node;
  const MessageId id = node.publish(Node::message()).id;
  CHECK(node.broker->find(account, id));
  CHECK_FALSE(node.broker->find(account + 1, id));
  node.answer(0, 200);
  CHECK(node.broker->find(account, id));
  node.run_for(Milliseconds(30'000));
  REQUIRE(node.broker->find(account, id));
  CHECK((*node.broker->find(account, id))->body == "hello");
  node.run_for(Milliseconds(60'000));
  CHECK_FALSE(node.broker->find(account, id));
}

TEST_CASE("draining waits for the attempt in flight and starts none") {
  Node node;
  node.publish(Node::message());
  REQUIRE(node.attempts.started.size() == 1);
  bool drained = false;
  node.broker->drain(node.time.now() + Milliseconds(30'000), [&] { drained = true; });
  bool refused = false;
  node.broker->publish(Node::message(), [&](const Result<PublishReceipt>& receipt) {
    refused = !receipt && receipt.error().code == ErrorCode::unavailable;
  });
  node.run_for(Milliseconds(1'000));
  CHECK(refused);
  CHECK_FALSE(drained);
  node.answer(0, 200);
  node.run_for(Milliseconds(100));
  CHECK(drained);
  CHECK(node.keys(Space::hot) == 0);
}

TEST_CASE("draining ends at its deadline whatever hangs") {
  Node node;
  node.publish(Node::message());
  bool drained = false;
  node.broker->drain(node.time.now() + Milliseconds(3'000), [&] { drained = true; });
  node.run_for(Milliseconds(2'900));
  CHECK_FALSE(drained);
  node.run_for(Milliseconds(200));
  CHECK(drained);
}

TEST_CASE("rotated signing keys are there after a restart") {
  Node node;
  node.broker->rotate_signing_keys(account, {"sig_b", "sig_c"},
                                   [](const Result<SigningKeys>& keys_now) {
                                     REQUIRE(keys_now);
                                     CHECK(keys_now->current == "sig_b");
                                   });
  node.run_for(Milliseconds(100));
  CHECK(node.broker->signing_keys(account).current == "sig_b");
  node.restart();
  const auto stored = node.engine->stored_signing_keys(account);
  REQUIRE(stored);
  REQUIRE(stored->has_value());
  CHECK((*stored)->next == "sig_c");
}

}  // namespace godwit
