#include "api/metrics.h"

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

}  // namespace

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
