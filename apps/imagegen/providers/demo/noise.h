#pragma once
#include <cstdint>
#include <vector>

namespace godwit::imagegen::demo {

/// Smooth noise along a line; one for each `seed`. In [-1, 1].
float noise(std::uint64_t seed, float x);

/// Several octaves of it, each twice as fine and `gain` as strong. About [-1, 1].
struct Octaves {
  int count = 4;
  float gain = 0.5F;
};
float layered_noise(std::uint64_t seed, float x, Octaves octaves);

/// Soft noise over an area, made coarse and read smooth: cheap enough for every pixel. In [0, 1].
class SoftNoise {
 public:
  struct Shape {
    int width = 0, height = 0;       ///< Pixels of the area.
    float cell_x = 64, cell_y = 64;  ///< Pixels of the largest lumps.
  };
  SoftNoise(std::uint64_t seed, const Shape& shape);

  /// Fills `out` (of the area's width) with the row `y`, 0 <= y < height.
  void row(int y, std::vector<float>& out) const;

 private:
  static constexpr int step = 8;  ///< Pixels between the points that are computed.
  int width_;
  int columns_, rows_;
  std::vector<float> points_;
};

}  // namespace godwit::imagegen::demo
