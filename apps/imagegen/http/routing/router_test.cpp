#include "imagegen/http/routing/router.h"

#include <doctest/doctest.h>

#include "imagegen/http/resources/resources.h"

namespace godwit::imagegen {
namespace {

std::string path_of(const Router& router, std::string_view method, std::string_view path) {
  const Match match = router.match(method, path);
  return match.route == nullptr ? std::string() : std::string(match.route->path);
}

}  // namespace

TEST_CASE("the route with more literal segments is meant") {
  const Router router(all_routes());
  CHECK(path_of(router, "GET", "/api/images/facets") == "/api/images/facets");
  CHECK(path_of(router, "DELETE", "/api/images/facets") == "/api/images/{id}");
  CHECK(path_of(router, "POST", "/api/generations/preview") == "/api/generations/preview");
  CHECK(path_of(router, "GET", "/api/generations/gen_1/tasks") == "/api/generations/{id}/tasks");
}

TEST_CASE("names in a path are decoded once and may not be empty") {
  const Router router(all_routes());
  CHECK(router.match("GET", "/api/generations/a%2Fb%2541").names ==
        std::vector<std::string>{"a/b%41"});
  CHECK(path_of(router, "GET", "/api/generations/").empty());
  CHECK(path_of(router, "GET", "/images//thumb").empty());
}

TEST_CASE("a path that is served with other methods tells which") {
  const Router router(all_routes());
  const Match match = router.match("PATCH", "/api/generations/gen_1");
  CHECK(match.route == nullptr);
  CHECK(match.allowed == "GET, HEAD, DELETE");
  CHECK(router.match("GET", "/api/nothing").allowed.empty());
  CHECK(path_of(router, "HEAD", "/api/status") == "/api/status");
}

TEST_CASE("every route that changes something asks for the session's token or a signature") {
  for (const Routes routes : all_routes()) {
    for (const Route& route : routes) {
      INFO(route.method, " ", route.path);
      CHECK_FALSE(route.summary.empty());
      if (route.method == "GET") continue;
      const bool guarded = route.access == Access::writer || route.access == Access::broker ||
                           route.path == "/api/session";
      CHECK(guarded);
    }
  }
}

TEST_CASE("queries are decoded, and wrong values name their parameter") {
  const Outcome<QueryString> query =
      QueryString::parse("a=1&b=x+y%20z&a=2&c&limit=7&flag=1&list=a,,b");
  REQUIRE(query);
  CHECK(query->text("a") == "1");
  CHECK(query->text("b") == "x y z");
  CHECK(query->has("c"));
  CHECK(query->text("none").empty());
  CHECK(query->list("list") == std::vector<std::string>{"a", "b"});
  CHECK(query->integer("limit", 5, 1, 10) == 7);
  CHECK(query->integer("none", 5, 1, 10) == 5);
  CHECK(query->integer("limit", 5, 1, 6).error().field == "limit");
  CHECK(query->integer("b", 5, 1, 6).error().field == "b");
  CHECK(query->flag("flag") == true);
  CHECK(query->flag("b").error().field == "b");
  CHECK_FALSE(QueryString::parse("a=%ff"));
}

}  // namespace godwit::imagegen
