#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/listing.h"
#include "store/memory_store.h"

namespace godwit {
namespace {

constexpr Timestamp noon = from_unix_ms(1'700'000'000'000);
constexpr std::uint16_t partitions = 3;

Timestamp at_ms(std::int64_t ms) { return noon + Milliseconds(ms); }

LogRow row_at(Timestamp time, LogState state) {
  LogRow row;
  row.time = time;
  row.state = state;
  return row;
}

/// A store with messages in any stage of their life, written as the engine writes them, and what a
/// reader must see.
class World {
 public:
  struct Row {
    Timestamp time;
    MessageId id;
    std::size_t ordinal = 0;  ///< Among the rows of its message.
    bool newest = false;      ///< Of its message.
    LogRow row;
    std::shared_ptr<const Message> message;
  };

  Message message(std::uint16_t partition, AccountId account, Timestamp created) {
    Message message;
    ++sequence_;
    message.id = MessageId::make(partition, created, sequence_, sequence_ * 77);
    message.account = account;
    message.url = "https://" + std::string(sequence_ % 2 == 0 ? "even" : "odd") + ".test/";
    message.body = "body " + std::to_string(sequence_);
    message.created = created;
    message.not_before = created;
    if (sequence_ % 3 == 0) message.labels = {"third"};
    return message;
  }

  /// Moves rows to the log, as many records as log_span and distinct keys ask for. Their times are
  /// what readers see.
  void flush(MessageRecord& record, std::vector<LogRow> rows, bool ended) {
    WriteBatch batch;
    for (std::size_t at = 0; at < rows.size();) {
      LogRecord log{record.message, record.retried, false, {}};
      Timestamp first = rows[at].time;
      if (!record.flushed.empty()) {
        first = std::max(first, record.flushed.back() + Milliseconds(1));
      }
      for (; at < rows.size() && rows[at].time - first < log_span; ++at) {
        log.rows.push_back(rows[at]);
        log.rows.back().time = std::max(rows[at].time, first);
        expect(record.message, log.rows.back());
      }
      log.ended = ended && at == rows.size();
      const MessageId id = record.message.id;
      const keys::LogReach reach = keys::reach_of(log.rows.back().time - first);
      batch.put(Space::log, keys::log(id.partition(), record.message.account, reach, first, id),
                encode(log));
      record.flushed.push_back(first);
    }
    std::string index;
    for (std::size_t i = 1; i < record.flushed.size(); ++i) {
      index += keys::encode_time(record.flushed[i]);
    }
    if (!index.empty()) {
      batch.put(Space::log, keys::log_index(record.message.account, record.message.id), index);
    }
    commit(std::move(batch));
  }

  void put_living(const MessageRecord& record, Space space, const std::vector<LogRow>& known) {
    WriteBatch batch;
    if (record.body_outside) {
      batch.put(Space::body, keys::message(record.message.id), record.message.body);
    }
    batch.put(space, keys::message(record.message.id), encode(record));
    commit(std::move(batch));
    if (!known.empty()) living_[record.message.account].push_back({record.message.id, known});
    if (space == Space::hot) in_hot_.push_back(record.message.id);

    std::vector<LogRow> rows = record.rows;
    rows.insert(rows.end(), known.begin(), known.end());
    std::optional<Timestamp> earlier;
    if (!record.flushed.empty()) earlier = record.flushed.back();
    for (std::size_t at = 0; at < rows.size();) {
      Timestamp first = rows[at].time;
      if (earlier) first = std::max(first, *earlier + Milliseconds(1));
      for (; at < rows.size() && rows[at].time - first < log_span; ++at) {
        rows[at].time = std::max(rows[at].time, first);
        expect(record.message, rows[at]);
      }
      earlier = first;
    }
  }

  /// A whole message that ended, its rows so many ms after it was created.
  MessageId ended(std::uint16_t partition, AccountId account, Timestamp created,
                  const std::vector<std::pair<int, LogState>>& history) {
    MessageRecord record;
    record.message = message(partition, account, created);
    std::vector<LogRow> rows;
    rows.reserve(history.size());
    for (const auto& [ms, state] : history) {
      rows.push_back(row_at(created + Milliseconds(ms), state));
    }
    flush(record, rows, true);
    return record.message.id;
  }

  void commit(WriteBatch batch) {
    store_->commit(std::move(batch), [](const Result<void>& done) { REQUIRE(done); });
  }

  Store& store() { return *store_; }
  /// What the engine tells of it, `at_once` messages of `hot` and those of the same millisecond.
  LivingMessages living(const LogQuery& query, std::size_t at_once = 1'000'000) const {
    LivingMessages living;
    if (const auto found = living_.find(query.account); found != living_.end()) {
      living.rows = found->second;
    }
    std::vector<MessageId> hot = in_hot_;
    std::ranges::sort(hot, {}, [](MessageId id) { return std::pair(id.created(), id); });
    if (query.order == Order::latest_first) std::ranges::reverse(hot);
    const LogBounds bounds = bounds_of(query);
    for (const MessageId id : hot) {
      if (id.created() < bounds.from || id.created() > bounds.to) continue;
      if (living.hot.size() >= at_once && id.created() != living.hot.front().created()) {
        living.hot_left = id.created();
        break;
      }
      living.hot.push_back(id);
    }
    return living;
  }
  LivingMessages living(AccountId account) const {
    LogQuery query;
    query.account = account;
    return living(query);
  }

  std::vector<Row> expected(AccountId account) const {
    const auto found = rows_.find(account);
    if (found == rows_.end()) return {};
    std::vector<Row> rows;
    for (const auto& [id, of_message] : found->second) {
      rows.insert(rows.end(), of_message.begin(), of_message.end());
      rows.back().newest = true;
    }
    return rows;
  }

 private:
  void expect(const Message& message, const LogRow& row) {
    std::vector<Row>& rows = rows_[message.account][message.id];
    auto shown = std::make_shared<Message>(message);
    if (shown->body.size() > log_body_max) shown->body.resize(log_body_max);
    rows.push_back({row.time, message.id, rows.size(), false, row, std::move(shown)});
  }

  std::unique_ptr<Store> store_ = make_memory_store();
  std::map<AccountId, std::map<MessageId, std::vector<Row>>> rows_;
  std::map<AccountId, std::vector<LivingRows>> living_;
  std::vector<MessageId> in_hot_;
  std::uint32_t sequence_ = 0;
};

/// Fills a world with messages whose rows share milliseconds, span records, and stand in every
/// place.
void fill(World& world, std::mt19937_64& random) {
  constexpr int steps[] = {0, 0, 0, 1, 7, 400, 999, 1000, 1001, 2500};
  constexpr LogState states[] = {LogState::active, LogState::error, LogState::retry,
                                 LogState::cancel_requested};
  constexpr LogState ends[] = {LogState::delivered, LogState::failed, LogState::canceled};
  const std::uint64_t messages = random() % 30;
  // Some worlds are crowded into few milliseconds.
  const std::uint64_t slots = 1 + random() % 8;
  const std::uint64_t rows_max = 1 + random() % 8;
  const std::uint64_t endings = 1 + random() % 4;
  for (std::uint64_t i = 0; i < messages; ++i) {
    MessageRecord record;
    record.message = world.message(static_cast<std::uint16_t>(random() % partitions),
                                   static_cast<AccountId>(1 + random() % 4 / 3),
                                   at_ms(static_cast<std::int64_t>(random() % slots) * 250));
    record.retried = static_cast<int>(random() % 5);
    record.due = record.message.created;
    const bool ended = random() % endings == 0;

    std::vector<LogRow> rows{row_at(record.message.created, LogState::created)};
    for (std::uint64_t more = random() % rows_max; more > 0; --more) {
      rows.push_back(row_at(rows.back().time + Milliseconds(steps[random() % std::size(steps)]),
                            states[random() % std::size(states)]));
    }
    if (ended) {
      rows.push_back(row_at(rows.back().time + Milliseconds(steps[random() % std::size(steps)]),
                            ends[random() % std::size(ends)]));
    }
    for (std::size_t at = 0; at < rows.size(); ++at) {
      // No two rows of a message are equal, so that none passes for another.
      rows[at].error = std::to_string(at);
      if (rows[at].state == LogState::error) rows[at].response_headers = {{"Name", "value"}};
    }

    std::size_t flushed = ended ? rows.size() : random() % (rows.size() + 1);
    const std::size_t stored = flushed + random() % (rows.size() - flushed + 1);
    const auto part = [&rows](std::size_t from, std::size_t to) {
      return std::vector<LogRow>(rows.begin() + static_cast<std::ptrdiff_t>(from),
                                 rows.begin() + static_cast<std::ptrdiff_t>(to));
    };
    // Flushed at once, or a part earlier.
    const std::size_t before = random() % (flushed + 1);
    world.flush(record, part(0, before), ended && before == flushed);
    if (before < flushed) world.flush(record, part(before, flushed), ended);
    if (ended) continue;
    record.rows = part(flushed, stored);
    const std::vector<LogRow> known = part(stored, rows.size());
    // In `cold`, only a message that memory knows of has rows of its own.
    const bool cold = random() % 2 == 0 && (record.rows.empty() || !known.empty());
    // Nor have those in `hot` more than CREATED.
    if (!cold && known.empty() && !record.rows.empty() && (flushed > 0 || stored > 1)) continue;
    if (random() % 8 == 0) {
      record.message.body.assign(log_body_max + 5, 'x');
      record.body_outside = true;
    }
    world.put_living(record, cold ? Space::cold : Space::hot, known);
  }
}

bool in_progress(LogState state) {
  return state == LogState::active || state == LogState::retry || state == LogState::error;
}

bool matches(const World::Row& row, const LogQuery& query) {
  if (query.from && row.time < *query.from) return false;
  if (query.to && row.time > *query.to) return false;
  if (query.state && row.row.state != *query.state) return false;
  if (query.in_progress && !(row.newest && in_progress(row.row.state))) return false;
  const MessageFilter& filter = query.filter;
  if (!filter.ids.empty() && std::ranges::find(filter.ids, row.id) == filter.ids.end()) {
    return false;
  }
  if (!filter.labels.empty() && row.message->labels.empty()) return false;
  return filter.urls.empty() || filter.urls.front() == row.message->url;
}

/// What the whole listing must be: rows in pages' order, grouped ones with the rows of a message
/// together.
std::vector<std::vector<World::Row>> model(const World& world, const LogQuery& query) {
  std::vector<World::Row> rows = world.expected(query.account);
  std::erase_if(rows, [&](const World::Row& row) { return !matches(row, query); });
  const auto place = [](const World::Row& row) {
    return std::tuple(row.time, row.id, row.ordinal);
  };
  std::ranges::sort(rows, {}, place);
  std::vector<std::vector<World::Row>> units;
  if (query.group_by_message) {
    std::map<MessageId, std::vector<World::Row>> groups;
    for (const World::Row& row : rows) groups[row.id].push_back(row);
    for (auto& [id, group] : groups) units.push_back(std::move(group));
  } else {
    for (const World::Row& row : rows) units.push_back({row});
  }
  std::ranges::sort(units, {}, [&](const auto& unit) { return place(unit.back()); });
  if (query.order == Order::latest_first) std::ranges::reverse(units);
  return units;
}

void check_entry(const LogEntry& entry, const World::Row& row) {
  CHECK(entry.message->id == row.id);
  CHECK(entry.row == row.row);
  CHECK(*entry.message == *row.message);
}

LogQuery some_query(const World& world, std::mt19937_64& random) {
  LogQuery query;
  query.account = 1;
  query.order = random() % 2 == 0 ? Order::earliest_first : Order::latest_first;
  query.group_by_message = random() % 3 == 0;
  query.in_progress = random() % 4 == 0;
  if (!query.in_progress && random() % 3 == 0) {
    query.state = static_cast<LogState>(random() % 8);
  }
  if (random() % 4 == 0) query.from = at_ms(static_cast<std::int64_t>(random() % 20) * 250);
  if (random() % 4 == 0) query.to = at_ms(static_cast<std::int64_t>(random() % 20) * 250);
  if (random() % 5 == 0) query.filter.urls = {"https://even.test/"};
  if (random() % 5 == 0) query.filter.labels = {"third", "nobody's"};
  if (random() % 4 == 0) {
    for (const World::Row& row : world.expected(random() % 4 == 0 ? 2 : 1)) {
      if (random() % 4 == 0) query.filter.ids.push_back(row.id);
    }
  }
  return query;
}

TEST_CASE("pages of the log together are what a sort of all matching rows gives") {
  // Goal: no page loses, repeats or misplaces a row, and a cursor is there exactly when more
  // matches. Method: random worlds and queries against a sort of everything.
  std::mt19937_64 random(29);
  std::size_t rows_seen = 0;
  for (int round = 0; round < 1500; ++round) {
    CAPTURE(round);
    World world;
    fill(world, random);
    LogQuery query = some_query(world, random);

    const auto units = model(world, query);
    std::size_t at = 0;
    do {
      query.count = random() % 8 == 0 ? 1000 : 1 + random() % 7;
      const LogPage page = list_log(world.store(), partitions, query, world.living(query)).value();
      const std::size_t end = std::min(at + query.count, units.size());
      std::size_t entry = 0;
      for (; at < end; ++at) {
        for (const World::Row& row : units[at]) {
          REQUIRE(entry < page.entries.size());
          check_entry(page.entries[entry++], row);
          ++rows_seen;
        }
      }
      REQUIRE(entry == page.entries.size());
      query.cursor = page.cursor;
      REQUIRE(query.cursor.empty() == (at == units.size()));
    } while (!query.cursor.empty());
  }
  CHECK(rows_seen > 10'000);  // The rounds are not about nothing.
}

TEST_CASE("pages that end early lead to every matching row, in order") {
  // Goal: however little a page may look at, and however little memory tells of `hot` at once,
  // following the cursor gives what one page would. Method: as above, with bounds of a few records.
  std::mt19937_64 random(31);
  std::size_t early = 0, empty = 0;
  for (int round = 0; round < 1500; ++round) {
    CAPTURE(round);
    World world;
    fill(world, random);
    LogQuery query = some_query(world, random);
    const auto units = model(world, query);
    query.scan_max = 1 + random() % 12;
    const std::size_t at_once = 1 + random() % 6;
    std::size_t at = 0;
    std::size_t pages = 0;
    do {
      REQUIRE(++pages < 10'000);
      query.count = 1 + random() % 7;
      const LogPage page =
          list_log(world.store(), partitions, query, world.living(query, at_once)).value();
      std::size_t entry = 0;
      std::size_t shown = 0;
      for (; shown < query.count && entry < page.entries.size(); ++shown, ++at) {
        REQUIRE(at < units.size());
        for (const World::Row& row : units[at]) {
          REQUIRE(entry < page.entries.size());
          check_entry(page.entries[entry++], row);
        }
      }
      REQUIRE(entry == page.entries.size());
      early += shown < query.count && !page.cursor.empty() ? 1 : 0;
      empty += shown == 0 && !page.cursor.empty() ? 1 : 0;
      REQUIRE((page.cursor.empty() || page.cursor != query.cursor));
      query.cursor = page.cursor;
    } while (!query.cursor.empty());
    REQUIRE(at == units.size());
  }
  CHECK(early > 500);
  CHECK(empty > 100);
}

TEST_CASE("a page begun before a message ended goes on as if nothing had happened") {
  // Goal: the cursor stays true when rows move from memory and `hot` to the log.
  for (const Order order : {Order::earliest_first, Order::latest_first}) {
    World world;
    MessageRecord record;
    record.message = world.message(0, 1, noon);
    record.rows = {row_at(noon, LogState::created), row_at(noon, LogState::active),
                   row_at(noon, LogState::error)};
    const std::vector<LogRow> known = {row_at(noon, LogState::retry),
                                       row_at(at_ms(1000), LogState::active)};
    world.put_living(record, Space::hot, known);

    LogQuery query;
    query.account = 1;
    query.order = order;
    query.count = 2;
    const LogPage first = list_log(world.store(), 1, query, world.living(1)).value();
    REQUIRE(first.entries.size() == 2);
    CHECK(first.cursor.starts_with(std::to_string(to_unix_ms(first.entries[1].row.time)) + "-"));

    std::vector<LogRow> rows = record.rows;
    rows.insert(rows.end(), known.begin(), known.end());
    world.flush(record, rows, true);
    WriteBatch batch;
    batch.erase(Space::hot, keys::message(record.message.id));
    world.commit(std::move(batch));

    query.cursor = first.cursor;
    query.count = 10;
    const LogPage rest = list_log(world.store(), 1, query, {}).value();
    REQUIRE(rest.entries.size() == 3);
    std::vector<LogState> states;
    states.reserve(5);
    for (const LogEntry& entry : first.entries) states.push_back(entry.row.state);
    for (const LogEntry& entry : rest.entries) states.push_back(entry.row.state);
    if (order == Order::latest_first) std::ranges::reverse(states);
    CHECK(states == std::vector{LogState::created, LogState::active, LogState::error,
                                LogState::retry, LogState::active});
  }
}

TEST_CASE("rows that memory and the store both have are shown once") {
  World world;
  MessageRecord record;
  record.message = world.message(0, 1, noon);
  const LogRow active = row_at(at_ms(3), LogState::active);
  const LogRow error = row_at(at_ms(5), LogState::error);
  SUBCASE("in the record") { record.rows = {row_at(noon, LogState::created), active, error}; }
  SUBCASE("in the log") {
    world.flush(record, {row_at(noon, LogState::created), active, error}, false);
  }
  world.put_living(record, Space::hot, {});
  const LivingMessages stale{.rows = {{record.message.id, {active}}}};
  LogQuery query;
  query.account = 1;
  query.order = Order::earliest_first;
  const LogPage page = list_log(world.store(), 1, query, stale).value();
  REQUIRE(page.entries.size() == 3);
  CHECK(page.entries[1].row == active);
  CHECK(page.entries[2].row == error);
}

TEST_CASE("an attempt that begins in the millisecond of the one before has its own row") {
  World world;
  MessageRecord record;
  record.message = world.message(0, 1, noon);
  record.rows = {row_at(noon, LogState::created), row_at(noon, LogState::active),
                 row_at(noon, LogState::error), row_at(noon, LogState::retry)};
  world.put_living(record, Space::hot, {row_at(noon, LogState::active)});
  LogQuery query;
  query.account = 1;
  const LogPage page = list_log(world.store(), 1, query, world.living(1)).value();
  REQUIRE(page.entries.size() == 5);
  CHECK(page.entries[0].row.state == LogState::active);
  CHECK(page.entries[1].row.state == LogState::retry);
}

TEST_CASE("rows of a message that the store does not know any more are not made up") {
  World world;
  const MessageId gone = world.message(0, 1, noon).id;
  LogQuery query;
  query.account = 1;
  CHECK(list_log(world.store(), 1, query, {.rows = {{gone, {row_at(noon, LogState::active)}}}})
            .value()
            .entries.empty());
}

/// Counts what a listing reads.
class WatchedReader : public StoreReader {
 public:
  explicit WatchedReader(const StoreReader& reader) : reader_(reader) {}
  Result<std::optional<std::string>> get(Space space, std::string_view key) const override {
    ++gets;
    return reader_.get(space, key);
  }
  Result<void> scan(Space space, const KeyRange& range, Direction direction,
                    const ScanVisitor& visit) const override {
    ++scans;
    return reader_.scan(space, range, direction, [&](std::string_view key, std::string_view value) {
      ++visits;
      return visit(key, value);
    });
  }
  mutable std::size_t gets = 0, scans = 0, visits = 0;

 private:
  const StoreReader& reader_;
};

TEST_CASE("a page costs what it shows, not what the log holds") {
  World world;
  for (int i = 0; i < 3000; ++i) {
    world.ended(static_cast<std::uint16_t>(i % partitions), 1, at_ms(100LL * i),
                {{0, LogState::created}, {1, LogState::active}, {2, LogState::delivered}});
  }
  for (const Order order : {Order::earliest_first, Order::latest_first}) {
    for (const bool grouped : {false, true}) {
      const WatchedReader reader(world.store());
      LogQuery query;
      query.account = 1;
      query.order = order;
      query.count = 10;
      query.group_by_message = grouped;
      for (int pages = 0; pages < 5; ++pages) {
        const LogPage page = list_log(reader, partitions, query, {}).value();
        CHECK(page.entries.size() == (grouped ? 30 : 10));
        query.cursor = page.cursor;
      }
      // Besides the rows of the page, each partition reads one log_span to be certain.
      CHECK(reader.visits < 5 * partitions * 30);
    }
  }
}

TEST_CASE("messages named by id are read by their keys") {
  World world;
  std::vector<MessageId> ids;
  ids.reserve(100);
  for (int i = 0; i < 100; ++i) {
    ids.push_back(world.ended(static_cast<std::uint16_t>(i % partitions), 1, at_ms(i),
                              {{0, LogState::created}, {5000, LogState::delivered}}));
  }
  const WatchedReader reader(world.store());
  LogQuery query;
  query.account = 1;
  query.order = Order::earliest_first;
  query.filter.ids = {ids[4], ids[90], ids[4]};
  const LogPage page = list_log(reader, partitions, query, {}).value();
  REQUIRE(page.entries.size() == 4);
  CHECK(page.entries[0].message->id == ids[4]);
  CHECK(page.entries[1].message->id == ids[90]);
  CHECK(page.entries[3].message->id == ids[90]);
  CHECK(page.cursor.empty());
  CHECK(reader.scans == 0);
  CHECK(reader.gets <= 10);
  query.account = 2;
  CHECK(list_log(reader, partitions, query, {}).value().entries.empty());
}

TEST_CASE("the dates of a log query are inclusive, and extreme ones are bounds like others") {
  World world;
  world.ended(0, 1, noon,
              {{0, LogState::created}, {500, LogState::active}, {900, LogState::delivered}});
  LogQuery query;
  query.account = 1;
  const auto found = [&] { return list_log(world.store(), 1, query, {}).value().entries.size(); };
  query.from = at_ms(500);
  query.to = at_ms(500);
  CHECK(found() == 1);
  query.from = at_ms(501);
  CHECK(found() == 0);
  query.to = at_ms(900);
  CHECK(found() == 1);
  query.from = Timestamp::min();
  query.to = Timestamp::max();
  CHECK(found() == 3);
  query.from = Timestamp::max();
  CHECK(found() == 0);
  query.from.reset();
  query.to = Timestamp::min();
  CHECK(found() == 0);
}

TEST_CASE("a message that waits for its retry is in progress, though its rows are in the log") {
  World world;
  MessageRecord record;
  record.message = world.message(1, 1, noon);
  world.flush(record,
              {row_at(noon, LogState::created), row_at(at_ms(1), LogState::active),
               row_at(at_ms(2), LogState::error), row_at(at_ms(2), LogState::retry)},
              false);
  world.put_living(record, Space::cold, {});
  world.ended(1, 1, at_ms(1),
              {{0, LogState::created}, {1, LogState::active}, {2, LogState::failed}});

  LogQuery query;
  query.account = 1;
  query.in_progress = true;
  const LogPage page = list_log(world.store(), partitions, query, {}).value();
  REQUIRE(page.entries.size() == 1);
  CHECK(page.entries[0].message->id == record.message.id);
  CHECK(page.entries[0].row.state == LogState::retry);
}

TEST_CASE("a cursor that no log listing made is refused") {
  World world;
  const std::string id = world.message(0, 1, noon).id.to_string();
  LogQuery query;
  query.account = 1;
  query.cursor = "1700000000000-0-1700000000000-" + id;
  CHECK(list_log(world.store(), 1, query, {}));
  for (const std::string& cursor :
       {std::string("x"), std::string("1700000000000"), std::string("1-2"), std::string("1-2-3-"),
        "-1-2-3-" + id, "1-2-3-" + id + "-", "01-2-3-" + id, "1-4294967296-3-" + id, "1-2-" + id,
        std::string("----"), std::string(10'000, '-')}) {
    CAPTURE(cursor);
    query.cursor = cursor;
    CHECK(list_log(world.store(), 1, query, {}).error().code == ErrorCode::invalid_argument);
  }
}

TEST_CASE("stored bytes that cannot be read are counted and hide nothing else") {
  World world;
  world.ended(0, 1, noon, {{0, LogState::created}, {1, LogState::delivered}});
  const MessageId id = world.message(0, 1, noon).id;
  MessageRecord living;
  living.message = world.message(0, 1, at_ms(2));
  living.rows = {row_at(at_ms(2), LogState::created)};
  world.put_living(living, Space::hot, {});
  WriteBatch batch;
  SUBCASE("in hot") { batch.put(Space::hot, keys::message(id), "garbage"); }
  SUBCASE("in log") {
    batch.put(Space::log, keys::log(0, 1, keys::LogReach::tenth, noon, id), "garbage");
  }
  SUBCASE("as an index") {
    batch.put(Space::log, keys::log(0, 1, keys::LogReach::tenth, noon, id), "garbage");
    batch.put(Space::log, keys::log_index(1, id), "garbage");
  }
  SUBCASE("as a key") {
    batch.put(Space::log, keys::partition(0).begin + "?", "garbage");
    batch.put(Space::hot, keys::message(id), "garbage");
  }
  world.commit(std::move(batch));
  LivingMessages memory = world.living(1);
  memory.hot.push_back(id);
  LogQuery query;
  query.account = 1;
  for (const bool grouped : {false, true}) {
    query.group_by_message = grouped;
    for (const Order order : {Order::earliest_first, Order::latest_first}) {
      query.order = order;
      const LogPage page = list_log(world.store(), 1, query, memory).value();
      CHECK(page.entries.size() == 3);
      CHECK(page.skipped > 0);
      CHECK(page.cursor.empty());
    }
  }
  query.filter.ids = {id, living.message.id};
  const LogPage named = list_log(world.store(), 1, query, memory).value();
  CHECK(named.entries.size() == 1);
  CHECK(named.skipped > 0);
}

TEST_CASE("an ended message is found with its end, a living one is not") {
  World world;
  const MessageId brief =
      world.ended(0, 1, noon, {{0, LogState::created}, {1, LogState::delivered}});
  const auto found = find_ended(world.store(), 1, brief).value();
  REQUIRE(found);
  CHECK(found->ended);
  CHECK(found->message.id == brief);
  CHECK(found->rows.back().state == LogState::delivered);
  CHECK_FALSE(find_ended(world.store(), 2, brief).value());

  const MessageId lasting = world.ended(
      0, 1, noon, {{0, LogState::created}, {5000, LogState::active}, {9000, LogState::failed}});
  const auto long_one = find_ended(world.store(), 1, lasting).value();
  REQUIRE(long_one);
  CHECK(long_one->ended);
  CHECK(long_one->rows.front().state == LogState::created);
  CHECK(long_one->rows.back() == row_at(at_ms(9000), LogState::failed));

  MessageRecord living;
  living.message = world.message(0, 1, noon);
  world.flush(living, {row_at(noon, LogState::created)}, false);
  CHECK_FALSE(find_ended(world.store(), 1, living.message.id).value());
  world.flush(living, {row_at(at_ms(9000), LogState::active)}, false);
  CHECK_FALSE(find_ended(world.store(), 1, living.message.id).value());
  CHECK_FALSE(find_ended(world.store(), 1, world.message(0, 1, noon).id).value());
}

}  // namespace
}  // namespace godwit
