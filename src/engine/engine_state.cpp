#include "engine/engine_state.h"

#include <algorithm>
#include <utility>

#include "core/assert.h"
#include "core/quota.h"

namespace godwit {

Engine::Impl::Impl(EngineSettings settings, const Store& store, std::uint64_t seed)
    : settings_(settings),
      store_(store),
      random_(seed),
      lanes_({.in_flight_max = settings.in_flight_max,
              .in_flight_per_host_max = settings.in_flight_per_host_max,
              .in_flight_per_account_max = settings.in_flight_per_account_max}),
      log_pressure_(settings.log_shed_bytes) {
  attempts_ = random_();
}

void Engine::Impl::add_effect(Effect effect) {
  if (effect.after == open_) somebody_waits_ = true;
  effects_.push_back(std::move(effect));
}

MessageId Engine::Impl::next_id(Timestamp created) {
  return MessageId::make(partition, created, ++sequence_, static_cast<std::uint32_t>(random_()));
}

void Engine::Impl::add_row(MessageRecord& record, LogState state, Timestamp now, Timestamp next) {
  // Rows of a message never go back in time, whatever the clock does: their order is their meaning.
  const Timestamp last = record.rows.empty() ? record.message.created : record.rows.back().time;
  LogRow row;
  row.time = std::max(now, last);
  row.state = state;
  row.next_delivery = next;
  record.rows.push_back(std::move(row));
}

void Engine::Impl::show_rows(const MessageRecord& record, std::size_t first) {
  if (!watched_) return;
  for (std::size_t i = first; i < record.rows.size(); ++i) {
    live_rows_.add(open_, record.message, record.retried, record.rows[i]);
  }
}

Result<void> Engine::Impl::check_room(const Message& message) const {
  if (stopping_) {
    return fail(ErrorCode::unavailable, "the server is shutting down; send it again");
  }
  if (disk_full_) {
    return fail(ErrorCode::unavailable,
                "the disk is nearly full: less than " +
                    std::to_string(settings_.disk_free_min >> 20) +
                    " MiB (engine.disk_free_min) are free; free some space or lower the setting");
  }
  if (!message.queue.empty()) {
    const Queue* queue = find_queue(message.account, message.queue);
    if ((queue == nullptr || queue->record.deleted) &&
        queues_of(message.account) >= settings_.queues_max) {
      return quota_exceeded("maxQueues", settings_.queues_max, "engine.queues_max");
    }
  }
  return {};
}

Result<PublishReceipt> Engine::Impl::publish(Publish publish, Timestamp now) {
  std::string deduplication_key;
  if (publish.deduplication) {
    deduplication_key = keys::deduplication(partition, *publish.deduplication);
    const std::optional<std::string> earlier = read(Space::dedup, deduplication_key);
    if (earlier && earlier->size() == MessageId::size_bytes + 8) {
      const auto id =
          MessageId::from_bytes(std::string_view(*earlier).substr(0, MessageId::size_bytes));
      const auto expires =
          keys::decode_time(std::string_view(*earlier).substr(MessageId::size_bytes));
      if (id && expires && *expires > now) {
        ++stats_.deduplicated;
        counting(publish.message.account, now).count(&AccountCounts::deduplicated);
        return PublishReceipt{*id, true};
      }
    }
  }
  if (publish.delay > Milliseconds(0)) publish.message.not_before = now + publish.delay;
  const MessageId id = accept(std::move(publish.message), now);
  if (!deduplication_key.empty()) {
    put(Space::dedup, deduplication_key,
        id.bytes() + keys::encode_time(now + settings_.deduplication_window));
  }
  return PublishReceipt{id, false};
}

MessageId Engine::Impl::accept(Message message, Timestamp now, std::optional<MessageId> known_id) {
  GODWIT_ASSERT(!known_id || message.queue.empty());
  Queue* const queue =
      message.queue.empty() ? nullptr : &queue_of(message.account, message.queue, now);
  Timestamp created = now;
  if (queue != nullptr) {
    // The order of a queue is that of its ids, whatever the clock does.
    created = std::max(now, queue->newest);
    queue->newest = created;
    ++queue->lag;
  }
  FlowKey* flow = nullptr;
  if (!message.flow_control.key.empty()) {
    flow = &flow_of(message.account, message.flow_control.key, now);
    configure(*flow, message.flow_control);
    keep_until(*flow, message.not_before);
  }
  const MessageId id = known_id ? *known_id : next_id(created);
  auto record = std::make_shared<MessageRecord>();
  message.id = id;
  message.created = created;
  message.not_before = std::max(message.not_before, now);
  const Timestamp due = message.not_before;
  record->message = std::move(message);
  record->due = due;
  record->rows.reserve(3);
  add_row(*record, LogState::created, now, due > now ? due : Timestamp{});
  show_rows(*record, 0);
  ++stats_.published;
  AccountStatistics& statistics = counting(record->message.account, now);
  statistics.count(&AccountCounts::published);
  ++statistics.record.living;

  if (queue != nullptr) {
    const keys::Place place = place_of(*record);
    if (window_has_room(queue->list, place)) {
      Near& near = near_[id];
      put_hot(id, near, std::move(record), true);
      enlist(queue->list, place, near);
    } else {
      put_listed(queue->list, *record, true);
    }
    mark(*queue);
    return id;
  }
  const bool stays = stays_in_memory(record->message);
  if (flow != nullptr && due <= now && !stays && !window_has_room(flow->list, {due, id})) {
    put_listed(flow->list, *record, true);
    ++flow->waiting;
    mark(*flow);
    return id;
  }
  if (stays || (due <= loaded_until_ && near_load() < settings_.near_max)) {
    Near& near = near_[id];
    put_hot(id, near, std::move(record), true);
    if (due <= now) {
      make_ready(id, near, now);
    } else {
      wait_until(id, near, due);
    }
    return id;
  }
  // Past the horizon, or memory is full: then a due key behind what is loaded brings it in when
  // there is room.
  const Timestamp due_key = std::max(due, loaded_until_ + Milliseconds(1));
  put_cold(*record, due, due_key, true);
  return id;
}

void Engine::Impl::make_ready(MessageId id, Near& near, Timestamp now) {
  near.state = Near::State::waiting;
  near.due = std::min(near.due, now);
  Record record = load(id, near);
  if (!record) return;
  const Message& message = record->message;
  if (record->cancel_requested) {
    record.reset();
    return end_canceled(id, near, now);
  }
  if (record->retried > 0 && !std::exchange(near.late_retry, true)) {
    ++statistics_of(message.account).late_retries;
  }
  if (!message.queue.empty()) {
    if (Queue* queue = find_queue(message.account, message.queue);
        queue != nullptr && queue->record.paused) {
      return hold(*queue, id, near);
    }
  }
  if (!message.flow_control.key.empty()) {
    return join(flow_of(message.account, message.flow_control.key, now), id, near, now);
  }
  enter_lane(id, near, message, message.queue.empty() ? near.due : now);
}

void Engine::Impl::hold(Queue& queue, MessageId id, Near& near) {
  near.state = Near::State::held;
  queue.held.push_back(id);
  ++queue.held_living;
  mark(queue);
}

void Engine::Impl::enter_lane(MessageId id, Near& near, const Message& message, Timestamp turn) {
  near.state = Near::State::ready;
  near.lane = lanes_.lane_of(message.account, message.url);
  lanes_.wait(near.lane, id, turn);
  ++statistics_of(message.account).ready;
}

void Engine::Impl::enlist(WaitingList& list, const keys::Place& place, Near& near) {
  near.state = Near::State::listed;
  list.add_to_window(place);
  ++listed_;
}

void Engine::Impl::wait_until(MessageId id, Near& near, Timestamp due) {
  near.state = Near::State::waiting;
  near.due = due;
  timers_.emplace(due, id);
}

void Engine::Impl::start_ready(Timestamp now) {
  if (stopping_ || failure_) return;
  // Each step may make work for the others: an end frees a queue's slot, an admitted message waits
  // for a permit, a permit that is no longer good goes back.
  do {
    while (!to_admit_.empty() || !to_pump_.empty()) {
      for (Queue* queue : std::exchange(to_admit_, {})) {
        queue->marked = false;
        admit(*queue, now);
        if (failure_) return;
      }
      for (FlowKey* flow : std::exchange(to_pump_, {})) {
        flow->marked = false;
        pump(*flow, now);
        if (failure_) return;
      }
    }
    start_from_lanes(now);
  } while (!failure_ && (!to_admit_.empty() || !to_pump_.empty()));
}

void Engine::Impl::start_from_lanes(Timestamp now) {
  while (std::optional<Lanes::Turn> turn = lanes_.start_next()) {
    const auto found = near_.find(turn->id);
    // Cancelled or rescheduled since it joined the lane.
    if (found == near_.end() || found->second.state != Near::State::ready) {
      lanes_.finished(turn->lane);
      continue;
    }
    AccountStatistics& statistics = statistics_of(lanes_.account_of(turn->lane));
    --statistics.ready;
    Near& near = found->second;
    Record record = load(turn->id, near);
    if (!record) {
      lanes_.finished(turn->lane);
      if (failure_) return;
      near_.erase(turn->id);  // Corrupt: it stays in the store for people to look at.
      continue;
    }
    const Message& message = record->message;
    Active active;
    active.lateness = std::max(now - turn->since, Milliseconds(0));
    std::uint64_t after = near.written;
    if (!message.queue.empty() || !message.flow_control.key.empty()) {
      FlowKey* const flow = message.flow_control.key.empty()
                                ? nullptr
                                : find_flow(message.account, message.flow_control.key);
      Queue* const queue =
          message.queue.empty() ? nullptr : find_queue(message.account, message.queue);
      if (queue != nullptr && queue->record.paused) {
        if (flow != nullptr) {
          --flow->granted;
          mark(*flow);
        }
        hold(*queue, turn->id, near);
        lanes_.finished(turn->lane);
        continue;
      }
      if (queue != nullptr) after = std::max(after, queue->skipped);
      if (flow != nullptr) {
        if (!use_permit(*flow, turn->id, near, now)) {
          lanes_.finished(turn->lane);
          continue;
        }
        active.flow_epoch = flow->epoch;
        // What the window admits is durable before it begins.
        if (flow->dirty) after = open_;
        after = std::max(after, flow->written);
      }
    }
    near.state = Near::State::active;
    ++statistics.active;
    near.record = record;
    active.attempt = ++attempts_;
    LogRow row;
    row.time = now;
    row.state = LogState::active;
    if (watched_) live_rows_.add(after, message, record->retried, row);
    active.rows.push_back(std::move(row));
    Effect effect;
    effect.after = after;
    effect.start.message = std::shared_ptr<const Message>(record, &record->message);
    effect.start.retried = record->retried;
    effect.start.attempt = active.attempt;
    active_.insert_or_assign(turn->id, std::move(active));
    ++stats_.attempts;
    add_effect(std::move(effect));
  }
}

}  // namespace godwit
