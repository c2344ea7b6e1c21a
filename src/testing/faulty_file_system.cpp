#include "testing/faulty_file_system.h"

#include <string_view>
#include <utility>

#include "core/assert.h"

namespace godwit {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;
using Change = FaultyFileSystem::Change;

/// What is written of bytes whose write fails.
Slice first_half(const Slice& bytes) { return {bytes.data(), bytes.size() / 2}; }

class WritableFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  WritableFile(std::unique_ptr<rocksdb::FSWritableFile> file, FaultyFileSystem& disk,
               std::string path)
      : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk), path_(std::move(path)) {}

  IOStatus Append(const Slice& bytes, const IOOptions& options, IODebugContext* debug) override {
    IOStatus status = disk_.change(Change::any, path_);
    if (status.ok()) return FSWritableFileOwnerWrapper::Append(bytes, options, debug);
    FSWritableFileOwnerWrapper::Append(first_half(bytes), options, debug).PermitUncheckedError();
    return status;
  }
  IOStatus Append(const Slice& bytes, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& /*verification*/,
                  IODebugContext* debug) override {
    return Append(bytes, options, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    IOStatus status = disk_.change(Change::sync, path_);
    return status.ok() ? FSWritableFileOwnerWrapper::Sync(options, debug) : status;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    IOStatus status = disk_.change(Change::sync, path_);
    return status.ok() ? FSWritableFileOwnerWrapper::Fsync(options, debug) : status;
  }

 private:
  FaultyFileSystem& disk_;
  const std::string path_;
};

class RandomRWFile final : public rocksdb::FSRandomRWFileOwnerWrapper {
 public:
  RandomRWFile(std::unique_ptr<rocksdb::FSRandomRWFile> file, FaultyFileSystem& disk,
               std::string path)
      : FSRandomRWFileOwnerWrapper(std::move(file)), disk_(disk), path_(std::move(path)) {}

  IOStatus Write(std::uint64_t offset, const Slice& bytes, const IOOptions& options,
                 IODebugContext* debug) override {
    IOStatus status = disk_.change(Change::any, path_);
    if (status.ok()) return FSRandomRWFileOwnerWrapper::Write(offset, bytes, options, debug);
    FSRandomRWFileOwnerWrapper::Write(offset, first_half(bytes), options, debug)
        .PermitUncheckedError();
    return status;
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    IOStatus status = disk_.change(Change::sync, path_);
    return status.ok() ? FSRandomRWFileOwnerWrapper::Sync(options, debug) : status;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    IOStatus status = disk_.change(Change::sync, path_);
    return status.ok() ? FSRandomRWFileOwnerWrapper::Fsync(options, debug) : status;
  }

 private:
  FaultyFileSystem& disk_;
  const std::string path_;
};

class Directory final : public rocksdb::FSDirectoryWrapper {
 public:
  Directory(std::unique_ptr<rocksdb::FSDirectory> directory, FaultyFileSystem& disk,
            std::string path)
      : FSDirectoryWrapper(std::move(directory)), disk_(disk), path_(std::move(path)) {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    IOStatus status = disk_.change(Change::sync, path_);
    return status.ok() ? FSDirectoryWrapper::Fsync(options, debug) : status;
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions& reason) override {
    IOStatus status = disk_.change(Change::sync, path_);
    return status.ok() ? FSDirectoryWrapper::FsyncWithDirOptions(options, debug, reason) : status;
  }

 private:
  FaultyFileSystem& disk_;
  const std::string path_;
};

}  // namespace

void FaultyFileSystem::fail(Change kind, std::uint64_t n, After after) {
  GODWIT_ASSERT(n >= 1);
  const std::lock_guard lock(mutex_);
  kind_ = kind;
  countdown_ = n;
  after_ = after;
  dead_ = false;
}

void FaultyFileSystem::heal() {
  const std::lock_guard lock(mutex_);
  countdown_ = 0;
  dead_ = false;
}

std::uint64_t FaultyFileSystem::changes() const {
  const std::lock_guard lock(mutex_);
  return changes_;
}

std::uint64_t FaultyFileSystem::failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

std::uint64_t FaultyFileSystem::log_syncs() const {
  const std::lock_guard lock(mutex_);
  return log_syncs_;
}

IOStatus FaultyFileSystem::change(Change kind, const std::string& path) {
  const std::lock_guard lock(mutex_);
  ++changes_;
  if (kind == Change::sync && std::string_view(path).ends_with(".log")) ++log_syncs_;
  bool fails = dead_;
  if (countdown_ > 0 && (kind_ == Change::any || kind_ == kind)) {
    --countdown_;
    if (countdown_ == 0) {
      fails = true;
      dead_ = after_ == After::dead;
    }
  }
  if (!fails) return IOStatus::OK();
  ++failures_;
  return IOStatus::IOError("injected fault", path);
}

IOStatus FaultyFileSystem::NewWritableFile(const std::string& path, const FileOptions& options,
                                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                                           IODebugContext* debug) {
  // RocksDB 7.8 forgets a reference when it cannot create a log while several memtables are full,
  // and its assertions abort the process when it is closed. What follows the creation may fail.
  IOStatus status;
  if (!std::string_view(path).ends_with(".log")) status = change(Change::any, path);
  std::unique_ptr<rocksdb::FSWritableFile> file;
  if (status.ok()) status = target()->NewWritableFile(path, options, &file, debug);
  if (status.ok()) *result = std::make_unique<WritableFile>(std::move(file), *this, path);
  return status;
}

IOStatus FaultyFileSystem::NewRandomRWFile(const std::string& path, const FileOptions& options,
                                           std::unique_ptr<rocksdb::FSRandomRWFile>* result,
                                           IODebugContext* debug) {
  std::unique_ptr<rocksdb::FSRandomRWFile> file;
  IOStatus status = target()->NewRandomRWFile(path, options, &file, debug);
  if (status.ok()) *result = std::make_unique<RandomRWFile>(std::move(file), *this, path);
  return status;
}

IOStatus FaultyFileSystem::NewDirectory(const std::string& path, const IOOptions& options,
                                        std::unique_ptr<rocksdb::FSDirectory>* result,
                                        IODebugContext* debug) {
  std::unique_ptr<rocksdb::FSDirectory> directory;
  IOStatus status = target()->NewDirectory(path, options, &directory, debug);
  if (status.ok()) *result = std::make_unique<Directory>(std::move(directory), *this, path);
  return status;
}

IOStatus FaultyFileSystem::DeleteFile(const std::string& path, const IOOptions& options,
                                      IODebugContext* debug) {
  IOStatus status = change(Change::any, path);
  return status.ok() ? target()->DeleteFile(path, options, debug) : status;
}

IOStatus FaultyFileSystem::RenameFile(const std::string& source, const std::string& target_path,
                                      const IOOptions& options, IODebugContext* debug) {
  IOStatus status = change(Change::any, source);
  return status.ok() ? target()->RenameFile(source, target_path, options, debug) : status;
}

}  // namespace godwit
