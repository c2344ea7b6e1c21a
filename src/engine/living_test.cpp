// What the engine tells listings of messages that live, while their records come and go.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "testing/simulated_node.h"

namespace godwit {
namespace {

LogQuery query_of(Order order) {
  LogQuery query;
  query.account = Node::account;
  query.order = order;
  return query;
}

/// The states of all rows, as a client gets them at this moment.
std::vector<LogState> states(const Node& node) {
  const LogQuery query = query_of(Order::earliest_first);
  std::vector<LogState> states;
  for (const LogEntry& entry :
       list_log(*node.store, 1, query, node.broker->living(query)).value().entries) {
    states.push_back(entry.row.state);
  }
  return states;
}

TEST_CASE("messages in hot are told in the order of the query, within its bounds") {
  Node node;
  std::vector<MessageId> ids;
  for (int i = 0; i < 5; ++i) {
    Publish publish = Node::message();
    publish.message.not_before = node.time.now() + Milliseconds(30'000);
    ids.push_back(node.publish(std::move(publish)).id);
    node.run_for(Milliseconds(100));
  }
  LogQuery query = query_of(Order::earliest_first);
  CHECK(node.broker->living(query).hot == ids);
  CHECK_FALSE(node.broker->living(query).hot_left);
  query.from = ids[1].created();
  query.to = ids[3].created();
  CHECK(node.broker->living(query).hot == std::vector{ids[1], ids[2], ids[3]});
  query.order = Order::latest_first;
  CHECK(node.broker->living(query).hot == std::vector{ids[3], ids[2], ids[1]});
  query.filter.ids = {ids[2]};
  CHECK(node.broker->living(query).hot.empty());  // It is read by its key anyway.
  node.restart();
  CHECK(node.broker->living(query_of(Order::earliest_first)).hot == ids);
}

TEST_CASE("too many messages for one page are told in parts that lead to all") {
  Node node;
  constexpr std::size_t all = 10'000;
  std::size_t answered = 0;
  for (std::size_t i = 0; i < all; ++i) {
    Publish publish = Node::message();
    publish.message.not_before = node.time.now() + Milliseconds(50'000);
    node.broker->publish(std::move(publish), [&](const Result<PublishReceipt>&) { ++answered; });
    if (i % 100 == 99) node.run_for(Milliseconds(2));
  }
  node.run_for(Milliseconds(500));
  REQUIRE(answered == all);
  for (const Order order : {Order::earliest_first, Order::latest_first}) {
    LogQuery query = query_of(order);
    query.count = all + 1;
    std::size_t rows = 0;
    std::size_t pages = 0;
    do {
      const LivingMessages living = node.broker->living(query);
      CHECK(living.hot.size() < all / 2);
      const LogPage page = list_log(*node.store, 1, query, living).value();
      rows += page.entries.size();
      query.cursor = page.cursor;
      REQUIRE(++pages < 100);
    } while (!query.cursor.empty());
    CHECK(rows == all);
    CHECK(pages > 2);
  }
}

TEST_CASE("a message that ended is listed before its end is on the disk, and after") {
  Node node;
  node.publish(Node::message());
  node.run_for(Milliseconds(100));
  CHECK(states(node) == std::vector{LogState::created, LogState::active});
  node.answer(0, 200);  // Decided, not committed.
  CHECK(node.broker->living(query_of(Order::latest_first)).hot.size() == 1);
  CHECK(states(node) == std::vector{LogState::created});
  node.run_for(Milliseconds(5'000));
  CHECK(node.broker->living(query_of(Order::latest_first)).hot.empty());
  CHECK(states(node) == std::vector{LogState::created, LogState::active, LogState::delivered});
}

TEST_CASE("the rows of a failed attempt are in the log while the message waits for the next") {
  Node node;
  node.publish(Node::message());
  node.run_for(Milliseconds(100));
  node.answer(0, 500);
  node.run_for(Milliseconds(100));
  CHECK(node.keys(Space::hot) == 1);
  CHECK(node.keys(Space::log) == 1);
  const std::vector failed = {LogState::created, LogState::active, LogState::error,
                              LogState::retry};
  CHECK(states(node) == failed);
  // From the log alone: `hot` has none of them twice.
  CHECK(list_log(*node.store, 1, query_of(Order::latest_first), {}).value().entries.size() == 4);
  node.run_for(Milliseconds(2'000));
  node.answer(0, 200);
  node.run_for(Milliseconds(5'000));
  CHECK(states(node).size() == 6);
  CHECK(node.broker->living(query_of(Order::latest_first)).hot.empty());
}

}  // namespace
}  // namespace godwit
