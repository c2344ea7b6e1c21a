#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/message.h"
#include "core/result.h"

namespace godwit {

inline constexpr std::size_t redacted_headers_max =
    100;  ///< Named ones; QStash is silent; our bound.

/// Reads `Upstash-Redact-Fields`: a list of `body`, `header`, `headers`, `header[Name]`,
/// `headers[Name]`. Errors: invalid_argument, naming the unknown field, or
/// past the limit above.
Result<Redaction> parse_redaction(std::string_view text);

/// `REDACTED:` and the lower-case hex SHA-256 of `value`.
std::string redacted(std::string_view value);

/// `headers` as read APIs show them.
Headers redact_headers(const Headers& headers, const Redaction& redaction);

inline constexpr std::size_t labels_max = 10;         ///< QStash is silent; our bound.
inline constexpr std::size_t label_length_max = 256;  ///< Bytes.

/// Reads `Upstash-Label`: comma-separated, trimmed, empty ones dropped, first of equals kept.
/// Errors: invalid_argument past the limits above or on control characters.
Result<std::vector<std::string>> parse_labels(std::string_view text);

}  // namespace godwit
