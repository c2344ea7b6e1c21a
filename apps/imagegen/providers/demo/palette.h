#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace godwit::imagegen::demo {

/// Red, green and blue, 0 to 1, as screens show them.
struct Colour {
  float r = 0, g = 0, b = 0;
};

constexpr Colour colour(std::uint32_t rgb) {
  return {static_cast<float>(rgb >> 16 & 255) / 255, static_cast<float>(rgb >> 8 & 255) / 255,
          static_cast<float>(rgb & 255) / 255};
}
constexpr Colour mix(Colour a, Colour b, float t) {
  return {a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t};
}

/// The colours of one mood: a time of day, a season, a way of painting.
struct Palette {
  std::string_view name;
  Colour sky_top, sky_middle, sky_low;  ///< Zenith, between, horizon.
  Colour light;                         ///< Of sun or moon, and what shines on the water.
  Colour glow;                          ///< Around it.
  Colour far, near;                     ///< The most distant hills and the nearest ground.
  Colour mist;
  float mist_strength = 0.8F;  ///< 0 to 1.
  bool night = false;          ///< A moon, and stars.
  bool aurora = false;
  bool clouds = true;
};

std::span<const Palette> palettes();

}  // namespace godwit::imagegen::demo
