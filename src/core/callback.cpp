#include "core/callback.h"

#include <algorithm>
#include <string>

#include "core/header_json.h"
#include "core/json_out.h"

namespace godwit {
namespace {

constexpr std::string_view signature_name = "Upstash-Signature";

std::size_t base64_size(std::size_t size) { return (size + 2) / 3 * 4; }

std::size_t text_size(const Headers& headers) {
  constexpr std::size_t marks = 8;  // "":[""],
  std::size_t size = 0;
  for (const Header& header : headers) size += header.name.size() + header.value.size() + marks;
  return size;
}

/// The signature proves to a destination who called it; it is nobody else's business.
void write_source_headers(JsonWriter& json, const Headers& headers) {
  const auto is_signature = [](const Header& header) {
    return equals_ignore_case(header.name, signature_name);
  };
  if (std::ranges::none_of(headers, is_signature)) {
    write_header_object(json, headers);
    return;
  }
  Headers shown = headers;
  std::erase_if(shown, is_signature);
  write_header_object(json, shown);
}

std::string event_json(const CallbackEvent& event) {
  const Message& source = event.source;
  const AttemptResult& result = event.result;
  const std::string_view response =
      std::string_view(result.response_body).substr(0, event.body_max);

  // Bodies are megabytes where the rest is little, so they decide the size: reserved once, with
  // room for the members that are always there and some escapes.
  constexpr std::size_t members_size = 1024;
  std::string text;
  text.reserve(members_size + base64_size(response.size()) + base64_size(source.body.size()) +
               text_size(result.response_headers) + text_size(source.headers) + source.url.size() +
               source.group.size() + source.endpoint.size() + source.schedule_id.size());

  JsonWriter json(text);
  json.begin_object();
  json.member("status", result.status);
  json.key("header");
  write_header_object(json, result.response_headers);
  json.key("body");
  json.base64(response);
  json.member("retried", event.retried);
  json.member("maxRetries", source.retries_max);
  json.member("sourceMessageId", source.id.to_string());
  json.member_unless_empty("topicName", source.group);
  json.member_unless_empty("endpointName", source.endpoint);
  json.member("url", source.url);
  json.member("method", to_string(source.method));
  json.key("sourceHeader");
  write_source_headers(json, source.headers);
  json.key("sourceBody");
  json.base64(source.body);
  json.member("notBefore", to_unix_ms(std::max(source.not_before, source.created)));
  json.member("createdAt", to_unix_ms(source.created));
  json.member_unless_empty("scheduleId", source.schedule_id);
  json.member_unless_empty("callerIP", source.caller_ip);
  json.member_unless_empty("dlqId", event.dead_letter_id);
  json.end_object();
  return text;
}

}  // namespace

Message make_callback(const Callback& callback, const CallbackEvent& event, Timestamp now) {
  const Message& source = event.source;
  Message message;
  message.account = source.account;
  message.url = callback.url;
  message.method = callback.method;
  message.headers.reserve(callback.headers.size() + 1);
  if (find_header(callback.headers, "Content-Type") == nullptr) {
    message.headers.push_back({"Content-Type", "application/json"});
  }
  message.headers.insert(message.headers.end(), callback.headers.begin(), callback.headers.end());
  message.body = event_json(event);
  message.retries_max = callback.retries_max.value_or(source.retries_max);
  message.retry_delay = callback.retry_delay;
  message.timeout = callback.timeout;
  if (callback.delay) message.not_before = now + *callback.delay;
  message.caller_ip = source.caller_ip;
  message.labels = callback.labels;
  message.redaction = callback.redaction;
  // What the source hides from readers stands in this body, its headers too.
  if (source.redaction.body || source.redaction.all_headers || !source.redaction.headers.empty()) {
    message.redaction.body = true;
  }
  message.flow_control = callback.flow_control;
  message.callback = callback.callback;
  message.failure_callback = callback.failure_callback;
  message.callback_of = source.id;
  message.blocks_queue = source.queue;
  message.tells_failure = !event.dead_letter_id.empty();
  return message;
}

}  // namespace godwit
