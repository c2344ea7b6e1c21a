// A second reading of the rules of cron.h, as plain as can be: sets of numbers, and a walk over
// every minute that asks the zone both ways. Both must agree.
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

}  // namespace godwit
