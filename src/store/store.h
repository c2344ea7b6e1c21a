#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace godwit {

/// The key spaces. What their keys and values mean is the engine's: engine/keys.h. The numbers are
/// part of the disk format.
enum class Space : std::uint8_t {
  hot = 0,
  cold = 1,
  due = 2,
  body = 3,
  dlq = 4,
  log = 5,
  dedup = 6,
  meta = 7,
  fifo = 8
};
inline constexpr std::size_t space_count = 9;
std::string_view to_string(Space space);

/// Changes that become durable together or not at all. One flat buffer:
///
///     repeated: 1 byte kind (0 put, 1 erase) | 1 byte space | u32 key size | u32 value size | key
///     | value
class WriteBatch {
 public:
  WriteBatch() = default;
  WriteBatch(const WriteBatch&) = default;
  WriteBatch& operator=(const WriteBatch&) = default;
  /// The batch moved from is empty.
  WriteBatch(WriteBatch&& other) noexcept;
  WriteBatch& operator=(WriteBatch&& other) noexcept;
  ~WriteBatch() = default;

  void put(Space space, std::string_view key, std::string_view value);
  void erase(Space space, std::string_view key);

  bool empty() const { return operations_ == 0; }
  std::size_t operations() const { return operations_; }
  std::size_t size_bytes() const { return buffer_.size(); }
  void clear();

  /// Calls put(space, key, value) and erase(space, key) in the order they were added.
  template <typename Put, typename Erase>
  void replay(Put&& put, Erase&& erase) const;

 private:
  std::string buffer_;
  std::size_t operations_ = 0;
};

/// A range of keys: begin <= key < end; an empty `end` means to the end of the space.
struct KeyRange {
  std::string begin;
  std::string end;
};

/// Return false to stop a scan. The views live until it returns.
using ScanVisitor = std::function<bool(std::string_view key, std::string_view value)>;

/// Reads of committed state, from any thread.
class StoreReader {
 public:
  virtual ~StoreReader() = default;

  /// nullopt: no such key. Errors: unavailable, corrupt.
  virtual Result<std::optional<std::string>> get(Space space, std::string_view key) const = 0;

  enum class Direction { forward, backward };
  /// Visits the keys of the range in byte order (backward: reversed), over one consistent state.
  /// Errors: unavailable, corrupt; what was visited before stands.
  virtual Result<void> scan(Space space, const KeyRange& range, Direction direction,
                            const ScanVisitor& visit) const = 0;
};

/// The durable home of everything: an ordered key-value store with atomic batches.
///
/// Durability: when `done` runs with success, the batch is on stable storage, and so are all
/// batches committed before it. After `unavailable` it may or may not be, and the store takes no
/// more commits (every later one fails at once): the process must stop and recover. Batches apply
/// in commit order. Threads: commit() from one thread; reads from any. Lifetime: the destructor
/// waits for the commit under way.
class Store : public StoreReader {
 public:
  /// Runs on a thread of the store's choosing. Must not block and must not call the store.
  using CommitDone = std::function<void(Result<void>)>;

  /// Takes the batch and returns; never blocks on the disk. Batches that wait together share one
  /// fsync. An empty batch is durable when all before it are.
  virtual void commit(WriteBatch batch, CommitDone done) = 0;

  /// A frozen view for long listings on other threads. It must not outlive the store.
  virtual std::unique_ptr<StoreReader> snapshot() const = 0;

  /// Gives back the disk of whole files inside the range, if the engine can do that cheaply; keys
  /// of the range may stay or go. For expired logs, which readers skip by their time anyway. Any
  /// thread.
  virtual Result<void> drop_range(Space space, const KeyRange& range) = 0;

  struct Usage {
    std::uint64_t disk_bytes = 0;       ///< What the store occupies (memory for the memory store).
    std::uint64_t disk_free_bytes = 0;  ///< Left on its file system.
  };
  virtual Usage usage() const = 0;
};

template <typename Put, typename Erase>
void WriteBatch::replay(Put&& put, Erase&& erase) const {
  const char* at = buffer_.data();
  for (std::size_t i = 0; i < operations_; ++i) {
    const bool is_put = at[0] == 0;
    const auto space = static_cast<Space>(at[1]);
    std::uint32_t sizes[2];
    __builtin_memcpy(sizes, at + 2, sizeof sizes);
    const std::string_view key(at + 10, sizes[0]);
    if (is_put) {
      put(space, key, std::string_view(at + 10 + sizes[0], sizes[1]));
    } else {
      erase(space, key);
    }
    at += 10 + sizes[0] + sizes[1];
  }
}

}  // namespace godwit
