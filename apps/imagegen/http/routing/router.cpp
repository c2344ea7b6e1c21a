#include "imagegen/http/routing/router.h"

#include <algorithm>

namespace godwit::imagegen {
namespace {

std::string_view take_segment(std::string_view& path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  const std::size_t end = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

/// How many literal segments of `pattern` the path has; -1: it does not match.
int match_path(std::string_view pattern, std::string_view path, std::vector<std::string>& names) {
  int literals = 0;
  while (!pattern.empty() || !path.empty()) {
    if (pattern.empty() || path.empty()) return -1;
    const std::string_view wanted = take_segment(pattern);
    const std::string_view given = take_segment(path);
    if (wanted.starts_with('{')) {
      if (given.empty()) return -1;
      names.push_back(percent_decode(given, false));
    } else if (wanted == given) {
      ++literals;
    } else {
      return -1;
    }
  }
  return literals;
}

}  // namespace

Match Router::match(std::string_view method, std::string_view path) const {
  Match best;
  int best_literals = -1;
  std::vector<std::string_view> methods;
  for (const Routes routes : groups_) {
    for (const Route& route : routes) {
      std::vector<std::string> names;
      const int literals = match_path(route.path, path, names);
      if (literals < 0) continue;
      if (std::ranges::find(methods, route.method) == methods.end()) {
        methods.push_back(route.method);
      }
      const bool wanted = route.method == method || (method == "HEAD" && route.method == "GET");
      if (!wanted || literals <= best_literals) continue;
      best_literals = literals;
      best.route = &route;
      best.names = std::move(names);
    }
  }
  if (best.route == nullptr) {
    for (const std::string_view each : methods) {
      if (!best.allowed.empty()) best.allowed += ", ";
      best.allowed += each;
      if (each == "GET") best.allowed += ", HEAD";
    }
  }
  return best;
}

}  // namespace godwit::imagegen
