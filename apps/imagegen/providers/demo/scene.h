#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "imagegen/providers/demo/palette.h"

namespace godwit::imagegen::demo {

/// What a picture is wanted of.
struct Wish {
  std::string prompt;
  std::string negative_prompt;
  std::string aspect_ratio;  ///< Empty or unknown: 1:1.
  std::string size;          ///< `512`, else 1K.
  std::uint64_t variation = 0;
};

struct Extent {
  int width = 0, height = 0;
};
/// The size in pixels; the same for the same texts as Gemini's models give.
Extent extent_of(std::string_view aspect_ratio, std::string_view size);

/// One range of hills, from far to near. Lengths are parts of the picture's height.
struct Ridge {
  float base = 0.5F;    ///< Its middle, from above.
  float height = 0.1F;  ///< From the middle to the highest peaks.
  float waves = 3;      ///< How many hills stand beside each other on a square's width.
  float sharpness = 0;  ///< 0: downs, 1: alps.
  float nearness = 0;   ///< 0 to 1: its colour.
  float trees = 0;      ///< 0 to 1: how densely wooded.
  std::uint64_t seed = 0;
};

struct Skein {
  float x = 0.5F, y = 0.25F;  ///< Its leader.
  float heading = 0;          ///< Radians; 0 flies to the right.
  float span = 0.03F;         ///< Wings of a bird.
  int birds = 9;
  std::uint64_t seed = 0;
};

/// Everything that is in a picture, before a pixel is painted.
struct Scene {
  Extent extent;
  Palette palette;
  std::uint64_t seed = 0;
  float horizon = 0.6F;
  float light_x = 0.5F, light_y = 0.3F, light_radius = 0.06F;
  bool crescent = false;
  bool water = false;
  float waterline = 0.66F;
  float fog = 1;  ///< Times the palette's mist.
  std::vector<Ridge> ridges;
  std::vector<Ridge> foreground;  ///< In front of the water.
  std::vector<Skein> skeins;
  bool reeds = false;
  bool wader = false;  ///< A godwit in the shallows.
  bool falling_snow = false;
  std::string caption;  ///< The prompt's short form.
};

/// Composes a picture: words of the prompt (night, sea, forest, fog, winter... in English and
/// Russian) choose its mood and its parts, chance that follows from the wish does the rest. The
/// same wish always gives the same scene.
Scene compose(const Wish& wish);

}  // namespace godwit::imagegen::demo
