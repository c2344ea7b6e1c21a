#include "imagegen/program/log_fields.h"

#include <algorithm>

#include "core/ascii.h"

namespace godwit::imagegen {
namespace {

/// The length of the key that `word` begins with; 0: it is part of a value.
std::size_t key_length(std::string_view word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string_view::npos) return 0;
  const std::string_view key = word.substr(0, equals);
  const bool is_key =
      std::ranges::all_of(key, [](char c) { return ascii::is_lower(c) || c == '_'; });
  return is_key ? equals : 0;
}

}  // namespace

std::vector<LogField> log_fields(std::string_view text) {
  std::vector<LogField> fields;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    const std::size_t key = key_length(word);
    if (key > 0) {
      fields.emplace_back(word.substr(0, key), word.substr(key + 1));
    } else if (fields.empty()) {
      fields.emplace_back("about", word);
    } else {
      fields.back().value += ' ';
      fields.back().value += word;
    }
  }
  return fields;
}

}  // namespace godwit::imagegen
