#include <algorithm>

#include "core/assert.h"
#include "engine/engine_state.h"

namespace godwit {
namespace {

constexpr Milliseconds housekeeping_every{1000};
constexpr std::size_t load_at_once =
    2'000;  ///< Due keys read in one tick, so that a tick stays short.
constexpr std::size_t sweep_at_once =
    1'000;  ///< Deduplication entries and dead letters looked at in one tick.

}  // namespace

Result<void> Engine::Impl::recover(Timestamp now) {
  recover_statistics(now);
  if (failure_) return std::unexpected(*failure_);
  Result<void> scanned = store_.scan(
      Space::meta, keys::resources(partition, keys::Resource::queue),
      StoreReader::Direction::forward, [&](std::string_view key, std::string_view value) {
        const auto resource = keys::parse_resource(keys::Resource::queue, key);
        const Result<QueueRecord> record = decode_queue(value);
        if (!resource || !record) {
          ++stats_.corrupt;
          return true;
        }
        const Name name(resource->account, resource->name);
        Queue& queue = *queues_.emplace(name, std::make_unique<Queue>(name)).first->second;
        queue.record = *record;
        if (record->purge_until) queue.newest = *record->purge_until + Milliseconds(1);
        if (!record->deleted) {
          ++queue_counts_[name.first];
          if (record->paused) ++statistics_of(name.first).queues_paused;
        }
        mark(queue);
        return true;
      });
  if (!scanned) return scanned;
  scanned = store_.scan(Space::hot, keys::partition(partition), StoreReader::Direction::forward,
                        [&](std::string_view key, std::string_view value) {
                          const auto id = MessageId::from_bytes(key);
                          const Result<MessageRecord> decoded =
                              id ? decode_message(value, *id)
                                 : Result<MessageRecord>(fail(ErrorCode::corrupt, "no id"));
                          if (!decoded) {
                            ++stats_.corrupt;
                            return true;
                          }
                          recover_hot(*id, *decoded, now);
                          return true;
                        });
  if (!scanned) return scanned;
  recover_lists();
  recover_schedules(now);
  if (failure_) return std::unexpected(*failure_);
  loaded_key_ = keys::partition(partition).begin;
  loaded_until_ = now - Milliseconds(1);
  loading_ = true;
  next_sweep_ = now;
  tick(now);
  if (failure_) return std::unexpected(*failure_);
  return {};
}

void Engine::Impl::recover_hot(MessageId id, const MessageRecord& record, Timestamp now) {
  const Message& message = record.message;
  Near& near = near_[id];
  near.space = Space::hot;
  near.due = record.due;
  in_hot_.insert(id);
  if (!message.blocks_queue.empty()) {
    if (Queue* const queue = find_queue(message.account, message.blocks_queue)) {
      ++queue->slots[message.callback_of].callbacks;
    }
  }
  if (message.queue.empty()) {
    return wait_until(id, near, record.cancel_requested ? now : record.due);
  }
  Queue* const known = find_queue(message.account, message.queue);
  Queue& queue = known != nullptr ? *known : queue_of(message.account, message.queue, now);
  const auto& purge_until = queue.record.purge_until;
  ++(purge_until && id.created() <= *purge_until ? queue.purging : queue.lag);
  queue.newest = std::max(queue.newest, id.created() + Milliseconds(1));
  if (record.cancel_requested) return wait_until(id, near, now);
  if (record.retried > 0) {
    // It was on in its queue, and comes first again.
    near.late_retry = true;
    ++statistics_of(message.account).late_retries;
  }
  enlist(queue.list, place_of(record), near);
}

void Engine::Impl::tick(Timestamp now) {
  while (!timers_.empty() && timers_.top().first <= now) {
    const auto [due, id] = timers_.top();
    timers_.pop();
    const auto found = near_.find(id);
    // Timers are not taken back: one that no longer tells its message's time is passed over.
    if (found == near_.end() || found->second.state != Near::State::waiting ||
        found->second.due != due) {
      continue;
    }
    make_ready(id, found->second, now);
    if (failure_) return;
  }
  if (loading_ || loaded_until_ - settings_.horizon / 2 <= now) load_due(now);
  run_schedules(now);
  wake_flows(now);
  purge_queues(now);
  if (failure_) return;
  if (next_sweep_ <= now) {
    next_sweep_ = now + housekeeping_every;
    disk_full_ = store_.usage().disk_free_bytes < settings_.disk_free_min;
    lanes_.forget_idle();
    sweep_deduplication(now);
    sweep_dead_letters(now);
    sweep_bulk_actions(now);
    forget_idle_flows(now);
    sweep_stored_flows(now);
  }
  start_ready(now);
}

void Engine::Impl::load_due(Timestamp now) {
  const Timestamp goal = now + settings_.horizon;
  if (near_load() >= settings_.near_max - settings_.near_max / 4) {
    loading_ = true;  // Looked at again with every tick, until there is room.
    return;
  }
  std::vector<std::pair<std::string, std::string>> found;
  KeyRange range = keys::partition(partition);
  range.begin = loaded_key_;
  range.end = keys::due(MessageId{.high = std::uint64_t{partition} << 48, .low = 0},
                        goal + Milliseconds(1));
  bool more = false;
  Result<void> scanned = store_.scan(Space::due, range, StoreReader::Direction::forward,
                                     [&](std::string_view key, std::string_view value) {
                                       if (found.size() == load_at_once) {
                                         more = true;
                                         return false;
                                       }
                                       found.emplace_back(key, value);
                                       return true;
                                     });
  if (!scanned) {
    failure_ = scanned.error();
    return;
  }
  const std::string stop = more ? found.back().first + '\0' : range.end;

  // What is decided but not committed counts as well: keys taken away, and keys that the scan
  // cannot see yet.
  const Uncommitted::Changes& changes = uncommitted_.changes(Space::due);
  std::erase_if(found, [&](const auto& entry) { return changes.contains(entry.first); });
  for (auto change = changes.lower_bound(range.begin);
       change != changes.end() && change->first < stop; ++change) {
    if (change->second.second) found.emplace_back(change->first, *change->second.second);
  }

  for (const auto& [key, value] : found) {
    const auto due_key = keys::parse_due(key);
    const auto due = keys::decode_time(value);
    if (!due_key || !due) {
      ++stats_.corrupt;
      continue;
    }
    const auto [entry, is_new] = near_.try_emplace(due_key->id);
    if (!is_new) continue;
    Near& near = entry->second;
    near.space = Space::cold;
    if (*due <= now) {
      near.due = *due;
      make_ready(due_key->id, near, now);
      if (failure_) return;
    } else {
      wait_until(due_key->id, near, *due);
    }
  }
  loaded_key_ = stop;
  loading_ = more;
  if (more) {
    // Everything before `stop` is in memory; its own millisecond may go on behind it.
    loaded_until_ = std::max(loaded_until_, keys::parse_due(stop.substr(0, stop.size() - 1))->due);
  } else {
    loaded_until_ = std::max(loaded_until_, goal);
  }
}

void Engine::Impl::sweep_deduplication(Timestamp now) {
  KeyRange range = keys::partition(partition);
  if (!deduplication_swept_.empty()) range.begin = deduplication_swept_;
  deduplication_swept_.clear();
  std::size_t looked_at = 0;
  Result<void> scanned = store_.scan(
      Space::dedup, range, StoreReader::Direction::forward,
      [&](std::string_view key, std::string_view value) {
        if (++looked_at > sweep_at_once) {
          deduplication_swept_ = key;
          return false;
        }
        const auto expires = value.size() == MessageId::size_bytes + 8
                                 ? keys::decode_time(value.substr(MessageId::size_bytes))
                                 : std::nullopt;
        const bool changed = uncommitted_.find(Space::dedup, key) != nullptr;
        if (!changed && (!expires || *expires <= now)) batch_.erase(Space::dedup, key);
        return true;
      });
  if (!scanned) failure_ = scanned.error();
}

void Engine::Impl::sweep_dead_letters(Timestamp now) {
  const Timestamp before = now - settings_.dead_letter_retention;
  for (const auto& [account, keys_of_account] : signing_keys_) {
    std::size_t looked_at = 0;
    std::size_t erased = 0;
    Result<void> scanned =
        store_.scan(Space::dlq, keys::account_times(partition, account, Timestamp{}, before),
                    StoreReader::Direction::forward, [&](std::string_view key, std::string_view) {
                      if (!uncommitted_.find(Space::dlq, key)) {
                        erase(Space::dlq, key);
                        ++erased;
                      }
                      return ++looked_at < sweep_at_once;
                    });
    if (!scanned) failure_ = scanned.error();
    if (erased > 0) counting(account, now).erase_dead_letters(erased);
  }
}

void Engine::Impl::sweep_bulk_actions(Timestamp now) {
  KeyRange range = keys::resources(partition, keys::Resource::bulk_action);
  if (!bulk_actions_swept_.empty()) range.begin = bulk_actions_swept_;
  bulk_actions_swept_.clear();
  std::size_t looked_at = 0;
  const Result<void> scanned =
      store_.scan(Space::meta, range, StoreReader::Direction::forward,
                  [&](std::string_view key, std::string_view value) {
                    if (++looked_at > sweep_at_once) {
                      bulk_actions_swept_ = key;
                      return false;
                    }
                    if (uncommitted_.find(Space::meta, key) != nullptr) return true;
                    const Result<BulkAction> action = decode_bulk_action(value, {});
                    if (action && action->completed != Timestamp{} &&
                        action->completed + settings_.bulk_action_retention < now) {
                      erase(Space::meta, key);
                    }
                    return true;
                  });
  if (!scanned) failure_ = scanned.error();
}

Timestamp Engine::Impl::next_tick() const {
  Timestamp next = next_sweep_;
  if (!timers_.empty()) next = std::min(next, timers_.top().first);
  if (!flow_timers_.empty()) next = std::min(next, flow_timers_.top().first);
  if (!schedule_timers_.empty() && !stopping_) {
    next = std::min(next, schedule_timers_.top().first);
  }
  next = std::min(next, next_purge_);
  // A scan that was cut short goes on at once, unless memory is full: then housekeeping looks
  // again.
  if (loading_ && near_load() < settings_.near_max - settings_.near_max / 4) {
    next = std::min(next, Timestamp{});
  }
  if (!loading_) next = std::min(next, loaded_until_ - settings_.horizon / 2);
  return next;
}

}  // namespace godwit
