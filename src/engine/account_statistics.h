#pragma once
#include <absl/container/btree_set.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "engine/keys.h"
#include "engine/statistics.h"

namespace godwit {

/// An account's statistics as the engine keeps them: what stands in the store, and where living
/// messages stand in memory. Some 25 kB each.
///
/// A minute that is over goes to its slot in the store and into the hour, which goes to its own.
/// The current minute, and it alone, stands in the record that each batch writes.
struct AccountStatistics {
  /// Whose lists a message stands in, and what they wait for.
  enum class Listed : std::uint8_t { queue, paused, rate, parallelism, slot };
  static constexpr std::size_t listed_kinds = 5;

  AccountStatistics(std::uint16_t partition, AccountId owner)
      : account(owner), key(keys::resource(partition, keys::Resource::statistics, owner, {})) {}

  void count(std::uint64_t AccountCounts::* what) {
    ++(record.totals.*what);
    ++(record.minute.counts.*what);
  }
  void dead_lettered() {
    count(&AccountCounts::dead_lettered);
    ++record.dead_letters;
    add_dead_letters(record.minute.number, 1);
  }
  void add_dead_letters(std::int64_t minute, std::uint64_t count) {
    auto& [number, dead] = dead_by_minute_[slot_of(minute)];
    if (std::exchange(number, minute) != minute) dead = 0;
    dead += count;
  }
  /// That came in during the sixty minutes up to the one that `now` lies in.
  std::uint64_t dead_letters_last_hour(Timestamp now) const {
    const std::int64_t last = minute_of(now);
    std::uint64_t sum = 0;
    for (const auto& [number, dead] : dead_by_minute_) {
      if (number > last - minutes_of_hour && number <= last) sum += dead;
    }
    return sum;
  }
  void erase_dead_letters(std::uint64_t count) {
    record.dead_letters -= std::min(record.dead_letters, count);
  }

  Backlog backlog() const;

  const AccountId account;
  const std::string key;  ///< Of the record.
  StatisticsRecord record;
  Timestamp minute_begin = Timestamp::max();   ///< Of record.minute; max(): none is open.
  StatisticsStep hour;                         ///< Its minutes that are over.
  std::string finished_minute, finished_hour;  ///< The ones before, as they were put.
  bool dirty = false;                          ///< The record changed since it was last put.

  // Only in memory: made anew by a restart.
  std::uint64_t active = 0;
  std::uint64_t ready = 0;  ///< In lanes.
  /// In lists, by what holds them back.
  std::uint64_t& in(Listed kind) { return listed_[static_cast<std::size_t>(kind)]; }
  /// Of the messages with a failed attempt behind them, those that do not wait for their time: they
  /// are being attempted, in a lane, in a list, or on in a paused queue.
  std::uint64_t late_retries = 0;
  /// What is paused and holds messages back: how many, and its name; the most first.
  using Paused = absl::btree_set<std::pair<std::uint64_t, std::string>, std::greater<>>;
  Paused paused_queues, paused_keys;
  std::uint64_t queues_paused = 0;  ///< With or without messages, of those that clients see.

 private:
  static std::size_t slot_of(std::int64_t minute) {
    return static_cast<std::size_t>((minute % minutes_of_hour + minutes_of_hour) % minutes_of_hour);
  }
  std::array<std::uint64_t, listed_kinds> listed_{};
  std::array<std::pair<std::int64_t, std::uint64_t>, minutes_of_hour> dead_by_minute_{};
};

}  // namespace godwit
