#pragma once
#include <chrono>
#include <cstdint>
#include <optional>

#include "core/time.h"

namespace godwit::imagegen {

/// How long after the first the task at `position` (from 0) may start with `rate_limit` images an
/// hour: `ceil(position * 3600 / rate_limit)`, rounded as a whole, so that rounding never adds up
/// and no 3,600 s hold more than `rate_limit` starts. 0 <= position, 1 <= rate_limit.
std::chrono::seconds delay_of(std::int64_t position, int rate_limit);

/// When the first of new tasks may start, behind the last slot that was given to others who share
/// their limit: not before `now`, and one interval (rounded up to a second) after `last_slot`.
Timestamp first_slot(Timestamp now, std::optional<Timestamp> last_slot, int rate_limit);

/// Waits of the broker between attempts, which the local worker keeps as well: 12 s, 2 min 28 s,
/// 30 min 8 s, 6 h 7 min 6 s, then a day. `retried` counts the retries already made.
/// (QStash: default backoff.)
std::chrono::seconds backoff_after(int retried);

}  // namespace godwit::imagegen
