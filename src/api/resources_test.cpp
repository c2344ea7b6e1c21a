#include <doctest/doctest.h>

#include <string>

#include "api/test_server.h"

namespace godwit {

TEST_CASE("a queue is made, changed, paused, resumed and deleted") {
  ApiSettings settings;
  settings.queue_parallelism_max = 10;
  Server server(settings);
  const auto upsert = [&](int status, const char* body) {
    return server.json(status, "POST", "/v2/queues", {}, body);
  };
  upsert(200, R"({"queueName":"q","parallelism":2})");
  Json queue = server.json(200, "GET", "/v2/queues/q");
  CHECK(queue.string("/name") == "q");
  CHECK(queue.integer("/createdAt") == 1'790'000'000'000);
  CHECK(queue.integer("/updatedAt") == 1'790'000'000'000);
  CHECK(queue.integer("/parallelism") == 2);
  CHECK(queue.integer("/lag") == 0);
  CHECK(queue.has("/paused"));

  server.advance(Milliseconds(1'000));
  upsert(200, R"({"queueName":"q","paused":true})");
  const std::string paused =
      R"({"name":"q","createdAt":1790000000000,"updatedAt":1790000001000,"parallelism":2,)"
      R"("lag":0,"paused":true})";
  CHECK(server.call("GET", "/v2/queues/q").body == paused);
  CHECK(server.call("GET", "/v2/queues").body == "[" + paused + "]");
  server.json(200, "POST", "/v2/enqueue/q/https://e.com");
  CHECK(server.attempts.started.empty());
  CHECK(server.json(200, "GET", "/v2/queues/q").integer("/lag") == 1);
  CHECK(server.call("POST", "/v2/queues/q/resume").body == "{}");
  CHECK(server.attempts.started.size() == 1);
  CHECK(server.call("PUT", "/v2/queues/q/pause").status == 200);
  CHECK(server.call("POST", "/v2/queues/q/pause").status == 200);

  CHECK(upsert(412, R"({"queueName":"q","parallelism":11})").string("/error") ==
        "quota maxParallelism exceeded, current limit: 10 (setting api.queue_parallelism_max)");
  upsert(400, R"({"queueName":"a b"})");
  CHECK(server.call("GET", "/v2/queues/none").body == R"({"error":"queue none not found"})");
  CHECK(server.call("GET", "/v2/queues/a%20b").status == 400);
  CHECK(server.call("POST", "/v2/queues/none/pause").status == 404);
  server.token = "theirs";
  CHECK(server.call("GET", "/v2/queues").body == "[]");
  CHECK(server.call("DELETE", "/v2/queues/q").status == 200);
  server.token = "reader";
  CHECK(server.call("DELETE", "/v2/queues/q").status == 403);
  server.token = "ours";
  CHECK(server.call("GET", "/v2/queues/q").status == 200);
  CHECK(server.call("DELETE", "/v2/queues/q", {}, "null").body == "{}");
  CHECK(server.call("DELETE", "/v2/queues/q").status == 200);
  CHECK(server.call("GET", "/v2/queues").body == "[]");
}

TEST_CASE("a URL group grows and shrinks by its endpoints, and goes with the last one") {
  Server server;
  const auto change = [&](int status, const char* method, const char* body) {
    return server.json(status, method, "/v2/topics/g/endpoints", {}, body);
  };
  change(200, "POST",
         R"({"endpoints":[{"url":"https://a.com","name":"a"},{"url":"https://b.com"}]})");
  Json group = server.json(200, "GET", "/v2/topics/g");
  CHECK(group.string("/name") == "g");
  CHECK(group.strings("/endpoints", "/url") ==
        std::vector<std::string>{"https://a.com", "https://b.com"});
  CHECK(group.string("/endpoints/0/name") == "a");
  CHECK_FALSE(group.has("/endpoints/1/name"));
  CHECK_FALSE(group.has("/headers"));
  change(200, "POST", R"({"endpoints":[{"url":"https://c.com","name":"a"}]})");
  CHECK(server.json(200, "GET", "/v2/topics").string("/0/endpoints/0/url") == "https://c.com");
  change(400, "POST", R"({"endpoints":[{"name":"x"}]})");

  CHECK(server.call("PATCH", "/v2/topics/g", {}, R"({"headers":{"Upstash-Retries":["7"]}})").body ==
        "{}");
  CHECK(server.json(200, "GET", "/v2/topics/g").string("/headers/Upstash-Retries/0") == "7");
  CHECK(server.call("PATCH", "/v2/topics/none", {}, R"({"headers":{}})").body ==
        R"({"error":"topic none not found"})");
  CHECK(server.call("PATCH", "/v2/topics/g", {}, R"({"headers":{"Upstash-Retries":"x"}})").status ==
        400);

  change(200, "DELETE", R"({"endpoints":[{"name":"a"},{"url":"https://unknown.com"}]})");
  CHECK(server.json(200, "GET", "/v2/topics/g").size("/endpoints") == 1);
  server.token = "theirs";
  CHECK(server.call("GET", "/v2/topics").body == "[]");
  CHECK(server.call("GET", "/v2/topics/g").status == 404);
  server.token = "ours";
  change(200, "DELETE", R"({"endpoints":[{"url":"https://b.com"}]})");
  CHECK(server.call("GET", "/v2/topics/g").body == R"({"error":"topic g not found"})");
  change(404, "DELETE", R"({"endpoints":[{"url":"https://b.com"}]})");
  CHECK(server.call("DELETE", "/v2/topics/g", {}, "null").body == "{}");
  CHECK(server.call("GET", "/v2/topics/a%20b").status == 400);
}

TEST_CASE("a schedule is read, paused by any of three methods, resumed and deleted") {
  Server server;
  server.json(200, "POST", "/v2/schedules/https://e.com/h?x=1",
              {{"Upstash-Cron", "*/10 * * * * "},
               {"Upstash-Schedule-Id", "s.1"},
               {"Upstash-Delay", "10s"},
               {"Content-Type", "text/plain"}},
              "hello");
  Json schedule = server.json(200, "GET", "/v2/schedules/s.1");
  CHECK(schedule.string("/cron") == "*/10 * * * *");
  CHECK(schedule.string("/destination") == "https://e.com/h?x=1");
  CHECK(schedule.integer("/delay") == 10);
  CHECK(schedule.integer("/nextScheduleTime") == 1'790'000'400'000);
  CHECK(schedule.string("/body") == "hello");
  CHECK_FALSE(schedule.has("/lastScheduleTime"));

  for (const char* method : {"PATCH", "POST", "PUT"}) {
    CHECK(server.call(method, "/v2/schedules/s.1/pause").body == "{}");
    CHECK(server.call("GET", "/v2/schedules/s.1").body.find(R"("isPaused":true)") !=
          std::string::npos);
    CHECK(server.call(method, "/v2/Schedules/s.1/resume/").status == 200);
    CHECK(server.call("GET", "/v2/schedules/s.1").body.find(R"("isPaused":false)") !=
          std::string::npos);
  }
  server.advance(Milliseconds(400'000));
  server.advance(Milliseconds(10));  // Nobody waits for a run: it is committed a little later.
  schedule = server.json(200, "GET", "/v2/schedules/s.1");
  CHECK(schedule.integer("/lastScheduleTime") == 1'790'000'400'000);
  CHECK(schedule.has("/lastScheduleStates"));
  server.advance(Milliseconds(10'000));
  REQUIRE(server.attempts.started.size() == 1);
  const std::string made = server.attempts.started[0].message->id.to_string();
  const std::string state = "/lastScheduleStates/" + made;
  CHECK(server.json(200, "GET", "/v2/schedules/s.1").string(state.c_str()) == "IN_PROGRESS");
  CHECK(server.json(200, "GET", "/v2/messages/" + made).string("/scheduleId") == "s.1");
  server.answer(200);
  server.advance(Milliseconds(10));
  CHECK(server.json(200, "GET", "/v2/schedules").string(("/0" + state).c_str()) == "SUCCESS");

  CHECK(server.call("POST", "/v2/schedules/none/pause").body ==
        R"({"error":"schedule none not found"})");
  CHECK(server.call("GET", "/v2/schedules/a%20b").status == 400);
  server.token = "theirs";
  CHECK(server.call("GET", "/v2/schedules").body == "[]");
  CHECK(server.call("DELETE", "/v2/schedules/s.1").status == 404);
  server.token = "ours";
  CHECK(server.call("DELETE", "/v2/schedules/s.1", {}, "null").body == "{}");
  CHECK(server.call("DELETE", "/v2/schedules/s.1").status == 404);
  CHECK(server.call("GET", "/v2/schedules/s.1").status == 404);
}

TEST_CASE("a flow control key is there with its first message, and people may change it") {
  Server server;
  server.publish("https://e.com",
                 {{"Upstash-Flow-Control-Key", "a/b"},
                  {"Upstash-Flow-Control-Value", "parallelism=2, rate=5, period=1m"}});
  Json key = server.json(200, "GET", "/v2/flowControl/a/b");
  CHECK(key.string("/flowControlKey") == "a/b");
  CHECK(key.integer("/waitListSize") == 0);
  CHECK(key.integer("/parallelismMax") == 2);
  CHECK(key.integer("/parallelismCount") == 1);
  CHECK(key.integer("/rateMax") == 5);
  CHECK(key.integer("/rateCount") == 1);
  CHECK(key.integer("/ratePeriod") == 60);
  CHECK(key.integer("/ratePeriodStart") == 1'790'000'000);

  const auto change = [&](const char* action) {
    return server.call("POST", std::string("/v2/flowControl/a%2Fb/") + action).status;
  };
  const auto text = [&] { return server.call("GET", "/v2/flowControl/a%2Fb").body; };
  const auto has = [&](const char* part) { return text().find(part) != std::string::npos; };
  CHECK(change("pause") == 200);
  CHECK(has(R"("isPaused":true)"));
  CHECK(change("resetRate") == 200);
  CHECK(has(R"("rateCount":0)"));
  CHECK(change("resume") == 200);
  CHECK(has(R"("isPaused":false)"));
  CHECK(change("pin?parallelism=3&rate=20&period=120") == 200);
  CHECK(has(R"("parallelismMax":3)"));
  CHECK(has(R"("rateMax":20)"));
  CHECK(has(R"("ratePeriod":120)"));
  CHECK(has(R"("isPinnedParallelism":true,"isPinnedRate":true)"));
  CHECK(change("unpin?rate=true") == 200);
  CHECK(has(R"("isPinnedParallelism":true,"isPinnedRate":false)"));
  CHECK(change("reset") == 200);
  CHECK(has(R"("parallelismCount":0)"));
  CHECK(change("pin") == 400);
  CHECK(change("pin?rate=0") == 400);
  CHECK(change("unpin?rate=20") == 400);

  CHECK(server.json(200, "GET", "/v2/flowControl?search=/b").size("") == 1);
  CHECK(server.call("GET", "/v2/flowControl?search=c").body == "[]");
  CHECK(server.call("GET", "/v2/flowControl?serch=c").status == 400);
  CHECK(server.call("GET", "/v2/flowControl/none").body ==
        R"({"error":"flow control key none not found"})");
  CHECK(server.call("POST", "/v2/flowControl/none/resetRate").status == 404);
  CHECK(server.call("POST", "/v2/flowControl//pause").status == 400);
  CHECK(server.call("POST", "/v2/flowControl/" + std::string(257, 'k') + "/pause").status == 400);
  CHECK(server.call("GET", "/v2/globalParallelism").body ==
        R"({"parallelismMax":1024,"parallelismCount":1})");
  server.token = "theirs";
  CHECK(server.call("GET", "/v2/flowControl").body == "[]");
  server.token = "reader";
  CHECK(server.call("GET", "/v2/flowControl/a/b").status == 200);
  CHECK(server.call("POST", "/v2/flowControl/a/b/pause").status == 403);
}

TEST_CASE("the logs and dead letters of a queue, a group and a key are found by their names") {
  Server server;
  server.json(200, "POST", "/v2/topics/g/endpoints", {},
              R"({"endpoints":[{"url":"https://a.com","name":"n"}]})");
  server.json(200, "POST", "/v2/enqueue/q/g",
              {{"Upstash-Retries", "0"},
               {"Upstash-Flow-Control-Key", "k"},
               {"Upstash-Flow-Control-Value", "parallelism=1"}});
  server.answer(404, "404 Not Found");
  server.advance(Milliseconds(10));
  for (const char* filter : {"queueName=q", "topicName=g", "flowControlKey=k"}) {
    CAPTURE(filter);
    const Json letters = server.json(200, "GET", std::string("/v2/dlq?") + filter);
    CHECK(letters.size("/messages") == 1);
    CHECK(letters.string("/messages/0/queueName") == "q");
    CHECK(letters.string("/messages/0/topicName") == "g");
    CHECK(letters.string("/messages/0/endpointName") == "n");
    const Json rows = server.json(200, "GET", std::string("/v2/events?") + filter);
    CHECK(rows.size("/events") == 4);
    CHECK(rows.string("/events/0/flowControlKey") == "k");
  }
  for (const char* filter : {"queueName=r", "topicName=h", "flowControlKey=l", "scheduleId=s"}) {
    CAPTURE(filter);
    CHECK(server.json(200, "GET", std::string("/v2/dlq?") + filter).size("/messages") == 0);
    CHECK(server.json(200, "GET", std::string("/v2/events?") + filter).size("/events") == 0);
  }
}

TEST_CASE("what is served is described to anybody; workflows are not served") {
  Server server;
  server.token = "wrong";
  const HttpResponse described = server.call("GET", "/openapi.json");
  CHECK(described.status == 200);
  CHECK(*header_of(described, "Content-Type") == "application/json");
  CHECK(Json(described.body).string("/openapi") == "3.1.0");
  CHECK(server.call("POST", "/v2/trigger/https://e.com").status == 401);
  server.token = "ours";
  CHECK(server.json(501, "POST", "/v2/trigger/https://e.com").string("/error") ==
        "workflows are not supported by this version of Godwit");
}

}  // namespace godwit
