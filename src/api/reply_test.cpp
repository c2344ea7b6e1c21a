#include "api/reply.h"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <vector>

namespace godwit {
namespace {

namespace asio = boost::asio;

/// What happens to a coroutine that waits for `reply`.
struct Waiter {
  std::optional<Result<int>> result;
  /// Held by the coroutine's frame: one user more than here while it lives.
  std::shared_ptr<int> frame = std::make_shared<int>(0);
};

asio::awaitable<void> wait_for(Waiter& waiter, std::shared_ptr<int> /*frame*/,
                               std::function<void(Reply<int>)> start) {
  waiter.result = co_await reply_to<int>(std::move(start));
}

void spawn(asio::io_context& io, Waiter& waiter, std::function<void(Reply<int>)> start) {
  asio::co_spawn(io, wait_for(waiter, waiter.frame, std::move(start)),
                 [](const std::exception_ptr& failure) { REQUIRE_FALSE(failure); });
}

}  // namespace

TEST_CASE("a reply that comes at once and one that comes later both resume the coroutine") {
  asio::io_context io{1};
  Waiter waiter;
  spawn(io, waiter, [](Reply<int> reply) { reply(1); });
  io.run();
  CHECK(**waiter.result == 1);
  CHECK(waiter.frame.use_count() == 1);

  io.restart();
  Waiter later;
  Reply<int> kept;
  spawn(io, later, [&](Reply<int> reply) { kept = std::move(reply); });
  io.poll();
  CHECK_FALSE(later.result);
  kept(2);
  CHECK(**later.result == 2);  // On this stack: nothing went through the io_context.
  io.poll();
  CHECK(later.frame.use_count() == 1);
}

TEST_CASE("a reply that is dropped takes the coroutine with it, whenever that is") {
  asio::io_context io{1};
  Waiter at_once;
  spawn(io, at_once, [](const Reply<int>& /*dropped*/) {});
  io.poll();
  CHECK_FALSE(at_once.result);
  CHECK(at_once.frame.use_count() == 1);

  Waiter later;
  Reply<int> kept;
  spawn(io, later, [&](Reply<int> reply) { kept = std::move(reply); });
  io.restart();
  io.poll();
  CHECK(later.frame.use_count() > 1);
  kept = nullptr;
  io.poll();
  CHECK_FALSE(later.result);
  CHECK(later.frame.use_count() == 1);
}

namespace {

asio::awaitable<void> wait_for_all(std::vector<Countdown::Ticket>& tickets, int count, bool& done,
                                   std::shared_ptr<int> /*frame*/) {
  const auto countdown = std::make_shared<Countdown>();
  for (int i = 0; i < count; ++i) tickets.emplace_back(countdown);
  co_await countdown->wait();
  done = true;
}

}  // namespace

TEST_CASE("a countdown waits for all of its tickets, and for none if there are none") {
  asio::io_context io{1};
  bool none = false;
  bool all = false;
  const auto frame = std::make_shared<int>(0);
  std::vector<Countdown::Ticket> no_tickets;
  std::vector<Countdown::Ticket> tickets;
  const auto spawn_waiter = [&](std::vector<Countdown::Ticket>& place, int count, bool& done) {
    asio::co_spawn(io, wait_for_all(place, count, done, frame),
                   [](const std::exception_ptr& failure) { REQUIRE_FALSE(failure); });
  };
  spawn_waiter(no_tickets, 0, none);
  spawn_waiter(tickets, 2, all);
  io.poll();
  CHECK(none);
  tickets[1].done();
  CHECK_FALSE(all);
  tickets[0].done();
  CHECK(all);
  io.poll();
  CHECK(frame.use_count() == 1);

  bool dropped = false;
  tickets.clear();
  spawn_waiter(tickets, 2, dropped);
  io.restart();
  io.poll();
  tickets[0].done();
  tickets.clear();
  io.poll();
  CHECK_FALSE(dropped);
  CHECK(frame.use_count() == 1);
}

}  // namespace godwit
