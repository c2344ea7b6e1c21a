#pragma once
#include <gd.h>

#include <memory>
#include <string>
#include <string_view>

#include "core/assert.h"

namespace godwit::imagegen {

/// A real picture of that size by libgd, in one of the three formats.
inline std::string test_image(std::string_view mime, int width, int height,
                              bool transparent = false) {
  const std::unique_ptr<gdImage, decltype(&gdImageDestroy)> picture(
      gdImageCreateTrueColor(width, height), &gdImageDestroy);
  GODWIT_ASSERT(picture != nullptr);
  gdImageAlphaBlending(picture.get(), 0);
  gdImageSaveAlpha(picture.get(), transparent ? 1 : 0);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      gdImageSetPixel(
          picture.get(), x, y,
          gdTrueColorAlpha(x * 255 / width, y * 255 / height, 90, transparent ? 64 : 0));
    }
  }
  int size = 0;
  void* bytes = mime == "image/png"    ? gdImagePngPtr(picture.get(), &size)
                : mime == "image/jpeg" ? gdImageJpegPtr(picture.get(), &size, 90)
                                       : gdImageWebpPtrEx(picture.get(), &size, 90);
  GODWIT_ASSERT(bytes != nullptr);
  std::string text(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
  gdFree(bytes);
  return text;
}

}  // namespace godwit::imagegen
