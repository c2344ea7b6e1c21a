#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/tokens.h"
#include "dashboard/routing/query.h"
#include "net/http.h"

namespace godwit {

/// Whom a route of /admin/v1 serves.
enum class DashboardAccess : std::uint8_t {
  anybody,  ///< With or without a session.
  login,    ///< The same, and an older session needs no X-CSRF-Token to be replaced.
  read,     ///< A session or a token.
  write     ///< One that may do more than read.
};

/// A request to /admin/v1 that has been let in.
struct DashboardCall {
  HttpRequest request;
  DashboardQuery query;
  std::map<std::string, std::string, std::less<>> path;  ///< Of `{name}`; decoded.
  Credential caller;        ///< Of nobody (account 0) where the route's access is `anybody`.
  std::string token_id;     ///< KnownToken::id of the session's or the request's token.
  std::string origin;       ///< As the caller names this server: `https://godwit.example`.
  bool by_session = false;  ///< A cookie let it in, else a Bearer token.

  /// What stood for `{name}` in the route's path, which has it.
  const std::string& at(std::string_view name) const;
};

/// A response that is there already, for handlers that wait for nothing.
boost::asio::awaitable<HttpResponse> answered(HttpResponse response);

/// One row of what /admin/v1 serves; the OpenAPI document is made of these too.
struct DashboardRoute {
  std::string method;  ///< One: "GET". HEAD is answered by GET's handler.
  std::string path;    ///< `/admin/v1/messages/{id}`: a `{name}` is one segment.
  DashboardAccess access = DashboardAccess::read;
  std::string summary;  ///< For the OpenAPI document, in a few words.
  /// Not a coroutine lambda with captures: a lambda that calls a member coroutine.
  std::function<boost::asio::awaitable<HttpResponse>(DashboardCall)> handle;
};

/// The table of routes. A path with literal segments is found before one with names.
class DashboardRouter {
 public:
  void add(DashboardRoute route);

  struct Match {
    const DashboardRoute* route = nullptr;  ///< Never null.
    std::map<std::string, std::string, std::less<>> path;
  };
  /// `methods` is empty when there is no such path, else what 405 names in Allow.
  struct NoRoute {
    std::string methods;
  };
  std::expected<Match, NoRoute> find(std::string_view method, std::string_view target) const;

  const std::vector<DashboardRoute>& routes() const { return routes_; }

 private:
  std::vector<DashboardRoute> routes_;
};

}  // namespace godwit
