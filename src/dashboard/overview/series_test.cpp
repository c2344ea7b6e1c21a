#include "dashboard/overview/series.h"

#include <doctest/doctest.h>

namespace godwit {

TEST_CASE("a range is asked for by its name, and covers what it says") {
  const auto covers = [](std::string_view name) {
    const SeriesRange* const range = find_series_range(name);
    REQUIRE(range != nullptr);
    const std::size_t minutes = range->unit == SeriesUnit::minute ? 1 : 60;
    return range->steps * minutes;
  };
  CHECK(covers("15m") == 15);
  CHECK(covers("1h") == 60);
  CHECK(covers("6h") == 6 * 60);
  CHECK(covers("24h") == 24 * 60);
  CHECK(covers("7d") == 7 * 24 * 60);
  CHECK(covers("30d") == 30 * 24 * 60);
  CHECK(find_series_range("") == nullptr);
  CHECK(find_series_range("1d") == nullptr);
  CHECK(series_range_names() == "15m, 1h, 6h, 24h, 7d, 30d");
}

TEST_CASE("a series is columns of equal length, with null where nothing is known") {
  std::vector<SeriesStep> steps(2);
  steps[0].begin = from_unix_ms(1'790'000'040'000);
  steps[1].begin = from_unix_ms(1'790'000'100'000);
  steps[1].counts = {.published = 1,
                     .deduplicated = 2,
                     .attempts = 3,
                     .failed_attempts = 4,
                     .delivered = 5,
                     .dead_lettered = 6,
                     .canceled = 7};
  steps[1].attempt_p50_ms = 1.5;
  steps[1].attempt_p90_ms = 2.25;
  steps[1].attempt_p99_ms = 1234.56789;
  steps[1].lateness_p99_ms = 0;
  steps[1].backlog = 8;
  CHECK(series_json(*find_series_range("15m"), steps) ==
        R"({"range":"15m","stepSeconds":60,"times":[1790000040,1790000100],"published":[0,1],)"
        R"("delivered":[0,5],"attempts":[0,3],"failedAttempts":[0,4],"deadLettered":[0,6],)"
        R"("canceled":[0,7],"attemptP50Ms":[null,1.5],"attemptP90Ms":[null,2.25],)"
        R"("attemptP99Ms":[null,1234.568],"latenessP99Ms":[null,0],"backlog":[null,8]})");
  CHECK(series_json(*find_series_range("7d"), {})
            .starts_with(R"({"range":"7d","stepSeconds":3600,)"));
}

}  // namespace godwit
