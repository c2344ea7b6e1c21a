#include "imagegen/providers/shared/waits.h"

#include <doctest/doctest.h>

#include <string>

namespace godwit::imagegen {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Timestamp now = from_unix_ms(1'790'000'000'000);  // 2026-09-21 14:13:20 UTC.

TEST_CASE("a protobuf duration is digits, a fraction and s") {
  struct Row {
    const char* text;
    std::optional<Milliseconds> value;
  };
  for (const Row& row : {Row{"26s", seconds(26)},
                         {"0.5s", Milliseconds(500)},
                         {"26.413s", Milliseconds(26'413)},
                         {"26.413000001s", Milliseconds(26'414)},
                         {"26.413000000s", Milliseconds(26'413)},
                         {"0s", Milliseconds(0)},
                         {"999999s", wait_max},
                         {"99999999999999999999999s", wait_max},
                         {"", std::nullopt},
                         {"s", std::nullopt},
                         {"26", std::nullopt},
                         {"-1s", std::nullopt},
                         {"-99999999999999999999999s", std::nullopt},
                         {"1.s", std::nullopt},
                         {".5s", std::nullopt},
                         {"1m5s", std::nullopt},
                         {"1.5.5s", std::nullopt},
                         {" 1s", std::nullopt}}) {
    CAPTURE(row.text);
    CHECK(parse_protobuf_duration(row.text) == row.value);
  }
}

TEST_CASE("Retry-After comes in milliseconds, seconds or as a date") {
  CHECK(retry_after({{"retry-after-ms", "120"}, {"retry-after", "2"}}, now) == Milliseconds(120));
  CHECK(retry_after({{"retry-after-ms", "x"}, {"retry-after", "2"}}, now) == seconds(2));
  CHECK(retry_after({{"Retry-After", "1.5"}}, now) == Milliseconds(1'500));
  CHECK(retry_after({{"Retry-After", "Mon, 21 Sep 2026 14:13:25 GMT"}}, now) == seconds(5));
  CHECK(retry_after({{"retry-after-ms", "999999999999"}}, now) == wait_max);
  CHECK(retry_after({{"retry-after-ms", "-5"}}, now) == std::nullopt);
  CHECK(retry_after({{"Retry-After", "soon"}}, now) == std::nullopt);
  CHECK(retry_after({}, now) == std::nullopt);
  // Limits that are not passed do not say when to come back.
  CHECK(retry_after({{"x-ratelimit-reset-requests", "9s"}}, now) == std::nullopt);
}

TEST_CASE("of OpenAI's limits the one with nothing left counts, the longest if there are two") {
  CHECK(rate_limit_reset(
            {{"x-ratelimit-remaining-requests", "0"}, {"x-ratelimit-reset-requests", "120ms"}},
            now) == Milliseconds(120));
  CHECK(rate_limit_reset({{"X-Ratelimit-Remaining-Tokens", "0"},
                          {"X-Ratelimit-Reset-Tokens", "6m0s"},
                          {"X-Ratelimit-Remaining-Requests", "0"},
                          {"X-Ratelimit-Reset-Requests", "1s"}},
                         now) == minutes(6));
  CHECK(rate_limit_reset(
            {{"x-ratelimit-remaining-requests", "3"}, {"x-ratelimit-reset-requests", "120ms"}},
            now) == std::nullopt);
  CHECK(rate_limit_reset({{"x-ratelimit-remaining-project-tokens", "0"},
                          {"x-ratelimit-reset-project-tokens", "2s"}},
                         now) == seconds(2));
  CHECK(rate_limit_reset({{"x-ratelimit-remaining-", "0"}}, now) == std::nullopt);
  CHECK(rate_limit_reset({{"x-ratelimit-remaining-requests", "0"}}, now) == std::nullopt);
}

TEST_CASE("daily quotas begin anew at midnight by California's own clocks") {
  const auto at = [](std::int64_t unix_seconds) { return from_unix_ms(unix_seconds * 1'000); };
  // 2026-07-01 06:59 UTC: in summer midnight is at 7.
  CHECK(until_pacific_midnight(at(1'782'889'140)) == minutes(1));
  // 2026-12-01 07:59 UTC: in winter at 8.
  CHECK(until_pacific_midnight(at(1'796'111'940)) == minutes(1));
  // Midnight itself begins a whole day.
  CHECK(until_pacific_midnight(at(1'796'112'000)) == hours(24));
  // 2026-11-01, when the clocks go back, has 25 hours; no wait is longer than the broker takes.
  CHECK(until_pacific_midnight(at(1'793'516'400)) == wait_max);
  CHECK(until_pacific_midnight(at(1'793'516'400 + 3'600)) == hours(24));
}

TEST_CASE("jitter adds up to a fifth, and never takes away") {
  CHECK(with_jitter(seconds(10), 0) == seconds(10));
  CHECK(with_jitter(seconds(10), 1'000) == seconds(12));
  for (unsigned random = 0; random < 5'000; random += 7) {
    CHECK(with_jitter(seconds(10), random) >= seconds(10));
    CHECK(with_jitter(seconds(10), random) <= seconds(12));
  }
  CHECK(with_jitter(wait_max, 1'000) == wait_max);
}

}  // namespace
}  // namespace godwit::imagegen
