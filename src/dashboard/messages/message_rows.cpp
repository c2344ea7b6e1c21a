#include "dashboard/messages/message_rows.h"

#include <algorithm>
#include <optional>

#include "dashboard/messages/waiting_json.h"
#include "dashboard/routing/answer.h"

namespace godwit {
std::string_view cut_text(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

void write_header_lines(JsonWriter& json, std::string_view name, const Headers& headers) {
  json.key(name);
  json.begin_array();
  for (const Header& header : headers) {
    json.begin_object();
    json.member("name", header.name);
    json.member("value", header.value);
    json.end_object();
  }
  json.end_array();
}

void write_message_members(JsonWriter& json, const MessageSummary& summary,
                           const std::optional<Waiting>& waiting) {
  const Message& message = *summary.message;
  const LogRow* const last = summary.last ? &*summary.last : nullptr;
  json.member("id", message.id.to_string());
  json.member("state", to_string(summary.state));
  json.member("url", message.url);
  json.member("method", to_string(message.method));
  write_time(json, "createdAt", message.created);
  write_time(json, "updatedAt", std::max(summary.updated, message.created));
  write_time(json, "nextAt", waiting ? waiting->next : std::nullopt);
  json.member("attempts", summary.attempts);
  json.member("retriesMax", message.retries_max);
  json.key("status");
  if (last != nullptr && last->status != 0) {
    json.integer(last->status);
  } else {
    json.raw("null");
  }
  write_text_or_null(json, "error",
                     last == nullptr ? std::string_view() : cut_text(last->error, error_shown_max));
  std::optional<double> duration;
  if (last != nullptr && last->timing) {
    duration = static_cast<double>(last->timing->total.count()) / 1000;
  }
  write_number(json, "durationMs", duration);
  json.key("labels");
  json.begin_array();
  for (const std::string& label : message.labels) json.string(label);
  json.end_array();
  write_text_or_null(json, "queue", message.queue);
  write_text_or_null(json, "flowControlKey", message.flow_control.key);
  write_text_or_null(json, "schedule", message.schedule_id);
  write_text_or_null(json, "urlGroup", message.group);
  json.member("bodyBytes", summary.body_size);
  json.key("waiting");
  if (waiting) {
    write_waiting(json, message, *waiting);
  } else {
    json.raw("null");
  }
}

void write_message_row(JsonWriter& json, const MessageSummary& summary, const Broker& broker) {
  json.begin_object();
  write_message_members(json, summary, waiting_of(summary, broker, row_looks_max));
  json.end_object();
}

}  // namespace godwit
