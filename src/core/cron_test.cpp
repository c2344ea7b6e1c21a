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
