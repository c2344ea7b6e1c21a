#pragma once
#include <optional>
#include <string_view>

#include "core/result.h"
#include "dashboard/routing/query.h"
#include "engine/message_search.h"

namespace godwit {

inline constexpr std::size_t searched_text_max = 1'000;  ///< Bytes of `text`.
inline constexpr std::size_t listed_messages_max = 1'000;

/// Reads the parameters of contract.ts's MessageFilter, `order`, `limit` and `cursor`. `since` and
/// `until` are times (ISO 8601, UTC) or how long ago (`1h`). Errors: invalid_argument, naming the
/// parameter, what is wrong, and what would be right. Pure.
Result<MessageSearch> parse_message_search(const DashboardQuery& query, AccountId account,
                                           Timestamp now);

/// `2026-11-24T10:15:02.120Z`, also without fractions, seconds or time; or `1h30m`, before `now`.
std::optional<Timestamp> parse_moment(std::string_view text, Timestamp now);

}  // namespace godwit
