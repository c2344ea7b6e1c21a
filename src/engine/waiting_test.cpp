#include "engine/waiting.h"

#include <limits>
#include <vector>

#include "testing/simulated_node.h"

namespace godwit {
namespace {

constexpr Milliseconds minute{60'000};
constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

Waiting waiting(const Node& node, const MessageId& id, std::size_t looks_max = all) {
  const auto found = node.broker->find(Node::account, id);
  REQUIRE(found);
  return node.broker->waiting({.message = **found, .due = (*found)->not_before}, looks_max);
}

Publish queued(const std::string& queue = "q") {
  Publish publish = Node::message();
  publish.message.queue = queue;
  return publish;
}

}  // namespace

TEST_CASE("a window gives its permits by position, and the next windows follow it") {
  const Timestamp start = from_unix_ms(1'000'000);
  const Timestamp now = start + minute / 2;
  const RateWindows used{.rate = 3, .period = minute, .start = start, .taken = 3};
  struct Row {
    RateWindows windows;
    std::uint64_t position;
    Timestamp expected;
  };
  RateWindows open = used;
  open.taken = 1;
  RateWindows narrowed = used;
  narrowed.taken = 7;
  RateWindows unbegun = used;
  unbegun.start = Timestamp{};
  RateWindows passed = used;
  passed.start = now - 2 * minute;
  for (const Row& row : {
           Row{used, 1, start + minute},
           Row{used, 3, start + minute},
           Row{used, 4, start + 2 * minute},
           Row{used, 300, start + 100 * minute},
           Row{open, 2, now},
           Row{open, 3, start + minute},
           Row{open, 5, start + minute},
           Row{open, 6, start + 2 * minute},
           Row{narrowed, 1, start + minute},
           Row{unbegun, 1, now + minute},
           Row{passed, 1, now},
       }) {
    INFO(row.position);
    CHECK(row.windows.turn_of(row.position, now) == row.expected);
  }
  CHECK(RateWindows{}.turn_of(1, now) == std::nullopt);
  CHECK(used.turn_of(0, now) == std::nullopt);
  CHECK(used.turn_of(std::numeric_limits<std::uint64_t>::max(), now) == std::nullopt);
}

TEST_CASE("the position of who waits in the store is what memory knows and what a reader counts") {
  EngineSettings settings;
  settings.list_window_max = 4;
  Node node(settings);
  std::vector<MessageId> ids;
  for (int i = 0; i < 20; ++i) ids.push_back(node.publish(queued()).id);
  node.publish(queued("other"));
  node.run_for(Milliseconds(100));
  REQUIRE(node.started().size() == 2);
  std::size_t counted = 0;
  for (std::size_t i = 1; i < ids.size(); ++i) {
    INFO(i);
    Waiting told = waiting(node, ids[i]);
    REQUIRE(told.reason == WaitingReason::queue);
    if (told.uncounted) {
      ++counted;
      CHECK_FALSE(told.position);
      const auto count = count_places(*node.store, 0, *told.uncounted, all);
      REQUIRE(count);
      REQUIRE(*count);
      told.stands_at(told.uncounted->before + **count + 1, node.time.now());
    }
    CHECK(told.position == i);
  }
  CHECK(counted >= 10);
  // A list looks no further than it was told to, and a reader neither.
  CHECK(waiting(node, ids[1], 1).position == 1);
  CHECK_FALSE(waiting(node, ids[4], 1).position);
  const auto last = waiting(node, ids[19]).uncounted;
  REQUIRE(last);
  CHECK(count_places(*node.store, 0, *last, 3).value() == std::nullopt);

  const WaitingPlaces places =
      node.broker->waiting_places({keys::List::queue, Node::account, "q"}, 2);
  CHECK(places.total == 19);
  CHECK(places.window.size() == 2);
  CHECK(places.stored_from.has_value());
  node.restart();
  node.run_for(Milliseconds(100));
  CHECK(waiting(node, ids[1]).position == 1);
  CHECK(node.broker->waiting_places({keys::List::queue, Node::account, "q"}, 2).total == 19);
}

TEST_CASE("a message that memory has no room for waits for a slot once it is due") {
  EngineSettings settings;
  settings.near_max = 4;
  settings.in_flight_max = 1;
  Node node(settings);
  std::vector<MessageId> ids;
  for (int i = 0; i < 10; ++i) ids.push_back(node.publish(Node::message()).id);
  node.run_for(Milliseconds(100));
  CHECK(waiting(node, ids[0]).reason == WaitingReason::active);
  for (std::size_t i = 1; i < ids.size(); ++i) {
    const Waiting told = waiting(node, ids[i]);
    CHECK(told.reason == WaitingReason::slot);
    CHECK(told.limit == Lanes::Limit::all);
  }
}

TEST_CASE("a message that ended since it was read is told as it was read") {
  Node node;
  const MessageId id = node.publish(Node::message()).id;
  const Message message = **node.broker->find(Node::account, id);
  node.run_for(Milliseconds(100));
  node.answer(0, 200);
  node.run_for(Milliseconds(100));
  const Timestamp since = node.time.now();
  const Waiting active = node.broker->waiting(
      {.message = message, .due = message.not_before, .active_since = since}, all);
  CHECK(active.reason == WaitingReason::active);
  CHECK(active.since == since);
  CHECK(node.broker->waiting({.message = message, .due = message.not_before}, all).reason ==
        WaitingReason::slot);
}

}  // namespace godwit
