#include "core/cron.h"

#include <date/tz.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace godwit {
namespace {

namespace chrono = std::chrono;
using namespace std::chrono_literals;
using chrono::minutes;
using chrono::seconds;
using chrono::sys_seconds;

/// `2026-03-29 00:59:59`, in UTC.
Timestamp utc(const std::string& text) {
  sys_seconds time;
  std::istringstream in(text);
  in >> date::parse("%F %T", time);
  REQUIRE_FALSE(in.fail());
  return time;
}

std::string shown(std::optional<Timestamp> time) {
  return time ? date::format("%F %T", chrono::floor<seconds>(*time)) : "never";
}

std::string next_shown(const std::string& expression, const std::string& after,
                       Cron::Fields fields = Cron::Fields::five) {
  const Result<Cron> cron = Cron::parse(expression, fields);
  REQUIRE_MESSAGE(cron, expression);
  return shown(cron->next(utc(after)));
}

struct Row {
  std::string expression;
  std::string after;
  std::string next;
};

void check_rows(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.expression);
    CAPTURE(row.after);
    CHECK(next_shown(row.expression, row.after) == row.next);
  }
}

// A second reading of the same rules, as plain as can be: sets of numbers, and a walk over every
// minute that asks the zone both ways.

struct PlainField {
  std::set<int> numbers;
  bool any = false;
};

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  return parts;
}

int plain_number(const std::string& text) {
  static const std::vector<std::string> names{"",    "JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                              "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
  static const std::vector<std::string> days{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};
  for (const auto& list : {names, days}) {
    const auto at = std::find(list.begin(), list.end(), text);
    if (at != list.end()) return static_cast<int>(at - list.begin());
  }
  return std::stoi(text);
}

PlainField plain_field(const std::string& text, int min, int max) {
  PlainField field;
  for (const std::string& item : split(text, ',')) {
    const std::vector<std::string> stepped = split(item, '/');
    const int step = stepped.size() == 2 ? std::stoi(stepped[1]) : 1;
    int first = min;
    int last = max;
    if (stepped[0] == "*" || stepped[0] == "?") {
      field.any = field.any || step == 1;
    } else {
      const std::vector<std::string> ends = split(stepped[0], '-');
      first = plain_number(ends[0]);
      if (ends.size() == 2) {
        last = plain_number(ends[1]);
      } else if (stepped.size() == 1) {
        last = first;
      }
    }
    for (int n = min; n <= max; ++n) {
      if (n >= first && n <= last && (n - first) % step == 0) field.numbers.insert(n);
    }
  }
  return field;
}

struct WallMinute {
  int minute, hour, day, month, weekday;
};

WallMinute wall_minute(date::local_seconds time) {
  const auto day = date::floor<date::days>(time);
  const date::year_month_day ymd(day);
  const auto of_day = chrono::duration_cast<minutes>(time - day).count();
  return {static_cast<int>(of_day % 60), static_cast<int>(of_day / 60),
          static_cast<int>(static_cast<unsigned>(ymd.day())),
          static_cast<int>(static_cast<unsigned>(ymd.month())),
          static_cast<int>(date::weekday(day).c_encoding())};
}

class PlainCron {
 public:
  explicit PlainCron(const std::string& fields) {
    const std::vector<std::string> parts = split(fields, ' ');
    REQUIRE(parts.size() == 5);
    minute_ = plain_field(parts[0], 0, 59);
    hour_ = plain_field(parts[1], 0, 23);
    day_ = plain_field(parts[2], 1, 31);
    month_ = plain_field(parts[3], 1, 12);
    weekday_ = plain_field(parts[4], 0, 6);
  }

  bool matches_day(const WallMinute& wall) const {
    const bool day = day_.numbers.contains(wall.day);
    const bool weekday = weekday_.numbers.contains(wall.weekday);
    return month_.numbers.contains(wall.month) &&
           (day_.any || weekday_.any ? day && weekday : day || weekday);
  }
  bool matches(const WallMinute& wall) const {
    return minute_.numbers.contains(wall.minute) && hour_.numbers.contains(wall.hour) &&
           matches_day(wall);
  }

 private:
  PlainField minute_, hour_, day_, month_, weekday_;
};

/// A minute of real time, and whether its wall-clock time is shown for the first time.
struct RealMinute {
  sys_seconds time;
  WallMinute wall;
};

/// The minutes in [begin, end) that may fire at all.
std::vector<RealMinute> first_minutes(const date::time_zone& zone, sys_seconds begin,
                                      sys_seconds end) {
  std::vector<RealMinute> result;
  for (sys_seconds time = begin; time < end; time += 1min) {
    const date::local_seconds local = zone.to_local(time);
    const date::local_info info = zone.get_info(local);
    if (info.result == date::local_info::nonexistent) FAIL(zone.name());
    const sys_seconds first(local.time_since_epoch() - info.first.offset);
    if (time == first) result.push_back({time, wall_minute(local)});
  }
  return result;
}

/// Walks both readings over the minutes of [begin, end); says where they part.
void check_alike(const std::string& zone, const std::string& fields,
                 const std::vector<RealMinute>& real, sys_seconds begin, sys_seconds end) {
  const Result<Cron> cron = Cron::parse("CRON_TZ=" + zone + " " + fields);
  REQUIRE(cron);
  const PlainCron plain(fields);
  std::vector<sys_seconds> expected;
  for (const RealMinute& minute : real) {
    if (plain.matches(minute.wall)) expected.push_back(minute.time);
  }
  std::vector<sys_seconds> found;
  for (std::optional<Timestamp> at = cron->next(begin - 1ms); at && *at < end;
       at = cron->next(*at)) {
    found.push_back(chrono::floor<seconds>(*at));
    if (found.size() > expected.size()) break;
  }
  if (found == expected) return;
  const auto [wrong, right] =
      std::mismatch(found.begin(), found.end(), expected.begin(), expected.end());
  const std::string got = wrong == found.end() ? "nothing" : shown(*wrong);
  const std::string wanted = right == expected.end() ? "nothing" : shown(*right);
  FAIL_CHECK(zone << " " << fields << ": " << got << " instead of " << wanted);
}

const std::vector<std::string> everyday_fields{
    "* * * * *",         "*/10 * * * *",        "0 * * * *",        "30 * * * *",
    "5/7 */3 * * *",     "0 0 * * *",           "30 0 * * *",       "0 1 * * *",
    "30 1 * * *",        "45 1 * * *",          "0 2 * * *",        "15 2 * * *",
    "30 2 * * *",        "59 2 * * *",          "0 3 * * *",        "30 3 * * *",
    "0,30 0-4 * * *",    "*/15 1-3 * * *",      "0 2 * * SUN",      "30 2 * * 1-5",
    "30 23 * * *",       "59 23 31 12 *",       "0 0 1 JAN *",      "0 0 29 2 *",
    "*/20 2 */2 * *",    "0 12 1-7 * SUN",      "1 2 28-31 3,10 ?", "0 2 ? 3,4,10,11 SUN,SAT",
    "0 */4 */3 * 2,4,6", "59 0-23/3 * 1-11/2 *"};

const std::vector<std::string> zones{"UTC",
                                     "Etc/GMT+5",
                                     "Europe/Berlin",
                                     "Europe/London",
                                     "Europe/Dublin",
                                     "Atlantic/Azores",
                                     "America/New_York",
                                     "America/Los_Angeles",
                                     "America/St_Johns",
                                     "America/Havana",
                                     "America/Santiago",
                                     "America/Sao_Paulo",
                                     "America/Phoenix",
                                     "America/Nuuk",
                                     "America/Asuncion",
                                     "Africa/Cairo",
                                     "Africa/Casablanca",
                                     "Asia/Beirut",
                                     "Asia/Jerusalem",
                                     "Asia/Kolkata",
                                     "Asia/Kathmandu",
                                     "Asia/Tokyo",
                                     "Australia/Sydney",
                                     "Australia/Adelaide",
                                     "Australia/Darwin",
                                     "Australia/Lord_Howe",
                                     "Pacific/Auckland",
                                     "Pacific/Chatham",
                                     "Pacific/Apia",
                                     "Antarctica/Troll",
                                     "Pacific/Kiritimati"};

}  // namespace

TEST_CASE("cron fields: steps, ranges, lists, names and what follows them") {
  check_rows({
      {"* * * * *", "2026-01-01 00:00:00", "2026-01-01 00:01:00"},
      {"* * * * *", "2026-01-01 00:00:59", "2026-01-01 00:01:00"},
      {"*/5 * * * *", "2026-01-01 00:58:00", "2026-01-01 01:00:00"},
      {"1-30/2 * * * *", "2026-01-01 00:28:00", "2026-01-01 00:29:00"},
      {"1-30/2 * * * *", "2026-01-01 00:29:00", "2026-01-01 01:01:00"},
      {"5/15 * * * *", "2026-01-01 00:20:00", "2026-01-01 00:35:00"},
      {"5/15 * * * *", "2026-01-01 00:50:00", "2026-01-01 01:05:00"},
      {"7 * * * *", "2026-01-01 00:07:00", "2026-01-01 01:07:00"},
      {"59/1 23/1 * * *", "2026-01-01 00:07:00", "2026-01-01 23:59:00"},
      {"*/100 * * * *", "2026-01-01 00:07:00", "2026-01-01 01:00:00"},
      {"*/99999999999999999999 * * * *", "2026-01-01 00:07:00", "2026-01-01 01:00:00"},
      {"10,50,30 8 * * *", "2026-01-01 08:10:00", "2026-01-01 08:30:00"},
      {"007 08 * * *", "2026-01-01 08:10:00", "2026-01-02 08:07:00"},
      {"0 0 1 jan *", "2026-01-01 00:00:00", "2027-01-01 00:00:00"},
      {"0 0 1 Feb-MAY/3 *", "2026-02-01 00:00:00", "2026-05-01 00:00:00"},
      {"0 0 * * sun", "2026-01-01 00:00:00", "2026-01-04 00:00:00"},
      {"0 0 * * 0", "2026-01-01 00:00:00", "2026-01-04 00:00:00"},
      {"0 0 * * 6", "2026-01-01 00:00:00", "2026-01-03 00:00:00"},
      {"0 0 * * Mon-Fri", "2026-01-02 00:00:00", "2026-01-05 00:00:00"},
      {"0 0 ? * ?", "2026-01-02 00:00:00", "2026-01-03 00:00:00"},
      {"? ? ? ? ?", "2026-01-02 00:00:00", "2026-01-02 00:01:00"},
      {"0\t0  *\t * *", "2026-01-02 00:00:00", "2026-01-03 00:00:00"},
      {"59 23 31 12 *", "2026-12-31 23:58:59", "2026-12-31 23:59:00"},
      {"59 23 31 12 *", "2026-12-31 23:59:00", "2027-12-31 23:59:00"},
      {"0 0 1 1 *", "2026-12-31 23:59:59", "2027-01-01 00:00:00"},
      {"* * * 2 *", "2026-03-01 00:00:00", "2027-02-01 00:00:00"},
      {"30 5 * * *", "1969-12-31 05:29:59", "1969-12-31 05:30:00"},
      {"30 5 * * *", "1969-12-31 05:30:00", "1970-01-01 05:30:00"},
  });
}

TEST_CASE("days of the month that a month does not have are passed over") {
  check_rows({
      {"0 0 31 * *", "2026-01-31 00:00:00", "2026-03-31 00:00:00"},
      {"0 0 31 * *", "2026-03-31 00:00:00", "2026-05-31 00:00:00"},
      {"0 0 30 * *", "2026-01-30 00:00:00", "2026-03-30 00:00:00"},
      {"0 0 29 * *", "2026-01-29 00:00:00", "2026-03-29 00:00:00"},
      {"0 0 29 * *", "2028-01-29 00:00:00", "2028-02-29 00:00:00"},
      {"0 0 29 2 *", "2026-01-01 00:00:00", "2028-02-29 00:00:00"},
      {"0 0 29 2 *", "2028-02-29 00:00:00", "2032-02-29 00:00:00"},
      {"0 0 29 2 *", "1999-12-31 00:00:00", "2000-02-29 00:00:00"},
      {"0 0 29 2 *", "2096-02-29 00:00:00", "never"},  // 2100 is no leap year.
      {"0 0 29 2 *", "2099-06-01 00:00:00", "2104-02-29 00:00:00"},
      {"0 0 30 2 *", "2026-01-01 00:00:00", "never"},
      {"0 0 30-31 FEB ?", "2026-01-01 00:00:00", "never"},
      {"0 0 31 4,6,9,11 *", "2026-01-01 00:00:00", "never"},
      {"CRON_TZ=Europe/Berlin 0 0 30 2 *", "2026-01-01 00:00:00", "never"},
      {"CRON_TZ=Africa/Casablanca * * 31 2 *", "2026-01-01 00:00:00", "never"},
      {"0 0 30 2 MON", "2026-01-31 00:00:00", "2026-02-02 00:00:00"},
  });
}

TEST_CASE("either day field is enough when both are restricted, else both are needed") {
  // In February 2026 the first is a Sunday, the sixth and the thirteenth are Fridays.
  check_rows({
      {"0 0 13 * *", "2026-02-01 00:00:00", "2026-02-13 00:00:00"},
      {"0 0 * * FRI", "2026-02-01 00:00:00", "2026-02-06 00:00:00"},
      {"0 0 ? * FRI", "2026-02-01 00:00:00", "2026-02-06 00:00:00"},
      {"0 0 13 * FRI", "2026-02-01 00:00:00", "2026-02-06 00:00:00"},
      {"0 0 5 * FRI", "2026-02-01 00:00:00", "2026-02-05 00:00:00"},
      {"0 0 5 * ?", "2026-02-05 00:00:00", "2026-03-05 00:00:00"},
      {"0 0 */1 * FRI", "2026-02-01 00:00:00", "2026-02-06 00:00:00"},
      {"0 0 13,* * FRI", "2026-02-01 00:00:00", "2026-02-06 00:00:00"},
      {"0 0 */2 * FRI", "2026-02-01 00:00:00", "2026-02-03 00:00:00"},
      {"0 0 1-31 * FRI", "2026-02-01 00:00:00", "2026-02-02 00:00:00"},
      {"0 0 20 * */3", "2026-02-01 00:00:00", "2026-02-04 00:00:00"},
      {"0 0 20 * 0-6", "2026-02-01 00:00:00", "2026-02-02 00:00:00"},
  });
}

TEST_CASE("descriptors stand for fields") {
  check_rows({
      {"@yearly", "2026-02-03 04:05:06", "2027-01-01 00:00:00"},
      {"@annually", "2026-02-03 04:05:06", "2027-01-01 00:00:00"},
      {"@monthly", "2026-02-03 04:05:06", "2026-03-01 00:00:00"},
      {"@weekly", "2026-02-03 04:05:06", "2026-02-08 00:00:00"},
      {"@daily", "2026-02-03 04:05:06", "2026-02-04 00:00:00"},
      {"@midnight", "2026-02-03 04:05:06", "2026-02-04 00:00:00"},
      {"@hourly", "2026-02-03 04:05:06", "2026-02-03 05:00:00"},
      {"CRON_TZ=Asia/Tokyo @daily", "2026-02-03 04:05:06", "2026-02-03 15:00:00"},
      {"TZ=Asia/Tokyo   @monthly ", "2026-02-03 04:05:06", "2026-02-28 15:00:00"},
  });
  CHECK(next_shown("@hourly", "2026-02-03 04:05:06", Cron::Fields::with_seconds) ==
        "2026-02-03 05:00:00");
}

TEST_CASE("@every counts from the given moment, in whole seconds") {
  check_rows({
      {"@every 1s", "2026-01-01 00:00:00", "2026-01-01 00:00:01"},
      {"@every 1h30m", "2026-01-01 00:00:07", "2026-01-01 01:30:07"},
      {"@every \t 2d ", "2026-12-30 00:00:07", "2027-01-01 00:00:07"},
      {"@every 1000ms", "2026-01-01 00:00:00", "2026-01-01 00:00:01"},
      {"CRON_TZ=Europe/Berlin @every 24h", "2026-03-28 12:00:00", "2026-03-29 12:00:00"},
      {"@every 1826d", "2026-01-01 00:00:00", "2031-01-01 00:00:00"},
      {"@every 1827d", "2026-01-01 00:00:00", "never"},
      {"@every 36525d", "2026-01-01 00:00:00", "never"},
  });
  const Result<Cron> cron = Cron::parse("@every 10s");
  REQUIRE(cron);
  CHECK(cron->next(from_unix_ms(5'999)) == from_unix_ms(15'000));
  CHECK(cron->next(from_unix_ms(6'000)) == from_unix_ms(16'000));
  CHECK(cron->next(from_unix_ms(-1)) == from_unix_ms(9'000));
}

TEST_CASE("the next time is strictly later, and whole seconds") {
  const Result<Cron> cron = Cron::parse("0 0 * * *");
  REQUIRE(cron);
  constexpr std::int64_t day = 86'400'000;
  CHECK(cron->next(from_unix_ms(day - 1)) == from_unix_ms(day));
  CHECK(cron->next(from_unix_ms(day)) == from_unix_ms(2 * day));
  CHECK(cron->next(from_unix_ms(day + 1)) == from_unix_ms(2 * day));
  CHECK(cron->next(from_unix_ms(-1)) == from_unix_ms(0));
  CHECK(cron->next(from_unix_ms(-day - 1)) == from_unix_ms(-day));
}

TEST_CASE("times beyond the calendar have no next one") {
  for (const std::string expression : {"* * * * *", "@every 1s", "CRON_TZ=Asia/Tokyo * * * * *"}) {
    const Result<Cron> cron = Cron::parse(expression);
    REQUIRE(cron);
    CHECK_FALSE(cron->next(Timestamp::min()));
    CHECK_FALSE(cron->next(Timestamp::max()));
    CHECK(cron->next(utc("0001-01-01 00:00:00")));
    CHECK(cron->next(utc("9999-01-01 00:00:00")));
  }
}

TEST_CASE("in a zone, skipped times do not fire and repeated ones fire once") {
  check_rows({
      // Berlin: 02:00 to 03:00 on March 29th, 03:00 to 02:00 on October 25th, both at 01:00 UTC.
      {"CRON_TZ=Europe/Berlin 0 4 * * *", "2026-03-28 00:00:00", "2026-03-28 03:00:00"},
      {"CRON_TZ=Europe/Berlin 0 4 * * *", "2026-03-28 03:00:00", "2026-03-29 02:00:00"},
      {"CRON_TZ=Europe/Berlin 30 2 * * *", "2026-03-28 12:00:00", "2026-03-30 00:30:00"},
      {"CRON_TZ=Europe/Berlin 0 2 * * *", "2026-03-28 12:00:00", "2026-03-30 00:00:00"},
      {"CRON_TZ=Europe/Berlin 59 1 * * *", "2026-03-28 12:00:00", "2026-03-29 00:59:00"},
      {"CRON_TZ=Europe/Berlin 0 3 * * *", "2026-03-28 12:00:00", "2026-03-29 01:00:00"},
      {"CRON_TZ=Europe/Berlin 30 2 29 3 *", "2026-03-28 12:00:00", "2027-03-29 00:30:00"},
      {"CRON_TZ=Europe/Berlin 0 * * * *", "2026-03-29 00:00:00", "2026-03-29 01:00:00"},
      {"CRON_TZ=Europe/Berlin */10 * * * *", "2026-03-29 00:50:00", "2026-03-29 01:00:00"},
      {"CRON_TZ=Europe/Berlin 30 2 * * *", "2026-10-24 12:00:00", "2026-10-25 00:30:00"},
      {"CRON_TZ=Europe/Berlin 30 2 * * *", "2026-10-25 00:30:00", "2026-10-26 01:30:00"},
      {"CRON_TZ=Europe/Berlin 0 2 * * *", "2026-10-25 00:00:00", "2026-10-26 01:00:00"},
      {"CRON_TZ=Europe/Berlin 0 3 * * *", "2026-10-24 12:00:00", "2026-10-25 02:00:00"},
      {"CRON_TZ=Europe/Berlin 0 * * * *", "2026-10-24 23:00:00", "2026-10-25 00:00:00"},
      {"CRON_TZ=Europe/Berlin 0 * * * *", "2026-10-25 00:00:00", "2026-10-25 02:00:00"},
      {"CRON_TZ=Europe/Berlin */10 * * * *", "2026-10-25 00:50:00", "2026-10-25 02:00:00"},
      {"CRON_TZ=Europe/Berlin */10 * * * *", "2026-10-25 01:25:00", "2026-10-25 02:00:00"},
      // New York: 07:00 UTC on March 8th, 06:00 UTC on November 1st.
      {"CRON_TZ=America/New_York 0 4 * * *", "2026-03-07 00:00:00", "2026-03-07 09:00:00"},
      {"CRON_TZ=America/New_York 0 4 * * *", "2026-03-07 09:00:00", "2026-03-08 08:00:00"},
      {"CRON_TZ=America/New_York 30 2 * * *", "2026-03-08 00:00:00", "2026-03-09 06:30:00"},
      {"CRON_TZ=America/New_York 30 1 * * *", "2026-11-01 00:00:00", "2026-11-01 05:30:00"},
      {"CRON_TZ=America/New_York 30 1 * * *", "2026-11-01 05:30:00", "2026-11-02 06:30:00"},
      {"TZ=America/New_York 0 0 1 1 *", "2026-12-31 23:59:59", "2027-01-01 05:00:00"},
      // Sydney: 16:00 UTC on April 4th (back) and October 3rd (forth).
      {"CRON_TZ=Australia/Sydney 30 2 * * *", "2026-04-04 00:00:00", "2026-04-04 15:30:00"},
      {"CRON_TZ=Australia/Sydney 30 2 * * *", "2026-04-04 15:30:00", "2026-04-05 16:30:00"},
      {"CRON_TZ=Australia/Sydney 30 2 * * *", "2026-10-03 00:00:00", "2026-10-04 15:30:00"},
      // Lord Howe: half an hour, 02:00 to 01:30 at 15:00 UTC and 02:00 to 02:30 at 15:30 UTC.
      {"CRON_TZ=Australia/Lord_Howe 45 1 * * *", "2026-04-04 12:00:00", "2026-04-04 14:45:00"},
      {"CRON_TZ=Australia/Lord_Howe 45 1 * * *", "2026-04-04 14:45:00", "2026-04-05 15:15:00"},
      {"CRON_TZ=Australia/Lord_Howe 0 * * * *", "2026-04-04 14:00:00", "2026-04-04 15:30:00"},
      {"CRON_TZ=Australia/Lord_Howe 15 2 * * *", "2026-10-03 12:00:00", "2026-10-04 15:15:00"},
      {"CRON_TZ=Australia/Lord_Howe 30 2 * * *", "2026-10-03 12:00:00", "2026-10-03 15:30:00"},
      // Midnight itself is skipped in Beirut and repeated in Havana (05:00 UTC to 04:00 again).
      {"CRON_TZ=Asia/Beirut 0 0 * * *", "2026-03-28 12:00:00", "2026-03-29 21:00:00"},
      {"CRON_TZ=Asia/Beirut @daily", "2026-03-28 12:00:00", "2026-03-29 21:00:00"},
      {"CRON_TZ=America/Havana 0 0 * * *", "2025-11-02 00:00:00", "2025-11-02 04:00:00"},
      {"CRON_TZ=America/Havana 0 0 * * *", "2025-11-02 04:00:00", "2025-11-03 05:00:00"},
      // A whole day was skipped: Samoa had no December 30th in 2011.
      {"CRON_TZ=Pacific/Apia 0 12 * * *", "2011-12-29 22:00:00", "2011-12-30 22:00:00"},
      {"CRON_TZ=Pacific/Apia 0 12 30 * *", "2011-12-01 00:00:00", "2012-01-29 22:00:00"},
      // No changes.
      {"CRON_TZ=Asia/Kolkata 0 0 * * *", "2026-03-28 12:00:00", "2026-03-28 18:30:00"},
      {"CRON_TZ=Asia/Kathmandu 0 0 * * *", "2026-03-28 12:00:00", "2026-03-28 18:15:00"},
      {"CRON_TZ=Etc/GMT+5 0 0 * * *", "2026-03-28 12:00:00", "2026-03-29 05:00:00"},
      {"CRON_TZ=UTC 0 0 * * *", "2026-03-28 12:00:00", "2026-03-29 00:00:00"},
      {"CRON_TZ=Etc/UTC 0 0 * * *", "2026-03-28 12:00:00", "2026-03-29 00:00:00"},
  });
}

TEST_CASE("around each change of clocks, every minute fires as a plain walk over minutes says") {
  // Goal: next() against an independent reading of the rules. Method: all changes from 2024 to the
  // end of 2027 in many zones (year ends where there is none), thirty hours to both sides.
  int changes = 0;
  for (const std::string& name : zones) {
    const date::time_zone& zone = *date::locate_zone(name);
    std::vector<sys_seconds> moments{chrono::floor<seconds>(utc("2024-02-29 00:00:00")),
                                     chrono::floor<seconds>(utc("2026-12-31 23:00:00"))};
    const sys_seconds end = chrono::floor<seconds>(utc("2028-01-01 00:00:00"));
    for (sys_seconds at = chrono::floor<seconds>(utc("2024-01-01 00:00:00")); at < end;) {
      at = zone.get_info(at).end;
      if (at >= end) break;
      moments.push_back(at);
      ++changes;
    }
    for (const sys_seconds moment : moments) {
      const sys_seconds from = moment - 30h;
      const sys_seconds until = moment + 30h;
      const std::vector<RealMinute> real = first_minutes(zone, from, until);
      for (const std::string& fields : everyday_fields) {
        check_alike(name, fields, real, from, until);
      }
    }
  }
  CHECK(changes > 100);  // Else the zones' data is not what this test needs.
}

TEST_CASE("random expressions fire on the days and minutes that a plain walk finds") {
  std::mt19937 random(11);
  const auto pick = [&](int from, int to) {
    return std::uniform_int_distribution<int>(from, to)(random);
  };
  const auto field = [&](int min, int max) {
    std::string text;
    for (int items = pick(1, 3); items > 0; --items) {
      const int first = pick(min, max);
      switch (pick(0, 5)) {
        case 0:
          text += "*";
          break;
        case 1:
          text += "*/" + std::to_string(pick(1, max + 2));
          break;
        case 2:
          text += std::to_string(first) + "/" + std::to_string(pick(1, max));
          break;
        case 3:
          text += std::to_string(first) + "-" + std::to_string(pick(first, max));
          break;
        default:
          text += std::to_string(first);
          break;
      }
      if (items > 1) text += ",";
    }
    return text;
  };
  const date::time_zone& zone = *date::locate_zone("Europe/Berlin");
  const sys_seconds begin = chrono::floor<seconds>(utc("2026-01-01 00:00:00"));
  const std::vector<RealMinute> real = first_minutes(zone, begin, begin + 24h * 100);
  for (int round = 0; round < 60; ++round) {
    const std::string fields = field(0, 59) + " " + field(0, 23) + " " + field(1, 31) + " " +
                               field(1, 12) + " " + field(0, 6);
    // A busy expression is looked at for a shorter time.
    const sys_seconds end = begin + 24h * (round % 10 == 0 ? 100 : 5);
    std::vector<RealMinute> window = real;
    std::erase_if(window, [&](const RealMinute& minute) { return minute.time >= end; });
    check_alike("Europe/Berlin", fields, window, begin, end);
  }

  // Noon of some days of five years, in a year that begins before a leap year's February.
  for (int round = 0; round < 200; ++round) {
    const std::string day_fields = field(1, 31) + " " + field(1, 12) + " " + field(0, 6);
    CAPTURE(day_fields);
    const PlainCron plain("0 12 " + day_fields);
    const Result<Cron> cron = Cron::parse("0 12 " + day_fields);
    REQUIRE(cron);
    std::optional<Timestamp> at = cron->next(begin);
    for (int day = 0; day < 1826; ++day) {
      const sys_seconds noon = begin + 24h * day + 12h;
      if (!plain.matches_day(wall_minute(date::local_seconds(noon.time_since_epoch())))) continue;
      REQUIRE(shown(at) == shown(noon));
      at = cron->next(noon);
    }
    if (at) CHECK(*at > begin + 24h * 1826);
  }
}

TEST_CASE("six fields begin with seconds") {
  const auto next = [](const std::string& expression, const std::string& after) {
    return next_shown(expression, after, Cron::Fields::with_seconds);
  };
  CHECK(next("* * * * * *", "2026-01-01 00:00:00") == "2026-01-01 00:00:01");
  CHECK(next("*/15 * * * * *", "2026-01-01 00:00:45") == "2026-01-01 00:01:00");
  CHECK(next("*/15 * * * * *", "2026-12-31 23:59:45") == "2027-01-01 00:00:00");
  CHECK(next("5,10 0 12 * * *", "2026-01-01 12:00:05") == "2026-01-01 12:00:10");
  CHECK(next("5,10 0 12 * * *", "2026-01-01 12:00:10") == "2026-01-02 12:00:05");
  CHECK(next("30 59 23 31 12 *", "2026-12-31 23:59:30") == "2027-12-31 23:59:30");
  CHECK(next("59 30 * * * *", "2026-01-01 00:30:59") == "2026-01-01 01:30:59");
  const std::string berlin = "CRON_TZ=Europe/Berlin ";
  CHECK(next(berlin + "1 * 2 * * *", "2026-03-28 12:00:00") == "2026-03-30 00:00:01");
  CHECK(next(berlin + "59 59 1 * * *", "2026-03-29 00:00:00") == "2026-03-29 00:59:59");
  CHECK(next(berlin + "* * * * * *", "2026-03-29 00:59:59") == "2026-03-29 01:00:00");
  CHECK(next(berlin + "* * * * * *", "2026-10-25 00:59:59") == "2026-10-25 02:00:00");
  CHECK(next(berlin + "30 30 2 * * *", "2026-10-25 00:30:30") == "2026-10-26 01:30:30");
}

TEST_CASE("the text is kept as it came, without the blanks around it") {
  for (const std::string text :
       {"*/10 * * * *", "CRON_TZ=Europe/Berlin  0 4 * *  mon", "@every 90m", "TZ=UTC @daily"}) {
    const Result<Cron> cron = Cron::parse(" \t" + text + " ");
    REQUIRE(cron);
    CHECK(cron->text() == text);
    Cron copy = *Cron::parse("@daily");
    copy = *cron;
    CHECK(copy.text() == text);
    CHECK(copy.next(from_unix_ms(0)) == cron->next(from_unix_ms(0)));
  }
}

TEST_CASE("what is no cron expression is refused with the field that is wrong") {
  const std::pair<std::string, std::string> table[] = {
      {"", "empty spec string"},
      {" \t ", "empty spec string"},
      {"CRON_TZ=UTC", "empty spec string"},
      {"CRON_TZ=Europe/Berlin  ", "empty spec string"},
      {std::string(257, '*'), "longer than 256 bytes"},
      {"* * * *", R"(expected 5 fields, found 4: "* * * *")"},
      {"* * * * * *", R"(expected 5 fields, found 6: "* * * * * *")"},
      {"CRON_TZ=UTC * * *", R"(expected 5 fields, found 3: "* * *")"},
      {"60 * * * *", R"(minute "60": more than 59)"},
      {"0-60 * * * *", R"(minute "0-60": more than 59)"},
      {"99999999999999999999 * * * *", R"(minute "99999999999999999999": more than 59)"},
      {"* 24 * * *", R"(hour "24": more than 23)"},
      {"* * 0 * *", R"(day-of-month "0": less than 1)"},
      {"* * 32 * *", R"(day-of-month "32": more than 31)"},
      {"* * * 0 *", R"(month "0": less than 1)"},
      {"* * * 13 *", R"(month "13": more than 12)"},
      {"* * * * 7", R"(day-of-week "7": more than 6)"},
      {"* * * * 5-7", R"(day-of-week "5-7": more than 6)"},
      {"* * * * FRI-MON", R"(day-of-week "FRI-MON": the range ends before it begins)"},
      {"30-10 * * * *", R"(minute "30-10": the range ends before it begins)"},
      {"x * * * *", R"(minute "x": "x" is no number)"},
      {"-1 * * * *", R"(minute "-1": "" is no number)"},
      {"1- * * * *", R"(minute "1-": "" is no number)"},
      {"1-2-3 * * * *", R"(minute "1-2-3": "2-3" is no number)"},
      {"+1 * * * *", R"(minute "+1": "+1" is no number)"},
      {"1.5 * * * *", R"(minute "1.5": "1.5" is no number)"},
      {"*-5 * * * *", R"(minute "*-5": "*" is no number)"},
      {"** * * * *", R"(minute "**": "**" is no number)"},
      {"JAN * * * *", R"(minute "JAN": "JAN" is no number)"},
      {"* * * MON *", R"(month "MON": "MON" is no number)"},
      {"* * * JANUARY *", R"(month "JANUARY": "JANUARY" is no number)"},
      {"* * * * L", R"(day-of-week "L": "L" is no number)"},
      {"* * L * *", R"(day-of-month "L": "L" is no number)"},
      {"* * * * 1#2", R"(day-of-week "1#2": "1#2" is no number)"},
      {"*/0 * * * *", R"(minute "*/0": the step is zero)"},
      {"*/ * * * *", R"(minute "*/": the step "" is no number)"},
      {"*/-5 * * * *", R"(minute "*/-5": the step "-5" is no number)"},
      {"*/2/3 * * * *", R"(minute "*/2/3": the step "2/3" is no number)"},
      {"/5 * * * *", R"(minute "/5": "" is no number)"},
      {"1,,2 * * * *", R"(minute "": a number, a range or * is missing)"},
      {"1, * * * *", R"(minute "": a number, a range or * is missing)"},
      {", * * * *", R"(minute "": a number, a range or * is missing)"},
      {"1,60 * * * *", R"(minute "60": more than 59)"},
      {"\xc2\xb5 * * * *", R"(minute "??": "??" is no number)"},
      {"* * * *\n*", R"(expected 5 fields, found 4: "* * * *?*")"},
      {"@", R"(unknown descriptor "@")"},
      {"@Daily", R"(unknown descriptor "@Daily")"},
      {"@reboot", R"(unknown descriptor "@reboot")"},
      {"@daily *", R"(unknown descriptor "@daily *")"},
      {"@every", R"(@every: time: invalid duration "")"},
      {"@every 5", R"(@every: time: missing unit in duration "5")"},
      {"@every -5m", R"(@every: time: negative duration "-5m")"},
      {"@every1h", R"(unknown descriptor "@every1h")"},
      {"@every 0s", R"(@every "0s": not whole seconds, at least one)"},
      {"@every 999ms", R"(@every "999ms": not whole seconds, at least one)"},
      {"@every 1500ms", R"(@every "1500ms": not whole seconds, at least one)"},
      {"CRON_TZ=Mars/Phobos * * * * *", R"(unknown time zone "Mars/Phobos")"},
      {"CRON_TZ=europe/berlin * * * * *", R"(unknown time zone "europe/berlin")"},
      {"CRON_TZ= * * * * *", R"(unknown time zone "")"},
      {"CRON_TZ=Local * * * * *", R"(unknown time zone "Local")"},
      {"CRON_TZ=localtime * * * * *", R"(unknown time zone "localtime")"},
      {"CRON_TZ=../../../etc/passwd * * * * *", R"(unknown time zone "../../../etc/passwd")"},
      {"CRON_TZ=leap-seconds.list * * * * *", R"(unknown time zone "leap-seconds.list")"},
      {"TZ=CRON_TZ=UTC * * * * *", R"(unknown time zone "CRON_TZ=UTC")"},
      {"cron_tz=UTC * * * * *", R"(expected 5 fields, found 6: "cron_tz=UTC * * * * *")"},
  };
  for (const auto& [text, why] : table) {
    CAPTURE(text);
    const Result<Cron> cron = Cron::parse(text);
    REQUIRE_FALSE(cron);
    CHECK(cron.error().code == ErrorCode::invalid_argument);
    CHECK(cron.error().message == "Invalid cron expression " + why);
  }
  const Result<Cron> five = Cron::parse("* * * * *", Cron::Fields::with_seconds);
  REQUIRE_FALSE(five);
  CHECK(five.error().message ==
        R"(Invalid cron expression expected 6 fields, found 5: "* * * * *")");
  const Result<Cron> second = Cron::parse("60 * * * * *", Cron::Fields::with_seconds);
  REQUIRE_FALSE(second);
  CHECK(second.error().message == R"(Invalid cron expression second "60": more than 59)");
}

TEST_CASE("the machine's zone data knows the changes of the years to come") {
  // The library reads no rules, only listed changes. Data packed without them would freeze clocks.
  const date::time_zone& zone = *date::locate_zone("Europe/Berlin");
  CHECK(zone.get_info(chrono::floor<seconds>(utc("2037-07-01 00:00:00"))).offset == 2h);
  CHECK(zone.get_info(chrono::floor<seconds>(utc("2037-12-01 00:00:00"))).offset == 1h);
}

}  // namespace godwit
