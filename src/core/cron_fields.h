#pragma once
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/result.h"

namespace godwit {

/// The fields of a cron expression as sets of numbers: which wall-clock times match. It knows the
/// calendar and no zones; Cron puts it on a clock.
class CronFields {
 public:
  using WallTime = std::chrono::local_seconds;

  /// `text` has five fields, or six when the first one is seconds. Errors: invalid_argument, the
  /// field, the value and what is wrong with it.
  static Result<CronFields> parse(std::string_view text, bool with_seconds);

  /// The first wall-clock time from `from` to `until`, both included, that matches.
  std::optional<WallTime> next(WallTime from, WallTime until) const;

 private:
  using Day = std::chrono::local_days;
  using Seconds = std::chrono::seconds;

  /// The first time of day that matches and is not before `from`; nullopt when none is left.
  std::optional<Seconds> next_time(Seconds from) const;
  std::optional<Day> next_day(Day from, Day until) const;
  /// Bit n: day n of the month matches.
  std::uint64_t days_of(std::chrono::year_month month) const;

  // Bit n: the number n matches.
  std::uint64_t seconds_ = 1;
  std::uint64_t minutes_ = 0;
  std::uint64_t hours_ = 0;
  std::uint64_t days_of_month_ = 0;
  std::uint64_t months_ = 0;
  std::uint64_t days_of_week_ = 0;
  bool either_day_ = false;  // Both day fields are restricted, and one of them is enough.
};

}  // namespace godwit
