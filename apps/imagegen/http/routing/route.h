#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "imagegen/http/routing/access.h"
#include "imagegen/http/routing/query.h"
#include "imagegen/http/safety/gate.h"
#include "net/http.h"

namespace godwit::imagegen {

struct Services;

/// A request that was matched to a route and let in.
struct Call {
  HttpRequest request;
  std::vector<std::string> names;  ///< What the path's `{...}` stand for, decoded.
  QueryString query;
  Entry entry;
};

using PlainHandler = HttpResponse (*)(Services&, const Call&);
using WaitingHandler = boost::asio::awaitable<HttpResponse> (*)(Services&, Call);
using Handler = std::variant<PlainHandler, WaitingHandler>;

inline constexpr std::size_t small_body = std::size_t{64} << 10;
inline constexpr std::size_t form_body = std::size_t{1} << 20;
inline constexpr std::size_t large_body = std::size_t{8} << 20;

/// One row of what is served: the router, the 405 answers and /openapi.json are made of these.
struct Route {
  std::string_view method;
  std::string_view path;  ///< `{name}` is one segment, percent-decoded.
  Access access = Access::reader;
  Handler handler;
  std::string_view summary;
  std::string_view request = {};  ///< Its schema: an interface of contract.ts; empty: no body.
  std::string_view answer = {};   ///< Likewise; or a media type with a slash.
  std::string_view query = {};    ///< Names of query parameters, with commas between.
  std::size_t body_max = small_body;
};

using Routes = std::span<const Route>;

}  // namespace godwit::imagegen
