#include "testing/unsynced_loss.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

namespace godwit {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

/// The durable file, and the writes since its last sync in the order they came.
class UnsyncedLossFileSystem::File {
 public:
  File(std::unique_ptr<rocksdb::FSRandomRWFile> durable, std::uint64_t size)
      : durable_(std::move(durable)), size_(size) {}

  void write(std::uint64_t offset, const Slice& bytes) {
    const std::lock_guard lock(mutex_);
    write_locked(offset, bytes);
  }

  void append(const Slice& bytes) {
    const std::lock_guard lock(mutex_);
    write_locked(size_, bytes);
  }

  IOStatus sync(const IOOptions& options, IODebugContext* debug) {
    const std::lock_guard lock(mutex_);
    for (const Write& write : unsynced_) {
      IOStatus status = durable_->Write(write.offset, write.bytes, options, debug);
      if (!status.ok()) return status;
    }
    unsynced_.clear();
    return IOStatus::OK();
  }

  /// What the process sees: the durable bytes with the unsynced ones over them.
  IOStatus read(std::uint64_t offset, std::size_t count, const IOOptions& options, Slice* result,
                char* scratch, IODebugContext* debug) const {
    const std::lock_guard lock(mutex_);
    *result = Slice(scratch, 0);
    if (offset >= size_) return IOStatus::OK();
    count = static_cast<std::size_t>(std::min<std::uint64_t>(count, size_ - offset));
    Slice durable;
    IOStatus status = durable_->Read(offset, count, options, &durable, scratch, debug);
    if (!status.ok()) return status;
    if (durable.data() != scratch) std::memmove(scratch, durable.data(), durable.size());
    std::memset(scratch + durable.size(), 0, count - durable.size());
    for (const Write& write : unsynced_) {
      const std::uint64_t from = std::max(offset, write.offset);
      const std::uint64_t until = std::min(offset + count, write.offset + write.bytes.size());
      if (from >= until) continue;
      std::memcpy(scratch + (from - offset), write.bytes.data() + (from - write.offset),
                  until - from);
    }
    *result = Slice(scratch, count);
    return IOStatus::OK();
  }

  IOStatus truncate(std::uint64_t size) {
    const std::lock_guard lock(mutex_);
    if (size != size_) return IOStatus::NotSupported("truncation to another size");
    return IOStatus::OK();
  }

  std::uint64_t size() const {
    const std::lock_guard lock(mutex_);
    return size_;
  }

  std::uint64_t unsynced_bytes() const {
    const std::lock_guard lock(mutex_);
    std::uint64_t bytes = 0;
    for (const Write& write : unsynced_) bytes += write.bytes.size();
    return bytes;
  }

  void keep_random_pages(std::mt19937_64& random) {
    constexpr std::uint64_t page = 4096;
    const std::lock_guard lock(mutex_);
    for (const Write& write : unsynced_) {
      for (std::uint64_t at = 0; at < write.bytes.size();) {
        const std::uint64_t offset = write.offset + at;
        const std::uint64_t count =
            std::min<std::uint64_t>(page - offset % page, write.bytes.size() - at);
        if ((random() & 1) != 0) {
          durable_->Write(offset, Slice(write.bytes.data() + at, count), IOOptions(), nullptr)
              .PermitUncheckedError();
        }
        at += count;
      }
    }
    unsynced_.clear();
  }

 private:
  struct Write {
    std::uint64_t offset;
    std::string bytes;
  };

  void write_locked(std::uint64_t offset, const Slice& bytes) {
    size_ = std::max(size_, offset + bytes.size());
    if (!unsynced_.empty() && unsynced_.back().offset + unsynced_.back().bytes.size() == offset) {
      unsynced_.back().bytes.append(bytes.data(), bytes.size());
    } else {
      unsynced_.push_back({offset, bytes.ToString()});
    }
  }

  mutable std::mutex mutex_;
  const std::unique_ptr<rocksdb::FSRandomRWFile> durable_;
  std::uint64_t size_;           // As the process sees it.
  std::vector<Write> unsynced_;  // In order: a later one covers an earlier one.
};

namespace {

using File = UnsyncedLossFileSystem::File;

class WritableFile final : public rocksdb::FSWritableFile {
 public:
  WritableFile(std::shared_ptr<File> file, const FileOptions& options)
      : FSWritableFile(options), file_(std::move(file)) {}

  IOStatus Append(const Slice& bytes, const IOOptions& /*options*/,
                  IODebugContext* /*debug*/) override {
    file_->append(bytes);
    return IOStatus::OK();
  }
  IOStatus Append(const Slice& bytes, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& /*verification*/,
                  IODebugContext* debug) override {
    return Append(bytes, options, debug);
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions& /*options*/,
                    IODebugContext* /*debug*/) override {
    return file_->truncate(size);
  }
  IOStatus Close(const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
    return IOStatus::OK();
  }
  IOStatus Flush(const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
    return IOStatus::OK();
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return file_->sync(options, debug);
  }
  IOStatus RangeSync(std::uint64_t /*offset*/, std::uint64_t /*count*/,
                     const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
    return IOStatus::OK();
  }
  bool IsSyncThreadSafe() const override { return true; }
  std::uint64_t GetFileSize(const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
    return file_->size();
  }

 private:
  const std::shared_ptr<File> file_;
};

class RandomRWFile final : public rocksdb::FSRandomRWFile {
 public:
  explicit RandomRWFile(std::shared_ptr<File> file) : file_(std::move(file)) {}

  IOStatus Write(std::uint64_t offset, const Slice& bytes, const IOOptions& /*options*/,
                 IODebugContext* /*debug*/) override {
    file_->write(offset, bytes);
    return IOStatus::OK();
  }
  IOStatus Read(std::uint64_t offset, std::size_t count, const IOOptions& options, Slice* result,
                char* scratch, IODebugContext* debug) const override {
    return file_->read(offset, count, options, result, scratch, debug);
  }
  IOStatus Flush(const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
    return IOStatus::OK();
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return file_->sync(options, debug);
  }
  IOStatus Close(const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
    return IOStatus::OK();
  }

 private:
  const std::shared_ptr<File> file_;
};

/// Names are durable at once, so there is nothing to wait for.
class Directory final : public rocksdb::FSDirectoryWrapper {
 public:
  using FSDirectoryWrapper::FSDirectoryWrapper;

  IOStatus Fsync(const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
    return IOStatus::OK();
  }
  IOStatus FsyncWithDirOptions(const IOOptions& /*options*/, IODebugContext* /*debug*/,
                               const rocksdb::DirFsyncOptions& /*reason*/) override {
    return IOStatus::OK();
  }
};

class RandomAccessFile final : public rocksdb::FSRandomAccessFile {
 public:
  explicit RandomAccessFile(std::shared_ptr<File> file) : file_(std::move(file)) {}

  IOStatus Read(std::uint64_t offset, std::size_t count, const IOOptions& options, Slice* result,
                char* scratch, IODebugContext* debug) const override {
    return file_->read(offset, count, options, result, scratch, debug);
  }
  IOStatus Prefetch(std::uint64_t /*offset*/, std::size_t /*count*/, const IOOptions& /*options*/,
                    IODebugContext* /*debug*/) override {
    return IOStatus::OK();
  }

 private:
  const std::shared_ptr<File> file_;
};

class SequentialFile final : public rocksdb::FSSequentialFile {
 public:
  explicit SequentialFile(std::shared_ptr<File> file) : file_(std::move(file)) {}

  IOStatus Read(std::size_t count, const IOOptions& options, Slice* result, char* scratch,
                IODebugContext* debug) override {
    IOStatus status = file_->read(offset_, count, options, result, scratch, debug);
    if (status.ok()) offset_ += result->size();
    return status;
  }
  IOStatus Skip(std::uint64_t count) override {
    offset_ += count;
    return IOStatus::OK();
  }

 private:
  const std::shared_ptr<File> file_;
  std::uint64_t offset_ = 0;
};

}  // namespace

UnsyncedLossFileSystem::UnsyncedLossFileSystem(const std::shared_ptr<rocksdb::FileSystem>& base)
    : FileSystemWrapper(base) {}

UnsyncedLossFileSystem::~UnsyncedLossFileSystem() = default;

void UnsyncedLossFileSystem::keep_random_pages(std::uint64_t seed) {
  const std::lock_guard lock(mutex_);
  std::mt19937_64 random(seed);
  for (const auto& [path, file] : files_) file->keep_random_pages(random);
}

std::uint64_t UnsyncedLossFileSystem::unsynced_bytes() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t bytes = 0;
  for (const auto& [path, file] : files_) bytes += file->unsynced_bytes();
  return bytes;
}

std::shared_ptr<File> UnsyncedLossFileSystem::find(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : found->second;
}

IOStatus UnsyncedLossFileSystem::open(const std::string& path, const FileOptions& options,
                                      std::shared_ptr<File>* result, IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  // Files that are synced and that nobody has open need no memory of their own.
  std::erase_if(files_, [](const auto& entry) {
    return entry.second.use_count() == 1 && entry.second->unsynced_bytes() == 0;
  });
  if (const auto found = files_.find(path); found != files_.end()) {
    *result = found->second;
    return IOStatus::OK();
  }
  std::uint64_t size = 0;
  IOStatus status = target()->GetFileSize(path, options.io_options, &size, debug);
  if (!status.ok()) return status;
  std::unique_ptr<rocksdb::FSRandomRWFile> durable;
  status = target()->NewRandomRWFile(path, options, &durable, debug);
  if (!status.ok()) return status;
  *result = files_[path] = std::make_shared<File>(std::move(durable), size);
  return status;
}

IOStatus UnsyncedLossFileSystem::NewWritableFile(const std::string& path,
                                                 const FileOptions& options,
                                                 std::unique_ptr<rocksdb::FSWritableFile>* result,
                                                 IODebugContext* debug) {
  // The base creates the file, or empties the one that is there together with its unsynced bytes.
  std::unique_ptr<rocksdb::FSWritableFile> created;
  IOStatus status = target()->NewWritableFile(path, options, &created, debug);
  if (status.ok()) status = created->Close(options.io_options, debug);
  if (!status.ok()) return status;
  {
    const std::lock_guard lock(mutex_);
    files_.erase(path);
  }
  std::shared_ptr<File> file;
  status = open(path, options, &file, debug);
  if (status.ok()) *result = std::make_unique<WritableFile>(std::move(file), options);
  return status;
}

IOStatus UnsyncedLossFileSystem::ReopenWritableFile(
    const std::string& path, const FileOptions& options,
    std::unique_ptr<rocksdb::FSWritableFile>* result, IODebugContext* debug) {
  if (!FileExists(path, options.io_options, debug).ok()) {
    return NewWritableFile(path, options, result, debug);
  }
  std::shared_ptr<File> file;
  IOStatus status = open(path, options, &file, debug);
  if (status.ok()) *result = std::make_unique<WritableFile>(std::move(file), options);
  return status;
}

IOStatus UnsyncedLossFileSystem::ReuseWritableFile(const std::string& path,
                                                   const std::string& old_path,
                                                   const FileOptions& options,
                                                   std::unique_ptr<rocksdb::FSWritableFile>* result,
                                                   IODebugContext* debug) {
  // A rename and a new start, through the functions of this class.
  // NOLINTNEXTLINE(bugprone-parent-virtual-call): past the wrapper, which asks the base.
  return FileSystem::ReuseWritableFile(path, old_path, options, result, debug);
}

IOStatus UnsyncedLossFileSystem::NewRandomRWFile(const std::string& path,
                                                 const FileOptions& options,
                                                 std::unique_ptr<rocksdb::FSRandomRWFile>* result,
                                                 IODebugContext* debug) {
  std::shared_ptr<File> file;
  IOStatus status = open(path, options, &file, debug);
  if (status.ok()) *result = std::make_unique<RandomRWFile>(std::move(file));
  return status;
}

IOStatus UnsyncedLossFileSystem::NewDirectory(const std::string& path, const IOOptions& options,
                                              std::unique_ptr<rocksdb::FSDirectory>* result,
                                              IODebugContext* debug) {
  std::unique_ptr<rocksdb::FSDirectory> directory;
  IOStatus status = target()->NewDirectory(path, options, &directory, debug);
  if (status.ok()) *result = std::make_unique<Directory>(std::move(directory));
  return status;
}

IOStatus UnsyncedLossFileSystem::NewMemoryMappedFileBuffer(
    const std::string& /*path*/, std::unique_ptr<rocksdb::MemoryMappedFileBuffer>* /*result*/) {
  return IOStatus::NotSupported("a mapping would outlive the process");
}

IOStatus UnsyncedLossFileSystem::NewSequentialFile(
    const std::string& path, const FileOptions& options,
    std::unique_ptr<rocksdb::FSSequentialFile>* result, IODebugContext* debug) {
  if (std::shared_ptr<File> file = find(path)) {
    *result = std::make_unique<SequentialFile>(std::move(file));
    return IOStatus::OK();
  }
  return target()->NewSequentialFile(path, options, result, debug);
}

IOStatus UnsyncedLossFileSystem::NewRandomAccessFile(
    const std::string& path, const FileOptions& options,
    std::unique_ptr<rocksdb::FSRandomAccessFile>* result, IODebugContext* debug) {
  if (std::shared_ptr<File> file = find(path)) {
    *result = std::make_unique<RandomAccessFile>(std::move(file));
    return IOStatus::OK();
  }
  return target()->NewRandomAccessFile(path, options, result, debug);
}

IOStatus UnsyncedLossFileSystem::DeleteFile(const std::string& path, const IOOptions& options,
                                            IODebugContext* debug) {
  IOStatus status = target()->DeleteFile(path, options, debug);
  if (status.ok()) {
    const std::lock_guard lock(mutex_);
    files_.erase(path);
  }
  return status;
}

IOStatus UnsyncedLossFileSystem::RenameFile(const std::string& source,
                                            const std::string& target_path,
                                            const IOOptions& options, IODebugContext* debug) {
  IOStatus status = target()->RenameFile(source, target_path, options, debug);
  if (!status.ok()) return status;
  const std::lock_guard lock(mutex_);
  files_.erase(target_path);
  if (auto moved = files_.extract(source)) {
    moved.key() = target_path;
    files_.insert(std::move(moved));
  }
  return status;
}

IOStatus UnsyncedLossFileSystem::LinkFile(const std::string& source, const std::string& target_path,
                                          const IOOptions& options, IODebugContext* debug) {
  const std::shared_ptr<File> file = find(source);
  if (file && file->unsynced_bytes() != 0) {
    return IOStatus::NotSupported("a second name for unsynced bytes");
  }
  return target()->LinkFile(source, target_path, options, debug);
}

IOStatus UnsyncedLossFileSystem::Truncate(const std::string& path, std::size_t size,
                                          const IOOptions& options, IODebugContext* debug) {
  if (const std::shared_ptr<File> file = find(path)) return file->truncate(size);
  return target()->Truncate(path, size, options, debug);
}

IOStatus UnsyncedLossFileSystem::GetFileSize(const std::string& path, const IOOptions& options,
                                             std::uint64_t* size, IODebugContext* debug) {
  if (const std::shared_ptr<File> file = find(path)) {
    *size = file->size();
    return IOStatus::OK();
  }
  return target()->GetFileSize(path, options, size, debug);
}

IOStatus UnsyncedLossFileSystem::GetChildrenFileAttributes(
    const std::string& directory, const IOOptions& options,
    std::vector<rocksdb::FileAttributes>* result, IODebugContext* debug) {
  // The default goes by GetChildren() and our GetFileSize(); the base would tell durable sizes.
  // NOLINTNEXTLINE(bugprone-parent-virtual-call): past the wrapper, which asks the base.
  return FileSystem::GetChildrenFileAttributes(directory, options, result, debug);
}

std::unique_ptr<rocksdb::Env> make_unsynced_loss_env() {
  return rocksdb::NewCompositeEnv(
      std::make_shared<UnsyncedLossFileSystem>(rocksdb::FileSystem::Default()));
}

}  // namespace godwit
