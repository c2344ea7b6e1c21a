#include "testing/simulation/statistics_model.h"

#include "engine/listing.h"
#include "engine/statistics.h"

namespace godwit::simulation {

void StatisticsModel::check(const Engine& engine) {
  if (const std::string problem = engine.check_statistics(); !problem.empty()) {
    journal_.broken("the statistics are wrong: {}", problem);
  }
}

void StatisticsModel::check_end(const Engine& engine, const StoreReader& store) {
  check(engine);
  const AccountNumbers numbers = engine.numbers(account, time_.now());
  if (numbers.backlog != Backlog{}) journal_.broken("nothing lives, and the backlog is not empty");
  LogQuery query;
  query.account = account;
  query.count = 1'000'000;
  query.scan_max = 1'000'000;
  const Result<LogPage> log = list_log(store, 1, query, {});
  if (!log) return journal_.broken("listing the log failed: {}", log.error().message);
  AccountCounts wanted;
  for (const LogEntry& entry : log->entries) {
    switch (entry.row.state) {
      case LogState::created:
        ++wanted.published;
        break;
      case LogState::error:
        ++wanted.attempts;
        ++wanted.failed_attempts;
        break;
      case LogState::delivered:
        ++wanted.attempts;
        ++wanted.delivered;
        break;
      case LogState::failed:
        ++wanted.dead_lettered;
        break;
      case LogState::canceled:
        ++wanted.canceled;
        break;
      case LogState::active:
      case LogState::retry:
      case LogState::cancel_requested:
        break;
    }
  }
  AccountCounts totals = numbers.totals;
  if (totals.deduplicated < deduplicated_ || totals.deduplicated > deduplications_asked_) {
    journal_.broken("{} duplicates were acknowledged of {} asked for, {} are counted",
                    deduplicated_, deduplications_asked_, totals.deduplicated);
  }
  wanted.deduplicated = totals.deduplicated;
  if (totals != wanted) {
    journal_.broken(
        "counted are {} published, {} attempts ({} failed), {} delivered, {} dead letters, {} "
        "cancelled; the log has {}, {} ({}), {}, {}, {}",
        totals.published, totals.attempts, totals.failed_attempts, totals.delivered,
        totals.dead_lettered, totals.canceled, wanted.published, wanted.attempts,
        wanted.failed_attempts, wanted.delivered, wanted.dead_lettered, wanted.canceled);
  }
  check_series(engine, store, SeriesUnit::minute, 24 * 60, std::chrono::minutes(1));
  check_series(engine, store, SeriesUnit::hour, 31 * 24, std::chrono::hours(1));
}

void StatisticsModel::check_series(const Engine& engine, const StoreReader& store, SeriesUnit unit,
                                   std::size_t steps, Milliseconds step) {
  // All of the run must lie in it.
  if (time_.now() - began_ >= step * (steps - 1)) return;
  std::size_t skipped = 0;
  const Result<std::vector<SeriesStep>> series =
      read_series(store, account, engine.series_edge(account), unit, steps, time_.now(), skipped);
  if (!series || skipped > 0) return journal_.broken("a series cannot be read");
  AccountCounts sum;
  for (const SeriesStep& each : *series) sum += each.counts;
  if (sum != engine.numbers(account, time_.now()).totals) {
    journal_.broken("a series of {} steps sums up to {} published and {} attempts", steps,
                    sum.published, sum.attempts);
  }
  if (series->back().backlog.value_or(0) != 0) {
    journal_.broken("a series ends with a backlog of {}", *series->back().backlog);
  }
}

}  // namespace godwit::simulation
