#include "testing/simulation/message_model.h"

#include <algorithm>

#include "core/retry.h"

namespace godwit::simulation {

const Known* MessageModel::find(MessageId id) const {
  const auto found = known_.find(id);
  return found == known_.end() ? nullptr : &found->second;
}

Known& MessageModel::accepted(MessageId id, const Message& message, Timestamp asked) {
  Known& known = known_[id];
  known.acknowledged = true;
  known.queue = message.queue;
  known.flow_key = message.flow_control.key;
  known.not_before = std::max(message.not_before, asked);
  known.published = asked;
  for (const Arrival& arrival : known.arrivals) {
    // An attempt may start before the client hears, but not before it was asked for.
    if (arrival.started < known.not_before) journal_.broken("{} arrived early", short_id(id));
  }
  return known;
}

std::size_t MessageModel::started(const StartAttempt& attempt) {
  const Message& message = *attempt.message;
  Known& known = known_[message.id];
  journal_.tell("attempt {} retried={} at {}{}{}", short_id(message.id), attempt.retried,
                message.url, message.queue.empty() ? "" : " queue=" + message.queue,
                message.flow_control.key.empty() ? "" : " flow=" + message.flow_control.key);
  check_arrival(message.id, known, attempt.retried);
  if (known.acknowledged &&
      (known.queue != message.queue || known.flow_key != message.flow_control.key)) {
    journal_.broken("{} arrived with another queue or flow control key", short_id(message.id));
  }
  known.queue = message.queue;
  known.flow_key = message.flow_control.key;
  known.has_callback = static_cast<bool>(message.callback);
  known.has_failure_callback = static_cast<bool>(message.failure_callback);
  Arrival arrival;
  arrival.started = time_.now();
  arrival.retried = attempt.retried;
  arrival.node = lives_.node();
  known.arrivals.push_back(arrival);
  return known.arrivals.size() - 1;
}

void MessageModel::check_arrival(MessageId id, const Known& known, int retried) {
  if (known.acknowledged && time_.now() < known.not_before && !known.run_now_asked) {
    return journal_.broken("{} arrived early", short_id(id));
  }
  if (known.canceled && known.canceled_at < time_.now()) {
    return journal_.broken("{} was attempted after its cancel was acknowledged", short_id(id));
  }
  for (const Arrival& earlier : known.arrivals) {
    if (result_may_be_lost(earlier)) continue;
    if (!earlier.finished) return journal_.broken("{} is attempted twice at once", short_id(id));
    if (earlier.delivered) {
      return journal_.broken("{} was delivered and comes again", short_id(id));
    }
    if (earlier.retried >= retried) {
      return journal_.broken("attempt {} of {} comes again", retried, short_id(id));
    }
    if (earlier.retried == retried - 1 && time_.now() < earlier.due_after && !known.run_now_asked) {
      return journal_.broken("retry {} of {} came early", retried, short_id(id));
    }
  }
}

void MessageModel::answered(MessageId id, std::size_t index, const Message& message,
                            const AttemptResult& result) {
  Known& known = known_[id];
  Arrival& arrival = known.arrivals[index];
  arrival.finished = time_.now();
  arrival.status = result.status;
  const Outcome outcome = judge(message, arrival.retried, result, time_.now());
  arrival.due_after = time_.now();
  if (const auto* retry = std::get_if<RetryAt>(&outcome)) arrival.due_after = retry->time;
  arrival.delivered = std::holds_alternative<Delivered>(outcome);
  // A cancel that this very node was asked for while the attempt ran: a failure is its end then.
  const bool cancels = known.cancel_asked_of == lives_.node();
  arrival.cancel_is_unsure = cancels && known.cancel_is_unsure;
  arrival.dead_lettered = std::holds_alternative<DeadLetter>(outcome) && !cancels;
  const bool has_retries = std::holds_alternative<RetryAt>(outcome);
  arrival.last = !has_retries || cancels;
  arrival.last_is_unsure = has_retries && arrival.cancel_is_unsure;
  journal_.tell("answer {} retried={} status={} {}", short_id(id), arrival.retried, result.status,
                result.error);
}

void MessageModel::told_live(const LiveRow& row) {
  // The start of an attempt is in memory only.
  if (row.row.state != LogState::active) ++told_live_[{row.message->id, row.row.state}];
}

void MessageModel::cancel_asked(MessageId id) { known_[id].cancel_asked_of = lives_.node(); }

void MessageModel::cancel_done(MessageId id) {
  Known& known = known_[id];
  if (known.canceled) return;
  known.canceled = true;
  known.canceled_at = time_.now();
}

Stand MessageModel::stand(const Known& known) const {
  if (!known.arrivals.empty()) {
    const Arrival& last = known.arrivals.back();
    if (!last.finished && last.node == lives_.node()) return Stand::busy;
    if (last.last_is_unsure) return Stand::unsure;
    if (last.finished && last.last) return Stand::ended;
  }
  if (known.cancel_asked()) return Stand::unsure;
  return known.arrivals.empty() ? Stand::waiting : Stand::busy;
}

bool MessageModel::result_may_be_lost(const Arrival& arrival) const {
  if (!arrival.finished) return lives_.has_crashed(arrival.node);
  return lives_.may_have_lost(arrival.node, *arrival.finished);
}

std::map<int, const Arrival*> MessageModel::effective(const Known& known) {
  std::map<int, const Arrival*> effective;
  for (const Arrival& arrival : known.arrivals) effective[arrival.retried] = &arrival;
  return effective;
}

void MessageModel::check_end(const StoreReader& store,
                             const std::vector<DeadLetterEntry>& dead_letters) {
  std::map<MessageId, int> dead;
  for (const DeadLetterEntry& entry : dead_letters) ++dead[entry.record.message.id];
  LogQuery query;
  query.account = account;
  query.order = Order::earliest_first;
  query.count = 1'000'000;
  const Result<LogPage> page = list_log(store, 1, query, {});
  if (!page) return journal_.broken("listing the log failed: {}", page.error().message);
  std::map<MessageId, std::vector<LogRow>> rows;
  std::map<MessageId, MessageId> callback_of;
  std::map<std::pair<MessageId, LogState>, std::size_t> counts;
  for (const LogEntry& entry : page->entries) {
    rows[entry.message->id].push_back(entry.row);
    callback_of[entry.message->id] = entry.message->callback_of;
    ++counts[{entry.message->id, entry.row.state}];
  }
  for (const auto& [row, told] : told_live_) {
    if (told > counts[row]) {
      return journal_.broken("{} of {} was told live {} times and is {} times in the log",
                             to_string(row.second), short_id(row.first), told, counts[row]);
    }
  }
  for (const LogEntry& entry : page->entries) {
    const MessageId callback = entry.row.callback;
    if (callback == MessageId{}) continue;
    const auto found = callback_of.find(callback);
    if (found == callback_of.end() || found->second != entry.message->id) {
      return journal_.broken("a row of {} names {}, which is no callback of it",
                             short_id(entry.message->id), short_id(callback));
    }
  }

  for (const auto& [id, known] : known_) {
    // What was attempted is durable, whether or not its publisher heard of it.
    if (!known.acknowledged && known.arrivals.empty()) continue;
    const auto delivered = std::ranges::count_if(known.arrivals, &Arrival::delivered);
    const int letters = dead.contains(id) ? dead[id] : 0;
    if (letters > 1) return journal_.broken("{} has {} dead letters", short_id(id), letters);
    if (delivered == 0 && letters == 0 && !known.cancel_asked() && !known.left_dead_letters) {
      return journal_.broken("{} was acknowledged and is lost", short_id(id));
    }
    check_rows(id, known, rows[id]);
    if (!journal_.all_kept()) return;
  }
  if (known_.empty()) return;
  // The same by the filter that people use for one message.
  const MessageId id = known_.rbegin()->first;
  query.filter.ids = {id};
  const Result<LogPage> filtered = list_log(store, 1, query, {});
  if (!filtered || filtered->entries.size() != rows[id].size()) {
    journal_.broken("the log of {} alone has another size", short_id(id));
  }
}

void MessageModel::check_rows(MessageId id, const Known& known, const std::vector<LogRow>& rows) {
  const auto rows_of = [&](LogState state) {
    return std::ranges::count_if(rows, [&](const LogRow& row) { return row.state == state; });
  };
  if (rows.empty() || rows.front().state != LogState::created) {
    return journal_.broken("the log of {} does not begin with CREATED", short_id(id));
  }
  const auto ends =
      rows_of(LogState::delivered) + rows_of(LogState::failed) + rows_of(LogState::canceled);
  if (ends != 1) return journal_.broken("{} ended {} times in the log", short_id(id), ends);
  const LogState last = rows.back().state;
  if (last != LogState::delivered && last != LogState::failed && last != LogState::canceled) {
    return journal_.broken("the log of {} goes on after its end", short_id(id));
  }
  const auto attempts = rows_of(LogState::active);
  if (attempts > static_cast<std::ptrdiff_t>(known.arrivals.size())) {
    return journal_.broken("the log of {} knows of {} attempts, the destination of {}",
                           short_id(id), attempts, known.arrivals.size());
  }
  if (!std::ranges::is_sorted(rows, {}, &LogRow::time)) {
    journal_.broken("the log of {} is out of order", short_id(id));
  }
}

void check_pages(const StoreReader& store, Dice& dice, Journal& journal) {
  LogQuery query;
  query.account = account;
  query.count = dice.between(1, 50);
  if (dice.one_in(2)) query.scan_max = dice.between(1, 500);
  std::size_t rows = 0;
  std::optional<Timestamp> last;
  for (int pages = 0; pages < 100'000; ++pages) {
    const Result<LogPage> page = list_log(store, 1, query, {});
    if (!page) return journal.broken("listing the log failed: {}", page.error().message);
    for (const LogEntry& entry : page->entries) {
      if (last && entry.row.time > *last) {
        return journal.broken("the pages of the log are out of order");
      }
      last = entry.row.time;
    }
    rows += page->entries.size();
    query.cursor = page->cursor;
    if (page->cursor.empty()) break;
  }
  query.count = 1'000'000;
  query.scan_max = scan_everything;
  query.cursor.clear();
  const Result<LogPage> whole = list_log(store, 1, query, {});
  if (!whole || whole->entries.size() != rows) {
    journal.broken("paging through the log gave {} rows, one page {}", rows,
                   whole ? whole->entries.size() : 0);
  }
}

}  // namespace godwit::simulation
