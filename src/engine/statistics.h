#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/message.h"
#include "core/result.h"
#include "core/time.h"
#include "engine/histogram.h"
#include "store/store.h"

namespace godwit {

/// What happened to messages of an account. Attempts count when they have ended: one that a crash
/// cuts off is made again, and counts then.
struct AccountCounts {
  std::uint64_t published = 0;     ///< Accepted, callbacks and runs of schedules among them.
  std::uint64_t deduplicated = 0;  ///< Publishes answered with an earlier message.
  std::uint64_t attempts = 0, failed_attempts = 0;
  std::uint64_t delivered = 0, dead_lettered = 0, canceled = 0;
  friend bool operator==(const AccountCounts&, const AccountCounts&) = default;
};
AccountCounts& operator+=(AccountCounts& counts, const AccountCounts& more);

/// A minute or an hour of an account.
struct StatisticsStep {
  std::int64_t number = 0;  ///< Since 1970.
  AccountCounts counts;
  std::uint64_t backlog = 0;  ///< Living messages at its end, or now if it is not over.
  Histogram durations;        ///< Of attempts.
  /// How long attempts began after they were due or, when a queue or a flow control key held their
  /// message back, after its turn had come.
  Histogram lateness;

  bool empty() const { return counts == AccountCounts{}; }
  /// Takes in what `later` counted; its backlog counts.
  void add(const StatisticsStep& later);
  friend bool operator==(const StatisticsStep&, const StatisticsStep&) = default;
};

constexpr std::int64_t ms_of_minute = 60'000;
constexpr std::int64_t minutes_of_hour = 60;
std::int64_t minute_of(Timestamp time);
std::int64_t hour_of(Timestamp time);

/// What the store holds of an account: written in the batch of what it counts, so that it is exact
/// whenever the process dies.
struct StatisticsRecord {
  Timestamp since;       ///< Nothing was counted before.
  AccountCounts totals;  ///< Since then; a data directory that was there before: see ADR 17.
  std::uint64_t living = 0;
  std::uint64_t retried = 0;  ///< Living messages with a failed attempt behind them.
  /// Of those, the ones that stand in a flow control key's list in the store.
  std::uint64_t retried_in_lists = 0;
  std::uint64_t dead_letters = 0;
  StatisticsStep minute;  ///< The current one.
  friend bool operator==(const StatisticsRecord&, const StatisticsRecord&) = default;
};

/// In the field format of record.h. Errors: corrupt; any bytes are safe to hand in.
std::string encode(const StatisticsStep& step);
Result<StatisticsStep> decode_statistics_step(std::string_view bytes);
std::string encode(const StatisticsRecord& record);
Result<StatisticsRecord> decode_statistics(std::string_view bytes);

/// Living messages by what each waits for, every one in one place: they sum up to `total`.
struct Backlog {
  std::uint64_t total = 0;
  std::uint64_t time = 0;         ///< For their first time.
  std::uint64_t retry = 0;        ///< For the time of their next try.
  std::uint64_t queue = 0;        ///< For their place in a queue.
  std::uint64_t paused = 0;       ///< In the list of a paused queue or key, or on in such a queue.
  std::uint64_t rate = 0;         ///< In a key's list; its window is full.
  std::uint64_t parallelism = 0;  ///< In a key's list; its attempts are under way.
  std::uint64_t slot = 0;         ///< For a free slot of the installation, the account, the host.
  std::uint64_t active = 0;
  friend bool operator==(const Backlog&, const Backlog&) = default;
};
Backlog& operator+=(Backlog& backlog, const Backlog& more);

/// How an account stands.
struct AccountNumbers {
  AccountCounts totals;
  Backlog backlog;
  std::uint64_t dead_letters = 0;            ///< In the queue now.
  std::uint64_t dead_letters_last_hour = 0;  ///< That came in, whatever became of them.
  struct Minute {
    AccountCounts counts;
    std::optional<double> attempt_p50_ms, attempt_p99_ms, lateness_p99_ms;
  } last_minute;  ///< The last full one.

  std::uint64_t queues = 0, queues_paused = 0;
  struct Paused {
    std::string name;
    std::uint64_t waiting = 0;  ///< Not 0.
  };
  static constexpr std::size_t paused_max = 5;
  std::vector<Paused> paused_queues, paused_keys;  ///< Those that hold back most, most first.
};

/// How long attempts took and how late they began, of all accounts since the process began.
struct AttemptTimes {
  Histogram durations, lateness;
  Microseconds durations_sum{0}, lateness_sum{0};
};

/// What read_series() must know beside a snapshot that is taken right after it: the steps that
/// memory holds, encoded.
struct SeriesEdge {
  Timestamp since = Timestamp::max();  ///< StatisticsRecord::since; max(): nothing is counted.
  std::uint64_t living = 0;
  /// The current minute; what the store has of it comes from before the clock went back, and is
  /// added.
  std::string minute;
  /// Those before the current one, which the store may not have yet; and the current hour without
  /// the current minute, after the one before it.
  std::vector<std::string> minutes, hours;
};

enum class SeriesUnit : std::uint8_t { minute, hour };
struct SeriesStep {
  Timestamp begin;
  AccountCounts counts;
  std::optional<double> attempt_p50_ms, attempt_p90_ms, attempt_p99_ms, lateness_p99_ms;
  std::optional<std::uint64_t> backlog;  ///< At its end; nullopt: before anything was counted.
};
/// The last `steps` steps of an account, oldest first; the last is the one that `now` lies in. At
/// most a day of minutes, a month (31 days) of hours. Errors: unavailable; a record that cannot be
/// read counts in `skipped` and is left out.
Result<std::vector<SeriesStep>> read_series(const StoreReader& reader, AccountId account,
                                            const SeriesEdge& edge, SeriesUnit unit,
                                            std::size_t steps, Timestamp now, std::size_t& skipped);

}  // namespace godwit
