#include "api/route_table.h"

#include <array>

#include "core/assert.h"

namespace godwit {
namespace {

constexpr Access anybody = Access::anybody;
constexpr Access read = Access::read;
constexpr Access write = Access::write;

// Rows are looked at from the top, so those that are called most come first.
constexpr auto table = std::to_array<RouteRow>({
    {"POST", "/v2/publish/{destination...}", Endpoint::publish, write, "Messages",
     "Publish a message"},
    {"POST", "/v2/enqueue/{queueName}/{destination...}", Endpoint::publish, write, "Messages",
     "Publish a message through a queue"},
    {"POST", "/v2/batch", Endpoint::batch, write, "Messages", "Publish many messages"},
    {"GET", "/v2/messages/{messageId}", Endpoint::get_message, read, "Messages", "Get a message"},
    {"DELETE", "/v2/messages/{messageId}", Endpoint::cancel_message, write, "Messages",
     "Cancel a message"},
    {"DELETE", "/v2/messages", Endpoint::cancel_messages, write, "Messages",
     "Cancel many messages, by id or by filter"},
    {"POST", "/v2/messages/{messageId}/retry", Endpoint::run_message_now, write, "Messages",
     "Deliver a waiting message now"},

    {"GET", "/v2/bulkActions", Endpoint::list_bulk_actions, read, "Bulk actions",
     "List bulk cancels"},
    {"GET", "/v2/bulkActions/{actionId}", Endpoint::get_bulk_action, read, "Bulk actions",
     "Get a bulk cancel's progress"},

    {"POST", "/v2/queues", Endpoint::upsert_queue, write, "Queues", "Create or change a queue"},
    {"GET", "/v2/queues", Endpoint::list_queues, read, "Queues", "List queues"},
    {"GET", "/v2/queues/{queueName}", Endpoint::get_queue, read, "Queues", "Get a queue"},
    {"DELETE", "/v2/queues/{queueName}", Endpoint::delete_queue, write, "Queues",
     "Delete a queue and cancel its messages"},
    {"POST, PUT, PATCH", "/v2/queues/{queueName}/pause", Endpoint::pause_queue, write, "Queues",
     "Pause a queue"},
    {"POST, PUT, PATCH", "/v2/queues/{queueName}/resume", Endpoint::resume_queue, write, "Queues",
     "Resume a queue"},

    {"POST", "/v2/schedules/{destination...}", Endpoint::create_schedule, write, "Schedules",
     "Create or overwrite a schedule"},
    {"GET", "/v2/schedules", Endpoint::list_schedules, read, "Schedules", "List schedules"},
    {"GET", "/v2/schedules/{scheduleId}", Endpoint::get_schedule, read, "Schedules",
     "Get a schedule"},
    {"DELETE", "/v2/schedules/{scheduleId}", Endpoint::delete_schedule, write, "Schedules",
     "Delete a schedule"},
    {"PATCH, POST, PUT", "/v2/schedules/{scheduleId}/pause", Endpoint::pause_schedule, write,
     "Schedules", "Pause a schedule"},
    {"PATCH, POST, PUT", "/v2/schedules/{scheduleId}/resume", Endpoint::resume_schedule, write,
     "Schedules", "Resume a schedule"},

    {"GET", "/v2/topics", Endpoint::list_url_groups, read, "URL groups", "List URL groups"},
    {"GET", "/v2/topics/{name}", Endpoint::get_url_group, read, "URL groups", "Get a URL group"},
    {"PATCH", "/v2/topics/{name}", Endpoint::set_url_group_headers, write, "URL groups",
     "Replace the default headers of a URL group"},
    {"DELETE", "/v2/topics/{name}", Endpoint::delete_url_group, write, "URL groups",
     "Delete a URL group"},
    {"POST", "/v2/topics/{name}/endpoints", Endpoint::upsert_endpoints, write, "URL groups",
     "Add or change endpoints of a URL group"},
    {"DELETE", "/v2/topics/{name}/endpoints", Endpoint::remove_endpoints, write, "URL groups",
     "Remove endpoints of a URL group"},

    {"GET", "/v2/dlq", Endpoint::list_dead_letters, read, "Dead letter queue", "List dead letters"},
    {"DELETE", "/v2/dlq", Endpoint::delete_dead_letters, write, "Dead letter queue",
     "Delete many dead letters"},
    {"GET", "/v2/dlq/{dlqId}", Endpoint::get_dead_letter, read, "Dead letter queue",
     "Get a dead letter"},
    {"DELETE", "/v2/dlq/{dlqId}", Endpoint::delete_dead_letter, write, "Dead letter queue",
     "Delete a dead letter"},
    {"POST", "/v2/dlq/retry/{dlqId}", Endpoint::retry_dead_letter, write, "Dead letter queue",
     "Publish a dead letter again"},
    {"POST", "/v2/dlq/retry", Endpoint::retry_dead_letters, write, "Dead letter queue",
     "Publish many dead letters again"},

    {"GET", "/v2/logs", Endpoint::list_logs, read, "Logs", "List what happened to messages"},
    {"GET", "/v2/events", Endpoint::list_events, read, "Logs",
     "List what happened to messages, as SDKs call it"},

    {"GET", "/v2/flowControl", Endpoint::list_flow_controls, read, "Flow control",
     "List flow control keys"},
    {"GET", "/v2/flowControl/{flowControlKey...}", Endpoint::get_flow_control, read, "Flow control",
     "Get a flow control key"},
    {"POST", "/v2/flowControl/{flowControlKey...}/pause", Endpoint::pause_flow_control, write,
     "Flow control", "Pause a flow control key"},
    {"POST", "/v2/flowControl/{flowControlKey...}/resume", Endpoint::resume_flow_control, write,
     "Flow control", "Resume a flow control key"},
    {"POST", "/v2/flowControl/{flowControlKey...}/pin", Endpoint::pin_flow_control, write,
     "Flow control", "Fix limits of a flow control key, whatever messages ask"},
    {"POST", "/v2/flowControl/{flowControlKey...}/unpin", Endpoint::unpin_flow_control, write,
     "Flow control", "Let messages set the limits of a flow control key again"},
    {"POST", "/v2/flowControl/{flowControlKey...}/resetRate", Endpoint::reset_flow_control_rate,
     write, "Flow control", "Begin a new rate window"},
    {"POST", "/v2/flowControl/{flowControlKey...}/reset", Endpoint::reset_flow_control, write,
     "Flow control", "Begin a new rate window and forget attempts under way"},
    {"GET", "/v2/globalParallelism", Endpoint::get_global_parallelism, read, "Flow control",
     "Get how many attempts are under way, and how many may be"},

    {"GET", "/v2/keys", Endpoint::get_keys, write, "Signing keys", "Get the signing keys"},
    {"POST", "/v2/keys/rotate", Endpoint::rotate_keys, write, "Signing keys",
     "Rotate the signing keys"},

    {"GET, HEAD", "/", Endpoint::root, anybody, "Server", "Name and version"},
    {"GET, HEAD", "/healthz", Endpoint::healthz, anybody, "Server", "Whether the process lives"},
    {"GET, HEAD", "/readyz", Endpoint::readyz, anybody, "Server", "Whether it takes requests"},
    {"GET, HEAD", "/metrics", Endpoint::metrics, anybody, "Server", "Metrics for Prometheus"},
    {"GET, HEAD", "/openapi.json", Endpoint::openapi, anybody, "Server",
     "This description of the API"},

    // What older clients and documents of QStash call.
    {"POST", "/v1/publish/{destination...}", Endpoint::publish, write, "Messages",
     "Publish a message", true},
    {"POST", "/v2/rotate", Endpoint::rotate_keys, write, "Signing keys", "Rotate the signing keys",
     true},
    {"POST", "/v2/queue", Endpoint::upsert_queue, write, "Queues", "Create or change a queue",
     true},
    {"GET", "/v2/queue", Endpoint::list_queues, read, "Queues", "List queues", true},
    {"GET", "/v2/queue/{queueName}", Endpoint::get_queue, read, "Queues", "Get a queue", true},
    {"DELETE", "/v2/queue/{queueName}", Endpoint::delete_queue, write, "Queues",
     "Delete a queue and cancel its messages", true},
    {"POST, PUT, PATCH", "/v2/queue/{queueName}/pause", Endpoint::pause_queue, write, "Queues",
     "Pause a queue", true},
    {"POST, PUT, PATCH", "/v2/queue/{queueName}/resume", Endpoint::resume_queue, write, "Queues",
     "Resume a queue", true},
    {"GET", "/v2/dlq/messages", Endpoint::list_dead_letters, read, "Dead letter queue",
     "List dead letters", true},
    {"GET", "/v2/dlq/messages/{dlqId}", Endpoint::get_dead_letter, read, "Dead letter queue",
     "Get a dead letter", true},
    {"DELETE", "/v2/dlq/messages/{dlqId}", Endpoint::delete_dead_letter, write, "Dead letter queue",
     "Delete a dead letter", true},
    {"POST", "/v2/dlq/messages/{dlqId}/republish", Endpoint::retry_dead_letter, write,
     "Dead letter queue", "Publish a dead letter again", true},
});

}  // namespace

std::span<const RouteRow> route_table() { return table; }

std::string_view to_string(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::not_found:
      return "not_found";
    case Endpoint::method_not_allowed:
      return "method_not_allowed";
    case Endpoint::not_supported:
      return "not_supported";
    case Endpoint::preflight:
      return "preflight";
    case Endpoint::root:
      return "root";
    case Endpoint::healthz:
      return "healthz";
    case Endpoint::readyz:
      return "readyz";
    case Endpoint::metrics:
      return "metrics";
    case Endpoint::openapi:
      return "openapi";
    case Endpoint::publish:
      return "publish";
    case Endpoint::batch:
      return "batch";
    case Endpoint::get_message:
      return "get_message";
    case Endpoint::cancel_message:
      return "cancel_message";
    case Endpoint::cancel_messages:
      return "cancel_messages";
    case Endpoint::run_message_now:
      return "run_message_now";
    case Endpoint::list_bulk_actions:
      return "list_bulk_actions";
    case Endpoint::get_bulk_action:
      return "get_bulk_action";
    case Endpoint::upsert_queue:
      return "upsert_queue";
    case Endpoint::list_queues:
      return "list_queues";
    case Endpoint::get_queue:
      return "get_queue";
    case Endpoint::delete_queue:
      return "delete_queue";
    case Endpoint::pause_queue:
      return "pause_queue";
    case Endpoint::resume_queue:
      return "resume_queue";
    case Endpoint::create_schedule:
      return "create_schedule";
    case Endpoint::list_schedules:
      return "list_schedules";
    case Endpoint::get_schedule:
      return "get_schedule";
    case Endpoint::delete_schedule:
      return "delete_schedule";
    case Endpoint::pause_schedule:
      return "pause_schedule";
    case Endpoint::resume_schedule:
      return "resume_schedule";
    case Endpoint::list_url_groups:
      return "list_url_groups";
    case Endpoint::get_url_group:
      return "get_url_group";
    case Endpoint::set_url_group_headers:
      return "set_url_group_headers";
    case Endpoint::delete_url_group:
      return "delete_url_group";
    case Endpoint::upsert_endpoints:
      return "upsert_endpoints";
    case Endpoint::remove_endpoints:
      return "remove_endpoints";
    case Endpoint::list_dead_letters:
      return "list_dead_letters";
    case Endpoint::delete_dead_letters:
      return "delete_dead_letters";
    case Endpoint::get_dead_letter:
      return "get_dead_letter";
    case Endpoint::delete_dead_letter:
      return "delete_dead_letter";
    case Endpoint::retry_dead_letter:
      return "retry_dead_letter";
    case Endpoint::retry_dead_letters:
      return "retry_dead_letters";
    case Endpoint::list_logs:
      return "list_logs";
    case Endpoint::list_events:
      return "list_events";
    case Endpoint::list_flow_controls:
      return "list_flow_controls";
    case Endpoint::get_flow_control:
      return "get_flow_control";
    case Endpoint::pause_flow_control:
      return "pause_flow_control";
    case Endpoint::resume_flow_control:
      return "resume_flow_control";
    case Endpoint::pin_flow_control:
      return "pin_flow_control";
    case Endpoint::unpin_flow_control:
      return "unpin_flow_control";
    case Endpoint::reset_flow_control_rate:
      return "reset_flow_control_rate";
    case Endpoint::reset_flow_control:
      return "reset_flow_control";
    case Endpoint::get_global_parallelism:
      return "get_global_parallelism";
    case Endpoint::get_keys:
      return "get_keys";
    case Endpoint::rotate_keys:
      return "rotate_keys";
  }
  GODWIT_ASSERT(false);
}

}  // namespace godwit
