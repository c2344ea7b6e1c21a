#pragma once
#include <condition_variable>
#include <limits>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "store/store.h"

namespace godwit {

/// Commits and waits until the batch is durable or failed.
inline Result<void> commit_and_wait(Store& store, WriteBatch batch) {
  std::mutex mutex;
  std::condition_variable changed;
  bool finished = false;
  Result<void> outcome;
  store.commit(std::move(batch), [&](Result<void> result) {
    const std::lock_guard lock(mutex);
    outcome = std::move(result);
    finished = true;
    changed.notify_one();
  });
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return finished; });
  return outcome;
}

inline Result<void> put_and_wait(Store& store, Space space, std::string_view key,
                                 std::string_view value) {
  WriteBatch batch;
  batch.put(space, key, value);
  return commit_and_wait(store, std::move(batch));
}

using Entries = std::vector<std::pair<std::string, std::string>>;

/// The first `limit` keys and values of a range in the direction of the scan.
inline Result<Entries> list(const StoreReader& reader, Space space, const KeyRange& range = {},
                            StoreReader::Direction direction = StoreReader::Direction::forward,
                            std::size_t limit = std::numeric_limits<std::size_t>::max()) {
  Entries entries;
  if (limit == 0) return entries;
  Result<void> scanned =
      reader.scan(space, range, direction, [&](std::string_view key, std::string_view value) {
        entries.emplace_back(key, value);
        return entries.size() < limit;
      });
  if (!scanned) return std::unexpected(scanned.error());
  return entries;
}

}  // namespace godwit
