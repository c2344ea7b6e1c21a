#include "api/api.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/test_server.h"
#include "engine/engine.h"
#include "store/memory_store.h"

namespace godwit {

TEST_CASE("a published message can be read in the next request, exactly as it was meant") {
  Server server;
  const HttpResponse response = server.call(
      "POST", "/v2/publish/https://api.example.com/hook?tenant=7&upstash-retries=2",
      {{"Content-Type", "application/json"}, {"Upstash-Label", "a,b"}, {"Upstash-Delay", "90s"}},
      R"({"invoice":42})");
  CHECK(response.status == 200);
  const std::string id = Json(response.body).string("/messageId");
  CHECK(response.body == R"({"messageId":")" + id + R"("})");
  CHECK(*header_of(response, "Content-Type") == "application/json");
  CHECK(*header_of(response, "Access-Control-Allow-Origin") == "*");

  const HttpResponse read = server.call("GET", "/v2/messages/" + id);
  CHECK(read.status == 200);
  CHECK(read.body == R"({"messageId":")" + id +
                         R"(","url":"https://api.example.com/hook?tenant=7","method":"POST",)"
                         R"("header":{"Content-Type":["application/json"]},)"
                         R"("body":"{\"invoice\":42}","maxRetries":2,)"
                         R"("notBefore":1790000090000,"createdAt":1790000000000,)"
                         R"("callerIP":"203.0.113.5","label":"a","labels":["a","b"]})");
}

TEST_CASE("a duplicate is answered with the first message's id") {
  Server server;
  const std::string id = server.publish("https://e.com", {{"Upstash-Deduplication-Id", "x"}});
  const HttpResponse again = server.call("POST", "/v2/publish/https://other.com",
                                         {{"Upstash-Deduplication-Id", "x"}}, "other");
  CHECK(again.status == 202);
  CHECK(again.body == R"({"messageId":")" + id + R"(","deduplicated":true})");
  CHECK(server.attempts.started.size() == 1);

  const Headers by_content = {{"Upstash-Content-Based-Deduplication", "true"}};
  server.publish("https://e.com", by_content, "same");
  server.json(202, "POST", "/v2/publish/https://e.com", by_content, "same");
  server.json(200, "POST", "/v2/publish/https://e.com", by_content, "not the same");
}

TEST_CASE("what a request lacks decides its answer before anything is done") {
  Server server;
  const auto status = [&](const char* method, const char* target, const char* token) {
    server.token = token;
    const HttpResponse response = server.call(method, target);
    CHECK(Json(response.body).has("/error"));
    CHECK(header_of(response, "Access-Control-Allow-Origin") != nullptr);
    return response.status;
  };
  CHECK(status("GET", "/v2/keys", "wrong") == 401);
  CHECK(status("POST", "/v2/enqueue/q/https://e.com", "wrong") == 401);
  CHECK(status("GET", "/v2/keys", "reader") == 403);
  CHECK(status("POST", "/v2/publish/https://e.com", "reader") == 403);
  CHECK(status("DELETE", "/v2/dlq", "reader") == 403);
  CHECK(status("POST", "/v2/keys/rotate", "reader") == 403);
  CHECK(status("GET", "/v2/nothing", "ours") == 404);
  CHECK(status("POST", "/v2/publish/", "ours") == 400);
  CHECK(status("POST", "/v2/publish/my-group", "ours") == 404);
  CHECK(status("POST", "/v2/publish/https://e.com?upstash-retries=9999", "ours") == 412);
  CHECK(status("GET", "/v2/messages/msg_unknown", "ours") == 404);
  CHECK(status("GET", "/v2/dlq?labeel=x", "ours") == 400);
  CHECK(status("GET", "/v2/dlq?cursor=nonsense", "ours") == 400);
  CHECK(server.attempts.started.empty());

  server.token = "ours";
  const HttpResponse not_allowed = server.call("GET", "/v2/publish/https://e.com");
  CHECK(not_allowed.status == 405);
  CHECK(*header_of(not_allowed, "Allow") == "POST");
  CHECK(server.call("GET", "/v2/messages/msg_unknown").body ==
        R"({"error":"message msg_unknown not found"})");
  server.token = "wrong";
  CHECK(server.call("GET", "/v2/keys").body ==
        R"({"error":"unable to authenticate: invalid token"})");
}

TEST_CASE("a reader reads, and a token in the query is one too") {
  Server server;
  const std::string id = server.publish();
  server.token = "reader";
  for (const std::string& target : {"/v2/messages/" + id, std::string("/v2/dlq"),
                                    std::string("/v2/logs"), std::string("/v2/events")}) {
    CHECK(server.call("GET", target).status == 200);
  }
  HttpRequest webhook;
  webhook.method = "POST";
  webhook.target =
      "/v2/publish/https://e.com/w?ref=gh&upstash-header-forward=true&qstash_token=ours";
  webhook.headers = {{"X-GitHub-Event", "push"}, {"Authorization", "Basic theirs"}};
  CHECK(server.send(webhook).status == 200);
  REQUIRE(server.attempts.started.size() == 2);
  const Message& message = *server.attempts.started[1].message;
  CHECK(message.url == "https://e.com/w?ref=gh");
  CHECK(message.headers == Headers{{"X-Github-Event", "push"}, {"Authorization", "Basic theirs"}});
}

TEST_CASE("accounts do not see or touch each other's messages") {
  Server server;
  const std::string id = server.publish("https://e.com", {{"Upstash-Delay", "1h"}});
  const std::string dead = server.dead_letter();
  server.token = "theirs";
  CHECK(server.call("GET", "/v2/messages/" + id).status == 404);
  CHECK(server.call("DELETE", "/v2/messages/" + id).status == 404);
  CHECK(server.call("POST", "/v2/messages/" + id + "/retry").status == 404);
  CHECK(server.call("GET", "/v2/dlq/" + dead).status == 404);
  CHECK(server.call("DELETE", "/v2/dlq/" + dead).status == 404);
  CHECK(server.call("POST", "/v2/dlq/retry/" + dead).status == 404);
  CHECK(server.json(200, "GET", "/v2/dlq").size("/messages") == 0);
  CHECK(server.json(200, "GET", "/v2/events").size("/events") == 0);
  CHECK(server.json(200, "GET", "/v2/keys").string("/current") == "sig_c");
  server.token = "ours";
  CHECK(server.call("GET", "/v2/messages/" + id).status == 200);
}

TEST_CASE("a message is cancelled once; while it is being delivered too") {
  Server server;
  const std::string waiting = server.publish("https://e.com", {{"Upstash-Delay", "1h"}});
  const HttpResponse canceled = server.call("DELETE", "/v2/messages/" + waiting);
  CHECK(canceled.status == 202);
  CHECK(canceled.body == R"({"cancelled":1})");
  CHECK(server.call("DELETE", "/v2/messages/" + waiting).status == 404);

  const std::string active = server.publish();
  CHECK(server.call("DELETE", "/v2/messages/" + active).status == 202);
  server.answer(500);
  server.advance(Milliseconds(10));
  const Json rows = server.json(200, "GET", "/v2/events?order=earliestFirst&messageId=" + active);
  const std::vector<std::string> states = rows.strings("/events", "/state");
  CHECK(states.back() == "CANCELED");
  CHECK(std::ranges::find(states, "CANCEL_REQUESTED") != states.end());
}

TEST_CASE("bulk cancel by ids counts what it cancelled, from query and body") {
  Server server;
  const Headers later = {{"Upstash-Delay", "1h"}};
  const std::string a = server.publish("https://e.com", later);
  const std::string b = server.publish("https://e.com", later);
  const std::string c = server.publish("https://e.com", later);
  CHECK(server.json(202, "DELETE", "/v2/messages?messageIds=" + a + "&messageIds=msg_x")
            .integer("/cancelled") == 1);
  CHECK(server
            .json(202, "DELETE", "/v2/messages", {},
                  R"({"messageIds":[")" + a + R"(",")" + b + R"(",")" + b + R"(",")" + c + R"("]})")
            .integer("/cancelled") == 2);
  CHECK(server.json(202, "DELETE", "/v2/messages", {}, R"({"messageIds":[]})")
            .integer("/cancelled") == 0);
  server.json(400, "DELETE", "/v2/messages?labeel=x");
}

TEST_CASE("a waiting message can be run now, one under way cannot") {
  Server server;
  const std::string id = server.publish("https://e.com", {{"Upstash-Delay", "1h"}});
  CHECK(server.attempts.started.empty());
  const HttpResponse response = server.call("POST", "/v2/messages/" + id + "/retry");
  CHECK(response.status == 202);
  CHECK(response.body == R"({"messageId":")" + id + R"("})");
  REQUIRE(server.attempts.started.size() == 1);
  CHECK(server.attempts.started[0].retried == 0);
  server.json(400, "POST", "/v2/messages/" + id + "/retry");
}

TEST_CASE("a dead letter is listed, read, and deleted once") {
  Server server;
  const std::string id = server.dead_letter({{"Upstash-Label", "x"}});
  const Json list = server.json(200, "GET", "/v2/dlq?label=x&responseStatus=404");
  CHECK(list.size("/messages") == 1);
  CHECK_FALSE(list.has("/cursor"));
  CHECK(list.string("/messages/0/dlqId") == id);
  CHECK(list.integer("/messages/0/responseStatus") == 404);
  CHECK(list.string("/messages/0/responseBody") == "404 Not Found");
  CHECK(list.string("/messages/0/body") == "hello");
  CHECK_FALSE(server.json(200, "GET", "/v2/dlq?trimBody=0").has("/messages/0/body"));

  CHECK(server.json(200, "GET", "/v2/dlq/" + id).string("/dlqId") == id);
  CHECK(server.call("DELETE", "/v2/dlq/" + id, {}, "null").body == "{}");
  CHECK(server.call("DELETE", "/v2/dlq/" + id).body ==
        R"({"error":"dlq message )" + id + R"( not found"})");
  CHECK(server.call("GET", "/v2/dlq/" + id).status == 404);
  CHECK(server.json(200, "GET", "/v2/dlq").size("/messages") == 0);
}

TEST_CASE("dead letters come in pages, and the last page has no cursor") {
  Server server;
  std::vector<std::string> ids;
  ids.reserve(40);
  for (int i = 0; i < 40; ++i) ids.push_back(server.dead_letter());
  std::vector<std::string> listed;
  std::string cursor;
  do {
    const Json page = server.json(200, "GET", "/v2/dlq?count=18&cursor=" + cursor);
    for (const std::string& id : page.strings("/messages", "/dlqId")) listed.push_back(id);
    cursor = page.has("/cursor") ? page.string("/cursor") : "";
  } while (!cursor.empty());
  CHECK(listed == ids);

  const Json latest = server.json(200, "GET", "/v2/dlq?order=latestFirst&count=40");
  CHECK(latest.size("/messages") == 40);
  CHECK(latest.string("/messages/0/dlqId") == ids.back());
  CHECK_FALSE(latest.has("/cursor"));
}

TEST_CASE("dead letters are deleted by ids, by filter, and all of them page by page") {
  Server server;
  const std::string a = server.dead_letter({{"Upstash-Label", "a"}});
  server.dead_letter({{"Upstash-Label", "b"}});
  for (int i = 0; i < 5; ++i) server.dead_letter();
  CHECK(server.call("DELETE", "/v2/dlq?dlqIds=" + a + ",1-0").body == R"({"deleted":1})");
  CHECK(server.call("DELETE", "/v2/dlq?label=b").body == R"({"deleted":1})");
  CHECK(server.call("DELETE", "/v2/dlq?label=b").body == R"({"deleted":0})");
  CHECK(server.call("DELETE", "/v2/dlq", {}, R"({"dlqIds":[]})").body == R"({"deleted":0})");
  server.json(400, "DELETE", "/v2/dlq?labeel=b");
  const Json page = server.json(200, "DELETE", "/v2/dlq?count=3");
  CHECK(page.integer("/deleted") == 3);
  CHECK(page.has("/cursor"));
  CHECK(server.call("DELETE", "/v2/dlq?cursor=" + page.string("/cursor")).body ==
        R"({"deleted":2})");
}

TEST_CASE("a retried dead letter becomes a new message with the settings of the retry") {
  Server server;
  const std::string id = server.dead_letter(
      {{"Upstash-Forward-X-A", "1"}, {"Upstash-Method", "PUT"}, {"Upstash-Label", "old"}});
  const HttpResponse response =
      server.call("POST", "/v2/dlq/retry/" + id, {{"Upstash-Label", "new"}});
  CHECK(response.status == 201);
  REQUIRE(server.attempts.started.size() == 1);
  const Message& message = *server.attempts.started[0].message;
  CHECK(Json(response.body).string("/messageId") == message.id.to_string());
  CHECK(message.method == Method::put);
  CHECK(message.body == "hello");
  CHECK(message.headers == Headers{{"X-A", "1"}});
  CHECK(message.labels == std::vector<std::string>{"new"});
  server.json(404, "POST", "/v2/dlq/retry/" + id);
}

TEST_CASE("dead letters are retried in bulk") {
  Server server;
  const std::string a = server.dead_letter({{"Upstash-Label", "a"}});
  server.dead_letter({{"Upstash-Label", "b"}}, 500);
  server.dead_letter({{"Upstash-Label", "c"}});
  const Json by_ids = server.json(201, "POST", "/v2/dlq/retry?dlqIds=" + a + "&dlqIds=1-0");
  CHECK(by_ids.size("/responses") == 1);
  CHECK_FALSE(by_ids.has("/cursor"));
  server.json(404, "POST", "/v2/dlq/retry?dlqIds=" + a);
  for (const char* nothing :
       {"responseStatus=999", "fromDate=9999999999999", "topicName=x", "messageId=msg_x",
        "label=nothing", "flowControlKey=x", "queueName=x", "scheduleId=x", "callerIp=1.1.1.1"}) {
    CAPTURE(nothing);
    CHECK(server.json(201, "POST", std::string("/v2/dlq/retry?") + nothing).size("/responses") ==
          0);
  }
  CHECK(server.json(201, "POST", "/v2/dlq/retry?responseStatus=500", {{"Upstash-Retries", "0"}})
            .size("/responses") == 1);
  CHECK(server.json(201, "POST", "/v2/dlq/retry", {}, "null").size("/responses") == 1);
  CHECK(server.json(200, "GET", "/v2/dlq").size("/messages") == 0);
  CHECK(server.attempts.started.size() == 3);
}

TEST_CASE("the log tells a message's story, newest first unless asked otherwise") {
  Server server;
  const std::string id =
      server.publish("https://e.com/h", {{"Upstash-Retries", "0"}, {"Upstash-Label", "x"}});
  server.advance(Milliseconds(5));
  server.answer(404, "404 Not Found");
  server.advance(Milliseconds(100));
  const std::vector<std::string> story = {"CREATED", "ACTIVE", "ERROR", "FAILED"};
  Json events = server.json(200, "GET", "/v2/events?order=earliestFirst&messageId=" + id);
  CHECK(events.strings("/events", "/state") == story);
  CHECK_FALSE(events.has("/logs"));
  CHECK_FALSE(events.has("/messages"));
  CHECK_FALSE(events.has("/cursor"));
  CHECK(events.string("/events/2/responseBody") == "NDA0IE5vdCBGb3VuZA==");
  CHECK(events.string("/events/3/label") == "x");
  CHECK(server.json(200, "GET", "/v2/events").string("/events/0/state") == "FAILED");
  CHECK(server.json(200, "GET", "/v2/events?state=FAILED&host=e.com&path=/h").size("/events") == 1);
  CHECK(server.json(200, "GET", "/v2/events?host=other.com").size("/events") == 0);

  const Json logs = server.json(200, "GET", "/v2/logs?messageId=" + id);
  CHECK(logs.size("/logs") == 4);
  CHECK(logs.size("/events") == 4);
  CHECK(logs.string("/messages/0/messageId") == id);
  CHECK(logs.strings("/messages/0/events", "/state") == story);

  const Json grouped = server.json(200, "GET", "/v2/logs?groupBy=messageId&trimBody=0");
  CHECK(grouped.size("/messages") == 1);
  CHECK(grouped.strings("/messages/0/events", "/state") == story);
  CHECK_FALSE(grouped.has("/messages/0/events/0/body"));
  CHECK_FALSE(grouped.has("/logs"));
}

TEST_CASE("the log goes on where its cursor says") {
  Server server;
  for (int i = 0; i < 7; ++i) {
    server.publish("https://e.com/" + std::to_string(i));
    server.answer(200);
    server.advance(Milliseconds(10));
  }
  std::size_t rows = 0;
  std::string cursor;
  do {
    const Json page = server.json(200, "GET", "/v2/events?count=4&cursor=" + cursor);
    rows += page.size("/events");
    cursor = page.has("/cursor") ? page.string("/cursor") : "";
    REQUIRE(rows < 100);
  } while (!cursor.empty());
  CHECK(rows == 21);
  CHECK(server.json(200, "GET", "/v2/events?state=DELIVERED").size("/events") == 7);
}

TEST_CASE("rotation makes next current, and says so to who signs") {
  Server server;
  CHECK(server.call("GET", "/v2/keys").body == R"({"current":"sig_a","next":"sig_b"})");
  const Json rotated = server.json(200, "POST", "/v2/keys/rotate");
  CHECK(rotated.string("/current") == "sig_b");
  const std::string next = rotated.string("/next");
  CHECK(next.starts_with("sig_"));
  CHECK(next.size() == 32);
  CHECK(server.keys_changed == 1);
  CHECK(server.json(200, "POST", "/v2/rotate").string("/current") == next);
  CHECK(server.json(200, "GET", "/v2/keys").string("/current") == next);
  CHECK(server.keys_changed == 2);
}

TEST_CASE("health, readiness, metrics and preflight need no token") {
  Server server;
  server.token = "";
  CHECK(server.call("GET", "/healthz").status == 200);
  const HttpResponse not_ready = server.call("GET", "/readyz");
  CHECK(not_ready.status == 503);
  CHECK(header_of(not_ready, "Retry-After") != nullptr);
  server.api->set_ready(true);
  CHECK(server.call("GET", "/readyz").status == 200);
  CHECK(server.call("HEAD", "/readyz").body.empty());

  server.token = "ours";
  server.publish("https://secret-host.example/");
  server.token = "";
  const HttpResponse metrics = server.call("GET", "/metrics");
  CHECK(metrics.status == 200);
  CHECK(header_of(metrics, "Content-Type")->starts_with("text/plain"));
  CHECK(metrics.body.find("godwit_messages_published_total 1\n") != std::string::npos);
  CHECK(metrics.body.find("godwit_api_answers_total{class=\"2xx\"} 4\n") != std::string::npos);
  CHECK(metrics.body.find("godwit_backlog_messages{reason=\"active\"} 1\n") != std::string::npos);
  CHECK(metrics.body.find("godwit_attempt_duration_seconds_bucket{le=\"+Inf\"} 0\n") !=
        std::string::npos);
  CHECK(metrics.body.ends_with("others_total 1\n"));
  CHECK(metrics.body.find("secret") == std::string::npos);

  const HttpResponse preflight = server.call("OPTIONS", "/v2/publish/https://e.com");
  CHECK(preflight.status == 204);
  CHECK(*header_of(preflight, "Access-Control-Allow-Origin") == "*");
  CHECK(header_of(preflight, "Access-Control-Allow-Headers")->find("Authorization") !=
        std::string::npos);
}

TEST_CASE("a draining broker's refusal is a 503 that says when to come again") {
  Server server;
  server.broker->drain(server.clock.now() + Milliseconds(1000), [] {});
  const HttpResponse response = server.call("POST", "/v2/publish/https://e.com");
  CHECK(response.status == 503);
  CHECK(*header_of(response, "Retry-After") == "1");
}

TEST_CASE("a listing that may not wait is refused with a 503") {
  ApiSettings settings;
  settings.listings_waiting_max = 0;
  Server server(settings);
  const HttpResponse response = server.call("GET", "/v2/dlq");
  CHECK(response.status == 503);
  CHECK(*header_of(response, "Retry-After") == "1");
}

}  // namespace godwit
