#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "api/publish_draft.h"
#include "api/publish_request.h"

namespace godwit {

using namespace publish_draft;  // Their every line begins with a draft.

TEST_CASE("a schedule is a message, an expression and what counts from each run") {
  Draft draft = with_headers({{"Content-Type", "application/json"},
                              {"Upstash-Cron", " CRON_TZ=Europe/Berlin */10 4 * * * "},
                              {"Upstash-Schedule-Id", "nightly.1"},
                              {"Upstash-Queue-Name", "q1"},
                              {"Upstash-Delay", "10s"},
                              {"Upstash-Not-Before", "1790000060"},
                              {"Upstash-Deduplication-Id", "a:b"},
                              {"Upstash-Retries", "2"},
                              {"Upstash-Forward-X-A", "1"},
                              {"Upstash-Failure-Callback", "https://f.com"}});
  const Schedule schedule = draft.schedule();
  Schedule expected;
  expected.id = "nightly.1";
  expected.cron = "CRON_TZ=Europe/Berlin */10 4 * * *";
  expected.delay = Milliseconds(10'000);
  Message& message = expected.message;
  message.account = account;
  message.url = "https://e.com/h";
  message.headers = {{"Content-Type", "application/json"}, {"X-A", "1"}};
  message.body = "hello";
  message.caller_ip = "203.0.113.5";
  message.retries_max = 2;
  message.queue = "q1";
  Callback failure;
  failure.url = "https://f.com";
  message.failure_callback = failure;
  CHECK(schedule == expected);
}

TEST_CASE("Upstash-Cron turns a publish into a schedule, unless it is empty") {
  Draft draft = with_query({{"upstash-cron", "@daily"}});
  const Result<PublishOrder> order = draft.order();
  REQUIRE(order);
  REQUIRE(std::holds_alternative<Schedule>(*order));
  CHECK(std::get<Schedule>(*order).cron == "@daily");
  CHECK(std::get<Schedule>(*order).id.empty());
  draft.query.front().value = "";
  CHECK(draft.parse());
  draft.query.front().value = "never";
  CHECK(draft.error().code == ErrorCode::invalid_argument);
  CHECK(draft.error().message.starts_with("Invalid cron expression "));
}

TEST_CASE("a schedule without its expression, or with wrong words, is refused") {
  CHECK(Draft{}.schedule_error().message == "Invalid cron expression empty spec string");
  CHECK(with_headers({{"Upstash-Cron", " "}}).schedule_error().message ==
        "Invalid cron expression empty spec string");
  struct Row {
    Header header;
    const char* text;
  };
  for (const Row& row :
       {Row{{"Upstash-Cron-Seconds", "maybe"}, "invalid Upstash-Cron-Seconds header: "},
        Row{{"Upstash-Schedule-Id", "a b"}, "invalid Upstash-Schedule-Id header: "},
        Row{{"Upstash-Schedule-Id", std::string(257, 'x')}, "invalid Upstash-Schedule-Id header: "},
        Row{{"Upstash-Queue-Name", "a b"}, "invalid Upstash-Queue-Name header: "},
        Row{{"Upstash-Delay", "1"}, "invalid Upstash-Delay header: time: missing unit"}}) {
    CAPTURE(row.header.name);
    const Error error = with_headers({{"Upstash-Cron", "* * * * *"}, row.header}).schedule_error();
    CHECK(error.code == ErrorCode::invalid_argument);
    CHECK(error.message.starts_with(row.text));
  }
  Draft empty = with_headers({{"Upstash-Cron", "* * * * *"}});
  empty.destination = "";
  CHECK(empty.schedule_error().message == "a non-empty destination must be provided");
}

TEST_CASE("seconds are a field of the expression only when a header says so") {
  Draft draft = with_headers({{"Upstash-Cron", "*/5 * * * * *"}});
  CHECK(draft.schedule_error().message.starts_with("Invalid cron expression "));
  draft.headers.push_back({"Upstash-Cron-Seconds", "True"});
  CHECK(draft.schedule().cron_with_seconds);
  draft.headers.front().value = "* * * * *";
  CHECK(draft.schedule_error().message.starts_with("Invalid cron expression "));
}

TEST_CASE("a schedule for a group keeps its name, and its defaults of now") {
  Draft draft = with_headers({{"Upstash-Cron", "* * * * *"}});
  draft.destination = "my-group";
  Schedule schedule = draft.schedule();  // It need not exist.
  CHECK(schedule.message.group == "my-group");
  CHECK(schedule.message.url.empty());
  CHECK(schedule.message.retries_max == 3);
  draft.group = UrlGroup{.name = "my-group",
                         .created = {},
                         .updated = {},
                         .endpoints = {{.url = "https://one.com", .name = ""}},
                         .headers = {{"Upstash-Retries", "7"}}};
  schedule = draft.schedule();
  CHECK(schedule.message.group == "my-group");
  CHECK(schedule.message.url.empty());
  CHECK(schedule.message.endpoint.empty());
  CHECK(schedule.message.retries_max == 7);
}

}  // namespace godwit
