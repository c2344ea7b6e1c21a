#include "imagegen/providers/demo/figures.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "imagegen/providers/demo/canvas.h"
#include "imagegen/providers/demo/random.h"

namespace godwit::imagegen::demo {
namespace {

constexpr double pi = std::numbers::pi;

void set(cairo_t* cairo, Colour colour, double alpha) {
  cairo_set_source_rgba(cairo, colour.r, colour.g, colour.b, alpha);
}

double scale_of(const Scene& scene) {
  return std::sqrt(static_cast<double>(scene.extent.width) * scene.extent.height) / 1024;
}

/// A bird in flight, seen a little from behind and the side: two bent wings, a body, a long neck.
/// Its flight is to the right; the unit is half its span.
void bird_path(cairo_t* cairo, double flap) {
  const double lift = 0.34 + 0.3 * flap;  // How high the near wing's bend is.
  const double tip = -0.1 - 0.55 * flap;
  // The near wing.
  cairo_move_to(cairo, 0.2, 0.02);
  cairo_curve_to(cairo, 0.1, -lift * 0.6, -0.1, -lift, -0.34, -lift * 0.92);
  cairo_curve_to(cairo, -0.62, -lift * 0.75, -0.84, tip * 0.8, -1.0, tip);
  cairo_curve_to(cairo, -0.8, tip * 0.55, -0.52, -lift * 0.42, -0.24, -lift * 0.3);
  cairo_curve_to(cairo, -0.16, -0.08, -0.12, 0, -0.16, 0.07);
  cairo_close_path(cairo);
  // The far wing.
  cairo_move_to(cairo, 0.22, 0);
  cairo_curve_to(cairo, 0.2, -lift * 0.5, 0.28, -lift * 0.95, 0.46, -lift * 0.96);
  cairo_curve_to(cairo, 0.66, -lift * 0.9, 0.8, tip * 0.9, 0.88, tip * 1.05);
  cairo_curve_to(cairo, 0.72, tip * 0.5, 0.52, -lift * 0.4, 0.36, -lift * 0.34);
  cairo_curve_to(cairo, 0.24, -0.14, 0.16, 0, 0.1, 0.06);
  cairo_close_path(cairo);
  // Tail, body, neck and bill.
  cairo_move_to(cairo, -0.4, 0.1);
  cairo_curve_to(cairo, -0.2, -0.02, 0.1, -0.08, 0.34, -0.03);
  cairo_curve_to(cairo, 0.46, -0.02, 0.54, -0.07, 0.62, -0.06);
  cairo_line_to(cairo, 0.84, -0.03);
  cairo_line_to(cairo, 0.62, 0);
  cairo_curve_to(cairo, 0.5, 0.03, 0.44, 0.05, 0.3, 0.07);
  cairo_curve_to(cairo, 0.1, 0.13, -0.16, 0.12, -0.4, 0.1);
  cairo_close_path(cairo);
}

void draw_skein(cairo_t* cairo, const Scene& scene, const Skein& skein) {
  Random random(skein.seed);
  const double w = scene.extent.width;
  const double h = scene.extent.height;
  const double half = skein.span * std::min(w, h * 1.2) / 2;
  const bool to_left = std::cos(skein.heading) < 0;
  const double climb = std::sin(skein.heading);
  const double open = 0.5 + 0.25 * random.unit();
  int left = 0;
  int right = 0;
  for (int i = 0; i < skein.birds; ++i) {
    // One arm of the V is longer, as it is with geese.
    const bool upper = i > 0 && (i % 3 == 0);
    const int place = i == 0 ? 0 : upper ? ++left : ++right;
    const double back = place * half * 2.35;
    const double aside = place * half * (upper ? -open * 1.15 : open) * 1.25;
    const double jitter = half * 0.3;
    const double x = skein.x * w + (to_left ? back : -back) + random.between(-1, 1) * jitter;
    const double y = skein.y * h + aside - climb * back * 0.5 + random.between(-1, 1) * jitter;
    if (x < -half || x > w + half || y < half) continue;
    cairo_save(cairo);
    cairo_translate(cairo, x, y);
    const double size = half * random.between(0.9F, 1.08F);
    cairo_scale(cairo, to_left ? -size : size, size);
    cairo_rotate(cairo, (to_left ? -1 : 1) * climb * 0.4);
    bird_path(cairo, random.between(-0.75F, 1.0F));
    cairo_restore(cairo);
  }
  const bool dark_sky = scene.palette.night;
  const Colour ink = dark_sky ? mix(scene.palette.sky_low, colour(0xffffff), 0.35F)
                              : mix(scene.palette.near, scene.palette.sky_middle,
                                    skein.span < 0.02F ? 0.42F : 0.1F);
  set(cairo, ink, dark_sky ? 0.75 : 0.92);
  cairo_set_fill_rule(cairo, CAIRO_FILL_RULE_WINDING);
  cairo_fill(cairo);
}

/// A tapering stalk from the bottom, bent by the wind; returns where its tip is.
struct Point {
  double x = 0, y = 0;
};
struct Stalk {
  Point foot;
  double length = 0, bend = 0, thickness = 1;
};
Point add_stalk(cairo_t* cairo, const Stalk& stalk) {
  const Point tip{stalk.foot.x + stalk.bend, stalk.foot.y - stalk.length};
  const double middle_x = stalk.foot.x + stalk.bend * 0.18;
  const double middle_y = stalk.foot.y - stalk.length * 0.6;
  const double half = stalk.thickness / 2;
  cairo_move_to(cairo, stalk.foot.x - half, stalk.foot.y);
  cairo_curve_to(cairo, stalk.foot.x - half, stalk.foot.y - stalk.length * 0.3,
                 middle_x - half * 0.7, middle_y, tip.x, tip.y);
  cairo_curve_to(cairo, middle_x + half * 0.7, middle_y, stalk.foot.x + half,
                 stalk.foot.y - stalk.length * 0.3, stalk.foot.x + half, stalk.foot.y);
  cairo_close_path(cairo);
  return tip;
}

void draw_reeds(cairo_t* cairo, const Scene& scene) {
  Random random(scene.seed ^ 0x4eed);
  const double scale = scale_of(scene);
  const double w = scene.extent.width;
  const std::vector<float> ground = ground_of(scene, scene.foreground.back());
  const double wind = random.between(-0.25F, 0.25F);
  const int clumps = 2 + random.below(3);
  for (int clump = 0; clump < clumps; ++clump) {
    // At the sides, so that the middle stays open.
    const double middle =
        (random.chance(0.5F) ? random.between(0, 0.24F) : random.between(0.78F, 1.02F)) * w;
    const int stalks = 16 + random.below(18);
    for (int i = 0; i < stalks; ++i) {
      const double off = (random.unit() + random.unit() - 1) * 75 * scale;
      Stalk stalk;
      stalk.foot.x = middle + off;
      const auto column = static_cast<std::size_t>(std::clamp(stalk.foot.x, 0.0, w - 1));
      stalk.foot.y = std::max(static_cast<double>(ground[column]), 0.0) + 6 * scale;
      stalk.length = random.between(55, 150) * scale;
      stalk.bend = stalk.length * (wind + random.between(-0.22F, 0.22F) + off / (420 * scale));
      stalk.thickness = random.between(1.8F, 3.6F) * scale;
      const Point tip = add_stalk(cairo, stalk);
      if (!random.chance(0.22F)) continue;
      // A bulrush's head below its tip.
      const double lean = std::atan2(stalk.bend * 1.5, stalk.length);
      cairo_save(cairo);
      cairo_translate(cairo, tip.x, tip.y + 5 * scale);
      cairo_rotate(cairo, lean);
      cairo_scale(cairo, 2.9 * scale, 13 * scale);
      cairo_new_sub_path(cairo);
      cairo_arc(cairo, 0, 0.6, 1, 0, 2 * pi);
      cairo_restore(cairo);
    }
  }
  set(cairo, mix(scene.palette.near, colour(0x000000), 0.25F), 0.96);
  cairo_fill(cairo);
}

/// A godwit: long legs, a plump body, a long bill that is bent up a little. The unit is its height;
/// its feet are at the origin and it looks to the right.
void godwit_path(cairo_t* cairo) {
  cairo_move_to(cairo, -0.36, -0.6);  // Tail.
  cairo_curve_to(cairo, -0.22, -0.72, -0.08, -0.78, 0.06, -0.77);
  cairo_curve_to(cairo, 0.13, -0.78, 0.16, -0.85, 0.17, -0.92);  // Neck.
  cairo_curve_to(cairo, 0.185, -1.0, 0.26, -1.03, 0.31, -0.98);  // Head.
  cairo_curve_to(cairo, 0.33, -0.97, 0.36, -0.955, 0.4, -0.945);
  cairo_curve_to(cairo, 0.5, -0.92, 0.6, -0.915, 0.7, -0.93);  // Bill.
  cairo_curve_to(cairo, 0.6, -0.895, 0.48, -0.89, 0.38, -0.91);
  cairo_curve_to(cairo, 0.3, -0.915, 0.27, -0.89, 0.27, -0.82);
  cairo_curve_to(cairo, 0.27, -0.66, 0.2, -0.52, 0.04, -0.49);  // Breast and belly.
  cairo_curve_to(cairo, -0.1, -0.47, -0.2, -0.54, -0.36, -0.6);
  cairo_close_path(cairo);
}

void draw_wader(cairo_t* cairo, const Scene& scene) {
  Random random(scene.seed ^ 0x60d1);
  const double scale = scale_of(scene);
  const double w = scene.extent.width;
  const std::vector<float> ground = ground_of(scene, scene.foreground.back());
  const double x =
      (random.chance(0.5F) ? random.between(0.26F, 0.42F) : random.between(0.58F, 0.74F)) * w;
  const double foot = ground[static_cast<std::size_t>(x)] + 4 * scale;
  const double tall = random.between(88, 118) * scale;
  cairo_save(cairo);
  cairo_translate(cairo, x, foot);
  cairo_scale(cairo, random.chance(0.5F) ? tall : -tall, tall);
  set(cairo, mix(scene.palette.near, colour(0x000000), 0.3F), 0.97);
  godwit_path(cairo);
  cairo_fill(cairo);
  cairo_set_line_width(cairo, 0.022);
  cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND);
  cairo_move_to(cairo, -0.01, -0.52);
  cairo_line_to(cairo, -0.045, -0.26);
  cairo_line_to(cairo, 0.0, 0);
  cairo_move_to(cairo, 0.06, -0.52);
  cairo_line_to(cairo, 0.09, -0.27);
  cairo_line_to(cairo, 0.07, 0);
  cairo_stroke(cairo);
  cairo_restore(cairo);
}

void draw_snow(cairo_t* cairo, const Scene& scene) {
  Random random(scene.seed ^ 0x5005);
  const double scale = scale_of(scene);
  const int flakes = 420;
  for (int i = 0; i < flakes; ++i) {
    const double near = random.unit();
    const double x = random.unit() * static_cast<double>(scene.extent.width);
    const double y = random.unit() * static_cast<double>(scene.extent.height);
    const double radius = (0.7 + 2.3 * near * near * near) * scale;
    set(cairo, colour(0xffffff), 0.3 + 0.5 * near);
    cairo_arc(cairo, x, y, radius, 0, 2 * pi);
    cairo_fill(cairo);
  }
}

void rounded_box(cairo_t* cairo, double x, double y, double width, double height) {
  const double radius = height / 2;
  cairo_new_sub_path(cairo);
  cairo_arc(cairo, x + width - radius, y + radius, radius, -pi / 2, pi / 2);
  cairo_arc(cairo, x + radius, y + radius, radius, pi / 2, 3 * pi / 2);
  cairo_close_path(cairo);
}

}  // namespace

void draw_figures(cairo_t* cairo, const Scene& scene) {
  for (const Skein& skein : scene.skeins) draw_skein(cairo, scene, skein);
  if (scene.reeds && !scene.foreground.empty()) draw_reeds(cairo, scene);
  if (scene.wader && !scene.foreground.empty()) draw_wader(cairo, scene);
  if (scene.falling_snow) draw_snow(cairo, scene);
}

void draw_label(cairo_t* cairo, const Scene& scene) {
  const double short_side = std::min(scene.extent.width, scene.extent.height);
  const double size = std::max(11.0, short_side * 0.0185);
  const double margin = size * 1.15;
  const double height = size * 1.9;
  const double y = scene.extent.height - margin - height;
  const double baseline = y + height / 2 + size * 0.36;

  cairo_select_font_face(cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
  cairo_set_font_size(cairo, size * 0.92);
  cairo_text_extents_t extents;
  cairo_text_extents(cairo, "DEMO", &extents);
  const double badge = extents.x_advance + size * 1.5;
  rounded_box(cairo, margin, y, badge, height);
  cairo_set_source_rgba(cairo, 1, 1, 1, 0.93);
  cairo_fill(cairo);
  cairo_set_source_rgba(cairo, 0.09, 0.11, 0.16, 1);
  cairo_move_to(cairo, margin + size * 0.75, baseline);
  cairo_show_text(cairo, "DEMO");
  if (scene.caption.empty()) return;

  cairo_select_font_face(cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(cairo, size * 0.92);
  const double x = margin + badge + size * 0.4;
  const double room = scene.extent.width - margin - x - size * 1.5;
  std::string text = scene.caption;
  cairo_text_extents(cairo, text.c_str(), &extents);
  while (extents.x_advance > room && !text.empty()) {
    // Takes off the ellipsis, if there is one, and a character.
    if (text.ends_with("…")) text.resize(text.size() - 3);
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) {
      text.pop_back();
    }
    if (!text.empty()) text.pop_back();
    while (text.ends_with(' ')) text.pop_back();
    if (text.empty()) return;
    text += "…";
    cairo_text_extents(cairo, text.c_str(), &extents);
  }
  rounded_box(cairo, x, y, extents.x_advance + size * 1.5, height);
  cairo_set_source_rgba(cairo, 0.04, 0.05, 0.08, 0.46);
  cairo_fill(cairo);
  cairo_set_source_rgba(cairo, 1, 1, 1, 0.96);
  cairo_move_to(cairo, x + size * 0.75, baseline);
  cairo_show_text(cairo, text.c_str());
}

}  // namespace godwit::imagegen::demo
