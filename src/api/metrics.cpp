#include "api/metrics.h"

#include <fmt/format.h>

#include <cstddef>

namespace godwit {
namespace {

void append_head(std::string& out, std::string_view name, std::string_view type,
                 std::string_view help) {
  out.append("# HELP ").append(name).append(" ").append(help).append("\n");
  out.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void append_sample(std::string& out, std::string_view name, std::string_view labels,
                   std::uint64_t value) {
  out.append(name).append(labels).append(" ").append(std::to_string(value)).append("\n");
}

void append_counter(std::string& out, std::string_view name, std::string_view help,
                    std::uint64_t value) {
  append_head(out, name, "counter", help);
  append_sample(out, name, "", value);
}

void append_gauge(std::string& out, std::string_view name, std::string_view help,
                  std::uint64_t value) {
  append_head(out, name, "gauge", help);
  append_sample(out, name, "", value);
}

/// Each bucket of Prometheus ends with the last microsecond before a power of two, where one of
/// ours ends too.
void append_histogram(std::string& out, std::string_view name, std::string_view help,
                      const Histogram& histogram, Microseconds sum) {
  constexpr int first_power = 10;  // 1 ms.
  constexpr int last_power = 32;   // 71 minutes.
  append_head(out, name, "histogram", help);
  std::uint64_t below = 0;
  std::size_t index = 0;
  for (int power = first_power; power <= last_power; ++power) {
    const Microseconds end{std::int64_t{1} << power};
    for (const std::size_t behind = Histogram::bucket_of(end); index < behind; ++index) {
      below += histogram.count_of(index);
    }
    out += fmt::format("{}_bucket{{le=\"{:.6f}\"}} {}\n", name,
                       static_cast<double>(end.count() - 1) / 1e6, below);
  }
  out += fmt::format("{0}_bucket{{le=\"+Inf\"}} {1}\n{0}_sum {2:.6f}\n{0}_count {1}\n", name,
                     histogram.count(), static_cast<double>(sum.count()) / 1e6);
}

}  // namespace

std::string backlog_metrics_text(const Backlog& backlog, const AttemptTimes& times) {
  std::string out;
  append_head(out, "godwit_backlog_messages", "gauge",
              "Living messages by what they wait for; each has one reason.");
  const auto reason = [&](std::string_view name, std::uint64_t count) {
    append_sample(out, "godwit_backlog_messages", fmt::format("{{reason=\"{}\"}}", name), count);
  };
  reason("time", backlog.time);
  reason("retry", backlog.retry);
  reason("queue", backlog.queue);
  reason("paused", backlog.paused);
  reason("rate", backlog.rate);
  reason("parallelism", backlog.parallelism);
  reason("slot", backlog.slot);
  reason("active", backlog.active);
  append_histogram(out, "godwit_attempt_duration_seconds", "How long ended attempts took.",
                   times.durations, times.durations_sum);
  append_histogram(out, "godwit_attempt_lateness_seconds",
                   "How long after they were due, or their turn had come, attempts began.",
                   times.lateness, times.lateness_sum);
  return out;
}

std::string metrics_text(const EngineStats& engine, const ApiStats& api, std::string_view version) {
  std::string out;
  append_head(out, "godwit_build_info", "gauge", "The running version.");
  append_sample(out, "godwit_build_info", "{version=\"" + std::string(version) + "\"}", 1);

  append_counter(out, "godwit_messages_published_total", "Messages accepted.", engine.published);
  append_counter(out, "godwit_messages_deduplicated_total",
                 "Publishes answered with an earlier message.", engine.deduplicated);
  append_counter(out, "godwit_messages_delivered_total", "Messages delivered.", engine.delivered);
  append_counter(out, "godwit_messages_dead_lettered_total",
                 "Messages moved to the dead letter queue.", engine.dead_lettered);
  append_counter(out, "godwit_messages_canceled_total", "Messages cancelled.", engine.canceled);
  append_counter(out, "godwit_attempts_total", "Delivery attempts begun.", engine.attempts);
  append_counter(out, "godwit_retries_total", "Failed attempts with a retry scheduled.",
                 engine.retried);
  append_counter(out, "godwit_records_corrupt_total",
                 "Stored records that could not be read and were left where they are.",
                 engine.corrupt);
  append_counter(out, "godwit_log_bodies_shed_total",
                 "Bodies that the log went without while the disk was behind.",
                 engine.log_bodies_shed);
  append_gauge(out, "godwit_messages_near", "Messages due soon, held in memory.", engine.near);
  append_gauge(out, "godwit_messages_ready", "Messages due and waiting for a slot.", engine.ready);
  append_gauge(out, "godwit_attempts_in_flight", "Delivery attempts under way.", engine.in_flight);
  append_counter(out, "godwit_commits_total", "Batches handed to the store.", engine.commits);
  append_counter(out, "godwit_commit_operations_total", "Key operations in those batches.",
                 engine.commit_operations);

  append_head(out, "godwit_api_answers_total", "counter", "HTTP answers by class of status.");
  for (std::size_t digit = 2; digit < api.answers.size(); ++digit) {
    append_sample(out, "godwit_api_answers_total", "{class=\"" + std::to_string(digit) + "xx\"}",
                  api.answers[digit]);
  }
  append_counter(out, "godwit_api_unauthenticated_total", "Requests without a right token.",
                 api.unauthenticated);
  append_gauge(out, "godwit_api_listings_waiting", "Listings that wait for a reader thread.",
               api.listings_waiting);
  append_counter(
      out, "godwit_listing_records_skipped_total",
      "Stored records that a listing could not read and passed over; the same one counts "
      "each time.",
      api.listing_records_skipped);
  return out;
}

}  // namespace godwit
