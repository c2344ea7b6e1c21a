#include "api/rate_limits.h"

#include <doctest/doctest.h>

#include "api/test_server.h"

namespace godwit {

TEST_CASE("requests of a second are counted, and the next second begins anew") {
  RateLimits limits({.requests_per_second = 2});
  const Timestamp now = from_unix_ms(10'400);
  CHECK_FALSE(limits.request(1, now));
  CHECK_FALSE(limits.request(1, now + Milliseconds(500)));
  const auto exceeded = limits.request(1, now + Milliseconds(599));
  REQUIRE(exceeded);
  CHECK(exceeded->limit == 2);
  CHECK(exceeded->reset == from_unix_ms(11'000));
  CHECK_FALSE(limits.request(2, now));
  CHECK_FALSE(limits.request(1, now + Milliseconds(600)));
}

TEST_CASE("a day's messages end with the day") {
  RateLimits limits({.messages_per_day = 3});
  const Timestamp evening = from_unix_ms(86'400'000 - 1);
  CHECK_FALSE(limits.messages(1, evening));
  limits.published(1, 2, evening);
  CHECK_FALSE(limits.messages(1, evening));
  limits.published(1, 5, evening);
  const auto exceeded = limits.messages(1, evening);
  REQUIRE(exceeded);
  CHECK(exceeded->reset == from_unix_ms(86'400'000));
  CHECK_FALSE(limits.messages(2, evening));
  CHECK_FALSE(limits.messages(1, evening + Milliseconds(1)));
  for (int i = 0; i < 100; ++i) CHECK_FALSE(limits.request(1, evening));
}

TEST_CASE("an account beyond its limits is told which, and when it may come again") {
  ApiSettings settings;
  settings.messages_per_day = 3;
  settings.requests_per_second = 2;
  Server server(settings);
  server.publish();
  server.json(200, "POST", "/v2/batch", {},
              R"([{"destination":"https://e.com"},{"destination":"https://e.com"}])");
  for (const char* target :
       {"/v2/publish/https://e.com", "/v2/enqueue/q/https://e.com", "/v2/batch"}) {
    const HttpResponse refused = server.call("POST", target, {}, "[]");
    CHECK(refused.status == 429);
    CHECK(*header_of(refused, "RateLimit-Limit") == "3");
    CHECK(*header_of(refused, "RateLimit-Remaining") == "0");
    CHECK(*header_of(refused, "RateLimit-Reset") == "1790035200");
    CHECK(*header_of(refused, "Retry-After") == "35200");
    CHECK(header_of(refused, "Burst-RateLimit-Limit") == nullptr);
    CHECK(Json(refused.body).has("/error"));
  }
  server.token = "theirs";
  server.publish();

  server.token = "ours";
  CHECK(server.call("GET", "/v2/dlq").status == 200);
  CHECK(server.call("GET", "/v2/dlq").status == 200);
  const HttpResponse refused = server.call("GET", "/v2/dlq");
  CHECK(refused.status == 429);
  CHECK(*header_of(refused, "Burst-RateLimit-Limit") == "2");
  CHECK(*header_of(refused, "Burst-RateLimit-Remaining") == "0");
  CHECK(*header_of(refused, "Burst-RateLimit-Reset") == "1790000001");
  CHECK(header_of(refused, "RateLimit-Limit") == nullptr);
  CHECK(server.call("GET", "/healthz").status == 200);
  server.advance(Milliseconds(1000));
  CHECK(server.call("GET", "/v2/dlq").status == 200);
  server.advance(Milliseconds(35'199'000));
  server.publish();
}

}  // namespace godwit
