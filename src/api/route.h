#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace godwit {

/// A query parameter, or a member of a JSON body that means the same; decoded.
struct Parameter {
  std::string name;
  std::string value;
  friend bool operator==(const Parameter&, const Parameter&) = default;
};

/// What a request wants, of all that the HTTP interface offers.
enum class Endpoint {
  not_found,
  method_not_allowed,
  not_supported,
  preflight,
  root,
  healthz,
  readyz,
  metrics,
  publish,  ///< With or without a queue.
  batch,
  get_message,
  cancel_message,
  cancel_messages,
  run_message_now,
  list_dead_letters,
  delete_dead_letters,
  get_dead_letter,
  delete_dead_letter,
  retry_dead_letter,
  retry_dead_letters,
  list_logs,    ///< `/v2/logs`
  list_events,  ///< `/v2/events`: the same under the name that SDKs call.
  get_keys,
  rotate_keys,
  create_schedule
};

struct Route {
  Endpoint endpoint = Endpoint::not_found;
  std::string id;           ///< Of the message or dead letter, percent-decoded.
  std::string queue;        ///< publish through a queue: its name, percent-decoded; else empty.
  std::string destination;  ///< publish, create_schedule: cleaned of our own parameters, otherwise
                            ///< as written.
  std::vector<Parameter> settings;  ///< `upstash-...` parameters: the same as headers of that name.
  std::vector<Parameter> query;  ///< All others; none when publishing: they are the destination's.
  std::string token;             ///< `qstash_token`
  std::string_view allow;        ///< method_not_allowed: the methods that are.
  std::string_view feature;      ///< not_supported: what it belongs to, in the plural: "queues".
};

/// Reads a request target as it came, without normalising it: a destination inside keeps its
/// slashes, dots and escapes. Literal segments match in any case; slashes at the end do not count.
/// Pure.
///
/// The rest of `/v2/publish/` is the destination. `https:/host` becomes `https://host`; a rest that
/// begins with `http%3A` or `https%3A` is percent-decoded once as a whole, and what follows its `?`
/// then belongs to nobody but us.
Route parse_route(std::string_view method, std::string_view target);

/// Percent-escapes become bytes; a `%` without two hex digits stands for itself.
std::string percent_decode(std::string_view text);

}  // namespace godwit
