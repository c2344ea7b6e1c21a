#include "api/route.h"

#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>

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

/// `rest` is what follows `/v2/publish/`, up to the query.
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

struct Segments {
  static constexpr std::size_t size_max = 4;
  std::array<std::string_view, size_max> at;
  std::size_t size = 0;

  bool is(std::size_t index, std::string_view literal) const {
    return index < size && equals_ignore_case(at[index], literal);
  }
};

/// nullopt when there are more segments than any route of ours has.
std::optional<Segments> split(std::string_view path) {
  Segments segments;
  while (path.ends_with('/')) path.remove_suffix(1);
  while (!path.empty()) {
    if (segments.size == Segments::size_max) return std::nullopt;
    const std::size_t end = path.find('/');
    segments.at[segments.size++] = path.substr(0, end);
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
  }
  return segments;
}

struct Choice {
  std::string_view method;
  Endpoint endpoint;
};

void choose(std::string_view method, std::initializer_list<Choice> choices, std::string_view allow,
            Route& route) {
  for (const Choice& choice : choices) {
    if (choice.method == method) {
      route.endpoint = choice.endpoint;
      return;
    }
  }
  route.endpoint = Endpoint::method_not_allowed;
  route.allow = allow;
}

struct Unsupported {
  std::string_view segment;
  std::string_view feature;
};
constexpr std::array<Unsupported, 14> unsupported = {{
    {"enqueue", "queues"},
    {"queues", "queues"},
    {"queue", "queues"},
    {"schedules", "schedules"},
    {"topics", "URL groups"},
    {"flowControl", "flow control keys"},
    {"globalParallelism", "flow control keys"},
    {"bulkActions", "bulk actions"},
    {"trigger", "workflows"},
    {"workflows", "workflows"},
    {"notify", "workflows"},
    {"waiters", "workflows"},
    {"wait", "workflows"},
    {"hooks", "workflows"},
}};

void choose_v2(std::string_view method, std::string_view path, Route& route) {
  const std::string_view first = path.substr(0, path.find('/'));
  for (const Unsupported& entry : unsupported) {
    if (equals_ignore_case(first, entry.segment)) {
      route.endpoint = Endpoint::not_supported;
      route.feature = entry.feature;
      return;
    }
  }
  const std::optional<Segments> found = split(path);
  if (!found) return;
  const Segments& segments = *found;
  const std::size_t size = segments.size;

  if (segments.is(0, "batch")) {
    if (size == 1) {
      choose(method, {{"POST", Endpoint::batch}}, "POST", route);
    } else if (size == 2 && segments.is(1, "trigger")) {
      route.endpoint = Endpoint::not_supported;
      route.feature = "workflows";
    }
  } else if (segments.is(0, "messages")) {
    if (size == 1) {
      choose(method, {{"DELETE", Endpoint::cancel_messages}}, "DELETE", route);
    } else if (size == 2) {
      route.id = percent_decode(segments.at[1]);
      choose(method, {{"GET", Endpoint::get_message}, {"DELETE", Endpoint::cancel_message}},
             "GET, DELETE", route);
    } else if (size == 3 && segments.is(2, "retry")) {
      route.id = percent_decode(segments.at[1]);
      choose(method, {{"POST", Endpoint::run_message_now}}, "POST", route);
    }
  } else if (segments.is(0, "dlq")) {
    if (size == 1) {
      choose(method,
             {{"GET", Endpoint::list_dead_letters}, {"DELETE", Endpoint::delete_dead_letters}},
             "GET, DELETE", route);
    } else if (segments.is(1, "retry")) {
      if (size == 2) {
        choose(method, {{"POST", Endpoint::retry_dead_letters}}, "POST", route);
      } else if (size == 3) {
        route.id = percent_decode(segments.at[2]);
        choose(method, {{"POST", Endpoint::retry_dead_letter}}, "POST", route);
      }
    } else if (size == 2) {
      route.id = percent_decode(segments.at[1]);
      choose(method, {{"GET", Endpoint::get_dead_letter}, {"DELETE", Endpoint::delete_dead_letter}},
             "GET, DELETE", route);
    }
  } else if (size == 1 && segments.is(0, "logs")) {
    choose(method, {{"GET", Endpoint::list_logs}}, "GET", route);
  } else if (size == 1 && segments.is(0, "events")) {
    choose(method, {{"GET", Endpoint::list_events}}, "GET", route);
  } else if (size == 1 && segments.is(0, "keys")) {
    choose(method, {{"GET", Endpoint::get_keys}}, "GET", route);
  } else if ((size == 1 && segments.is(0, "rotate")) ||
             (size == 2 && segments.is(0, "keys") && segments.is(1, "rotate"))) {
    choose(method, {{"POST", Endpoint::rotate_keys}}, "POST", route);
  }
}

void choose_plain(std::string_view method, std::string_view path, Route& route) {
  while (path.ends_with('/')) path.remove_suffix(1);
  const auto get = [&](Endpoint endpoint) {
    choose(method, {{"GET", endpoint}, {"HEAD", endpoint}}, "GET, HEAD", route);
  };
  if (path.empty()) return get(Endpoint::root);
  if (equals_ignore_case(path, "/healthz")) return get(Endpoint::healthz);
  if (equals_ignore_case(path, "/readyz")) return get(Endpoint::readyz);
  if (equals_ignore_case(path, "/metrics")) return get(Endpoint::metrics);
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
    return route;
  }
  target = without_authority(target);
  const std::size_t question = target.find('?');
  const std::string_view path = target.substr(0, question);
  const std::string_view query =
      question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);

  for (const std::string_view prefix : {"/v2/publish", "/v1/publish"}) {
    if (!starts_with_ignore_case(path, prefix)) continue;
    const std::string_view rest = path.substr(prefix.size());
    if (!rest.empty() && rest.front() != '/') continue;
    choose(method, {{"POST", Endpoint::publish}}, "POST", route);
    read_destination(rest.empty() ? rest : rest.substr(1), query, route);
    return route;
  }
  read_query(query, Rest::to_query, route);
  if (starts_with_ignore_case(path, "/v2/")) {
    choose_v2(method, path.substr(4), route);
  } else {
    choose_plain(method, path, route);
  }
  return route;
}

}  // namespace godwit
