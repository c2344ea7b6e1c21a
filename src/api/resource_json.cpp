#include "api/resource_json.h"

#include <chrono>

#include "api/message_members.h"
#include "core/assert.h"
#include "core/cron.h"
#include "core/header_json.h"

namespace godwit {
namespace {

using std::chrono::seconds;

}  // namespace

void write_queue(JsonWriter& json, const QueueInfo& queue) {
  json.begin_object();
  json.member("name", queue.name);
  json.member("createdAt", to_unix_ms(queue.created));
  json.member("updatedAt", to_unix_ms(queue.updated));
  json.member("parallelism", queue.parallelism);
  json.member("lag", queue.lag);
  json.member("paused", queue.paused);
  json.end_object();
}

void write_flow_control_key(JsonWriter& json, const FlowControlInfo& info) {
  json.begin_object();
  json.member("flowControlKey", info.key);
  json.member("waitListSize", info.waiting);
  json.member("parallelismMax", info.parallelism_max);
  json.member("parallelismCount", info.parallelism_count);
  json.member("rateMax", info.rate_max);
  json.member("rateCount", info.rate_count);
  json.member("ratePeriod", info.rate_period / seconds(1));
  json.member("ratePeriodStart", info.rate_period_start.time_since_epoch() / seconds(1));
  json.member("isPaused", info.paused);
  json.member("isPinnedParallelism", info.pinned_parallelism);
  json.member("isPinnedRate", info.pinned_rate);
  json.end_object();
}

void write_url_group(JsonWriter& json, const UrlGroup& group) {
  json.begin_object();
  json.member("name", group.name);
  json.member("createdAt", to_unix_ms(group.created));
  json.member("updatedAt", to_unix_ms(group.updated));
  json.key("endpoints");
  json.begin_array();
  for (const GroupEndpoint& endpoint : group.endpoints) {
    json.begin_object();
    json.member_unless_empty("name", endpoint.name);
    json.member("url", endpoint.url);
    json.end_object();
  }
  json.end_array();
  write_headers(json, "headers", group.headers, {});
  json.end_object();
}

void write_schedule(JsonWriter& json, const ScheduleView& view, const RunStates& last_states,
                    Timestamp now) {
  const Schedule& schedule = view.schedule;
  const Message& message = schedule.message;
  json.begin_object();
  json.member("scheduleId", schedule.id);
  json.member("cron", schedule.cron);
  json.member("createdAt", to_unix_ms(schedule.created));
  json.member("destination", message.group.empty() ? message.url : message.group);
  json.member("method", to_string(message.method));
  write_headers(json, "header", message.headers, message.redaction);
  write_message_body(json, message, {});
  json.member("retries", message.retries_max);
  json.member_unless_empty("retryDelayExpression", message.retry_delay);
  if (schedule.delay != Milliseconds(0)) {
    json.member("delay", std::chrono::ceil<seconds>(schedule.delay).count());
  }
  if (message.timeout) json.member("timeout", std::chrono::ceil<seconds>(*message.timeout).count());
  write_callbacks(json, message, "Header");
  // Under both names: QStash documents one and its clients read the other.
  json.member_unless_empty("callerIP", message.caller_ip);
  json.member_unless_empty("callerIp", message.caller_ip);
  json.member("isPaused", schedule.paused);
  json.member_unless_empty("queueName", message.queue);
  write_flow_control(json, message.flow_control);
  write_labels(json, message);
  if (view.state.last_run != Timestamp{}) {
    json.member("lastScheduleTime", to_unix_ms(view.state.last_run));
  }
  const Result<Cron> cron = Cron::parse(
      schedule.cron, schedule.cron_with_seconds ? Cron::Fields::with_seconds : Cron::Fields::five);
  const std::optional<Timestamp> next = cron ? cron->next(now) : std::nullopt;
  if (next) json.member("nextScheduleTime", to_unix_ms(*next));
  if (!last_states.empty()) {
    json.key("lastScheduleStates");
    json.begin_object();
    for (const auto& [id, state] : last_states) json.member(id.to_string(), to_string(state));
    json.end_object();
  }
  json.member_unless_empty("error", view.state.error);
  json.end_object();
}

void write_bulk_action(JsonWriter& json, const BulkAction& action) {
  const bool finished = action.completed != Timestamp{};
  json.begin_object();
  json.member("actionId", action.id);
  json.member("kind", "cancel");
  json.member("state", finished ? "FINISHED" : "IN_PROGRESS");
  json.member("total", action.total);
  json.member("processed", action.processed);
  json.member("createdAt", to_unix_ms(action.created));
  if (finished) json.member("completedAt", to_unix_ms(action.completed));
  json.key("filter");
  write_header_object(json, action.filter);
  json.end_object();
}

std::string_view to_string(RunState state) {
  switch (state) {
    case RunState::in_progress:
      return "IN_PROGRESS";
    case RunState::success:
      return "SUCCESS";
    case RunState::fail:
      return "FAIL";
  }
  GODWIT_ASSERT(false);
}

}  // namespace godwit
