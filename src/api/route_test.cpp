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
           Row{"GET", "v2/keys", Endpoint::not_found, ""},
           Row{"GET", "/OpenAPI.json", Endpoint::openapi, ""},
           Row{"POST", "/v2/queues/", Endpoint::upsert_queue, ""},
           Row{"GET", "/v2/queue", Endpoint::list_queues, ""},
           Row{"GET", "/v2/queue/q", Endpoint::get_queue, "q"},
           Row{"DELETE", "/v2/queues/q", Endpoint::delete_queue, "q"},
           Row{"PUT", "/v2/queues/q/pause", Endpoint::pause_queue, "q"},
           Row{"POST", "/v2/queue/q/Resume", Endpoint::resume_queue, "q"},
           Row{"PATCH", "/v2/topics/t", Endpoint::set_url_group_headers, "t"},
           Row{"POST", "/v2/topics/t/endpoints/", Endpoint::upsert_endpoints, "t"},
           Row{"DELETE", "/v2/topics/t/endpoints", Endpoint::remove_endpoints, "t"},
           Row{"GET", "/v2/bulkactions", Endpoint::list_bulk_actions, ""},
           Row{"GET", "/v2/bulkActions/b", Endpoint::get_bulk_action, "b"},
           Row{"GET", "/v2/globalParallelism", Endpoint::get_global_parallelism, ""},
           Row{"GET", "/v2/dlq/messages", Endpoint::list_dead_letters, ""},
           Row{"DELETE", "/v2/dlq/messages/1-0", Endpoint::delete_dead_letter, "1-0"},
           Row{"POST", "/v2/dlq/messages/1-0/republish", Endpoint::retry_dead_letter, "1-0"},
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
        Row{"POST", "/healthz", "GET, HEAD"}, Row{"PUT", "/v2/queues", "POST, GET"},
        Row{"PUT", "/v2/schedules/s", "POST, GET, DELETE"},
        Row{"GET", "/v2/queues/q/pause", "POST, PUT, PATCH"},
        Row{"POST", "/v2/topics/t", "GET, PATCH, DELETE"}}) {
    CAPTURE(row.target);
    const Route route = parse_route(row.method, row.target);
    CHECK(route.endpoint == Endpoint::method_not_allowed);
    CHECK(route.allow == row.allow);
  }
}

TEST_CASE("workflows are told apart from what does not exist") {
  for (const char* target :
       {"/v2/trigger/https://e.com", "/v2/batch/trigger", "/v2/workflows/runs/1",
        "/v2/Workflows/dlq", "/v2/notify/e", "/v2/waiters/e", "/v2/wait/e", "/v2/hooks/u/r/e"}) {
    CAPTURE(target);
    CHECK(parse_route("POST", target).endpoint == Endpoint::not_supported);
  }
  CHECK(parse_route("POST", "/v2/workflow").endpoint == Endpoint::not_found);
}

TEST_CASE("a queue's destination is what follows the queue") {
  struct Row {
    const char* rest;
    const char* queue;
    const char* destination;
  };
  for (const Row& row : {
           Row{"q/https://e.com/a//b?x=1", "q", "https://e.com/a//b?x=1"},
           Row{"q/https:/e.com/", "q", "https://e.com/"},
           Row{"q%20r/my-group", "q r", "my-group"},
           Row{"q/https%3A%2F%2Fe.com%2Fa", "q", "https://e.com/a"},
           Row{"q/", "q", ""},
           Row{"q", "q", ""},
           Row{"https://e.com", "https:", "/e.com"},
       }) {
    CAPTURE(row.rest);
    const Route route = parse_route("POST", std::string("/v2/Enqueue/") + row.rest);
    CHECK(route.endpoint == Endpoint::publish);
    CHECK(route.queue == row.queue);
    CHECK(route.destination == row.destination);
  }
  CHECK(parse_route("POST", "/v2/publish/https://e.com").queue.empty());
  CHECK(parse_route("POST", "/v2/enqueue").endpoint == Endpoint::not_found);
}

TEST_CASE("what follows schedules is an id or a destination") {
  struct Row {
    const char* method;
    const char* rest;
    Endpoint endpoint;
    const char* id;
    const char* destination;
  };
  for (const Row& row : {
           Row{"POST", "/https://e.com/pause", Endpoint::create_schedule, "",
               "https://e.com/pause"},
           Row{"POST", "/https:/pause", Endpoint::create_schedule, "", "https://pause"},
           Row{"POST", "/https%3A%2F%2Fe.com/pause", Endpoint::create_schedule, "",
               "https://e.com/pause"},
           Row{"POST", "/my-group", Endpoint::create_schedule, "", "my-group"},
           Row{"POST", "/api/llm", Endpoint::create_schedule, "", "api/llm"},
           Row{"POST", "", Endpoint::create_schedule, "", ""},
           Row{"POST", "/scd_1/pause", Endpoint::pause_schedule, "scd_1", ""},
           Row{"PATCH", "/scd_1/pause/", Endpoint::pause_schedule, "scd_1", ""},
           Row{"PUT", "/scd_1/Resume", Endpoint::resume_schedule, "scd_1", ""},
           Row{"POST", "/scd_1/resume", Endpoint::resume_schedule, "scd_1", ""},
           Row{"GET", "/scd_1", Endpoint::get_schedule, "scd_1", ""},
           Row{"DELETE", "/scd_1", Endpoint::delete_schedule, "scd_1", ""},
           Row{"GET", "/", Endpoint::list_schedules, "", ""},
       }) {
    CAPTURE(row.method);
    CAPTURE(row.rest);
    const Route route = parse_route(row.method, std::string("/v2/schedules") + row.rest);
    CHECK(route.endpoint == row.endpoint);
    CHECK(route.id == row.id);
    CHECK(route.destination == row.destination);
  }
}

TEST_CASE("a flow control key is everything before the action, decoded once") {
  struct Row {
    const char* method;
    const char* rest;
    Endpoint endpoint;
    const char* id;
  };
  for (const Row& row : {
           Row{"POST", "/a/pause", Endpoint::pause_flow_control, "a"},
           Row{"POST", "/a/b//c/resume", Endpoint::resume_flow_control, "a/b//c"},
           Row{"POST", "/pause/pause", Endpoint::pause_flow_control, "pause"},
           Row{"POST", "/a%2Fb%2525/PIN?rate=1", Endpoint::pin_flow_control, "a/b%25"},
           Row{"POST", "/https://e.com/x/unpin", Endpoint::unpin_flow_control, "https://e.com/x"},
           Row{"POST", "/a/resetRate", Endpoint::reset_flow_control_rate, "a"},
           Row{"POST", "/a/resetrate/", Endpoint::reset_flow_control_rate, "a"},
           Row{"POST", "/a/reset", Endpoint::reset_flow_control, "a"},
           Row{"POST", "//pause", Endpoint::pause_flow_control, ""},
           Row{"POST", "/a/other", Endpoint::method_not_allowed, ""},
           Row{"GET", "/a", Endpoint::get_flow_control, "a"},
           Row{"GET", "/a/b/pause", Endpoint::get_flow_control, "a/b/pause"},
           Row{"GET", "/a+b%20c", Endpoint::get_flow_control, "a+b c"},
           Row{"GET", "?search=x", Endpoint::list_flow_controls, ""},
       }) {
    CAPTURE(row.method);
    CAPTURE(row.rest);
    const Route route = parse_route(row.method, std::string("/v2/flowcontrol") + row.rest);
    CHECK(route.endpoint == row.endpoint);
    CHECK(route.id == row.id);
  }
}

TEST_CASE("every row of the table is what its own path leads to") {
  // Goal: no row hides another. Method: ask for each row's path with each of its methods.
  for (const RouteRow& row : route_table()) {
    std::string path;
    std::string_view pattern = row.path;
    for (std::size_t open = pattern.find('{'); open != std::string_view::npos;
         open = pattern.find('{')) {
      path.append(pattern.substr(0, open));
      path.append(pattern.substr(open).starts_with("{destination") ? "https://e.com" : "some-id");
      pattern.remove_prefix(pattern.find('}') + 1);
    }
    path.append(pattern);
    CAPTURE(path);
    std::string_view methods = row.methods;
    while (!methods.empty()) {
      const std::size_t comma = methods.find(',');
      const Route route = parse_route(methods.substr(0, comma), path);
      CHECK(route.endpoint == row.endpoint);
      CHECK(route.access == row.access);
      methods.remove_prefix(comma == std::string_view::npos ? methods.size() : comma + 2);
    }
    CHECK(parse_route("TRACE", path).endpoint == Endpoint::method_not_allowed);
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
