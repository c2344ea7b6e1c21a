#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"

namespace godwit::imagegen {

/// `2026-11-24T10:15:02.120Z`
std::string iso_time(Timestamp time);

/// Reads what iso_time() writes, and the same with another count of fractional digits, with an
/// offset (`+03:00`), or a date alone (its first moment in UTC). nullopt: none of them.
std::optional<Timestamp> parse_iso_time(std::string_view text);

}  // namespace godwit::imagegen
