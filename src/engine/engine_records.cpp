#include <algorithm>
#include <span>

#include "core/assert.h"
#include "engine/engine_state.h"

namespace godwit {
namespace {

/// What a cached record costs, near enough for a budget.
std::size_t size_of(const MessageRecord& record) {
  return sizeof(MessageRecord) + record.message.body.size() + record.message.url.size() + 128;
}

}  // namespace

void Engine::Impl::put_hot(MessageId id, Near& near, Record record, bool body_is_new) {
  put_record(id, Space::hot, *record, body_is_new);
  in_hot_.insert(in_hot_.end(), id);  // Mostly the newest of all.
  near.space = Space::hot;
  near.due = record->due;
  near.written = open_;
  cache(id, near, std::move(record));
}

void Engine::Impl::put(Space space, std::string_view key, std::string value) {
  batch_.put(space, key, value);
  uncommitted_.set(space, key, std::move(value), open_);
}

void Engine::Impl::erase(Space space, std::string_view key) {
  batch_.erase(space, key);
  uncommitted_.set(space, key, std::nullopt, open_);
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
                                               .listed = record.listed,
                                               .flushed = record.flushed,
                                               .rows = record.rows});
  batch_.put(space, key, value);
  if (record.body_outside && body_is_new) batch_.put(Space::body, key, record.message.body);
  return value;
}

void Engine::Impl::put_cold_record(MessageRecord& record, bool body_is_new) {
  // What a message did before a long wait goes to the log now: listings need not read it while it
  // waits.
  flush_rows(record, false);
  const MessageId id = record.message.id;
  const std::string key = keys::message(id);
  uncommitted_.set(Space::cold, key, put_record(id, Space::cold, record, body_is_new), open_);
  if (record.body_outside) {
    uncommitted_.set(Space::body, key, std::move(record.message.body), open_);
  }
}

void Engine::Impl::put_cold(MessageRecord& record, Timestamp due, Timestamp due_key,
                            bool body_is_new) {
  record.due = due_key;
  record.listed = false;
  put_cold_record(record, body_is_new);
  put(Space::due, keys::due(record.message.id, due_key), keys::encode_time(due));
}

keys::Place Engine::Impl::place_of(const MessageRecord& record) {
  const MessageId id = record.message.id;
  return {record.message.queue.empty() ? record.due : id.created(), id};
}

void Engine::Impl::put_listed(WaitingList& list, MessageRecord& record, bool body_is_new) {
  record.listed = true;
  if (record.retried > 0 && record.message.queue.empty()) {
    AccountStatistics& statistics = statistics_of(record.message.account);
    ++statistics.record.retried_in_lists;
    touch(statistics);
  }
  put_cold_record(record, body_is_new);
  const keys::Place place = place_of(record);
  put(Space::fifo, keys::fifo(partition, list.name(), place), {});
  list.add_to_store(place);
}

void Engine::Impl::erase_record(const MessageRecord& record, Space space, bool with_body) {
  const Message& message = record.message;
  const std::string key = keys::message(message.id);
  if (space == Space::hot) {
    batch_.erase(space, key);
    left_hot_.emplace_back(open_, message.id);
  } else {
    erase(Space::cold, key);
    if (record.listed) {
      const keys::ListName list =
          message.queue.empty()
              ? keys::ListName{keys::List::flow_control, message.account, message.flow_control.key}
              : keys::ListName{keys::List::queue, message.account, message.queue};
      if (record.retried > 0 && message.queue.empty()) {
        AccountStatistics& statistics = statistics_of(message.account);
        --statistics.record.retried_in_lists;
        touch(statistics);
      }
      erase(Space::fifo, keys::fifo(partition, list, place_of(record)));
    } else {
      erase(Space::due, keys::due(message.id, record.due));
    }
  }
  if (with_body && record.body_outside) batch_.erase(Space::body, key);
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
    Timestamp last = first;
    std::size_t end = begin;
    while (end < record.rows.size() && record.rows[end].time - first < log_span) {
      record.rows[end].time = std::max(record.rows[end].time, first);
      last = std::max(last, record.rows[end].time);
      ++end;
    }
    const LogRecordView view{.message = message,
                             .retried = record.retried,
                             .ended = ended && end == record.rows.size(),
                             .rows = std::span(record.rows).subspan(begin, end - begin),
                             .omission = log_pressure_.omission(batch_.size_bytes())};
    if (const Omitted omitted = omitted_from(view); omitted.bodies + omitted.headers > 0) {
      log_pressure_.shed(message.account, omitted.bodies, last);
    }
    batch_.put(
        Space::log,
        keys::log(partition, message.account, keys::reach_of(last - first), first, message.id),
        encode(view));
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
