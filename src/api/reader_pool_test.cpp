#include "api/reader_pool.h"

#include <doctest/doctest.h>
#include <sched.h>

#include <boost/asio/co_spawn.hpp>
#include <future>
#include <memory>
#include <optional>
#include <thread>

namespace godwit {
namespace {

namespace asio = boost::asio;
using Work = std::move_only_function<Result<int>()>;

asio::awaitable<void> run_into(ReaderPool& pool, Work work, std::optional<Result<int>>& result) {
  result = co_await pool.run<int>(std::move(work));
}

void spawn(asio::io_context& io, ReaderPool& pool, Work work, std::optional<Result<int>>& result) {
  asio::co_spawn(io, run_into(pool, std::move(work), result),
                 [](const std::exception_ptr& failure) { REQUIRE_FALSE(failure); });
}

}  // namespace

TEST_CASE("work runs on another thread and its result comes back on the io_context") {
  asio::io_context io{1};
  ReaderPool pool(io, 2, 4, ReaderPriority::idle);
  std::optional<Result<int>> value;
  std::optional<Result<int>> error;
  std::thread::id ran_on;
  spawn(
      io, pool,
      [&] {
        ran_on = std::this_thread::get_id();
        return 7;
      },
      value);
  spawn(io, pool, [] { return fail(ErrorCode::corrupt, "x"); }, error);
  io.run();
  REQUIRE(value);
  CHECK(**value == 7);
  CHECK(ran_on != std::this_thread::get_id());
  REQUIRE(error);
  CHECK(error->error().code == ErrorCode::corrupt);
}

TEST_CASE("readers step back for everything else, or for most of it") {
  asio::io_context io{1};
  const auto policy_at = [&io](ReaderPriority priority) {
    ReaderPool pool(io, 1, 1, priority);
    std::optional<Result<int>> policy;
    spawn(io, pool, [] { return ::sched_getscheduler(0); }, policy);
    io.restart();
    io.run();
    return policy.value().value();
  };
  CHECK(policy_at(ReaderPriority::idle) == SCHED_IDLE);
  CHECK(policy_at(ReaderPriority::low) == SCHED_BATCH);
}

TEST_CASE("work beyond what may wait is refused, and the rest is done in order") {
  asio::io_context io{1};
  ReaderPool pool(io, 1, 1, ReaderPriority::idle);
  std::promise<void> taken;
  std::promise<void> go_on;
  std::optional<Result<int>> first, second, third;
  spawn(
      io, pool,
      [&] {
        taken.set_value();
        go_on.get_future().wait();
        return 1;
      },
      first);
  io.poll();
  taken.get_future().wait();
  spawn(io, pool, [] { return 2; }, second);
  io.poll();
  CHECK(pool.waiting() == 1);
  spawn(io, pool, [] { return 3; }, third);
  io.poll();
  REQUIRE(third);
  CHECK(third->error().code == ErrorCode::unavailable);
  CHECK_FALSE(second);

  go_on.set_value();
  io.run();
  CHECK(**first == 1);
  CHECK(**second == 2);
  CHECK(pool.waiting() == 0);
}

TEST_CASE("stopping drops what waits and lets go of all that it held") {
  asio::io_context io{1};
  ReaderPool pool(io, 1, 8, ReaderPriority::idle);
  std::promise<void> taken;
  std::promise<void> go_on;
  const auto held = std::make_shared<int>(0);
  std::optional<Result<int>> first, second, third;
  spawn(
      io, pool,
      [&] {
        taken.set_value();
        go_on.get_future().wait();
        return 1;
      },
      first);
  spawn(io, pool, [held] { return 2; }, second);
  io.poll();
  taken.get_future().wait();
  CHECK(held.use_count() == 2);
  // The thread is let go only once stop() has dropped what waits.
  std::thread releaser([&] {
    while (pool.waiting() > 0) std::this_thread::yield();
    go_on.set_value();
  });
  pool.stop();
  releaser.join();
  spawn(io, pool, [held] { return 3; }, third);
  io.run();
  CHECK_FALSE(second);
  CHECK(held.use_count() == 1);
  REQUIRE(third);
  CHECK(third->error().code == ErrorCode::unavailable);
}

}  // namespace godwit
