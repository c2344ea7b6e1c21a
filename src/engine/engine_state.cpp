#include "engine/engine_state.h"

#include <algorithm>
#include <span>

#include "core/assert.h"
#include "core/retry.h"

namespace godwit {
namespace {

/// What a cached record costs, near enough for a budget.
std::size_t size_of(const MessageRecord& record) {
  return sizeof(MessageRecord) + record.message.body.size() + record.message.url.size() + 128;
}

}  // namespace

Engine::Impl::Impl(EngineSettings settings, const Store& store, std::uint64_t seed)
    : settings_(settings),
      store_(store),
      random_(seed),
      lanes_({.in_flight_max = settings.in_flight_max,
              .in_flight_per_host_max = settings.in_flight_per_host_max,
              .in_flight_per_account_max = settings.in_flight_per_account_max}) {
  attempts_ = random_();
}

void Engine::Impl::add_effect(Effect effect) {
  if (effect.after == open_) somebody_waits_ = true;
  effects_.push_back(std::move(effect));
}

MessageId Engine::Impl::next_id(Timestamp now) {
  return MessageId::make(partition, now, ++sequence_, static_cast<std::uint32_t>(random_()));
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

MessageId Engine::Impl::accept(Message message, Timestamp now) {
  const MessageId id = next_id(now);
  auto record = std::make_shared<MessageRecord>();
  message.id = id;
  message.created = now;
  message.not_before = std::max(message.not_before, now);
  const Timestamp due = message.not_before;
  record->message = std::move(message);
  record->due = due;
  record->rows.reserve(3);
  add_row(*record, LogState::created, now, due > now ? due : Timestamp{});
  ++stats_.published;

  if (due <= loaded_until_ && near_.size() < settings_.near_max) {
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
  put_cold(id, *record, due, due_key, true);
  return id;
}

void Engine::Impl::put_hot(MessageId id, Near& near, Record record, bool body_is_new) {
  put_record(id, Space::hot, *record, body_is_new);
  near.space = Space::hot;
  near.due = record->due;
  near.written = open_;
  cache(id, near, std::move(record));
}

std::string Engine::Impl::put_record(MessageId id, Space space, MessageRecord& record,
                                     bool body_is_new) {
  const std::string key = keys::message(id);
  record.body_outside = record.message.body.size() > inline_body_max;
  std::string value = encode(MessageRecordView{.message = record.message,
                                               .retried = record.retried,
                                               .due = record.due,
                                               .cancel_requested = record.cancel_requested,
                                               .body_outside = record.body_outside,
                                               .flushed = record.flushed,
                                               .rows = record.rows});
  batch_.put(space, key, value);
  if (record.body_outside && body_is_new) batch_.put(Space::body, key, record.message.body);
  return value;
}

void Engine::Impl::put_cold(MessageId id, MessageRecord& record, Timestamp due, Timestamp due_key,
                            bool body_is_new) {
  // What a message did before a long wait goes to the log now: listings need not read it while it
  // waits.
  flush_rows(record, false);
  record.due = due_key;
  const std::string key = keys::message(id);
  uncommitted_.set(Space::cold, key, put_record(id, Space::cold, record, body_is_new), open_);
  if (record.body_outside) {
    uncommitted_.set(Space::body, key, std::move(record.message.body), open_);
  }
  const std::string due_bytes = keys::due(id, due_key);
  const std::string true_due = keys::encode_time(due);
  batch_.put(Space::due, due_bytes, true_due);
  uncommitted_.set(Space::due, due_bytes, true_due, open_);
}

void Engine::Impl::erase_record(MessageId id, Space space, Timestamp due_key, bool body_outside) {
  const std::string key = keys::message(id);
  batch_.erase(space, key);
  if (space == Space::cold) {
    uncommitted_.set(Space::cold, key, std::nullopt, open_);
    const std::string due_bytes = keys::due(id, due_key);
    batch_.erase(Space::due, due_bytes);
    uncommitted_.set(Space::due, due_bytes, std::nullopt, open_);
  }
  if (body_outside) batch_.erase(Space::body, key);
}

void Engine::Impl::flush_rows(MessageRecord& record, bool ended) {
  const Message& message = record.message;
  const std::size_t flushed_before = record.flushed.size();
  for (std::size_t begin = 0; begin < record.rows.size();) {
    // Two runs of one message need two keys: the first row of the later one is moved on by a
    // millisecond, and what would stand before it with it.
    if (!record.flushed.empty() && record.rows[begin].time <= record.flushed.back()) {
      record.rows[begin].time = record.flushed.back() + Milliseconds(1);
    }
    const Timestamp first = record.rows[begin].time;
    std::size_t end = begin;
    while (end < record.rows.size() && record.rows[end].time - first < log_span) {
      record.rows[end].time = std::max(record.rows[end].time, first);
      ++end;
    }
    batch_.put(Space::log, keys::log(partition, message.account, first, message.id),
               encode(LogRecordView{.message = message,
                                    .retried = record.retried,
                                    .ended = ended && end == record.rows.size(),
                                    .rows = std::span(record.rows).subspan(begin, end - begin)}));
    record.flushed.push_back(first);
    begin = end;
  }
  record.rows.clear();

  if (record.flushed.size() > 1 && record.flushed.size() > flushed_before) {
    std::string later;
    for (std::size_t i = 1; i < record.flushed.size(); ++i) {
      later += keys::encode_time(record.flushed[i]);
    }
    batch_.put(Space::log, keys::log_index(message.account, message.id), later);
  }
}

void Engine::Impl::end(MessageId id, Space space, Timestamp due_key, Record record) {
  erase_record(id, space, due_key, record->body_outside);
  flush_rows(*record, true);
  ending_order_.emplace_back(open_, id);
  ending_.insert_or_assign(id, std::pair(open_, std::move(record)));
}

void Engine::Impl::make_ready(MessageId id, Near& near, Timestamp now) {
  near.state = Near::State::ready;
  near.due = std::min(near.due, now);
  const Record record = load(id, near);
  if (!record) return;
  near.lane = lanes_.lane_of(record->message.account, record->message.url);
  lanes_.wait(near.lane, id);
}

void Engine::Impl::wait_until(MessageId id, Near& near, Timestamp due) {
  near.state = Near::State::waiting;
  near.due = due;
  timers_.emplace(due, id);
}

void Engine::Impl::start_ready(Timestamp now) {
  if (stopping_ || failure_) return;
  while (std::optional<Lanes::Turn> turn = lanes_.start_next()) {
    const auto found = near_.find(turn->id);
    // Cancelled or rescheduled since it joined the lane.
    if (found == near_.end() || found->second.state != Near::State::ready) {
      lanes_.finished(turn->lane);
      continue;
    }
    Near& near = found->second;
    Record record = load(turn->id, near);
    if (!record) {
      lanes_.finished(turn->lane);
      if (failure_) return;
      near_.erase(turn->id);  // Corrupt: it stays in the store for people to look at.
      continue;
    }
    if (record->cancel_requested) {
      // The cancel was acknowledged while an attempt ran, and a crash ended that attempt.
      record.reset();
      record = take_record(near);
      const Space space = near.space;
      const Timestamp due_key = near.due_key;
      near_.erase(found);
      lanes_.finished(turn->lane);
      add_row(*record, LogState::canceled, now);
      ++stats_.canceled;
      end(turn->id, space, due_key, std::move(record));
      continue;
    }
    near.state = Near::State::active;
    near.record = record;
    Active active;
    active.attempt = ++attempts_;
    LogRow row;
    row.time = now;
    row.state = LogState::active;
    active.rows.push_back(std::move(row));
    Effect effect;
    effect.after = near.written;
    effect.start.message = std::shared_ptr<const Message>(record, &record->message);
    effect.start.retried = record->retried;
    effect.start.attempt = active.attempt;
    active_.insert_or_assign(turn->id, std::move(active));
    ++stats_.attempts;
    add_effect(std::move(effect));
  }
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
  lanes_.finished(near.lane);

  const auto add_error = [&](Timestamp next) {
    add_row(*record, LogState::error, now, next);
    LogRow& row = record->rows.back();
    row.status = result.status;
    row.error = result.error;
    row.response_headers = result.response_headers;
    row.response_body = result.response_body.substr(0, settings_.log_response_body_max);
  };

  Outcome outcome = judge(record->message, record->retried, result, now);
  if (std::holds_alternative<Delivered>(outcome)) {
    add_row(*record, LogState::delivered, now);
    record->rows.back().status = result.status;
    ++stats_.delivered;
  } else if (active.cancel_requested || record->cancel_requested) {
    add_error({});
    add_row(*record, LogState::canceled, now);
    ++stats_.canceled;
  } else if (const auto* retry = std::get_if<RetryAt>(&outcome)) {
    const Timestamp due = std::max(retry->time, now);
    add_error(due);
    add_row(*record, LogState::retry, now, due);
    ++record->retried;
    ++stats_.retried;
    if (due <= loaded_until_) {
      if (near.space == Space::cold) {
        // Its body, if it stands outside, serves the hot record as well.
        erase_record(id, Space::cold, near.due_key, false);
      }
      if (record->rows.size() > settings_.rows_max) flush_rows(*record, false);
      record->due = due;
      Near& again = entry->second;
      again = Near{};
      put_hot(id, again, std::move(record), false);
      if (due <= now) {
        make_ready(id, again, now);
      } else {
        wait_until(id, again, due);
      }
    } else {
      const bool outside = record->body_outside;
      erase_record(id, near.space, near.due_key, false);
      record->body_outside = outside;
      put_cold(id, *record, due, due, false);
      near_.erase(entry);
    }
    return;
  } else {
    const std::string& reason = std::get<DeadLetter>(outcome).reason;
    add_error({});
    add_row(*record, LogState::failed, now);
    record->rows.back().error = reason;
    record->rows.back().status = result.status;
    ++stats_.dead_lettered;
    dead_letter(*record, reason, result, now);
  }
  near_.erase(entry);
  end(id, near.space, near.due_key, std::move(record));
}

void Engine::Impl::dead_letter(const MessageRecord& record, const std::string& reason,
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
  batch_.put(Space::dlq, key, value);
  uncommitted_.set(Space::dlq, key, std::move(value), open_);
}

std::optional<std::string> Engine::Impl::read_past(Space space, std::string_view key) const {
  if (const std::optional<std::string>* change = uncommitted_.find(space, key)) return *change;
  Result<std::optional<std::string>> stored = store_.get(space, key);
  if (!stored) return std::nullopt;
  return std::move(*stored);
}

std::optional<std::string> Engine::Impl::read(Space space, std::string_view key) {
  if (const std::optional<std::string>* change = uncommitted_.find(space, key)) return *change;
  Result<std::optional<std::string>> stored = store_.get(space, key);
  if (!stored) {
    failure_ = stored.error();
    return std::nullopt;
  }
  return std::move(*stored);
}

Engine::Impl::Record Engine::Impl::decode(MessageId id, std::string_view bytes) {
  Result<MessageRecord> record = decode_message(bytes, id);
  if (!record) {
    ++stats_.corrupt;
    return nullptr;
  }
  auto loaded = std::make_shared<MessageRecord>(std::move(*record));
  if (loaded->body_outside) {
    std::optional<std::string> body = read(Space::body, keys::message(id));
    if (!body) {
      if (!failure_) ++stats_.corrupt;
      return nullptr;
    }
    loaded->message.body = std::move(*body);
  }
  return loaded;
}

Engine::Impl::Record Engine::Impl::load(MessageId id, Near& near) {
  if (near.record) return near.record;
  const std::optional<std::string> bytes = read(near.space, keys::message(id));
  if (!bytes) {
    if (!failure_) ++stats_.corrupt;
    return nullptr;
  }
  Record record = decode(id, *bytes);
  if (record) cache(id, near, record);
  return record;
}

void Engine::Impl::cache(MessageId id, Near& near, Record record) {
  if (near.record) cache_bytes_ -= std::min(cache_bytes_, size_of(*near.record));
  cache_bytes_ += size_of(*record);
  near.record = std::move(record);
  cache_order_.push_back(id);
  // From the oldest on: forget those that ended, and over the budget those that can be read back.
  while (!cache_order_.empty()) {
    const auto oldest = near_.find(cache_order_.front());
    if (oldest != near_.end() && oldest->second.record) {
      Near& other = oldest->second;
      if (cache_bytes_ <= settings_.cache_bytes_max || &other == &near ||
          other.written > committed_ || other.state == Near::State::active) {
        break;
      }
      cache_bytes_ -= std::min(cache_bytes_, size_of(*other.record));
      other.record = nullptr;
    }
    cache_order_.pop_front();
  }
}

Engine::Impl::Record Engine::Impl::take_record(Near& near) {
  GODWIT_ASSERT(near.record != nullptr);
  cache_bytes_ -= std::min(cache_bytes_, size_of(*near.record));
  Record record = std::exchange(near.record, nullptr);
  if (record.use_count() == 1) return record;
  return std::make_shared<MessageRecord>(*record);
}

}  // namespace godwit
