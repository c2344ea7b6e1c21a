#include "core/message.h"

#include <algorithm>
#include <array>

#include "core/ascii.h"
#include "core/assert.h"

namespace godwit {
namespace {

constexpr std::array<std::string_view, 5> method_names{"GET", "POST", "PUT", "PATCH", "DELETE"};

}  // namespace

const std::string* find_header(const Headers& headers, std::string_view name) {
  for (const Header& header : headers) {
    if (equals_ignore_case(header.name, name)) return &header.value;
  }
  return nullptr;
}

std::string_view header_value(const Headers& headers, std::string_view name) {
  const std::string* const value = find_header(headers, name);
  return value == nullptr ? std::string_view() : std::string_view(*value);
}

std::string canonical_header_name(std::string_view name) {
  std::string canonical(name);
  bool begins_word = true;
  for (char& c : canonical) {
    c = begins_word ? ascii::to_upper(c) : ascii::to_lower(c);
    begins_word = c == '-';
  }
  return canonical;
}

bool equals_ignore_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return ascii::to_lower(x) == ascii::to_lower(y); });
}

std::string_view to_string(Method method) {
  const auto index = static_cast<std::size_t>(method);
  GODWIT_ASSERT(index < method_names.size());
  return method_names[index];
}

std::optional<Method> parse_method(std::string_view text) {
  for (std::size_t i = 0; i < method_names.size(); ++i) {
    if (equals_ignore_case(text, method_names[i])) return static_cast<Method>(i);
  }
  return std::nullopt;
}

}  // namespace godwit
