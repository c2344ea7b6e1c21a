#include "engine/time_scan.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "engine/keys.h"
#include "store/memory_store.h"

namespace godwit {
namespace {

constexpr AccountId account = 7;

/// What a scan finds that goes on where the one before was cut off, and how many scans it took. A
/// key that is visited again at the cut counts once.
struct Found {
  std::vector<std::string> keys;
  std::size_t scans = 0;
};

Found scan_all(const StoreReader& store, Order order, std::size_t records_max) {
  Found found;
  Timestamp from = from_unix_ms(0);
  Timestamp to = from_unix_ms(std::int64_t{1} << 50);
  while (true) {
    TimeScan scan;
    scan.order = order;
    scan.start = order == Order::latest_first ? to : from;
    scan.is_beyond = [](Timestamp) { return false; };
    std::vector<std::pair<Timestamp, std::string>> visited;
    scan.visit = [&](const TimedRange&, std::string_view key, std::string_view value) {
      CHECK(value == key);
      const auto id = keys::parse_dead_letter(key);
      visited.emplace_back(id ? id->entered : Timestamp{}, key);
      return true;
    };
    scan.ranges.push_back(
        {.space = Space::dlq,
         .keys = keys::account_times(0, account, from, to + Milliseconds(1)),
         .time_of = [](std::string_view key) -> std::optional<Timestamp> {
           const auto id = keys::parse_dead_letter(key);
           if (!id) return std::nullopt;
           return id->entered;
         },
         .first_key =
             [](Timestamp time) { return keys::account_times(0, account, time, time).begin; }});
    ScanBudget budget(records_max);
    const Result<std::optional<Timestamp>> cut = scan_in_time(store, scan, budget);
    REQUIRE(cut);
    ++found.scans;
    for (auto& [time, key] : visited) {
      const bool is_behind = *cut && (order == Order::latest_first ? time <= **cut : time >= **cut);
      if (!is_behind) found.keys.push_back(std::move(key));
    }
    if (!*cut) return found;
    (order == Order::latest_first ? to : from) = **cut;
  }
}

}  // namespace

TEST_CASE("both directions visit all keys once and in order, however they lie in time") {
  constexpr std::uint32_t slice = time_scan_slice;
  // Crowds of one millisecond that no slice holds, even streams, single ones years apart, and keys
  // that tell no time.
  const auto store = make_memory_store();
  std::vector<std::string> expected;
  WriteBatch batch;
  const auto put = [&](std::string key) {
    batch.put(Space::dlq, key, key);
    expected.push_back(std::move(key));
  };
  const auto put_at = [&](std::int64_t ms, std::uint32_t sequence) {
    put(keys::dead_letter(0, account, {from_unix_ms(ms), sequence}));
  };
  put_at(0, 0);
  put_at(1, 0);
  for (std::uint32_t i = 0; i < 3 * slice; ++i) put_at(1'700'000'000'000, i);
  for (std::uint32_t i = 0; i < 6 * slice; ++i) put_at(1'700'000'000'001 + i / 3, i);
  for (std::uint32_t i = 0; i < 40; ++i) put_at(1'700'100'000'000 + i * 31'536'000'000LL, i);
  for (std::uint32_t i = 0; i < 4 * slice; ++i) put_at(1'700'100'000'001 + i * 17LL, i);
  for (std::uint32_t i = 0; i < slice + slice / 2; ++i) {
    put(keys::dead_letter(0, account, {from_unix_ms(1'800'000'000'000), i}) + "?");
  }
  std::ranges::sort(expected);
  store->commit(std::move(batch), [](const Result<void>& done) { REQUIRE(done); });
  // Other accounts' keys lie beside.
  WriteBatch others;
  for (const AccountId other : {account - 1, account + 1}) {
    others.put(Space::dlq, keys::dead_letter(0, other, {from_unix_ms(1'700'000'000'000), 1}), "x");
  }
  store->commit(std::move(others), [](const Result<void>& done) { REQUIRE(done); });

  CHECK(scan_all(*store, Order::earliest_first, scan_everything).keys == expected);
  std::ranges::reverse(expected);
  CHECK(scan_all(*store, Order::latest_first, scan_everything).keys == expected);

  // Cut short, what tells a time comes all the same.
  std::erase_if(expected, [](const std::string& key) { return key.ends_with('?'); });
  for (const std::size_t records_max : {1u, 100u, slice, 8 * slice}) {
    CAPTURE(records_max);
    Found found = scan_all(*store, Order::latest_first, records_max);
    std::erase_if(found.keys, [](const std::string& key) { return key.ends_with('?'); });
    CHECK(found.keys == expected);
    CHECK(found.scans > 1);
  }
}

}  // namespace godwit
