// The log as people see it is made of three kinds of rows: those of records in `log`, those that
// records in `hot` and `cold` carry, and those that only the engine's memory has. Each row has a
// place in one total order; a page is the first `count` places behind the cursor, picked from all
// sources.
//
// A record of `log` lies under the time of its first row and reaches less than log_span beyond it,
// so a scan may stop at the first key whose record could only hold rows beyond a full page.
#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "engine/decimal.h"
#include "engine/listing.h"
#include "engine/page_selection.h"

namespace godwit {
namespace {

/// Where a row stands in the listing. `run` and `index` keep the rows of one millisecond in their
/// order, and are the same before and after the rows of a living message go to the log.
struct RowPlace {
  Timestamp time;
  MessageId id;
  Timestamp run;  ///< The time of the first row of its record in the log.
  std::uint32_t index = 0;
  friend auto operator<=>(const RowPlace&, const RowPlace&) = default;
};

/// `<ms>-<index>-<ms of the run>-<message id>`.
std::string to_cursor(const RowPlace& place) {
  std::string cursor = std::to_string(to_unix_ms(place.time));
  cursor += '-';
  cursor += std::to_string(place.index);
  cursor += '-';
  cursor += std::to_string(to_unix_ms(place.run));
  cursor += '-';
  cursor += place.id.to_string();
  return cursor;
}

std::optional<RowPlace> parse_cursor(std::string_view text) {
  const auto part = [&text] {
    const std::size_t dash = std::min(text.find('-'), text.size());
    const std::string_view taken = text.substr(0, dash);
    text.remove_prefix(std::min(dash + 1, text.size()));
    return taken;
  };
  const auto time = parse_decimal<std::int64_t>(part());
  const auto index = parse_decimal<std::uint32_t>(part());
  const auto run = parse_decimal<std::int64_t>(part());
  const auto id = MessageId::parse(text);
  if (!time || !index || !run || !id) return std::nullopt;
  return RowPlace{from_unix_ms(*time), *id, from_unix_ms(*run), *index};
}

/// The rows of one record of the log, or those that a living message will have in one.
struct Run {
  std::shared_ptr<const Message> message;
  int retried = 0;
  bool body_outside = false;
  bool ended = false;
  Timestamp first;
  std::vector<LogRow> rows;

  RowPlace place(std::size_t row) const {
    return {rows[row].time, message->id, first, static_cast<std::uint32_t>(row)};
  }
};

struct Item {
  std::shared_ptr<const Message> message;
  int retried = 0;
  bool body_outside = false;
  LogRow row;
};

bool is_in_progress(LogState state) {
  return state == LogState::active || state == LogState::retry || state == LogState::error;
}

/// Decodes a record of the log found under `first`. Its key has the low half of the id; the rest of
/// it is the partition and the time of creation.
Result<Run> read_run(std::string_view bytes, std::uint16_t partition, Timestamp first,
                     std::uint64_t id_low) {
  Result<LogRecord> record = decode_log(bytes, MessageId{});
  if (!record) return std::unexpected(record.error());
  record->message.id = MessageId::make(partition, record->message.created, 0, 0);
  record->message.id.low = id_low;
  Result<Run> run(std::in_place);
  run->message = std::make_shared<const Message>(std::move(record->message));
  run->retried = record->retried;
  run->ended = record->ended;
  run->first = first;
  run->rows = std::move(record->rows);
  return run;
}

/// Reads the record of `id` under `first`, if it is there.
Result<std::optional<Run>> find_run(const StoreReader& reader, AccountId account, MessageId id,
                                    Timestamp first) {
  const auto bytes = reader.get(Space::log, keys::log(id.partition(), account, first, id));
  if (!bytes) return std::unexpected(bytes.error());
  if (!*bytes) return std::optional<Run>();
  Result<Run> run = read_run(**bytes, id.partition(), first, id.low);
  if (!run) return std::unexpected(run.error());
  return std::optional<Run>(std::move(*run));
}

/// The first-row times of the records after the first, oldest first.
Result<std::vector<Timestamp>> read_index(const StoreReader& reader, AccountId account,
                                          MessageId id) {
  const auto bytes = reader.get(Space::log, keys::log_index(account, id));
  if (!bytes) return std::unexpected(bytes.error());
  Result<std::vector<Timestamp>> times(std::in_place);
  std::string_view rest = *bytes ? std::string_view(**bytes) : std::string_view();
  while (!rest.empty()) {
    const auto time = keys::decode_time(rest.substr(0, 8));
    if (!time) return fail(ErrorCode::corrupt, "an index of log records cannot be read");
    times->push_back(*time);
    rest.remove_prefix(8);
  }
  return times;
}

/// Cuts the rows of a living message into the runs that the log will have: each reaches less than
/// log_span beyond its first row, and no two begin in the same millisecond.
std::vector<Run> split_into_runs(MessageRecord record) {
  std::vector<Run> runs;
  const auto message = std::make_shared<const Message>(std::move(record.message));
  std::optional<Timestamp> earlier;
  if (!record.flushed.empty()) earlier = record.flushed.back();
  for (std::size_t at = 0; at < record.rows.size();) {
    Run& run = runs.emplace_back();
    run.message = message;
    run.retried = record.retried;
    run.body_outside = record.body_outside;
    run.first = record.rows[at].time;
    if (earlier) run.first = std::max(run.first, *earlier + Milliseconds(1));
    for (; at < record.rows.size() && record.rows[at].time - run.first < log_span; ++at) {
      LogRow& row = run.rows.emplace_back(std::move(record.rows[at]));
      row.time = std::max(row.time, run.first);
    }
    earlier = run.first;
  }
  return runs;
}

class LogListing {
 public:
  LogListing(const StoreReader& reader, std::uint16_t partitions, const LogQuery& query,
             const std::vector<LivingRows>& living, std::optional<RowPlace> after)
      : reader_(reader),
        partitions_(partitions),
        query_(query),
        count_(std::max<std::size_t>(query.count, 1)),
        latest_first_(query.order == Order::latest_first),
        one_each_(query.in_progress || query.group_by_message),
        from_(clamp_bound(query.from.value_or(Timestamp::min()))),
        to_(clamp_bound(query.to.value_or(Timestamp::max()))),
        page_(query.order, selection_capacity(count_), after) {
    for (const LivingRows& rows : living) living_.emplace(rows.id, &rows.rows);
    // What lies before the cursor need not be read.
    if (after && latest_first_) to_ = std::min(to_, clamp_bound(after->time));
    if (after && !latest_first_) from_ = std::max(from_, clamp_bound(after->time));
  }

  Result<LogPage> list() {
    const Result<void> picked = query_.filter.ids.empty() ? pick_all() : pick_named();
    if (!picked) return std::unexpected(picked.error());
    Result<LogPage> page(std::in_place);
    std::vector<Page::Entry> entries = page_.take();
    if (entries.size() > count_) {
      entries.resize(count_);
      page->cursor = to_cursor(entries.back().first);
    }
    for (auto& [place, item] : entries) {
      const Result<void> shown = query_.group_by_message && !query_.in_progress
                                     ? show_group(place.id, page->entries)
                                     : show(std::move(item), page->entries);
      if (!shown) return std::unexpected(shown.error());
    }
    page->skipped = skipped_;
    return page;
  }

 private:
  using Page = PageSelection<RowPlace, Item>;

  struct Choice {
    const Run* run;
    std::size_t row;
    RowPlace place;
  };

  Result<void> pick_named() {
    const std::set<MessageId> ids(query_.filter.ids.begin(), query_.filter.ids.end());
    for (const MessageId id : ids) {
      Result<std::vector<Run>> runs = runs_of(id);
      if (!runs) return std::unexpected(runs.error());
      pick(*runs);
    }
    return {};
  }

  Result<void> pick_all() {
    // The messages that memory knows of first: they are read by their key, and the scan of `hot`
    // passes them by.
    for (const auto& [id, rows] : living_) {
      Result<std::optional<MessageRecord>> record = living_record(id);
      if (!record) return std::unexpected(record.error());
      if (!*record) continue;
      std::vector<Run> runs = split_into_runs(std::move(**record));
      pick(runs);
    }
    for (std::uint16_t partition = 0; partition < partitions_; ++partition) {
      if (Result<void> picked = pick_hot(partition); !picked) return picked;
    }
    for (std::uint16_t partition = 0; partition < partitions_; ++partition) {
      if (Result<void> picked = pick_log(partition); !picked) return picked;
    }
    return {};
  }

  Result<void> pick_hot(std::uint16_t partition) {
    return reader_.scan(Space::hot, keys::partition(partition), StoreReader::Direction::forward,
                        [&](std::string_view key, std::string_view value) {
                          const auto id = MessageId::from_bytes(key);
                          if (!id) {
                            ++skipped_;
                            return true;
                          }
                          // Rows are never older than their message, and ids sort by their
                          // creation.
                          if (id->created() > to_) return false;
                          if (!latest_first_ && lies_beyond(id->created())) return false;
                          if (living_.contains(*id)) return true;
                          pick_hot_record(*id, value);
                          return true;
                        });
  }

  void pick_hot_record(MessageId id, std::string_view bytes) {
    const Result<MessageOutline> outline = outline_message(bytes);
    if (!outline) {
      ++skipped_;
      return;
    }
    if (outline->account != query_.account || !outline->newest_row) return;
    // split_into_runs() may move rows behind the flushed ones.
    Timestamp newest = *outline->newest_row;
    if (outline->last_flushed) newest = std::max(newest, *outline->last_flushed + Milliseconds(1));
    if (newest < from_ || *outline->oldest_row > to_) return;
    if (lies_beyond(latest_first_ ? newest : *outline->oldest_row)) return;
    Result<MessageRecord> record = decode_message(bytes, id);
    if (!record) {
      ++skipped_;
      return;
    }
    std::vector<Run> runs = split_into_runs(std::move(*record));
    pick(runs);
  }

  Result<void> pick_log(std::uint16_t partition) {
    Result<void> picked;
    const Result<void> scanned = reader_.scan(
        Space::log,
        keys::account_times(partition, query_.account, from_ - log_span, to_ + Milliseconds(1)),
        latest_first_ ? StoreReader::Direction::backward : StoreReader::Direction::forward,
        [&](std::string_view key, std::string_view value) {
          const auto log = keys::parse_log(key);
          if (!log) return true;  // An index.
          if (lies_beyond(latest_first_ ? log->first_row + log_span : log->first_row)) return false;
          picked = pick_log_record(partition, *log, value);
          return picked.has_value();
        });
    return picked ? scanned : picked;
  }

  Result<void> pick_log_record(std::uint16_t partition, const keys::Log& key,
                               std::string_view bytes) {
    Result<Run> run = read_run(bytes, partition, key.first_row, key.id_low);
    if (!run) {
      ++skipped_;
      return {};
    }
    if (!one_each_ || run->ended) {
      pick({&*run, 1});
      return {};
    }
    // Later rows of the message may stand elsewhere, and only its newest counts.
    const std::optional<Choice> here = choose({&*run, 1});
    if (!here || !page_.wants(here->place) || !query_.filter.matches(*run->message)) return {};
    const Result<std::vector<Run>> all = runs_of(run->message->id);
    if (!all) return std::unexpected(all.error());
    const std::optional<Choice> newest = choose(*all);
    if (newest && newest->place == here->place) pick({&*run, 1});
    return {};
  }

  /// Puts on the page what is wanted of the runs of one message: the last of its rows, if not all.
  void pick(std::span<Run> runs) {
    if (runs.empty() || !query_.filter.matches(*runs.front().message)) return;
    if (one_each_) {
      const std::optional<Choice> choice = choose(runs);
      if (!choice || !page_.wants(choice->place)) return;
      const Run& run = *choice->run;
      page_.put(choice->place, {run.message, run.retried, run.body_outside, run.rows[choice->row]});
      return;
    }
    for (Run& run : runs) {
      for (std::size_t i = 0; i < run.rows.size(); ++i) {
        const RowPlace place = run.place(i);
        if (!matches(run.rows[i]) || !page_.wants(place)) continue;
        page_.put(place, {run.message, run.retried, run.body_outside, std::move(run.rows[i])});
      }
    }
  }

  /// The row that stands for a message: its newest that matches; in_progress: its newest, if that
  /// matches.
  std::optional<Choice> choose(std::span<const Run> runs) const {
    std::optional<Choice> newest;
    for (const Run& run : runs) {
      for (std::size_t i = 0; i < run.rows.size(); ++i) {
        if (!query_.in_progress && !matches(run.rows[i])) continue;
        const RowPlace place = run.place(i);
        if (!newest || newest->place < place) newest = Choice{&run, i, place};
      }
    }
    if (newest && query_.in_progress) {
      const LogRow& row = newest->run->rows[newest->row];
      if (!is_in_progress(row.state) || !matches(row)) return std::nullopt;
    }
    return newest;
  }

  bool matches(const LogRow& row) const {
    return (!query_.state || row.state == *query_.state) &&
           (!query_.from || row.time >= *query_.from) && (!query_.to || row.time <= *query_.to);
  }

  /// Whether a row of this time has no place on the page any more, whatever its message.
  bool lies_beyond(Timestamp time) const {
    if (!page_.full()) return false;
    return latest_first_ ? time < page_.last().time : time > page_.last().time;
  }

  /// All rows of a message, by its keys.
  Result<std::vector<Run>> runs_of(MessageId id) {
    Result<std::vector<Timestamp>> later = read_index(reader_, query_.account, id);
    if (!later && later.error().code == ErrorCode::corrupt) {
      ++skipped_;
      later.emplace();  // The first record needs no index.
    }
    if (!later) return std::unexpected(later.error());
    Result<std::optional<MessageRecord>> record = living_record(id);
    if (!record) return std::unexpected(record.error());
    std::set<Timestamp> times(later->begin(), later->end());
    times.insert(id.created());
    if (*record) times.insert((*record)->flushed.begin(), (*record)->flushed.end());

    Result<std::vector<Run>> runs(std::in_place);
    for (const Timestamp time : times) {
      Result<std::optional<Run>> run = readable_run(id, time);
      if (!run) return std::unexpected(run.error());
      if (*run) runs->push_back(std::move(**run));  // Else it is older than the log goes back.
    }
    if (*record) {
      for (Run& run : split_into_runs(std::move(**record))) runs->push_back(std::move(run));
    }
    return runs;
  }

  /// As find_run(); one that cannot be read is passed over.
  Result<std::optional<Run>> readable_run(MessageId id, Timestamp first) {
    Result<std::optional<Run>> run = find_run(reader_, query_.account, id, first);
    if (run || run.error().code != ErrorCode::corrupt) return run;
    ++skipped_;
    return std::optional<Run>();
  }

  /// The record of a living message of this account, with the rows that only memory has.
  Result<std::optional<MessageRecord>> living_record(MessageId id) {
    const std::string key = keys::message(id);
    auto bytes = reader_.get(Space::hot, key);
    if (bytes && !*bytes) bytes = reader_.get(Space::cold, key);
    if (!bytes) return std::unexpected(bytes.error());
    if (!*bytes) return std::optional<MessageRecord>();
    Result<MessageRecord> record = decode_message(**bytes, id);
    if (!record) {
      ++skipped_;
      return std::optional<MessageRecord>();
    }
    if (record->message.account != query_.account) return std::optional<MessageRecord>();
    const auto known = living_.find(id);
    if (known != living_.end()) {
      if (Result<void> added = add_living_rows(*record, *known->second); !added) {
        return std::unexpected(added.error());
      }
    }
    return std::optional<MessageRecord>(std::move(*record));
  }

  /// Memory may have been asked a moment before the store was read: rows written in between are in
  /// both. Such a row is older than the last stored one. (An equal row of that very millisecond is
  /// a new attempt's.)
  Result<void> add_living_rows(MessageRecord& record, const std::vector<LogRow>& rows) {
    std::optional<Run> flushed;
    if (!rows.empty() && !record.flushed.empty() &&
        rows.front().time - record.flushed.back() < log_span) {
      Result<std::optional<Run>> found = readable_run(record.message.id, record.flushed.back());
      if (!found) return std::unexpected(found.error());
      flushed = std::move(*found);
    }
    const auto is_among = [](const LogRow& row, std::span<const LogRow> stored) {
      return !stored.empty() && row.time < stored.back().time &&
             std::ranges::find(stored, row) != stored.end();
    };
    const std::size_t stored = record.rows.size();
    for (const LogRow& row : rows) {
      if (is_among(row, std::span(record.rows).first(stored))) continue;
      if (flushed && is_among(row, flushed->rows)) continue;
      // As the engine will put it there: rows of a message never go back in time.
      const Timestamp last = record.rows.empty() ? row.time : record.rows.back().time;
      record.rows.push_back(row);
      record.rows.back().time = std::max(row.time, last);
    }
    return {};
  }

  Result<void> show_group(MessageId id, std::vector<LogEntry>& entries) {
    Result<std::vector<Run>> runs = runs_of(id);
    if (!runs) return std::unexpected(runs.error());
    for (Run& run : *runs) {
      for (LogRow& row : run.rows) {
        if (!matches(row)) continue;
        const Result<void> shown =
            show({run.message, run.retried, run.body_outside, std::move(row)}, entries);
        if (!shown) return shown;
      }
    }
    return {};
  }

  Result<void> show(Item item, std::vector<LogEntry>& entries) {
    if (item.body_outside) {
      std::shared_ptr<const Message>& whole = with_body_[item.message->id];
      if (whole == nullptr) {
        auto body = reader_.get(Space::body, keys::message(item.message->id));
        if (!body) return std::unexpected(body.error());
        auto message = std::make_shared<Message>(*item.message);
        // Without a snapshot it may have ended since: its body is gone with it.
        if (*body) message->body.assign(**body, 0, log_body_max);
        whole = std::move(message);
      }
      item.message = whole;
    }
    entries.push_back({std::move(item.message), item.retried, std::move(item.row)});
    return {};
  }

  const StoreReader& reader_;
  const std::uint16_t partitions_;
  const LogQuery& query_;
  const std::size_t count_;
  const bool latest_first_;
  const bool one_each_;  ///< A message has one place, that of its newest row.
  Timestamp from_, to_;  ///< What need be read: the query's bounds, and the cursor.
  absl::flat_hash_map<MessageId, const std::vector<LogRow>*> living_;
  Page page_;
  std::size_t skipped_ = 0;
  absl::flat_hash_map<MessageId, std::shared_ptr<const Message>> with_body_;
};

}  // namespace

Result<LogPage> list_log(const StoreReader& reader, std::uint16_t partitions, const LogQuery& query,
                         const std::vector<LivingRows>& living) {
  std::optional<RowPlace> after;
  if (!query.cursor.empty()) {
    after = parse_cursor(query.cursor);
    if (!after) return fail(ErrorCode::invalid_argument, "invalid cursor");
  }
  return LogListing(reader, partitions, query, living, after).list();
}

Result<std::optional<LogRecord>> find_ended(const StoreReader& reader, AccountId account,
                                            MessageId id) {
  const auto bytes = reader.get(Space::log, keys::log(id.partition(), account, id.created(), id));
  if (!bytes) return std::unexpected(bytes.error());
  if (!*bytes) return std::optional<LogRecord>();
  Result<LogRecord> first = decode_log(**bytes, id);
  if (!first) return std::unexpected(first.error());
  if (!first->ended) {
    const Result<std::vector<Timestamp>> later = read_index(reader, account, id);
    if (!later) return std::unexpected(later.error());
    if (later->empty()) return std::optional<LogRecord>();
    Result<std::optional<Run>> last = find_run(reader, account, id, later->back());
    if (!last) return std::unexpected(last.error());
    if (!*last || !(*last)->ended) return std::optional<LogRecord>();
    first->ended = true;
    first->retried = (*last)->retried;
    std::ranges::move((*last)->rows, std::back_inserter(first->rows));
  }
  return std::optional<LogRecord>(std::move(*first));
}

}  // namespace godwit
