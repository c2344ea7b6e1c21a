#include "engine/engine_state.h"

#include <algorithm>
#include <span>

#include "core/assert.h"
#include "core/callback.h"
#include "core/quota.h"
#include "core/retry.h"

namespace godwit {
namespace {

/// Of a delivered attempt's response: as many headers as fit into `size_max`, and so much of its
/// body.
void keep_delivered(LogRow& row, AttemptResult result, std::size_t size_max) {
  row.status = result.status;
  row.timing = result.timing;
  if (size_max == 0) return;
  row.response_headers = std::move(result.response_headers);
  std::size_t size = 0;
  const auto too_much = std::ranges::find_if(row.response_headers, [&](const Header& header) {
    size += header.name.size() + header.value.size();
    return size > size_max;
  });
  row.response_headers.erase(too_much, row.response_headers.end());
  if (result.response_body.size() <= size_max) {
    row.response_body = std::move(result.response_body);
  } else {
    row.response_body = result.response_body.substr(0, size_max);
  }
}

}  // namespace

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

void Engine::Impl::end(MessageId id, Space space, Record record) {
  AccountStatistics& statistics = statistics_of(record->message.account);
  GODWIT_ASSERT(statistics.dirty);  // What ended it was counted.
  --statistics.record.living;
  if (record->retried > 0) --statistics.record.retried;
  erase_record(*record, space, true);
  flush_rows(*record, true);
  leave_queue(record->message);
  callback_ended(record->message);
  ending_order_.emplace_back(open_, id);
  ending_.insert_or_assign(id, std::pair(open_, std::move(record)));
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

void Engine::Impl::end_canceled(MessageId id, Near& near, Timestamp now) {
  const Space space = near.space;
  Record record = take_record(near);
  AccountStatistics& statistics = counting(record->message.account, now);
  if (near.late_retry) --statistics.late_retries;
  near_.erase(id);
  const std::size_t first_new = record->rows.size();
  add_row(*record, LogState::canceled, now);
  show_rows(*record, first_new);
  ++stats_.canceled;
  statistics.count(&AccountCounts::canceled);
  end(id, space, std::move(record));
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

Engine::Impl::Record Engine::Impl::take_out(NearMap::iterator entry) {
  const MessageId id = entry->first;
  Near& near = entry->second;
  GODWIT_ASSERT(near.state != Near::State::active);
  Record record = take_record(near);
  const Message& message = record->message;
  Queue* const queue = message.queue.empty() ? nullptr : find_queue(message.account, message.queue);
  FlowKey* const flow = message.flow_control.key.empty()
                            ? nullptr
                            : find_flow(message.account, message.flow_control.key);
  AccountStatistics& statistics = statistics_of(message.account);
  bool late_retry = near.late_retry;
  if (near.state == Near::State::listed) {
    const keys::Place in_queue{id.created(), id};
    if (queue != nullptr && queue->list.remove(in_queue)) {
      mark(*queue);
    } else {
      GODWIT_ASSERT(flow != nullptr && flow->list.remove({near.due, id}));
      --flow->waiting;
      mark(*flow);
      late_retry = record->retried > 0;
    }
    --listed_;
  } else if (near.state == Near::State::ready) {
    --statistics.ready;
    if (flow != nullptr) {
      --flow->granted;
      mark(*flow);
    }
  } else if (near.state == Near::State::held && queue != nullptr) {
    --queue->held_living;
  }
  if (late_retry) --statistics.late_retries;
  near_.erase(entry);
  return record;
}

Engine::Impl::Canceled Engine::Impl::cancel(AccountId account, MessageId id, Timestamp now) {
  const auto found = near_.find(id);
  if (found == near_.end()) {
    const std::optional<std::string> bytes = read(Space::cold, keys::message(id));
    Record record = bytes ? decode(id, *bytes) : nullptr;
    if (!record || record->message.account != account) return Canceled::not_found;
    const Message& message = record->message;
    AccountStatistics& statistics = counting(account, now);
    if (record->listed && message.queue.empty()) {
      FlowKey& flow = flow_of(account, message.flow_control.key, now);
      --flow.waiting;
      mark(flow);
      if (record->retried > 0) --statistics.late_retries;
    }
    const std::size_t first_new = record->rows.size();
    add_row(*record, LogState::cancel_requested, now);
    add_row(*record, LogState::canceled, now);
    show_rows(*record, first_new);
    ++stats_.canceled;
    statistics.count(&AccountCounts::canceled);
    skip_in_queue(record->message);
    end(id, Space::cold, std::move(record));
    return Canceled::now;
  }
  Near& near = found->second;
  Record record = load(id, near);
  if (!record || record->message.account != account) return Canceled::not_found;
  if (near.state == Near::State::active) {
    // The attempt goes on; what it brings decides between DELIVERED and CANCELED.
    if (record->cancel_requested) return Canceled::before;
    Active& active = active_.at(id);
    auto changed = std::make_shared<MessageRecord>(*record);
    for (LogRow& row : active.rows) changed->rows.push_back(std::move(row));
    active.rows.clear();
    add_row(*changed, LogState::cancel_requested, now);
    show_rows(*changed, changed->rows.size() - 1);
    changed->cancel_requested = true;
    active.cancel_requested = true;
    near.record = changed;
    near.written = open_;
    std::string value = put_record(id, near.space, *changed, false);
    if (near.space == Space::cold) {
      uncommitted_.set(Space::cold, keys::message(id), std::move(value), open_);
    }
    return Canceled::now;
  }
  record.reset();
  const Space space = near.space;
  record = take_out(found);
  const std::size_t first_new = record->rows.size();
  add_row(*record, LogState::cancel_requested, now);
  add_row(*record, LogState::canceled, now);
  show_rows(*record, first_new);
  ++stats_.canceled;
  counting(account, now).count(&AccountCounts::canceled);
  skip_in_queue(record->message);
  end(id, space, std::move(record));
  return Canceled::now;
}

void Engine::Impl::settle(MessageId id, NearMap::iterator entry, Active active,
                          AttemptResult result, Timestamp now) {
  Record record = take_record(entry->second);
  const Near near = entry->second;
  for (LogRow& row : active.rows) {
    const Timestamp last = record->rows.empty() ? row.time : record->rows.back().time;
    row.time = std::max(row.time, last);
    record->rows.push_back(std::move(row));
  }
  const std::size_t first_new = record->rows.size();
  lanes_.finished(near.lane);
  attempt_left(record->message, active);
  AccountStatistics& statistics = counting(record->message.account, now);
  --statistics.active;
  if (near.late_retry) --statistics.late_retries;
  count_attempt(statistics, active, result);

  // Made while the record is whole, taken in when nobody holds on to memory's entries any more.
  std::vector<Message> callbacks;
  const auto call_back = [&](const Boxed<Callback>& callback,
                             const std::string& dead_letter_id) -> MessageId {
    if (!callback) return {};
    callbacks.push_back(make_callback(*callback,
                                      {.source = record->message,
                                       .retried = record->retried,
                                       .result = result,
                                       .dead_letter_id = dead_letter_id,
                                       .body_max = settings_.callback_body_max},
                                      now));
    // Known now, for the row of the attempt.
    return callbacks.back().id = next_id(now);
  };
  const auto add_error = [&](Timestamp next, MessageId callback) {
    add_row(*record, LogState::error, now, next);
    LogRow& row = record->rows.back();
    row.error = result.error;
    row.callback = callback;
    row.status = result.status;
    row.response_headers = result.response_headers;
    row.response_body = result.response_body.substr(0, settings_.log_response_body_max);
    row.timing = result.timing;
  };
  const auto take_callbacks = [&](Queue* queue) {
    for (Message& callback : callbacks) {
      if (queue != nullptr) ++queue->slots[id].callbacks;
      const MessageId callback_id = callback.id;
      accept(std::move(callback), now, callback_id);
    }
  };
  Queue* const queue = record->message.queue.empty()
                           ? nullptr
                           : find_queue(record->message.account, record->message.queue);

  Outcome outcome = judge(record->message, record->retried, result, now);
  const bool delivered = std::holds_alternative<Delivered>(outcome);
  if (!delivered) statistics.count(&AccountCounts::failed_attempts);
  if (delivered) {
    const MessageId callback = call_back(record->message.callback, {});
    add_row(*record, LogState::delivered, now);
    LogRow& row = record->rows.back();
    row.callback = callback;
    keep_delivered(row, std::move(result), settings_.log_delivered_response_max);
    ++stats_.delivered;
    statistics.count(&AccountCounts::delivered);
  } else if (active.cancel_requested || record->cancel_requested) {
    add_error({}, {});
    add_row(*record, LogState::canceled, now);
    ++stats_.canceled;
    statistics.count(&AccountCounts::canceled);
  } else if (const auto* retry = std::get_if<RetryAt>(&outcome)) {
    const MessageId callback = call_back(record->message.callback, {});
    const Timestamp due = std::max(retry->time, now);
    add_error(due, callback);
    add_row(*record, LogState::retry, now, due);
    show_rows(*record, first_new);
    const bool stays = due <= loaded_until_ || stays_in_memory(record->message);
    // Its body, if it stands outside, serves the next record as well.
    if (near.space == Space::cold || !stays) erase_record(*record, near.space, false);
    if (++record->retried == 1) ++statistics.record.retried;
    ++stats_.retried;
    if (const std::string& key = record->message.flow_control.key; !key.empty()) {
      keep_until(*find_flow(record->message.account, key), due);
    }
    if (stays) {
      // Only CREATED stands in `hot` between attempts: listings find it by the time in the id.
      flush_rows(*record, false);
      record->due = due;
      record->listed = false;
      Near& again = entry->second;
      again = Near{};
      put_hot(id, again, std::move(record), false);
      if (due <= now) {
        make_ready(id, again, now);
      } else {
        wait_until(id, again, due);
      }
    } else {
      put_cold(*record, due, due, false);
      near_.erase(entry);
    }
    return take_callbacks(queue);
  } else {
    const std::string& reason = std::get<DeadLetter>(outcome).reason;
    add_error({}, call_back(record->message.callback, {}));
    add_row(*record, LogState::failed, now);
    record->rows.back().error = reason;
    record->rows.back().status = result.status;
    ++stats_.dead_lettered;
    statistics.dead_lettered();
    const DeadLetterId dead = dead_letter(*record, reason, result, now);
    record->rows.back().callback = call_back(record->message.failure_callback, dead.to_string());
  }
  show_rows(*record, first_new);
  if (queue != nullptr) {
    // The slot is not free before the callbacks have ended: they are counted first.
    queue->slots[id].callbacks += static_cast<int>(callbacks.size());
  }
  near_.erase(entry);
  end(id, near.space, std::move(record));
  take_callbacks(nullptr);
}

void Engine::Impl::count_attempt(AccountStatistics& statistics, const Active& active,
                                 const AttemptResult& result) {
  statistics.count(&AccountCounts::attempts);
  StatisticsStep& minute = statistics.record.minute;
  minute.lateness.add(active.lateness);
  attempt_times_.lateness.add(active.lateness);
  attempt_times_.lateness_sum += active.lateness;
  if (!result.timing) return;
  minute.durations.add(result.timing->total);
  attempt_times_.durations.add(result.timing->total);
  attempt_times_.durations_sum += result.timing->total;
}

DeadLetterId Engine::Impl::dead_letter(const MessageRecord& record, const std::string& reason,
                                       const AttemptResult& result, Timestamp now) {
  // Ids grow, also over restarts and clocks that went back: a taken one is skipped.
  DeadLetterId id{.entered = std::max(now, last_dead_letter_.entered), .sequence = 0};
  if (id.entered == last_dead_letter_.entered) id.sequence = last_dead_letter_.sequence + 1;
  std::string key = keys::dead_letter(partition, record.message.account, id);
  while (!failure_ && read(Space::dlq, key)) {
    ++id.sequence;
    key = keys::dead_letter(partition, record.message.account, id);
  }
  last_dead_letter_ = id;
  std::string value = encode(DeadLetterRecordView{
      .message = record.message, .retried = record.retried, .reason = reason, .last = result});
  put(Space::dlq, key, std::move(value));
  return id;
}

}  // namespace godwit
