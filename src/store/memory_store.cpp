#include "store/memory_store.h"

#include <absl/container/btree_map.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace godwit {
namespace {

/// Values are shared between copies of a space, so copying one for a snapshot copies only its keys.
using Value = std::shared_ptr<const std::string>;
using Keys = absl::btree_map<std::string, Value, std::less<>>;

/// One state of one space. Only the writer changes it, and only while nobody pins it.
struct SpaceState {
  Keys keys;
  std::atomic<std::size_t> pins{0};
};

/// Keeps a state frozen while it lives. shared_ptr's own count would not do to tell the writer that
/// it is alone: reading it does not order the last reader's reads before the writer's writes.
class Pin {
 public:
  explicit Pin(std::shared_ptr<SpaceState> state) : state_(std::move(state)) {
    state_->pins.fetch_add(1, std::memory_order_relaxed);
  }
  Pin(Pin&& other) noexcept = default;
  Pin& operator=(Pin&&) = delete;
  Pin(const Pin&) = delete;
  Pin& operator=(const Pin&) = delete;
  ~Pin() {
    if (state_) state_->pins.fetch_sub(1, std::memory_order_release);
  }

  const Keys& keys() const { return state_->keys; }

 private:
  std::shared_ptr<SpaceState> state_;
};

std::optional<std::string> find(const Keys& keys, std::string_view key) {
  const auto found = keys.find(key);
  if (found == keys.end()) return std::nullopt;
  return *found->second;
}

void visit_range(const Keys& keys, const KeyRange& range, StoreReader::Direction direction,
                 const ScanVisitor& visit) {
  if (!range.end.empty() && range.begin >= range.end) return;
  const auto first = keys.lower_bound(range.begin);
  const auto last = range.end.empty() ? keys.end() : keys.lower_bound(range.end);
  if (direction == StoreReader::Direction::forward) {
    for (auto at = first; at != last; ++at) {
      if (!visit(at->first, *at->second)) return;
    }
  } else {
    for (auto at = last; at != first;) {
      --at;
      if (!visit(at->first, *at->second)) return;
    }
  }
}

class MemorySnapshot final : public StoreReader {
 public:
  explicit MemorySnapshot(std::array<Pin, space_count> spaces) : spaces_(std::move(spaces)) {}

  Result<std::optional<std::string>> get(Space space, std::string_view key) const override {
    return find(spaces_[static_cast<std::size_t>(space)].keys(), key);
  }

  Result<void> scan(Space space, const KeyRange& range, Direction direction,
                    const ScanVisitor& visit) const override {
    visit_range(spaces_[static_cast<std::size_t>(space)].keys(), range, direction, visit);
    return {};
  }

 private:
  std::array<Pin, space_count> spaces_;
};

class MemoryStore final : public Store {
 public:
  MemoryStore() {
    for (auto& space : spaces_) space = std::make_shared<SpaceState>();
  }

  Result<std::optional<std::string>> get(Space space, std::string_view key) const override {
    const std::shared_lock lock(mutex_);
    return find(spaces_[static_cast<std::size_t>(space)]->keys, key);
  }

  Result<void> scan(Space space, const KeyRange& range, Direction direction,
                    const ScanVisitor& visit) const override {
    // The visitor may take its time or read the store, so it runs on a pinned state without the
    // lock.
    const Pin state = pin(space);
    visit_range(state.keys(), range, direction, visit);
    return {};
  }

  void commit(WriteBatch batch, CommitDone done) override {
    {
      const std::unique_lock lock(mutex_);
      batch.replay([this](Space space, std::string_view key,
                          std::string_view value) { put(space, key, value); },
                   [this](Space space, std::string_view key) { erase(space, key); });
    }
    if (done) done({});
  }

  std::unique_ptr<StoreReader> snapshot() const override {
    const std::shared_lock lock(mutex_);
    return std::make_unique<MemorySnapshot>(pin_all(std::make_index_sequence<space_count>()));
  }

  Result<void> drop_range(Space space, const KeyRange& range) override {
    if (!range.end.empty() && range.begin >= range.end) return {};
    const std::unique_lock lock(mutex_);
    Keys& keys = writable(space);
    const auto first = keys.lower_bound(range.begin);
    const auto last = range.end.empty() ? keys.end() : keys.lower_bound(range.end);
    for (auto at = first; at != last; ++at) bytes_ -= size_of(at->first, *at->second);
    keys.erase(first, last);
    return {};
  }

  Usage usage() const override {
    const std::shared_lock lock(mutex_);
    const auto pages_free = static_cast<std::uint64_t>(std::max(sysconf(_SC_AVPHYS_PAGES), 0L));
    const auto page_bytes = static_cast<std::uint64_t>(std::max(sysconf(_SC_PAGESIZE), 0L));
    return {.disk_bytes = bytes_, .disk_free_bytes = pages_free * page_bytes};
  }

 private:
  static std::uint64_t size_of(std::string_view key, std::string_view value) {
    // The node slot, and the value's control block and string: close enough for a gauge.
    constexpr std::uint64_t overhead = sizeof(Keys::value_type) + 16 + sizeof(std::string);
    return key.size() + value.size() + overhead;
  }

  Pin pin(Space space) const {
    const std::shared_lock lock(mutex_);
    return Pin(spaces_[static_cast<std::size_t>(space)]);
  }

  template <std::size_t... Index>
  std::array<Pin, space_count> pin_all(std::index_sequence<Index...>) const {
    return {Pin(spaces_[Index])...};
  }

  /// The keys of `space` for a change: a copy if somebody still reads the present ones. Pins are
  /// taken under the lock that the caller holds alone, so their number can only fall meanwhile.
  Keys& writable(Space space) {
    std::shared_ptr<SpaceState>& state = spaces_[static_cast<std::size_t>(space)];
    if (state->pins.load(std::memory_order_acquire) != 0) {
      auto copy = std::make_shared<SpaceState>();
      copy->keys = state->keys;
      state = std::move(copy);
    }
    return state->keys;
  }

  void put(Space space, std::string_view key, std::string_view value) {
    auto shared = std::make_shared<const std::string>(value);
    Keys& keys = writable(space);
    const auto at = keys.lower_bound(key);
    if (at != keys.end() && at->first == key) {
      bytes_ -= size_of(key, *at->second);
      at->second = std::move(shared);
    } else {
      keys.emplace_hint(at, key, std::move(shared));
    }
    bytes_ += size_of(key, value);
  }

  void erase(Space space, std::string_view key) {
    Keys& keys = writable(space);
    const auto at = keys.find(key);
    if (at == keys.end()) return;
    bytes_ -= size_of(key, *at->second);
    keys.erase(at);
  }

  mutable std::shared_mutex mutex_;
  std::array<std::shared_ptr<SpaceState>, space_count>
      spaces_;               // Guarded by mutex_; pinned ones frozen.
  std::uint64_t bytes_ = 0;  // Guarded by mutex_.
};

}  // namespace

std::unique_ptr<Store> make_memory_store() { return std::make_unique<MemoryStore>(); }

}  // namespace godwit
