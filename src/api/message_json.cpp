#include "api/message_json.h"

#include <algorithm>
#include <string_view>

#include "core/redaction.h"
#include "core/signature.h"

namespace godwit {
namespace {

/// What Message and DLQMessage share.
void write_message_members(JsonWriter& json, const Message& message, BodyLimit limit) {
  json.member("messageId", message.id.to_string());
  json.member("url", message.url);
  write_origin(json, message);
  json.member("method", to_string(message.method));
  write_headers(json, "header", message.headers, message.redaction);
  write_message_body(json, message, limit);
  json.member("maxRetries", message.retries_max);
  json.member_unless_empty("retryDelayExpression", message.retry_delay);
  json.member("notBefore", to_unix_ms(std::max(message.not_before, message.created)));
  json.member("createdAt", to_unix_ms(message.created));
  write_callbacks(json, message, "Header");
  json.member_unless_empty("callerIP", message.caller_ip);
  write_labels(json, message);
  write_flow_control(json, message.flow_control);
  // Seconds here, milliseconds in log entries. Rounded up: 0 would read as no timeout at all.
  if (message.timeout) {
    json.member("timeout", std::chrono::ceil<std::chrono::seconds>(*message.timeout).count());
  }
}

}  // namespace

void write_message(JsonWriter& json, const Message& message, BodyLimit limit) {
  json.begin_object();
  write_message_members(json, message, limit);
  json.end_object();
}

void write_dead_letter(JsonWriter& json, const DeadLetterEntry& entry, BodyLimit limit) {
  const AttemptResult& last = entry.record.last;
  json.begin_object();
  json.member("dlqId", entry.id.to_string());
  write_message_members(json, entry.record.message, limit);
  json.member("responseStatus", last.status);
  write_headers(json, "responseHeader", last.response_headers, {});
  write_body(json, "responseBody", "responseBodyBase64", last.response_body, limit);
  json.end_object();
}

void write_log_entry(JsonWriter& json, const LogEntry& entry, BodyLimit limit) {
  const Message& message = *entry.message;
  const LogRow& row = entry.row;
  json.begin_object();
  json.member("time", to_unix_ms(row.time));
  json.member("messageId", message.id.to_string());
  json.member("state", to_string(row.state));
  json.member("url", message.url);
  write_origin(json, message);
  json.member_unless_empty("error", row.error);
  if (row.next_delivery != Timestamp{}) {
    json.member("nextDeliveryTime", to_unix_ms(row.next_delivery));
  }
  json.member("method", to_string(message.method));
  write_headers(json, "header", message.headers, message.redaction);
  if (limit.size_max != 0 && !message.body.empty()) {
    const std::string_view body = message.body;
    json.member("body", message.redaction.body ? redacted(body)
                                               : base64_encode(body.substr(0, limit.size_max)));
  }
  if (row.status != 0) json.member("responseStatus", row.status);
  // QStash shows responses of failed attempts only; what else rows keep is for the dashboard.
  if (row.state == LogState::error) {
    // Under both names: QStash documents one and its Python client reads the other.
    write_headers(json, "responseHeaders", row.response_headers, {});
    write_headers(json, "responseHeader", row.response_headers, {});
    if (limit.size_max != 0 && !row.response_body.empty()) {
      const std::string_view body = row.response_body;
      json.member("responseBody", base64_encode(body.substr(0, limit.size_max)));
    }
  }
  if (message.timeout) json.member("timeout", message.timeout->count());
  json.member("maxRetries", message.retries_max);
  json.member_unless_empty("retryDelayExpression", message.retry_delay);
  json.member_unless_empty("retryDelayExpr", message.retry_delay);
  write_callbacks(json, message, "Headers");
  write_labels(json, message);
  write_flow_control(json, message.flow_control);
  json.member_unless_empty("callerIP", message.caller_ip);
  json.end_object();
}

}  // namespace godwit
