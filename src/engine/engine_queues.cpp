// Queues: who is admitted, and the lists of those that wait, which flow control keys have too.
#include <algorithm>
#include <utility>

#include "core/assert.h"
#include "core/quota.h"
#include "engine/engine_state.h"

namespace godwit {
namespace {

constexpr std::size_t purge_at_once = 256;
constexpr Milliseconds purge_every{1};

}  // namespace

Engine::Impl::Queue* Engine::Impl::find_queue(AccountId account, std::string_view name) const {
  name_.first = account;
  name_.second.assign(name);
  const auto found = queues_.find(name_);
  return found == queues_.end() ? nullptr : found->second.get();
}

Engine::Impl::Queue& Engine::Impl::queue_of(AccountId account, std::string_view name,
                                            Timestamp now) {
  Queue* queue = find_queue(account, name);
  if (queue != nullptr && !queue->record.deleted) return *queue;
  if (queue == nullptr) {
    Name key(account, std::string(name));
    queue = queues_.emplace(key, std::make_unique<Queue>(key)).first->second.get();
  }
  // One that was deleted begins anew; what is left of it is still to be purged.
  queue->record = {
      .created = now, .updated = now, .purge_until = queue->record.purge_until, .deleted = false};
  ++queue_counts_[account];
  put_queue(*queue);
  return *queue;
}

void Engine::Impl::put_queue(const Queue& queue) {
  batch_.put(Space::meta,
             keys::resource(partition, keys::Resource::queue, queue.name.first, queue.name.second),
             encode(queue.record));
}

std::size_t Engine::Impl::queues_of(AccountId account) const {
  const auto found = queue_counts_.find(account);
  return found == queue_counts_.end() ? 0 : found->second;
}

void Engine::Impl::mark(Queue& queue) {
  if (!std::exchange(queue.marked, true)) to_admit_.push_back(&queue);
}

void Engine::Impl::admit(Queue& queue, Timestamp now) {
  const auto& purge_until = queue.record.purge_until;
  if (const auto& stored = queue.list.stored_from();
      purge_until && stored && stored->time <= *purge_until) {
    // What stands first is to be cancelled; tick() does it, and comes back.
    if (std::ranges::find(purging_, queue.name) == purging_.end()) purging_.push_back(queue.name);
    next_purge_ = std::min(next_purge_, now);
    recount(queue);
    return;
  }
  while (!failure_ && !queue.record.paused) {
    refill(queue.list);
    const keys::Place* head = queue.list.head();
    if (head == nullptr) break;
    const keys::Place place = *head;
    // After a restart a message may have a slot before it is admitted: its callbacks hold it.
    if (!queue.slots.contains(place.id) &&
        queue.slots.size() >= static_cast<std::size_t>(queue.record.parallelism)) {
      break;
    }
    queue.list.remove(place);
    --listed_;
    const auto found = near_.find(place.id);
    GODWIT_ASSERT(found != near_.end());
    Near& near = found->second;
    if (near.space == Space::cold) {
      const Record record = load(place.id, near);
      if (!record) {
        // Corrupt: it stays in the store for people to look at, and the queue goes on.
        near_.erase(found);
        --queue.lag;
        continue;
      }
      near.due = record->due;
    }
    queue.slots[place.id].living = true;
    ++queue.admitted;
    if (std::exchange(near.late_retry, false)) --statistics_of(queue.name.first).late_retries;
    if (near.due <= now) {
      make_ready(place.id, near, now);
    } else {
      wait_until(place.id, near, near.due);
    }
  }
  recount(queue);
  forget_if_gone(queue);
}

void Engine::Impl::leave_queue(const Message& message) {
  if (message.queue.empty()) return;
  Queue* const queue = find_queue(message.account, message.queue);
  if (queue == nullptr) return;
  const auto& purge_until = queue->record.purge_until;
  --(purge_until && message.id.created() <= *purge_until ? queue->purging : queue->lag);
  if (const auto slot = queue->slots.find(message.id); slot != queue->slots.end()) {
    if (std::exchange(slot->second.living, false)) --queue->admitted;
    if (slot->second.callbacks == 0) queue->slots.erase(slot);
  }
  mark(*queue);
}

void Engine::Impl::skip_in_queue(const Message& message) {
  if (message.queue.empty()) return;
  if (Queue* const queue = find_queue(message.account, message.queue)) queue->skipped = open_;
}

void Engine::Impl::callback_ended(const Message& message) {
  if (message.blocks_queue.empty()) return;
  Queue* const queue = find_queue(message.account, message.blocks_queue);
  if (queue == nullptr) return;
  const auto slot = queue->slots.find(message.callback_of);
  if (slot == queue->slots.end()) return;
  if (--slot->second.callbacks == 0 && !slot->second.living) queue->slots.erase(slot);
  mark(*queue);
}

void Engine::Impl::purge_queues(Timestamp now) {
  if (next_purge_ > now) return;
  // Cancelled records wait in memory for their commit: the disk sets the pace.
  constexpr std::uint64_t batches_ahead_max = 4;
  if (open_ - committed_ <= batches_ahead_max) {
    std::erase_if(purging_, [&](const Name& name) {
      const auto found = queues_.find(name);
      return failure_ || found == queues_.end() || !purge(*found->second, now);
    });
  }
  next_purge_ = purging_.empty() ? Timestamp::max() : now + purge_every;
}

bool Engine::Impl::purge(Queue& queue, Timestamp now) {
  const auto is_old = [&](const keys::Place& place) {
    return queue.record.purge_until && place.time <= *queue.record.purge_until;
  };
  if (queue.list.stored_from() && is_old(*queue.list.stored_from())) {
    const StoredPlaces stored = read_places(queue.list, purge_at_once);
    std::optional<keys::Place> next = stored.next;
    for (const keys::Place& place : stored.places) {
      if (!is_old(place)) {
        next = place;
        break;
      }
      if (cancel(queue.name.first, place.id, now) == Canceled::not_found) {
        if (failure_) return false;
        --queue.purging;  // Corrupt: it stays where it is.
        erase(Space::fifo, keys::fifo(partition, queue.list.name(), place));
      }
    }
    queue.list.loaded_until(next);
  }
  mark(queue);
  return queue.list.stored_from() && is_old(*queue.list.stored_from());
}

void Engine::Impl::forget_if_gone(Queue& queue) {
  if (queue.marked || queue.purging > 0) return;
  if (queue.record.deleted && queue.lag == 0 && queue.slots.empty()) {
    batch_.erase(Space::meta, keys::resource(partition, keys::Resource::queue, queue.name.first,
                                             queue.name.second));
    const Name name = queue.name;
    queues_.erase(name);
  } else if (!queue.record.deleted && queue.record.purge_until) {
    queue.record.purge_until.reset();
    put_queue(queue);
  }
}

void Engine::Impl::refill(WaitingList& list) {
  if (!list.stored_from()) return;
  const std::size_t size = list.window().size();
  const bool has_head = list.head() != nullptr;
  if (has_head &&
      (size >= settings_.list_window_max / 2 || listed_ >= settings_.listed_in_memory_max)) {
    return;
  }
  std::size_t room = settings_.list_window_max > size ? settings_.list_window_max - size : 1;
  if (listed_ >= settings_.listed_in_memory_max) room = 1;
  const StoredPlaces stored = read_places(list, room);
  for (const keys::Place& place : stored.places) {
    const auto [entry, is_new] = near_.try_emplace(place.id);
    if (!is_new) continue;
    entry->second.space = Space::cold;
    entry->second.due = place.time;
    enlist(list, place, entry->second);
  }
  list.loaded_until(stored.next);
}

Engine::Impl::StoredPlaces Engine::Impl::read_places(const WaitingList& list, std::size_t max) {
  StoredPlaces read;
  const KeyRange range = keys::fifo_from(partition, list.name(), *list.stored_from());
  std::vector<std::string> found;
  bool more = false;
  const Result<void> scanned = store_.scan(Space::fifo, range, StoreReader::Direction::forward,
                                           [&](std::string_view key, std::string_view) {
                                             found.emplace_back(key);
                                             more = found.size() > max;
                                             return !more;
                                           });
  if (!scanned) {
    failure_ = scanned.error();
    return read;
  }
  // What is decided but not committed counts as well, as far as the scan came.
  const std::string stop = more ? found.back() : range.end;
  const Uncommitted::Changes& changes = uncommitted_.changes(Space::fifo);
  std::erase_if(found, [&](const std::string& key) { return changes.contains(key); });
  for (auto change = changes.lower_bound(range.begin);
       change != changes.end() && (change->first < stop || (more && change->first == stop));
       ++change) {
    if (change->second.second) found.push_back(change->first);
  }
  for (const std::string& key : found) {
    const std::optional<keys::Listed> listed = keys::parse_fifo(key);
    if (!listed) {
      ++stats_.corrupt;
      continue;
    }
    read.places.push_back(listed->place);
  }
  std::ranges::sort(read.places);
  if (more) {
    // The last key of the scan may have been taken away meanwhile: it still tells where to go on.
    const std::optional<keys::Listed> last = keys::parse_fifo(stop);
    GODWIT_ASSERT(last.has_value());
    read.next = last->place;
    std::erase_if(read.places, [&](const keys::Place& place) { return place >= *read.next; });
  }
  if (read.places.size() > max) {
    read.next = read.places[max];
    read.places.resize(max);
  }
  return read;
}

void Engine::Impl::recover_lists() {
  const keys::ListName* current = nullptr;
  Queue* queue = nullptr;
  FlowKey* flow = nullptr;
  keys::ListName name;
  const Result<void> scanned = store_.scan(
      Space::fifo, keys::partition(partition), StoreReader::Direction::forward,
      [&](std::string_view key, std::string_view) {
        std::optional<keys::Listed> listed = keys::parse_fifo(key);
        if (!listed) {
          ++stats_.corrupt;
          return true;
        }
        if (current == nullptr || *current != listed->list) {
          name = std::move(listed->list);
          current = &name;
          queue = nullptr;
          flow = nullptr;
          if (name.kind == keys::List::queue) {
            // A queue's record is written before its first message: one without is a lost record.
            queue = find_queue(name.account, name.name);
            if (queue == nullptr) queue = &queue_of(name.account, name.name, listed->place.time);
          } else {
            flow = &flow_of(name.account, name.name, listed->place.time);
            mark(*flow);
          }
        }
        if (queue != nullptr) {
          queue->list.add_to_store(listed->place);
          queue->newest = std::max(queue->newest, listed->place.time + Milliseconds(1));
          const auto& purge_until = queue->record.purge_until;
          ++(purge_until && listed->place.time <= *purge_until ? queue->purging : queue->lag);
        } else {
          flow->list.add_to_store(listed->place);
          ++flow->waiting;
        }
        return true;
      });
  if (!scanned) failure_ = scanned.error();
}

// What people ask of queues.

void Engine::upsert_queue(AccountId account, const std::string& name,
                          std::optional<int> parallelism, std::optional<bool> paused, Timestamp now,
                          Reply<void> reply) {
  Impl& state = *impl_;
  const Impl::Queue* known = state.find_queue(account, name);
  if ((known == nullptr || known->record.deleted) &&
      state.queues_of(account) >= state.settings_.queues_max) {
    return state.answer<void>(
        reply, quota_exceeded("maxQueues", state.settings_.queues_max, "engine.queues_max"), 0);
  }
  Impl::Queue& queue = state.queue_of(account, name, now);
  if (parallelism) queue.record.parallelism = *parallelism;
  if (paused) state.pause(queue, *paused, now);
  queue.record.updated = now;
  state.put_queue(queue);
  state.mark(queue);
  state.answer<void>(reply, {}, state.open_);
  state.start_ready(now);
}

void Engine::pause_queue(AccountId account, const std::string& name, bool paused, Timestamp now,
                         Reply<void> reply) {
  Impl& state = *impl_;
  Impl::Queue* const queue = state.find_queue(account, name);
  if (queue == nullptr || queue->record.deleted) {
    return state.answer<void>(reply, fail(ErrorCode::not_found, "queue " + name + " not found"), 0);
  }
  if (queue->record.paused != paused) {
    state.pause(*queue, paused, now);
    queue->record.updated = now;
    state.put_queue(*queue);
  }
  state.answer<void>(reply, {}, state.all_until_now());
  state.start_ready(now);
}

void Engine::Impl::pause(Queue& queue, bool paused, Timestamp now) {
  if (queue.record.paused != paused) {
    std::uint64_t& count = statistics_of(queue.name.first).queues_paused;
    paused ? ++count : --count;
  }
  queue.record.paused = paused;
  mark(queue);
  if (paused) return;
  queue.held_living = 0;
  for (const MessageId id : std::exchange(queue.held, {})) {
    const auto found = near_.find(id);
    if (found != near_.end() && found->second.state == Near::State::held) {
      make_ready(id, found->second, now);
    }
  }
}

void Engine::delete_queue(AccountId account, const std::string& name, Timestamp now,
                          Reply<void> reply) {
  Impl& state = *impl_;
  Impl::Queue* const queue = state.find_queue(account, name);
  if (queue == nullptr || queue->record.deleted)
    return state.answer<void>(reply, {}, state.all_until_now());
  std::vector<MessageId> pending;
  for (const keys::Place& place : queue->list.window()) pending.push_back(place.id);
  for (const auto& [id, slot] : queue->slots) {
    if (slot.living) pending.push_back(id);
  }
  for (const MessageId id : pending) state.cancel(account, id, now);
  if (state.failure_) return;
  // Everything accepted until now goes; what a new queue of this name accepts comes later.
  if (queue->record.paused) --state.statistics_of(account).queues_paused;
  queue->record.deleted = true;
  queue->record.purge_until = std::max(now, queue->newest);
  queue->newest = *queue->record.purge_until + Milliseconds(1);
  queue->purging += std::exchange(queue->lag, 0);
  queue->held.clear();
  --state.queue_counts_[account];
  state.put_queue(*queue);
  state.mark(*queue);
  state.answer<void>(reply, {}, state.open_);
  state.start_ready(now);
}

std::vector<QueueInfo> Engine::queues(AccountId account) const {
  std::vector<QueueInfo> infos;
  for (const auto& [name, queue] : impl_->queues_) {
    if (name.first == account && !queue->record.deleted) infos.push_back(Impl::info_of(*queue));
  }
  return infos;
}

std::optional<QueueInfo> Engine::queue(AccountId account, std::string_view name) const {
  const Impl::Queue* const queue = impl_->find_queue(account, name);
  if (queue == nullptr || queue->record.deleted) return std::nullopt;
  return Impl::info_of(*queue);
}

QueueInfo Engine::Impl::info_of(const Queue& queue) {
  return {.name = queue.name.second,
          .parallelism = queue.record.parallelism,
          .paused = queue.record.paused,
          .created = queue.record.created,
          .updated = queue.record.updated,
          .lag = queue.lag};
}

}  // namespace godwit
