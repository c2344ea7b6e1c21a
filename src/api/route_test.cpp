#include "api/route.h"

#include <doctest/doctest.h>

#include <string>

namespace godwit {

TEST_CASE("each route is found by method and path, in any case and with slashes at the end") {
  struct Row {
    const char* method;
    const char* target;
    Endpoint endpoint;
    const char* id;
  };
  for (const Row& row : {
           Row{"GET", "/", Endpoint::root, ""},
           Row{"GET", "/healthz", Endpoint::healthz, ""},
           Row{"HEAD", "/readyz", Endpoint::readyz, ""},
           Row{"GET", "/metrics?x=1", Endpoint::metrics, ""},
           Row{"POST", "/v2/publish/https://e.com", Endpoint::publish, ""},
           Row{"POST", "/V2/Publish/https://e.com", Endpoint::publish, ""},
           Row{"POST", "/v1/publish/https://e.com", Endpoint::publish, ""},
           Row{"POST", "/v2/publish", Endpoint::publish, ""},
           Row{"POST", "/v2/batch", Endpoint::batch, ""},
           Row{"POST", "/v2/batch/", Endpoint::batch, ""},
           Row{"GET", "/v2/messages/msg_1", Endpoint::get_message, "msg_1"},
           Row{"DELETE", "/v2/messages/msg_1/", Endpoint::cancel_message, "msg_1"},
           Row{"DELETE", "/v2/messages/", Endpoint::cancel_messages, ""},
           Row{"DELETE", "/v2/messages", Endpoint::cancel_messages, ""},
           Row{"POST", "/v2/messages/msg_1/retry", Endpoint::run_message_now, "msg_1"},
           Row{"GET", "/v2/dlq", Endpoint::list_dead_letters, ""},
           Row{"GET", "/v2/DLQ/", Endpoint::list_dead_letters, ""},
           Row{"DELETE", "/v2/dlq", Endpoint::delete_dead_letters, ""},
           Row{"GET", "/v2/dlq/1-0", Endpoint::get_dead_letter, "1-0"},
           Row{"GET", "/v2/dlq/1%2D0", Endpoint::get_dead_letter, "1-0"},
           Row{"DELETE", "/v2/dlq/1-0", Endpoint::delete_dead_letter, "1-0"},
           Row{"POST", "/v2/dlq/retry", Endpoint::retry_dead_letters, ""},
           Row{"POST", "/v2/dlq/retry/1-0", Endpoint::retry_dead_letter, "1-0"},
           Row{"GET", "/v2/logs", Endpoint::list_logs, ""},
           Row{"GET", "/v2/events?count=1", Endpoint::list_events, ""},
           Row{"GET", "/v2/keys", Endpoint::get_keys, ""},
           Row{"POST", "/v2/keys/rotate", Endpoint::rotate_keys, ""},
           Row{"POST", "/v2/rotate", Endpoint::rotate_keys, ""},
           Row{"GET", "http://localhost:8080/v2/keys", Endpoint::get_keys, ""},
           Row{"OPTIONS", "*", Endpoint::preflight, ""},
           Row{"OPTIONS", "/v2/publish/https://e.com", Endpoint::preflight, ""},
           Row{"GET", "/v2", Endpoint::not_found, ""},
           Row{"GET", "/v2/", Endpoint::not_found, ""},
           Row{"GET", "/v2/nothing", Endpoint::not_found, ""},
           Row{"POST", "/v2/publisher/https://e.com", Endpoint::not_found, ""},
           Row{"GET", "/v3/keys", Endpoint::not_found, ""},
           Row{"GET", "//v2/keys", Endpoint::not_found, ""},
           Row{"GET", "/v2/messages/a/b", Endpoint::not_found, ""},
           Row{"GET", "/v2/messages/a/retry/b/c", Endpoint::not_found, ""},
           Row{"GET", "/v2/logs/x", Endpoint::not_found, ""},
           Row{"GET", "", Endpoint::root, ""},
       }) {
    CAPTURE(row.method);
    CAPTURE(row.target);
    const Route route = parse_route(row.method, row.target);
    CHECK(route.endpoint == row.endpoint);
    CHECK(route.id == row.id);
  }
}

TEST_CASE("a known path with another method names the methods that are right") {
  struct Row {
    const char* method;
    const char* target;
    const char* allow;
  };
  for (const Row& row :
       {Row{"GET", "/v2/publish/https://e.com", "POST"}, Row{"post", "/v2/batch", "POST"},
        Row{"POST", "/v2/messages", "DELETE"}, Row{"PUT", "/v2/messages/msg_1", "GET, DELETE"},
        Row{"GET", "/v2/messages/msg_1/retry", "POST"}, Row{"POST", "/v2/dlq", "GET, DELETE"},
        Row{"GET", "/v2/dlq/retry", "POST"}, Row{"PATCH", "/v2/logs", "GET"},
        Row{"POST", "/v2/keys", "GET"}, Row{"GET", "/v2/keys/rotate", "POST"},
        Row{"POST", "/healthz", "GET, HEAD"}}) {
    CAPTURE(row.target);
    const Route route = parse_route(row.method, row.target);
    CHECK(route.endpoint == Endpoint::method_not_allowed);
    CHECK(route.allow == row.allow);
  }
}

TEST_CASE("what is not built yet is told apart from what does not exist") {
  struct Row {
    const char* target;
    const char* feature;
  };
  for (const Row& row :
       {Row{"/v2/enqueue/q/https://e.com", "queues"}, Row{"/v2/queues/", "queues"},
        Row{"/v2/queue/q", "queues"}, Row{"/v2/Schedules/https://e.com", "schedules"},
        Row{"/v2/topics/t/endpoints", "URL groups"},
        Row{"/v2/flowcontrol/a/b/c/d/pin", "flow control keys"},
        Row{"/v2/globalParallelism", "flow control keys"}, Row{"/v2/bulkActions", "bulk actions"},
        Row{"/v2/trigger/https://e.com", "workflows"}, Row{"/v2/batch/trigger", "workflows"},
        Row{"/v2/workflows/runs/1", "workflows"}, Row{"/v2/notify/e", "workflows"},
        Row{"/v2/waiters/e", "workflows"}}) {
    CAPTURE(row.target);
    const Route route = parse_route("POST", row.target);
    CHECK(route.endpoint == Endpoint::not_supported);
    CHECK(route.feature == row.feature);
  }
}

TEST_CASE("the destination keeps every byte but our own parameters") {
  struct Row {
    const char* rest;
    const char* destination;
  };
  for (const Row& row : {
           Row{"https://example.com/123/?asdasd=ooo", "https://example.com/123/?asdasd=ooo"},
           Row{"https://e.com", "https://e.com"},
           Row{"https://e.com/", "https://e.com/"},
           Row{"https://e.com//a/../b/./c//", "https://e.com//a/../b/./c//"},
           Row{"HTTPS://E.com/A%2fb%20c", "HTTPS://E.com/A%2fb%20c"},
           Row{"https:/e.com/a", "https://e.com/a"},
           Row{"HTTP:/e.com", "HTTP://e.com"},
           Row{"https%3A%2F%2Fe.com%2Fa%3Fb%3D1%2Bc", "https://e.com/a?b=1+c"},
           Row{"HTTPS%3a//e.com/a", "HTTPS://e.com/a"},
           Row{"https%3A%2F%2Fe.com?upstash-retries=3&x=1", "https://e.com"},
           Row{"https%3A%2F%2Fe.com%3Fupstash-retries%3D3", "https://e.com?upstash-retries=3"},
           Row{"https://e.com/h?x=1&upstash-retries=3&qstash_token=T", "https://e.com/h?x=1"},
           Row{"https://e.com/h?upstash-retries=3&x=1&y=%20&QSTASH_TOKEN=T&y=2",
               "https://e.com/h?x=1&y=%20&y=2"},
           Row{"https://e.com/h?upstash-retries=3&qstash_token=T", "https://e.com/h"},
           Row{"https://e.com/h?", "https://e.com/h"},
           Row{"https://e.com/h?a&b=&=c", "https://e.com/h?a&b=&=c"},
           Row{"https://e.com/h?u=http://x.com/?y=1&z", "https://e.com/h?u=http://x.com/?y=1&z"},
           Row{"https://e.com/%23not-a-fragment", "https://e.com/%23not-a-fragment"},
           Row{"my-group", "my-group"},
           Row{"api/llm", "api/llm"},
           Row{"", ""},
           Row{"?upstash-retries=3", ""},
       }) {
    CAPTURE(row.rest);
    const Route route = parse_route("POST", std::string("/v2/publish/") + row.rest);
    CHECK(route.endpoint == Endpoint::publish);
    CHECK(route.destination == row.destination);
    CHECK(route.query.empty());
  }
}

TEST_CASE("settings and the token are taken from the query, decoded") {
  const Route route = parse_route(
      "POST",
      "/v2/publish/https://e.com/h?ref=gh&Upstash-Retry-Delay=1000+*%20retried&upstash-label=a%2Cb"
      "&upstash-delay&qstash_token=a+b%3D");
  CHECK(route.destination == "https://e.com/h?ref=gh");
  CHECK(route.token == "a+b=");
  REQUIRE(route.settings.size() == 3);
  CHECK(route.settings[0] == Parameter{"Upstash-Retry-Delay", "1000 * retried"});
  CHECK(route.settings[1] == Parameter{"upstash-label", "a,b"});
  CHECK(route.settings[2] == Parameter{"upstash-delay", ""});

  const Route dlq =
      parse_route("POST", "/v2/dlq/retry?dlqIds=1-0&dlqIds=2-0&upstash-retries=0&qstash_token=T&");
  CHECK(dlq.token == "T");
  CHECK(dlq.settings == std::vector<Parameter>{{"upstash-retries", "0"}});
  CHECK(dlq.query == std::vector<Parameter>{{"dlqIds", "1-0"}, {"dlqIds", "2-0"}});
}

TEST_CASE("percent-escapes that are none stand for themselves") {
  CHECK(percent_decode("a%20b%2B%2b") == "a b++");
  CHECK(percent_decode("%") == "%");
  CHECK(percent_decode("%4") == "%4");
  CHECK(percent_decode("%zz%41") == "%zzA");
  CHECK(percent_decode("%00").size() == 1);
}

}  // namespace godwit
