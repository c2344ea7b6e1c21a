// What only a store on disk does: reopening, locking, refusing, sharing syncs, giving disk back.
#include "store/rocksdb_store.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <mutex>
#include <random>
#include <sstream>
#include <string>

#include "store/rocksdb_options.h"
#include "testing/faulty_file_system.h"
#include "testing/store_access.h"
#include "testing/temporary_directory.h"

namespace godwit {
namespace {

using Optional = std::optional<std::string>;

std::string random_text(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string text(size, '\0');
  for (char& byte : text) byte = static_cast<char>(random());
  return text;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  REQUIRE(file.flush().good());
}

TEST_CASE("what was committed is there after reopening, again and again") {
  for (const std::size_t memtable : {std::size_t{64} << 10, std::size_t{32} << 20}) {
    CAPTURE(memtable);
    const TemporaryDirectory directory;
    const RocksDbSettings settings{.directory = directory.path() / "deep" / "below",
                                   .memtable_bytes = memtable};
    const std::string large = random_text(std::size_t{3} << 20, 1);
    Entries expected;
    for (int round = 0; round < 5; ++round) {
      CAPTURE(round);
      const std::unique_ptr<Store> store = open_rocksdb_store(settings).value();
      CHECK(list(*store, Space::cold).value() == expected);
      if (round > 0) CHECK(store->get(Space::body, "large").value() == large);
      WriteBatch batch;
      for (int i = 0; i < 20; ++i) {
        const std::string key = std::to_string(round) + static_cast<char>('a' + i);
        expected.emplace_back(key, random_text(5000, static_cast<std::uint64_t>(i)));
        batch.put(Space::cold, key, expected.back().second);
      }
      batch.put(Space::body, "large", large);
      batch.put(Space::due, "gone", "");
      batch.erase(Space::due, "gone");
      REQUIRE(commit_and_wait(*store, std::move(batch)));
    }
    const std::unique_ptr<Store> store = open_rocksdb_store(settings).value();
    CHECK(list(*store, Space::cold).value() == expected);
    CHECK(list(*store, Space::due).value().empty());
  }
}

TEST_CASE("batches that wait together share one sync") {
  const TemporaryDirectory directory;
  const auto disk = std::make_shared<FaultyFileSystem>(rocksdb::FileSystem::Default());
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(disk);
  const std::unique_ptr<Store> store =
      open_rocksdb_store({.directory = directory.path(), .env = env.get()}).value();

  std::mutex mutex;
  std::condition_variable changed;
  bool go_on = false;
  int done_count = 0;
  const auto count = [&](const Result<void>& done) {
    const std::lock_guard lock(mutex);
    done_count += done.has_value();
    changed.notify_one();
  };
  // The commit thread is held in the first `done`, so that all others surely wait together.
  WriteBatch first;
  first.put(Space::hot, "first", "");
  store->commit(std::move(first), [&](const Result<void>& done) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return go_on; });
    done_count += done.has_value();
  });
  for (int i = 0; i < 5000; ++i) {
    WriteBatch batch;
    batch.put(Space::hot, std::to_string(i), "value");
    store->commit(std::move(batch), count);
  }
  std::uint64_t syncs = 0;
  {
    std::unique_lock lock(mutex);
    // The first group may be under way still or waiting in its `done`; its sync is counted either
    // way before the second group can begin.
    go_on = true;
    changed.notify_one();
    changed.wait(lock, [&] { return done_count == 5001; });
    syncs = disk->log_syncs();
  }
  CHECK(syncs >= 1);
  CHECK(syncs <= 2);
  CHECK(store->get(Space::hot, "4999").value() == Optional("value"));

  REQUIRE(put_and_wait(*store, Space::hot, "alone", ""));
  CHECK(disk->log_syncs() == syncs + 1);
  REQUIRE(commit_and_wait(*store, WriteBatch()));  // Nothing to make durable: no sync.
  CHECK(disk->log_syncs() == syncs + 1);
}

TEST_CASE("without sync a commit costs none") {
  const TemporaryDirectory directory;
  const auto disk = std::make_shared<FaultyFileSystem>(rocksdb::FileSystem::Default());
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(disk);
  const std::unique_ptr<Store> store =
      open_rocksdb_store({.directory = directory.path(), .sync = false, .env = env.get()}).value();
  REQUIRE(put_and_wait(*store, Space::hot, "key", "value"));
  CHECK(disk->log_syncs() == 0);
}

TEST_CASE("a directory that is in use is refused by name") {
  const TemporaryDirectory directory;
  SUBCASE("by this process") {
    const std::unique_ptr<Store> store =
        open_rocksdb_store({.directory = directory.path()}).value();
    const auto second = open_rocksdb_store({.directory = directory.path()});
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().code == ErrorCode::unavailable);
    CHECK(second.error().message ==
          "the data directory " + directory.path().string() + " is in use by another godwit");
  }
  SUBCASE("by another process") {
    REQUIRE(open_rocksdb_store({.directory = directory.path()}).has_value());
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const std::string lock_path = (directory.path() / "LOCK").string();
    const pid_t child = ::fork();
    if (child == 0) {  // Only what is safe after fork() in a process with threads.
      const int fd = ::open(lock_path.c_str(), O_RDWR | O_CLOEXEC);
      struct flock lock = {};
      lock.l_type = F_WRLCK;
      lock.l_whence = SEEK_SET;
      const char locked = fd >= 0 && ::fcntl(fd, F_SETLK, &lock) == 0 ? 'y' : 'n';
      if (::write(ready[1], &locked, 1) != 1) ::_exit(1);
      for (;;) ::pause();
    }
    REQUIRE(child > 0);
    char locked = 'n';
    REQUIRE(::read(ready[0], &locked, 1) == 1);
    REQUIRE(locked == 'y');
    const auto second = open_rocksdb_store({.directory = directory.path()});
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(ready[0]);
    ::close(ready[1]);
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().code == ErrorCode::unavailable);
    CHECK(second.error().message ==
          "the data directory " + directory.path().string() + " is in use by another godwit");
    CHECK(open_rocksdb_store({.directory = directory.path()}).has_value());
  }
}

TEST_CASE("a directory that cannot be one is refused with the reason") {
  const TemporaryDirectory directory;
  write_file(directory.path() / "file", "not a directory");
  for (const char* below : {"file", "file/store"}) {
    const auto store = open_rocksdb_store({.directory = directory.path() / below});
    REQUIRE_FALSE(store.has_value());
    CHECK(store.error().code == ErrorCode::unavailable);
    CHECK(store.error().message.find((directory.path() / "file").string()) != std::string::npos);
  }
}

TEST_CASE("a new directory is for its owner only") {
  const TemporaryDirectory directory;
  REQUIRE(open_rocksdb_store({.directory = directory.path() / "new"}).has_value());
  const auto permissions = std::filesystem::status(directory.path() / "new").permissions();
  CHECK((permissions & (std::filesystem::perms::group_all | std::filesystem::perms::others_all)) ==
        std::filesystem::perms::none);
}

TEST_CASE("the disk format has a version, and a newer one is left untouched") {
  const TemporaryDirectory directory;
  const std::filesystem::path format = directory.path() / "FORMAT";
  REQUIRE(open_rocksdb_store({.directory = directory.path()}).has_value());
  CHECK(read_file(format) == "godwit 1\n");

  SUBCASE("newer") {
    write_file(format, "godwit 2\n");
    const std::string current = read_file(directory.path() / "CURRENT");
    const auto store = open_rocksdb_store({.directory = directory.path()});
    REQUIRE_FALSE(store.has_value());
    CHECK(store.error().code == ErrorCode::corrupt);
    CHECK(store.error().message ==
          "the data directory " + directory.path().string() +
              " has format 2, and this godwit reads formats up to 1: start the newer godwit that "
              "wrote it");
    CHECK(read_file(directory.path() / "CURRENT") == current);
  }
  SUBCASE("unreadable") {
    for (const char* text :
         {"", "godwit", "godwit \n", "godwit x\n", "godwit 1", "godwit 1x\n", "godwit 0\n",
          "godwit -1\n", "something else\n", "godwit 99999999999999999999\n"}) {
      CAPTURE(text);
      write_file(format, text);
      const auto store = open_rocksdb_store({.directory = directory.path()});
      REQUIRE_FALSE(store.has_value());
      CHECK(store.error().code == ErrorCode::corrupt);
    }
  }
  SUBCASE("missing beside a database") {
    std::filesystem::remove(format);
    const auto store = open_rocksdb_store({.directory = directory.path()});
    REQUIRE_FALSE(store.has_value());
    CHECK(store.error().code == ErrorCode::corrupt);
    CHECK_FALSE(std::filesystem::exists(format));
  }
}

TEST_CASE("damaged files are told as damage, not read as values") {
  const TemporaryDirectory directory;
  {
    const std::unique_ptr<Store> store =
        open_rocksdb_store({.directory = directory.path()}).value();
    REQUIRE(put_and_wait(*store, Space::cold, "key", random_text(100'000, 5)));
  }
  {  // Reopening writes what the log holds into a table file.
    const std::unique_ptr<Store> store =
        open_rocksdb_store({.directory = directory.path()}).value();
  }
  int damaged = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    if (entry.path().extension() != ".sst") continue;
    std::string bytes = read_file(entry.path());
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    write_file(entry.path(), bytes);
    ++damaged;
  }
  REQUIRE(damaged == 1);
  const std::unique_ptr<Store> store = open_rocksdb_store({.directory = directory.path()}).value();
  const auto value = store->get(Space::cold, "key");
  REQUIRE_FALSE(value.has_value());
  CHECK(value.error().code == ErrorCode::corrupt);
  const auto scanned = list(*store, Space::cold);
  REQUIRE_FALSE(scanned.has_value());
  CHECK(scanned.error().code == ErrorCode::corrupt);
}

TEST_CASE("a dropped range gives its disk back") {
  const TemporaryDirectory directory;
  const RocksDbSettings settings{.directory = directory.path()};
  {
    const std::unique_ptr<Store> store = open_rocksdb_store(settings).value();
    for (int i = 0; i < 80; ++i) {
      REQUIRE(put_and_wait(*store, Space::log, "old" + std::to_string(i),
                           random_text(100'000, static_cast<std::uint64_t>(i))));
    }
  }
  {  // As time would do it: the files sink to the last level.
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* opened = nullptr;
    REQUIRE(rocksdb::DB::Open(rocksdb_database_options(settings, *rocksdb::Env::Default()),
                              directory.path().string(), rocksdb_families(settings), &handles,
                              &opened)
                .ok());
    const std::unique_ptr<rocksdb::DB> db(opened);
    CHECK(db->CompactRange({}, handles[1 + static_cast<std::size_t>(Space::log)], nullptr, nullptr)
              .ok());
    for (rocksdb::ColumnFamilyHandle* handle : handles) {
      CHECK(db->DestroyColumnFamilyHandle(handle).ok());
    }
  }
  const std::unique_ptr<Store> store = open_rocksdb_store(settings).value();
  REQUIRE(put_and_wait(*store, Space::log, "young", "stays"));
  const std::uint64_t before = store->usage().disk_bytes;
  CHECK(before > 8'000'000);
  REQUIRE(store->drop_range(Space::log, {"old", "old:"}));
  CHECK(store->usage().disk_bytes < before - 7'000'000);
  CHECK(list(*store, Space::log).value() == Entries{{"young", "stays"}});
}

}  // namespace
}  // namespace godwit
