#include "api/message_json.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/redaction.h"
#include "core/signature.h"

namespace godwit {
namespace {

bool is_redacted(const Redaction& redaction, std::string_view name) {
  return redaction.all_headers ||
         std::ranges::any_of(redaction.headers, [&](const std::string& redacted_name) {
           return equals_ignore_case(redacted_name, name);
         });
}

/// An object of arrays, names in order. Sorting keeps this cheap for any number of headers.
void write_headers(JsonWriter& json, std::string_view key, const Headers& headers,
                   const Redaction& redaction) {
  if (headers.empty()) return;
  std::vector<const Header*> sorted;
  sorted.reserve(headers.size());
  for (const Header& header : headers) sorted.push_back(&header);
  // Values of one name keep their order: pointers into one vector compare by it.
  std::ranges::sort(sorted, [](const Header* a, const Header* b) {
    return a->name != b->name ? a->name < b->name : a < b;
  });
  json.key(key);
  json.begin_object();
  const std::string* open = nullptr;
  for (const Header* header : sorted) {
    if (open == nullptr || *open != header->name) {
      if (open != nullptr) json.end_array();
      json.foreign_key(header->name);
      json.begin_array();
      open = &header->name;
    }
    json.string(is_redacted(redaction, header->name) ? redacted(header->value) : header->value);
  }
  json.end_array();
  json.end_object();
}

/// The first `size_max` bytes of valid UTF-8, without a torn character at the end.
std::string_view cut_text(std::string_view text, std::size_t size_max) {
  if (text.size() <= size_max) return text;
  std::size_t end = size_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
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

void write_labels(JsonWriter& json, const Message& message) {
  if (message.labels.empty()) return;
  json.member("label", message.labels.front());
  json.key("labels");
  json.begin_array();
  for (const std::string& label : message.labels) json.string(label);
  json.end_array();
}

/// What Message and DLQMessage share.
void write_message_members(JsonWriter& json, const Message& message, BodyLimit limit) {
  json.member("messageId", message.id.to_string());
  json.member("url", message.url);
  json.member("method", to_string(message.method));
  write_headers(json, "header", message.headers, message.redaction);
  if (message.redaction.body) {
    if (limit.size_max != 0 && !message.body.empty()) json.member("body", redacted(message.body));
  } else {
    write_body(json, "body", "bodyBase64", message.body, limit);
  }
  json.member("maxRetries", message.retries_max);
  json.member_unless_empty("retryDelayExpression", message.retry_delay);
  json.member("notBefore", to_unix_ms(std::max(message.not_before, message.created)));
  json.member("createdAt", to_unix_ms(message.created));
  json.member_unless_empty("callerIP", message.caller_ip);
  write_labels(json, message);
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
  // Under both names: QStash documents one and its Python client reads the other.
  write_headers(json, "responseHeaders", row.response_headers, {});
  write_headers(json, "responseHeader", row.response_headers, {});
  if (limit.size_max != 0 && !row.response_body.empty()) {
    const std::string_view body = row.response_body;
    json.member("responseBody", base64_encode(body.substr(0, limit.size_max)));
  }
  if (message.timeout) json.member("timeout", message.timeout->count());
  json.member("maxRetries", message.retries_max);
  json.member_unless_empty("retryDelayExpression", message.retry_delay);
  json.member_unless_empty("retryDelayExpr", message.retry_delay);
  write_labels(json, message);
  json.member_unless_empty("callerIP", message.caller_ip);
  json.end_object();
}

}  // namespace godwit
