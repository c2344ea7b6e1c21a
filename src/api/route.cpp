#include "api/route.h"

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <utility>

#include "core/ascii.h"
#include "core/message.h"

namespace godwit {
namespace {

bool starts_with_ignore_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && equals_ignore_case(text.substr(0, prefix.size()), prefix);
}

/// Decodes a name or value of a query: `+` is a blank there.
std::string query_decode(std::string_view text) {
  if (text.find_first_of("%+") == std::string_view::npos) return std::string(text);
  std::string blanks(text);
  for (char& c : blanks) {
    if (c == '+') c = ' ';
  }
  return percent_decode(blanks);
}

enum class Rest { to_query, to_destination, dropped };

/// Sorts the parameters of `query`: ours go into the route, `rest` says what becomes of the others.
void read_query(std::string_view query, Rest rest, Route& route) {
  char separator = '?';
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view parameter = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);

    const std::size_t equals = parameter.find('=');
    std::string name = query_decode(parameter.substr(0, equals));
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view{} : parameter.substr(equals + 1);
    if (equals_ignore_case(name, "qstash_token")) {
      // Tokens are base64: a plus sign is part of them, however it was written.
      if (route.token.empty()) route.token = percent_decode(value);
    } else if (starts_with_ignore_case(name, "upstash-")) {
      route.settings.push_back({.name = std::move(name), .value = query_decode(value)});
    } else if (rest == Rest::to_destination) {
      route.destination.push_back(separator);
      route.destination.append(parameter);
      separator = '&';
    } else if (rest == Rest::to_query && !parameter.empty()) {
      route.query.push_back({.name = std::move(name), .value = query_decode(value)});
    }
  }
}

/// `rest` is what follows `/v2/publish/` and the like, up to the query.
void read_destination(std::string_view rest, std::string_view query, Route& route) {
  if (starts_with_ignore_case(rest, "http%3a") || starts_with_ignore_case(rest, "https%3a")) {
    route.destination = percent_decode(rest);
    read_query(query, Rest::dropped, route);
    return;
  }
  for (const std::string_view scheme : {"http:/", "https:/"}) {
    // A proxy on the way may have folded the two slashes into one.
    if (starts_with_ignore_case(rest, scheme) && rest.size() > scheme.size() &&
        rest[scheme.size()] != '/') {
      route.destination.append(rest.substr(0, scheme.size()));
      route.destination.push_back('/');
      rest.remove_prefix(scheme.size());
    }
  }
  route.destination.append(rest);
  read_query(query, Rest::to_destination, route);
}

/// Takes the segment before the next slash off `path`, slash included.
std::string_view take_segment(std::string_view& path) {
  const std::size_t end = path.find('/');
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
  return segment;
}

bool begins_like_url(std::string_view segment) {
  for (const std::string_view scheme : {"http:", "https:", "http%3a", "https%3a"}) {
    if (starts_with_ignore_case(segment, scheme)) return true;
  }
  return false;
}

/// Whether `segment` can stand for a pattern's `{parameter}`. Some paths would mean two things.
bool may_be(std::string_view parameter, std::string_view segment) {
  if (segment.empty()) return false;
  if (parameter == "{scheduleId}") return !begins_like_url(segment);
  if (parameter == "{dlqId}") {
    return !equals_ignore_case(segment, "retry") && !equals_ignore_case(segment, "messages");
  }
  return true;
}

/// What a row found in a path. Views into the path, still encoded.
struct Match {
  const RouteRow* row = nullptr;
  std::string_view queue;
  std::string_view id;
  std::string_view destination;
  bool has_destination = false;
  int literals = 0;
};

/// `path` begins behind the first slash and ends without one, except before a destination:
/// `raw_path` ends as it came.
std::optional<Match> match(const RouteRow& row, std::string_view path, std::string_view raw_path) {
  Match found;
  found.row = &row;
  std::string_view pattern = row.path.substr(1);
  while (!pattern.empty()) {
    const std::string_view part = take_segment(pattern);
    if (!part.starts_with('{')) {
      if (path.empty() || !equals_ignore_case(take_segment(path), part)) return std::nullopt;
      ++found.literals;
    } else if (part == "{destination...}") {
      found.has_destination = true;
      found.destination = raw_path.substr(static_cast<std::size_t>(path.data() - raw_path.data()));
      // Of the slashes at the end, `path` has none: the one before the destination among them.
      if (path.empty() && found.destination.starts_with('/')) found.destination.remove_prefix(1);
      return found;
    } else if (part.ends_with("...}")) {
      // At most one literal stands behind it.
      if (pattern.empty()) {
        if (path.empty()) return std::nullopt;
        found.id = std::exchange(path, {});
      } else {
        const std::size_t slash = path.rfind('/');
        if (slash == std::string_view::npos) return std::nullopt;
        found.id = path.substr(0, slash);
        path.remove_prefix(slash + 1);
      }
    } else {
      const std::string_view segment = take_segment(path);
      if (!may_be(part, segment)) return std::nullopt;
      (pattern.starts_with("{destination") ? found.queue : found.id) = segment;
    }
  }
  if (!path.empty()) return std::nullopt;
  return found;
}

bool has_method(std::string_view methods, std::string_view method) {
  while (!methods.empty()) {
    const std::size_t comma = methods.find(',');
    if (methods.substr(0, comma) == method) return true;
    methods.remove_prefix(comma == std::string_view::npos ? methods.size() : comma + 2);
  }
  return false;
}

/// Adds those of `methods` that `allow` has not yet.
void allow_also(std::string_view methods, std::string& allow) {
  while (!methods.empty()) {
    const std::size_t comma = methods.find(',');
    const std::string_view method = methods.substr(0, comma);
    methods.remove_prefix(comma == std::string_view::npos ? methods.size() : comma + 2);
    if (has_method(allow, method)) continue;
    if (!allow.empty()) allow.append(", ");
    allow.append(method);
  }
}

/// Under these, QStash has what belongs to workflows.
bool is_of_workflows(std::string_view path) {
  if (!equals_ignore_case(take_segment(path), "v2")) return false;
  const std::string_view first = take_segment(path);
  for (const std::string_view name :
       {"trigger", "workflows", "notify", "waiters", "wait", "hooks"}) {
    if (equals_ignore_case(first, name)) return true;
  }
  return equals_ignore_case(first, "batch") && equals_ignore_case(take_segment(path), "trigger");
}

/// Clients behind a proxy setting send `http://host/path`; the path is what we look at.
std::string_view without_authority(std::string_view target) {
  if (!starts_with_ignore_case(target, "http://") && !starts_with_ignore_case(target, "https://")) {
    return target;
  }
  const std::size_t path = target.find_first_of("/?", target.find("//") + 2);
  return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

}  // namespace

std::string percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = ascii::hex_value(text[i + 1]);
      const int low = ascii::hex_value(text[i + 2]);
      if (high >= 0 && low >= 0) {
        decoded.push_back(static_cast<char>(high * 16 + low));
        i += 2;
        continue;
      }
    }
    decoded.push_back(text[i]);
  }
  return decoded;
}

Route parse_route(std::string_view method, std::string_view target) {
  Route route;
  if (method == "OPTIONS") {
    route.endpoint = Endpoint::preflight;
    route.access = Access::anybody;
    return route;
  }
  target = without_authority(target);
  const std::size_t question = target.find('?');
  std::string_view raw_path = target.substr(0, question);
  const std::string_view query =
      question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);
  if (!raw_path.empty()) {
    if (raw_path.front() != '/') return route;
    raw_path.remove_prefix(1);
  }
  std::string_view path = raw_path;
  while (path.ends_with('/')) path.remove_suffix(1);

  std::optional<Match> best;
  for (const RouteRow& row : route_table()) {
    // Every path but the root begins with literals: most rows differ in the same byte of them.
    if (path.size() > 3 && row.path.size() > 4 &&
        ascii::to_lower(path[3]) != ascii::to_lower(row.path[4])) {
      continue;
    }
    const std::optional<Match> found = match(row, path, raw_path);
    if (!found) continue;
    if (!has_method(row.methods, method)) {
      allow_also(row.methods, route.allow);
    } else if (!best || found->literals > best->literals) {
      best = found;
    }
  }
  if (!best) {
    if (is_of_workflows(path)) {
      route.endpoint = Endpoint::not_supported;
    } else if (!route.allow.empty()) {
      route.endpoint = Endpoint::method_not_allowed;
    }
    // Whoever asks for what exists shows a token first.
    if (route.endpoint != Endpoint::not_found) route.access = Access::write;
    read_query(query, Rest::to_query, route);
    return route;
  }
  route.allow.clear();
  route.endpoint = best->row->endpoint;
  route.access = best->row->access;
  route.id = percent_decode(best->id);
  route.queue = percent_decode(best->queue);
  if (best->has_destination) {
    read_destination(best->destination, query, route);
  } else {
    read_query(query, Rest::to_query, route);
  }
  return route;
}

}  // namespace godwit
