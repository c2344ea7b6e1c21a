#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace godwit {

/// `quota maxQueues exceeded, current limit: 10 (setting engine.queues_max)`: the name and the
/// limit as at QStash, then what raises it.
inline std::unexpected<Error> quota_exceeded(std::string_view quota, std::uint64_t limit,
                                             std::string_view setting) {
  std::string text = "quota ";
  text.append(quota).append(" exceeded, current limit: ").append(std::to_string(limit));
  text.append(" (setting ").append(setting).append(")");
  return fail(ErrorCode::quota_exceeded, std::move(text));
}

}  // namespace godwit
