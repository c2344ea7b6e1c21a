#pragma once
#include "api/message_members.h"
#include "core/json_out.h"
#include "core/message.h"
#include "engine/listing.h"

namespace godwit {

/// The objects of QStash's read APIs, redacted as the message asks for. What is not set is left
/// out, never null. A body is text when all of it is UTF-8 and base64 under another name when it is
/// not; in log entries always base64.
void write_message(JsonWriter& json, const Message& message, BodyLimit limit = {});
void write_dead_letter(JsonWriter& json, const DeadLetterEntry& entry, BodyLimit limit = {});
void write_log_entry(JsonWriter& json, const LogEntry& entry, BodyLimit limit = {});

}  // namespace godwit
