#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace godwit {

/// What a request wants, of all that the HTTP interface offers.
enum class Endpoint : std::uint8_t {
  not_found,
  method_not_allowed,
  not_supported,
  preflight,
  root,
  healthz,
  readyz,
  metrics,
  openapi,
  publish,  ///< With or without a queue.
  batch,
  get_message,
  cancel_message,
  cancel_messages,
  run_message_now,
  list_bulk_actions,
  get_bulk_action,
  upsert_queue,
  list_queues,
  get_queue,
  delete_queue,
  pause_queue,
  resume_queue,
  create_schedule,
  list_schedules,
  get_schedule,
  delete_schedule,
  pause_schedule,
  resume_schedule,
  list_url_groups,
  get_url_group,
  set_url_group_headers,
  delete_url_group,
  upsert_endpoints,
  remove_endpoints,
  list_dead_letters,
  delete_dead_letters,
  get_dead_letter,
  delete_dead_letter,
  retry_dead_letter,
  retry_dead_letters,
  list_logs,    ///< `/v2/logs`
  list_events,  ///< `/v2/events`: the same under the name that SDKs call.
  list_flow_controls,
  get_flow_control,
  pause_flow_control,
  resume_flow_control,
  pin_flow_control,
  unpin_flow_control,
  reset_flow_control_rate,
  reset_flow_control,
  get_global_parallelism,
  get_keys,
  rotate_keys
};

/// Whom a route serves.
enum class Access : std::uint8_t {
  anybody,  ///< Without a token.
  read,     ///< Any token.
  write  ///< A token that may do more than read. Signing keys are no reading matter: who has them
         ///< can forge deliveries.
};

/// One row of what is served. The router, the 405 answers and /openapi.json are made of these.
struct RouteRow {
  std::string_view methods;  ///< "GET", or several: "PATCH, POST, PUT".
  /// Literal segments match in any case. `{name}` is one segment, percent-decoded once;
  /// `{name...}` is everything up to the segments behind it, if any, decoded likewise, but
  /// `{destination...}` is the raw rest, and may be empty.
  std::string_view path;
  Endpoint endpoint;
  Access access;
  std::string_view tag;
  std::string_view summary;
  bool legacy = false;  ///< An older name of another row, or a way of writing that only some use.
};

std::span<const RouteRow> route_table();

/// The endpoint's name in the API's description: `get_message`.
std::string_view to_string(Endpoint endpoint);

}  // namespace godwit
