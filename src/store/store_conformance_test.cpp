// What every Store must do, run on each engine. An engine here is a type that owns an empty store.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "store/memory_store.h"
#include "store/rocksdb_store.h"
#include "testing/store_access.h"
#include "testing/temporary_directory.h"

namespace godwit {
namespace {

using Direction = StoreReader::Direction;
using Optional = std::optional<std::string>;

struct Memory {
  std::unique_ptr<Store> store = make_memory_store();
};

struct RocksDb {
  TemporaryDirectory directory;
  std::unique_ptr<Store> store = open_rocksdb_store({.directory = directory.path()}).value();
};

/// RocksDB with buffers so small that flushes and compactions happen all the time.
struct RocksDbOnFiles {
  TemporaryDirectory directory;
  std::unique_ptr<Store> store =
      open_rocksdb_store({.directory = directory.path(), .memtable_bytes = 64u << 10}).value();
};

#define ENGINES Memory, RocksDb, RocksDbOnFiles

std::string numbered(std::string_view prefix, std::size_t number) {
  std::string digits = std::to_string(number);
  return std::string(prefix) + std::string(8 - digits.size(), '0') + digits;
}

/// Bytes that neither repeat nor compress.
std::string random_text(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string text(size, '\0');
  for (char& byte : text) byte = static_cast<char>(random());
  return text;
}

const std::string bytes_high("\xff\xff\x00\x01", 4);

TEST_CASE_TEMPLATE("a committed batch can be read, and is of its space only", Engine, ENGINES) {
  Engine engine;
  Store& store = *engine.store;
  WriteBatch batch;
  for (std::size_t i = 0; i < space_count; ++i) {
    const auto space = static_cast<Space>(i);
    batch.put(space, "key", to_string(space));
  }
  REQUIRE(commit_and_wait(store, std::move(batch)));
  for (std::size_t i = 0; i < space_count; ++i) {
    const auto space = static_cast<Space>(i);
    CHECK(store.get(space, "key").value() == Optional(to_string(space)));
    CHECK(list(store, space).value() == Entries{{"key", std::string(to_string(space))}});
    CHECK(store.get(space, "other").value() == std::nullopt);
  }
}

TEST_CASE_TEMPLATE("a put overwrites, an erase removes, an erase of nothing is nothing", Engine,
                   ENGINES) {
  Engine engine;
  Store& store = *engine.store;
  REQUIRE(put_and_wait(store, Space::hot, "a", "1"));
  REQUIRE(put_and_wait(store, Space::hot, "a", "2"));
  REQUIRE(put_and_wait(store, Space::hot, "b", ""));
  CHECK(store.get(Space::hot, "a").value() == Optional("2"));
  CHECK(store.get(Space::hot, "b").value() == Optional(""));

  WriteBatch batch;
  batch.erase(Space::hot, "a");
  batch.erase(Space::hot, "never there");
  REQUIRE(commit_and_wait(store, std::move(batch)));
  CHECK(store.get(Space::hot, "a").value() == std::nullopt);
  CHECK(list(store, Space::hot).value() == Entries{{"b", ""}});
}

TEST_CASE_TEMPLATE("the operations of a batch apply in the order they were added", Engine,
                   ENGINES) {
  Engine engine;
  Store& store = *engine.store;
  WriteBatch batch;
  batch.put(Space::meta, "last put", "1");
  batch.erase(Space::meta, "last put");
  batch.put(Space::meta, "last put", "2");
  batch.put(Space::meta, "last erased", "1");
  batch.erase(Space::meta, "last erased");
  REQUIRE(commit_and_wait(store, std::move(batch)));
  CHECK(list(store, Space::meta).value() == Entries{{"last put", "2"}});
}

TEST_CASE_TEMPLATE("commits become durable in their order, empty ones among them", Engine,
                   ENGINES) {
  Engine engine;
  Store& store = *engine.store;
  std::vector<int> order;  // `done` of one store never runs on two threads at once.
  std::vector<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    WriteBatch batch;
    if (i % 3 != 0) batch.put(Space::hot, "key", std::to_string(i));
    store.commit(std::move(batch), [&order, i](const Result<void>& done) {
      if (done) order.push_back(i);
    });
  }
  REQUIRE(commit_and_wait(store, WriteBatch()));  // An empty batch waits for all before it.
  REQUIRE(order.size() == 200);
  for (int i = 0; i < 200; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
  CHECK(store.get(Space::hot, "key").value() == Optional("199"));
}

TEST_CASE_TEMPLATE("values of 1 MiB and 11 MiB come back as they were", Engine, ENGINES) {
  Engine engine;
  Store& store = *engine.store;
  const std::string one = random_text(std::size_t{1} << 20, 1);
  const std::string eleven = random_text(std::size_t{11} << 20, 2);
  for (const Space space : {Space::body, Space::dlq}) {
    WriteBatch batch;
    batch.put(space, "one", one);
    batch.put(space, "eleven", eleven);
    REQUIRE(commit_and_wait(store, std::move(batch)));
    CHECK(store.get(space, "one").value() == one);
    CHECK(store.get(space, "eleven").value() == eleven);
    CHECK(list(store, space).value() == Entries{{"eleven", eleven}, {"one", one}});
  }
}

TEST_CASE_TEMPLATE("keys are bytes: any of them, in the order of unsigned bytes", Engine, ENGINES) {
  Engine engine;
  Store& store = *engine.store;
  const std::vector<std::string> sorted = {"",
                                           std::string(1, '\0'),
                                           std::string("\0\0", 2),
                                           std::string("\0\xff", 2),
                                           "a",
                                           std::string("a\0", 2),
                                           "b",
                                           "\x7f",
                                           "\x80",
                                           "\xff",
                                           bytes_high};
  WriteBatch batch;
  for (std::size_t i = sorted.size(); i-- > 0;) batch.put(Space::due, sorted[i], sorted[i]);
  REQUIRE(commit_and_wait(store, std::move(batch)));
  Entries expected;
  for (const std::string& key : sorted) expected.emplace_back(key, key);
  CHECK(list(store, Space::due).value() == expected);
  for (const std::string& key : sorted) CHECK(store.get(Space::due, key).value() == Optional(key));
  std::reverse(expected.begin(), expected.end());
  CHECK(list(store, Space::due, {}, Direction::backward).value() == expected);
}

TEST_CASE_TEMPLATE("a scan visits begin <= key < end, in both directions", Engine, ENGINES) {
  Engine engine;
  Store& store = *engine.store;
  WriteBatch batch;
  for (const char* key : {"b", "d", "f", "h"}) batch.put(Space::log, key, key);
  batch.put(Space::dlq, "c", "of another space");
  REQUIRE(commit_and_wait(store, std::move(batch)));

  struct Row {
    KeyRange range;
    std::string keys;
  };
  const std::vector<Row> rows = {
      {{"", ""}, "bdfh"}, {{"b", "h"}, "bdf"}, {{"c", "g"}, "df"}, {{"a", "c"}, "b"},
      {{"d", ""}, "dfh"}, {{"", "f"}, "bd"},   {{"i", ""}, ""},    {{"", "b"}, ""},
      {{"d", "d"}, ""},   {{"f", "b"}, ""},    {{"d", "e"}, "d"},  {{"g", "z"}, "h"},
      {{"x", "z"}, ""},   {{"da", "h"}, "f"},  {{"h", "ha"}, "h"},
  };
  for (const Row& row : rows) {
    for (const Direction direction : {Direction::forward, Direction::backward}) {
      CAPTURE(row.range.begin);
      CAPTURE(row.range.end);
      std::string expected = row.keys;
      if (direction == Direction::backward) std::reverse(expected.begin(), expected.end());
      std::string visited;
      REQUIRE(store.scan(Space::log, row.range, direction,
                         [&](std::string_view key, std::string_view value) {
                           CHECK(key == value);
                           visited += key;
                           return true;
                         }));
      CHECK(visited == expected);
    }
  }
  CHECK(list(store, Space::log, {}, Direction::forward, 2).value() ==
        Entries{{"b", "b"}, {"d", "d"}});
  CHECK(list(store, Space::log, {"", "h"}, Direction::backward, 1).value() == Entries{{"f", "f"}});
}

TEST_CASE_TEMPLATE("a scan sees one state, and its visitor may read and commit", Engine, ENGINES) {
  Engine engine;
  Store& store = *engine.store;
  WriteBatch batch;
  for (const char* key : {"a", "b", "c"}) batch.put(Space::hot, key, "old");
  REQUIRE(commit_and_wait(store, std::move(batch)));
  std::string seen;
  REQUIRE(store.scan(Space::hot, {}, Direction::forward,
                     [&](std::string_view key, std::string_view value) {
                       seen.append(key).append(value);
                       WriteBatch change;
                       change.put(Space::hot, "b", "new");
                       change.erase(Space::hot, "c");
                       CHECK(commit_and_wait(store, std::move(change)));
                       CHECK(store.get(Space::hot, "b").value() == Optional("new"));
                       return true;
                     }));
  CHECK(seen == "aoldboldcold");
  CHECK(list(store, Space::hot).value() == Entries{{"a", "old"}, {"b", "new"}});
}

TEST_CASE_TEMPLATE("a snapshot stays as it was", Engine, ENGINES) {
  Engine engine;
  Store& store = *engine.store;
  REQUIRE(put_and_wait(store, Space::hot, "a", "1"));
  REQUIRE(put_and_wait(store, Space::dlq, "a", "1"));
  const std::unique_ptr<StoreReader> first = store.snapshot();
  REQUIRE(put_and_wait(store, Space::hot, "a", "2"));
  const std::unique_ptr<StoreReader> second = store.snapshot();
  WriteBatch batch;
  batch.erase(Space::hot, "a");
  batch.put(Space::hot, "b", "3");
  batch.erase(Space::dlq, "a");
  REQUIRE(commit_and_wait(store, std::move(batch)));

  CHECK(first->get(Space::hot, "a").value() == Optional("1"));
  CHECK(first->get(Space::hot, "b").value() == std::nullopt);
  CHECK(first->get(Space::dlq, "a").value() == Optional("1"));
  CHECK(list(*first, Space::hot).value() == Entries{{"a", "1"}});
  CHECK(list(*second, Space::hot, {}, Direction::backward).value() == Entries{{"a", "2"}});
  CHECK(list(store, Space::hot).value() == Entries{{"b", "3"}});
}

TEST_CASE_TEMPLATE("readers on other threads see whole batches only, in their order", Engine,
                   ENGINES) {
  // Every batch writes one number under many keys of two spaces and moves one key. A snapshot must
  // find the same number everywhere, and numbers may only grow.
  Engine engine;
  Store& store = *engine.store;
  constexpr int commits = 400;
  const std::string filler(512, '.');
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::atomic<int> looks{0};
  const auto number_in = [](const std::string& value) { return std::stoi(value); };

  const auto write = [&](int number) {
    WriteBatch batch;
    const std::string value = std::to_string(number) + filler;
    for (const char* key : {"a", "m", "z"}) {
      batch.put(Space::hot, key, value);
      batch.put(Space::cold, key, value);
    }
    batch.erase(Space::due, std::to_string(number - 1));
    batch.put(Space::due, std::to_string(number), "");
    return commit_and_wait(store, std::move(batch));
  };
  REQUIRE(write(0));

  std::vector<std::thread> readers;
  readers.reserve(2);
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&, i] {
      int last = 0;
      while (!stop.load()) {
        const std::unique_ptr<StoreReader> view = store.snapshot();
        const Result<Entries> hot = list(*view, Space::hot);
        const Result<Entries> cold = list(*view, Space::cold, {}, Direction::backward);
        const Result<Entries> due = list(*view, Space::due);
        const Result<Optional> now = store.get(Space::cold, "m");
        if (!hot || !cold || !due || !now || hot->size() != 3 || due->size() != 1) {
          ++wrong;
          break;
        }
        const int number = number_in(due->front().first);
        for (const auto& [key, value] : *hot) wrong += number_in(value) != number;
        for (const auto& [key, value] : *cold) wrong += number_in(value) != number;
        wrong += number < last;
        wrong += number_in(now->value()) < number;
        // One scan of the living store is of one state too.
        const Result<Entries> live = list(store, Space::hot, {"", ""}, Direction::forward);
        if (!live || live->size() != 3 || live->front().second != live->back().second) ++wrong;
        last = number;
        ++looks;
        (void)i;
      }
    });
  }
  for (int number = 1; number <= commits; ++number) REQUIRE(write(number));
  while (looks.load() < 20 && wrong.load() == 0) std::this_thread::yield();
  stop = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(wrong.load() == 0);
}

TEST_CASE_TEMPLATE("the destructor waits for the commits that were taken", Engine, ENGINES) {
  Engine engine;
  int succeeded = 0;
  for (std::size_t i = 0; i < 500; ++i) {
    WriteBatch batch;
    batch.put(Space::log, numbered("key", i), "value");
    engine.store->commit(std::move(batch), [&](const Result<void>& done) {
      if (done) ++succeeded;
    });
  }
  engine.store.reset();
  CHECK(succeeded == 500);
}

TEST_CASE_TEMPLATE("dropping a range touches nothing outside of it, nor what comes after", Engine,
                   ENGINES) {
  for (std::size_t number = 0; number < space_count; ++number) {
    const auto space = static_cast<Space>(number);
    if (space == Space::dlq) continue;
    CAPTURE(to_string(space));
    Engine engine;
    Store& store = *engine.store;
    const std::string value = random_text(1024, 3);
    for (std::size_t i = 0; i < 1000; i += 50) {
      WriteBatch batch;
      for (std::size_t j = i; j < i + 50; ++j) batch.put(space, numbered("", j), value);
      batch.put(Space::dlq, numbered("", i), value);
      REQUIRE(commit_and_wait(store, std::move(batch)));
    }
    const Entries others = list(store, Space::dlq).value();
    const Entries before = list(store, space, {"", numbered("", 300)}).value();
    const Entries behind = list(store, space, {numbered("", 700), ""}).value();
    REQUIRE(before.size() == 300);
    REQUIRE(behind.size() == 300);

    REQUIRE(store.drop_range(space, {numbered("", 300), numbered("", 700)}));
    REQUIRE(store.drop_range(space, {numbered("", 900), numbered("", 100)}));  // Empty.
    CHECK(list(store, space, {"", numbered("", 300)}).value() == before);
    CHECK(list(store, space, {numbered("", 700), ""}).value() == behind);
    CHECK(list(store, Space::dlq).value() == others);

    REQUIRE(put_and_wait(store, space, numbered("", 500), "again"));
    CHECK(store.get(space, numbered("", 500)).value() == Optional("again"));

    REQUIRE(store.drop_range(space, {numbered("", 700), ""}));
    CHECK(list(store, space, {"", numbered("", 300)}).value() == before);
  }
}

TEST_CASE_TEMPLATE("usage grows with what is stored, and the disk has room", Engine, ENGINES) {
  Engine engine;
  const Store::Usage empty = engine.store->usage();
  REQUIRE(put_and_wait(*engine.store, Space::body, "key", random_text(std::size_t{4} << 20, 4)));
  const Store::Usage full = engine.store->usage();
  CHECK(full.disk_bytes >= empty.disk_bytes + (std::uint64_t{3} << 20));
  CHECK(full.disk_free_bytes > 0);
}

TEST_CASE_TEMPLATE("any sequence of operations reads like a sorted map", Engine, ENGINES) {
  const std::uint64_t seed = 20240607;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  Engine engine;
  Store& store = *engine.store;
  std::array<std::map<std::string, std::string>, space_count> model;
  std::vector<std::pair<std::unique_ptr<StoreReader>, decltype(model)>> snapshots;
  const auto random_key = [&] { return numbered("", random() % 300).substr(5); };

  for (int step = 0; step < 300; ++step) {
    WriteBatch batch;
    for (std::uint64_t i = random() % 12; i-- > 0;) {
      const std::size_t number = random() % space_count;
      const auto space = static_cast<Space>(number);
      const std::string key = random_key();
      if (random() % 3 == 0) {
        batch.erase(space, key);
        model[number].erase(key);
      } else {
        const std::string value = random_text(random() % 2000, random());
        batch.put(space, key, value);
        model[number][key] = value;
      }
    }
    REQUIRE(commit_and_wait(store, std::move(batch)));
    if (step % 60 == 0) snapshots.emplace_back(store.snapshot(), model);

    const std::size_t number = random() % space_count;
    KeyRange range{random_key(), random_key()};
    if (random() % 4 == 0) range.begin.clear();
    if (random() % 4 == 0) range.end.clear();
    Entries expected;
    for (const auto& [key, value] : model[number]) {
      if (key >= range.begin && (range.end.empty() || key < range.end)) {
        expected.emplace_back(key, value);
      }
    }
    const auto space = static_cast<Space>(number);
    REQUIRE(list(store, space, range).value() == expected);
    std::reverse(expected.begin(), expected.end());
    REQUIRE(list(store, space, range, Direction::backward).value() == expected);
  }
  for (const auto& [snapshot, state] : snapshots) {
    for (std::size_t number = 0; number < space_count; ++number) {
      const Entries expected(state[number].begin(), state[number].end());
      CHECK(list(*snapshot, static_cast<Space>(number)).value() == expected);
    }
  }
}

TEST_CASE("a batch moved from is empty, and a copy is a batch of its own") {
  WriteBatch batch;
  batch.put(Space::hot, "key", "value");
  WriteBatch copy = batch;
  WriteBatch moved = std::move(batch);
  CHECK(batch.empty());  // NOLINT(bugprone-use-after-move): this is the promise.
  CHECK(batch.size_bytes() == 0);
  CHECK(moved.operations() == 1);
  copy.erase(Space::hot, "key");
  CHECK(copy.operations() == 2);
  CHECK(moved.operations() == 1);
  moved.clear();
  CHECK(moved.empty());
  CHECK(moved.size_bytes() == 0);
}

}  // namespace
}  // namespace godwit
