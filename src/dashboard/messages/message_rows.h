#pragma once
#include <optional>
#include <string_view>

#include "core/json_out.h"
#include "core/message.h"
#include "engine/broker.h"
#include "engine/message_search.h"

namespace godwit {

/// contract.ts's MessageRow, as an object. Threads: the loop, where the broker tells why a living
/// message waits.
void write_message_row(JsonWriter& json, const MessageSummary& summary, const Broker& broker);
/// Its members, into an object that is open.
void write_message_members(JsonWriter& json, const MessageSummary& summary,
                           const std::optional<Waiting>& waiting);
/// contract.ts's HeaderLine[], as `name`.
void write_header_lines(JsonWriter& json, std::string_view name, const Headers& headers);
/// Of an error that a row of a list shows, in bytes; the message's own page has the whole.
inline constexpr std::size_t error_shown_max = 200;

/// At most so many bytes of a text, no character in two.
std::string_view cut_text(std::string_view text, std::size_t bytes_max);

}  // namespace godwit
