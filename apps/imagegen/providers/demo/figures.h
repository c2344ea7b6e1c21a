#pragma once
#include <cairo/cairo.h>

#include "imagegen/providers/demo/scene.h"

namespace godwit::imagegen::demo {

/// What is drawn with lines over the painted ground: geese, reeds, the wader, snow.
void draw_figures(cairo_t* cairo, const Scene& scene);

/// The badge `DEMO` and the caption.
void draw_label(cairo_t* cairo, const Scene& scene);

}  // namespace godwit::imagegen::demo
