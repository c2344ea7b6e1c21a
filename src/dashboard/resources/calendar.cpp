#include "dashboard/resources/calendar.h"

#include <algorithm>
#include <chrono>
#include <optional>

namespace godwit {
namespace {

constexpr Milliseconds minute{60'000};
constexpr std::size_t minutes_of_row = 60;

struct Minute {
  std::uint32_t runs = 0;
  std::uint32_t schedules = 0;
};

/// Where the first run in [now, ...) is looked for.
Timestamp begin_of(const CalendarSchedule& schedule, Timestamp now) {
  const bool counts_from_last_run = schedule.cron.text().find("@every") != std::string::npos;
  // Only @every depends on what was before; every other expression can start at any time.
  return counts_from_last_run ? schedule.after : std::max(schedule.after, now - Milliseconds(1));
}

/// Calls visit(time) for each run in [from, until); false: `left` ran out.
template <typename Visit>
bool for_each_run(const CalendarSchedule& schedule, Timestamp from, Timestamp until,
                  std::size_t& left, Visit visit) {
  Timestamp at = begin_of(schedule, from);
  while (true) {
    const std::optional<Timestamp> next = schedule.cron.next(at);
    if (!next || *next >= until) return true;
    if (left == 0) return false;
    --left;
    if (*next >= from) visit(*next);
    at = *next;
  }
}

}  // namespace

Result<ScheduleCalendar> make_calendar(std::span<const CalendarSchedule> schedules, Timestamp now,
                                       std::size_t hours, std::size_t runs_max) {
  ScheduleCalendar calendar;
  calendar.from = std::chrono::floor<std::chrono::hours>(now);
  calendar.hours.resize(hours);
  const Timestamp until = calendar.from + std::chrono::hours(hours);
  std::vector<Minute> minutes(hours * minutes_of_row);
  std::size_t left = runs_max;
  for (const CalendarSchedule& schedule : schedules) {
    std::size_t last = minutes.size();
    const bool complete = for_each_run(schedule, now, until, left, [&](Timestamp at) {
      const auto index = static_cast<std::size_t>((at - calendar.from) / minute);
      ++minutes[index].runs;
      if (index != last) ++minutes[index].schedules;
      last = index;
    });
    if (!complete) {
      return fail(ErrorCode::quota_exceeded, "days: there are more than " +
                                                 std::to_string(runs_max) +
                                                 " runs in this time; ask for fewer days");
    }
  }

  std::vector<std::size_t> shared;
  for (std::size_t i = 0; i < minutes.size(); ++i) {
    ScheduleCalendar::Hour& hour = calendar.hours[i / minutes_of_row];
    hour.runs += minutes[i].runs;
    if (minutes[i].runs > hour.busiest_minute_runs) {
      hour.busiest_minute_runs = minutes[i].runs;
      hour.busiest_minute = static_cast<int>(i % minutes_of_row);
    }
    if (minutes[i].schedules > 1) shared.push_back(i);
  }
  const std::size_t shown = std::min(shared.size(), calendar_collisions_max);
  std::ranges::partial_sort(shared, shared.begin() + static_cast<std::ptrdiff_t>(shown),
                            [&](std::size_t a, std::size_t b) {
                              if (minutes[a].schedules != minutes[b].schedules) {
                                return minutes[a].schedules > minutes[b].schedules;
                              }
                              return a < b;
                            });
  shared.resize(shown);
  for (const std::size_t index : shared) {
    ScheduleCalendar::Collision collision{
        .at = calendar.from + minute * static_cast<std::int64_t>(index),
        .schedules = {},
        .runs = minutes[index].runs};
    for (const CalendarSchedule& schedule : schedules) {
      if (collision.schedules.size() == calendar_names_max) break;
      // @every may have a long way to here: it is walked once more, within the same bound.
      std::size_t steps = runs_max;
      bool runs = false;
      for_each_run(schedule, std::max(now, collision.at), collision.at + minute, steps,
                   [&](Timestamp) { runs = true; });
      if (runs) collision.schedules.push_back(schedule.id);
    }
    calendar.collisions.push_back(std::move(collision));
  }
  return calendar;
}

}  // namespace godwit
