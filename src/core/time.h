#pragma once
#include <chrono>
#include <cstdint>

namespace godwit {

using Milliseconds = std::chrono::milliseconds;

/// A moment of the wall clock, in whole milliseconds since 1970 (UTC). All that is stored or shown
/// uses it; deadlines of sockets use the steady clock instead.
using Timestamp = std::chrono::sys_time<Milliseconds>;

constexpr std::int64_t to_unix_ms(Timestamp time) { return time.time_since_epoch().count(); }
constexpr Timestamp from_unix_ms(std::int64_t ms) { return Timestamp(Milliseconds(ms)); }

/// Where `now` comes from. main.cpp hands in the system's; tests own a FakeClock.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Timestamp now() const override {
    return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
  }
};

}  // namespace godwit
