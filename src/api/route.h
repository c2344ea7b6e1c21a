#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "api/route_table.h"

namespace godwit {

/// A query parameter, or a member of a JSON body that means the same; decoded.
struct Parameter {
  std::string name;
  std::string value;
  friend bool operator==(const Parameter&, const Parameter&) = default;
};

struct Route {
  Endpoint endpoint = Endpoint::not_found;
  Access access = Access::anybody;  ///< Of a path that does not exist too.
  std::string id;           ///< What the path names: a message, a queue, ...; percent-decoded.
  std::string queue;        ///< publish through a queue: its name, percent-decoded; else empty.
  std::string destination;  ///< publish, create_schedule: cleaned of our own parameters, otherwise
                            ///< as written.
  std::vector<Parameter> settings;  ///< `upstash-...` parameters: the same as headers of that name.
  std::vector<Parameter> query;  ///< All others; none when publishing: they are the destination's.
  std::string token;             ///< `qstash_token`
  std::string allow;             ///< method_not_allowed: the methods that are.
};

/// Reads a request target as it came, without normalising it: a destination inside keeps its
/// slashes, dots and escapes. Literal segments match in any case; slashes at the end do not count.
/// Of the rows of route_table() that match, the one with the most literal segments is meant. Pure.
///
/// A destination is the rest of the target. `https:/host` becomes `https://host`; a rest that
/// begins with `http%3A` or `https%3A` is percent-decoded once as a whole, and what follows its `?`
/// then belongs to nobody but us. Routes of workflows are not_supported.
Route parse_route(std::string_view method, std::string_view target);

/// Percent-escapes become bytes; a `%` without two hex digits stands for itself.
std::string percent_decode(std::string_view text);

}  // namespace godwit
