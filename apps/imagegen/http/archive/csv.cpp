#include "imagegen/http/archive/csv.h"

#include <algorithm>

#include "core/ascii.h"

namespace godwit::imagegen {
namespace {

bool is_number(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && ascii::is_digit(text.front()) &&
         std::ranges::all_of(text, [](char c) { return ascii::is_digit(c) || c == '.'; });
}

bool is_formula(std::string_view text) {
  if (text.empty() || is_number(text)) return false;
  // Blanks before the sign do not keep every spreadsheet from reading a formula.
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return false;
  constexpr std::string_view signs = "=+-@\t\r\n|";
  return signs.find(text[first]) != std::string_view::npos;
}

}  // namespace

void append_csv(std::string& out, const std::vector<std::string>& fields) {
  bool first = true;
  for (const std::string& field : fields) {
    if (!first) out.push_back(',');
    first = false;
    const bool guarded = is_formula(field);
    const bool quoted = guarded || field.find_first_of(",\"\r\n;\t") != std::string::npos;
    if (quoted) out.push_back('"');
    if (guarded) out.push_back('\'');
    for (const char c : field) {
      if (c == '"') out.push_back('"');
      out.push_back(c);
    }
    if (quoted) out.push_back('"');
  }
  out += "\r\n";
}

}  // namespace godwit::imagegen
