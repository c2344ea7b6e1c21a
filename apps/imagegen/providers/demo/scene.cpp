#include "imagegen/providers/demo/scene.h"

#include <algorithm>
#include <array>

#include "imagegen/providers/demo/random.h"
#include "imagegen/providers/demo/words.h"

namespace godwit::imagegen::demo {
namespace {

struct NamedExtent {
  std::string_view ratio;
  Extent extent;  ///< At 1K.
};
constexpr std::array<NamedExtent, 10> extents{{{"1:1", {1024, 1024}},
                                               {"16:9", {1376, 768}},
                                               {"9:16", {768, 1376}},
                                               {"4:3", {1200, 896}},
                                               {"3:4", {896, 1200}},
                                               {"3:2", {1264, 848}},
                                               {"2:3", {848, 1264}},
                                               {"5:4", {1152, 928}},
                                               {"4:5", {928, 1152}},
                                               {"21:9", {1584, 672}}}};

constexpr std::size_t caption_length_max = 56;

Palette choose_palette(const Hints& hints, Random& random) {
  const std::span<const Palette> all = palettes();
  std::string_view name;
  if (!hints.palettes.empty()) {
    name = hints.palettes[static_cast<std::size_t>(
        random.below(static_cast<int>(hints.palettes.size())))];
  }
  const auto named = std::ranges::find(all, name, &Palette::name);
  Palette palette = named != all.end()
                        ? *named
                        : all[static_cast<std::size_t>(random.below(static_cast<int>(all.size())))];
  // A little of a neighbour's light keeps two pictures of one mood apart.
  const Palette& other = all[static_cast<std::size_t>(random.below(static_cast<int>(all.size())))];
  if (other.night == palette.night && palette.name != "ink" && other.name != "ink") {
    const float share = random.between(0, 0.22F);
    palette.sky_top = mix(palette.sky_top, other.sky_top, share);
    palette.sky_middle = mix(palette.sky_middle, other.sky_middle, share);
    palette.sky_low = mix(palette.sky_low, other.sky_low, share);
    palette.far = mix(palette.far, other.far, share);
  }
  return palette;
}

Skein skein(Random& random, const Scene& scene) {
  Skein made;
  const bool to_right = random.chance(0.5F);
  made.x = to_right ? random.between(0.45F, 0.8F) : random.between(0.2F, 0.55F);
  made.y = random.between(0.1F, std::max(0.16F, scene.horizon * 0.55F));
  made.heading = to_right ? random.between(-0.22F, 0.05F) : 3.1416F + random.between(-0.05F, 0.22F);
  made.span = random.between(0.022F, 0.042F);
  made.birds = 5 + random.below(9);
  made.seed = random.next();
  return made;
}

/// The ranges that stand against the sky, the most distant first.
void add_ridges(Scene& scene, const Hints& hints, Random& random) {
  const int count = scene.water ? 3 + random.below(2) : 5 + random.below(2);
  const bool alps = hints.alps || (!hints.hills && random.chance(0.45F));
  const float bottom = scene.water ? scene.waterline : 1.02F;
  const bool wooded = hints.forest || random.chance(0.55F);
  for (int i = 0; i < count; ++i) {
    const float depth = static_cast<float>(i) / static_cast<float>(count);  // 0: far.
    Ridge ridge;
    const float spread = scene.water ? bottom - 0.035F - scene.horizon : 0.97F - scene.horizon;
    ridge.base = scene.horizon + spread * (scene.water ? depth : depth * (0.6F + 0.4F * depth)) +
                 random.between(-0.01F, 0.01F);
    ridge.sharpness = alps ? std::clamp(1.0F - depth * 1.5F, 0.0F, 1.0F) : 0.1F;
    const float tall = alps ? random.between(0.12F, 0.24F) : random.between(0.06F, 0.11F);
    ridge.height = tall * (1 - 0.55F * depth) * (scene.water ? 0.8F : 1.0F);
    ridge.waves = random.between(1.6F, 3.2F) * (1 + 0.5F * depth);
    ridge.nearness = scene.water ? 0.08F + 0.72F * depth : 0.05F + 1.05F * depth;
    if (wooded && depth > 0.45F) {
      ridge.trees = (hints.forest ? 0.95F : random.between(0.25F, 0.8F)) * depth;
    }
    ridge.seed = random.next();
    scene.ridges.push_back(ridge);
  }
}

void add_foreground(Scene& scene, const Hints& hints, Random& random) {
  if (!scene.water || !(hints.reeds || hints.forest || random.chance(0.7F))) return;
  Ridge bank;
  bank.base = random.between(0.965F, 1.0F);
  bank.height = random.between(0.03F, 0.06F);
  bank.waves = random.between(0.7F, 1.3F);
  bank.nearness = 1;
  bank.seed = random.next();
  scene.foreground.push_back(bank);
  scene.reeds = hints.reeds || random.chance(0.75F);
}

}  // namespace

Extent extent_of(std::string_view aspect_ratio, std::string_view size) {
  const auto* const named = std::ranges::find(extents, aspect_ratio, &NamedExtent::ratio);
  Extent extent = named == extents.end() ? extents.front().extent : named->extent;
  if (size == "512") extent = {extent.width / 2, extent.height / 2};
  return extent;
}

Scene compose(const Wish& wish) {
  std::uint64_t hash = hash_of(wish.prompt);
  hash = hash_of(wish.negative_prompt, hash_of("|", hash));
  Random random(stirred(hash ^ stirred(wish.variation)));
  const Hints hints = hints_of(wish.prompt);

  Scene scene;
  scene.extent = extent_of(wish.aspect_ratio, wish.size);
  scene.seed = random.next();
  scene.palette = choose_palette(hints, random);
  const bool portrait = scene.extent.height > scene.extent.width;
  scene.water =
      hints.water || hints.reeds || (!hints.hills && !hints.forest && random.chance(0.6F));
  scene.horizon = scene.water ? random.between(0.46F, 0.56F) : random.between(0.38F, 0.5F);
  scene.waterline = scene.horizon + random.between(0.1F, 0.15F);
  scene.fog = hints.fog ? 1.35F : hints.clear ? 0.55F : random.between(0.75F, 1.1F);

  scene.light_x = random.chance(0.5F) ? random.between(0.2F, 0.42F) : random.between(0.58F, 0.8F);
  scene.light_y = scene.horizon * (scene.palette.night ? random.between(0.25F, 0.55F)
                                                       : random.between(0.4F, 0.82F));
  scene.light_radius = scene.palette.night           ? random.between(0.03F, 0.045F)
                       : scene.palette.name == "ink" ? random.between(0.06F, 0.09F)
                                                     : random.between(0.035F, 0.06F);
  if (portrait) scene.light_radius *= 0.8F;
  scene.crescent = scene.palette.night && !hints.moon && random.chance(0.4F);

  add_ridges(scene, hints, random);
  add_foreground(scene, hints, random);
  scene.skeins.push_back(skein(random, scene));
  if (hints.birds || random.chance(0.3F)) {
    Skein distant = skein(random, scene);
    distant.span *= 0.45F;
    distant.birds = 4 + random.below(6);
    scene.skeins.push_back(distant);
  }
  scene.wader = scene.water && !scene.foreground.empty() && random.chance(0.55F);
  scene.falling_snow = hints.snow || (scene.palette.name == "winter" && random.chance(0.35F));
  scene.caption = caption_of(wish.prompt, caption_length_max);
  return scene;
}

}  // namespace godwit::imagegen::demo
