#include "core/quoted.h"

#include "core/ascii.h"

namespace godwit {

std::string quoted(std::string_view text) {
  constexpr std::size_t shown_max = 64;
  std::string shown = "\"";
  for (const char c : text.substr(0, shown_max)) {
    shown += ascii::is_control(c) || !ascii::is_ascii(c) ? '?' : c;
  }
  if (text.size() > shown_max) shown += "...";
  return shown += '"';
}

}  // namespace godwit
