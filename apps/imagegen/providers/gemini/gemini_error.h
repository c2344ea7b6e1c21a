#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "imagegen/providers/gemini/gemini_wire.h"

namespace godwit::imagegen::gemini {

inline constexpr std::string_view provider = "gemini";
inline constexpr std::string_view title = "Gemini";

/// What an answer that is not 2xx means.
ImageOutcome read_error(const IncomingResponse& response, const Asked& asked, Timestamp now);

}  // namespace godwit::imagegen::gemini
