#include <doctest/doctest.h>

#include <limits>

#include "dashboard/routing/answer.h"
#include "dashboard/routing/body_json.h"
#include "dashboard/routing/json_request.h"
#include "dashboard/routing/query.h"
#include "dashboard/routing/router.h"

namespace godwit {
namespace {

DashboardRoute route(std::string method, std::string path) {
  return {.method = std::move(method),
          .path = std::move(path),
          .summary = "x",
          .handle = [](const DashboardCall&) { return answered({}); }};
}

std::string body_json(const ShownBody& body) {
  std::string out;
  JsonWriter json(out);
  write_body(json, body);
  return out;
}

}  // namespace

TEST_CASE("a literal path is found before one with names, and names are decoded") {
  DashboardRouter router;
  router.add(route("GET", "/admin/v1/schedules/{id}"));
  router.add(route("GET", "/admin/v1/schedules/preview"));
  router.add(route("DELETE", "/admin/v1/schedules/{id}"));
  router.add(route("GET", "/admin/v1/messages/{id}/attempts/{n}/body"));

  CHECK(router.find("GET", "/admin/v1/schedules/preview?cron=x")->route->path ==
        "/admin/v1/schedules/preview");
  const auto found = router.find("HEAD", "/admin/v1/schedules/a%20b/");
  REQUIRE(found);
  CHECK(found->path.at("id") == "a b");
  const auto nested = router.find("GET", "/admin/v1/messages/m/attempts/2/body");
  REQUIRE(nested);
  CHECK(nested->path.at("n") == "2");

  CHECK(router.find("POST", "/admin/v1/schedules/x").error().methods == "GET, DELETE");
  CHECK(router.find("GET", "/admin/v1/schedules").error().methods.empty());
  CHECK(router.find("GET", "/admin/v1/schedules//").error().methods.empty());
  CHECK(router.find("GET", "/admin/v1/messages//attempts/2/body").error().methods.empty());
}

TEST_CASE("a query is read as browsers write it") {
  const auto query =
      DashboardQuery::parse("/x?state=failed&state=active&text=a+b%2Bc&empty=&flag&&");
  REQUIRE(query);
  CHECK(query->all("state") == std::vector<std::string>{"failed", "active"});
  CHECK(*query->find("text") == "a b+c");
  CHECK(*query->find("empty") == "");
  CHECK(*query->find("flag") == "");
  CHECK(query->find("missing") == nullptr);
  CHECK(DashboardQuery::parse("/x")->parameters().empty());

  const auto limits = DashboardQuery::parse("/x?limit=10&low=0&text=ten&long=99999999999999999999");
  CHECK(limits->count("limit", 1, 100, 50).value() == 10);
  CHECK(limits->count("absent", 1, 100, 50).value() == 50);
  for (const char* name : {"low", "text", "long"}) {
    INFO(name);
    const auto count = limits->count(name, 1, 100, 50);
    REQUIRE_FALSE(count);
    CHECK(count.error().message.starts_with(std::string(name) + ": "));
  }
  std::string many = "/x?";
  for (std::size_t i = 0; i <= DashboardQuery::parameters_max; ++i) many += "a=1&";
  CHECK_FALSE(DashboardQuery::parse(many));
}

TEST_CASE("a request's members are checked and named") {
  const auto request = JsonRequest::parse(R"({"a":"x","b":true,"n":null,"i":7,"e":"aGk="})");
  REQUIRE(request);
  CHECK(request->text("a", 10).value() == "x");
  CHECK(request->text("n", 10).value() == std::nullopt);
  CHECK(request->boolean("b").value() == true);
  CHECK(request->integer("i", 0, 9).value() == 7);
  CHECK(request->bytes("text", "e", 10).value() == "hi");
  CHECK(request->text("b", 10).error().message.starts_with("b: "));
  CHECK(request->text("a", 0).error().message.starts_with("a: "));
  CHECK(request->boolean("a").error().message.starts_with("a: "));
  CHECK(request->integer("i", 8, 9).error().message == "i: give a whole number from 8 to 9");
  CHECK_FALSE(request->bytes("a", "e", 10));
  CHECK_FALSE(request->bytes("text", "a", 10));
  CHECK(JsonRequest::parse("")->has("a") == false);
  CHECK_FALSE(JsonRequest::parse("[]"));
  CHECK_FALSE(JsonRequest::parse("{"));
}

TEST_CASE("a body is text when it is, else base64, and never more than a page can show") {
  CHECK(
      body_json({.kept = "hi", .bytes = 2, .content_type = "text/plain"}) ==
      R"({"bytes":2,"kept":2,"redacted":false,"contentType":"text/plain","text":"hi","base64":null})");
  CHECK(body_json({.kept = "\xff\x00", .bytes = 2}).find(R"("text":null,"base64":"/w)") !=
        std::string::npos);
  CHECK(body_json({.kept = "secret", .bytes = 6, .redacted = true}).find("secret") ==
        std::string::npos);
  // Cut inside a character: text all the same.
  CHECK(body_json({.kept = "\xd1\x8f\xd1", .bytes = 4}).find("\"text\":\"\xd1\x8f\"") !=
        std::string::npos);
  CHECK(body_json({.kept = "\xd1\x8f\xd1", .bytes = 3}).find("\"text\":null") != std::string::npos);
  const std::string large(2 * shown_body_max, 'x');
  CHECK(body_json({.kept = large, .bytes = large.size()}).size() < shown_body_max + 200);
}

TEST_CASE("times and numbers are written as the contract has them") {
  CHECK(iso_time(from_unix_ms(1'790'000'000'120)) == "2026-09-21T14:13:20.120Z");
  CHECK(iso_time(from_unix_ms(0)) == "1970-01-01T00:00:00.000Z");
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_number(json, "a", 1.23456);
  write_number(json, "b", std::nullopt);
  write_number(json, "c", std::numeric_limits<double>::infinity());
  write_text_or_null(json, "d", "");
  json.end_object();
  CHECK(out == R"({"a":1.235,"b":null,"c":null,"d":null})");
  const HttpResponse refused = dashboard_problem(
      {.status = 409, .code = "x", .message = "y", .field = "f", .params = {{"p", "\"1\""}}});
  CHECK(refused.status == 409);
  CHECK(refused.body ==
        R"({"error":{"code":"x","message":"y","field":"f","params":{"p":"\"1\""}}})");
}

}  // namespace godwit
