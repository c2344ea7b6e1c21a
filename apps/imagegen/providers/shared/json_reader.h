#pragma once
#include <simdjson.h>

#include <optional>
#include <string_view>
#include <vector>

namespace godwit::imagegen {

/// The member's text; empty when there is none or it is no text. The view lives as long as the
/// parser's document.
inline std::string_view text_at(const simdjson::dom::element& parent, std::string_view name) {
  std::string_view text;
  if (parent.at_key(name).get(text) != simdjson::SUCCESS) return {};
  return text;
}

/// The member if it is there and not null.
inline std::optional<simdjson::dom::element> member_at(const simdjson::dom::element& parent,
                                                       std::string_view name) {
  simdjson::dom::element element;
  if (parent.at_key(name).get(element) != simdjson::SUCCESS || element.is_null()) {
    return std::nullopt;
  }
  return element;
}

/// The member's elements; none when it is no array.
inline std::vector<simdjson::dom::element> elements_at(const simdjson::dom::element& parent,
                                                       std::string_view name) {
  simdjson::dom::array array;
  if (parent.at_key(name).get(array) != simdjson::SUCCESS) return {};
  return {array.begin(), array.end()};
}

}  // namespace godwit::imagegen
