#include "engine/message_search.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "testing/simulated_node.h"

namespace godwit {
namespace {

MessagePage search(const Node& node, const MessageSearch& query) {
  const LivingMessages living = node.broker->living(living_query(query));
  return search_messages(*node.store, 1, query, living, node.broker->log_begin()).value();
}

MessageSearch query_of() {
  MessageSearch query;
  query.account = Node::account;
  return query;
}

MessageId publish(Node& node, const std::string& body, Milliseconds delay,
                  const std::string& url = "http://a.test/") {
  Publish publish = Node::message(url);
  publish.message.body = body;
  if (delay > Milliseconds(0)) publish.message.not_before = node.time.now() + delay;
  const MessageId id = node.publish(std::move(publish)).id;
  node.run_for(Milliseconds(10));
  return id;
}

void finish(Node& node, MessageId id, int status) {
  const auto attempt = std::ranges::find_if(
      node.attempts.started, [id](const StartAttempt& each) { return each.message->id == id; });
  REQUIRE(attempt != node.attempts.started.end());
  AttemptResult result;
  result.status = status;
  const std::uint64_t number = attempt->attempt;
  node.attempts.started.erase(attempt);
  node.broker->attempt_finished(id, number, std::move(result));
  node.run_for(Milliseconds(20));
}

std::vector<MessageId> ids(const MessagePage& page) {
  std::vector<MessageId> ids;
  ids.reserve(page.messages.size());
  for (const MessageSummary& summary : page.messages) ids.push_back(summary.message->id);
  return ids;
}

TEST_CASE("messages of every place are in one list, newest first, with their states") {
  Node node;
  const MessageId cold = publish(node, "a", Milliseconds(3'600'000));
  const MessageId hot = publish(node, "b", Milliseconds(30'000));
  const MessageId delivered = publish(node, "c", {});
  finish(node, delivered, 200);
  const MessageId active = publish(node, "d", {});
  const MessageId retrying = publish(node, "e", {});
  finish(node, retrying, 500);
  Publish last = Node::message();
  last.message.retries_max = 0;
  const MessageId failed = node.publish(std::move(last)).id;
  node.run_for(Milliseconds(10));
  finish(node, failed, 404);

  const MessagePage page = search(node, query_of());
  CHECK(ids(page) == std::vector{failed, retrying, active, delivered, hot, cold});
  std::vector<MessageState> states;
  states.reserve(page.messages.size());
  for (const MessageSummary& summary : page.messages) states.push_back(summary.state);
  CHECK(states == std::vector{MessageState::failed, MessageState::retrying, MessageState::active,
                              MessageState::delivered, MessageState::waiting,
                              MessageState::waiting});
  CHECK(page.cursor.empty());
  CHECK(page.messages[0].last->status == 404);
  CHECK(page.messages[0].attempts == 1);
  CHECK(page.messages[1].last->status == 500);
  CHECK(page.messages[1].attempts == 1);
  CHECK(page.messages[2].active_since.has_value());
  CHECK(page.messages[3].attempts == 1);
  CHECK(page.messages[5].due == cold.created() + Milliseconds(3'600'000));

  MessageSearch oldest = query_of();
  oldest.order = Order::earliest_first;
  std::vector<MessageId> reversed = ids(page);
  std::ranges::reverse(reversed);
  CHECK(ids(search(node, oldest)) == reversed);

  MessageSearch filtered = query_of();
  filtered.states = {MessageState::waiting};
  CHECK(ids(search(node, filtered)) == std::vector{hot, cold});
  filtered = query_of();
  filtered.statuses = {{500, 599}};
  CHECK(ids(search(node, filtered)) == std::vector{retrying});
  filtered = query_of();
  filtered.count_only = true;
  const MessagePage counted = search(node, filtered);
  CHECK(counted.count == 6);
  CHECK(counted.living == 4);
  CHECK(counted.messages.empty());

  filtered.account = 2;
  CHECK(search(node, filtered).count == 0);
}

TEST_CASE("messages that change their state between pages are shown once") {
  Node node;
  std::vector<MessageId> all;
  all.reserve(12);
  for (int i = 0; i < 12; ++i) {
    all.push_back(publish(node, "x", i % 3 == 0 ? Milliseconds(3'600'000) : Milliseconds(0)));
  }
  for (const Order order : {Order::latest_first, Order::earliest_first}) {
    MessageSearch query = query_of();
    query.order = order;
    query.count = 2;
    std::vector<MessageId> seen;
    for (;;) {
      const MessagePage page = search(node, query);
      for (const MessageId id : ids(page)) seen.push_back(id);
      if (page.cursor.empty()) break;
      query.cursor = page.cursor;
      if (!node.attempts.started.empty()) {
        finish(node, node.attempts.started.front().message->id, 200);
      }
    }
    std::ranges::sort(seen);
    CHECK(seen == all);
  }
}

/// Messages in every state and every place, some of them older than the log goes back.
void publish_of_every_kind(Node& node) {
  constexpr Milliseconds hour{3'600'000};
  for (const bool old : {true, false}) {
    for (int i = 0; i < 3; ++i) publish(node, "cold", 240 * hour);
    publish(node, "hot", Milliseconds(30'000));
    const MessageId moved = publish(node, "moved to hot", 240 * hour);
    REQUIRE(node.ask<void>(
        [&](Reply<void> reply) { node.broker->run_now(Node::account, moved, std::move(reply)); }));
    node.run_for(Milliseconds(20));
    finish(node, moved, 500);
    Publish slow = Node::message();
    slow.message.retry_delay = std::to_string(240 * hour.count());
    const MessageId put_aside = node.publish(std::move(slow)).id;
    node.run_for(Milliseconds(10));
    finish(node, put_aside, 500);
    finish(node, publish(node, "delivered", {}), 200);
    Publish last = Node::message();
    last.message.retries_max = 0;
    const MessageId failed = node.publish(std::move(last)).id;
    node.run_for(Milliseconds(10));
    finish(node, failed, 404);
    publish(node, "active", {});
    if (old) node.run_for(100 * hour);
  }
}

TEST_CASE("a search for states finds what a search for all has in those states") {
  Node node;
  publish_of_every_kind(node);
  for (const bool restarted : {false, true}) {
    if (restarted) {
      node.restart();
      node.run_for(Milliseconds(20));
    }
    const MessagePage all = search(node, query_of());
    CHECK(all.messages.size() == 16);
    for (unsigned wanted = 1; wanted < 64; ++wanted) {
      CAPTURE(wanted);
      MessageSearch query = query_of();
      query.count = 4;
      std::vector<MessageId> expected;
      for (unsigned state = 0; state < 6; ++state) {
        if ((wanted >> state & 1) != 0) query.states.push_back(static_cast<MessageState>(state));
      }
      for (const MessageSummary& summary : all.messages) {
        if ((wanted >> static_cast<unsigned>(summary.state) & 1) != 0) {
          expected.push_back(summary.message->id);
        }
      }
      std::vector<MessageId> found;
      do {
        const MessagePage page = search(node, query);
        for (const MessageId id : ids(page)) found.push_back(id);
        query.cursor = page.cursor;
      } while (!query.cursor.empty());
      CHECK(found == expected);
    }
  }
}

TEST_CASE("a page that may look at little ends early and loses nothing") {
  Node node;
  std::vector<MessageId> wanted;
  for (int i = 0; i < 60; ++i) {
    const MessageId id =
        publish(node, i % 20 == 7 ? "order-4711" : "other", Milliseconds(3'600'000));
    if (i % 20 == 7) wanted.push_back(id);
  }
  MessageSearch query = query_of();
  query.text = "order-4711";
  query.scan_max = 5;
  std::vector<MessageId> seen;
  std::size_t pages = 0;
  for (;;) {
    const MessagePage page = search(node, query);
    ++pages;
    for (const MessageId id : ids(page)) seen.push_back(id);
    if (page.cursor.empty()) break;
    CHECK(page.back.has_value());
    query.cursor = page.cursor;
    REQUIRE(pages < 200);
  }
  std::ranges::reverse(seen);
  CHECK(seen == wanted);
  CHECK(pages > 3);
}

TEST_CASE("a text is found in every part of a message, but not in what is redacted") {
  std::size_t before = 0;  // Inside the record, and outside.
  SUBCASE("of a small message") { before = 100; }
  SUBCASE("of a message whose body is kept apart") { before = 40'000; }
  Node node;
  Publish open = Node::message("http://a.test/needle-url");
  open.message.body = std::string(before, 'x') + "needle-body";
  open.message.headers = {{"Needle-Name", "needle-value"}};
  open.message.labels = {"needle-label"};
  open.message.not_before = node.time.now() + Milliseconds(30'000);
  Publish hidden = open;
  hidden.message.redaction = {.body = true, .all_headers = true, .headers = {}};
  hidden.message.url = "http://a.test/";
  hidden.message.labels = {};
  const MessageId id = node.publish(std::move(open)).id;
  const MessageId secret = node.publish(std::move(hidden)).id;
  node.run_for(Milliseconds(10));
  for (const char* const text : {"needle-url", "needle-body", "needle-value", "needle-label"}) {
    CAPTURE(text);
    MessageSearch query = query_of();
    query.text = text;
    CHECK(ids(search(node, query)) == std::vector{id});
  }
  MessageSearch query = query_of();
  query.text = id.to_string();
  CHECK(ids(search(node, query)) == std::vector{id});
  query.text = "Needle-Name";
  CHECK(search(node, query).messages.size() == 2);
  query.text.clear();
  query.url_parts = {"needle-url"};
  CHECK(ids(search(node, query)) == std::vector{id});
  query.url_parts.clear();
  query.filter.ids = {secret};
  CHECK(ids(search(node, query)) == std::vector{secret});
}

TEST_CASE("the history of a message has all its rows and its whole body") {
  Node node;
  const MessageId id = publish(node, std::string(50'000, 'b'), {});
  finish(node, id, 503);
  MessageSearch query = query_of();
  query.filter.ids = {id};
  const LivingMessages living = node.broker->living(living_query(query));
  const auto history = read_message(*node.store, 1, Node::account, id, living, true).value();
  REQUIRE(history);
  CHECK(history->body_whole);
  CHECK(history->summary.message->body.size() == 50'000);
  CHECK(history->summary.state == MessageState::retrying);
  REQUIRE(history->rows.size() == 4);
  CHECK(history->rows[0].state == LogState::created);
  CHECK(history->rows[1].state == LogState::active);
  CHECK(history->rows[2].state == LogState::error);
  CHECK(history->rows[3].state == LogState::retry);
  CHECK_FALSE(read_message(*node.store, 1, 2, id, living, true).value());
}

TEST_CASE("a cursor that no search made is refused") {
  Node node;
  MessageSearch query = query_of();
  for (const char* const text : {"x", "12", "12-msg_", "-msg_1", "12-msg_x-y"}) {
    query.cursor = text;
    const auto page = search_messages(*node.store, 1, query, {}, Timestamp{});
    REQUIRE_FALSE(page);
    CHECK(page.error().code == ErrorCode::invalid_argument);
  }
}

}  // namespace
}  // namespace godwit
