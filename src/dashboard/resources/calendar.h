#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/cron.h"
#include "core/result.h"
#include "core/time.h"

namespace godwit {

/// When a schedule that is not paused runs.
struct CalendarSchedule {
  std::string id;
  Cron cron;
  Timestamp after;  ///< Runs strictly after it: its last run, else when it was made.
};

/// contract.ts's Calendar.
struct ScheduleCalendar {
  struct Hour {
    std::uint64_t runs = 0;
    int busiest_minute = 0;  ///< 0 to 59; the first of those with most runs.
    std::uint64_t busiest_minute_runs = 0;
  };
  struct Collision {
    Timestamp at;                        ///< The begin of a minute.
    std::vector<std::string> schedules;  ///< Their ids, at most calendar_names_max.
    std::uint64_t runs = 0;
  };
  Timestamp from;
  std::vector<Hour> hours;
  std::vector<Collision> collisions;  ///< Most schedules first.
};

inline constexpr std::size_t calendar_collisions_max = 20;
inline constexpr std::size_t calendar_names_max = 20;
/// Runs that are looked at: about a second's work.
inline constexpr std::size_t calendar_runs_max = 1'000'000;

/// The runs from `now` on in the hours that begin with the one of `now`. Errors: quota_exceeded
/// when there are more than `runs_max`. Pure.
Result<ScheduleCalendar> make_calendar(std::span<const CalendarSchedule> schedules, Timestamp now,
                                       std::size_t hours, std::size_t runs_max = calendar_runs_max);

}  // namespace godwit
