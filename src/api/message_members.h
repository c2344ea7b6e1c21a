#pragma once
#include <cstddef>
#include <limits>
#include <string_view>

#include "core/json_out.h"
#include "core/message.h"

namespace godwit {

/// How much of bodies an answer shows. Redacted bodies are shown whole unless `size_max` is 0.
struct BodyLimit {
  std::size_t size_max = std::numeric_limits<std::size_t>::max();  ///< `trimBody`; 0: leave out.
};

// Members that several of QStash's objects have. Each writes nothing for what is not set.

/// An object of arrays.
void write_headers(JsonWriter& json, std::string_view key, const Headers& headers,
                   const Redaction& redaction);

/// Text under one name when all of it is UTF-8, base64 under the other when it is not.
void write_body(JsonWriter& json, std::string_view text_key, std::string_view base64_key,
                std::string_view body, BodyLimit limit);

/// `body` or `bodyBase64`, redacted as the message asks for.
void write_message_body(JsonWriter& json, const Message& message, BodyLimit limit);

/// `label` (the first) and `labels`.
void write_labels(JsonWriter& json, const Message& message);

/// `topicName`, `endpointName`, `queueName`, `scheduleId`.
void write_origin(JsonWriter& json, const Message& message);

/// `callback`, `failureCallback` and their headers, under names that end in `headers_suffix`: what
/// the message redacts is redacted in them too.
void write_callbacks(JsonWriter& json, const Message& message, std::string_view headers_suffix);

/// `flowControlKey`, `parallelism`, `rate`, `period` in seconds.
void write_flow_control(JsonWriter& json, const FlowControl& flow_control);

}  // namespace godwit
