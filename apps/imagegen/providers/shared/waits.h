#pragma once
#include <chrono>
#include <optional>
#include <string_view>

#include "core/message.h"
#include "core/time.h"

namespace godwit::imagegen {

/// No wait is longer: the broker ignores a Retry-After above a day.
inline constexpr Milliseconds wait_max{86'400'000};

/// A protobuf duration: digits, optional fraction, `s`; rounded up to milliseconds and at most
/// wait_max. nullopt: not one, or negative.
std::optional<Milliseconds> parse_protobuf_duration(std::string_view text);

/// `retry-after-ms`, else `Retry-After` in seconds or as a date; at most wait_max.
std::optional<Milliseconds> retry_after(const Headers& headers, Timestamp now);

/// OpenAI's: the longest `x-ratelimit-reset-*` whose `x-ratelimit-remaining-*` is 0.
std::optional<Milliseconds> rate_limit_reset(const Headers& headers, Timestamp now);

/// How long until Gemini's daily quotas begin anew: midnight in California, by its real clocks.
Milliseconds until_pacific_midnight(Timestamp now);

/// `wait` and up to a fifth more, so that those who wait for one limit do not all come back at
/// once. `random` is any number.
Milliseconds with_jitter(Milliseconds wait, unsigned random);

}  // namespace godwit::imagegen
