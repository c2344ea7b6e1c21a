#pragma once
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"

namespace godwit {

/// The longest duration that is read: 100 years of 365.25 days.
inline constexpr Milliseconds duration_max = std::chrono::days{36'525};

/// Reads `1m30s`, `1.5h`, `1d10h`, `250ms`: one or more of a decimal number and a unit out of
/// d h m s ms us µs ns; surrounding blanks are trimmed; the result is floored to milliseconds.
/// As in Go, a plus sign, `.5s` and a lone `0` are fine.
/// Errors: invalid_argument with the text that Go's time.ParseDuration gives (QStash answers with
/// it): `time: missing unit in duration "1"`; negative and over 100 years are refused too.
Result<Milliseconds> parse_duration(std::string_view text);

/// The shortest exact form: `1d2h3m4s5ms`, `0s`.
std::string format_duration(Milliseconds duration);

}  // namespace godwit
