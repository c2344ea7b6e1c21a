#include "dashboard/messages/waiting_json.h"

#include <chrono>
#include <string_view>

#include "core/url.h"
#include "dashboard/routing/answer.h"

namespace godwit {
namespace {

std::string_view to_string(Lanes::Limit limit) {
  switch (limit) {
    case Lanes::Limit::account:
      return "account";
    case Lanes::Limit::host:
      return "host";
    case Lanes::Limit::all:
      break;
  }
  return "all";
}

void write_position(JsonWriter& json, const Waiting& waiting) {
  if (waiting.position) json.member("position", *waiting.position);
}

/// The reason and its params.
void write_reason(JsonWriter& json, const Message& message, const Waiting& waiting) {
  const auto begin = [&json](std::string_view reason) {
    json.member("reason", reason);
    json.key("params");
    json.begin_object();
  };
  switch (waiting.reason) {
    case WaitingReason::time:
      if (waiting.retried == 0) return begin("time");
      begin("retry");
      json.member("attempt", waiting.retried + 1);
      return json.member("of", message.retries_max + 1);
    case WaitingReason::queue:
      begin("queue");
      json.member("queue", message.queue);
      return write_position(json, waiting);
    case WaitingReason::queue_paused:
      begin("queue_paused");
      return json.member("queue", message.queue);
    case WaitingReason::flow_control_paused:
      begin("flow_control_paused");
      return json.member("key", message.flow_control.key);
    case WaitingReason::rate:
      begin("rate");
      json.member("key", message.flow_control.key);
      json.member("rate", waiting.windows.rate);
      json.member("periodSeconds",
                  std::chrono::ceil<std::chrono::seconds>(waiting.windows.period).count());
      return write_position(json, waiting);
    case WaitingReason::parallelism:
      begin("parallelism");
      json.member("key", message.flow_control.key);
      json.member("parallelism", waiting.parallelism);
      return write_position(json, waiting);
    case WaitingReason::slot: {
      begin("slot");
      json.member("limit", to_string(waiting.limit));
      const Result<Url> url = parse_url(message.url);
      return json.member("host", url ? std::string_view(url->authority) : std::string_view());
    }
    case WaitingReason::active:
      begin("active");
      if (waiting.since) json.member("since", iso_time(*waiting.since));
      return;
    case WaitingReason::canceling:
      return begin("canceling");
  }
}

}  // namespace

std::optional<Waiting> waiting_of(const MessageSummary& summary, const Broker& broker,
                                  std::size_t looks_max) {
  if (!is_living(summary.state)) return std::nullopt;
  return broker.waiting({.message = *summary.message,
                         .retried = summary.retried,
                         .due = summary.due.value_or(summary.message->not_before),
                         .cancel_requested = summary.cancel_requested,
                         .active_since = summary.active_since},
                        looks_max);
}

void write_waiting(JsonWriter& json, const Message& message, const Waiting& waiting) {
  json.begin_object();
  write_reason(json, message, waiting);
  json.end_object();
  write_time(json, "nextAt", waiting.next);
  json.member("estimated", waiting.estimated);
  json.end_object();
}

}  // namespace godwit
