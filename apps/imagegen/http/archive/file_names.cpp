#include "imagegen/http/archive/file_names.h"

#include <fmt/format.h>

#include "core/ascii.h"
#include "core/url.h"
#include "imagegen/domain/unicode.h"

namespace godwit::imagegen {

std::string slug(std::string_view text, std::size_t size_max) {
  std::string out;
  bool gap = false;
  while (!text.empty()) {
    const Character character = first_character(text);
    const std::size_t size = character.size == 0 ? 1 : character.size;
    const std::string_view bytes = text.substr(0, size);
    text.remove_prefix(size);
    if (character.size == 0 ||
        !(is_letter(character.code) || is_digit(character.code) || is_mark(character.code))) {
      gap = !out.empty();
      continue;
    }
    if (out.size() + (gap ? 1 : 0) + size > size_max) break;
    if (gap) out.push_back('-');
    gap = false;
    if (size == 1) {
      out.push_back(ascii::to_lower(bytes.front()));
    } else {
      out += bytes;
    }
  }
  return out.empty() ? "image" : out;
}

std::string_view extension_of(std::string_view mime) {
  if (mime == "image/png") return "png";
  if (mime == "image/jpeg") return "jpg";
  if (mime == "image/webp") return "webp";
  return "bin";
}

std::string image_file_name(int number, std::string_view prompt, std::string_view mime) {
  constexpr std::size_t slug_size_max = 80;
  return fmt::format("{:04}-{}.{}", number, slug(prompt, slug_size_max), extension_of(mime));
}

std::string attachment(std::string_view file_name) {
  std::string plain;
  for (const char c : file_name) {
    plain.push_back(ascii::is_ascii(c) && !ascii::is_control(c) && c != '"' && c != '\\' ? c : '_');
  }
  return fmt::format("attachment; filename=\"{}\"; filename*=UTF-8''{}", plain,
                     percent_encode(file_name));
}

}  // namespace godwit::imagegen
