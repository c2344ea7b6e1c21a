#include "engine/statistics.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "engine/keys.h"

namespace godwit {
namespace {

constexpr std::int64_t ms_of_hour = ms_of_minute * minutes_of_hour;

/// Rounds down, also before 1970.
constexpr std::int64_t divide_down(std::int64_t number, std::int64_t by) {
  return number / by - (number % by < 0 ? 1 : 0);
}

/// Living messages when `step` began.
std::uint64_t backlog_before(const StatisticsStep& step) {
  const AccountCounts& counts = step.counts;
  const std::uint64_t ended = counts.delivered + counts.dead_lettered + counts.canceled;
  const std::uint64_t there = step.backlog + ended;
  return there - std::min(counts.published, there);
}

/// The steps of a series by their number. Histograms are large: what a page shows of one is made as
/// soon as it is read.
class Steps {
 public:
  struct Step {
    SeriesStep shown;
    std::uint64_t backlog_before = 0;
    std::uint64_t backlog_after = 0;
  };

  Steps(std::int64_t first, std::int64_t last, StatisticsStep current)
      : first_(first), last_(last), current_(std::move(current)) {
    finished_part_.number = current_.number;
    finished_part_.backlog = current_.backlog;
  }

  /// Takes the place of one of the same number; it is added to the current one.
  void put(StatisticsStep step) {
    if (step.number == current_.number) {
      finished_part_ = std::move(step);
    } else {
      show(step);
    }
  }
  std::map<std::int64_t, Step> take() {
    if (current_.number != no_step) {
      finished_part_.add(current_);
      show(finished_part_);
    }
    return std::move(steps_);
  }

  static constexpr std::int64_t no_step = std::numeric_limits<std::int64_t>::min();

 private:
  void show(const StatisticsStep& step) {
    if (step.number < first_ || step.number > last_) return;
    Step& shown = steps_[step.number];
    shown.shown.counts = step.counts;
    shown.shown.attempt_p50_ms = step.durations.percentile_ms(0.50);
    shown.shown.attempt_p90_ms = step.durations.percentile_ms(0.90);
    shown.shown.attempt_p99_ms = step.durations.percentile_ms(0.99);
    shown.shown.lateness_p99_ms = step.lateness.percentile_ms(0.99);
    shown.backlog_before = backlog_before(step);
    shown.backlog_after = step.backlog;
  }

  const std::int64_t first_;
  const std::int64_t last_;
  StatisticsStep current_;
  StatisticsStep finished_part_;  ///< Of the current step; see AccountStatistics.
  std::map<std::int64_t, Step> steps_;
};

}  // namespace

std::int64_t minute_of(Timestamp time) { return divide_down(to_unix_ms(time), ms_of_minute); }
std::int64_t hour_of(Timestamp time) { return divide_down(to_unix_ms(time), ms_of_hour); }

AccountCounts& operator+=(AccountCounts& counts, const AccountCounts& more) {
  counts.published += more.published;
  counts.deduplicated += more.deduplicated;
  counts.attempts += more.attempts;
  counts.failed_attempts += more.failed_attempts;
  counts.delivered += more.delivered;
  counts.dead_lettered += more.dead_lettered;
  counts.canceled += more.canceled;
  return counts;
}

Backlog& operator+=(Backlog& backlog, const Backlog& more) {
  backlog.total += more.total;
  backlog.time += more.time;
  backlog.retry += more.retry;
  backlog.queue += more.queue;
  backlog.paused += more.paused;
  backlog.rate += more.rate;
  backlog.parallelism += more.parallelism;
  backlog.slot += more.slot;
  backlog.active += more.active;
  return backlog;
}

void StatisticsStep::add(const StatisticsStep& later) {
  counts += later.counts;
  backlog = later.backlog;
  durations.add(later.durations);
  lateness.add(later.lateness);
}

Result<std::vector<SeriesStep>> read_series(const StoreReader& reader, AccountId account,
                                            const SeriesEdge& edge, SeriesUnit unit,
                                            std::size_t steps, Timestamp now,
                                            std::size_t& skipped) {
  const bool by_minute = unit == SeriesUnit::minute;
  const std::int64_t ms_of_step = by_minute ? ms_of_minute : ms_of_hour;
  const std::int64_t last = by_minute ? minute_of(now) : hour_of(now);
  const std::int64_t first = last - static_cast<std::int64_t>(steps) + 1;

  StatisticsStep current;
  current.number = Steps::no_step;
  if (!edge.minute.empty()) {
    Result<StatisticsStep> minute = decode_statistics_step(edge.minute);
    if (!minute) return std::unexpected(minute.error());
    current = std::move(*minute);
    if (!by_minute) current.number = divide_down(current.number, minutes_of_hour);
  }
  Steps known(first, last, std::move(current));
  const auto put = [&](std::string_view encoded) {
    if (Result<StatisticsStep> step = decode_statistics_step(encoded)) {
      known.put(std::move(*step));
    } else {
      ++skipped;
    }
  };
  const Result<void> scanned = reader.scan(
      Space::meta,
      keys::resources(0, by_minute ? keys::Resource::minute : keys::Resource::hour, account),
      StoreReader::Direction::forward, [&](std::string_view, std::string_view value) {
        put(value);
        return true;
      });
  if (!scanned) return std::unexpected(scanned.error());
  // Memory is never behind the store.
  for (const std::string& step : by_minute ? edge.minutes : edge.hours) put(step);

  const std::map<std::int64_t, Steps::Step> found = known.take();
  const std::int64_t counted_from = divide_down(to_unix_ms(edge.since), ms_of_step);
  std::vector<SeriesStep> series;
  series.reserve(steps);
  // A step without a record is one in which nothing happened: the backlog is that of before.
  auto next = found.begin();
  std::uint64_t backlog = next == found.end() ? edge.living : next->second.backlog_before;
  for (std::int64_t number = first; number <= last; ++number) {
    SeriesStep& step = series.emplace_back();
    if (next != found.end() && next->first == number) {
      step = next->second.shown;
      backlog = next->second.backlog_after;
      ++next;
    }
    step.begin = from_unix_ms(number * ms_of_step);
    if (number >= counted_from) step.backlog = backlog;
  }
  return series;
}

}  // namespace godwit
