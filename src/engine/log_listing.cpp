// The log as people see it is made of three kinds of rows: those of records in `log`, those that
// records in `hot` and `cold` carry, and those that only the engine's memory has. Each row has a
// place in one total order; a page is the first `count` places behind the cursor, picked from all
// sources.
//
// Living messages are read by their keys, which memory tells in the order of time: `hot` itself is
// mostly tombstones. A record of `log` lies under the time of its first row, and its key tells how
// far it reaches beyond; so a scan may stop at the first key whose record could only hold rows
// beyond a full page, and one that has looked at too much knows what it has not seen.
//
// Most records that are looked at have nothing for the page: they are sketched, not decoded.
#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "engine/keys.h"
#include "engine/listing.h"
#include "engine/log_runs.h"
#include "engine/page_selection.h"
#include "engine/time_scan.h"

namespace godwit {
namespace {

struct Item {
  std::shared_ptr<const Message> message;
  int retried = 0;
  bool body_outside = false;
  bool degraded = false;
  std::size_t body_size = 0;
  LogRow row;
};

Item item_of(const Run& run, LogRow row) {
  return {.message = run.message,
          .retried = run.retried,
          .body_outside = run.body_outside,
          .degraded = run.degraded,
          .body_size = run.body_size,
          .row = std::move(row)};
}

bool is_in_progress(LogState state) {
  return state == LogState::active || state == LogState::retry || state == LogState::error;
}

class LogListing {
 public:
  LogListing(const StoreReader& reader, std::uint16_t partitions, const LogQuery& query,
             const LivingMessages& living, std::optional<RowPlace> after)
      : reader_(reader),
        partitions_(partitions),
        query_(query),
        count_(std::max<std::size_t>(query.count, 1)),
        latest_first_(query.order == Order::latest_first),
        one_each_(query.in_progress || query.group_by_message),
        bounds_(bounds_of(query)),
        known_(living),
        page_(query.order, selection_capacity(count_), after),
        budget_(query.scan_max) {
    for (const LivingRows& rows : living.rows) living_.emplace(rows.id, &rows.rows);
  }

  Result<LogPage> list() {
    const Result<void> picked = query_.filter.ids.empty() ? pick_all() : pick_named();
    if (!picked) return std::unexpected(picked.error());
    Result<LogPage> page(std::in_place);
    std::vector<Page::Entry> entries = page_.take();
    if (cut_) {
      // What lies at the cut or behind it is not complete: the next page has it.
      const auto is_cut = [this](const Page::Entry& entry) { return is_cut_off(entry.first.time); };
      entries.erase(std::ranges::find_if(entries, is_cut), entries.end());
    }
    if (entries.size() > count_) {
      entries.resize(count_);
      page->cursor = to_cursor(entries.back().first);
    } else if (cut_) {
      page->cursor =
          to_cursor(latest_first_ ? RowPlace::behind_all(*cut_) : RowPlace::before_all(*cut_));
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
    for (const auto& [id, rows] : living_) {
      Result<std::optional<MessageRecord>> record = living_record(id);
      if (!record) return std::unexpected(record.error());
      if (!*record) continue;
      std::vector<Run> runs = split_into_runs(std::move(**record));
      pick(runs);
    }
    cut_ = known_.hot_left;
    if (Result<void> picked = pick_log(); !picked) return picked;
    return pick_hot();
  }

  /// Last, when the page may be full of newer ones: each costs a look-up.
  Result<void> pick_hot() {
    for (const MessageId id : known_.hot) {
      if (lies_beyond(id.created()) || is_cut_off(id.created())) break;
      if (living_.contains(id)) continue;
      const auto bytes = reader_.get(Space::hot, keys::message(id));
      if (!bytes) return std::unexpected(bytes.error());
      budget_.charge(*bytes ? (*bytes)->size() : 0);
      if (*bytes) pick_hot_record(id, **bytes);
    }
    return {};
  }

  Result<void> pick_log() {
    Result<void> picked;
    TimeScan scan;
    scan.order = query_.order;
    scan.start = latest_first_ ? bounds_.to : bounds_.from;
    scan.is_beyond = [this](Timestamp time) { return lies_beyond(time) || is_cut_off(time); };
    scan.visit = [&](const TimedRange& range, std::string_view key, std::string_view value) {
      // Else it is an index.
      if (const auto log = keys::parse_log(key)) {
        picked = pick_log_record(range.partition, *log, value);
      }
      return picked.has_value();
    };
    for (std::uint16_t partition = 0; partition < partitions_; ++partition) {
      for (const keys::LogReach reach : keys::log_reaches) {
        const Milliseconds limit = limit_of(reach);
        scan.ranges.push_back(
            {.space = Space::log,
             .keys = keys::log_times(partition, query_.account, reach, bounds_.from - limit,
                                     bounds_.to + Milliseconds(1)),
             .partition = partition,
             .reach = limit,
             .time_of = [](std::string_view key) -> std::optional<Timestamp> {
               const auto log = keys::parse_log(key);
               if (!log) return std::nullopt;
               return log->first_row;
             },
             .first_key =
                 [partition, account = query_.account, reach](Timestamp time) {
                   return keys::log_times(partition, account, reach, time, time).begin;
                 }});
      }
    }
    const Result<std::optional<Timestamp>> cut = scan_in_time(reader_, scan, budget_);
    if (!cut) return std::unexpected(cut.error());
    if (*cut && !(cut_ && is_cut_off(**cut))) cut_ = **cut;
    return picked;
  }

  void pick_hot_record(MessageId id, std::string_view bytes) {
    const Result<bool> is_own = sketch_message(bytes, query_.account, sketch_);
    if (!is_own) {
      ++skipped_;
      return;
    }
    if (!*is_own || sketch_.rows.empty()) return;
    sketch_.traits.id = id;
    if (!query_.filter.matches(sketch_.traits)) return;
    const Timestamp oldest = sketch_.rows.front().time;
    // split_into_runs() may move rows behind the flushed ones.
    Timestamp newest = sketch_.rows.back().time;
    if (sketch_.last_flushed) newest = std::max(newest, *sketch_.last_flushed + Milliseconds(1));
    if (newest < bounds_.from || oldest > bounds_.to) return;
    if (lies_beyond(latest_first_ ? newest : oldest)) return;
    Result<MessageRecord> record = decode_message(bytes, id);
    if (!record) {
      ++skipped_;
      return;
    }
    std::vector<Run> runs = split_into_runs(std::move(*record));
    pick(runs);
  }

  Result<void> pick_log_record(std::uint16_t partition, const keys::Log& key,
                               std::string_view bytes) {
    if (!sketch_log(bytes, sketch_)) {
      ++skipped_;
      return {};
    }
    sketch_.traits.id = id_of_logged(partition, sketch_.created, key.id_low);
    const std::optional<RowPlace> here = wanted_of_sketch(key.first_row);
    if (!here || !query_.filter.matches(sketch_.traits)) return {};
    if (one_each_ && !sketch_.ended) {
      // Later rows of the message may stand elsewhere, and only its newest counts.
      const Result<std::vector<Run>> all = runs_of(here->id);
      if (!all) return std::unexpected(all.error());
      const std::optional<Choice> newest = choose(*all);
      if (!newest || newest->place != *here) return {};
    }
    Result<Run> run = read_run(bytes, partition, key.first_row, key.id_low);
    if (!run) {
      ++skipped_;
      return {};
    }
    pick({&*run, 1});
    return {};
  }

  /// A place that the page wants of the record that sketch_ is of, as far as its rows decide that;
  /// when a message has one place only, what this record would have it be.
  std::optional<RowPlace> wanted_of_sketch(Timestamp first) const {
    std::optional<RowPlace> newest;
    bool counts = true;
    for (std::size_t i = 0; i < sketch_.rows.size(); ++i) {
      const RecordSketch::Row& row = sketch_.rows[i];
      if (!query_.in_progress && !matches(row)) continue;
      const RowPlace place{row.time, sketch_.traits.id, first, static_cast<std::uint32_t>(i)};
      if (!one_each_ && page_.wants(place)) return place;
      if (newest && place < *newest) continue;
      newest = place;
      counts = !query_.in_progress || (is_in_progress(row.state) && matches(row));
    }
    if (!one_each_ || !newest || !counts || !page_.wants(*newest)) return std::nullopt;
    return newest;
  }

  /// Puts on the page what is wanted of the runs of one message: the last of its rows, if not all.
  void pick(std::span<Run> runs) {
    if (runs.empty() || !query_.filter.matches(*runs.front().message)) return;
    if (one_each_) {
      const std::optional<Choice> choice = choose(runs);
      if (!choice || !page_.wants(choice->place)) return;
      const Run& run = *choice->run;
      page_.put(choice->place, item_of(run, run.rows[choice->row]));
      return;
    }
    for (Run& run : runs) {
      for (std::size_t i = 0; i < run.rows.size(); ++i) {
        const RowPlace place = run.place(i);
        if (!matches(run.rows[i]) || !page_.wants(place)) continue;
        page_.put(place, item_of(run, std::move(run.rows[i])));
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

  template <typename Row>
  bool matches(const Row& row) const {
    return (!query_.state || row.state == *query_.state) &&
           (!query_.from || row.time >= *query_.from) && (!query_.to || row.time <= *query_.to);
  }

  /// Whether a row of this time has no place on the page any more, whatever its message.
  bool lies_beyond(Timestamp time) const {
    if (!page_.full()) return false;
    return latest_first_ ? time < page_.last().time : time > page_.last().time;
  }

  /// Whether a row of this time is left to the next page, since not all of its time are known.
  bool is_cut_off(Timestamp time) const {
    return cut_ && (latest_first_ ? time <= *cut_ : time >= *cut_);
  }

  /// All rows of a message, by its keys.
  Result<std::vector<Run>> runs_of(MessageId id) {
    Result<std::vector<Timestamp>> later = read_log_index(reader_, query_.account, id);
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
        const Result<void> shown = show(item_of(run, std::move(row)), entries);
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
    entries.push_back({.message = std::move(item.message),
                       .retried = item.retried,
                       .row = std::move(item.row),
                       .degraded = item.degraded,
                       .body_size = item.body_size});
    return {};
  }

  const StoreReader& reader_;
  const std::uint16_t partitions_;
  const LogQuery& query_;
  const std::size_t count_;
  const bool latest_first_;
  const bool one_each_;  ///< A message has one place, that of its newest row.
  const LogBounds bounds_;
  absl::flat_hash_map<MessageId, const std::vector<LogRow>*> living_;
  const LivingMessages& known_;
  Page page_;
  ScanBudget budget_;
  std::optional<Timestamp> cut_;  ///< The page ends before this, since too much is to be read.
  RecordSketch sketch_;
  std::size_t skipped_ = 0;
  absl::flat_hash_map<MessageId, std::shared_ptr<const Message>> with_body_;
};

}  // namespace

LogBounds bounds_of(const LogQuery& query) {
  LogBounds bounds{clamp_bound(query.from.value_or(Timestamp::min())),
                   clamp_bound(query.to.value_or(Timestamp::max()))};
  if (const auto after = parse_row_cursor(query.cursor)) {
    // What lies before the cursor need not be read.
    const Timestamp time = clamp_bound(after->time);
    if (query.order == Order::latest_first) bounds.to = std::min(bounds.to, time);
    if (query.order == Order::earliest_first) bounds.from = std::max(bounds.from, time);
  }
  return bounds;
}

Result<LogPage> list_log(const StoreReader& reader, std::uint16_t partitions, const LogQuery& query,
                         const LivingMessages& living) {
  std::optional<RowPlace> after;
  if (!query.cursor.empty()) {
    after = parse_row_cursor(query.cursor);
    if (!after) return fail(ErrorCode::invalid_argument, "invalid cursor");
  }
  return LogListing(reader, partitions, query, living, after).list();
}

Result<std::optional<LogRecord>> find_ended(const StoreReader& reader, AccountId account,
                                            MessageId id) {
  const auto bytes = get_run(reader, account, id, id.created());
  if (!bytes) return std::unexpected(bytes.error());
  if (!*bytes) return std::optional<LogRecord>();
  Result<LogRecord> first = decode_log(**bytes, id);
  if (!first) return std::unexpected(first.error());
  if (!first->ended) {
    const Result<std::vector<Timestamp>> later = read_log_index(reader, account, id);
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
