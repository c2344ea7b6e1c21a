// Every message stands in exactly one of three places that tell its creation in the order of keys:
// a record of the log under the time of its creation (ended messages, and living ones that have
// been put aside to wait or have failed before), a record of `hot` whose rows were not yet put into
// the log, or, when it waits for longer than the log goes back, a record of `cold`. So a search
// reads the log once and asks memory for the rest, and a message that goes from one place to the
// next between two pages keeps its place in the list.
//
// Most records are passed over: their bytes are searched as they lie, then sketched, and only what
// the page wants is decoded and looked up. A search for living states alone goes without the log:
// all that live are in `hot` and `cold`, whose keys tell the creation too.
#include "engine/message_search.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/redaction.h"
#include "engine/keys.h"
#include "engine/log_runs.h"
#include "engine/page_selection.h"
#include "engine/time_scan.h"

namespace godwit {
namespace {

constexpr std::array<std::string_view, 6> state_names = {"waiting",   "retrying", "active",
                                                         "delivered", "failed",   "canceled"};
constexpr std::size_t rows_max = 10'000;  // Of one message: 1,000 attempts have fewer.
/// What a look-up by key costs, compared with reading the next record.
constexpr std::size_t look_up_cost = 20UL * 1024;
constexpr std::size_t get_cost = 8UL * 1024;

struct Place {
  Timestamp created;
  MessageId id;
  friend auto operator<=>(const Place&, const Place&) = default;
};

std::string to_cursor(const Place& place) {
  return std::to_string(to_unix_ms(place.created)) + '-' + place.id.to_string();
}

/// The time of the cursor is the id's own, but for the ends of a page that was cut.
std::optional<Place> parse_cursor(std::string_view text) {
  const std::optional<DeadLetterId> number =
      DeadLetterId::parse(std::string(text.substr(0, text.find('-'))) + "-0");
  const std::size_t dash = text.find('-');
  if (!number || dash == std::string_view::npos) return std::nullopt;
  const auto id = MessageId::parse(text.substr(dash + 1));
  if (!id) return std::nullopt;
  return Place{number->entered, *id};
}

bool is_end(LogState state) {
  return state == LogState::delivered || state == LogState::failed || state == LogState::canceled;
}

MessageState ended_state(LogState state) {
  if (state == LogState::delivered) return MessageState::delivered;
  return state == LogState::failed ? MessageState::failed : MessageState::canceled;
}

bool contains_id(std::string_view text, MessageId id) {
  return text.starts_with("msg_") && id.to_string().find(text) != std::string::npos;
}

bool is_hidden(const Redaction& redaction, std::string_view name) {
  return redaction.all_headers || std::ranges::any_of(redaction.headers, [&](const auto& hidden) {
           return equals_ignore_case(hidden, name);
         });
}

/// As people read the message: what is redacted is not there.
bool contains_text(const Message& message, std::string_view text) {
  const auto has = [text](std::string_view bytes) {
    return bytes.find(text) != std::string_view::npos;
  };
  if (contains_id(text, message.id) || has(message.url)) return true;
  if (!message.redaction.body && has(message.body)) return true;
  if (std::ranges::any_of(message.labels, has)) return true;
  return std::ranges::any_of(message.headers, [&](const Header& header) {
    return has(header.name) || (!is_hidden(message.redaction, header.name) && has(header.value));
  });
}

bool contains_any(std::string_view url, const std::vector<std::string>& parts) {
  return parts.empty() || std::ranges::any_of(parts, [url](const std::string& part) {
           return url.find(part) != std::string_view::npos;
         });
}

/// What rows tell of a message.
void read_rows(const std::vector<LogRow>& rows, MessageSummary& summary) {
  const LogRow* newest = nullptr;
  for (const LogRow& row : rows) {
    summary.updated = std::max(summary.updated, row.time);
    newest = &row;
    if (row.state == LogState::error || row.state == LogState::delivered) summary.last = row;
    if (row.state == LogState::active) {
      summary.active_since = row.time;
    } else if (row.state != LogState::cancel_requested) {
      summary.active_since.reset();
    }
  }
  if (newest != nullptr && is_end(newest->state)) {
    summary.state = ended_state(newest->state);
    if (summary.state == MessageState::failed && !summary.last) summary.last = *newest;
    summary.active_since.reset();
  } else if (summary.active_since) {
    summary.state = MessageState::active;
  } else {
    summary.state = summary.retried > 0 ? MessageState::retrying : MessageState::waiting;
  }
  const bool came_to_an_end =
      summary.state == MessageState::delivered || summary.state == MessageState::failed;
  summary.attempts = summary.retried + (came_to_an_end ? 1 : 0);
}

class Search {
 public:
  Search(const StoreReader& reader, std::uint16_t partitions, const MessageSearch& search,
         const LivingMessages& living, Timestamp log_begin, std::optional<Place> after)
      : reader_(reader),
        partitions_(partitions),
        search_(search),
        known_(living),
        log_begin_(log_begin),
        latest_first_(search.order == Order::latest_first),
        bounds_(bounds_of(living_query(search))),
        capacity_(search.count_only ? scan_everything : selection_capacity(search.count)),
        page_(search.order, capacity_, after),
        budget_(search.scan_max),
        by_id_only_(search.text.starts_with("msg_")),
        wants_living_(search.states.empty() || std::ranges::any_of(search.states, is_living)),
        wants_ended_(search.states.empty() || !std::ranges::all_of(search.states, is_living)) {
    for (const LivingRows& living_rows : living.rows) with_rows_.insert(living_rows.id);
  }

  Result<MessagePage> run() {
    const Result<void> picked = search_.filter.ids.empty() ? pick_all() : pick_named();
    if (!picked) return std::unexpected(picked.error());
    Result<MessagePage> page(std::in_place);
    std::vector<Selection::Entry> entries = page_.take();
    if (cut_) {
      const auto is_cut = [this](const Selection::Entry& entry) {
        return is_cut_off(entry.first.created);
      };
      entries.erase(std::ranges::find_if(entries, is_cut), entries.end());
    }
    if (!search_.count_only && entries.size() > std::max<std::size_t>(search_.count, 1)) {
      entries.resize(std::max<std::size_t>(search_.count, 1));
      page->cursor = to_cursor(entries.back().first);
      page->back = entries.back().first.created;
    } else if (cut_) {
      page->cursor = to_cursor(latest_first_ ? Place{*cut_, {~0ULL, ~0ULL}} : Place{*cut_, {}});
      page->back = cut_;
    }
    page->count = entries.size();
    for (auto& [place, summary] : entries) {
      if (is_living(summary.state)) ++page->living;
      if (!search_.count_only) page->messages.push_back(std::move(summary));
    }
    page->scanned = scanned_;
    page->skipped = skipped_;
    return page;
  }

 private:
  using Selection = PageSelection<Place, MessageSummary>;

  Result<void> pick_named() {
    std::vector<MessageId> ids = search_.filter.ids;
    std::ranges::sort(ids);
    ids.erase(std::ranges::unique(ids).begin(), ids.end());
    for (const MessageId id : ids) {
      if (Result<void> picked = look_up(id); !picked) return picked;
    }
    return {};
  }

  Result<void> pick_all() {
    cut_ = known_.hot_left;
    if (Result<void> picked = pick_stored(); !picked || !wants_living_) return picked;
    for (const MessageId id : known_.hot) {
      if (lies_beyond(id.created()) || is_cut_off(id.created())) break;
      const auto bytes = reader_.get(Space::hot, keys::message(id));
      if (!bytes) return std::unexpected(bytes.error());
      if (!*bytes) continue;
      ++scanned_;
      if (Result<void> picked = pick_living(id, **bytes, true); !picked) return picked;
    }
    return {};
  }

  Result<void> pick_stored() {
    Result<void> picked;
    TimeScan scan;
    scan.order = search_.order;
    scan.start = latest_first_ ? bounds_.to : bounds_.from;
    scan.is_beyond = [this](Timestamp time) { return lies_beyond(time) || is_cut_off(time); };
    scan.visit = [&](const TimedRange& range, std::string_view key, std::string_view value) {
      if (range.space == Space::cold) {
        const auto id = MessageId::from_bytes(key);
        if (id) picked = pick_living(*id, value, false);
        ++scanned_;
      } else if (const auto log = keys::parse_log(key)) {
        picked = pick_logged(range.partition, *log, value);
      }
      return picked.has_value();
    };
    for (std::uint16_t partition = 0; partition < partitions_; ++partition)
      add_ranges(scan, partition);
    const Result<std::optional<Timestamp>> cut = scan_in_time(reader_, scan, budget_);
    if (!cut) return std::unexpected(cut.error());
    if (*cut && !(cut_ && is_cut_off(**cut))) cut_ = **cut;
    return picked;
  }

  void add_ranges(TimeScan& scan, std::uint16_t partition) const {
    const Timestamp from = std::max(bounds_.from, log_begin_);
    for (const keys::LogReach reach : keys::log_reaches) {
      if (from > bounds_.to || !wants_ended_) break;
      TimedRange& range = scan.ranges.emplace_back();
      range.space = Space::log;
      range.keys =
          keys::log_times(partition, search_.account, reach, from, bounds_.to + Milliseconds(1));
      range.partition = partition;
      range.time_of = [](std::string_view key) -> std::optional<Timestamp> {
        const auto log = keys::parse_log(key);
        if (!log) return std::nullopt;
        return log->first_row;
      };
      range.first_key = [partition, account = search_.account, reach](Timestamp time) {
        return keys::log_times(partition, account, reach, time, time).begin;
      };
    }
    if (!wants_living_ || (wants_ended_ && bounds_.from >= log_begin_)) return;
    // What waits for longer than the log goes back; all that waits, when the log is not read.
    const Timestamp end = bounds_.to + Milliseconds(1);
    const auto id_at = [partition](Timestamp time) {
      const Timestamp end_of_time = MessageId{~0ULL, 0}.created();
      return keys::message(
          MessageId::make(partition, std::clamp(time, Timestamp{}, end_of_time), 0, 0));
    };
    TimedRange& range = scan.ranges.emplace_back();
    range.space = Space::cold;
    range.keys = {.begin = id_at(bounds_.from),
                  .end = id_at(wants_ended_ ? std::min(log_begin_, end) : end)};
    range.partition = partition;
    range.time_of = [](std::string_view key) -> std::optional<Timestamp> {
      const auto id = MessageId::from_bytes(key);
      if (!id) return std::nullopt;
      return id->created();
    };
    range.first_key = id_at;
  }

  /// Whether the bytes of a record may hold the text; that of an id stands in no record.
  bool may_contain(std::string_view bytes) const {
    return search_.text.empty() || by_id_only_ ||
           bytes.find(search_.text) != std::string_view::npos;
  }

  bool sketch_matches() const {
    return search_.filter.matches(sketch_.traits) &&
           contains_any(sketch_.traits.url, search_.url_parts);
  }

  Result<void> pick_logged(std::uint16_t partition, const keys::Log& key, std::string_view bytes) {
    const bool may = may_contain(bytes);
    if (!may) {
      ++scanned_;  // Later records of a message count as well: they are not told apart unread.
      return {};
    }
    if (!sketch_log(bytes, sketch_)) {
      ++skipped_;
      return {};
    }
    if (sketch_.created != key.first_row) return {};  // Not the message's first record.
    ++scanned_;
    const MessageId id = id_of_logged(partition, sketch_.created, key.id_low);
    sketch_.traits.id = id;
    if (!page_.wants({id.created(), id}) || !sketch_matches()) return {};
    if (by_id_only_ && bytes.find(search_.text) == std::string_view::npos &&
        !contains_id(search_.text, id)) {
      return {};
    }
    if (!sketch_.ended || sketch_.rows.empty()) return look_up_logged(id);
    if (!wants(ended_state(sketch_.rows.back().state))) return {};
    Result<Run> run = read_run(bytes, partition, key.first_row, key.id_low);
    if (!run) {
      ++skipped_;
      return {};
    }
    MessageSummary summary;
    summary.message = run->message;
    summary.retried = run->retried;
    summary.body_size = run->body_size;
    read_rows(run->rows, summary);
    put(std::move(summary));
    return {};
  }

  Result<void> pick_living(MessageId id, std::string_view bytes, bool is_hot) {
    const Result<bool> is_own = sketch_message(bytes, search_.account, sketch_);
    if (!is_own) {
      ++skipped_;
      return {};
    }
    if (!*is_own || !may_be_wanted(id, sketch_)) return {};
    // One that the log has too is found there.
    if (wants_ended_ && is_hot && sketch_.last_flushed && id.created() >= log_begin_) return {};
    sketch_.traits.id = id;
    if (!page_.wants({id.created(), id}) || !sketch_matches()) return {};
    if (!sketch_.body_outside && !may_contain(bytes)) return {};
    return look_up(id);
  }

  bool wants(MessageState state) const {
    return search_.states.empty() ||
           std::ranges::find(search_.states, state) != search_.states.end();
  }

  /// Whether a living message may be in a state that is wanted; what is under way, memory knows.
  bool may_be_wanted(MessageId id, const RecordSketch& sketch) const {
    return with_rows_.contains(id) ||
           wants(sketch.retried > 0 ? MessageState::retrying : MessageState::waiting);
  }

  /// One whose first record in the log is not its end: it lives, or a later record has its end.
  Result<void> look_up_logged(MessageId id) {
    if (search_.states.empty()) return look_up(id);
    const std::string key = keys::message(id);
    auto bytes = reader_.get(Space::cold, key);
    if (bytes && !*bytes) bytes = reader_.get(Space::hot, key);
    if (!bytes) return std::unexpected(bytes.error());
    budget_.charge(get_cost);
    const bool lives = bytes->has_value();
    if (lives ? !wants_living_ : !wants_ended_) return {};
    if (lives) {
      const Result<bool> is_own = sketch_message(**bytes, search_.account, living_sketch_);
      if (is_own && *is_own && !may_be_wanted(id, living_sketch_)) return {};
    }
    return look_up(id);
  }

  Result<void> look_up(MessageId id) {
    if (!page_.wants({id.created(), id})) return {};
    budget_.charge(look_up_cost);
    Result<std::optional<MessageHistory>> found =
        read_message(reader_, partitions_, search_.account, id, known_, !search_.text.empty());
    if (!found && found.error().code == ErrorCode::corrupt) {
      ++skipped_;
      return {};
    }
    if (!found) return std::unexpected(found.error());
    if (*found) put(std::move((*found)->summary));
    return {};
  }

  void put(MessageSummary summary) {
    if (!matches(search_, summary)) return;
    const Place place{summary.message->id.created(), summary.message->id};
    if (place.created < bounds_.from || place.created > bounds_.to) return;
    if (search_.count_only) {
      summary.message = nullptr;
      summary.last.reset();
    }
    page_.put(place, std::move(summary));
  }

  bool lies_beyond(Timestamp time) const {
    if (!page_.full()) return false;
    return latest_first_ ? time < page_.last().created : time > page_.last().created;
  }
  bool is_cut_off(Timestamp time) const {
    return cut_ && (latest_first_ ? time <= *cut_ : time >= *cut_);
  }

  const StoreReader& reader_;
  const std::uint16_t partitions_;
  const MessageSearch& search_;
  const LivingMessages& known_;
  const Timestamp log_begin_;
  const bool latest_first_;
  const LogBounds bounds_;
  const std::size_t capacity_;
  Selection page_;
  ScanBudget budget_;
  const bool by_id_only_;  // The text may be part of an id, which no record's bytes have.
  const bool wants_living_, wants_ended_;
  absl::flat_hash_set<MessageId> with_rows_;  // Of known_.rows.
  std::optional<Timestamp> cut_;
  RecordSketch sketch_;
  RecordSketch living_sketch_;  // Of a logged message's own record, beside the sketch of the log's.
  std::size_t scanned_ = 0;
  std::size_t skipped_ = 0;
};

}  // namespace

std::string_view to_string(MessageState state) {
  return state_names[static_cast<std::size_t>(state)];
}

std::optional<MessageState> parse_message_state(std::string_view text) {
  const auto found = std::ranges::find(state_names, text);
  if (found == state_names.end()) return std::nullopt;
  return static_cast<MessageState>(found - state_names.begin());
}

bool matches(const MessageSearch& search, const MessageSummary& summary) {
  const Message& message = *summary.message;
  if (!search.states.empty() &&
      std::ranges::find(search.states, summary.state) == search.states.end()) {
    return false;
  }
  if (!search.statuses.empty()) {
    const int status = summary.last ? summary.last->status : 0;
    if (std::ranges::none_of(search.statuses, [status](const StatusRange& range) {
          return status >= range.least && status <= range.most;
        })) {
      return false;
    }
  }
  return contains_any(message.url, search.url_parts) && search.filter.matches(message) &&
         (search.text.empty() || contains_text(message, search.text));
}

Result<std::optional<MessageHistory>> read_message(const StoreReader& reader,
                                                   std::uint16_t partitions, AccountId account,
                                                   MessageId id, const LivingMessages& living,
                                                   bool read_body) {
  LogQuery query;
  query.account = account;
  query.filter.ids = {id};
  query.order = Order::earliest_first;
  query.count = rows_max;
  Result<LogPage> log = list_log(reader, partitions, query, living);
  if (!log) return std::unexpected(log.error());

  const std::string key = keys::message(id);
  auto bytes = reader.get(Space::hot, key);
  if (bytes && !*bytes) bytes = reader.get(Space::cold, key);
  if (!bytes) return std::unexpected(bytes.error());
  std::optional<MessageHistory> history;
  if (*bytes) {
    Result<MessageRecord> record = decode_message(**bytes, id);
    if (!record) return std::unexpected(record.error());
    if (record->message.account != account) return std::optional<MessageHistory>();
    history.emplace();
    MessageSummary& summary = history->summary;
    history->body_whole = true;
    summary.body_size = record->message.body.size();
    if (record->body_outside) {
      auto body = reader.get(Space::body, key);
      if (!body) return std::unexpected(body.error());
      summary.body_size = *body ? (*body)->size() : 0;
      history->body_whole = read_body && body->has_value();
      if (read_body && *body) record->message.body = std::move(**body);
    }
    summary.retried = record->retried;
    summary.due = record->due;
    summary.cancel_requested = record->cancel_requested;
    summary.listed = record->listed;
    summary.updated = record->message.created;
    summary.message = std::make_shared<const Message>(std::move(record->message));
  } else if (!log->entries.empty()) {
    history.emplace();
    // An earlier record may have the body that the last one went without.
    const LogEntry& fullest = *std::ranges::max_element(
        log->entries, {}, [](const LogEntry& entry) { return entry.message->body.size(); });
    history->summary.message = fullest.message;
    history->summary.retried = log->entries.back().retried;
    history->summary.body_size = fullest.body_size;
    history->body_whole = fullest.message->body.size() == fullest.body_size;
  } else {
    return history;
  }
  for (LogEntry& entry : log->entries) {
    history->degraded = history->degraded || entry.degraded;
    history->rows.push_back(std::move(entry.row));
  }
  read_rows(history->rows, history->summary);
  return history;
}

LogQuery living_query(const MessageSearch& search) {
  LogQuery query;
  query.account = search.account;
  query.filter.ids = search.filter.ids;
  query.from = search.from;
  query.to = search.to;
  query.order = search.order;
  if (const auto after = parse_cursor(search.cursor)) {
    if (search.order == Order::latest_first) {
      query.to = std::min(query.to.value_or(after->created), after->created);
    } else {
      query.from = std::max(query.from.value_or(after->created), after->created);
    }
  }
  return query;
}

Result<MessagePage> search_messages(const StoreReader& reader, std::uint16_t partitions,
                                    const MessageSearch& search, const LivingMessages& living,
                                    Timestamp log_begin) {
  std::optional<Place> after;
  if (!search.cursor.empty()) {
    after = parse_cursor(search.cursor);
    if (!after) return fail(ErrorCode::invalid_argument, "cursor: no page ends with it");
  }
  return Search(reader, partitions, search, living, log_begin, after).run();
}

}  // namespace godwit
