#pragma once
#include <string>
#include <string_view>

namespace godwit {

/// The text with what differs from one failure to the next taken out: numbers, hexadecimal words,
/// ids and quoted parts become `#`; of the first 1,000 bytes. Pure.
std::string error_pattern(std::string_view error);

/// 16 hexadecimal digits that are the same for errors of one pattern.
std::string error_fingerprint(std::string_view error);

}  // namespace godwit
