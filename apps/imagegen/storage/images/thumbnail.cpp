#include <gd.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <mutex>

#include "core/assert.h"
#include "imagegen/storage/image_files.h"

namespace godwit::imagegen {
namespace {

using Picture = std::unique_ptr<gdImage, decltype(&gdImageDestroy)>;

constexpr int webp_quality = 82;

/// libgd writes what it thinks of a file to standard error unless it is told not to.
void silence_gd() {
  static std::once_flag once;
  std::call_once(once, [] { gdSetErrorMethod([](int, const char*, va_list) {}); });
}

Picture decode(std::string_view bytes, std::string_view mime) {
  const int size = static_cast<int>(bytes.size());
  void* data = const_cast<char*>(bytes.data());  // gd only reads it.
  gdImage* picture = nullptr;
  if (mime == "image/png") {
    picture = gdImageCreateFromPngPtr(size, data);
  } else if (mime == "image/jpeg") {
    picture = gdImageCreateFromJpegPtr(size, data);
  } else {
    picture = gdImageCreateFromWebpPtr(size, data);
  }
  return Picture(picture, &gdImageDestroy);
}

Picture scaled(gdImage* from, int side) {
  const int longer = std::max(gdImageSX(from), gdImageSY(from));
  const auto scale = [&](int length) {
    if (longer <= side) return length;
    return std::max(1, static_cast<int>((std::int64_t{length} * side + longer / 2) / longer));
  };
  const int width = scale(gdImageSX(from));
  const int height = scale(gdImageSY(from));
  Picture to(gdImageCreateTrueColor(width, height), &gdImageDestroy);
  if (to == nullptr) return to;
  // Transparent pixels stay transparent instead of being laid over black.
  gdImageAlphaBlending(to.get(), 0);
  gdImageSaveAlpha(to.get(), 1);
  gdImageCopyResampled(to.get(), from, 0, 0, 0, 0, width, height, gdImageSX(from), gdImageSY(from));
  return to;
}

/// Decoding takes four bytes a pixel: one huge image at a time is enough.
std::unique_lock<std::mutex> wait_for_memory(const ImageInfo& info) {
  constexpr std::int64_t huge = 25'000'000;
  static std::mutex one_huge_image;
  if (std::int64_t{info.width} * info.height < huge) return {};
  return std::unique_lock(one_huge_image);
}

}  // namespace

Result<std::string> make_thumbnail(std::string_view bytes, int side) {
  GODWIT_ASSERT(side >= 1);
  const Result<ImageInfo> info = inspect_image(bytes);
  if (!info) return std::unexpected(info.error());
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    return fail(ErrorCode::invalid_argument, "the image is larger than two gigabytes");
  }
  silence_gd();
  const std::unique_lock<std::mutex> turn = wait_for_memory(*info);
  const Picture picture = decode(bytes, info->mime);
  if (picture == nullptr) {
    return fail(ErrorCode::invalid_argument, "the image cannot be decoded: it is damaged");
  }
  const Picture small = scaled(picture.get(), side);
  if (small == nullptr) return fail(ErrorCode::unavailable, "no memory for a thumbnail");
  int size = 0;
  const std::unique_ptr<void, decltype(&gdFree)> encoded(
      gdImageWebpPtrEx(small.get(), &size, webp_quality), &gdFree);
  if (encoded == nullptr || size <= 0) {
    return fail(ErrorCode::unavailable, "no memory for a thumbnail");
  }
  return std::string(static_cast<const char*>(encoded.get()), static_cast<std::size_t>(size));
}

}  // namespace godwit::imagegen
