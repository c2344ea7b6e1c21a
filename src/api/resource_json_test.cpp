#include "api/resource_json.h"

#include <doctest/doctest.h>

#include <string>

#include "core/redaction.h"

namespace godwit {
namespace {

constexpr Timestamp now = from_unix_ms(1'790'000'000'000);  // 14:13:20 UTC.

template <typename Write>
std::string text_of(Write write) {
  std::string out;
  JsonWriter json(out);
  write(json);
  return out;
}

std::string schedule_text(const ScheduleView& view, const RunStates& states = {}) {
  return text_of([&](JsonWriter& json) { write_schedule(json, view, states, now); });
}

}  // namespace

TEST_CASE("queues and flow control keys show every field, zeros and false too") {
  CHECK(text_of([](JsonWriter& json) {
          write_queue(json, {.name = "q", .created = now, .updated = now + Milliseconds(1)});
        }) == R"({"name":"q","createdAt":1790000000000,"updatedAt":1790000000001,)"
              R"("parallelism":1,"lag":0,"paused":false})");
  CHECK(text_of([](JsonWriter& json) {
          write_flow_control_key(json, {.key = "a/b", .rate_period_start = now});
        }) == R"({"flowControlKey":"a/b","waitListSize":0,"parallelismMax":0,)"
              R"("parallelismCount":0,"rateMax":0,"rateCount":0,"ratePeriod":1,)"
              R"("ratePeriodStart":1790000000,"isPaused":false,"isPinnedParallelism":false,)"
              R"("isPinnedRate":false})");
}

TEST_CASE("a URL group's endpoints have a name only if they were given one") {
  UrlGroup group;
  group.name = "g";
  group.created = group.updated = now;
  group.endpoints = {{.url = "https://a.com", .name = "first one"},
                     {.url = "https://b.com", .name = ""}};
  const auto text = [&] {
    return text_of([&](JsonWriter& json) { write_url_group(json, group); });
  };
  CHECK(text() == R"({"name":"g","createdAt":1790000000000,"updatedAt":1790000000000,)"
                  R"("endpoints":[{"name":"first one","url":"https://a.com"},)"
                  R"({"url":"https://b.com"}]})");
  group.headers = {{"Upstash-Retries", "3"}};
  CHECK(text().find(R"("headers":{"Upstash-Retries":["3"]})") != std::string::npos);
}

TEST_CASE("a schedule shows what was set, when it runs next and how its last messages stand") {
  ScheduleView view;
  view.schedule.id = "scd_1";
  view.schedule.cron = "*/10 * * * *";
  view.schedule.created = now;
  view.schedule.message.url = "https://e.com";
  CHECK(schedule_text(view) ==
        R"({"scheduleId":"scd_1","cron":"*/10 * * * *","createdAt":1790000000000,)"
        R"("destination":"https://e.com","method":"POST","retries":3,"isPaused":false,)"
        R"("nextScheduleTime":1790000400000})");

  Message& message = view.schedule.message;
  message.url.clear();
  message.group = "my-group";
  message.body = "secret";
  message.headers = {{"Content-Type", "text/plain"}};
  message.redaction.body = true;
  message.queue = "q";
  message.labels = {"a", "b"};
  message.timeout = Milliseconds(1'500);
  message.caller_ip = "192.0.2.1";
  message.flow_control = {.key = "k", .parallelism = 1, .rate = 2, .period = {}};
  message.flow_control.period = std::chrono::seconds(86'400);
  view.schedule.delay = Milliseconds(10'000);
  view.schedule.paused = true;
  view.state.last_run = now - Milliseconds(5'000);
  view.state.error = "topic my-group not found";
  const MessageId id = MessageId::make(0, now, 1, 1);
  const std::string text = schedule_text(view, {{id, RunState::fail}});
  CAPTURE(text);
  for (const std::string& part :
       {std::string(R"("destination":"my-group")"),
        std::string(R"("header":{"Content-Type":["text/plain"]})"),
        R"("body":")" + redacted("secret") + '"', std::string(R"("delay":10)"),
        std::string(R"("timeout":2)"), std::string(R"("callerIP":"192.0.2.1")"),
        std::string(R"("callerIp":"192.0.2.1")"), std::string(R"("isPaused":true)"),
        std::string(R"("queueName":"q")"),
        std::string(R"("flowControlKey":"k","parallelism":1,"rate":2,"period":86400)"),
        std::string(R"("label":"a","labels":["a","b"])"),
        std::string(R"("lastScheduleTime":1789999995000)"),
        R"("lastScheduleStates":{")" + id.to_string() + R"(":"FAIL"})",
        std::string(R"("error":"topic my-group not found")")}) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
  CHECK(text.find("topicName") == std::string::npos);
}

TEST_CASE("a bulk action tells how far it is") {
  BulkAction action;
  action.id = "bulk_1";
  action.created = now;
  action.total = 5;
  action.processed = 2;
  action.canceled = 1;
  action.filter = {{"label", "a"}, {"label", "b"}, {"queueName", "q"}};
  const auto text = [&] {
    return text_of([&](JsonWriter& json) { write_bulk_action(json, action); });
  };
  CHECK(text() == R"({"actionId":"bulk_1","kind":"cancel","state":"IN_PROGRESS","total":5,)"
                  R"("processed":2,"createdAt":1790000000000,)"
                  R"("filter":{"label":["a","b"],"queueName":["q"]}})");
  action.completed = now + Milliseconds(7);
  CHECK(text().find(R"("state":"FINISHED")") != std::string::npos);
  CHECK(text().find(R"("completedAt":1790000000007)") != std::string::npos);
}

}  // namespace godwit
