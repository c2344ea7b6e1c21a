// What a store keeps when its disk fails or the power goes, and the tools that make that happen.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "store/memory_store.h"
#include "store/rocksdb_store.h"
#include "testing/faulty_file_system.h"
#include "testing/faulty_store.h"
#include "testing/store_access.h"
#include "testing/temporary_directory.h"
#include "testing/unsynced_loss.h"

namespace godwit {
namespace {

using Change = FaultyFileSystem::Change;
using After = FaultyFileSystem::After;
using Optional = std::optional<std::string>;

/// A power cut away: a disk that can fail over one that forgets what was not synced.
struct Disk {
  std::shared_ptr<UnsyncedLossFileSystem> memory =
      std::make_shared<UnsyncedLossFileSystem>(rocksdb::FileSystem::Default());
  std::shared_ptr<FaultyFileSystem> faults = std::make_shared<FaultyFileSystem>(memory);
  std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(faults);
};

using Model = std::array<std::map<std::string, std::string>, space_count>;

/// A fixed sequence of batches that put, overwrite and erase in several spaces. Batch `number`
/// writes its number under meta/number, so that the state tells how many batches it is made of.
class Workload {
 public:
  explicit Workload(std::size_t value_size) : value_size_(value_size) {}

  WriteBatch batch(int number) const {
    WriteBatch batch;
    each(number, [&](Space space, const std::string& key, const std::string* value) {
      if (value != nullptr) {
        batch.put(space, key, *value);
      } else {
        batch.erase(space, key);
      }
    });
    return batch;
  }

  /// The state after the batches 1 to `number`.
  Model state_after(int number) const {
    Model model;
    for (int i = 1; i <= number; ++i) {
      each(i, [&](Space space, const std::string& key, const std::string* value) {
        auto& keys = model[static_cast<std::size_t>(space)];
        if (value != nullptr) {
          keys[key] = *value;
        } else {
          keys.erase(key);
        }
      });
    }
    return model;
  }

 private:
  template <typename Operation>
  void each(int number, Operation&& operation) const {
    std::mt19937_64 random(static_cast<std::uint64_t>(number));
    const auto text = [&random](std::size_t size) {
      std::string bytes(size, '\0');
      for (char& byte : bytes) byte = static_cast<char>(random());
      return bytes;
    };
    const std::string key = std::to_string(number);
    const std::string small = text(value_size_);
    operation(Space::hot, key, &small);
    operation(Space::hot, std::to_string(number - 2), nullptr);
    operation(Space::cold, std::to_string(number % 5), &small);
    operation(Space::due, key, &key);
    operation(Space::due, std::to_string(number - 1), nullptr);
    if (number % 4 == 0) {
      const std::string large = text(20'000);
      operation(Space::body, key, &large);
    }
    operation(Space::log, key, &small);
    operation(Space::meta, "number", &key);
  }

  std::size_t value_size_;
};

struct Progress {
  int issued = 0;
  int acknowledged = 0;
  Error error{};  ///< Of the first commit, or the opening, that failed.
};

/// Opens the store and commits batches until one fails; then checks that every later one fails too.
Progress run(const Workload& workload, int batches, const RocksDbSettings& settings) {
  Progress progress;
  auto opened = open_rocksdb_store(settings);
  if (!opened) {
    progress.error = opened.error();
    return progress;
  }
  Store& store = **opened;
  while (progress.issued < batches) {
    ++progress.issued;
    const Result<void> done = commit_and_wait(store, workload.batch(progress.issued));
    if (!done) {
      progress.error = done.error();
      break;
    }
    ++progress.acknowledged;
  }
  if (progress.acknowledged == progress.issued) return progress;

  // Failed for good, whatever the disk does now.
  for (const WriteBatch& later : {workload.batch(progress.issued + 1), WriteBatch()}) {
    const Result<void> done = commit_and_wait(store, later);
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().code == ErrorCode::unavailable);
    CHECK(done.error().message == progress.error.message);
  }
  CHECK(store.get(Space::meta, "number").error().code == ErrorCode::unavailable);
  CHECK(list(store, Space::hot).error().code == ErrorCode::unavailable);
  CHECK(list(*store.snapshot(), Space::hot).error().code == ErrorCode::unavailable);
  CHECK(store.drop_range(Space::log, {"a", "b"}).error().code == ErrorCode::unavailable);
  return progress;
}

/// The state must be what some number of whole batches made, from the first on: at least those that
/// were acknowledged, at most those that were issued.
void check_recovery(const Workload& workload, const Progress& progress,
                    const std::filesystem::path& directory, std::size_t memtable) {
  for (int opening = 1; opening <= 2; ++opening) {  // Recovery itself is recovered from.
    CAPTURE(opening);
    const std::unique_ptr<rocksdb::Env> env = make_unsynced_loss_env();
    auto opened =
        open_rocksdb_store({.directory = directory, .memtable_bytes = memtable, .env = env.get()});
    if (!opened) FAIL(opened.error().message);
    Store& store = **opened;
    const Optional text = store.get(Space::meta, "number").value();
    const int number = text ? std::stoi(*text) : 0;
    REQUIRE(number >= progress.acknowledged);
    REQUIRE(number <= progress.issued);
    const Model model = workload.state_after(number);
    for (std::size_t i = 0; i < space_count; ++i) {
      const auto space = static_cast<Space>(i);
      CAPTURE(to_string(space));
      const Result<Entries> found = list(store, space);
      if (!found) FAIL(found.error().message);
      REQUIRE((*found == Entries(model[i].begin(), model[i].end())));
    }
  }
}

struct Cut {
  int batches;
  std::size_t value_size;
  std::size_t memtable;
  std::uint64_t stride;  ///< Of the changes at which it is cut.
};

/// Lets the n-th change fail, for all n until none is left, and the power go thereafter.
void cut_everywhere(const Cut& cut, Change kind, After after, bool random_pages) {
  const Workload workload(cut.value_size);
  std::uint64_t cuts = 0;
  for (std::uint64_t n = 1;; n += cut.stride) {
    REQUIRE(n < 100'000);
    CAPTURE(n);
    const TemporaryDirectory directory;
    Progress progress;
    bool failed = false;
    {
      Disk disk;
      disk.faults->fail(kind, n, after);
      progress = run(
          workload, cut.batches,
          {.directory = directory.path(), .memtable_bytes = cut.memtable, .env = disk.env.get()});
      failed = disk.faults->failures() > 0;
      if (random_pages) disk.memory->keep_random_pages(n);
    }
    check_recovery(workload, progress, directory.path(), cut.memtable);
    if (!failed) {
      CHECK(progress.acknowledged == cut.batches);
      break;
    }
    ++cuts;
  }
  CHECK(cuts >= 5);  // Else there was nothing to cut.
}

constexpr Cut few_batches_at_every_change{
    .batches = 6, .value_size = 100, .memtable = 32u << 20, .stride = 1};
constexpr Cut few_batches{.batches = 6, .value_size = 100, .memtable = 32u << 20, .stride = 5};
constexpr Cut many_files{.batches = 60, .value_size = 3000, .memtable = 64u << 10, .stride = 37};

TEST_CASE("a power cut at any change leaves a prefix of whole batches, with all acknowledged") {
  SUBCASE("few batches, all that was unsynced is lost") {
    cut_everywhere(few_batches_at_every_change, Change::any, After::dead, false);
  }
  SUBCASE("few batches, some unsynced pages are kept") {
    cut_everywhere(few_batches, Change::any, After::dead, true);
  }
  SUBCASE("with flushes and compactions, all that was unsynced is lost") {
    cut_everywhere(many_files, Change::any, After::dead, false);
  }
  SUBCASE("with flushes and compactions, some unsynced pages are kept") {
    cut_everywhere(many_files, Change::any, After::dead, true);
  }
}

TEST_CASE("one failed change is never papered over, though the disk works again") {
  SUBCASE("any change, few batches") {
    cut_everywhere(few_batches, Change::any, After::fine, true);
  }
  SUBCASE("any change, with flushes and compactions") {
    cut_everywhere(many_files, Change::any, After::fine, true);
  }
  SUBCASE("a sync, few batches") { cut_everywhere(few_batches, Change::sync, After::fine, false); }
}

TEST_CASE("a failed sync is told as one, and the destructor still comes back") {
  const TemporaryDirectory directory;
  Disk disk;
  const std::unique_ptr<Store> store =
      open_rocksdb_store({.directory = directory.path(), .env = disk.env.get()}).value();
  REQUIRE(put_and_wait(*store, Space::hot, "before", ""));
  disk.faults->fail(Change::sync, 1, After::dead);
  const Result<void> done = put_and_wait(*store, Space::hot, "lost", "");
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().code == ErrorCode::unavailable);
  CHECK(done.error().message.starts_with("the disk refused to sync: "));
  CHECK(done.error().message.find("injected fault") != std::string::npos);
}

TEST_CASE("a commit without sync does not survive the power cut that this file system makes") {
  // The counter-proof: if this kept the commit, the cuts above would show nothing.
  for (const bool sync : {false, true}) {
    CAPTURE(sync);
    const TemporaryDirectory directory;
    {
      const std::unique_ptr<rocksdb::Env> env = make_unsynced_loss_env();
      const std::unique_ptr<Store> store =
          open_rocksdb_store({.directory = directory.path(), .sync = sync, .env = env.get()})
              .value();
      REQUIRE(put_and_wait(*store, Space::hot, "key", "value"));
    }
    const std::unique_ptr<Store> store =
        open_rocksdb_store({.directory = directory.path()}).value();
    CHECK(store->get(Space::hot, "key").value().has_value() == sync);
  }
}

TEST_CASE("unsynced bytes are seen by the process that wrote them, and by nobody after it") {
  const TemporaryDirectory directory;
  const std::string path = (directory.path() / "file").string();
  const std::string moved = (directory.path() / "moved").string();
  const auto read = [](rocksdb::Env& env, const std::string& file) {
    std::string text;
    REQUIRE(rocksdb::ReadFileToString(&env, file, &text).ok());
    return text;
  };
  {
    const auto files = std::make_shared<UnsyncedLossFileSystem>(rocksdb::FileSystem::Default());
    const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(files);
    std::unique_ptr<rocksdb::WritableFile> file;
    REQUIRE(env->NewWritableFile(path, &file, rocksdb::EnvOptions()).ok());
    REQUIRE(file->Append("durable").ok());
    REQUIRE(file->Sync().ok());
    CHECK(files->unsynced_bytes() == 0);
    REQUIRE(file->Append(", unsynced").ok());
    REQUIRE(file->RangeSync(0, 17).ok());
    REQUIRE(file->Flush().ok());
    CHECK(read(*env, path) == "durable, unsynced");
    CHECK(read(*rocksdb::Env::Default(), path) == "durable");
    REQUIRE(file->Close().ok());
    file.reset();
    CHECK(files->unsynced_bytes() == 10);
    REQUIRE(env->RenameFile(path, moved).ok());
    CHECK(read(*env, moved) == "durable, unsynced");
    std::uint64_t size = 0;
    REQUIRE(env->GetFileSize(moved, &size).ok());
    CHECK(size == 17);

    REQUIRE(rocksdb::WriteStringToFile(env.get(), "never synced", path, false).ok());
    CHECK(read(*env, path) == "never synced");

    std::unique_ptr<rocksdb::RandomRWFile> random;
    REQUIRE(env->NewRandomRWFile(moved, &random, rocksdb::EnvOptions()).ok());
    REQUIRE(random->Write(2, "RA").ok());
    REQUIRE(random->Write(19, "!").ok());
    CHECK(read(*env, moved) == std::string("duRAble, unsynced\0\0!", 20));
    CHECK(read(*rocksdb::Env::Default(), moved) == "durable");
    std::unique_ptr<rocksdb::RandomAccessFile> part;
    REQUIRE(env->NewRandomAccessFile(moved, &part, rocksdb::EnvOptions()).ok());
    char scratch[8];
    rocksdb::Slice slice;
    REQUIRE(part->Read(5, sizeof scratch, &slice, scratch).ok());
    CHECK(slice.ToString() == "le, unsy");
    REQUIRE(part->Read(100, sizeof scratch, &slice, scratch).ok());
    CHECK(slice.empty());
  }
  CHECK(read(*rocksdb::Env::Default(), moved) == "durable");
  CHECK(read(*rocksdb::Env::Default(), path).empty());
}

TEST_CASE("a faulty store fails the commit it was told to, and all that follows") {
  for (const auto durability : {FaultyStore::Durability::lost, FaultyStore::Durability::kept}) {
    const std::unique_ptr<Store> memory = make_memory_store();
    FaultyStore store(*memory);
    store.fail_commit(2, durability);
    REQUIRE(put_and_wait(store, Space::hot, "a", "1"));
    const std::unique_ptr<StoreReader> snapshot = store.snapshot();
    for (const char* key : {"b", "c"}) {
      const Result<void> done = put_and_wait(store, Space::hot, key, "2");
      REQUIRE_FALSE(done.has_value());
      CHECK(done.error().code == ErrorCode::unavailable);
    }
    CHECK(store.commits() == 3);
    CHECK_FALSE(store.get(Space::hot, "a").has_value());
    CHECK_FALSE(list(store, Space::hot).has_value());
    CHECK_FALSE(snapshot->get(Space::hot, "a").has_value());
    CHECK_FALSE(store.drop_range(Space::log, {}).has_value());
    // What a restart finds: the failed batch, as the test wished, and nothing after it.
    CHECK(memory->get(Space::hot, "b").value().has_value() ==
          (durability == FaultyStore::Durability::kept));
    CHECK(memory->get(Space::hot, "c").value() == std::nullopt);
  }
}

TEST_CASE("a faulty store fails the read it was told to, and that one only") {
  const std::unique_ptr<Store> memory = make_memory_store();
  FaultyStore store(*memory);
  for (const char* key : {"a", "b", "c"}) REQUIRE(put_and_wait(store, Space::hot, key, "1"));

  store.fail_get(2, ErrorCode::corrupt);
  CHECK(store.get(Space::hot, "a").value() == Optional("1"));
  CHECK(store.snapshot()->get(Space::hot, "a").error().code == ErrorCode::corrupt);
  CHECK(store.get(Space::hot, "a").value() == Optional("1"));

  store.fail_scan(1, 2);
  std::string visited;
  const Result<void> scanned = store.scan(Space::hot, {}, StoreReader::Direction::forward,
                                          [&](std::string_view key, std::string_view) {
                                            visited += key;
                                            return true;
                                          });
  CHECK(scanned.error().code == ErrorCode::unavailable);
  CHECK(visited == "ab");
  CHECK(list(store, Space::hot).value().size() == 3);

  store.fail_everything();
  CHECK_FALSE(store.get(Space::hot, "a").has_value());
  CHECK_FALSE(put_and_wait(store, Space::hot, "d", "").has_value());
  CHECK(memory->get(Space::hot, "d").value() == std::nullopt);
}

}  // namespace
}  // namespace godwit
