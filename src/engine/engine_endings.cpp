// How messages end, or nearly: an attempt's result, a cancel, the dead letter that stays.
#include "engine/engine_state.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/assert.h"
#include "core/callback.h"
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
