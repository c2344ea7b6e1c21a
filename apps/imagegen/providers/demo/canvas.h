#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "imagegen/providers/demo/palette.h"
#include "imagegen/providers/demo/scene.h"

namespace godwit::imagegen::demo {

/// A picture while it is painted: one number for each pixel and colour, so that many thin layers
/// of mist leave no steps. What is painted covers what was there.
class Canvas {
 public:
  explicit Canvas(Extent extent);

  int width() const { return extent_.width; }
  int height() const { return extent_.height; }

  /// Sky with the light's glow, clouds, stars and aurora, down to the bottom.
  void sky(const Scene& scene);
  /// Sun or moon.
  void light(const Scene& scene);
  /// A range with its trees and the mist at its feet, down to `bottom` (pixels from above).
  void ridge(const Scene& scene, const Ridge& ridge, int bottom);
  /// Below the waterline, the mirrored upper part with ripples, and the light's path.
  void water(const Scene& scene);
  /// Darker corners and grain. Call it once, at the end.
  void finish(std::uint64_t seed);

  /// The pixels as cairo's RGB24 has them: 0x00RRGGBB, row by row.
  std::vector<std::uint32_t> pixels() const;

 private:
  std::size_t row(int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(extent_.width);
  }
  void stars(const Scene& scene);
  void aurora(const Scene& scene);
  void blend(std::size_t pixel, Colour colour, float alpha);

  Extent extent_;
  std::vector<float> r_, g_, b_;
};

/// The ground of `ridge`, and with its trees: pixels from above, for each column of the picture.
std::vector<float> ground_of(const Scene& scene, const Ridge& ridge);
std::vector<float> with_trees(const Scene& scene, const Ridge& ridge,
                              const std::vector<float>& ground);

}  // namespace godwit::imagegen::demo
