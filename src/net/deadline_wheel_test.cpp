#include "net/deadline_wheel.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <vector>

#include "testing/until.h"

namespace godwit {
namespace {

using Steady = DeadlineWheel::Clock;
using std::chrono::milliseconds;

struct Alarm final : Deadline {
  void on_deadline() override {
    ++rung;
    at = Steady::now();
    if (then) then();
  }
  int rung = 0;
  Steady::time_point at;
  std::function<void()> then;
};

}  // namespace

TEST_CASE("a deadline is never early, whatever slot and round it is in") {
  boost::asio::io_context io(1);
  const auto wheel = std::make_shared<DeadlineWheel>(io);
  std::vector<std::unique_ptr<Alarm>> alarms;
  std::vector<Steady::time_point> times;
  for (int i = 0; i < 40; ++i) {
    times.push_back(Steady::now() + milliseconds(i * 13 % 400));
    alarms.push_back(std::make_unique<Alarm>());
    wheel->set(*alarms.back(), times.back());
  }
  Alarm far;  // More than a round away, in a slot that others share.
  wheel->set(far, Steady::now() + DeadlineWheel::tick_time * 256 + milliseconds(100));
  run_until(io, [&] {
    return std::all_of(alarms.begin(), alarms.end(), [](const auto& a) { return a->rung == 1; });
  });
  for (std::size_t i = 0; i < alarms.size(); ++i) CHECK(alarms[i]->at >= times[i]);
  CHECK(far.rung == 0);
}

TEST_CASE("a deadline can be moved, cleared and forgotten") {
  boost::asio::io_context io(1);
  const auto wheel = std::make_shared<DeadlineWheel>(io);
  Alarm moved, cleared, last;
  auto ended = std::make_unique<Alarm>();
  const auto now = Steady::now();
  wheel->set(moved, now + milliseconds(10'000));
  wheel->set(moved, now + milliseconds(60));
  wheel->set(cleared, now + milliseconds(10));
  wheel->clear(cleared);
  wheel->clear(cleared);
  wheel->set(*ended, now + milliseconds(10));
  ended.reset();
  wheel->set(last, now + milliseconds(150));
  run_until(io, [&] { return last.rung == 1; });
  CHECK(moved.rung == 1);
  CHECK(cleared.rung == 0);
  // Nothing is left to wait for.
  io.restart();
  CHECK(io.run() < 3);
}

TEST_CASE("an alarm may set and clear others that are due in the same tick") {
  boost::asio::io_context io(1);
  const auto wheel = std::make_shared<DeadlineWheel>(io);
  Alarm first, second;
  const auto now = Steady::now();
  int again = 3;
  first.then = [&] {
    wheel->clear(second);
    if (--again > 0) wheel->set(first, Steady::now());
  };
  second.then = [&] { wheel->clear(first); };
  wheel->set(first, now + milliseconds(20));
  wheel->set(second, now + milliseconds(20));
  run_until(io, [&] { return again == 0; });
  CHECK(first.rung == 3);
  CHECK(second.rung == 0);
}

TEST_CASE("a wheel that ends takes its deadlines' times along") {
  boost::asio::io_context io(1);
  Alarm alarm;
  {
    const auto wheel = std::make_shared<DeadlineWheel>(io);
    wheel->set(alarm, Steady::now());
  }
  io.run();
  CHECK(alarm.rung == 0);
}

}  // namespace godwit
