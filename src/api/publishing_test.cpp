#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/test_server.h"
#include "engine/resources.h"

namespace godwit {
namespace {

void make_group(Server& server, const std::string& name,
                const std::vector<GroupEndpoint>& endpoints, Headers headers = {}) {
  int done = 0;
  const auto count = [&done](Result<void> result) {
    REQUIRE(result);
    ++done;
  };
  server.broker->upsert_endpoints(ours, name, endpoints, count);
  server.advance(Milliseconds(0));
  server.broker->set_group_headers(ours, name, std::move(headers), count);
  server.advance(Milliseconds(0));
  REQUIRE(done == 2);
}

const std::vector<GroupEndpoint> two_endpoints = {{.url = "https://one.com", .name = "first"},
                                                  {.url = "https://two.com", .name = ""}};

Schedule stored_schedule(const Server& server, const std::string& id) {
  const Result<std::optional<ScheduleView>> found = find_schedule(*server.store, ours, id);
  REQUIRE(found);
  REQUIRE(*found);
  return (*found)->schedule;
}

}  // namespace

TEST_CASE("enqueue makes the queue, and its messages go one after the other") {
  Server server;
  const std::string first =
      server.json(200, "POST", "/v2/enqueue/My.queue-1/https://e.com/h?x=1", {}, "1")
          .string("/messageId");
  server.json(200, "POST", "/v2/publish/https://e.com/h", {{"Upstash-Queue-Name", "My.queue-1"}},
              "2");
  const std::optional<QueueInfo> queue = server.broker->queue(ours, "My.queue-1");
  REQUIRE(queue);
  CHECK(queue->parallelism == 1);
  CHECK(queue->lag == 2);
  REQUIRE(server.attempts.started.size() == 1);
  CHECK(server.attempts.started[0].message->id.to_string() == first);
  CHECK(server.attempts.started[0].message->queue == "My.queue-1");
  CHECK(server.attempts.started[0].message->url == "https://e.com/h?x=1");
  server.answer(200);
  REQUIRE(server.attempts.started.size() == 1);
  CHECK(server.attempts.started[0].message->body == "2");
}

TEST_CASE("queue names that are none are refused wherever they stand") {
  Server server;
  server.json(400, "POST", "/v2/enqueue/a%20b/https://e.com");
  server.json(400, "POST", "/v2/publish/https://e.com", {{"Upstash-Queue-Name", "a b"}});
  server.json(400, "POST", "/v2/publish/https://e.com?upstash-queue-name=a%2fb");
  CHECK(server.broker->queues(ours).empty());
}

TEST_CASE("more queues than the installation has are a quota") {
  EngineSettings settings;
  settings.queues_max = 1;
  Server server({}, settings);
  server.json(200, "POST", "/v2/enqueue/q1/https://e.com");
  server.json(200, "POST", "/v2/enqueue/q1/https://e.com");
  server.json(412, "POST", "/v2/enqueue/q2/https://e.com");
}

TEST_CASE("a publish to a group is answered endpoint by endpoint") {
  Server server;
  server.json(404, "POST", "/v2/publish/my-group");
  make_group(server, "my-group", two_endpoints, {{"Upstash-Retries", "7"}});
  const Headers headers = {{"Upstash-Deduplication-Id", "x"}};
  const Json answer = server.json(200, "POST", "/v2/publish/my-group", headers);
  REQUIRE(answer.size("") == 2);
  CHECK(answer.string("/0/url") == "https://one.com");
  CHECK(answer.string("/1/url") == "https://two.com");
  CHECK_FALSE(answer.has("/0/deduplicated"));
  CHECK(answer.string("/0/messageId") != answer.string("/1/messageId"));
  REQUIRE(server.attempts.started.size() == 2);
  const Message& message = *server.attempts.started[0].message;
  CHECK(message.group == "my-group");
  CHECK(message.endpoint == "first");
  CHECK(message.retries_max == 7);

  const Json again = server.json(202, "POST", "/v2/publish/my-group", headers);
  for (const char* member : {"/0/messageId", "/1/messageId"}) {
    CHECK(again.string(member) == answer.string(member));
  }
  CHECK(again.has("/0/deduplicated"));
  make_group(server, "my-group", {{.url = "https://three.com", .name = ""}});
  const Json mixed = server.json(200, "POST", "/v2/publish/my-group", headers);
  REQUIRE(mixed.size("") == 3);
  CHECK(mixed.has("/1/deduplicated"));
  CHECK_FALSE(mixed.has("/2/deduplicated"));
  CHECK(server.attempts.started.size() == 3);
}

TEST_CASE("a group's messages join a queue in the order of its endpoints") {
  Server server;
  make_group(server, "g", two_endpoints);
  server.json(200, "POST", "/v2/enqueue/q/g");
  CHECK(server.broker->queue(ours, "q")->lag == 2);
  REQUIRE(server.attempts.started.size() == 1);
  CHECK(server.attempts.started[0].message->url == "https://one.com");
  server.answer(200);
  REQUIRE(server.attempts.started.size() == 1);
  CHECK(server.attempts.started[0].message->url == "https://two.com");
}

TEST_CASE("groups of others are not found") {
  Server server;
  make_group(server, "g", two_endpoints);
  server.token = "theirs";
  server.json(404, "POST", "/v2/publish/g");
}

TEST_CASE("a batch answers each item in its place") {
  Server server;
  make_group(server, "my-group", two_endpoints);
  const Json answers = server.json(200, "POST", "/v2/batch", {{"Upstash-Delay", "1h"}}, R"([
    {"destination":"https://a.example/1","headers":{"content-type":"application/json",
     "upstash-retries":"1"},"body":"{\"n\":1}"},
    {"destination":"ftp://bad","headers":{},"body":null,"queue":null},
    {"destination":"my-group","queue":"q1","headers":{"Upstash-Forward-X":"1"},"body":"hello"},
    {"destination":"https://b.example","headers":{"Upstash-Callback":"c"}},
    {"destination":"https://c.example","callback":"https://cb.example",
     "headers":{"Upstash-Callback-Retries":"1"}},
    {"destination":"https://d.example","callback":"https://no.example",
     "headers":{"upstash-callback":"https://yes.example"}},
    {"destination":"no-group"},
    {"destination":"https://e.example","queue":"a b"},
    {"destination":"https://e.example","headers":{"Upstash-Cron":"@daily",
     "Upstash-Schedule-Id":"by-batch"}}])");
  REQUIRE(answers.size("") == 9);
  CHECK(answers.has("/0/messageId"));
  CHECK(answers.string("/1/error") ==
        "invalid destination url: endpoint has invalid scheme, add http:// or https://");
  REQUIRE(answers.size("/2") == 2);
  CHECK(answers.string("/2/0/url") == "https://one.com");
  CHECK(answers.string("/2/1/url") == "https://two.com");
  CHECK(answers.has("/2/1/messageId"));
  CHECK(answers.string("/3/error").starts_with("invalid Upstash-Callback header: "));
  CHECK(answers.has("/4/messageId"));
  CHECK(answers.has("/5/messageId"));
  CHECK(answers.string("/6/error") == "topic no-group not found");
  CHECK(answers.string("/7/error").starts_with("invalid queue name: "));
  CHECK(answers.string("/8/scheduleId") == "by-batch");
  CHECK(server.broker->queue(ours, "q1")->lag == 2);

  // The outer delay is not the items'. Of the queue's two messages the first one goes.
  REQUIRE(server.attempts.started.size() == 4);
  const auto started = [&](const std::string& url) -> const Message& {
    const auto found = std::ranges::find_if(
        server.attempts.started,
        [&](const StartAttempt& attempt) { return attempt.message->url == url; });
    REQUIRE(found != server.attempts.started.end());
    return *found->message;
  };
  CHECK(started("https://a.example/1").body == R"({"n":1})");
  CHECK(started("https://a.example/1").retries_max == 1);
  CHECK(started("https://one.com").queue == "q1");
  CHECK(started("https://c.example").callback->url == "https://cb.example");
  CHECK(started("https://c.example").callback->retries_max == 1);
  CHECK(started("https://d.example").callback->url == "https://yes.example");
  CHECK(server.call("POST", "/v2/batch", {}, "[]").body == "[]");
  server.json(400, "POST", "/v2/batch", {}, "{}");
}

TEST_CASE("a batch of several waves is published whole") {
  Server server;
  std::string body = "[";
  for (int i = 0; i < 2500; ++i) {
    body += R"({"destination":"https://e.com/","headers":{"Upstash-Delay":"1h"}},)";
  }
  body.back() = ']';
  const Json answers = server.json(200, "POST", "/v2/batch", {}, body);
  CHECK(answers.size("") == 2500);
  CHECK(answers.has("/2499/messageId"));
  CHECK(server.broker->stats().published == 2500);
}

TEST_CASE("a schedule is made under the name it was given, and overwritten whole") {
  Server server;
  const HttpResponse response =
      server.call("POST", "/v2/schedules/https://e.com/job?x=1&upstash-retries=2",
                  {{"Upstash-Cron", "CRON_TZ=Europe/Berlin 0 4 * * * "},
                   {"Upstash-Schedule-Id", "nightly"},
                   {"Upstash-Queue-Name", "q1"},
                   {"Upstash-Delay", "10s"},
                   {"Content-Type", "application/json"}},
                  "{}");
  CHECK(response.status == 200);
  CHECK(response.body == R"({"scheduleId":"nightly"})");
  Schedule schedule = stored_schedule(server, "nightly");
  CHECK(schedule.cron == "CRON_TZ=Europe/Berlin 0 4 * * *");
  CHECK(schedule.delay == Milliseconds(10'000));
  CHECK(schedule.message.url == "https://e.com/job?x=1");
  CHECK(schedule.message.queue == "q1");
  CHECK(schedule.message.retries_max == 2);
  CHECK(schedule.message.body == "{}");
  CHECK(schedule.message.caller_ip == "203.0.113.5");
  CHECK(server.attempts.started.empty());

  server.json(200, "POST", "/v2/schedules/https://e.com",
              {{"Upstash-Cron", "@daily"}, {"Upstash-Schedule-Id", "nightly"}});
  schedule = stored_schedule(server, "nightly");
  CHECK(schedule.message.body.empty());
  CHECK(schedule.message.queue.empty());
  CHECK(schedule.delay == Milliseconds(0));
}

TEST_CASE("a schedule without a name gets one, also when it came as a publish") {
  Server server;
  for (const char* target : {"/v2/schedules/https://e.com", "/v2/publish/https://e.com",
                             "/v1/publish/https://e.com", "/v2/schedules/my-group"}) {
    CAPTURE(target);
    const std::string id =
        server.json(200, "POST", target, {{"Upstash-Cron", "* * * * *"}}).string("/scheduleId");
    CHECK(id.starts_with("scd_"));
    CHECK(id.size() == 32);
    CHECK(stored_schedule(server, id).message.url ==
          (std::string_view(target).ends_with("group") ? "" : "https://e.com"));
  }
  CHECK(server.attempts.started.empty());
}

TEST_CASE("a schedule's messages carry its id, and a group's endpoints are those of the run") {
  Server server;
  server.json(200, "POST", "/v2/schedules/g",
              {{"Upstash-Cron", "* * * * *"}, {"Upstash-Schedule-Id", "s"}}, "tick");
  make_group(server, "g", two_endpoints);
  server.advance(Milliseconds(60'000));
  REQUIRE(server.attempts.started.size() == 2);
  for (const StartAttempt& attempt : server.attempts.started) {
    CHECK(attempt.message->schedule_id == "s");
    CHECK(attempt.message->group == "g");
    CHECK(attempt.message->body == "tick");
  }
  CHECK(server.attempts.started[0].message->url == "https://one.com");
}

TEST_CASE("what a schedule cannot be made of is refused") {
  Server server;
  CHECK(server.call("POST", "/v2/schedules/https://e.com").body ==
        R"({"error":"Invalid cron expression empty spec string"})");
  server.json(400, "POST", "/v2/schedules/https://e.com", {{"Upstash-Cron", "61 * * * *"}});
  server.json(400, "POST", "/v2/schedules/ftp://e.com", {{"Upstash-Cron", "* * * * *"}});
  server.json(400, "POST", "/v2/schedules/https://e.com",
              {{"Upstash-Cron", "* * * * *"}, {"Upstash-Schedule-Id", "a b"}});
  server.json(400, "POST", "/v2/schedules/https://e.com", {{"Upstash-Cron", "* * * * * *"}});
  server.json(200, "POST", "/v2/schedules/https://e.com",
              {{"Upstash-Cron", "* * * * * *"}, {"Upstash-Cron-Seconds", "true"}});
}

TEST_CASE("a retry of a dead letter takes new callbacks, limits and a queue") {
  Server server;
  const std::string id = server.dead_letter({{"Upstash-Callback-Retries", "1"}});
  server.json(400, "POST", "/v2/dlq/retry/" + id, {{"Upstash-Deduplication-Id", "x"}});
  server.json(201, "POST", "/v2/dlq/retry/" + id,
              {{"Upstash-Failure-Callback", "https://f.com"},
               {"Upstash-Flow-Control-Key", "k"},
               {"Upstash-Flow-Control-Value", "rate=5"},
               {"Upstash-Queue-Name", "q"}});
  REQUIRE(server.attempts.started.size() == 1);
  const Message& message = *server.attempts.started[0].message;
  CHECK(message.queue == "q");
  CHECK(message.flow_control.rate == 5);
  REQUIRE(message.failure_callback);
  CHECK(message.failure_callback->url == "https://f.com");
}

}  // namespace godwit
