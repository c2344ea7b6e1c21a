// Input: the raw target on the first line, then one header line each, then (after an empty line)
// the body.
#include "api/publish_request.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "api/filters.h"
#include "api/message_json.h"
#include "api/route.h"
#include "core/assert.h"
#include "core/json_out.h"

namespace godwit {
namespace {

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
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
  const PublishRules rules{.settings = settings};
  const MessageSettings message_settings{.headers = headers,
                                         .query = route.settings,
                                         .authorization_is_credential = headers.size() % 2 == 0};
  if (const auto change = parse_retry_changes(message_settings, now, rules)) {
    Message message;
    (*change)(message);
  }
  const Result<Publish> publish =
      parse_publish(PublishRequest{.account = 1,
                                   .destination = std::move(route.destination),
                                   .settings = message_settings,
                                   .body = std::string(input),
                                   .caller_ip = "203.0.113.5"},
                    now, rules);
  if (!publish) {
    GODWIT_ASSERT(!publish.error().message.empty());
    return;
  }
  for (const Header& header : publish->message.headers) {
    // It goes onto the wire as a line: it must stay one.
    GODWIT_ASSERT(!header.name.empty());
    GODWIT_ASSERT(header.name.find_first_of(": \r\n") == std::string::npos);
    GODWIT_ASSERT(header.value.find_first_of("\r\n") == std::string::npos);
  }
  std::string out;
  JsonWriter json(out);
  write_message(json, publish->message);
  GODWIT_ASSERT(is_utf8(out));
}

}  // namespace
}  // namespace godwit

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  godwit::run({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
