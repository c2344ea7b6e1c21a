#pragma once
#include <string>

#include "core/result.h"
#include "imagegen/providers/demo/scene.h"

namespace godwit::imagegen::demo {

/// The wish as a WebP file: a landscape of misty hills and water, with godwits, labelled DEMO. The
/// same wish gives the same bytes on one machine. Takes some 60 ms of processor time at 1K.
/// Threads: any. Errors: unavailable (no memory).
Result<std::string> draw(const Wish& wish);

}  // namespace godwit::imagegen::demo
