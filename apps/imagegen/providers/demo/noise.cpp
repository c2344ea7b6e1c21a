#include "imagegen/providers/demo/noise.h"

#include <algorithm>
#include <cmath>

#include "imagegen/providers/demo/random.h"

namespace godwit::imagegen::demo {
namespace {

float lattice(std::uint64_t seed, std::int64_t x, std::int64_t y) {
  const std::uint64_t key = seed ^ (static_cast<std::uint64_t>(x) * 0x9e37'79b9'7f4a'7c15) ^
                            (static_cast<std::uint64_t>(y) * 0xc2b2'ae3d'27d4'eb4f);
  return static_cast<float>(stirred(key) >> 40) * 0x1p-23F - 1.0F;
}

float eased(float t) { return t * t * (3 - 2 * t); }

float area_noise(std::uint64_t seed, float x, float y) {
  const float floor_x = std::floor(x);
  const float floor_y = std::floor(y);
  const auto ix = static_cast<std::int64_t>(floor_x);
  const auto iy = static_cast<std::int64_t>(floor_y);
  const float tx = eased(x - floor_x);
  const float ty = eased(y - floor_y);
  const float top = std::lerp(lattice(seed, ix, iy), lattice(seed, ix + 1, iy), tx);
  const float bottom = std::lerp(lattice(seed, ix, iy + 1), lattice(seed, ix + 1, iy + 1), tx);
  return std::lerp(top, bottom, ty);
}

}  // namespace

float noise(std::uint64_t seed, float x) {
  const float floor = std::floor(x);
  const auto index = static_cast<std::int64_t>(floor);
  return std::lerp(lattice(seed, index, 0), lattice(seed, index + 1, 0), eased(x - floor));
}

float layered_noise(std::uint64_t seed, float x, Octaves octaves) {
  float sum = 0;
  float weight = 1;
  float total = 0;
  for (int i = 0; i < octaves.count; ++i) {
    sum += weight * noise(seed + static_cast<std::uint64_t>(i), x);
    total += weight;
    weight *= octaves.gain;
    x *= 2;
  }
  return sum / total;
}

SoftNoise::SoftNoise(std::uint64_t seed, const Shape& shape)
    : width_(shape.width), columns_(shape.width / step + 2), rows_(shape.height / step + 2) {
  points_.reserve(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_));
  for (int row = 0; row < rows_; ++row) {
    for (int column = 0; column < columns_; ++column) {
      float x = static_cast<float>(column * step) / shape.cell_x;
      float y = static_cast<float>(row * step) / shape.cell_y;
      float sum = 0;
      float weight = 0.55F;
      for (std::uint64_t octave = 0; octave < 3; ++octave) {
        sum += weight * area_noise(seed + octave, x, y);
        weight *= 0.5F;
        x *= 2.1F;
        y *= 2.1F;
      }
      points_.push_back(std::clamp(0.5F + 0.62F * sum, 0.0F, 1.0F));
    }
  }
}

void SoftNoise::row(int y, std::vector<float>& out) const {
  const auto columns = static_cast<std::size_t>(columns_);
  const float* const above = points_.data() + static_cast<std::size_t>(y / step) * columns;
  const float* const below = above + columns;
  const float ty = static_cast<float>(y % step) / step;
  out.resize(static_cast<std::size_t>(width_));
  float left = std::lerp(above[0], below[0], ty);
  for (int x = 0, column = 1; x < width_; x += step, ++column) {
    const float right = std::lerp(above[column], below[column], ty);
    const float slope = (right - left) / step;
    const int end = std::min(step, width_ - x);
    for (int i = 0; i < end; ++i) {
      out[static_cast<std::size_t>(x) + static_cast<std::size_t>(i)] =
          left + slope * static_cast<float>(i);
    }
    left = right;
  }
}

}  // namespace godwit::imagegen::demo
