#pragma once
#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace godwit {

/// Reads a decimal number that has only one spelling: digits, no sign, no zeros in front, in range.
template <typename Number>
std::optional<Number> parse_decimal(std::string_view text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  if (text.front() == '0' && text.size() > 1) return std::nullopt;
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace godwit
