#pragma once
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace godwit {

/// A file system on which only what was synced outlives the process, so that kill -9 equals a power
/// cut.
///
/// Written bytes are held in this process, by file, until Sync() or Fsync() of that file; a range
/// sync, a flush and a close make nothing durable. Until then every reader in the process sees
/// them, also after the file was closed, renamed or opened again. Creating, renaming and removing
/// files and directories is durable at once, and a rename carries unsynced bytes along, so that a
/// file renamed before it was synced comes back short. A sync hands the bytes to the kernel and
/// does not wait for the disk: the kernel outlives the process.
///
/// Destroying it loses what is unsynced, like the power cut. Threads: any.
class UnsyncedLossFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit UnsyncedLossFileSystem(const std::shared_ptr<rocksdb::FileSystem>& base);
  ~UnsyncedLossFileSystem() override;

  /// Lets half of the unsynced 4 KiB pages reach the disk, in no order, as a real disk may when the
  /// power goes: which ones is drawn from `seed`. For tests in one process, after the database was
  /// closed.
  void keep_random_pages(std::uint64_t seed);

  std::uint64_t unsynced_bytes() const;

  const char* Name() const override { return "godwit-unsynced-loss"; }
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* result,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReuseWritableFile(const std::string& path, const std::string& old_path,
                                      const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* result,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomRWFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSRandomRWFile>* result,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* result,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewMemoryMappedFileBuffer(
      const std::string& path, std::unique_ptr<rocksdb::MemoryMappedFileBuffer>* result) override;
  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* result,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string& path,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                                        rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& source, const std::string& target,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus LinkFile(const std::string& source, const std::string& target,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Truncate(const std::string& path, std::size_t size,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus GetFileSize(const std::string& path, const rocksdb::IOOptions& options,
                                std::uint64_t* size, rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus GetChildrenFileAttributes(const std::string& directory,
                                              const rocksdb::IOOptions& options,
                                              std::vector<rocksdb::FileAttributes>* result,
                                              rocksdb::IODebugContext* debug) override;

  /// A file of which this process wrote something that may be unsynced yet.
  class File;

 private:
  std::shared_ptr<File> find(const std::string& path) const;
  rocksdb::IOStatus open(const std::string& path, const rocksdb::FileOptions& options,
                         std::shared_ptr<File>* result, rocksdb::IODebugContext* debug);

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<File>, std::less<>> files_;  // By path. Guarded by mutex_.
};

/// The default environment over an UnsyncedLossFileSystem, for RocksDbSettings::env.
std::unique_ptr<rocksdb::Env> make_unsynced_loss_env();

}  // namespace godwit
