#include "api/metrics.h"

#include <doctest/doctest.h>

namespace godwit {
namespace {

bool holds(const std::string& text, std::string_view line) {
  return ("\n" + text).find("\n" + std::string(line) + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("the backlog is told by reason") {
  const std::string text =
      backlog_metrics_text({.total = 12, .time = 3, .retry = 4, .paused = 5}, AttemptTimes{});
  CHECK(holds(text, "# TYPE godwit_backlog_messages gauge"));
  CHECK(holds(text, R"(godwit_backlog_messages{reason="time"} 3)"));
  CHECK(holds(text, R"(godwit_backlog_messages{reason="retry"} 4)"));
  CHECK(holds(text, R"(godwit_backlog_messages{reason="paused"} 5)"));
  CHECK(holds(text, R"(godwit_backlog_messages{reason="active"} 0)"));
}

TEST_CASE("buckets of a histogram grow up to its count, and end where they say") {
  AttemptTimes times;
  for (const std::int64_t each : {0, 1'023, 1'024, 2'000'000, 2'000'000}) {
    times.durations.add(Microseconds(each));
    times.durations_sum += Microseconds(each);
  }
  times.durations.add(Histogram::longest);
  const std::string text = backlog_metrics_text({}, times);
  CHECK(holds(text, "# TYPE godwit_attempt_duration_seconds histogram"));
  CHECK(holds(text, R"(godwit_attempt_duration_seconds_bucket{le="0.001023"} 2)"));
  CHECK(holds(text, R"(godwit_attempt_duration_seconds_bucket{le="0.002047"} 3)"));
  CHECK(holds(text, R"(godwit_attempt_duration_seconds_bucket{le="1.048575"} 3)"));
  CHECK(holds(text, R"(godwit_attempt_duration_seconds_bucket{le="2.097151"} 5)"));
  CHECK(holds(text, R"(godwit_attempt_duration_seconds_bucket{le="4294.967295"} 5)"));
  CHECK(holds(text, R"(godwit_attempt_duration_seconds_bucket{le="+Inf"} 6)"));
  CHECK(holds(text, "godwit_attempt_duration_seconds_sum 4.002047"));
  CHECK(holds(text, "godwit_attempt_duration_seconds_count 6"));
  CHECK(holds(text, R"(godwit_attempt_lateness_seconds_bucket{le="+Inf"} 0)"));
}

}  // namespace godwit
