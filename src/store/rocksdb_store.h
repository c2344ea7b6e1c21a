#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>

#include "store/store.h"

namespace rocksdb {
class Env;
}

namespace godwit {

struct RocksDbSettings {
  std::filesystem::path directory;
  bool sync = true;  ///< False loses acknowledged messages in a power cut.
  std::size_t block_cache_bytes = 64u << 20;
  std::size_t memtable_bytes = 32u << 20;  ///< Bounds the time to reopen.
  std::size_t commit_queue_bytes_max =
      64u << 20;                ///< Asserted: the engine holds at most this much open.
  rocksdb::Env* env = nullptr;  ///< Tests hand in one that loses unsynced writes.
};

/// Opens or creates the database. One commit thread; group commit by swapping its whole queue.
/// After a commit failed, end the process without running the destructor: Debian's RocksDB has its
/// assertions compiled in, and one of them can abort when a database is closed that failed to
/// create a log. Errors: unavailable (locked by another process: the message says so and names the
/// directory; disk; permissions), corrupt.
Result<std::unique_ptr<Store>> open_rocksdb_store(const RocksDbSettings& settings);

}  // namespace godwit
