#pragma once
#include <atomic>
#include <cstdint>

#include "core/assert.h"
#include "core/time.h"

namespace godwit {

/// A Clock that stands still until a test moves it. Any thread may read it while another moves it.
class FakeClock final : public Clock {
 public:
  /// 2026-09-21 14:13:20 UTC, a round number of seconds: what a test starts at unless it says so.
  static constexpr Timestamp start = from_unix_ms(1'790'000'000'000);

  explicit FakeClock(Timestamp now = start) : now_ms_(to_unix_ms(now)) {}

  Timestamp now() const override { return from_unix_ms(now_ms_.load()); }

  /// Moves forward. For the steps backward that real clocks make, use set().
  void advance(Milliseconds step) {
    GODWIT_ASSERT(step >= Milliseconds(0));
    now_ms_.fetch_add(step.count());
  }

  void set(Timestamp now) { now_ms_.store(to_unix_ms(now)); }

 private:
  std::atomic<std::int64_t> now_ms_;
};

}  // namespace godwit
