#include "dashboard/overview/overview.h"

#include <doctest/doctest.h>

namespace godwit {
namespace {

OverviewFacts calm() {
  OverviewFacts facts;
  facts.now = from_unix_ms(1'790'000'000'000);
  facts.started = facts.now - Milliseconds(60'000);
  facts.version = "1.0.0";
  facts.disk_free = 100;
  facts.disk_free_min = 10;
  return facts;
}

std::vector<std::string_view> codes(const OverviewFacts& facts) {
  std::vector<std::string_view> found;
  for (const Attention& attention : attention_of(facts)) found.push_back(attention.code);
  return found;
}

bool holds(const std::string& json, std::string_view part) {
  return json.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("where nothing happened there is nothing to see to, and no rate is made up") {
  const OverviewFacts facts = calm();
  CHECK(codes(facts).empty());
  const std::string json = overview_json(facts);
  CHECK(holds(json, R"("firstRun":true)"));
  CHECK(holds(json, R"("successRate":null,"attemptP50Ms":null)"));
  CHECK(holds(json, R"("logsDegraded":null,"attention":[]})"));
}

TEST_CASE("rates are those of the last full minute") {
  OverviewFacts facts = calm();
  facts.totals.published = 1;
  facts.last_minute.counts.published = 90;
  facts.last_minute.counts.delivered = 30;
  facts.last_minute.counts.attempts = 60;
  facts.last_minute.counts.failed_attempts = 15;
  facts.last_minute.attempt_p50_ms = 1.5;
  const std::string json = overview_json(facts);
  CHECK(holds(json, R"("firstRun":false)"));
  CHECK(holds(json, R"("publishedPerSecond":1.5,"deliveredPerSecond":0.5,"attemptsPerSecond":1)"));
  CHECK(holds(json, R"("successRate":0.75,"attemptP50Ms":1.5,"attemptP99Ms":null)"));
}

TEST_CASE("what is broken comes before what only waits") {
  OverviewFacts facts = calm();
  facts.paused_queues = {{"a queue", 7}};
  facts.paused_keys = {{"key", 8}};
  facts.failing_hosts = {{"h.example", 9, 10}};
  facts.dead_letters_last_hour = 3;
  facts.failing_schedules = {"scd_1"};
  facts.logs_degraded = {.since = facts.now, .bodies_shed = 4};
  facts.backlog.total = 5'000;
  facts.backlog_growth_per_minute = 100;
  facts.synced = false;
  CHECK(codes(facts) == std::vector<std::string_view>{"destination_failing", "dead_letters_growing",
                                                      "schedule_failing", "logs_degraded",
                                                      "backlog_growing", "queue_paused",
                                                      "flow_control_paused", "not_durable"});
  const std::string json = overview_json(facts);
  CHECK(holds(json, R"({"code":"queue_paused","severity":"warning","params":{"queue":"a queue",)"
                    R"("waiting":7},"href":"/queues/a%20queue"})"));
}

TEST_CASE("a disk that fills is told before publishing is refused") {
  OverviewFacts facts = calm();
  facts.disk_free = 19;
  REQUIRE(codes(facts) == std::vector<std::string_view>{"disk_low"});
  CHECK_FALSE(attention_of(facts)[0].is_error);
  facts.disk_free = 9;
  CHECK(attention_of(facts)[0].is_error);
  facts.ephemeral = true;
  CHECK(codes(facts) == std::vector<std::string_view>{"not_durable"});
}

TEST_CASE("a small or shrinking backlog is nobody's worry") {
  OverviewFacts facts = calm();
  facts.backlog.total = 999;
  facts.backlog_growth_per_minute = 100;
  CHECK(codes(facts).empty());
  facts.backlog.total = 100'000;
  facts.backlog_growth_per_minute = -5;
  CHECK(codes(facts).empty());
}

}  // namespace godwit
