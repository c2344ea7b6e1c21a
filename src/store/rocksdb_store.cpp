#include "store/rocksdb_store.h"

#include <pthread.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "core/assert.h"
#include "store/rocksdb_directory.h"
#include "store/rocksdb_log_files.h"
#include "store/rocksdb_options.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
// librocksdb is not instrumented: the sanitizer sees its memcpy calls and its mutexes, but not the
// atomics that order them. Reports with its code on a stack are noise; those of our code alone are
// kept.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() { return "race:librocksdb.so\n"; }
#endif
#endif

namespace godwit {
namespace {

using Families = std::array<rocksdb::ColumnFamilyHandle*, space_count>;

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const rocksdb::Slice& text) { return {text.data(), text.size()}; }

Error read_error(const rocksdb::Status& status) {
  if (status.IsCorruption())
    return {ErrorCode::corrupt, "the store is damaged: " + status.ToString()};
  return {ErrorCode::unavailable, "the disk refused to read: " + status.ToString()};
}

std::string write_error(const rocksdb::Status& status) {
  if (status.IsNoSpace()) return "the disk is full: " + status.ToString();
  if (status.IsCorruption()) return "the store is damaged: " + status.ToString();
  return "the disk refused to sync: " + status.ToString();
}

/// The reason why the store takes no more work: set once, read from any thread.
class Failure {
 public:
  void set(std::string reason) {
    GODWIT_ASSERT(!happened_.load(std::memory_order_relaxed));
    reason_ = std::move(reason);
    happened_.store(true, std::memory_order_release);
  }
  bool happened() const { return happened_.load(std::memory_order_acquire); }
  std::unexpected<Error> error() const { return fail(ErrorCode::unavailable, reason_); }

 private:
  std::atomic<bool> happened_{false};
  std::string reason_;  // Written before happened_ is, never after.
};

/// Reads with or without a snapshot. Refers to its parts; the store outlives it.
class RocksDbReader final : public StoreReader {
 public:
  RocksDbReader(rocksdb::DB& db, const Families& families, const Failure& failure,
                const rocksdb::Snapshot* snapshot)
      : db_(db), families_(families), failure_(failure), snapshot_(snapshot) {}

  Result<std::optional<std::string>> get(Space space, std::string_view key) const override {
    if (failure_.happened()) return failure_.error();
    rocksdb::ReadOptions options;
    options.snapshot = snapshot_;
    std::string value;
    const rocksdb::Status status = db_.Get(options, family(space), slice(key), &value);
    if (status.IsNotFound()) return std::nullopt;
    if (!status.ok()) return std::unexpected(read_error(status));
    return value;
  }

  Result<void> scan(Space space, const KeyRange& range, Direction direction,
                    const ScanVisitor& visit) const override {
    if (failure_.happened()) return failure_.error();
    if (!range.end.empty() && range.begin >= range.end) return {};
    const rocksdb::Slice begin = slice(range.begin);
    const rocksdb::Slice end = slice(range.end);
    rocksdb::ReadOptions options;
    options.snapshot = snapshot_;
    if (!range.begin.empty()) options.iterate_lower_bound = &begin;
    if (!range.end.empty()) options.iterate_upper_bound = &end;
    const std::unique_ptr<rocksdb::Iterator> at(db_.NewIterator(options, family(space)));
    if (direction == Direction::forward) {
      for (at->Seek(begin); at->Valid(); at->Next()) {
        if (!visit(view(at->key()), view(at->value()))) break;
      }
    } else {
      for (at->SeekToLast(); at->Valid(); at->Prev()) {
        if (!visit(view(at->key()), view(at->value()))) break;
      }
    }
    if (!at->status().ok()) return std::unexpected(read_error(at->status()));
    return {};
  }

 private:
  rocksdb::ColumnFamilyHandle* family(Space space) const {
    return families_[static_cast<std::size_t>(space)];
  }

  rocksdb::DB& db_;
  const Families& families_;
  const Failure& failure_;
  const rocksdb::Snapshot* snapshot_;
};

class RocksDbSnapshot final : public StoreReader {
 public:
  RocksDbSnapshot(rocksdb::DB& db, const Families& families, const Failure& failure,
                  std::atomic<std::size_t>& living)
      : db_(db),
        snapshot_(db.GetSnapshot()),
        reader_(db, families, failure, snapshot_),
        living_(living) {
    living_.fetch_add(1, std::memory_order_relaxed);
  }
  RocksDbSnapshot(const RocksDbSnapshot&) = delete;
  RocksDbSnapshot& operator=(const RocksDbSnapshot&) = delete;
  ~RocksDbSnapshot() override {
    db_.ReleaseSnapshot(snapshot_);
    living_.fetch_sub(1, std::memory_order_release);
  }

  Result<std::optional<std::string>> get(Space space, std::string_view key) const override {
    return reader_.get(space, key);
  }
  Result<void> scan(Space space, const KeyRange& range, Direction direction,
                    const ScanVisitor& visit) const override {
    return reader_.scan(space, range, direction, visit);
  }

 private:
  rocksdb::DB& db_;
  const rocksdb::Snapshot* snapshot_;
  RocksDbReader reader_;
  std::atomic<std::size_t>& living_;
};

class RocksDbStore final : public Store {
 public:
  RocksDbStore(std::unique_ptr<rocksdb::Env> env, std::unique_ptr<rocksdb::DB> db,
               const Families& families, const RocksDbSettings& settings)
      : settings_(settings),
        env_(std::move(env)),
        db_(std::move(db)),
        families_(families),
        reader_(*db_, families_, failure_, nullptr),
        committer_([this] { run_commits(); }) {
    pthread_setname_np(committer_.native_handle(), "godwit-commit");
  }
  RocksDbStore(const RocksDbStore&) = delete;
  RocksDbStore& operator=(const RocksDbStore&) = delete;

  ~RocksDbStore() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    committer_.join();
    GODWIT_ASSERT(snapshots_.load(std::memory_order_acquire) == 0);
    // Everything acknowledged is synced, so an error while closing loses nothing and there is
    // nobody left to tell.
    rocksdb::CancelAllBackgroundWork(db_.get(), true);
    for (rocksdb::ColumnFamilyHandle* family : families_) {
      db_->DestroyColumnFamilyHandle(family).PermitUncheckedError();
    }
    db_->Close().PermitUncheckedError();
  }

  Result<std::optional<std::string>> get(Space space, std::string_view key) const override {
    return reader_.get(space, key);
  }
  Result<void> scan(Space space, const KeyRange& range, Direction direction,
                    const ScanVisitor& visit) const override {
    return reader_.scan(space, range, direction, visit);
  }

  void commit(WriteBatch batch, CommitDone done) override {
    bool wake = false;
    {
      const std::lock_guard lock(mutex_);
      waiting_bytes_ += batch.size_bytes();
      // One batch alone may be of any size; the bound is for what piles up behind a slow disk.
      GODWIT_ASSERT(waiting_.empty() || waiting_bytes_ <= settings_.commit_queue_bytes_max);
      waiting_.push_back({std::move(batch), std::move(done)});
      wake = std::exchange(asleep_, false);
    }
    // A busy commit thread looks at the queue by itself: no system call then.
    if (wake) wake_.notify_one();
  }

  std::unique_ptr<StoreReader> snapshot() const override {
    return std::make_unique<RocksDbSnapshot>(*db_, families_, failure_, snapshots_);
  }

  Result<void> drop_range(Space space, const KeyRange& range) override {
    if (failure_.happened()) return failure_.error();
    if (!range.end.empty() && range.begin >= range.end) return {};
    rocksdb::ColumnFamilyHandle* const family = families_[static_cast<std::size_t>(space)];
    const rocksdb::Slice begin = slice(range.begin);
    const rocksdb::Slice end = slice(range.end);
    rocksdb::Status status =
        rocksdb::DeleteFilesInRange(db_.get(), family, range.begin.empty() ? nullptr : &begin,
                                    range.end.empty() ? nullptr : &end, false);
    // Files that reach beyond the range shrink when compactions come by: one marker tells them. It
    // may be lost in a crash, as the keys may stay, so it needs no sync.
    if (status.ok() && !range.end.empty() && !inserts_with_hints(space)) {
      status = db_->DeleteRange(rocksdb::WriteOptions(), family, begin, end);
    }
    if (!status.ok()) return fail(ErrorCode::unavailable, write_error(status));
    return {};
  }

  Usage usage() const override {
    Usage usage;
    for (rocksdb::ColumnFamilyHandle* family : families_) {
      for (const std::string* property : {&rocksdb::DB::Properties::kTotalSstFilesSize,
                                          &rocksdb::DB::Properties::kTotalBlobFileSize}) {
        std::uint64_t bytes = 0;
        if (db_->GetIntProperty(family, *property, &bytes)) usage.disk_bytes += bytes;
      }
    }
    // RocksDB does not tell what its logs occupy. Only they are looked at: their number is small
    // and bounded, while table files may be thousands.
    std::error_code error;
    for (std::filesystem::directory_iterator at(settings_.directory, error), end;
         !error && at != end; at.increment(error)) {
      if (at->path().extension() != ".log") continue;
      std::error_code vanished;  // A log that is removed meanwhile counts for nothing.
      const std::uint64_t bytes = at->file_size(vanished);
      if (!vanished) usage.disk_bytes += bytes;
    }
    const std::filesystem::space_info disk = std::filesystem::space(settings_.directory, error);
    if (!error) usage.disk_free_bytes = disk.available;
    return usage;
  }

 private:
  struct Commit {
    WriteBatch batch;
    CommitDone done;
  };

  void run_commits() {
    // RocksDB counts every key comparison of a thread in thread-local storage: a tenth of a commit.
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
    std::vector<Commit> group;
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        while (waiting_.empty() && !stopping_) {
          asleep_ = true;
          wake_.wait(lock);
        }
        asleep_ = false;
        if (waiting_.empty()) return;
        group.swap(waiting_);
        waiting_bytes_ = 0;
      }
      write(group);
      for (Commit& commit : group) {
        if (!commit.done) continue;
        if (failure_.happened()) {
          commit.done(failure_.error());
        } else {
          commit.done({});
        }
      }
      group.clear();
    }
  }

  /// Makes the whole group durable with one write and one sync, or sets failure_. Commit thread
  /// only.
  void write(std::vector<Commit>& group) {
    if (failure_.happened()) return;
    for (Commit& commit : group) {
      commit.batch.replay(
          [this](Space space, std::string_view key, std::string_view value) {
            const rocksdb::Status status =
                gathered_.Put(families_[static_cast<std::size_t>(space)], slice(key), slice(value));
            GODWIT_ASSERT(status.ok());
          },
          [this](Space space, std::string_view key) {
            const rocksdb::Status status =
                gathered_.Delete(families_[static_cast<std::size_t>(space)], slice(key));
            GODWIT_ASSERT(status.ok());
          });
      commit.batch = WriteBatch();  // The bytes are in gathered_ now: do not hold them twice.
    }
    if (gathered_.Count() == 0) return;  // All before is durable: every write was synced.
    rocksdb::WriteOptions options;
    options.sync = settings_.sync;
    const rocksdb::Status status = db_->Write(options, &gathered_);
    if (!status.ok()) failure_.set(write_error(status));
    if (gathered_.GetDataSize() > gathered_bytes_kept) {
      gathered_ = rocksdb::WriteBatch();
    } else {
      gathered_.Clear();
    }
  }

  /// A larger buffer than this is given back after its write.
  static constexpr std::size_t gathered_bytes_kept = std::size_t{4} << 20;

  const RocksDbSettings settings_;
  const std::unique_ptr<rocksdb::Env> env_;
  const std::unique_ptr<rocksdb::DB> db_;
  const Families families_;
  Failure failure_;
  const RocksDbReader reader_;
  mutable std::atomic<std::size_t> snapshots_{0};
  rocksdb::WriteBatch gathered_;  // The commit thread's.

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Commit> waiting_;  // Guarded by mutex_, like all below.
  std::size_t waiting_bytes_ = 0;
  bool asleep_ = false;
  bool stopping_ = false;

  std::thread committer_;  // Last: it uses everything above.
};

/// Opens or creates the database; `handles` are those of rocksdb_families().
rocksdb::Status open_database(const RocksDbSettings& settings, rocksdb::Env& env,
                              std::unique_ptr<rocksdb::DB>& db,
                              std::vector<rocksdb::ColumnFamilyHandle*>& handles) {
  std::vector<rocksdb::ColumnFamilyDescriptor> families = rocksdb_families(settings);
  std::vector<rocksdb::ColumnFamilyDescriptor> missing;
  if (!env.FileExists((settings.directory / "CURRENT").string()).ok()) {
    // Opening would create the families too, but one after the other, each with three syncs of its
    // own.
    missing.assign(families.begin() + 1, families.end());
    families.resize(1);
  }
  rocksdb::DB* opened = nullptr;
  rocksdb::Status status =
      rocksdb::DB::Open(rocksdb_database_options(settings, env), settings.directory.string(),
                        families, &handles, &opened);
  if (!status.ok()) return status;
  db.reset(opened);
  if (missing.empty()) return status;
  std::vector<rocksdb::ColumnFamilyHandle*> created;
  status = db->CreateColumnFamilies(missing, &created);
  handles.insert(handles.end(), created.begin(), created.end());
  if (!status.ok()) {
    for (rocksdb::ColumnFamilyHandle* handle : handles) {
      db->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
    }
    db.reset();
  }
  return status;
}

/// Whether another opener holds the directory; RocksDB tells it in words only.
bool is_locked(const rocksdb::Status& status) {
  const std::string text = status.ToString();
  return text.find("/LOCK") != std::string::npos &&
         (text.find("temporarily unavailable") != std::string::npos ||
          text.find("by current process") != std::string::npos);
}

Error open_error(const std::filesystem::path& directory, const rocksdb::Status& status) {
  if (is_locked(status)) {
    return {ErrorCode::unavailable,
            "the data directory " + directory.string() + " is in use by another godwit"};
  }
  if (status.IsCorruption() || status.IsInvalidArgument()) {
    return {ErrorCode::corrupt,
            "the store in " + directory.string() + " is damaged: " + status.ToString()};
  }
  return {ErrorCode::unavailable,
          "the store in " + directory.string() + " cannot be opened: " + status.ToString()};
}

}  // namespace

Result<std::unique_ptr<Store>> open_rocksdb_store(const RocksDbSettings& settings) {
  GODWIT_ASSERT(!settings.directory.empty());
  if (Result<void> made = prepare_store_directory(settings.directory); !made) {
    return std::unexpected(made.error());
  }
  rocksdb::Env& base = settings.env != nullptr ? *settings.env : *rocksdb::Env::Default();
  std::unique_ptr<rocksdb::Env> env =
      rocksdb::NewCompositeEnv(make_log_file_system(base.GetFileSystem()));
  if (Result<void> format = check_store_format(*env, settings.directory); !format) {
    return std::unexpected(format.error());
  }

  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  const rocksdb::Status status = open_database(settings, *env, db, handles);
  if (!status.ok()) return std::unexpected(open_error(settings.directory, status));
  GODWIT_ASSERT(handles.size() == space_count + 1);

  db->DestroyColumnFamilyHandle(handles[0]).PermitUncheckedError();
  Families families;
  std::copy(handles.begin() + 1, handles.end(), families.begin());
  return std::make_unique<RocksDbStore>(std::move(env), std::move(db), families, settings);
}

}  // namespace godwit
