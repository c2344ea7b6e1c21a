#include "dashboard/resources/calendar.h"

#include <doctest/doctest.h>

namespace godwit {
namespace {

// 2026-09-21 14:13:20 UTC.
constexpr Timestamp now = from_unix_ms(1'790'000'000'000);

CalendarSchedule schedule(std::string id, std::string_view cron, Timestamp after = now) {
  Result<Cron> parsed = Cron::parse(cron);
  REQUIRE(parsed);
  return {.id = std::move(id), .cron = std::move(*parsed), .after = after};
}

}  // namespace

TEST_CASE("an hour tells its runs and its busiest minute, and the first begins in the past") {
  const std::vector<CalendarSchedule> schedules{schedule("a", "*/15 * * * *"),
                                                schedule("b", "30 * * * *")};
  const Result<ScheduleCalendar> calendar = make_calendar(schedules, now, 3);
  REQUIRE(calendar);
  CHECK(calendar->from == from_unix_ms(1'790'000'000'000 - 800'000));
  REQUIRE(calendar->hours.size() == 3);
  CHECK(calendar->hours[0].runs == 4);  // :15, :30 twice, :45; :00 has passed.
  CHECK(calendar->hours[1].runs == 5);
  CHECK(calendar->hours[1].busiest_minute == 30);
  CHECK(calendar->hours[1].busiest_minute_runs == 2);
  REQUIRE(calendar->collisions.size() == 3);
  CHECK(calendar->collisions[0].at == calendar->from + Milliseconds(30 * 60'000));
  CHECK(calendar->collisions[0].schedules == std::vector<std::string>{"a", "b"});
  CHECK(calendar->collisions[0].runs == 2);
}

TEST_CASE("@every counts from the last run") {
  const std::vector<CalendarSchedule> schedules{
      schedule("e", "@every 40m", now - Milliseconds(30 * 60'000))};
  const Result<ScheduleCalendar> calendar = make_calendar(schedules, now, 2);
  REQUIRE(calendar);
  // 14:23:20, 15:03:20, 15:43:20.
  CHECK(calendar->hours[0].runs == 1);
  CHECK(calendar->hours[0].busiest_minute == 23);
  CHECK(calendar->hours[1].runs == 2);
  CHECK(calendar->collisions.empty());
}

TEST_CASE("a schedule that runs often in one minute collides with nobody") {
  const std::vector<CalendarSchedule> schedules{schedule("s", "@every 1s")};
  const Result<ScheduleCalendar> calendar = make_calendar(schedules, now, 1);
  REQUIRE(calendar);
  CHECK(calendar->hours[0].runs == 2'799);
  CHECK(calendar->hours[0].busiest_minute_runs == 60);
  CHECK(calendar->collisions.empty());
}

TEST_CASE("more runs than anybody can look at are an error that says what to do") {
  const std::vector<CalendarSchedule> schedules{schedule("s", "@every 1s")};
  const Result<ScheduleCalendar> calendar = make_calendar(schedules, now, 24, 1'000);
  REQUIRE_FALSE(calendar);
  CHECK(calendar.error().code == ErrorCode::quota_exceeded);
  CHECK(calendar.error().message.starts_with("days: "));
}

}  // namespace godwit
