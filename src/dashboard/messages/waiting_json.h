#pragma once
#include <cstddef>
#include <optional>

#include "core/json_out.h"
#include "engine/broker.h"
#include "engine/message_search.h"

namespace godwit {

/// How far rows of a list are looked for in their waiting lists: 100 rows cost well below 1 ms.
inline constexpr std::size_t row_looks_max = 100;

/// Why it waits, as of now; nullopt: it does not live. Threads: the loop.
std::optional<Waiting> waiting_of(const MessageSummary& summary, const Broker& broker,
                                  std::size_t looks_max);

/// contract.ts's Waiting as the value that is next.
void write_waiting(JsonWriter& json, const Message& message, const Waiting& waiting);

}  // namespace godwit
