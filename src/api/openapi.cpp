#include "api/openapi.h"

#include <algorithm>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "api/openapi_components.h"
#include "api/route_table.h"
#include "core/ascii.h"
#include "core/json_out.h"

namespace godwit {
namespace {

using Names = std::span<const std::string_view>;

/// What the table does not say of an endpoint. Names are of openapi_components; empty: none.
struct Operation {
  Names parameters = {};
  std::string_view body = {};  ///< The schema of a JSON body; `*`: any bytes, the message's.
  int status = 200;
  std::string_view answer = "Empty";  ///< Its schema; `text`: plain text; `json`: any JSON.
};

constexpr std::string_view retry_settings[] = {
    "Method",   "Timeout",         "Retries",        "RetryDelay",       "Delay", "NotBefore",
    "Callback", "FailureCallback", "FlowControlKey", "FlowControlValue", "Label", "RedactFields"};
constexpr std::string_view publish_settings[] = {
    "Method",         "Timeout",          "Retries",         "RetryDelay",
    "Delay",          "NotBefore",        "DeduplicationId", "ContentBasedDeduplication",
    "Forward",        "HeaderForward",    "Callback",        "FailureCallback",
    "FlowControlKey", "FlowControlValue", "Label",           "RedactFields",
    "QueueName"};
constexpr std::string_view schedule_settings[] = {"Cron",
                                                  "ScheduleId",
                                                  "Method",
                                                  "Timeout",
                                                  "Retries",
                                                  "RetryDelay",
                                                  "Delay",
                                                  "Forward",
                                                  "HeaderForward",
                                                  "Callback",
                                                  "FailureCallback",
                                                  "FlowControlKey",
                                                  "FlowControlValue",
                                                  "Label",
                                                  "RedactFields",
                                                  "QueueName"};
constexpr std::string_view cancel_filters[] = {
    "messageIds", "topicName",      "queueName", "url",      "host",   "path",  "label",
    "scheduleId", "flowControlKey", "callerIp",  "fromDate", "toDate", "count", "async"};
constexpr std::string_view dead_letter_filters[] = {
    "cursor",         "count",          "order",    "trimBody",
    "dlqIds",         "messageId",      "url",      "topicName",
    "scheduleId",     "queueName",      "callerIp", "label",
    "flowControlKey", "responseStatus", "fromDate", "toDate"};
constexpr std::string_view log_filters[] = {"cursor",    "count",      "order",          "trimBody",
                                            "messageId", "messageIds", "state",          "url",
                                            "topicName", "scheduleId", "queueName",      "host",
                                            "path",      "label",      "flowControlKey", "callerIp",
                                            "fromDate",  "toDate",     "groupBy"};
constexpr std::string_view bulk_action_filters[] = {"cursor", "count", "actionState"};
constexpr std::string_view flow_control_filters[] = {"search"};
constexpr std::string_view pin_parameters[] = {"pinParallelism", "pinRate", "pinPeriod"};
constexpr std::string_view unpin_parameters[] = {"unpinParallelism", "unpinRate"};

Operation operation_of(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::publish:
      return {.parameters = publish_settings, .body = "*", .answer = "PublishReceipt"};
    case Endpoint::batch:
      return {.body = "Batch", .answer = "BatchReceipts"};
    case Endpoint::get_message:
      return {.answer = "Message"};
    case Endpoint::cancel_message:
      return {.status = 202, .answer = "Cancelled"};
    case Endpoint::cancel_messages:
      return {
          .parameters = cancel_filters, .body = "Selection", .status = 202, .answer = "Cancelled"};
    case Endpoint::run_message_now:
      return {.status = 202, .answer = "Receipt"};
    case Endpoint::list_bulk_actions:
      return {.parameters = bulk_action_filters, .answer = "BulkActionPage"};
    case Endpoint::get_bulk_action:
      return {.answer = "BulkAction"};
    case Endpoint::upsert_queue:
      return {.body = "QueueUpsert"};
    case Endpoint::list_queues:
      return {.answer = "Queues"};
    case Endpoint::get_queue:
      return {.answer = "Queue"};
    case Endpoint::create_schedule:
      return {.parameters = schedule_settings, .body = "*", .answer = "ScheduleReceipt"};
    case Endpoint::list_schedules:
      return {.answer = "Schedules"};
    case Endpoint::get_schedule:
      return {.answer = "Schedule"};
    case Endpoint::list_url_groups:
      return {.answer = "UrlGroups"};
    case Endpoint::get_url_group:
      return {.answer = "UrlGroup"};
    case Endpoint::set_url_group_headers:
      return {.body = "GroupHeaders"};
    case Endpoint::upsert_endpoints:
    case Endpoint::remove_endpoints:
      return {.body = "Endpoints"};
    case Endpoint::list_dead_letters:
      return {.parameters = dead_letter_filters, .answer = "DeadLetterPage"};
    case Endpoint::delete_dead_letters:
      return {.parameters = dead_letter_filters, .body = "Selection", .answer = "Deleted"};
    case Endpoint::get_dead_letter:
      return {.answer = "DeadLetter"};
    case Endpoint::retry_dead_letter:
      return {.parameters = retry_settings, .status = 201, .answer = "Receipt"};
    case Endpoint::retry_dead_letters:
      return {.parameters = dead_letter_filters,
              .body = "Selection",
              .status = 201,
              .answer = "Retried"};
    case Endpoint::list_logs:
    case Endpoint::list_events:
      return {.parameters = log_filters, .answer = "LogPage"};
    case Endpoint::list_flow_controls:
      return {.parameters = flow_control_filters, .answer = "FlowControlKeys"};
    case Endpoint::get_flow_control:
      return {.answer = "FlowControlKey"};
    case Endpoint::pin_flow_control:
      return {.parameters = pin_parameters};
    case Endpoint::unpin_flow_control:
      return {.parameters = unpin_parameters};
    case Endpoint::get_global_parallelism:
      return {.answer = "GlobalParallelism"};
    case Endpoint::get_keys:
    case Endpoint::rotate_keys:
      return {.answer = "SigningKeys"};
    case Endpoint::root:
      return {.answer = "Server"};
    case Endpoint::healthz:
    case Endpoint::readyz:
      return {.answer = "Status"};
    case Endpoint::metrics:
      return {.answer = "text"};
    case Endpoint::openapi:
      return {.answer = "json"};
    default:
      return {};
  }
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = ascii::to_lower(c);
  return out;
}

/// The path as OpenAPI writes it, which has no names for what may hold slashes.
std::string path_of(std::string_view pattern) {
  std::string path(pattern);
  for (std::size_t dots = path.find("..."); dots != std::string::npos; dots = path.find("...")) {
    path.erase(dots, 3);
  }
  return path;
}

void write_schema(JsonWriter& json, std::string_view name) {
  json.key("schema");
  json.begin_object();
  if (name == "text") {
    json.member("type", "string");
  } else if (name == "json") {
    json.member("type", "object");
  } else {
    json.member("$ref", "#/components/schemas/" + std::string(name));
  }
  json.end_object();
}

void write_content(JsonWriter& json, std::string_view type, std::string_view schema) {
  json.key("content");
  json.begin_object();
  json.key(type);
  json.begin_object();
  if (!schema.empty()) write_schema(json, schema);
  json.end_object();
  json.end_object();
}

void write_parameters(JsonWriter& json, std::string_view pattern, Names parameters) {
  json.key("parameters");
  json.begin_array();
  for (std::size_t open = pattern.find('{'); open != std::string_view::npos;
       open = pattern.find('{')) {
    const std::size_t close = pattern.find('}');
    std::string_view name = pattern.substr(open + 1, close - open - 1);
    pattern.remove_prefix(close + 1);
    const bool holds_slashes = name.ends_with("...");
    if (holds_slashes) name.remove_suffix(3);
    json.begin_object();
    json.member("name", name);
    json.member("in", "path");
    json.member("required", true);
    if (holds_slashes) {
      json.member("description", name == "destination"
                                     ? "A URL as it is, with slashes and query, or a URL group"
                                     : "May hold slashes");
    }
    json.key("schema");
    json.begin_object();
    json.member("type", "string");
    json.end_object();
    json.end_object();
  }
  for (const std::string_view name : parameters) {
    json.begin_object();
    json.member("$ref", "#/components/parameters/" + std::string(name));
    json.end_object();
  }
  json.end_array();
}

void write_responses(JsonWriter& json, const Operation& operation) {
  json.key("responses");
  json.begin_object();
  json.key(std::to_string(operation.status));
  json.begin_object();
  json.member("description", "Done");
  write_content(json, operation.answer == "text" ? "text/plain" : "application/json",
                operation.answer);
  json.end_object();
  json.key("default");
  json.begin_object();
  json.member("description", "Refused or failed: the status tells which");
  write_content(json, "application/json", "Error");
  json.end_object();
  json.end_object();
}

void write_operation(JsonWriter& json, const RouteRow& row, std::string_view id) {
  const Operation operation = operation_of(row.endpoint);
  json.begin_object();
  json.member("operationId", id);
  json.member("summary", row.summary);
  json.key("tags");
  json.begin_array();
  json.string(row.tag);
  json.end_array();
  if (row.legacy) json.member("deprecated", true);
  if (row.access == Access::anybody) {
    json.key("security");
    json.begin_array();
    json.end_array();
  } else if (row.access == Access::write) {
    json.member("description", "Not for tokens that may only read.");
  }
  write_parameters(json, row.path, operation.parameters);
  if (!operation.body.empty()) {
    json.key("requestBody");
    json.begin_object();
    const bool any = operation.body == "*";
    write_content(json, any ? "*/*" : "application/json", any ? "" : operation.body);
    json.end_object();
  }
  write_responses(json, operation);
  json.end_object();
}

/// `get_admin_v1_messages_id`: one for each method and path.
std::string operation_id(const DescribedRoute& route) {
  std::string id = lower(route.method);
  for (const char c : route.path) {
    if (ascii::is_letter(c) || ascii::is_digit(c)) {
      id.push_back(c);
    } else if (!id.ends_with('_') && c != '}') {
      id.push_back('_');
    }
  }
  return id;
}

/// One of another module: any JSON in, any JSON out.
void write_described(JsonWriter& json, const DescribedRoute& route) {
  json.begin_object();
  json.member("operationId", operation_id(route));
  json.member("summary", route.summary);
  json.key("tags");
  json.begin_array();
  json.string(route.tag);
  json.end_array();
  if (route.anybody) {
    json.key("security");
    json.begin_array();
    json.end_array();
  } else if (route.writes) {
    json.member("description", "Not for tokens that may only read.");
  }
  write_parameters(json, route.path, {});
  write_responses(json, {.answer = "json"});
  json.end_object();
}

}  // namespace

std::string openapi_json(std::string_view version, std::span<const DescribedRoute> others) {
  // A path stands once, with all its methods.
  std::vector<std::pair<std::string_view, std::vector<const RouteRow*>>> paths;
  for (const RouteRow& row : route_table()) {
    const auto same =
        std::ranges::find(paths, row.path, [](const auto& path) { return path.first; });
    if (same == paths.end()) {
      paths.push_back({row.path, {&row}});
    } else {
      same->second.push_back(&row);
    }
  }
  std::string out;
  out.reserve(std::size_t{128} << 10);
  JsonWriter json(out);
  json.begin_object();
  json.member("openapi", "3.1.0");
  json.key("info");
  json.begin_object();
  json.member("title", "Godwit");
  json.member("version", version);
  json.member("description",
              "A durable HTTP message broker on the wire of QStash. Every `Upstash-...` header may "
              "be sent as a query parameter of the same name instead.");
  json.end_object();
  json.key("security");
  json.begin_array();
  for (const std::string_view scheme : {"bearerAuth", "bearerAuthQuery"}) {
    json.begin_object();
    json.key(scheme);
    json.begin_array();
    json.end_array();
    json.end_object();
  }
  json.end_array();
  json.key("paths");
  json.begin_object();
  std::map<std::string, int, std::less<>> uses;  // Of operation ids, which must differ.
  for (const auto& [pattern, rows] : paths) {
    json.key(path_of(pattern));
    json.begin_object();
    for (const RouteRow* row : rows) {
      std::string_view methods = row->methods;
      while (!methods.empty()) {
        const std::size_t comma = methods.find(',');
        std::string id(to_string(row->endpoint));
        if (const int use = ++uses[id]; use > 1) id.append("_").append(std::to_string(use));
        json.key(lower(methods.substr(0, comma)));
        write_operation(json, *row, id);
        methods.remove_prefix(comma == std::string_view::npos ? methods.size() : comma + 2);
      }
    }
    json.end_object();
  }
  std::map<std::string_view, std::vector<const DescribedRoute*>> described;
  for (const DescribedRoute& route : others) described[route.path].push_back(&route);
  for (const auto& [path, routes] : described) {
    json.key(path);
    json.begin_object();
    for (const DescribedRoute* route : routes) {
      json.key(lower(route->method));
      write_described(json, *route);
    }
    json.end_object();
  }
  json.end_object();
  json.key("components");
  json.raw(openapi_components);
  json.end_object();
  return out;
}

}  // namespace godwit
