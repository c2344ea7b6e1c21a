#include "dashboard/overview/overview.h"

#include <algorithm>

#include "core/url.h"
#include "dashboard/routing/answer.h"

namespace godwit {
namespace {

// Below, growth is the ordinary breathing of a queue.
constexpr std::int64_t growth_min = 10;
constexpr std::uint64_t growing_backlog_min = 1'000;
// Warned of before publishing is refused.
constexpr std::uint64_t disk_warning_factor = 2;

constexpr double seconds_of_minute = 60;

std::optional<double> rate_of(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

void write_attention(JsonWriter& json, const Attention& attention) {
  json.begin_object();
  json.member("code", attention.code);
  json.member("severity", attention.is_error ? "error" : "warning");
  json.key("params");
  json.begin_object();
  for (const auto& [name, value] : attention.params) {
    if (const auto* const text = std::get_if<std::string>(&value)) {
      json.member(name, *text);
    } else {
      json.member(name, std::get<std::uint64_t>(value));
    }
  }
  json.end_object();
  write_text_or_null(json, "href", attention.href);
  json.end_object();
}

}  // namespace

void add_numbers(const AccountNumbers& numbers, OverviewFacts& facts) {
  facts.last_minute = numbers.last_minute;
  facts.backlog = numbers.backlog;
  facts.totals = numbers.totals;
  facts.dead_letters = numbers.dead_letters;
  facts.dead_letters_last_hour = numbers.dead_letters_last_hour;
  facts.queues = {.total = numbers.queues, .paused = numbers.queues_paused};
  facts.paused_queues = numbers.paused_queues;
  facts.paused_keys = numbers.paused_keys;
}

std::vector<Attention> attention_of(const OverviewFacts& facts) {
  std::vector<Attention> all;
  if (!facts.ephemeral && facts.disk_free < facts.disk_free_min * disk_warning_factor) {
    all.push_back(
        {.code = "disk_low",
         .is_error = facts.disk_free < facts.disk_free_min,
         .params = {{"freeBytes", facts.disk_free}, {"minFreeBytes", facts.disk_free_min}},
         .href = "/settings"});
  }
  for (const FailingHost& host : facts.failing_hosts) {
    all.push_back(
        {.code = "destination_failing",
         .is_error = true,
         .params = {{"host", host.host}, {"failed", host.failed}, {"attempts", host.attempts}},
         .href = "/messages?host=" + percent_encode(host.host)});
  }
  if (facts.dead_letters_last_hour > 0) {
    all.push_back(
        {.code = "dead_letters_growing",
         .is_error = true,
         .params = {{"count", facts.dead_letters_last_hour}, {"minutes", std::uint64_t{60}}},
         .href = "/dead-letters"});
  }
  for (const std::string& schedule : facts.failing_schedules) {
    all.push_back({.code = "schedule_failing",
                   .is_error = true,
                   .params = {{"schedule", schedule}, {"failed", std::uint64_t{1}}},
                   .href = "/schedules/" + percent_encode(schedule)});
  }
  if (facts.logs_degraded) {
    all.push_back({.code = "logs_degraded",
                   .params = {{"bodiesShed", facts.logs_degraded->bodies_shed}},
                   .href = "/logs"});
  }
  if (facts.backlog_growth_per_minute >= growth_min && facts.backlog.total >= growing_backlog_min) {
    all.push_back(
        {.code = "backlog_growing",
         .params = {{"waiting", facts.backlog.total},
                    {"perMinute", static_cast<std::uint64_t>(facts.backlog_growth_per_minute)}},
         .href = "/messages?state=waiting"});
  }
  for (const AccountNumbers::Paused& queue : facts.paused_queues) {
    all.push_back({.code = "queue_paused",
                   .params = {{"queue", queue.name}, {"waiting", queue.waiting}},
                   .href = "/queues/" + percent_encode(queue.name)});
  }
  for (const AccountNumbers::Paused& key : facts.paused_keys) {
    all.push_back({.code = "flow_control_paused",
                   .params = {{"key", key.name}, {"waiting", key.waiting}},
                   .href = "/flow-control/" + percent_encode(key.name)});
  }
  if (facts.ephemeral || !facts.synced) {
    all.push_back({.code = "not_durable", .href = "/settings"});
  }
  std::vector<Attention> serious_first;
  for (const bool error : {true, false}) {
    for (const Attention& each : all) {
      if (each.is_error == error) serious_first.push_back(each);
    }
  }
  return serious_first;
}

std::string overview_json(const OverviewFacts& facts) {
  std::string out;
  out.reserve(2'048);
  JsonWriter json(out);
  json.begin_object();
  write_time(json, "now", facts.now);
  write_time(json, "startedAt", facts.started);
  json.member("version", facts.version);
  json.member("firstRun", facts.totals.published == 0);

  const AccountNumbers::Minute& last = facts.last_minute;
  const AccountCounts& counts = last.counts;
  const auto per_second = [&](std::string_view name, std::uint64_t count) {
    write_number(json, name, static_cast<double>(count) / seconds_of_minute);
  };
  json.key("lastMinute");
  json.begin_object();
  per_second("publishedPerSecond", counts.published);
  per_second("deliveredPerSecond", counts.delivered);
  per_second("attemptsPerSecond", counts.attempts);
  write_number(json, "successRate",
               rate_of(counts.attempts - std::min(counts.failed_attempts, counts.attempts),
                       counts.attempts));
  write_number(json, "attemptP50Ms", last.attempt_p50_ms);
  write_number(json, "attemptP99Ms", last.attempt_p99_ms);
  write_number(json, "latenessP99Ms", last.lateness_p99_ms);
  json.end_object();

  json.key("backlog");
  json.begin_object();
  json.member("total", facts.backlog.total);
  json.member("time", facts.backlog.time);
  json.member("retry", facts.backlog.retry);
  json.member("queue", facts.backlog.queue);
  json.member("paused", facts.backlog.paused);
  json.member("rate", facts.backlog.rate);
  json.member("parallelism", facts.backlog.parallelism);
  json.member("slot", facts.backlog.slot);
  json.member("active", facts.backlog.active);
  json.end_object();

  json.key("totals");
  json.begin_object();
  json.member("published", facts.totals.published);
  json.member("deduplicated", facts.totals.deduplicated);
  json.member("attempts", facts.totals.attempts);
  json.member("failedAttempts", facts.totals.failed_attempts);
  json.member("delivered", facts.totals.delivered);
  json.member("deadLettered", facts.totals.dead_lettered);
  json.member("canceled", facts.totals.canceled);
  json.end_object();

  json.key("deadLetters");
  json.begin_object();
  json.member("total", facts.dead_letters);
  json.member("lastHour", facts.dead_letters_last_hour);
  json.end_object();
  const auto write_count = [&](std::string_view name, const OverviewFacts::Count& count) {
    json.key(name);
    json.begin_object();
    json.member("total", count.total);
    json.member("paused", count.paused);
    json.end_object();
  };
  write_count("schedules", facts.schedules);
  write_count("queues", facts.queues);

  json.key("disk");
  json.begin_object();
  json.member("freeBytes", facts.disk_free);
  json.member("usedBytes", facts.disk_used);
  json.member("minFreeBytes", facts.disk_free_min);
  json.member("ephemeral", facts.ephemeral);
  json.end_object();
  json.key("logsDegraded");
  if (facts.logs_degraded) {
    json.begin_object();
    write_time(json, "since", facts.logs_degraded->since);
    json.member("bodiesShed", facts.logs_degraded->bodies_shed);
    json.end_object();
  } else {
    json.raw("null");
  }
  json.key("attention");
  json.begin_array();
  for (const Attention& attention : attention_of(facts)) write_attention(json, attention);
  json.end_array();
  json.end_object();
  return out;
}

}  // namespace godwit
