// What an image file is, by its structure: nothing is decoded, so nothing is allocated by what a
// header claims.
#include <algorithm>
#include <cstdint>

#include "imagegen/storage/image_files.h"

namespace godwit::imagegen {
namespace {

struct Size {
  std::int64_t width = 0;
  std::int64_t height = 0;
};

std::unexpected<Error> refuse(const std::string& what) {
  return fail(ErrorCode::invalid_argument, what);
}
std::unexpected<Error> refuse_cut_off(std::string_view format) {
  return refuse("the " + std::string(format) + " image is cut off or damaged");
}

std::uint32_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}
std::uint32_t big_16(std::string_view bytes, std::size_t at) {
  return (byte_at(bytes, at) << 8U) | byte_at(bytes, at + 1);
}
std::uint32_t big_32(std::string_view bytes, std::size_t at) {
  return (big_16(bytes, at) << 16U) | big_16(bytes, at + 2);
}
std::uint32_t little_16(std::string_view bytes, std::size_t at) {
  return byte_at(bytes, at) | (byte_at(bytes, at + 1) << 8U);
}
std::uint32_t little_24(std::string_view bytes, std::size_t at) {
  return little_16(bytes, at) | (byte_at(bytes, at + 2) << 16U);
}
std::uint32_t little_32(std::string_view bytes, std::size_t at) {
  return little_24(bytes, at) | (byte_at(bytes, at + 3) << 24U);
}

constexpr std::string_view png_signature = "\x89PNG\r\n\x1a\n";

/// Chunks of length, name, content and checksum, from IHDR to IEND.
Result<Size> png_size(std::string_view bytes) {
  bytes.remove_prefix(png_signature.size());
  constexpr std::size_t frame = 12;  // Length, name and checksum.
  constexpr std::size_t header_size = 13;
  Size size;
  bool has_pixels = false;
  for (bool first = true; bytes.size() >= frame; first = false) {
    const std::size_t length = big_32(bytes, 0);
    const std::string_view name = bytes.substr(4, 4);
    if (length > bytes.size() - frame) break;
    if (first) {
      if (name != "IHDR" || length != header_size) break;
      size = {big_32(bytes, 8), big_32(bytes, 12)};
    }
    has_pixels = has_pixels || name == "IDAT";
    if (name == "IEND") {
      if (!has_pixels) break;
      return size;
    }
    bytes.remove_prefix(frame + length);
  }
  return refuse_cut_off("PNG");
}

/// Whether a JPEG marker begins a frame, whose header has the size.
bool is_frame(std::uint32_t marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

/// Segments of marker, length and content, up to the first scan; an end marker behind it.
Result<Size> jpeg_size(std::string_view bytes) {
  bytes.remove_prefix(2);
  Size size;
  while (bytes.size() >= 4 && byte_at(bytes, 0) == 0xff) {
    const std::uint32_t marker = byte_at(bytes, 1);
    if (marker == 0xff) {  // Padding.
      bytes.remove_prefix(1);
      continue;
    }
    const std::size_t length = big_16(bytes, 2);
    if (length < 2 || length > bytes.size() - 2) break;
    if (is_frame(marker) && size.width == 0) {
      if (length < 8) break;
      size = {big_16(bytes, 7), big_16(bytes, 5)};
    }
    bytes.remove_prefix(2 + length);
    if (marker == 0xda) {
      if (size.width == 0 || bytes.find("\xff\xd9") == std::string_view::npos) break;
      return size;
    }
  }
  return refuse_cut_off("JPEG");
}

/// A RIFF container whose first chunk has the size, each kind in its own way.
Result<Size> webp_size(std::string_view bytes) {
  // "RIFF" size "WEBP" name size: twenty bytes, and ten of the first chunk.
  if (bytes.size() < 30 || little_32(bytes, 4) > bytes.size() - 8 ||
      little_32(bytes, 16) > bytes.size() - 20) {
    return refuse_cut_off("WebP");
  }
  const std::string_view name = bytes.substr(12, 4);
  const std::string_view chunk = bytes.substr(20);
  if (name == "VP8 " && chunk.substr(3, 3) == "\x9d\x01\x2a") {
    return Size{little_16(chunk, 6) & 0x3fffU, little_16(chunk, 8) & 0x3fffU};
  }
  if (name == "VP8L" && chunk.front() == '\x2f') {
    const std::uint32_t bits = little_32(chunk, 1);
    return Size{(bits & 0x3fffU) + 1, ((bits >> 14U) & 0x3fffU) + 1};
  }
  if (name == "VP8X") return Size{little_24(chunk, 4) + 1, little_24(chunk, 7) + 1};
  return refuse_cut_off("WebP");
}

}  // namespace

Result<ImageInfo> inspect_image(std::string_view bytes) {
  using namespace std::string_view_literals;
  Result<Size> size;
  std::string mime;
  if (bytes.starts_with(png_signature)) {
    mime = "image/png";
    size = png_size(bytes);
  } else if (bytes.starts_with("\xff\xd8\xff"sv)) {
    mime = "image/jpeg";
    size = jpeg_size(bytes);
  } else if (bytes.size() >= 12 && bytes.starts_with("RIFF"sv) && bytes.substr(8, 4) == "WEBP"sv) {
    mime = "image/webp";
    size = webp_size(bytes);
  } else {
    return refuse("the file is neither PNG, JPEG nor WebP");
  }
  if (!size) return std::unexpected(size.error());
  if (size->width < 1 || size->height < 1) return refuse("the image has no pixels");
  // Sides first: their product is then far from overflowing.
  constexpr std::int64_t side_max = 1'000'000;
  if (size->width > side_max || size->height > side_max ||
      size->width * size->height > pixels_max) {
    return refuse("the image of " + std::to_string(size->width) + " x " +
                  std::to_string(size->height) + " pixels is larger than the " +
                  std::to_string(pixels_max) + " pixels that are taken");
  }
  ImageInfo info;
  info.mime = std::move(mime);
  info.width = static_cast<int>(size->width);
  info.height = static_cast<int>(size->height);
  info.bytes = static_cast<std::int64_t>(bytes.size());
  return info;
}

}  // namespace godwit::imagegen
