#include "dashboard/messages/message_detail.h"

#include <string>
#include <vector>

#include "dashboard/messages/test_pages.h"

namespace godwit {
namespace {

constexpr Milliseconds second{1'000};

MessageSummary summary_of(int retried, int retries_max) {
  Message message;
  message.retries_max = retries_max;
  message.retry_delay = "60000";
  MessageSummary summary;
  summary.message = std::make_shared<const Message>(std::move(message));
  summary.retried = retried;
  return summary;
}

}  // namespace

TEST_CASE("the plan of a message has times as soon as the first one's is known") {
  const Timestamp now = from_unix_ms(1'790'000'000'000);
  const auto numbers = [](const std::vector<PlannedAttempt>& plan) {
    std::vector<int> all;
    for (const PlannedAttempt& planned : plan) all.push_back(planned.number);
    return all;
  };
  Waiting waiting{.reason = WaitingReason::time, .next = now + 5 * second};
  auto plan = plan_of(summary_of(1, 3), waiting, now);
  CHECK(numbers(plan) == std::vector{2, 3, 4});
  CHECK(plan[0].at == now + 5 * second);
  CHECK(plan[1].at == now + 65 * second);
  CHECK(plan[2].at == now + 125 * second);

  waiting = {.reason = WaitingReason::queue};
  plan = plan_of(summary_of(0, 1), waiting, now);
  CHECK(numbers(plan) == std::vector{1, 2});
  CHECK_FALSE(plan[0].at);
  CHECK_FALSE(plan[1].at);

  waiting = {.reason = WaitingReason::active};
  plan = plan_of(summary_of(0, 2), waiting, now);
  CHECK(numbers(plan) == std::vector{2, 3});
  CHECK(plan[0].at == now + 60 * second);

  waiting = {.reason = WaitingReason::canceling};
  CHECK(plan_of(summary_of(0, 2), waiting, now).empty());
}

TEST_CASE("the page of a message says what the log went without under load") {
  EngineSettings settings;
  settings.log_shed_bytes = 1;  // The disk is always behind.
  ReadPages pages(settings);
  const std::string id = pages.server.publish();
  CHECK_FALSE(pages.page(id).boolean("/degraded"));
  CHECK(pages.page(id).string("/body/text") == "hello");
  pages.server.answer(200, "well done");
  pages.server.advance(second);

  const Json page = pages.page(id);
  CHECK(page.boolean("/degraded"));
  CHECK(page.string("/state") == "delivered");
  CHECK(page.integer("/body/bytes") == 5);
  CHECK(page.integer("/body/kept") == 0);
  CHECK(page.integer("/attemptList/0/status") == 200);
  CHECK(page.integer("/attemptList/0/responseBody/kept") == 0);
  CHECK(page.size("/attemptList/0/responseHeaders") == 0);
  const Json row = pages.get("/admin/v1/messages?id=" + id);
  CHECK(row.integer("/messages/0/bodyBytes") == 5);
  const auto degraded = pages.server.broker->logs_degraded(ours);
  REQUIRE(degraded);
  CHECK(degraded->bodies_shed == 2);
  CHECK(pages.server.call("GET", "/metrics").body.find("godwit_log_bodies_shed_total 2\n") !=
        std::string::npos);
}

TEST_CASE("the page of a message whose log is whole says so") {
  ReadPages pages;
  const std::string id = pages.server.publish();
  pages.server.answer(200, "well done");
  pages.server.advance(second);
  const Json page = pages.page(id);
  CHECK_FALSE(page.boolean("/degraded"));
  CHECK(page.integer("/body/kept") == 5);
  CHECK(page.string("/attemptList/0/responseBody/text") == "well done");
}

}  // namespace godwit
