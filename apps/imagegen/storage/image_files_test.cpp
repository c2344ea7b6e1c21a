#include "imagegen/storage/image_files.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <filesystem>
#include <fstream>

#include "imagegen/storage/test_images.h"
#include "imagegen/storage/test_rows.h"
#include "testing/temporary_directory.h"
#include "testing/until.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

struct Fixture {
  TemporaryDirectory directory;
  asio::io_context io;
  ImageFiles files{io, directory.path().string() + "/data"};

  Fixture() { must(files.open()); }

  template <typename T>
  Result<T> run(asio::awaitable<Result<T>> work) {
    std::optional<Result<T>> result;
    asio::co_spawn(io, std::move(work), [&](const std::exception_ptr& thrown, Result<T> ended) {
      if (thrown) std::rethrow_exception(thrown);
      result = std::move(ended);
    });
    run_until(io, [&] { return result.has_value(); });
    return std::move(*result);
  }

  std::vector<std::string> all_files() const {
    std::vector<std::string> names;
    const std::filesystem::path root = files.directory();
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (!entry.is_directory()) names.push_back(entry.path().lexically_relative(root).string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
};

using Names = std::vector<std::string>;

TEST_CASE("an image is stored whole, with a thumbnail, and read again") {
  Fixture fixture;
  for (const char* mime : {"image/png", "image/jpeg", "image/webp"}) {
    CAPTURE(mime);
    const std::string bytes = test_image(mime, 900, 600);
    const ImageInfo info = must(fixture.run(fixture.files.save("img_abcXY", bytes)));
    CHECK(info.id == "img_abcXY");
    CHECK(info.mime == mime);
    CHECK(info.width == 900);
    CHECK(info.height == 600);
    CHECK(info.bytes == static_cast<std::int64_t>(bytes.size()));
    CHECK(must(fixture.run(fixture.files.read("img_abcXY", mime))) == bytes);

    const std::string thumbnail = must(fixture.run(fixture.files.read_thumbnail("img_abcXY")));
    const ImageInfo small = must(inspect_image(thumbnail));
    CHECK(small.mime == "image/webp");
    CHECK(small.width == 384);
    CHECK(small.height == 256);
    const std::string path = must(fixture.files.path("img_abcXY", mime));
    CHECK(std::filesystem::file_size(path) == bytes.size());
    struct stat about{};
    REQUIRE(::stat(path.c_str(), &about) == 0);
    CHECK((about.st_mode & 077) == 0);
  }
  CHECK(fixture.all_files() == Names{"images/XY/img_abcXY.jpg", "images/XY/img_abcXY.png",
                                     "images/XY/img_abcXY.webp", "thumbs/XY/img_abcXY.webp"});

  must(fixture.run(fixture.files.remove("img_abcXY")));
  CHECK(fixture.all_files().empty());
  must(fixture.run(fixture.files.remove("img_abcXY")));  // Nothing is there to remove.
  CHECK(fixture.run(fixture.files.read("img_abcXY", "image/png")).error().code ==
        ErrorCode::not_found);
  CHECK(fixture.run(fixture.files.read_thumbnail("img_abcXY")).error().code ==
        ErrorCode::not_found);
  CHECK(fixture.files.path("img_abcXY", "image/png").error().code == ErrorCode::not_found);
}

TEST_CASE("a received image waits in the spool for its task and its run") {
  Fixture fixture;
  CHECK_FALSE(must(fixture.run(fixture.files.spooled("tsk_1", 1))));
  must(fixture.run(fixture.files.spool("tsk_1", 1, "any bytes")));
  must(fixture.run(fixture.files.spool("tsk_1", 1, "newer bytes")));
  must(fixture.run(fixture.files.spool("tsk_1", 2, std::string("\0\xff", 2))));
  CHECK(must(fixture.run(fixture.files.spooled("tsk_1", 1))) == "newer bytes");
  CHECK(must(fixture.run(fixture.files.spooled("tsk_1", 2))) == std::string("\0\xff", 2));
  CHECK_FALSE(must(fixture.run(fixture.files.spooled("tsk_1", 3))));

  // Of another process: it opens the same directory and clears what was half written.
  std::ofstream(fixture.files.directory() + "/partial/7") << "half";
  ImageFiles next(fixture.io, fixture.files.directory());
  must(next.open());
  CHECK(fixture.all_files() == Names{"spool/tsk_1-1", "spool/tsk_1-2"});
  CHECK(must(fixture.run(next.spooled("tsk_1", 1))) == "newer bytes");
  must(fixture.run(next.remove_spooled("tsk_1", 1)));
  must(fixture.run(next.remove_spooled("tsk_1", 1)));
  CHECK_FALSE(must(fixture.run(next.spooled("tsk_1", 1))));
}

TEST_CASE("no id names a file outside of the directory") {
  Fixture fixture;
  const std::string outside = fixture.directory.path().string() + "/outside.png";
  std::ofstream(outside) << "secret";
  const std::string image = test_image("image/png", 4, 4);
  for (const std::string& id :
       {std::string("../outside"), std::string("../../outside"), std::string("/etc/passwd"),
        std::string("img_/../../../outside"), std::string(".."), std::string("img_.."),
        std::string("img_a.png"), std::string(), std::string("a"), std::string("img\0x", 5),
        std::string("img_\xd0\xb6"), std::string(101, 'a'), std::string("img_%2e%2e")}) {
    CAPTURE(id);
    CHECK_FALSE(fixture.run(fixture.files.save(id, image)));
    CHECK_FALSE(fixture.run(fixture.files.read(id, "image/png")));
    CHECK_FALSE(fixture.run(fixture.files.read_thumbnail(id)));
    CHECK_FALSE(fixture.run(fixture.files.remove(id)));
    CHECK_FALSE(fixture.files.path(id, "image/png"));
    CHECK_FALSE(fixture.run(fixture.files.spool(id, 1, "x")));
    CHECK_FALSE(fixture.run(fixture.files.spooled(id, 1)));
    CHECK_FALSE(fixture.run(fixture.files.remove_spooled(id, 1)));
  }
  CHECK(fixture.all_files().empty());
  CHECK(std::filesystem::exists(outside));

  // A link that somebody laid there is not followed, and a type of ours it must be.
  must(fixture.run(fixture.files.save("img_link", image)));
  const std::string path = must(fixture.files.path("img_link", "image/png"));
  std::filesystem::remove(path);
  std::filesystem::create_symlink(outside, path);
  CHECK_FALSE(fixture.run(fixture.files.read("img_link", "image/png")));
  CHECK_FALSE(fixture.files.path("img_link", "image/png"));
  CHECK_FALSE(fixture.run(fixture.files.read("img_link", "text/html")));
  CHECK_FALSE(fixture.files.path("img_link", "/../../x"));
}

TEST_CASE("what is no image is not stored") {
  Fixture fixture;
  const std::string png = test_image("image/png", 50, 50);
  std::string damaged = png;
  damaged.replace(damaged.find("IDAT") + 6, 20, 20, '\0');
  for (const std::string& bytes : {std::string(), std::string("<svg/>"), std::string("GIF89a"),
                                   png.substr(0, png.size() - 5), png.substr(0, 20), damaged}) {
    const Result<ImageInfo> saved = fixture.run(fixture.files.save("img_abc", bytes));
    REQUIRE_FALSE(saved);
    CHECK(saved.error().code == ErrorCode::invalid_argument);
  }
  CHECK(fixture.all_files().empty());
}

TEST_CASE("a disk without room is an error that says so, and leaves nothing half written") {
  Fixture fixture;
  const std::string image = test_image("image/png", 500, 500);
  must(fixture.run(fixture.files.spool("tsk_1", 1, "kept")));
  struct rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  struct rlimit small = before;
  small.rlim_cur = 200;
  // No handler is set: the threads that write do not get the signal.
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const Result<ImageInfo> saved = fixture.run(fixture.files.save("img_abc", image));
  const Result<void> spooled = fixture.run(fixture.files.spool("tsk_1", 1, image));
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  REQUIRE_FALSE(saved);
  CHECK(saved.error().code == ErrorCode::unavailable);
  CHECK(saved.error().message.find("make room on the disk") != std::string::npos);
  REQUIRE_FALSE(spooled);
  CHECK(spooled.error().code == ErrorCode::unavailable);
  CHECK(fixture.all_files() == Names{"spool/tsk_1-1"});
  CHECK(must(fixture.run(fixture.files.spooled("tsk_1", 1))) == "kept");
  must(fixture.run(fixture.files.save("img_abc", image)));
}

TEST_CASE("a directory that cannot be used is named") {
  TemporaryDirectory directory;
  asio::io_context io;
  std::ofstream(directory.path() / "file") << "x";
  ImageFiles files(io, (directory.path() / "file" / "data").string());
  const Result<void> opened = files.open();
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == ErrorCode::unavailable);
  CHECK(opened.error().message.find((directory.path() / "file").string()) != std::string::npos);

  Fixture fixture;
  std::filesystem::remove_all(fixture.files.directory() + "/spool");
  std::ofstream(fixture.files.directory() + "/spool") << "in the way";
  const Result<void> spooled = fixture.run(fixture.files.spool("tsk_1", 1, "x"));
  REQUIRE_FALSE(spooled);
  CHECK(spooled.error().code == ErrorCode::unavailable);
  CHECK(fixture.files.free_bytes());
  std::filesystem::remove_all(fixture.files.directory());
  CHECK(fixture.files.free_bytes().error().code == ErrorCode::unavailable);
}

TEST_CASE("many pieces of work run beside the loop, and beyond the limit are refused at once") {
  Fixture fixture;
  const std::string image = test_image("image/png", 64, 64);
  int good = 0;
  int refused = 0;
  constexpr int count = static_cast<int>(ImageFiles::waiting_max) + 500;
  for (int i = 0; i < count; ++i) {
    asio::co_spawn(fixture.io, fixture.files.save("img_" + std::to_string(1'000 + i), image),
                   [&](const std::exception_ptr&, const Result<ImageInfo>& saved) {
                     if (saved) {
                       ++good;
                     } else {
                       ++refused;
                       CHECK(saved.error().code == ErrorCode::unavailable);
                     }
                   });
  }
  run_until(fixture.io, [&] { return good + refused == count; });
  CHECK(good >= static_cast<int>(ImageFiles::waiting_max));
  CHECK(refused > 0);
  CHECK(fixture.all_files().size() == static_cast<std::size_t>(good) * 2);
  must(fixture.run(fixture.files.save("img_later", image)));
}

TEST_CASE("what was received is on disk before the images that wait are stored") {
  Fixture fixture;
  const std::string image = test_image("image/png", 900, 600);
  constexpr int count = 100;
  int stored = 0;
  for (int i = 0; i < count; ++i) {
    asio::co_spawn(fixture.io, fixture.files.save("img_" + std::to_string(1'000 + i), image),
                   [&](const std::exception_ptr&, const Result<ImageInfo>& saved) {
                     CHECK(saved);
                     ++stored;
                   });
  }
  must(fixture.run(fixture.files.spool("tsk_paid", 0, image)));
  CHECK(stored < count);
  CHECK(*must(fixture.run(fixture.files.spooled("tsk_paid", 0))) == image);
  run_until(fixture.io, [&] { return stored == count; });
}

TEST_CASE("its end waits for what is under way") {
  TemporaryDirectory directory;
  asio::io_context io;
  int ended = 0;
  const std::string image = test_image("image/png", 300, 300);
  {
    ImageFiles files(io, directory.path().string());
    must(files.open());
    for (int i = 0; i < 5; ++i) {
      asio::co_spawn(io, files.save("img_" + std::to_string(1'000 + i), image),
                     [&](const std::exception_ptr&, const Result<ImageInfo>& saved) {
                       CHECK(saved);
                       ++ended;
                     });
    }
    io.poll();
  }
  for (int i = 0; i < 5; ++i) {
    const std::string name = "img_" + std::to_string(1'000 + i);
    CHECK(std::filesystem::exists(directory.path() / "images" / name.substr(6) / (name + ".png")));
  }
  run_until(io, [&] { return ended == 5; });
}

}  // namespace
}  // namespace godwit::imagegen
