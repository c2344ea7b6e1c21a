#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/assert.h"
#include "imagegen/storage/image_files.h"

/// Whatever the bytes are, they are measured within the limits or refused with a reason; what is
/// measured and not large is decoded without a fault.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace godwit;
  using namespace godwit::imagegen;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const Result<ImageInfo> info = inspect_image(text);
  if (!info) {
    GODWIT_ASSERT(info.error().code == ErrorCode::invalid_argument);
    return 0;
  }
  GODWIT_ASSERT(info->width >= 1 && info->height >= 1);
  GODWIT_ASSERT(std::int64_t{info->width} * info->height <= pixels_max);
  GODWIT_ASSERT(info->bytes == static_cast<std::int64_t>(size));
  // Larger ones only take longer.
  if (std::int64_t{info->width} * info->height > 250'000) return 0;
  const Result<std::string> thumbnail = make_thumbnail(text, 64);
  if (!thumbnail) return 0;
  const Result<ImageInfo> small = inspect_image(*thumbnail);
  GODWIT_ASSERT(small && small->mime == "image/webp");
  GODWIT_ASSERT(small->width <= 64 && small->height <= 64);
  return 0;
}
