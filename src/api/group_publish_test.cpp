#include <doctest/doctest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "api/publish_draft.h"
#include "api/publish_request.h"

namespace godwit {

using namespace publish_draft;  // Their every line begins with a draft.

TEST_CASE("a publish to a group makes one message per endpoint, in their order") {
  Draft draft = with_destination("my-group");
  draft.group = UrlGroup{.name = "my-group",
                         .created = {},
                         .updated = {},
                         .endpoints = {{.url = "https://one.com", .name = "first one"},
                                       {.url = "https://two.com", .name = ""}},
                         .headers = {{"Upstash-Retries", "5"},
                                     {"Upstash-Label", "default"},
                                     {"Upstash-Forward-X-A", "default"},
                                     {"Upstash-Forward-X-B", "default"}}};
  draft.headers = {{"Upstash-Label", "mine"},
                   {"Upstash-Forward-X-A", "mine"},
                   {"Upstash-Callback", "https://c.com"},
                   {"Upstash-Queue-Name", "q"}};
  const std::vector<Publish> publishes = draft.fan_out();
  REQUIRE(publishes.size() == 2);
  Message expected;
  expected.account = account;
  expected.body = "hello";
  expected.caller_ip = "203.0.113.5";
  expected.retries_max = 5;
  expected.labels = {"mine"};
  expected.headers = {{"X-A", "mine"}, {"X-B", "default"}};
  Callback callback;
  callback.url = "https://c.com";
  expected.callback = callback;
  expected.queue = "q";
  expected.group = "my-group";
  expected.url = "https://one.com";
  expected.endpoint = "first one";
  CHECK(publishes[0].message == expected);
  expected.url = "https://two.com";
  expected.endpoint = "";
  CHECK(publishes[1].message == expected);
  CHECK_FALSE(publishes[0].deduplication);
  CHECK_FALSE(publishes[1].deduplication);
}

TEST_CASE("a group's defaults make a webhook of it") {
  Draft draft = with_destination("g");
  draft.group =
      UrlGroup{.name = "g",
               .created = {},
               .updated = {},
               .endpoints = {{.url = "https://one.com", .name = ""}},
               .headers = {{"Upstash-Header-Forward", "true"}, {"Upstash-Cron", "* * * * *"}}};
  draft.headers = {{"X-Github-Event", "push"}, {"Content-Type", "a/b"}};
  CHECK(draft.fan_out().front().message.headers ==
        Headers{{"Content-Type", "a/b"}, {"X-Github-Event", "push"}});
}

TEST_CASE("each endpoint of a group is deduplicated for itself") {
  Draft draft = with_destination("g");
  draft.group = UrlGroup{.name = "g",
                         .created = {},
                         .updated = {},
                         .endpoints = {{.url = "https://one.com", .name = "a"},
                                       {.url = "https://one.com", .name = "b"},
                                       {.url = "https://two.com", .name = ""}},
                         .headers = {}};
  for (const Headers& headers : {Headers{{"Upstash-Deduplication-Id", "x"}},
                                 Headers{{"Upstash-Content-Based-Deduplication", "true"}}}) {
    draft.headers = headers;
    draft.body = "hello";
    const std::vector<Publish> publishes = draft.fan_out();
    REQUIRE(publishes.size() == 3);
    std::set<DeduplicationKey> keys;
    for (const Publish& publish : publishes) {
      REQUIRE(publish.deduplication);
      keys.insert(*publish.deduplication);
    }
    CHECK(keys.size() == 3);
    CHECK_FALSE(keys.contains(deduplication_key_of_id(account, "x")));
    const std::vector<Publish> again = draft.fan_out();
    for (std::size_t i = 0; i < 3; ++i) CHECK(again[i].deduplication == publishes[i].deduplication);
    // By an id, the body does not count; by content, it does.
    draft.body = "other";
    const bool by_id = headers.front().name == "Upstash-Deduplication-Id";
    CHECK((draft.fan_out()[0].deduplication == publishes[0].deduplication) == by_id);
  }
}

TEST_CASE("a group that cannot be published to is refused") {
  Draft draft = with_destination("g");
  CHECK(draft.error().code == ErrorCode::not_found);
  draft.group =
      UrlGroup{.name = "g", .created = {}, .updated = {}, .endpoints = {}, .headers = {{"A", "b"}}};
  CHECK(draft.error().code == ErrorCode::invalid_argument);
  CHECK(draft.error().message == "topic g has no endpoints");
  // Together the messages would be more than one piece of the log can be.
  draft.group->endpoints.resize(1000, {.url = "https://e.com", .name = ""});
  draft.settings.group_publish_bytes_max = 50'000;
  draft.body = std::string(50, 'x');
  CHECK(draft.fan_out().size() == 1000);
  draft.body.push_back('x');
  CHECK(draft.error().code == ErrorCode::quota_exceeded);
  CHECK(draft.error().message ==
        "quota maxMessageSize exceeded: the messages for all 1000 endpoints of topic g may have "
        "50000 bytes together (setting api.group_publish_bytes_max)");
}

TEST_CASE("a store that cannot be read is no unknown group") {
  Draft draft = with_destination("g");
  PublishRules rules = draft.rules();
  rules.find_group = [](AccountId, std::string_view) -> Result<std::optional<UrlGroup>> {
    return fail(ErrorCode::unavailable, "the disk is gone");
  };
  const Result<PublishOrder> order = parse_publish(draft.request(), now, rules);
  REQUIRE_FALSE(order);
  CHECK(order.error().code == ErrorCode::unavailable);
}

}  // namespace godwit
