// Input: the raw target on the first line, then one header line each, then (after an empty line)
// the body.
#include "api/publish_request.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "api/destination.h"
#include "api/filters.h"
#include "api/message_json.h"
#include "api/route.h"
#include "core/assert.h"
#include "core/json_out.h"
#include "core/url.h"

namespace godwit {
namespace {

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

/// They go onto the wire as lines: each must stay one.
void check_headers(const Headers& headers) {
  for (const Header& header : headers) {
    GODWIT_ASSERT(!header.name.empty());
    GODWIT_ASSERT(header.name.find_first_of(": \r\n") == std::string::npos);
    GODWIT_ASSERT(header.value.find_first_of("\r\n") == std::string::npos);
  }
}

void check_callback(const Boxed<Callback>& callback, int depth) {
  if (!callback) return;
  GODWIT_ASSERT(depth < 2);
  GODWIT_ASSERT(parse_url(callback->url).has_value());
  GODWIT_ASSERT(!callback->delay);
  check_headers(callback->headers);
  check_callback(callback->callback, depth + 1);
  check_callback(callback->failure_callback, depth + 1);
}

void check_message(const Message& message) {
  check_headers(message.headers);
  check_callback(message.callback, 0);
  check_callback(message.failure_callback, 0);
  GODWIT_ASSERT(message.queue.empty() || is_resource_name(message.queue));
  std::string out;
  JsonWriter json(out);
  write_message(json, message);
  GODWIT_ASSERT(is_utf8(out));
}

void check_schedule(const Schedule& schedule) {
  GODWIT_ASSERT(schedule.id.empty() || is_resource_name(schedule.id));
  GODWIT_ASSERT(schedule.message.url.empty() != schedule.message.group.empty());
  GODWIT_ASSERT(schedule.message.not_before == Timestamp{});
  check_message(schedule.message);
}

void run(std::string_view input) {
  const std::string_view target = take_line(input);
  Headers headers;
  while (!input.empty()) {
    const std::string_view line = take_line(input);
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    headers.push_back(
        {.name = std::string(line.substr(0, colon)),
         .value = std::string(colon == std::string_view::npos ? "" : line.substr(colon + 1))});
  }
  for (const std::string_view method : {"POST", "GET", "DELETE"}) {
    const Route route = parse_route(method, target);
    (void)parse_dead_letter_selection(route.query);
    (void)parse_log_selection(route.query);
    (void)parse_cancel_selection(route.query);
  }
  Route route = parse_route("POST", target);
  const ApiSettings settings;
  const Timestamp now = from_unix_ms(1'790'000'000'000);
  const PublishRules rules{
      .settings = settings,
      .find_group = [](AccountId, std::string_view name) -> Result<std::optional<UrlGroup>> {
        if (!name.starts_with('g')) return std::optional<UrlGroup>{};
        return UrlGroup{.name = std::string(name),
                        .created = {},
                        .updated = {},
                        .endpoints = {{.url = "https://one.example", .name = "one"},
                                      {.url = "https://two.example", .name = ""}},
                        .headers = {{"Upstash-Retries", "1"},
                                    {"Upstash-Callback", "https://three.example"},
                                    {"Upstash-Forward-X-Default", "1"}}};
      }};
  const MessageSettings message_settings{.headers = headers,
                                         .query = route.settings,
                                         .authorization_is_credential = headers.size() % 2 == 0};
  if (const auto change = parse_retry_changes(message_settings, now, rules)) {
    Message message;
    (*change)(message);
  }
  const auto request = [&] {
    return PublishRequest{.account = 1,
                          .destination = route.destination,
                          .queue = route.queue,
                          .settings = message_settings,
                          .body = std::string(input),
                          .caller_ip = "203.0.113.5"};
  };
  const Result<Schedule> schedule = parse_schedule(request(), now, rules);
  if (schedule) check_schedule(*schedule);
  const Result<PublishOrder> order = parse_publish(request(), now, rules);
  if (!order) {
    GODWIT_ASSERT(!order.error().message.empty());
    return;
  }
  if (const auto* const publish = std::get_if<Publish>(&*order)) {
    check_message(publish->message);
    GODWIT_ASSERT(!publish->message.url.empty());
  } else if (const auto* const group = std::get_if<GroupPublish>(&*order)) {
    GODWIT_ASSERT(group->publishes.size() == 2);
    for (const Publish& one : group->publishes) check_message(one.message);
  } else {
    check_schedule(std::get<Schedule>(*order));
  }
}

}  // namespace
}  // namespace godwit

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  godwit::run({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
