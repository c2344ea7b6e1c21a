#include "dashboard/overview/series.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>

#include "core/json_out.h"

namespace godwit {
namespace {

constexpr std::array<SeriesRange, 6> ranges{{{"15m", SeriesUnit::minute, 15},
                                             {"1h", SeriesUnit::minute, 60},
                                             {"6h", SeriesUnit::minute, 360},
                                             {"24h", SeriesUnit::minute, 1'440},
                                             {"7d", SeriesUnit::hour, 7 * 24},
                                             {"30d", SeriesUnit::hour, 30 * 24}}};

}  // namespace

const SeriesRange* find_series_range(std::string_view name) {
  const auto found = std::ranges::find(ranges, name, &SeriesRange::name);
  return found == ranges.end() ? nullptr : &*found;
}

std::string series_range_names() {
  std::string names;
  for (const SeriesRange& range : ranges) {
    if (!names.empty()) names += ", ";
    names += range.name;
  }
  return names;
}

std::string series_json(const SeriesRange& range, const std::vector<SeriesStep>& steps) {
  std::string out;
  out.reserve(256 + steps.size() * 64);
  JsonWriter json(out);
  json.begin_object();
  json.member("range", range.name);
  json.member("stepSeconds", range.unit == SeriesUnit::minute ? 60 : 3'600);
  const auto column = [&](std::string_view name, const auto& write) {
    json.key(name);
    json.begin_array();
    for (const SeriesStep& step : steps) write(step);
    json.end_array();
  };
  column("times", [&](const SeriesStep& step) { json.integer(to_unix_ms(step.begin) / 1000); });
  const auto counts = [&](std::string_view name, std::uint64_t AccountCounts::* count) {
    column(name, [&](const SeriesStep& step) {
      json.integer(static_cast<std::int64_t>(step.counts.*count));
    });
  };
  counts("published", &AccountCounts::published);
  counts("delivered", &AccountCounts::delivered);
  counts("attempts", &AccountCounts::attempts);
  counts("failedAttempts", &AccountCounts::failed_attempts);
  counts("deadLettered", &AccountCounts::dead_lettered);
  counts("canceled", &AccountCounts::canceled);
  const auto durations = [&](std::string_view name, std::optional<double> SeriesStep::* ms) {
    column(name, [&](const SeriesStep& step) {
      const std::optional<double>& value = step.*ms;
      json.raw(value ? fmt::format("{}", std::round(*value * 1000) / 1000) : "null");
    });
  };
  durations("attemptP50Ms", &SeriesStep::attempt_p50_ms);
  durations("attemptP90Ms", &SeriesStep::attempt_p90_ms);
  durations("attemptP99Ms", &SeriesStep::attempt_p99_ms);
  durations("latenessP99Ms", &SeriesStep::lateness_p99_ms);
  column("backlog", [&](const SeriesStep& step) {
    if (!step.backlog) return json.raw("null");
    json.integer(static_cast<std::int64_t>(*step.backlog));
  });
  json.end_object();
  return out;
}

}  // namespace godwit
