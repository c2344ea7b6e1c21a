#pragma once
#include <rocksdb/file_system.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace godwit {

/// A file system that counts the calls which change it, and lets the n-th one fail.
///
/// Every write, sync, creation, rename and removal of a file and every sync of a directory is one
/// change. A write that fails has written its first half. Threads: any.
class FaultyFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  enum class Change : std::uint8_t { any, sync };
  enum class After : std::uint8_t {
    dead,  ///< Every later change fails too: the disk is gone.
    fine   ///< Later changes work: what must not be trusted after a failed sync.
  };

  using FileSystemWrapper::FileSystemWrapper;

  /// The n-th change of the kind from now on fails, n >= 1. Replaces what was asked before.
  void fail(Change kind, std::uint64_t n, After after);
  /// No more faults.
  void heal();

  std::uint64_t changes() const;    ///< So far, failed ones included.
  std::uint64_t failures() const;   ///< Changes that were made to fail.
  std::uint64_t log_syncs() const;  ///< Syncs of write-ahead logs (`*.log`).

  /// Counts a change; not OK if it must fail. For the files of this file system.
  rocksdb::IOStatus change(Change kind, const std::string& path);

  const char* Name() const override { return "godwit-faulty"; }
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomRWFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSRandomRWFile>* result,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* result,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& source, const std::string& target,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  mutable std::mutex mutex_;
  Change kind_ = Change::any;  // All guarded by mutex_.
  std::uint64_t countdown_ = 0;
  After after_ = After::dead;
  bool dead_ = false;
  std::uint64_t changes_ = 0;
  std::uint64_t failures_ = 0;
  std::uint64_t log_syncs_ = 0;
};

}  // namespace godwit
