#pragma once
#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "api/publish_request.h"

/// What the tests of publish requests stand on.
namespace godwit::publish_draft {

inline constexpr Timestamp now = from_unix_ms(1'790'000'000'000);
inline constexpr AccountId account = 7;

/// A request to build up, parsed on demand.
struct Draft {
  std::string destination = "https://e.com/h";
  Headers headers = {};
  std::vector<Parameter> query = {};
  std::string body = "hello";
  bool authorization_is_credential = true;
  ApiSettings settings = {};
  const AddressPolicy* guard = nullptr;

  std::optional<UrlGroup> group = {};
  std::string queue = {};

  PublishRequest request() const {
    return {.account = account,
            .destination = destination,
            .queue = queue,
            .settings = {.headers = headers,
                         .query = query,
                         .authorization_is_credential = authorization_is_credential},
            .body = body,
            .caller_ip = "203.0.113.5"};
  }
  PublishRules rules() const {
    return {.settings = settings,
            .guard = guard,
            .find_group = [this](AccountId owner,
                                 std::string_view name) -> Result<std::optional<UrlGroup>> {
              CHECK(owner == account);
              if (group && group->name == name) return group;
              return std::optional<UrlGroup>{};
            }};
  }
  Result<PublishOrder> order() const { return parse_publish(request(), now, rules()); }
  Result<Publish> parse() const {
    Result<PublishOrder> parsed = order();
    if (!parsed) return std::unexpected(std::move(parsed.error()));
    REQUIRE(std::holds_alternative<Publish>(*parsed));
    return std::get<Publish>(std::move(*parsed));
  }
  std::vector<Publish> fan_out() const {
    Result<PublishOrder> parsed = order();
    if (!parsed) FAIL(parsed.error().message);
    REQUIRE(std::holds_alternative<GroupPublish>(*parsed));
    return std::get<GroupPublish>(std::move(*parsed)).publishes;
  }
  Schedule schedule() const {
    Result<Schedule> parsed = parse_schedule(request(), now, rules());
    if (!parsed) FAIL(parsed.error().message);
    return std::move(*parsed);
  }
  Error schedule_error() const {
    const Result<Schedule> parsed = parse_schedule(request(), now, rules());
    REQUIRE_FALSE(parsed);
    return parsed.error();
  }
  Message message() const {
    Result<Publish> publish = parse();
    if (!publish) FAIL(publish.error().message);
    return std::move(publish->message);
  }
  Error error() const {
    const Result<PublishOrder> parsed = order();
    REQUIRE_FALSE(parsed);
    return parsed.error();
  }
};

inline Draft with_headers(Headers headers) {
  Draft draft;
  draft.headers = std::move(headers);
  return draft;
}

inline Draft with_query(std::vector<Parameter> query) {
  Draft draft;
  draft.query = std::move(query);
  return draft;
}

inline Draft with_destination(std::string destination) {
  Draft draft;
  draft.destination = std::move(destination);
  return draft;
}

}  // namespace godwit::publish_draft
