#include "testing/simulated_world.h"

#include <algorithm>

#include "core/assert.h"

namespace godwit {

void SimulatedTime::at(Timestamp time, std::function<void()> event) {
  events_.emplace(std::pair(std::max(time, now_), ++order_), std::move(event));
}

bool SimulatedTime::run_next(Timestamp end) {
  if (events_.empty() || events_.begin()->first.first > end) return false;
  auto next = events_.extract(events_.begin());
  now_ = next.key().first;
  next.mapped()();
  return true;
}

void SimulatedStore::apply(const WriteBatch& batch) {
  batch.replay(
      [this](Space space, std::string_view key, std::string_view value) {
        disk_.spaces[static_cast<std::size_t>(space)].insert_or_assign(std::string(key),
                                                                       std::string(value));
      },
      [this](Space space, std::string_view key) {
        auto& keys = disk_.spaces[static_cast<std::size_t>(space)];
        if (const auto found = keys.find(key); found != keys.end()) keys.erase(found);
      });
}

void SimulatedStore::commit(WriteBatch batch, CommitDone done) {
  pending_.push_back({std::move(batch), std::move(done)});
  if (disk_.faults.acknowledges_before_sync) {
    pending_.back().done({});
    pending_.back().done = nullptr;
  }
  if (pending_.size() == 1) sync_next();
}

void SimulatedStore::sync_next() {
  const Milliseconds sync_time(random_() % 8 == 0 ? random_() % 40 : random_() % 3);
  time_.after(sync_time, [this, alive = alive_] {
    if (!*alive) return;
    Pending synced = std::move(pending_.front());
    pending_.erase(pending_.begin());
    ++disk_.commits;
    if (disk_.faults.failing_commit && disk_.commits >= *disk_.faults.failing_commit)
      failed_ = true;
    if (failed_) {
      if (synced.done)
        synced.done(fail(ErrorCode::unavailable, "the simulated disk refused to sync"));
    } else {
      apply(synced.batch);
      if (synced.done) synced.done({});
    }
    if (!pending_.empty()) sync_next();
  });
}

Result<std::optional<std::string>> SimulatedStore::get(Space space, std::string_view key) const {
  const auto& keys = disk_.spaces[static_cast<std::size_t>(space)];
  const auto found = keys.find(key);
  if (found == keys.end()) return std::nullopt;
  return found->second;
}

Result<void> SimulatedStore::scan(Space space, const KeyRange& range, Direction direction,
                                  const ScanVisitor& visit) const {
  const auto& keys = disk_.spaces[static_cast<std::size_t>(space)];
  if (!range.end.empty() && range.end <= range.begin) return {};
  // The disk stands still meanwhile: what is synced is applied between events.
  const auto begin = keys.lower_bound(range.begin);
  auto end = range.end.empty() ? keys.end() : keys.lower_bound(range.end);
  if (direction == Direction::backward) {
    while (end != begin) {
      --end;
      if (!visit(end->first, end->second)) break;
    }
    return {};
  }
  for (auto at = begin; at != end; ++at) {
    if (!visit(at->first, at->second)) break;
  }
  return {};
}

std::unique_ptr<StoreReader> SimulatedStore::snapshot() const {
  auto copy = std::make_unique<SimulatedStore>(disk_, time_, random_);
  return copy;  // The simulation lists between events, when the disk stands still.
}

Result<void> SimulatedStore::drop_range(Space space, const KeyRange& range) {
  auto& keys = disk_.spaces[static_cast<std::size_t>(space)];
  keys.erase(keys.lower_bound(range.begin),
             range.end.empty() ? keys.end() : keys.lower_bound(range.end));
  return {};
}

void SimulatedStore::crash() {
  *alive_ = false;
  // The commit that was being synced: its record in the write-ahead log is whole or torn, and torn
  // ones are discarded.
  if (!pending_.empty() && !failed_ && !disk_.faults.acknowledges_before_sync &&
      random_() % 2 == 0) {
    apply(pending_.front().batch);
  }
  pending_.clear();
}

void SimulatedLoop::post(std::function<void()> work) {
  time_.after(Milliseconds(0), [alive = alive_, work = std::move(work)] {
    if (*alive) work();
  });
}

void SimulatedLoop::wake_at(Timestamp time, std::function<void()> alarm) {
  const std::uint64_t number = ++alarm_;
  time_.at(time, [this, alive = alive_, number, alarm = std::move(alarm)] {
    if (*alive && alarm_ == number) alarm();
  });
}

}  // namespace godwit
