#pragma once
#include <memory>

#include "core/result.h"
#include "dashboard/events/event_stream.h"
#include "dashboard/routing/router.h"
#include "engine/broker.h"

namespace godwit {

/// Rows that a page sees of one piece; of more only the number is told.
inline constexpr std::size_t live_rows_shown_max = 100;

/// The rows of an account's messages that match the filters of `call` (no text, since, until), as
/// they become durable. Holds at most live_rows_shown_max of them, the newest. Errors:
/// invalid_argument, naming the parameter. Threads: the loop. The broker outlives it.
Result<std::unique_ptr<LiveTail>> make_live_tail(const DashboardCall& call, Broker& broker,
                                                 const Clock& clock);

}  // namespace godwit
