#include "dashboard/session/gate.h"

#include <doctest/doctest.h>

#include "core/signature.h"
#include "testing/fake_clock.h"

namespace godwit {
namespace {

struct World {
  explicit World(DashboardGateSettings settings = {}) : gate(std::move(settings), sessions, clock) {
    sessions.set_tokens({{.id = "tok_1",
                          .account = "default",
                          .credential = {7, false},
                          .digest = sha256("writer")},
                         {.id = "tok_2",
                          .account = "default",
                          .credential = {7, true},
                          .digest = sha256("reader")}});
  }

  static HttpRequest request(std::string method, Headers headers = {}) {
    HttpRequest made;
    made.method = std::move(method);
    made.target = "/admin/v1/tokens";
    made.headers = {{"Host", "localhost:8080"}};
    for (Header& header : headers) {
      std::erase_if(made.headers, [&](const Header& each) { return each.name == header.name; });
      made.headers.push_back(std::move(header));
    }
    made.remote_address = "127.0.0.1";
    return made;
  }

  std::string log_in(const std::string& token) {
    const Caller caller = caller_of(request("POST"), {});
    const auto cookie = gate.log_in(caller, token);
    REQUIRE(cookie);
    return *cookie;
  }

  /// The problem's code; empty: let in.
  std::string code(const HttpRequest& made, DashboardAccess access) const {
    const auto entry = gate.admit(made, access);
    return entry ? std::string() : entry.error().code;
  }

  FakeClock clock;
  Sessions sessions{std::string(32, 's'), Milliseconds(86'400'000)};
  DashboardGate gate;
};

Header cookie_header(const std::string& cookie) {
  return {"Cookie", "other=1; godwit_session=" + cookie};
}

}  // namespace

TEST_CASE("a token in the header needs nothing else, and a wrong one is not saved by a cookie") {
  World world;
  const std::string cookie = world.log_in("writer");
  CHECK(world.code(World::request(
                       "POST", {{"Host", "anything.example"}, {"Authorization", "Bearer writer"}}),
                   DashboardAccess::write) == "");
  CHECK(
      world.code(World::request("GET", {{"Authorization", "Bearer wrong"}, cookie_header(cookie)}),
                 DashboardAccess::read) == "unauthenticated");
  CHECK(world.code(World::request("GET"), DashboardAccess::read) == "unauthenticated");
  CHECK(world.code(World::request("GET"), DashboardAccess::anybody) == "");
}

TEST_CASE("with a cookie, what changes something needs the session's own token") {
  World world;
  const std::string cookie = world.log_in("writer");
  const std::string other = world.log_in("writer");
  const std::string csrf = world.sessions.find(cookie, world.clock.now())->csrf_token;
  const std::string foreign = world.sessions.find(other, world.clock.now())->csrf_token;
  const Header with = cookie_header(cookie);
  CHECK(world.code(World::request("GET", {with}), DashboardAccess::read) == "");
  CHECK(world.code(World::request("HEAD", {with}), DashboardAccess::read) == "");
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
    INFO(method);
    CHECK(world.code(World::request(method, {with}), DashboardAccess::write) == "csrf");
    CHECK(world.code(World::request(method, {with, {"X-CSRF-Token", foreign}}),
                     DashboardAccess::write) == "csrf");
    CHECK(world.code(World::request(method, {with, {"X-CSRF-Token", csrf}}),
                     DashboardAccess::write) == "");
    const auto api = world.gate.admit_to_api(World::request(method, {with}));
    REQUIRE_FALSE(api);
    CHECK(api.error().code == "csrf");
    CHECK(world.gate.admit_to_api(World::request(method, {with, {"X-CSRF-Token", csrf}}))
              .value()
              ->account == 7);
  }
}

TEST_CASE("a read-only token sees and changes nothing") {
  World world;
  const std::string cookie = world.log_in("reader");
  const std::string csrf = world.sessions.find(cookie, world.clock.now())->csrf_token;
  const HttpRequest request =
      World::request("POST", {cookie_header(cookie), {"X-CSRF-Token", csrf}});
  CHECK(world.code(request, DashboardAccess::write) == "read_only");
  CHECK(world.code(request, DashboardAccess::read) == "");
  CHECK(world.gate.admit_to_api(request).value()->read_only);
}

TEST_CASE("pages of other sites are refused, even with the session's token") {
  World world;
  const std::string cookie = world.log_in("writer");
  const std::string csrf = world.sessions.find(cookie, world.clock.now())->csrf_token;
  struct Row {
    const char* name;
    const char* value;
    const char* code;
  };
  for (const Row& row :
       {Row{"Origin", "http://evil.example", "foreign_origin"},
        Row{"Origin", "null", "foreign_origin"},
        Row{"Origin", "http://localhost:9999", "foreign_origin"},
        Row{"Sec-Fetch-Site", "cross-site", "foreign_origin"},
        Row{"Sec-Fetch-Site", "same-site", "foreign_origin"},
        Row{"Sec-Fetch-Site", "same-origin", ""}, Row{"Sec-Fetch-Site", "none", ""},
        Row{"Origin", "http://localhost:8080", ""}}) {
    INFO(row.name, ": ", row.value);
    const HttpRequest request = World::request(
        "POST", {cookie_header(cookie), {"X-CSRF-Token", csrf}, {row.name, row.value}});
    CHECK(world.code(request, DashboardAccess::write) == row.code);
    CHECK(world.gate.admit_to_api(request).has_value() == (*row.code == 0));
  }
}

TEST_CASE("a name that is not ours is refused, whatever it points to") {
  World world({.listen_host = "127.0.0.1", .hosts = {"godwit.lan"}});
  const std::string cookie = world.log_in("writer");
  const auto code = [&](const std::string& host) {
    return world.code(World::request("GET", {{"Host", host}, cookie_header(cookie)}),
                      DashboardAccess::read);
  };
  for (const char* host :
       {"localhost:8080", "127.0.0.1", "[::1]:8080", "GODWIT.LAN", "a.localhost"}) {
    INFO(host);
    CHECK(code(host) == "");
  }
  for (const char* host : {"evil.example", "192.168.1.7:8080", "", "localhost.evil.example"}) {
    INFO(host);
    CHECK(code(host) == "foreign_host");
  }
  World beyond({.listen_host = "0.0.0.0"});
  CHECK(beyond.code(World::request("GET", {{"Host", "192.168.1.7:8080"}}),
                    DashboardAccess::anybody) == "");
}

TEST_CASE("wrong tokens are listened to a few times a minute") {
  World world({.logins_per_minute = 3});
  const Caller caller = caller_of(World::request("POST"), {});
  for (int i = 0; i < 3; ++i) {
    const auto wrong = world.gate.log_in(caller, "guess");
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().status == 401);
    CHECK(wrong.error().code == "wrong_token");
  }
  const auto refused = world.gate.log_in(caller, "writer");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().status == 429);
  CHECK(refused.error().code == "too_many_logins");
  CHECK(refused.error().params.front().second == "60");
  Caller elsewhere = caller;
  elsewhere.address = "192.0.2.7";
  CHECK(world.gate.log_in(elsewhere, "writer"));
  world.clock.advance(Milliseconds(60'000));
  CHECK(world.gate.log_in(caller, "writer"));
}

TEST_CASE("the cookie is for this site's requests alone, and for https where that is") {
  DashboardGateSettings settings;
  Result<TrustedProxies> proxies = TrustedProxies::parse({"127.0.0.1"});
  REQUIRE(proxies);
  settings.proxies = *proxies;
  World world(std::move(settings));
  const auto plain = world.gate.admit_to_page(World::request("GET"));
  const auto https =
      world.gate.admit_to_page(World::request("GET", {{"X-Forwarded-Proto", "https"}}));
  REQUIRE(plain);
  REQUIRE(https);
  CHECK(world.gate.set_cookie("x", *plain) ==
        "godwit_session=x; Path=/; Max-Age=86400; HttpOnly; SameSite=Strict");
  CHECK(world.gate.set_cookie("x", *https) ==
        "godwit_session=x; Path=/; Max-Age=86400; HttpOnly; SameSite=Strict; Secure");
  CHECK(world.gate.set_cookie("", *plain) ==
        "godwit_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
}

}  // namespace godwit
