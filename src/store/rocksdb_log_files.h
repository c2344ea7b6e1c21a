#pragma once
#include <rocksdb/file_system.h>

#include <memory>

namespace godwit {

/// A file system whose write-ahead logs (`*.log`) are filled with zeros ahead of what is written, a
/// mebibyte at a time, so that most syncs find their blocks allocated, written and inside the
/// file's size, and need not wait for the file system's journal:
///
///     | records, synced one group after the other | zeros up to a multiple of 1 MiB |
///
/// Recovery passes over zeros as it passes over the end of a log. Unlike logs that RocksDB
/// recycles, such a log never holds records of an older one, so recovery stays strict about what it
/// accepts. All other files are the base's own.
std::shared_ptr<rocksdb::FileSystem> make_log_file_system(
    const std::shared_ptr<rocksdb::FileSystem>& base);

}  // namespace godwit
