#include <doctest/doctest.h>

#include "imagegen/storage/image_files.h"
#include "imagegen/storage/test_images.h"
#include "imagegen/storage/test_rows.h"

namespace godwit::imagegen {
namespace {

TEST_CASE("an image is known by its bytes") {
  for (const char* mime : {"image/png", "image/jpeg", "image/webp"}) {
    for (const bool transparent : {false, true}) {
      CAPTURE(mime);
      const ImageInfo info = must(inspect_image(test_image(mime, 37, 21, transparent)));
      CHECK(info.mime == mime);
      CHECK(info.width == 37);
      CHECK(info.height == 21);
    }
  }
}

TEST_CASE("an image that is cut off anywhere is refused") {
  for (const char* mime : {"image/png", "image/jpeg", "image/webp"}) {
    CAPTURE(mime);
    const std::string whole = test_image(mime, 9, 7);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      if (const Result<ImageInfo> info = inspect_image(std::string_view(whole).substr(0, size))) {
        // The checksum of PNG's last chunk, or JPEG's bytes behind the end marker: none here.
        FAIL("accepted " << size << " of " << whole.size() << " bytes");
      }
    }
    CHECK(inspect_image(whole + "more"));
  }
}

TEST_CASE("an image of too many pixels is refused by its header, before it is decoded") {
  std::string png = test_image("image/png", 9, 7);
  const auto with_size = [&](std::string_view width, std::string_view height) {
    std::string changed = png;
    changed.replace(16, 4, width);
    changed.replace(20, 4, height);
    return changed;
  };
  using namespace std::string_view_literals;
  CHECK(inspect_image(with_size("\x00\x00\x27\x10"sv, "\x00\x00\x27\x10"sv)));  // 10,000 squared
  for (const std::string& bytes : {with_size("\x00\x00\x27\x10"sv, "\x00\x00\x27\x11"sv),
                                   with_size("\xff\xff\xff\xff"sv, "\xff\xff\xff\xff"sv),
                                   with_size("\x7f\xff\xff\xff"sv, "\x00\x00\x00\x01"sv)}) {
    const Result<ImageInfo> info = inspect_image(bytes);
    REQUIRE_FALSE(info);
    CHECK(info.error().code == ErrorCode::invalid_argument);
    CHECK(info.error().message.find("larger than") != std::string::npos);
    CHECK_FALSE(make_thumbnail(bytes, 100));
  }
  CHECK(inspect_image(with_size("\x00\x00\x00\x00"sv, "\x00\x00\x00\x07"sv)).error().message ==
        "the image has no pixels");
}

TEST_CASE("a thumbnail keeps the proportions and is never larger than the image") {
  const auto size_of = [](int width, int height, int side) {
    const ImageInfo info =
        must(inspect_image(must(make_thumbnail(test_image("image/png", width, height), side))));
    CHECK(info.mime == "image/webp");
    return std::pair(info.width, info.height);
  };
  CHECK(size_of(1600, 900, 384) == std::pair(384, 216));
  CHECK(size_of(900, 1600, 384) == std::pair(216, 384));
  CHECK(size_of(100, 50, 384) == std::pair(100, 50));
  CHECK(size_of(2000, 1, 384) == std::pair(384, 1));
}

TEST_CASE("a transparent picture has a transparent thumbnail") {
  const std::string thumbnail = must(make_thumbnail(test_image("image/png", 100, 100, true), 50));
  const std::unique_ptr<gdImage, decltype(&gdImageDestroy)> picture(
      gdImageCreateFromWebpPtr(static_cast<int>(thumbnail.size()),
                               const_cast<char*>(thumbnail.data())),
      &gdImageDestroy);
  REQUIRE(picture != nullptr);
  CHECK(gdTrueColorGetAlpha(gdImageGetTrueColorPixel(picture.get(), 25, 25)) > 32);
}

}  // namespace
}  // namespace godwit::imagegen
