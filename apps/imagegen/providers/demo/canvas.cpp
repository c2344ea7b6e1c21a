#include "imagegen/providers/demo/canvas.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "imagegen/providers/demo/noise.h"
#include "imagegen/providers/demo/random.h"

namespace godwit::imagegen::demo {
namespace {

float smooth(float low, float high, float value) {
  const float t = std::clamp((value - low) / (high - low), 0.0F, 1.0F);
  return t * t * (3 - 2 * t);
}

/// Lengths of a picture of about a million pixels are scaled by this.
float scale_of(const Canvas& canvas) {
  return std::sqrt(static_cast<float>(canvas.width()) * static_cast<float>(canvas.height())) / 1024;
}

/// The sky's colour at `t`, 0 above and 1 at the horizon.
Colour sky_at(const Palette& palette, float t) {
  const Colour upper = mix(palette.sky_top, palette.sky_middle, smooth(0, 0.62F, t));
  return mix(upper, palette.sky_low, smooth(0.34F, 1, t));
}

/// The mean of each value and its neighbours up to `reach` away.
std::vector<float> softened(const std::vector<float>& values, std::size_t reach) {
  std::vector<double> sums(values.size() + 1);
  for (std::size_t i = 0; i < values.size(); ++i) sums[i + 1] = sums[i] + values[i];
  std::vector<float> out(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t begin = i < reach ? 0 : i - reach;
    const std::size_t end = std::min(i + reach + 1, values.size());
    out[i] = static_cast<float>((sums[end] - sums[begin]) / static_cast<double>(end - begin));
  }
  return out;
}

}  // namespace

Canvas::Canvas(Extent extent)
    : extent_(extent),
      r_(static_cast<std::size_t>(extent.width) * static_cast<std::size_t>(extent.height)),
      g_(r_.size()),
      b_(r_.size()) {}

void Canvas::blend(std::size_t pixel, Colour colour, float alpha) {
  r_[pixel] += (colour.r - r_[pixel]) * alpha;
  g_[pixel] += (colour.g - g_[pixel]) * alpha;
  b_[pixel] += (colour.b - b_[pixel]) * alpha;
}

void Canvas::sky(const Scene& scene) {
  const Palette& palette = scene.palette;
  const float w = static_cast<float>(width());
  const float h = static_cast<float>(height());
  const float scale = scale_of(*this);
  const float light_x = scene.light_x * w;
  const float light_y = scene.light_y * h;
  const float near_glow = 1 / std::pow(190 * scale, 2.0F);
  const float wide_glow = 1 / std::pow(620 * scale, 2.0F);
  const SoftNoise clouds(scene.seed, {width(), height(), 520 * scale, 90 * scale});
  const Colour cloud = mix(palette.mist, palette.light, palette.night ? 0.05F : 0.35F);
  std::vector<float> veil;
  for (int y = 0; y < height(); ++y) {
    const float fy = static_cast<float>(y);
    const float t = std::clamp(fy / (scene.horizon * h), 0.0F, 1.0F);
    const Colour base = sky_at(palette, t);
    clouds.row(y, veil);
    const float band = palette.clouds ? smooth(0.02F, 0.4F, t) * (palette.night ? 0.3F : 0.62F) : 0;
    const float dy = (fy - light_y) * (fy - light_y);
    const std::size_t begin = row(y);
    for (int x = 0; x < width(); ++x) {
      const float dx = static_cast<float>(x) - light_x;
      const float distance = dx * dx + dy;
      const float near = 1 / (1 + distance * near_glow);
      const float wide = 1 / (1 + distance * wide_glow);
      const float glow = std::min(0.62F * near * near + 0.45F * wide * wide, 1.0F);
      const std::size_t pixel = begin + static_cast<std::size_t>(x);
      r_[pixel] = base.r + (palette.glow.r - base.r) * glow;
      g_[pixel] = base.g + (palette.glow.g - base.g) * glow;
      b_[pixel] = base.b + (palette.glow.b - base.b) * glow;
      const float lump = std::clamp((veil[static_cast<std::size_t>(x)] - 0.5F) * 3.2F, 0.0F, 1.0F);
      blend(pixel, cloud, lump * lump * band);
    }
  }
  if (palette.night) stars(scene);
  if (palette.aurora) aurora(scene);
}

void Canvas::stars(const Scene& scene) {
  Random random(scene.seed ^ 0x57a2);
  const float scale = scale_of(*this);
  const int count = static_cast<int>(420 * scale * scale);
  const float floor = scene.horizon * static_cast<float>(height());
  for (int i = 0; i < count; ++i) {
    const float cx = random.unit() * static_cast<float>(width());
    const float height_part = random.unit();
    const float cy = height_part * height_part * floor;
    const float bright = 0.15F + 0.85F * std::pow(random.unit(), 5.0F);
    const float radius = (0.55F + 0.75F * bright) * scale;
    const Colour tint = mix(colour(0xcfdcff), colour(0xfff1d8), random.unit());
    const int reach = static_cast<int>(std::ceil(radius * 2.2F));
    for (int y = static_cast<int>(cy) - reach; y <= static_cast<int>(cy) + reach; ++y) {
      for (int x = static_cast<int>(cx) - reach; x <= static_cast<int>(cx) + reach; ++x) {
        if (x < 0 || y < 0 || x >= width() || y >= height()) continue;
        const float dx = static_cast<float>(x) - cx;
        const float dy = static_cast<float>(y) - cy;
        const float fall = 1 - (dx * dx + dy * dy) / (radius * radius * 3.2F);
        if (fall > 0) {
          blend(row(y) + static_cast<std::size_t>(x), tint,
                fall * fall * bright * (1 - 0.5F * height_part));
        }
      }
    }
  }
}

void Canvas::aurora(const Scene& scene) {
  const float h = static_cast<float>(height());
  const float scale = scale_of(*this);
  const Colour low = colour(0x6ff2b4);
  const Colour high = colour(0x7a5cd0);
  for (std::uint64_t curtain = 0; curtain < 3; ++curtain) {
    const std::uint64_t seed = stirred(scene.seed + curtain);
    const float middle = (0.5F + 0.22F * static_cast<float>(curtain)) * scene.horizon * h;
    std::vector<float> foot(static_cast<std::size_t>(width()));
    std::vector<float> strength(foot.size());
    std::vector<float> length(foot.size());
    for (std::size_t x = 0; x < foot.size(); ++x) {
      const float fx = static_cast<float>(x) / scale;
      foot[x] = middle + 85 * scale * layered_noise(seed, fx / 300, {3, 0.4F});
      const float folds = 0.62F + 0.38F * noise(seed + 9, fx / 17);
      const float patches = std::max(0.0F, 0.3F + noise(seed + 5, fx / 260));
      strength[x] = patches * folds * 0.62F;
      length[x] = (130 + 70 * noise(seed + 7, fx / 120)) * scale;
    }
    const int end = std::min(height(), static_cast<int>(middle + 140 * scale));
    for (int y = 0; y < end; ++y) {
      for (std::size_t x = 0; x < foot.size(); ++x) {
        const float above = (foot[x] - static_cast<float>(y)) / length[x];
        if (above < -0.15F || strength[x] <= 0) continue;
        const float fade = above < 0 ? 1 + above / 0.15F : 1 / (1 + 2.2F * above * above * above);
        const float alpha = strength[x] * (above < 0 ? fade * fade : fade);
        blend(row(y) + x, mix(low, high, std::clamp(above * 0.6F, 0.0F, 1.0F)), alpha * 0.8F);
      }
    }
  }
}

void Canvas::light(const Scene& scene) {
  const float w = static_cast<float>(width());
  const float h = static_cast<float>(height());
  const float radius = scene.light_radius * h;
  const float cx = scene.light_x * w;
  const float cy = scene.light_y * h;
  const bool moon = scene.palette.night;
  struct Sea {
    float x, y, radius;
  };
  constexpr std::array<Sea, 6> seas{{{-0.35F, -0.35F, 0.42F},
                                     {0.08F, -0.42F, 0.34F},
                                     {0.34F, -0.12F, 0.38F},
                                     {-0.5F, 0.12F, 0.4F},
                                     {-0.12F, 0.3F, 0.3F},
                                     {0.46F, 0.3F, 0.2F}}};
  const int reach = static_cast<int>(radius) + 2;
  for (int y = std::max(0, static_cast<int>(cy) - reach);
       y < std::min(height(), static_cast<int>(cy) + reach + 1); ++y) {
    for (int x = std::max(0, static_cast<int>(cx) - reach);
         x < std::min(width(), static_cast<int>(cx) + reach + 1); ++x) {
      const float dx = static_cast<float>(x) - cx;
      const float dy = static_cast<float>(y) - cy;
      float cover = std::clamp(radius - std::sqrt(dx * dx + dy * dy) + 0.5F, 0.0F, 1.0F);
      if (scene.crescent) {
        const float ex = dx - radius * 0.48F;
        const float ey = dy + radius * 0.2F;
        cover *= std::clamp(std::sqrt(ex * ex + ey * ey) - radius * 0.92F + 0.5F, 0.0F, 1.0F);
      }
      if (cover <= 0) continue;
      Colour disc = scene.palette.light;
      if (moon) {
        // Its seas: soft round patches.
        float dark = 0;
        for (const Sea& sea : seas) {
          const float ax = dx / radius - sea.x;
          const float ay = dy / radius - sea.y;
          dark += std::max(0.0F, 1 - (ax * ax + ay * ay) / (sea.radius * sea.radius));
        }
        disc = mix(disc, scene.palette.glow, 0.4F * smooth(0, 1.2F, dark));
      } else {
        disc = mix(disc, scene.palette.glow, 0.35F * smooth(-radius, radius, dy));
      }
      blend(row(y) + static_cast<std::size_t>(x), disc, cover);
    }
  }
}

std::vector<float> ground_of(const Scene& scene, const Ridge& ridge) {
  const auto width = static_cast<std::size_t>(scene.extent.width);
  const float h = static_cast<float>(scene.extent.height);
  const float scale = std::sqrt(static_cast<float>(width) * h) / 1024;
  std::vector<float> edge(width);
  for (std::size_t x = 0; x < width; ++x) {
    const float fx = static_cast<float>(x) / (1024 * scale) * ridge.waves;
    const float downs = layered_noise(ridge.seed, fx, {5, 0.42F});
    float alps = 0;
    if (ridge.sharpness > 0) {
      // Folded noise has sharp crests.
      float weight = 0.62F;
      float at = fx * 1.1F;
      for (std::uint64_t octave = 0; octave < 6; ++octave) {
        alps += weight * (1 - 2 * std::abs(noise(ridge.seed + 40 + octave, at)));
        weight *= 0.47F;
        at *= 2.05F;
      }
    }
    edge[x] = (ridge.base - ridge.height * std::lerp(downs * 1.3F, alps, ridge.sharpness)) * h;
  }
  return edge;
}

std::vector<float> with_trees(const Scene& scene, const Ridge& ridge,
                              const std::vector<float>& ground) {
  std::vector<float> edge = ground;
  if (ridge.trees <= 0) return edge;
  const std::size_t width = edge.size();
  const float scale =
      std::sqrt(static_cast<float>(width) * static_cast<float>(scene.extent.height)) / 1024;
  // Spruces: each a saw-edged cone that stands on the ground of its foot.
  Random random(ridge.seed ^ 0x7eee);
  const float size = (9 + 21 * ridge.nearness) * scale;
  const auto count = static_cast<int>(ridge.trees * 2.6F * static_cast<float>(width) / size);
  for (int i = 0; i < count; ++i) {
    const float foot = random.unit() * static_cast<float>(width);
    // They stand in groups.
    if (noise(ridge.seed + 77, foot / (90 * scale)) + 2.2F * ridge.trees - 1 < random.unit() - 0.5F)
      continue;
    const float tall = size * random.between(0.7F, 1.6F);
    const float half = tall * random.between(0.16F, 0.24F);
    const auto begin = static_cast<int>(std::max(0.0F, foot - half));
    const auto end = static_cast<int>(std::min(static_cast<float>(width) - 1, foot + half));
    const float base =
        ground[static_cast<std::size_t>(std::min(foot, static_cast<float>(width) - 1))];
    for (int x = begin; x <= end; ++x) {
      const float out = std::abs(static_cast<float>(x) - foot) / half;
      const float branch = 0.09F * std::sin(out * 19 + static_cast<float>(i));
      const float top = base - tall * std::clamp(1 - out + branch * out, 0.0F, 1.0F);
      float& height = edge[static_cast<std::size_t>(x)];
      height = std::min(height, top);
    }
  }
  return edge;
}

void Canvas::ridge(const Scene& scene, const Ridge& ridge, int bottom) {
  const Palette& palette = scene.palette;
  const float w = static_cast<float>(width());
  const float h = static_cast<float>(height());
  const float scale = scale_of(*this);
  const std::vector<float> ground = ground_of(scene, ridge);
  const std::vector<float> edge = with_trees(scene, ridge, ground);
  // What varies across a slope must vary slowly, or it shows as stripes.
  const std::vector<float> level = softened(softened(ground, static_cast<std::size_t>(26 * scale)),
                                            static_cast<std::size_t>(26 * scale));
  const auto count = static_cast<std::size_t>(width());

  // Hills towards the light take its colour; slopes that face it are lighter.
  std::vector<Colour> tint(count);
  const Colour plain = mix(palette.far, palette.near, std::min(ridge.nearness, 1.0F));
  const float reach = 1 - std::min(ridge.nearness, 1.0F);
  for (std::size_t x = 0; x < count; ++x) {
    const float away = (static_cast<float>(x) / w - scene.light_x) * 2.4F;
    const float glow = 0.42F * reach / (1 + away * away * 2.5F);
    const std::size_t after = std::min(x + 3, count - 1);
    const std::size_t before = x < 3 ? 0 : x - 3;
    const float rise = (level[after] - level[before]) / static_cast<float>(after - before);
    const float shade = 0.035F * std::clamp(rise * away * 2.5F, -1.0F, 1.0F) * (0.4F + reach);
    const Colour at = mix(plain, palette.glow, std::clamp(glow, 0.0F, 1.0F));
    tint[x] = {at.r + shade, at.g + shade, at.b + shade};
  }

  const SoftNoise drift(ridge.seed ^ 0xf09, {width(), height(), 380 * scale, 60 * scale});
  const float depth = (0.075F + 0.16F * (1 - ridge.nearness)) * h;
  const float strength =
      std::clamp(palette.mist_strength * scene.fog * (1.04F - 0.8F * ridge.nearness), 0.0F, 1.0F);
  const auto top = static_cast<int>(std::floor(*std::ranges::min_element(edge)));
  std::vector<float> lumps;
  for (int y = std::max(0, top); y < bottom; ++y) {
    drift.row(y, lumps);
    const float fy = static_cast<float>(y) + 1;
    const std::size_t begin = row(y);
    for (std::size_t x = 0; x < count; ++x) {
      const float below = fy - edge[x];
      if (below <= 0) continue;
      const float cover = std::min(below, 1.0F);
      const float sunk = std::clamp((fy - level[x]) / depth, 0.0F, 1.0F);
      const float pool = sunk * sunk * (3 - 2 * sunk) * strength * (0.62F + 0.62F * lumps[x]);
      blend(begin + x, mix(tint[x], palette.mist, std::min(pool, 1.0F)), cover);
    }
  }
}

void Canvas::water(const Scene& scene) {
  const Palette& palette = scene.palette;
  const float w = static_cast<float>(width());
  const float scale = scale_of(*this);
  const auto shore = static_cast<int>(scene.waterline * static_cast<float>(height()));
  const float depth = static_cast<float>(height() - shore);
  const float light_x = scene.light_x * w;
  const Colour deep = mix(palette.near, palette.sky_top, 0.45F);

  // Waves are sums of sines; a table of one wave is far cheaper than asking for each pixel.
  constexpr std::size_t period = 1024;
  std::array<float, period> wave{};
  for (std::size_t i = 0; i < period; ++i) {
    wave[i] = std::sin(2 * std::numbers::pi_v<float> * static_cast<float>(i) / period);
  }
  const auto wave_at = [&](float turns) {
    return wave[static_cast<std::size_t>(static_cast<std::int64_t>(turns * period)) % period];
  };

  for (int y = shore; y < height(); ++y) {
    const float below = static_cast<float>(y - shore);
    const float near = below / depth;  // 0 at the far shore, 1 at our feet.
    // Towards the horizon waves are shorter and closer.
    const float distance = 34 / (near + 0.09F);
    const float length = scale * (26 + 210 * near);
    const float phase_a = 400 + 3 * noise(scene.seed + 51, distance * 0.9F) + distance * 0.13F;
    const float phase_b = 400 + 3 * noise(scene.seed + 52, distance * 1.7F) - distance * 0.21F;
    const float phase_c = 400 + 3 * noise(scene.seed + 53, distance * 3.1F);
    const float high = scale * (1.2F + 17 * near);
    const float sheen_row = 0.5F + 0.5F * noise(scene.seed + 54, distance * 1.3F);
    const float spread = (26 + 150 * near) * scale;
    const std::size_t begin = row(y);
    for (int x = 0; x < width(); ++x) {
      const float fx = static_cast<float>(x) / length;
      const float ripple = 0.5F * wave_at(fx * 0.31F + phase_a) +
                           0.32F * wave_at(fx * 0.83F + phase_b) +
                           0.18F * wave_at(fx * 2.1F + phase_c);
      const float mirrored = static_cast<float>(shore) - 1 - below * 0.92F + ripple * high;
      const int source = std::clamp(static_cast<int>(mirrored), 0, shore - 1);
      const std::size_t from = row(source) + static_cast<std::size_t>(x);
      const std::size_t to = begin + static_cast<std::size_t>(x);
      const Colour mirror{r_[from], g_[from], b_[from]};
      Colour out = mix(mirror, deep, 0.1F + 0.42F * near * near);
      // Crests catch the sky.
      const float crest = std::clamp((ripple - 0.35F) * 1.7F, 0.0F, 1.0F);
      out = mix(out, palette.sky_low, crest * 0.16F * sheen_row);
      const float away = (static_cast<float>(x) - light_x) / spread;
      const float path = 1 / (1 + away * away * away * away);
      const float glint = std::clamp((ripple + 0.12F) * 2.2F, 0.0F, 1.0F) * path;
      out = mix(out, palette.light, glint * (palette.night ? 0.5F : 0.62F) * (1 - 0.45F * near));
      r_[to] = out.r;
      g_[to] = out.g;
      b_[to] = out.b;
    }
  }
  // Vapour over the far shore.
  const float thick = 26 * scale;
  for (int y = std::max(0, shore - static_cast<int>(thick));
       y < std::min(height(), shore + static_cast<int>(thick * 1.6F)); ++y) {
    const float off = std::abs(static_cast<float>(y - shore)) / (y < shore ? thick : thick * 1.6F);
    const float alpha = 0.5F * palette.mist_strength * scene.fog * (1 - off) * (1 - off);
    const std::size_t begin = row(y);
    for (std::size_t x = 0; x < static_cast<std::size_t>(width()); ++x) {
      blend(begin + x, palette.mist, alpha);
    }
  }
}

void Canvas::finish(std::uint64_t seed) {
  const float cx = static_cast<float>(width()) / 2;
  const float cy = static_cast<float>(height()) / 2;
  auto state = static_cast<std::uint32_t>(stirred(seed) | 1);
  for (int y = 0; y < height(); ++y) {
    const float dy = (static_cast<float>(y) - cy) / cy;
    const std::size_t begin = row(y);
    for (int x = 0; x < width(); ++x) {
      const float dx = (static_cast<float>(x) - cx) / cx;
      const float far = dx * dx + dy * dy;
      const float corner = 1 - 0.085F * far * far * 0.5F;
      state ^= state << 13;
      state ^= state >> 17;
      state ^= state << 5;
      // The sum of two bytes is likelier to be in the middle, as grain is.
      const auto bytes = static_cast<float>((state & 255) + (state >> 8 & 255));
      const float grain = (bytes - 255) * (0.021F / 255);
      const std::size_t pixel = begin + static_cast<std::size_t>(x);
      r_[pixel] = r_[pixel] * corner + grain;
      g_[pixel] = g_[pixel] * corner + grain;
      b_[pixel] = b_[pixel] * corner + grain;
    }
  }
}

std::vector<std::uint32_t> Canvas::pixels() const {
  std::vector<std::uint32_t> out(r_.size());
  const auto byte = [](float value) {
    // Truncated after a half is added: lround is a call for each of three million values.
    constexpr float half = 0.5F;
    return static_cast<std::uint32_t>(half + std::clamp(value, 0.0F, 1.0F) * 255);
  };
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = byte(r_[i]) << 16 | byte(g_[i]) << 8 | byte(b_[i]);
  }
  return out;
}

}  // namespace godwit::imagegen::demo
