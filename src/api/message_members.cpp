#include "api/message_members.h"

#include <chrono>
#include <string>

#include "core/header_json.h"
#include "core/redaction.h"
#include "core/signature.h"

namespace godwit {
namespace {

/// The first `size_max` bytes of valid UTF-8, without a torn character at the end.
std::string_view cut_text(std::string_view text, std::size_t size_max) {
  if (text.size() <= size_max) return text;
  std::size_t end = size_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

/// What either of the two hides.
Redaction united(Redaction redaction, const Redaction& other) {
  redaction.all_headers = redaction.all_headers || other.all_headers;
  redaction.headers.insert(redaction.headers.end(), other.headers.begin(), other.headers.end());
  return redaction;
}

void write_callback(JsonWriter& json, std::string_view name, const Boxed<Callback>& callback,
                    const Redaction& redaction, std::string_view headers_suffix) {
  if (!callback) return;
  json.member(name, callback->url);
  if (callback->headers.empty()) return;
  std::string headers_name(name);
  headers_name.append(headers_suffix);
  write_headers(json, headers_name, callback->headers, united(callback->redaction, redaction));
}

}  // namespace

void write_headers(JsonWriter& json, std::string_view key, const Headers& headers,
                   const Redaction& redaction) {
  if (headers.empty()) return;
  json.key(key);
  write_header_object(json, headers, redaction);
}

void write_body(JsonWriter& json, std::string_view text_key, std::string_view base64_key,
                std::string_view body, BodyLimit limit) {
  if (body.empty() || limit.size_max == 0) return;
  if (is_utf8(body)) {
    json.member_unless_empty(text_key, cut_text(body, limit.size_max));
  } else {
    json.member(base64_key, base64_encode(body.substr(0, limit.size_max)));
  }
}

void write_message_body(JsonWriter& json, const Message& message, BodyLimit limit) {
  if (!message.redaction.body) {
    write_body(json, "body", "bodyBase64", message.body, limit);
  } else if (limit.size_max != 0 && !message.body.empty()) {
    json.member("body", redacted(message.body));
  }
}

void write_labels(JsonWriter& json, const Message& message) {
  if (message.labels.empty()) return;
  json.member("label", message.labels.front());
  json.key("labels");
  json.begin_array();
  for (const std::string& label : message.labels) json.string(label);
  json.end_array();
}

void write_origin(JsonWriter& json, const Message& message) {
  json.member_unless_empty("topicName", message.group);
  json.member_unless_empty("endpointName", message.endpoint);
  json.member_unless_empty("queueName", message.queue);
  json.member_unless_empty("scheduleId", message.schedule_id);
}

void write_callbacks(JsonWriter& json, const Message& message, std::string_view headers_suffix) {
  write_callback(json, "callback", message.callback, message.redaction, headers_suffix);
  write_callback(json, "failureCallback", message.failure_callback, message.redaction,
                 headers_suffix);
}

void write_flow_control(JsonWriter& json, const FlowControl& flow_control) {
  if (flow_control.key.empty()) return;
  json.member("flowControlKey", flow_control.key);
  if (flow_control.parallelism != 0) json.member("parallelism", flow_control.parallelism);
  if (flow_control.rate != 0) json.member("rate", flow_control.rate);
  json.member("period", flow_control.period / std::chrono::seconds(1));
}

}  // namespace godwit
