// What rows keep of an attempt, and where they and messages lead.
#include <string>
#include <utility>
#include <vector>

#include "testing/simulated_node.h"

namespace godwit {
namespace {

constexpr AccountId account = Node::account;

AttemptResult response(int status, std::string body = "body") {
  AttemptResult result;
  result.status = status;
  result.response_headers = {{"Server", "x"}, {"Content-Type", "text/plain"}};
  result.response_body = std::move(body);
  result.timing = AttemptTiming{};
  result.timing->first_byte = Microseconds(1'500);
  result.timing->total = Microseconds(2'000);
  result.timing->address = {{127, 0, 0, 1}, 4};
  return result;
}

void finish(Node& node, AttemptResult result) {
  const StartAttempt ended = node.attempts.started.at(0);
  node.attempts.started.erase(node.attempts.started.begin());
  node.broker->attempt_finished(ended.message->id, ended.attempt, std::move(result));
  node.run_for(Milliseconds(100));
}

MessageId publish(Node& node, int retries = 0) {
  Publish publish = Node::message();
  publish.message.retries_max = retries;
  publish.message.deduplication_id = "order-17";
  const MessageId id = node.publish(std::move(publish)).id;
  node.run_for(Milliseconds(100));
  return id;
}

/// Of a message, oldest first, with the message as the log has it.
std::vector<LogEntry> entries(const Node& node, MessageId id) {
  LogQuery query;
  query.account = account;
  query.filter.ids = {id};
  query.order = Order::earliest_first;
  const Result<LogPage> page = list_log(*node.store, 1, query, node.broker->living(query));
  REQUIRE(page);
  return page->entries;
}

LogRow row_of(const Node& node, MessageId id, LogState state) {
  for (const LogEntry& entry : entries(node, id)) {
    if (entry.row.state == state) return entry.row;
  }
  FAIL("there is no such row: ", to_string(state));
  return {};
}

std::vector<DeadLetterEntry> dead_letters(const Node& node) {
  DeadLetterQuery query;
  query.account = account;
  Result<DeadLetterPage> page = list_dead_letters(*node.store, 1, query);
  REQUIRE(page);
  return std::move(page->entries);
}

MessageId replay(Node& node, DeadLetterId id, std::function<void(Message&)> change) {
  const std::vector<DeadLetterRetry> retries{{id, std::move(change)}};
  const auto receipts =
      node.ask<std::vector<PublishReceipt>>([&](Reply<std::vector<PublishReceipt>> reply) {
        node.broker->retry_dead_letters(account, retries, std::move(reply));
      });
  REQUIRE(receipts);
  REQUIRE(receipts->size() == 1);
  return receipts->front().id;
}

}  // namespace

TEST_CASE("the rows of attempts tell how long they took, the others do not") {
  Node node;
  const MessageId id = publish(node, 1);
  finish(node, response(500));
  node.run_for(Milliseconds(2'000));
  finish(node, response(200));
  node.restart();
  int timed = 0;
  for (const LogEntry& entry : entries(node, id)) {
    const LogState state = entry.row.state;
    const bool is_attempt = state == LogState::error || state == LogState::delivered;
    CHECK(entry.row.timing.has_value() == is_attempt);
    if (!is_attempt) continue;
    CHECK(entry.row.timing == response(200).timing);
    ++timed;
  }
  CHECK(timed == 2);
}

TEST_CASE("a dead letter keeps the timing of its last attempt") {
  Node node;
  publish(node);
  finish(node, response(500));
  REQUIRE(dead_letters(node).size() == 1);
  CHECK(dead_letters(node)[0].record.last == response(500));
}

TEST_CASE("a delivered attempt keeps the beginning of its response") {
  EngineSettings settings;
  settings.log_delivered_response_max = 10;
  Node node(settings);
  MessageId id = publish(node);
  finish(node, response(201, "0123456789abc"));
  LogRow row = row_of(node, id, LogState::delivered);
  CHECK(row.status == 201);
  CHECK(row.response_headers == Headers{{"Server", "x"}});  // The next one is too much.
  CHECK(row.response_body == "0123456789");

  id = publish(node);
  finish(node, response(200, "0123456789"));
  CHECK(row_of(node, id, LogState::delivered).response_body == "0123456789");
}

TEST_CASE("where nothing of delivered responses is kept, their status and timing are") {
  EngineSettings settings;
  settings.log_delivered_response_max = 0;
  Node node(settings);
  const MessageId id = publish(node);
  finish(node, response(204));
  const LogRow row = row_of(node, id, LogState::delivered);
  CHECK(row.status == 204);
  CHECK(row.timing.has_value());
  CHECK(row.response_headers.empty());
  CHECK(row.response_body.empty());
}

TEST_CASE("rows lead to the callbacks that tell about them, and those lead back") {
  Node node;
  Publish with_callbacks = Node::message();
  with_callbacks.message.retries_max = 1;
  with_callbacks.message.callback = Callback{};
  with_callbacks.message.callback->url = "http://callback.test/";
  with_callbacks.message.failure_callback = with_callbacks.message.callback;
  const MessageId id = node.publish(std::move(with_callbacks)).id;
  node.run_for(Milliseconds(100));
  std::vector<MessageId> callbacks;
  const auto callback_ended = [&](bool failure) {
    REQUIRE(node.attempts.started.size() >= 1);
    const Message& message = *node.attempts.started[0].message;
    CHECK(message.callback_of == id);
    CHECK(message.tells_failure == failure);
    callbacks.push_back(message.id);
    finish(node, response(200));
  };
  finish(node, response(500));
  callback_ended(false);
  node.run_for(Milliseconds(2'000));
  finish(node, response(500));
  callback_ended(false);
  callback_ended(true);

  std::vector<MessageId> told;
  for (const LogEntry& entry : entries(node, id)) {
    if (entry.row.callback == MessageId{}) continue;
    CHECK((entry.row.state == LogState::error || entry.row.state == LogState::failed));
    told.push_back(entry.row.callback);
  }
  CHECK(told == callbacks);
  CHECK(entries(node, callbacks[2]).front().message->tells_failure);

  Publish delivered = Node::message();
  delivered.message.callback = Callback{};
  delivered.message.callback->url = "http://callback.test/";
  const MessageId other = node.publish(std::move(delivered)).id;
  node.run_for(Milliseconds(100));
  finish(node, response(200));
  REQUIRE(node.attempts.started.size() == 1);
  CHECK(row_of(node, other, LogState::delivered).callback == node.attempts.started[0].message->id);
}

TEST_CASE("a replayed dead letter leads to the new message, and that one back to what it was") {
  Node node;
  const MessageId id = publish(node);
  CHECK_FALSE(replayed_as(*node.store, account, id).value());
  finish(node, response(500));
  const DeadLetterId entry = dead_letters(node).at(0).id;
  const MessageId again = replay(node, entry, [](Message& message) {
    message.url = "http://b.test/";
    message.labels = {"again"};
  });
  node.restart();
  CHECK(replayed_as(*node.store, account, id).value() == again);
  CHECK_FALSE(replayed_as(*node.store, account, again).value());
  CHECK_FALSE(replayed_as(*node.store, account + 1, id).value());
  const auto message = node.broker->find(account, again);
  REQUIRE(message);
  CHECK_FALSE((*message)->deduplication_id);
  REQUIRE((*message)->replay_of);
  CHECK(*(*message)->replay_of ==
        Replay{entry.to_string(),
               id,
               {{MessageChange::What::url, "", "http://a.test/", "http://b.test/"}}});

  // A second time: it was the new message then.
  node.run_for(Milliseconds(100));
  finish(node, response(500));
  const DeadLetterEntry second = dead_letters(node).at(0);
  CHECK(second.record.message.replay_of->message == id);
  const MessageId third = replay(node, second.id, [](Message&) {});
  CHECK(replayed_as(*node.store, account, again).value() == third);
  CHECK((*node.broker->find(account, third))->replay_of->message == again);
  CHECK((*node.broker->find(account, third))->replay_of->changes.empty());
}

TEST_CASE("what became of a dead letter is not a row of the log, and ends with it") {
  Node node;
  const MessageId id = publish(node);
  finish(node, response(500));
  const std::size_t rows = entries(node, id).size();
  replay(node, dead_letters(node).at(0).id, [](Message&) {});
  CHECK(entries(node, id).size() == rows);
  LogQuery query;
  query.account = account;
  const Result<LogPage> all = list_log(*node.store, 1, query, node.broker->living(query));
  REQUIRE(all);
  CHECK(all->skipped == 0);
  REQUIRE(replayed_as(*node.store, account, id).value());
  node.run_for(std::chrono::hours(24 * 3 + 2));
  CHECK_FALSE(replayed_as(*node.store, account, id).value());
}

}  // namespace godwit
