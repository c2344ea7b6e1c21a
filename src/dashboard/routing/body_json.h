#pragma once
#include <cstddef>
#include <string_view>

#include "core/json_out.h"

namespace godwit {

/// The most of a body that a page gets at once.
inline constexpr std::size_t shown_body_max = std::size_t{64} << 10;

/// A body as a page sees it.
struct ShownBody {
  std::string_view kept;               ///< All that is kept of it.
  std::size_t bytes = 0;               ///< Of the whole.
  bool redacted = false;               ///< Then nothing of it is shown.
  std::string_view content_type = {};  ///< Empty: unknown.
};

/// contract.ts's Body: the beginning as text when all of what is kept is UTF-8, else in base64.
void write_body(JsonWriter& json, const ShownBody& body);

}  // namespace godwit
