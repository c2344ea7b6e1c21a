#include "engine/lanes.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace godwit {
namespace {

MessageId id(std::uint64_t number) { return MessageId{.high = 0, .low = number}; }

std::vector<std::uint64_t> start_all(Lanes& lanes) {
  std::vector<std::uint64_t> started;
  while (const auto turn = lanes.start_next()) started.push_back(turn->id.low);
  return started;
}

}  // namespace

TEST_CASE("destinations take turns, each in its own order") {
  Lanes lanes(
      {.in_flight_max = 100, .in_flight_per_host_max = 10, .in_flight_per_account_max = 100});
  const auto a = lanes.lane_of(1, "http://a.test/x");
  const auto b = lanes.lane_of(1, "http://b.test/x");
  for (std::uint64_t i = 1; i <= 3; ++i) lanes.wait(a, id(i));
  for (std::uint64_t i = 11; i <= 13; ++i) lanes.wait(b, id(i));
  CHECK(start_all(lanes) == std::vector<std::uint64_t>{1, 11, 2, 12, 3, 13});
  CHECK(lanes.in_flight() == 6);
  CHECK(lanes.waiting() == 0);
}

TEST_CASE("one host and port is one lane, however its URL is spelled, and accounts are apart") {
  Lanes lanes(
      {.in_flight_max = 100, .in_flight_per_host_max = 10, .in_flight_per_account_max = 100});
  const auto lane = lanes.lane_of(1, "https://Hooks.Test:8443/a?b");
  CHECK(lanes.lane_of(1, "https://hooks.test:8443") == lane);
  CHECK(lanes.lane_of(1, "https://user:secret@hooks.test:8443/other") == lane);
  CHECK(lanes.lane_of(1, "https://hooks.test/a") != lane);
  CHECK(lanes.lane_of(2, "https://hooks.test:8443/a") != lane);
}

TEST_CASE("a host at its bound waits until one of its own attempts ends") {
  Lanes lanes(
      {.in_flight_max = 100, .in_flight_per_host_max = 2, .in_flight_per_account_max = 100});
  const auto a = lanes.lane_of(1, "http://a.test/");
  for (std::uint64_t i = 1; i <= 4; ++i) lanes.wait(a, id(i));
  CHECK(start_all(lanes) == std::vector<std::uint64_t>{1, 2});
  lanes.finished(a);
  CHECK(start_all(lanes) == std::vector<std::uint64_t>{3});
}

TEST_CASE("slow hosts never take the last slots") {
  // Goal: whatever hangs, a newcomer starts at once. Method: hosts that never answer take all they
  // can get.
  Lanes lanes({.in_flight_max = 64, .in_flight_per_host_max = 64, .in_flight_per_account_max = 64});
  for (int host = 0; host < 5; ++host) {
    const auto lane = lanes.lane_of(1, "http://slow" + std::to_string(host) + ".test/");
    for (std::uint64_t i = 0; i < 1000; ++i) lanes.wait(lane, id(i));
    start_all(lanes);
  }
  CHECK(lanes.in_flight() < 64);
  const auto newcomer = lanes.lane_of(1, "http://quick.test/");
  lanes.wait(newcomer, id(77));
  CHECK(start_all(lanes) == std::vector<std::uint64_t>{77});
}

TEST_CASE("an account at its bound does not hold up another account") {
  Lanes lanes({.in_flight_max = 100, .in_flight_per_host_max = 50, .in_flight_per_account_max = 2});
  const auto busy = lanes.lane_of(1, "http://a.test/");
  for (std::uint64_t i = 1; i <= 5; ++i) lanes.wait(busy, id(i));
  const auto other = lanes.lane_of(2, "http://a.test/");
  lanes.wait(other, id(10));
  CHECK(start_all(lanes) == std::vector<std::uint64_t>{1, 10, 2});
  lanes.finished(other);
  CHECK(start_all(lanes).empty());
  lanes.finished(busy);
  CHECK(start_all(lanes) == std::vector<std::uint64_t>{3});
}

TEST_CASE("idle lanes are forgotten when they have become many") {
  Lanes lanes({.in_flight_max = 10, .in_flight_per_host_max = 10, .in_flight_per_account_max = 10});
  for (int host = 0; host < 3000; ++host) {
    lanes.lane_of(1, "http://h" + std::to_string(host) + ".test/");
  }
  const auto kept = lanes.lane_of(1, "http://h5.test/");
  lanes.wait(kept, id(1));
  lanes.forget_idle();
  CHECK(lanes.size() == 1);
  CHECK(start_all(lanes) == std::vector<std::uint64_t>{1});
}

}  // namespace godwit
