#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/time.h"
#include "engine/broker.h"
#include "store/store.h"

namespace godwit {

/// The time and the order of everything in a simulation: an event queue over a fake clock. Events
/// of one millisecond run in the order they were added.
class SimulatedTime final : public Clock {
 public:
  Timestamp now() const override { return now_; }
  void at(Timestamp time, std::function<void()> event);
  void after(Milliseconds delay, std::function<void()> event) {
    at(now_ + delay, std::move(event));
  }
  /// Runs the next event. False: there is none before `end`.
  bool run_next(Timestamp end);

 private:
  Timestamp now_ = from_unix_ms(1'790'000'000'000);
  std::uint64_t order_ = 0;
  std::map<std::pair<Timestamp, std::uint64_t>, std::function<void()>> events_;
};

/// A disk that outlives the nodes of a simulation. It holds what was synced; a commit takes
/// simulated time.
class SimulatedDisk {
 public:
  struct Faults {
    bool acknowledges_before_sync = false;  ///< A lying disk: the simulation must notice.
    std::optional<std::uint64_t>
        failing_commit;  ///< The commit with this number fails, and all later ones.
  };
  using Space_ = std::map<std::string, std::string, std::less<>>;
  Space_ spaces[space_count];
  Faults faults;
  std::uint64_t commits = 0;
};

/// One node's view of the disk: a Store whose commits apply when their sync ends. crash() drops
/// what was not synced; the commit under way was written whole or not at all, as the record
/// checksums of a write-ahead log make it.
class SimulatedStore final : public Store {
 public:
  SimulatedStore(SimulatedDisk& disk, SimulatedTime& time, std::mt19937_64& random)
      : disk_(disk), time_(time), random_(random) {}

  void commit(WriteBatch batch, CommitDone done) override;
  Result<std::optional<std::string>> get(Space space, std::string_view key) const override;
  Result<void> scan(Space space, const KeyRange& range, Direction direction,
                    const ScanVisitor& visit) const override;
  std::unique_ptr<StoreReader> snapshot() const override;
  Result<void> drop_range(Space space, const KeyRange& range) override;
  Usage usage() const override { return {.disk_bytes = 0, .disk_free_bytes = 1ULL << 40}; }

  /// The power goes: nothing of this node runs any more.
  void crash();

 private:
  struct Pending {
    WriteBatch batch;
    CommitDone done;
  };
  void apply(const WriteBatch& batch);
  void sync_next();

  SimulatedDisk& disk_;
  SimulatedTime& time_;
  std::mt19937_64& random_;
  std::vector<Pending> pending_;
  bool failed_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

/// A node's event loop in simulated time; nothing runs on it after stop().
class SimulatedLoop final : public Loop {
 public:
  explicit SimulatedLoop(SimulatedTime& time) : time_(time) {}
  void post(std::function<void()> work) override;
  void wake_at(Timestamp time, std::function<void()> alarm) override;
  void stop() { *alive_ = false; }

 private:
  SimulatedTime& time_;
  std::uint64_t alarm_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace godwit
