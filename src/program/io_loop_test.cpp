#include "program/io_loop.h"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <vector>

namespace godwit {
namespace {

/// The system's clock, set forward or back by people.
class SetClock final : public Clock {
 public:
  Timestamp now() const override { return system_.now() + shift; }
  Milliseconds shift{0};

 private:
  SystemClock system_;
};

}  // namespace

TEST_CASE("an alarm rings at its time and never before") {
  boost::asio::io_context io(1);
  const SetClock clock;
  IoLoop loop(io, clock);
  const Timestamp due = clock.now() + Milliseconds(20);
  bool rang = false;
  loop.wake_at(due, [&] {
    rang = true;
    CHECK(clock.now() >= due);
  });
  io.run();
  CHECK(rang);
}

TEST_CASE("setting the alarm again replaces it, to an earlier or a later time") {
  boost::asio::io_context io(1);
  const SetClock clock;
  IoLoop loop(io, clock);
  std::vector<int> rang;
  const Timestamp now = clock.now();
  loop.wake_at(now + Milliseconds(10), [&] { rang.push_back(1); });
  loop.wake_at(now + Milliseconds(30), [&] { rang.push_back(2); });
  loop.wake_at(now + Milliseconds(20), [&] {
    rang.push_back(3);
    CHECK(clock.now() >= now + Milliseconds(20));
    loop.wake_at(clock.now(), [&] { rang.push_back(4); });
  });
  io.run();
  CHECK(rang == std::vector<int>{3, 4});
}

TEST_CASE("a clock that is set forward brings the alarm within a second") {
  boost::asio::io_context io(1);
  SetClock clock;
  IoLoop loop(io, clock);
  bool rang = false;
  loop.wake_at(clock.now() + std::chrono::hours(1), [&] { rang = true; });
  io.run_for(std::chrono::milliseconds(5));
  CHECK_FALSE(rang);
  clock.shift = std::chrono::hours(2);
  io.restart();
  io.run_for(std::chrono::seconds(3));
  CHECK(rang);
}

TEST_CASE("a clock that is set back rings nothing early") {
  boost::asio::io_context io(1);
  SetClock clock;
  IoLoop loop(io, clock);
  bool rang = false;
  const Timestamp due = clock.now() + Milliseconds(20);
  loop.wake_at(due, [&] { rang = true; });
  clock.shift = -std::chrono::hours(1);
  io.run_for(std::chrono::milliseconds(60));
  CHECK_FALSE(rang);
  loop.stop();
  io.restart();
  io.run();  // Returns: a stopped loop keeps nothing running.
  CHECK_FALSE(rang);
}

TEST_CASE("posted work runs on the loop in order") {
  boost::asio::io_context io(1);
  const SetClock clock;
  IoLoop loop(io, clock);
  std::vector<int> order;
  loop.post([&] {
    order.push_back(1);
    loop.post([&] { order.push_back(3); });
  });
  loop.post([&] { order.push_back(2); });
  CHECK(order.empty());
  io.run();
  CHECK(order == std::vector<int>{1, 2, 3});
}

}  // namespace godwit
