#include "dashboard/routing/router.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "api/route.h"
#include "core/assert.h"

namespace godwit {
namespace {

using Names = std::map<std::string, std::string, std::less<>>;

struct Fit {
  Names names;
  std::size_t literals = 0;
};

std::string_view take_segment(std::string_view& path) {
  const std::size_t slash = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, slash);
  path.remove_prefix(std::min(slash + 1, path.size()));
  return segment;
}

std::optional<Fit> fit(std::string_view pattern, std::string_view path) {
  Fit found;
  while (!pattern.empty() && !path.empty()) {
    const std::string_view expected = take_segment(pattern);
    const std::string_view segment = take_segment(path);
    if (expected.starts_with('{')) {
      if (segment.empty()) return std::nullopt;
      found.names.emplace(expected.substr(1, expected.size() - 2), percent_decode(segment));
    } else if (expected == segment) {
      ++found.literals;
    } else {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return found;
}

}  // namespace

const std::string& DashboardCall::at(std::string_view name) const {
  const auto found = path.find(name);
  GODWIT_ASSERT(found != path.end());
  return found->second;
}

boost::asio::awaitable<HttpResponse> answered(HttpResponse response) { co_return response; }

void DashboardRouter::add(DashboardRoute route) {
  GODWIT_ASSERT(route.path.starts_with('/') && route.handle != nullptr);
  routes_.push_back(std::move(route));
}

std::expected<DashboardRouter::Match, DashboardRouter::NoRoute> DashboardRouter::find(
    std::string_view method, std::string_view target) const {
  std::string_view path = target.substr(0, target.find('?'));
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (method == "HEAD") method = "GET";
  Match best;
  std::size_t literals = 0;
  NoRoute others;
  for (const DashboardRoute& route : routes_) {
    std::optional<Fit> found = fit(route.path, path);
    if (!found) continue;
    if (route.method != method) {
      if (!others.methods.empty()) others.methods += ", ";
      others.methods += route.method;
    } else if (best.route == nullptr || found->literals > literals) {
      literals = found->literals;
      best = {.route = &route, .path = std::move(found->names)};
    }
  }
  if (best.route == nullptr) return std::unexpected(std::move(others));
  return best;
}

}  // namespace godwit
