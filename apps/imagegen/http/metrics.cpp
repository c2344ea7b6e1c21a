#include "imagegen/http/metrics.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <string_view>

namespace godwit::imagegen {
namespace {

class Metrics {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
  }
  void value(auto value) { text_ += fmt::format("{} {}\n", name_, value); }
  void value(std::string_view label, std::string_view of, auto value) {
    text_ += fmt::format("{}{{{}=\"{}\"}} {}\n", name_, label, of, value);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

// Codes are ours, but the number of them is what keeps a label's values few.
constexpr std::size_t outcomes_max = 60;

}  // namespace

void count_webhook_call(Counters& counters, int status, std::string_view body) {
  ++counters.webhook_calls[status];
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (parser.parse(body.data(), body.size()).get(document) != simdjson::SUCCESS) return;
  std::string_view code;
  if (document["code"].get(code) != simdjson::SUCCESS &&
      document["error"]["code"].get(code) != simdjson::SUCCESS &&
      document["status"].get(code) != simdjson::SUCCESS) {
    return;
  }
  if (counters.attempts.size() < outcomes_max || counters.attempts.contains(std::string(code))) {
    ++counters.attempts[std::string(code)];
  }
}

Result<std::string> metrics_text(World& world, const Diagnostics& diagnostics,
                                 const EventStream& events, const Counters& counters) {
  const auto summaries = world.storage.summaries();
  if (!summaries) return std::unexpected(summaries.error());
  const Result<StorageUse> use = world.storage.use();
  if (!use) return std::unexpected(use.error());
  Summary total;
  for (const auto& [id, summary] : *summaries) {
    total.pending += summary.pending;
    total.processing += summary.processing;
    total.done += summary.done;
    total.failed += summary.failed;
    total.canceled += summary.canceled;
  }

  Metrics out;
  out.family("imagegen_tasks", "gauge", "Tasks by status.");
  out.value("status", "pending", total.pending);
  out.value("status", "processing", total.processing);
  out.value("status", "done", total.done);
  out.value("status", "failed", total.failed);
  out.value("status", "canceled", total.canceled);
  out.family("imagegen_generations", "gauge", "Generations that are kept.");
  out.value(summaries->size());
  out.family("imagegen_images", "gauge", "Images that are kept.");
  out.value(use->images);
  out.family("imagegen_image_bytes", "gauge", "Their size.");
  out.value(use->image_bytes);
  if (const Result<std::uint64_t> free = world.files.free_bytes()) {
    out.family("imagegen_disk_free_bytes", "gauge", "Room on the disk of the data directory.");
    out.value(*free);
  }
  out.family("imagegen_webhook_calls_total", "counter",
             "Calls of the webhook by the status that was answered.");
  for (const auto& [status, count] : counters.webhook_calls) {
    out.value("status", std::to_string(status), count);
  }
  out.family("imagegen_attempts_total", "counter",
             "Calls of the webhook by what came of them: done, or the reason of the failure.");
  for (const auto& [outcome, count] : counters.attempts) out.value("outcome", outcome, count);
  const BrokerState broker = diagnostics.state();
  out.family("imagegen_broker_reachable", "gauge",
             "1: the broker answered when it was last asked; 0: it did not, or is not set.");
  out.value(broker.reachable.value_or(false) ? 1 : 0);
  out.family("imagegen_event_clients", "gauge", "Pages that listen to /api/events.");
  out.value(events.clients());
  out.family("imagegen_http_requests_total", "counter", "Requests that were answered.");
  out.value(counters.requests);
  out.family("imagegen_http_failures_total", "counter", "Of these: answered with 5xx.");
  out.value(counters.failures);
  return out.take();
}

}  // namespace godwit::imagegen
