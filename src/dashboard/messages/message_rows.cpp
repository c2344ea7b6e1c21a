#include "dashboard/messages/message_rows.h"

#include <algorithm>
#include <optional>
#include <string>

#include "core/url.h"
#include "dashboard/routing/answer.h"

namespace godwit {
namespace {

constexpr std::size_t error_shown_max = 200;

/// Writes contract.ts's Waiting. What only people's settings or others' attempts will end has no
/// time.
void write_waiting(JsonWriter& json, const MessageSummary& summary, const Broker& broker,
                   Timestamp now) {
  const Message& message = *summary.message;
  std::optional<Timestamp> next;
  bool estimated = false;
  json.key("waiting");
  json.begin_object();
  const auto begin = [&json](std::string_view reason) {
    json.member("reason", reason);
    json.key("params");
    json.begin_object();
  };
  const Timestamp due = summary.due.value_or(message.not_before);
  const bool in_queue = !message.queue.empty() && (summary.listed || due <= now);
  const std::optional<QueueInfo> queue =
      in_queue ? broker.queue(message.account, message.queue) : std::nullopt;
  const std::string& key = message.flow_control.key;
  const std::optional<FlowControlInfo> flow =
      key.empty() ? std::nullopt : broker.flow_control(message.account, key);
  if (summary.cancel_requested) {
    begin("canceling");
  } else if (summary.active_since) {
    begin("active");
    json.member("since", iso_time(*summary.active_since));
  } else if (queue && queue->paused) {
    begin("queue_paused");
    json.member("queue", message.queue);
  } else if (due > now && !in_queue) {
    next = due;
    if (summary.retried > 0) {
      begin("retry");
      json.member("attempt", summary.retried + 1);
      json.member("of", message.retries_max + 1);
    } else {
      begin("time");
    }
  } else if (queue && summary.listed) {
    begin("queue");
    json.member("queue", message.queue);
  } else if (flow && flow->paused) {
    begin("flow_control_paused");
    json.member("key", key);
  } else if (flow && flow->rate_max > 0 && flow->rate_count >= flow->rate_max) {
    begin("rate");
    json.member("key", key);
    json.member("rate", flow->rate_max);
    json.member("periodSeconds", flow->rate_period.count() / 1000);
    next = std::max(flow->rate_period_start + flow->rate_period, now);
    estimated = true;
  } else if (flow && flow->parallelism_max > 0 &&
             flow->parallelism_count >= flow->parallelism_max) {
    begin("parallelism");
    json.member("key", key);
    json.member("parallelism", flow->parallelism_max);
  } else {
    begin("slot");
    json.member("limit", "all");
    const Result<Url> url = parse_url(message.url);
    json.member("host", url ? std::string_view(url->authority) : std::string_view());
  }
  json.end_object();
  write_time(json, "nextAt", next);
  json.member("estimated", estimated);
  json.end_object();
}

}  // namespace

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

void write_message_members(JsonWriter& json, const MessageSummary& summary, const Broker& broker,
                           Timestamp now) {
  const Message& message = *summary.message;
  const bool living = is_living(summary.state);
  const LogRow* const last = summary.last ? &*summary.last : nullptr;
  json.member("id", message.id.to_string());
  json.member("state", to_string(summary.state));
  json.member("url", message.url);
  json.member("method", to_string(message.method));
  write_time(json, "createdAt", message.created);
  write_time(json, "updatedAt", std::max(summary.updated, message.created));
  const bool has_time = living && !summary.active_since && summary.due && *summary.due > now;
  write_time(json, "nextAt", has_time ? summary.due : std::nullopt);
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
  if (living) {
    write_waiting(json, summary, broker, now);
  } else {
    json.key("waiting");
    json.raw("null");
  }
}

void write_message_row(JsonWriter& json, const MessageSummary& summary, const Broker& broker,
                       Timestamp now) {
  json.begin_object();
  write_message_members(json, summary, broker, now);
  json.end_object();
}

}  // namespace godwit
