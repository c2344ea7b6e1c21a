#include "dashboard/messages/message_detail.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "core/redaction.h"
#include "core/retry.h"
#include "dashboard/messages/diagnosis.h"
#include "dashboard/messages/message_rows.h"
#include "dashboard/routing/answer.h"
#include "dashboard/routing/body_json.h"
#include "delivery/delivery.h"

namespace godwit {
namespace {

std::string_view content_type_of(const Headers& headers) {
  const std::string* const type = find_header(headers, "Content-Type");
  return type == nullptr ? std::string_view() : std::string_view(*type);
}

/// The entry of a failed message: it entered when the message failed.
Result<std::optional<DeadLetterId>> find_entry(const StoreReader& reader, AccountId account,
                                               const MessageHistory& history) {
  std::optional<DeadLetterId> found;
  const MessageId id = history.summary.message->id;
  RecordSketch sketch;
  for (const LogRow& row : history.rows) {
    if (row.state != LogState::failed) continue;
    const KeyRange range =
        keys::account_times(id.partition(), account, row.time, row.time + Milliseconds(1));
    const Result<void> scanned =
        reader.scan(Space::dlq, range, StoreReader::Direction::forward,
                    [&](std::string_view key, std::string_view value) {
                      if (sketch_dead_letter(value, sketch) && sketch.traits.id == id) {
                        found = keys::parse_dead_letter(key);
                      }
                      return !found;
                    });
    if (!scanned) return std::unexpected(scanned.error());
  }
  return found;
}

void write_micro(JsonWriter& json, std::string_view name, Microseconds time) {
  write_number(json, name,
               time < Microseconds(0)
                   ? std::nullopt
                   : std::optional<double>(static_cast<double>(time.count()) / 1000));
}

void write_timing(JsonWriter& json, const AttemptView& attempt, std::optional<Timestamp> due) {
  json.key("timing");
  if (!attempt.ended || !attempt.ended->timing) return json.raw("null");
  const AttemptTiming& timing = *attempt.ended->timing;
  json.begin_object();
  std::optional<double> waited;
  if (due && *due <= attempt.started) {
    waited = static_cast<double>((attempt.started - *due).count());
  }
  write_number(json, "waitedMs", waited);
  write_micro(json, "resolveMs", timing.resolve);
  write_micro(json, "connectMs", timing.connect);
  write_micro(json, "tlsMs", timing.tls);
  write_micro(json, "firstByteMs", timing.first_byte);
  write_micro(json, "bodyMs", timing.body);
  write_micro(json, "totalMs", timing.total);
  json.member("reusedConnection", timing.reused_connection);
  write_text_or_null(json, "address", timing.address.to_string());
  json.end_object();
}

void write_diagnosis(JsonWriter& json, const Message& message, const AttemptView& attempt) {
  json.key("diagnosis");
  if (!attempt.ended || attempt.ended->state == LogState::delivered) return json.raw("null");
  const LogRow& row = *attempt.ended;
  const std::string address = row.timing ? row.timing->address.to_string() : std::string();
  const Diagnosis diagnosis = diagnose({.status = row.status,
                                        .error = row.error,
                                        .headers = row.response_headers,
                                        .url = message.url,
                                        .address = address});
  json.begin_object();
  json.member("code", diagnosis.code);
  json.key("params");
  json.begin_object();
  for (const auto& [name, value] : diagnosis.params) json.member(name, value);
  json.end_object();
  json.end_object();
}

/// `shown` has the headers as read APIs show them.
void write_attempt(JsonWriter& json, const Message& shown, const AttemptView& attempt,
                   std::optional<Timestamp> due) {
  const LogRow* const row = attempt.ended ? &*attempt.ended : nullptr;
  json.begin_object();
  json.member("number", attempt.number);
  write_time(json, "startedAt", attempt.started);
  write_time(json, "endedAt", row == nullptr ? std::nullopt : std::optional(row->time));
  json.key("status");
  if (row != nullptr && row->status != 0) {
    json.integer(row->status);
  } else {
    json.raw("null");
  }
  write_text_or_null(json, "error", row == nullptr ? std::string_view() : row->error);
  write_timing(json, attempt, due);
  Headers sent = attempt_headers(shown, attempt.number - 1, {}, "signed");
  std::erase_if(
      sent, [](const Header& header) { return equals_ignore_case(header.name, "Upstash-Region"); });
  write_header_lines(json, "requestHeaders", sent);
  if (row == nullptr || row->status == 0) {
    json.key("responseHeaders");
    json.raw("null");
    json.key("responseBody");
    json.raw("null");
  } else {
    write_header_lines(json, "responseHeaders", row->response_headers);
    json.key("responseBody");
    write_body(json, {.kept = row->response_body,
                      .bytes = row->response_body.size(),
                      .content_type = content_type_of(row->response_headers)});
  }
  write_text_or_null(
      json, "callback",
      row == nullptr || row->callback == MessageId{} ? "" : row->callback.to_string());
  write_diagnosis(json, shown, attempt);
  json.end_object();
}

void write_change(JsonWriter& json, const MessageChange& change) {
  constexpr std::string_view names[] = {"url", "method", "header", "body"};
  const auto text = [&json](std::string_view name, const std::optional<std::string>& value) {
    json.key(name);
    if (value) {
      json.string(*value);
    } else {
      json.raw("null");
    }
  };
  json.begin_object();
  json.member("what", names[static_cast<std::size_t>(change.what)]);
  write_text_or_null(json, "name", change.name);
  text("before", change.before);
  text("after", change.after);
  json.end_object();
}

void write_relations(JsonWriter& json, const MessageDetail& detail) {
  const Message& message = *detail.history.summary.message;
  const auto id_or_null = [&json](std::string_view name, MessageId id) {
    write_text_or_null(json, name, id == MessageId{} ? "" : id.to_string());
  };
  json.key("relations");
  json.begin_object();
  write_text_or_null(json, "schedule", message.schedule_id);
  write_text_or_null(json, "queue", message.queue);
  write_text_or_null(json, "urlGroup", message.group);
  write_text_or_null(json, "endpoint", message.endpoint);
  write_text_or_null(json, "flowControlKey", message.flow_control.key);
  id_or_null("callbackOf", message.callback_of);
  json.key("callbacks");
  json.begin_array();
  for (const LogRow& row : detail.history.rows) {
    if (row.callback == MessageId{}) continue;
    json.begin_object();
    json.member("id", row.callback.to_string());
    json.member("failure", row.state == LogState::failed);
    json.end_object();
  }
  json.end_array();
  write_text_or_null(json, "deadLetter", detail.dead_letter ? detail.dead_letter->to_string() : "");
  json.key("replayOf");
  if (message.replay_of) {
    json.begin_object();
    json.member("deadLetter", message.replay_of->dead_letter_id);
    id_or_null("message", message.replay_of->message);
    json.end_object();
  } else {
    json.raw("null");
  }
  json.key("deduplication");
  if (message.deduplication_id) {
    json.begin_object();
    write_text_or_null(json, "id", *message.deduplication_id);
    json.end_object();
  } else {
    json.raw("null");
  }
  json.key("replayedAs");
  json.begin_array();
  for (const MessageId id : detail.replayed_as) json.string(id.to_string());
  json.end_array();
  json.key("changes");
  json.begin_array();
  if (message.replay_of) {
    for (const MessageChange& change : message.replay_of->changes) write_change(json, change);
  }
  json.end_array();
  json.end_object();
}

void write_flow_control(JsonWriter& json, const FlowControl& flow) {
  const auto number_or_null = [&json](std::string_view name, std::int64_t value) {
    json.key(name);
    if (value > 0) {
      json.integer(value);
    } else {
      json.raw("null");
    }
  };
  json.key("flowControl");
  if (flow.key.empty()) return json.raw("null");
  json.begin_object();
  json.member("key", flow.key);
  number_or_null("rate", flow.rate);
  json.member("periodSeconds", std::chrono::ceil<std::chrono::seconds>(flow.period).count());
  number_or_null("parallelism", flow.parallelism);
  json.end_object();
}

}  // namespace

std::vector<AttemptView> attempts_of(const std::vector<LogRow>& rows) {
  std::vector<AttemptView> attempts;
  const auto is_open = [&attempts] { return !attempts.empty() && !attempts.back().ended; };
  const auto begin = [&attempts](Timestamp time) {
    attempts.push_back({.number = static_cast<int>(attempts.size()) + 1, .started = time});
  };
  for (const LogRow& row : rows) {
    if (row.state == LogState::active) {
      // One that never ended was cut by the process's end and is made again under its number.
      if (is_open()) attempts.pop_back();
      begin(row.time);
    } else if (row.state == LogState::error || row.state == LogState::delivered) {
      if (!is_open()) begin(row.time);
      attempts.back().ended = row;
    } else if (row.state == LogState::failed && is_open()) {
      attempts.back().ended = row;
    }
  }
  return attempts;
}

std::vector<PlannedAttempt> plan_of(const MessageSummary& summary, const Waiting& waiting,
                                    Timestamp now) {
  std::vector<PlannedAttempt> plan;
  if (waiting.reason == WaitingReason::canceling) return plan;
  int retried = summary.retried;
  std::optional<Timestamp> at = waiting.next;
  if (waiting.reason == WaitingReason::active) {
    at = now;
  } else {
    plan.push_back({.number = retried + 1, .at = at});
  }
  AttemptResult failure;
  failure.status = 500;
  while (plan.size() < planned_attempts_max) {
    const Outcome outcome = judge(*summary.message, retried, failure, at.value_or(now));
    const auto* const retry = std::get_if<RetryAt>(&outcome);
    if (retry == nullptr) break;
    if (at) at = retry->time;
    ++retried;
    plan.push_back({.number = retried + 1, .at = at});
  }
  return plan;
}

Result<std::optional<MessageDetail>> read_detail(const StoreReader& reader,
                                                 std::uint16_t partitions, AccountId account,
                                                 MessageId id, const LivingMessages& living) {
  Result<std::optional<MessageHistory>> history =
      read_message(reader, partitions, account, id, living, true);
  if (!history) return std::unexpected(history.error());
  if (!*history) return std::optional<MessageDetail>();
  std::optional<MessageDetail> detail(std::in_place);
  detail->history = std::move(**history);
  const auto entry = find_entry(reader, account, detail->history);
  if (!entry) return std::unexpected(entry.error());
  detail->dead_letter = *entry;
  const auto replayed = replayed_as(reader, account, id);
  if (!replayed) return std::unexpected(replayed.error());
  if (*replayed) detail->replayed_as.push_back(**replayed);
  return detail;
}

void write_detail_members(JsonWriter& json, const MessageDetail& detail,
                          const std::optional<Waiting>& waiting, Timestamp now) {
  const MessageSummary& summary = detail.history.summary;
  const Message& message = *summary.message;
  Message shown;
  shown = message;
  shown.body.clear();
  shown.headers = redact_headers(message.headers, message.redaction);
  write_message_members(json, summary, waiting);
  write_header_lines(json, "headers", shown.headers);
  json.key("body");
  write_body(json, {.kept = message.body,
                    .bytes = summary.body_size,
                    .redacted = message.redaction.body,
                    .content_type = content_type_of(shown.headers)});
  write_text_or_null(json, "callerIp", message.caller_ip);
  write_time(
      json, "notBefore",
      message.not_before > message.created ? std::optional(message.not_before) : std::nullopt);
  std::optional<double> timeout;
  if (message.timeout) timeout = static_cast<double>(message.timeout->count()) / 1000;
  write_number(json, "timeoutSeconds", timeout);
  write_text_or_null(json, "retryDelay", message.retry_delay);
  write_flow_control(json, message.flow_control);
  write_text_or_null(json, "callback", message.callback ? message.callback->url : "");
  write_text_or_null(json, "failureCallback",
                     message.failure_callback ? message.failure_callback->url : "");
  json.key("events");
  json.begin_array();
  for (const LogRow& row : detail.history.rows) {
    json.begin_object();
    write_time(json, "at", row.time);
    json.member("state", to_string(row.state));
    write_time(json, "nextAt",
               row.next_delivery == Timestamp{} ? std::nullopt : std::optional(row.next_delivery));
    json.end_object();
  }
  json.end_array();
  json.key("attemptList");
  json.begin_array();
  for (const AttemptView& attempt : attempts_of(detail.history.rows)) {
    // Due: what the newest row before it said, else the message's own time.
    std::optional<Timestamp> due = std::max(message.not_before, message.created);
    for (const LogRow& row : detail.history.rows) {
      if (row.time > attempt.started) break;
      if (row.state == LogState::retry || row.state == LogState::error) {
        if (row.next_delivery != Timestamp{}) due = row.next_delivery;
      }
    }
    write_attempt(json, shown, attempt, due);
  }
  json.end_array();
  json.key("plan");
  json.begin_array();
  if (waiting) {
    for (const PlannedAttempt& planned : plan_of(summary, *waiting, now)) {
      json.begin_object();
      json.member("number", planned.number);
      write_time(json, "at", planned.at);
      json.end_object();
    }
  }
  json.end_array();
  write_relations(json, detail);
  json.member("degraded", detail.history.degraded);
}

}  // namespace godwit
