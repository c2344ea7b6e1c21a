#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace godwit::imagegen {

/// The bytes that make spreadsheets read UTF-8.
inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// Appends one record of RFC 4180. A text that spreadsheets would take for a formula (`=`, `+`,
/// `-`, `@` or a control character at its beginning) gets an apostrophe before it, which they do
/// not show; a number stays a number.
void append_csv(std::string& out, const std::vector<std::string>& fields);

}  // namespace godwit::imagegen
