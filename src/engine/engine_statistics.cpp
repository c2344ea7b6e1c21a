// What is counted of each account: see ADR 17. Counts change with their causes and are put once a
// batch; what waits where is known from memory.
#include <algorithm>
#include <ranges>
#include <utility>

#include "engine/engine_state.h"

namespace godwit {
namespace {

/// There once everything in the store has been counted.
constexpr std::string_view counted_name = "counted";

std::uint64_t less(std::uint64_t whole, std::uint64_t part) {
  return whole - std::min(whole, part);
}

void replace(AccountStatistics::Paused& paused, const std::string& name, std::uint64_t before,
             std::uint64_t after) {
  if (before == after) return;
  if (before > 0) paused.erase({before, name});
  if (after > 0) paused.emplace(after, name);
}

}  // namespace

Backlog AccountStatistics::backlog() const {
  const auto in = [this](Listed kind) { return listed_[static_cast<std::size_t>(kind)]; };
  Backlog backlog;
  backlog.total = record.living;
  backlog.queue = in(Listed::queue);
  backlog.paused = in(Listed::paused);
  backlog.rate = in(Listed::rate);
  backlog.parallelism = in(Listed::parallelism);
  backlog.slot = ready + in(Listed::slot);
  backlog.active = active;
  // All others wait for their time. Which of them for a further try is not known of those that are
  // only in the store: it is all retries but the late ones.
  const std::uint64_t in_time =
      less(backlog.total, backlog.queue + backlog.paused + backlog.rate + backlog.parallelism +
                              backlog.slot + backlog.active);
  backlog.retry = std::min(in_time, less(record.retried, late_retries));
  backlog.time = in_time - backlog.retry;
  return backlog;
}

AccountStatistics& Engine::Impl::statistics_of(AccountId account) {
  if (newest_statistics_ != nullptr && newest_statistics_->account == account) {
    return *newest_statistics_;
  }
  std::unique_ptr<AccountStatistics>& found = statistics_[account];
  if (!found) found = std::make_unique<AccountStatistics>(partition, account);
  newest_statistics_ = found.get();
  return *found;
}

AccountStatistics& Engine::Impl::counting(AccountId account, Timestamp now) {
  AccountStatistics& statistics = statistics_of(account);
  // A clock that goes back by less than a minute does not make a minute of its own.
  if (now < statistics.minute_begin - Milliseconds(ms_of_minute) ||
      now >= statistics.minute_begin + Milliseconds(ms_of_minute)) {
    begin_minute(statistics, now);
  }
  touch(statistics);
  return statistics;
}

void Engine::Impl::touch(AccountStatistics& statistics) {
  if (!std::exchange(statistics.dirty, true)) dirty_statistics_.push_back(&statistics);
}

std::optional<StatisticsStep> Engine::Impl::stored_step(const AccountStatistics& statistics,
                                                        keys::Resource unit, std::int64_t number) {
  const std::optional<std::string> bytes =
      read(Space::meta, keys::statistics_slot(partition, unit, statistics.account, number));
  if (!bytes) return std::nullopt;
  Result<StatisticsStep> step = decode_statistics_step(*bytes);
  if (!step) {
    ++stats_.corrupt;
    return std::nullopt;
  }
  if (step->number != number) return std::nullopt;  // A day or a month old.
  return std::move(*step);
}

std::string Engine::Impl::put_step(const AccountStatistics& statistics, keys::Resource unit,
                                   const StatisticsStep& step) {
  std::string bytes = encode(step);
  put(Space::meta, keys::statistics_slot(partition, unit, statistics.account, step.number), bytes);
  return bytes;
}

void Engine::Impl::begin_minute(AccountStatistics& statistics, Timestamp now) {
  StatisticsRecord& record = statistics.record;
  if (record.since == Timestamp{}) record.since = now;
  const bool was_open = statistics.minute_begin != Timestamp::max();
  if (was_open && !record.minute.empty()) {
    record.minute.backlog = record.living;
    statistics.hour.add(record.minute);
    const std::string hour = put_step(statistics, keys::Resource::hour, statistics.hour);
    // It may have been over before, if the clock went back.
    if (std::optional<StatisticsStep> earlier =
            stored_step(statistics, keys::Resource::minute, record.minute.number)) {
      earlier->add(record.minute);
      statistics.finished_minute = put_step(statistics, keys::Resource::minute, *earlier);
    } else {
      statistics.finished_minute = put_step(statistics, keys::Resource::minute, record.minute);
    }
    if (statistics.hour.number != hour_of(now)) statistics.finished_hour = hour;
  }
  record.minute.counts = {};
  record.minute.durations.clear();
  record.minute.lateness.clear();
  open_minute(statistics, minute_of(now));
}

void Engine::Impl::open_minute(AccountStatistics& statistics, std::int64_t number) {
  statistics.record.minute.number = number;
  statistics.minute_begin = from_unix_ms(number * ms_of_minute);
  const std::int64_t hour = hour_of(statistics.minute_begin);
  if (statistics.hour.number == hour) return;
  StatisticsStep fresh;
  fresh.number = hour;
  statistics.hour = stored_step(statistics, keys::Resource::hour, hour).value_or(fresh);
}

void Engine::Impl::put_dirty_statistics() {
  if (dirty_statistics_.empty()) return;
  if (!std::exchange(counted_, true))
    batch_.put(Space::meta, keys::meta(partition, counted_name), "");
  for (AccountStatistics* const statistics : dirty_statistics_) {
    statistics->dirty = false;
    statistics->record.minute.backlog = statistics->record.living;
    batch_.put(Space::meta, statistics->key, encode(statistics->record));
  }
  dirty_statistics_.clear();
}

void Engine::Impl::recover_statistics(Timestamp now) {
  counted_ = read(Space::meta, keys::meta(partition, counted_name)).has_value();
  if (failure_) return;
  if (!counted_) return count_everything(now);
  const Result<void> scanned = store_.scan(
      Space::meta, keys::resources(partition, keys::Resource::statistics),
      StoreReader::Direction::forward, [&](std::string_view key, std::string_view value) {
        const auto name = keys::parse_resource(keys::Resource::statistics, key);
        Result<StatisticsRecord> record = decode_statistics(value);
        if (!name || !record) {
          ++stats_.corrupt;
          return true;
        }
        statistics_of(name->account).record = std::move(*record);
        return true;
      });
  if (!scanned) {
    failure_ = scanned.error();
    return;
  }
  for (const auto& [account, statistics] : statistics_) recover_steps(*statistics, now);
}

void Engine::Impl::recover_steps(AccountStatistics& statistics, Timestamp now) {
  const StatisticsRecord& record = statistics.record;
  statistics.late_retries = record.retried_in_lists;
  open_minute(statistics, record.minute.number);
  if (const auto before =
          stored_step(statistics, keys::Resource::minute, record.minute.number - 1)) {
    statistics.finished_minute = encode(*before);
  }
  statistics.add_dead_letters(record.minute.number, record.minute.counts.dead_lettered);
  if (record.totals.dead_lettered == 0) return;
  const std::int64_t last = minute_of(now);
  for (std::int64_t minute = last - minutes_of_hour + 1; minute <= last && !failure_; ++minute) {
    if (const auto step = stored_step(statistics, keys::Resource::minute, minute)) {
      statistics.add_dead_letters(minute, step->counts.dead_lettered);
    }
  }
}

void Engine::Impl::count_everything(Timestamp now) {
  for (const Space space : {Space::hot, Space::cold}) {
    const Result<void> scanned =
        store_.scan(space, keys::partition(partition), StoreReader::Direction::forward,
                    [&](std::string_view key, std::string_view value) {
                      const auto id = MessageId::from_bytes(key);
                      if (!id) return true;
                      const Result<MessageRecord> record = decode_message(value, *id);
                      if (!record) return true;  // Whoever needs it counts it as corrupt.
                      const Message& message = record->message;
                      StatisticsRecord& counts = statistics_of(message.account).record;
                      ++counts.totals.published;
                      ++counts.living;
                      if (record->retried > 0) {
                        ++counts.retried;
                        if (record->listed && message.queue.empty()) ++counts.retried_in_lists;
                      }
                      return true;
                    });
    if (!scanned) {
      failure_ = scanned.error();
      return;
    }
  }
  const Result<void> scanned =
      store_.scan(Space::dlq, keys::partition(partition), StoreReader::Direction::forward,
                  [&](std::string_view key, std::string_view) {
                    const auto account = keys::account_of_dead_letter(key);
                    if (!account) return true;
                    StatisticsRecord& counts = statistics_of(*account).record;
                    ++counts.totals.published;
                    ++counts.totals.dead_lettered;
                    ++counts.dead_letters;
                    return true;
                  });
  if (!scanned) failure_ = scanned.error();
  for (const auto& [account, statistics] : statistics_) {
    statistics->late_retries = statistics->record.retried_in_lists;
    counting(account, now);  // Its record is to be put.
  }
}

void Engine::Impl::recount(Queue& queue) {
  using Listed = AccountStatistics::Listed;
  std::uint64_t waiting = queue.lag + queue.purging - queue.admitted;
  std::uint64_t paused = 0;
  if (queue.record.paused && !queue.record.deleted) {
    paused = std::exchange(waiting, 0) + queue.held_living;
  }
  if (waiting == queue.counted && paused == queue.counted_paused) return;
  AccountStatistics& statistics = statistics_of(queue.name.first);
  statistics.in(Listed::queue) += waiting - queue.counted;
  statistics.in(Listed::paused) += paused - queue.counted_paused;
  replace(statistics.paused_queues, queue.name.second, queue.counted_paused, paused);
  queue.counted = waiting;
  queue.counted_paused = paused;
}

AccountStatistics::Listed Engine::Impl::what_holds_back(const FlowKey& flow) {
  using Listed = AccountStatistics::Listed;
  if (flow.record.paused) return Listed::paused;
  // Perhaps the rate not alone; but its window has an end that can be told.
  if (flow.rate() > 0 && flow.record.window_count + flow.granted >= flow.rate()) {
    return Listed::rate;
  }
  if (flow.parallelism() > 0) return Listed::parallelism;
  return Listed::slot;  // The process is stopping: nothing is let on.
}

void Engine::Impl::recount(FlowKey& flow) {
  using Listed = AccountStatistics::Listed;
  const Listed kind = what_holds_back(flow);
  if (flow.waiting == flow.counted && (kind == flow.counted_as || flow.waiting == 0)) return;
  AccountStatistics& statistics = statistics_of(flow.name.first);
  statistics.in(flow.counted_as) -= flow.counted;
  statistics.in(kind) += flow.waiting;
  replace(statistics.paused_keys, flow.name.second,
          flow.counted_as == Listed::paused ? flow.counted : 0,
          kind == Listed::paused ? flow.waiting : 0);
  flow.counted = flow.waiting;
  flow.counted_as = kind;
}

void Engine::Impl::recount_marked() {
  // Those that the end of the last command left: it let nothing on any more.
  for (Queue* const queue : to_admit_) recount(*queue);
  for (FlowKey* const flow : to_pump_) recount(*flow);
}

AccountNumbers Engine::numbers(AccountId account, Timestamp now) const {
  AccountNumbers numbers;
  Impl& state = *impl_;
  // Queues may stand there before anything is counted.
  const auto queues = state.queue_counts_.find(account);
  if (queues != state.queue_counts_.end()) numbers.queues = queues->second;
  const auto found = state.statistics_.find(account);
  if (found == state.statistics_.end()) return numbers;
  state.recount_marked();
  const AccountStatistics& statistics = *found->second;
  numbers.totals = statistics.record.totals;
  numbers.backlog = statistics.backlog();
  numbers.dead_letters = statistics.record.dead_letters;
  numbers.dead_letters_last_hour = statistics.dead_letters_last_hour(now);
  numbers.queues_paused = statistics.queues_paused;
  const auto name = [](const AccountStatistics::Paused& paused) {
    std::vector<AccountNumbers::Paused> named;
    for (const auto& [waiting, of] : paused | std::views::take(AccountNumbers::paused_max)) {
      named.push_back({of, waiting});
    }
    return named;
  };
  numbers.paused_queues = name(statistics.paused_queues);
  numbers.paused_keys = name(statistics.paused_keys);
  const auto show = [&](const StatisticsStep& minute) {
    numbers.last_minute = {.counts = minute.counts,
                           .attempt_p50_ms = minute.durations.percentile_ms(0.50),
                           .attempt_p99_ms = minute.durations.percentile_ms(0.99),
                           .lateness_p99_ms = minute.lateness.percentile_ms(0.99)};
  };
  const std::int64_t last = minute_of(now) - 1;
  if (statistics.record.minute.number == last) {
    show(statistics.record.minute);
  } else if (!statistics.finished_minute.empty()) {
    const Result<StatisticsStep> minute = decode_statistics_step(statistics.finished_minute);
    if (minute && minute->number == last) show(*minute);
  }
  return numbers;
}

Backlog Engine::backlog() const {
  impl_->recount_marked();
  Backlog backlog;
  for (const auto& [account, statistics] : impl_->statistics_) backlog += statistics->backlog();
  return backlog;
}

const AttemptTimes& Engine::attempt_times() const { return impl_->attempt_times_; }

SeriesEdge Engine::series_edge(AccountId account) const {
  SeriesEdge edge;
  const auto found = impl_->statistics_.find(account);
  if (found == impl_->statistics_.end()) return edge;
  const AccountStatistics& statistics = *found->second;
  if (statistics.minute_begin == Timestamp::max()) return edge;
  StatisticsStep minute = statistics.record.minute;
  minute.backlog = statistics.record.living;
  edge.since = statistics.record.since;
  edge.living = statistics.record.living;
  edge.minute = encode(minute);
  if (!statistics.finished_minute.empty()) edge.minutes.push_back(statistics.finished_minute);
  if (!statistics.finished_hour.empty()) edge.hours.push_back(statistics.finished_hour);
  if (!statistics.hour.empty()) edge.hours.push_back(encode(statistics.hour));
  return edge;
}

}  // namespace godwit
