#pragma once
#include <string>
#include <string_view>

namespace godwit {

/// `text` in quotation marks, for an error that a client reads: a '?' for each byte that is not
/// printable ASCII, and "..." for what follows the first 64 bytes.
std::string quoted(std::string_view text);

}  // namespace godwit
