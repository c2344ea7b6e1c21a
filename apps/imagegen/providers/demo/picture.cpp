#include "imagegen/providers/demo/picture.h"

#include <cairo/cairo.h>
#include <webp/encode.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "imagegen/providers/demo/canvas.h"
#include "imagegen/providers/demo/figures.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
// cairo keeps the few fonts that it found for as long as the process lives, where nobody sees them.
extern "C" const char* __lsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  return "leak:libfontconfig\n";
}
#endif
#endif

namespace godwit::imagegen::demo {
namespace {

// Of 100: what is lost at this one cannot be seen beside the grain. The method trades processor
// time for size; the next better one takes twice as long for a twentieth less.
constexpr float webp_quality = 86;
constexpr int webp_method = 2;

struct SurfaceFree {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
struct CairoFree {
  void operator()(cairo_t* cairo) const { cairo_destroy(cairo); }
};
struct WebpFree {
  void operator()(WebPPicture* picture) const { WebPPictureFree(picture); }
};

/// Down to where each of the ranges is painted: what a nearer one covers anyway is left out.
std::vector<int> bottoms_of(const Scene& scene, int bottom) {
  std::vector<int> bottoms(scene.ridges.size());
  for (std::size_t i = scene.ridges.size(); i-- > 0;) {
    bottoms[i] = bottom;
    const std::vector<float> ground = ground_of(scene, scene.ridges[i]);
    bottom = std::min(bottom, static_cast<int>(*std::ranges::max_element(ground)) + 2);
  }
  return bottoms;
}

Canvas paint(const Scene& scene) {
  Canvas canvas(scene.extent);
  canvas.sky(scene);
  canvas.light(scene);
  const int shore = static_cast<int>(scene.waterline * static_cast<float>(canvas.height()));
  const std::vector<int> bottoms = bottoms_of(scene, scene.water ? shore : canvas.height());
  for (std::size_t i = 0; i < bottoms.size(); ++i) {
    canvas.ridge(scene, scene.ridges[i], bottoms[i]);
  }
  if (scene.water) canvas.water(scene);
  for (const Ridge& ridge : scene.foreground) canvas.ridge(scene, ridge, canvas.height());
  canvas.finish(scene.seed);
  return canvas;
}

int append(const std::uint8_t* bytes, std::size_t size, const WebPPicture* picture) {
  static_cast<std::string*>(picture->custom_ptr)
      ->append(reinterpret_cast<const char*>(bytes), size);
  return 1;
}

Result<std::string> encode(const std::vector<std::uint32_t>& pixels, const Extent& extent) {
  WebPConfig config;
  WebPPicture picture;
  if (WebPConfigPreset(&config, WEBP_PRESET_PHOTO, webp_quality) == 0 ||
      WebPPictureInit(&picture) == 0) {
    return fail(ErrorCode::unavailable, "libwebp is not the version that this was built with");
  }
  config.method = webp_method;
  const std::unique_ptr<WebPPicture, WebpFree> free(&picture);
  std::string bytes;
  picture.width = extent.width;
  picture.height = extent.height;
  picture.writer = append;
  picture.custom_ptr = &bytes;
  const auto* const rows = reinterpret_cast<const std::uint8_t*>(pixels.data());
  if (WebPPictureImportBGRX(&picture, rows, extent.width * 4) == 0 ||
      WebPEncode(&config, &picture) == 0) {
    return fail(ErrorCode::unavailable, "the picture could not be encoded: libwebp error " +
                                            std::to_string(picture.error_code));
  }
  return bytes;
}

}  // namespace

Result<std::string> draw(const Wish& wish) {
  const Scene scene = compose(wish);
  std::vector<std::uint32_t> pixels = paint(scene).pixels();
  const std::unique_ptr<cairo_surface_t, SurfaceFree> surface(cairo_image_surface_create_for_data(
      reinterpret_cast<unsigned char*>(pixels.data()), CAIRO_FORMAT_RGB24, scene.extent.width,
      scene.extent.height, scene.extent.width * 4));
  {
    const std::unique_ptr<cairo_t, CairoFree> cairo(cairo_create(surface.get()));
    draw_figures(cairo.get(), scene);
    draw_label(cairo.get(), scene);
    if (const cairo_status_t status = cairo_status(cairo.get()); status != CAIRO_STATUS_SUCCESS) {
      return fail(ErrorCode::unavailable,
                  std::string("the picture could not be drawn: ") + cairo_status_to_string(status));
    }
  }
  cairo_surface_flush(surface.get());
  return encode(pixels, scene.extent);
}

}  // namespace godwit::imagegen::demo
