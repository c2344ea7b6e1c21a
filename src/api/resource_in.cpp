#include "api/resource_in.h"

#include <simdjson.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "api/destination.h"
#include "api/message_settings.h"
#include "api/publish_request.h"
#include "core/ascii.h"
#include "core/quota.h"

namespace godwit {
namespace {

namespace dom = simdjson::dom;

std::unexpected<Error> invalid(std::string text) {
  return fail(ErrorCode::invalid_argument, std::move(text));
}

/// Untrusted names go into error texts: cut short, so that an answer stays small.
std::string shown(std::string_view name) { return std::string(name.substr(0, 100)); }

/// Hands a body that is a JSON object to `read`, whose Result it returns.
template <typename Read>
auto read_object(std::string_view body, Read read) -> decltype(read(dom::object())) {
  dom::parser parser;
  dom::element document;
  if (const auto error = parser.parse(body.data(), body.size()).get(document)) {
    return invalid(std::string("the body is not valid JSON: ") + simdjson::error_message(error));
  }
  dom::object object;
  if (document.get(object) != simdjson::SUCCESS) return invalid("the body must be a JSON object");
  return read(object);
}

/// A member that is there and not null.
std::optional<dom::element> find(const dom::object& object, std::string_view name) {
  dom::element value;
  if (object.at_key(name).get(value) != simdjson::SUCCESS || value.is_null()) return std::nullopt;
  return value;
}

/// A string; empty when there is none.
Result<std::string> text_of(const dom::object& object, std::string_view name) {
  const std::optional<dom::element> value = find(object, name);
  std::string_view text;
  if (value && value->get(text) != simdjson::SUCCESS) {
    return invalid("invalid " + std::string(name) + ": expected a string");
  }
  return std::string(text);
}

Result<QueueUpsert> queue_of(const dom::object& object, int parallelism_max) {
  QueueUpsert upsert;
  Result<std::string> name = text_of(object, "queueName");
  if (!name) return std::unexpected(std::move(name.error()));
  if (!is_resource_name(*name)) return invalid("invalid queueName: " + std::string(name_rule));
  upsert.name = std::move(*name);
  if (const auto value = find(object, "parallelism")) {
    std::int64_t parallelism = 0;
    if (value->get(parallelism) != simdjson::SUCCESS || parallelism < 1) {
      return invalid("invalid parallelism: expected a whole number of at least 1");
    }
    if (parallelism > parallelism_max) {
      return quota_exceeded("maxParallelism", static_cast<std::uint64_t>(parallelism_max),
                            "api.queue_parallelism_max");
    }
    upsert.parallelism = static_cast<int>(parallelism);
  }
  if (const auto value = find(object, "paused")) {
    bool paused = false;
    if (value->get(paused) != simdjson::SUCCESS) {
      return invalid("invalid paused: expected true or false");
    }
    upsert.paused = paused;
  }
  return upsert;
}

Result<GroupEndpoint> endpoint_of(const dom::element& element, EndpointsAre purpose,
                                  const PublishRules& rules) {
  dom::object object;
  if (element.get(object) != simdjson::SUCCESS) {
    return invalid("invalid endpoint: expected an object with a url");
  }
  Result<std::string> url = text_of(object, "url");
  if (!url) return std::unexpected(std::move(url.error()));
  Result<std::string> name = text_of(object, "name");
  if (!name) return std::unexpected(std::move(name.error()));
  if (name->size() > endpoint_name_length_max ||
      std::ranges::any_of(*name, [](char c) { return ascii::is_control(c); })) {
    return invalid("invalid endpoint name: expected at most 256 bytes without control characters");
  }
  if (purpose == EndpointsAre::added) {
    if (url->empty()) return invalid("invalid endpoint: it has no url");
    if (Result<void> checked = check_url(*url, rules); !checked) {
      return std::unexpected(std::move(checked.error()));
    }
  } else if (url->empty() && name->empty()) {
    return invalid("invalid endpoint: it has neither name nor url");
  }
  return GroupEndpoint{.url = std::move(*url), .name = std::move(*name)};
}

Result<std::vector<GroupEndpoint>> endpoints_of(const dom::object& object, EndpointsAre purpose,
                                                const PublishRules& rules) {
  std::vector<GroupEndpoint> endpoints;
  const std::optional<dom::element> value = find(object, "endpoints");
  dom::array array;
  if (!value || value->get(array) != simdjson::SUCCESS) {
    return invalid("invalid endpoints: expected an array of objects");
  }
  for (const dom::element element : array) {
    if (endpoints.size() == endpoints_in_request_max) {
      return invalid("invalid endpoints: send at most " + std::to_string(endpoints_in_request_max) +
                     " in one request");
    }
    Result<GroupEndpoint> endpoint = endpoint_of(element, purpose, rules);
    if (!endpoint) return std::unexpected(std::move(endpoint.error()));
    endpoints.push_back(std::move(*endpoint));
  }
  if (endpoints.empty() && purpose == EndpointsAre::added) {
    return invalid("invalid endpoints: there are none");
  }
  return endpoints;
}

Result<void> add_header(std::string_view name, const dom::element& value, Headers& headers) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) {
    return invalid("invalid header " + shown(name) + ": expected a string or an array of strings");
  }
  if (!is_sendable(name, text)) {
    return invalid("invalid header " + shown(name) + ": it could not be sent");
  }
  if (headers.size() == group_headers_max) {
    return invalid("invalid headers: send at most " + std::to_string(group_headers_max));
  }
  headers.push_back({.name = std::string(name), .value = std::string(text)});
  return {};
}

Result<Headers> headers_of(const dom::object& object) {
  const std::optional<dom::element> value = find(object, "headers");
  dom::object members;
  if (!value || value->get(members) != simdjson::SUCCESS) {
    return invalid("invalid headers: expected an object");
  }
  Headers headers;
  for (const auto& [name, member] : members) {
    if (member.is_null()) continue;
    dom::array array;
    if (member.get(array) != simdjson::SUCCESS) {
      if (Result<void> added = add_header(name, member, headers); !added) {
        return std::unexpected(std::move(added.error()));
      }
      continue;
    }
    for (const dom::element element : array) {
      if (Result<void> added = add_header(name, element, headers); !added) {
        return std::unexpected(std::move(added.error()));
      }
    }
  }
  return headers;
}

}  // namespace

Result<QueueUpsert> parse_queue_upsert(std::string_view body, int parallelism_max) {
  return read_object(body,
                     [&](const dom::object& object) { return queue_of(object, parallelism_max); });
}

Result<std::vector<GroupEndpoint>> parse_endpoints(std::string_view body, EndpointsAre purpose,
                                                   const PublishRules& rules) {
  return read_object(
      body, [&](const dom::object& object) { return endpoints_of(object, purpose, rules); });
}

Result<Headers> parse_group_headers(std::string_view body, const PublishRules& rules,
                                    Timestamp now) {
  Result<Headers> headers = read_object(body, headers_of);
  if (!headers) return headers;
  // Whatever is wrong with them is better told now than to everybody who publishes to the group.
  PublishRequest sample{.account = 0,
                        .destination = "https://example.com",
                        .settings = MessageSettings{.headers = *headers},
                        .body = {},
                        .caller_ip = {}};
  const Result<PublishOrder> publish = parse_publish(std::move(sample), now, rules);
  if (!publish) return std::unexpected(publish.error());
  return headers;
}

}  // namespace godwit
