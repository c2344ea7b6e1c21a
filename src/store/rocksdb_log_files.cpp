#include "store/rocksdb_log_files.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace godwit {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

constexpr std::uint64_t fill_bytes = std::uint64_t{1} << 20;
constexpr std::array<char, 64u << 10> zeros{};

/// Used by one writer; syncs may come from another thread, and do not touch the offsets.
class LogFile final : public rocksdb::FSWritableFile {
 public:
  LogFile(std::unique_ptr<rocksdb::FSRandomRWFile> file, const FileOptions& options)
      : FSWritableFile(options), file_(std::move(file)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    IOStatus status = file_->Write(size_, data, options, debug);
    if (!status.ok()) return status;
    size_ += data.size();
    return size_ > filled_ ? fill(options, debug) : status;
  }
  IOStatus Append(const Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& /*verification*/,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }

  IOStatus Flush(const IOOptions& options, IODebugContext* debug) override {
    return file_->Flush(options, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return file_->Sync(options, debug);
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return file_->Fsync(options, debug);
  }
  bool IsSyncThreadSafe() const override { return true; }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    return file_->Close(options, debug);
  }
  std::uint64_t GetFileSize(const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
    return size_;
  }

 private:
  IOStatus fill(const IOOptions& options, IODebugContext* debug) {
    const std::uint64_t until = (size_ + fill_bytes - 1) / fill_bytes * fill_bytes;
    for (filled_ = size_; filled_ < until;) {
      const std::uint64_t count = std::min<std::uint64_t>(until - filled_, zeros.size());
      IOStatus status = file_->Write(filled_, Slice(zeros.data(), count), options, debug);
      if (!status.ok()) return status;
      filled_ += count;
    }
    return IOStatus::OK();
  }

  const std::unique_ptr<rocksdb::FSRandomRWFile> file_;
  std::uint64_t size_ = 0;    // Of the records.
  std::uint64_t filled_ = 0;  // Of the records and the zeros behind them.
};

class LogFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit LogFileSystem(const std::shared_ptr<rocksdb::FileSystem>& base)
      : FileSystemWrapper(base) {}

  const char* Name() const override { return "godwit-log-files"; }

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                           IODebugContext* debug) override {
    // The base creates the file, or empties the one that is there.
    IOStatus status = FileSystemWrapper::NewWritableFile(path, options, result, debug);
    if (!status.ok() || !std::string_view(path).ends_with(".log")) return status;
    status = (*result)->Close(options.io_options, debug);
    result->reset();
    if (!status.ok()) return status;
    std::unique_ptr<rocksdb::FSRandomRWFile> file;
    status = NewRandomRWFile(path, options, &file, debug);
    if (status.ok()) *result = std::make_unique<LogFile>(std::move(file), options);
    return status;
  }
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> make_log_file_system(
    const std::shared_ptr<rocksdb::FileSystem>& base) {
  return std::make_shared<LogFileSystem>(base);
}

}  // namespace godwit
