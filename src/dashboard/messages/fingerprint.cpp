#include "dashboard/messages/fingerprint.h"

#include <algorithm>

#include "core/ascii.h"
#include "core/sha256.h"

namespace godwit {
namespace {

constexpr std::size_t error_max = 1'000;

bool is_word(char c) { return ascii::is_digit(c) || ascii::is_letter(c) || c == '_'; }

/// Words of people have no digits, but for hexadecimal ones that may by chance.
bool varies(std::string_view word) {
  if (std::ranges::any_of(word, ascii::is_digit)) return true;
  return word.size() >= 12 &&
         std::ranges::all_of(word, [](char c) { return ascii::hex_value(c) >= 0; });
}

}  // namespace

std::string error_pattern(std::string_view error) {
  error = error.substr(0, error_max);
  std::string pattern;
  const auto blank_out = [&pattern] {
    if (!pattern.ends_with('#')) pattern += '#';
  };
  while (!error.empty()) {
    const char c = error.front();
    if (c == '"' || c == '\'' || c == '`') {
      const std::size_t end = error.find(c, 1);
      if (end != std::string_view::npos) {
        blank_out();
        error.remove_prefix(end + 1);
        continue;
      }
    }
    if (!is_word(c)) {
      pattern += c;
      error.remove_prefix(1);
      continue;
    }
    const auto end = std::ranges::find_if_not(error, is_word);
    const std::string_view word(error.begin(), end);
    if (varies(word)) {
      blank_out();
    } else {
      pattern += word;
    }
    error.remove_prefix(word.size());
  }
  return pattern;
}

std::string error_fingerprint(std::string_view error) {
  constexpr std::size_t digits = 16;
  Sha256 hash;
  hash.update(error_pattern(error));
  const Sha256::Digest digest = hash.finish();
  std::string text;
  for (const char byte : view(digest).substr(0, digits / 2)) {
    text += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4];
    text += "0123456789abcdef"[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

}  // namespace godwit
