#include "imagegen/http/safety/gate.h"

#include "imagegen/http/safety/password.h"
#include "imagegen/http/test_site.h"

namespace godwit::imagegen {
namespace {

constexpr const char* password = "correct horse battery";

TestSiteSettings public_site() {
  TestSiteSettings settings;
  settings.listen_host = "0.0.0.0";
  settings.password = password;
  return settings;
}

void set_header(HttpRequest& request, std::string_view name, std::string value) {
  std::erase_if(request.headers, [&](const Header& each) { return each.name == name; });
  request.headers.push_back({std::string(name), std::move(value)});
}

std::string code_of(const HttpResponse& response) {
  return Json(response.body).string("/error/code");
}

std::string quoted_password(std::string_view text) {
  return "{\"password\":\"" + std::string(text) + "\"}";
}

}  // namespace

TEST_CASE("a name that is not ours is refused, whatever it points to") {
  TestSiteSettings settings;
  settings.hosts = {"images.lan"};
  settings.environment.public_url = "https://images.example.com";
  TestSite site(settings);
  const auto status = [&](const std::string& host) {
    HttpRequest request = TestSite::bare("GET", "/api/session");
    set_header(request, "Host", host);
    return site.send(request).status;
  };
  for (const char* host :
       {"127.0.0.1:8081", "localhost:8081", "LOCALHOST", "[::1]:8081", "imagegen.localhost",
        "127.8.8.8", "images.lan:8081", "images.example.com", "localhost."}) {
    INFO(host);
    CHECK(status(host) == 200);
  }
  for (const char* host :
       {"evil.example", "evil.example:8081", "192.168.1.7:8081", "", "localhost.evil.example",
        "127.0.0.1.evil.example", "[::1", "a b", "images.example.com.evil.example"}) {
    INFO(host);
    CHECK(status(host) == 403);
  }
  HttpRequest health = TestSite::bare("GET", "/healthz");
  set_header(health, "Host", "10.0.0.7:8081");
  CHECK(site.send(health).status == 200);
}

TEST_CASE("beyond this machine addresses are ours, and nobody comes in without a login") {
  TestSite site(public_site());
  HttpRequest request = TestSite::bare("GET", "/api/status");
  set_header(request, "Host", "192.168.1.7:8081");
  const HttpResponse refused = site.send(request);
  CHECK(refused.status == 401);
  CHECK(code_of(refused) == "not_authenticated");
  CHECK(site.send(TestSite::bare("GET", "/images/img_1")).status == 401);
  CHECK(site.send(TestSite::bare("GET", "/healthz")).status == 200);
  const Json session = site.json(200, "GET", "/api/session");
  CHECK(session.boolean("/loginRequired"));
  CHECK_FALSE(session.boolean("/authenticated"));
}

TEST_CASE("the broker's addresses need no session: a signature decides") {
  TestSite site(public_site());
  for (const char* path : {"/api/process-generation-task", "/api/task-results"}) {
    INFO(path);
    HttpRequest request = TestSite::bare("POST", path, "{}");
    set_header(request, "Host", "tunnel.example");
    const HttpResponse response = site.send(request);
    INFO(response.body);
    CHECK(response.status != 403);
    CHECK(response.body.find("not_authenticated") == std::string::npos);
  }
}

TEST_CASE("who logs in gets a new session that outlives a restart and ends with the login") {
  TestSite site(public_site());
  site.open_session();
  const std::string before = site.cookie;
  const HttpResponse response = site.call("POST", "/api/session", quoted_password(password));
  REQUIRE(response.status == 200);
  CHECK(Json(response.body).boolean("/authenticated"));
  site.take_session(response);
  CHECK(site.cookie != before);
  const std::string set_cookie = header_of(response, "Set-Cookie");
  CHECK(set_cookie.find("HttpOnly") != std::string::npos);
  CHECK(set_cookie.find("SameSite=Strict") != std::string::npos);
  CHECK(set_cookie.find("Secure") == std::string::npos);
  CHECK(site.call("GET", "/api/status").status == 200);

  // The same data, read by a new process.
  Sessions again = must(Sessions::open(site.vault, 8081));
  HttpRequest request = site.request("GET", "/api/status");
  const std::string session = again.of(request);
  const std::string record = must(password_record(password, again.salt()));
  CHECK(again.logged_in(session, record, site.clock.now()));
  CHECK_FALSE(again.logged_in(session, "another password's record", site.clock.now()));
  CHECK_FALSE(again.logged_in(session, record, site.clock.now() + Sessions::login_time));

  CHECK(site.call("DELETE", "/api/session").status == 200);
  CHECK(site.call("GET", "/api/status").status == 401);
}

TEST_CASE("a session that was there before the login does not get in with it") {
  TestSite site(public_site());
  site.open_session();
  const std::string planted = site.cookie;
  const std::string token = site.csrf;
  REQUIRE(site.call("POST", "/api/session", quoted_password(password)).status == 200);
  site.cookie = planted;
  site.csrf = token;
  CHECK(site.call("GET", "/api/status").status == 401);
}

TEST_CASE("wrong passwords are listened to five times") {
  TestSite site(public_site());
  for (std::size_t i = 0; i < LoginLimitSettings().per_address; ++i) {
    const HttpResponse wrong = site.call("POST", "/api/session", quoted_password("guess"));
    CHECK(wrong.status == 401);
    CHECK(code_of(wrong) == "wrong_password");
  }
  const HttpResponse refused = site.call("POST", "/api/session", quoted_password(password));
  CHECK(refused.status == 429);
  CHECK(code_of(refused) == "too_many_logins");
  CHECK(header_of(refused, "Retry-After") == "900");
  site.clock.advance(LoginLimitSettings().window);
  CHECK(site.call("POST", "/api/session", quoted_password(password)).status == 200);
}

TEST_CASE("many addresses together cannot guess on, and an IPv6 network counts as one") {
  LoginLimit limit;
  const Timestamp now = from_unix_ms(0);
  for (std::size_t i = 0; i < LoginLimitSettings().per_address; ++i) {
    CHECK_FALSE(limit.wait("2001:db8::1", now));
    limit.failed("2001:db8::" + std::to_string(i + 1), now);
  }
  CHECK(limit.wait("2001:db8::ffff", now) == LoginLimitSettings().window);
  CHECK_FALSE(limit.wait("2001:db8:0:1::1", now));
  for (std::size_t i = 0; i < LoginLimitSettings().in_all; ++i) {
    limit.failed("10.0.0." + std::to_string(i), now);
  }
  CHECK(limit.wait("192.0.2.1", now));
  CHECK_FALSE(limit.wait("192.0.2.1", now + LoginLimitSettings().window));
}

TEST_CASE("what changes something needs the session's own token") {
  TestSite site;
  const std::string body = R"({"name":"a","content":"b"})";
  CHECK(site.send(TestSite::bare("POST", "/api/prompts", body)).status == 403);

  HttpRequest request = site.request("POST", "/api/prompts", body);
  set_header(request, "X-CSRF-Token", "AAAA");
  CHECK(code_of(site.send(request)) == "csrf");

  TestSite other;
  request = site.request("POST", "/api/prompts", body);
  other.open_session();
  set_header(request, "X-CSRF-Token", other.csrf);
  CHECK(site.send(request).status == 403);

  CHECK(site.send(site.request("POST", "/api/prompts", body)).status == 200);
}

TEST_CASE("pages of other sites are refused, even with the token") {
  TestSite site;
  const std::string body = R"({"name":"a","content":"b"})";
  struct Row {
    const char* name;
    const char* value;
    int status;
  };
  for (const Row& row :
       {Row{"Origin", "http://evil.example", 403}, Row{"Origin", "null", 403},
        Row{"Origin", "http://127.0.0.1:9999", 403}, Row{"Sec-Fetch-Site", "cross-site", 403},
        Row{"Sec-Fetch-Site", "same-site", 403}, Row{"Sec-Fetch-Site", "same-origin", 200},
        Row{"Origin", "http://127.0.0.1:8081", 200}}) {
    INFO(row.name, ": ", row.value);
    HttpRequest request = site.request("DELETE", "/api/session");
    request.headers.push_back({row.name, row.value});
    CHECK(site.send(request).status == row.status);
  }
}

TEST_CASE("headers of proxies count only when the proxy is trusted") {
  TestSiteSettings settings;
  settings.proxies = {"10.0.0.0/8"};
  settings.environment.public_url = "https://images.example.com";
  settings.password = password;
  TestSite site(settings);
  HttpRequest request = TestSite::bare("GET", "/api/session");
  request.headers.push_back({"X-Forwarded-Host", "images.example.com"});
  request.headers.push_back({"X-Forwarded-Proto", "https"});
  request.headers.push_back({"X-Forwarded-For", "203.0.113.9, 10.1.1.1"});
  request.remote_address = "10.0.0.7";
  const HttpResponse trusted = site.send(request);
  CHECK(trusted.status == 200);
  CHECK(header_of(trusted, "Set-Cookie").find("; Secure") != std::string::npos);
  request.remote_address = "192.0.2.7";
  const HttpResponse untrusted = site.send(request);
  CHECK(header_of(untrusted, "Set-Cookie").find("; Secure") == std::string::npos);

  const TrustedProxies proxies = must(TrustedProxies::parse({"10.0.0.0/8", "2001:db8::/32"}));
  request.remote_address = "10.0.0.7";
  CHECK(caller_of(request, proxies).address == "203.0.113.9");
  request.remote_address = "192.0.2.7";
  CHECK(caller_of(request, proxies).address == "192.0.2.7");
  CHECK(proxies.trusts("2001:db8::1"));
  CHECK_FALSE(proxies.trusts("2001:db9::1"));
  for (const char* item : {"10.0.0.0/33", "name", "", "10.0.0.0/", "10.0.0.0/x"}) {
    INFO(item);
    CHECK_FALSE(TrustedProxies::parse({item}));
  }
}

TEST_CASE("who comes by a public https name gets a cookie for https only") {
  TestSiteSettings settings;
  settings.environment.vercel_url = "app.example.com";
  TestSite site(settings);
  HttpRequest request = TestSite::bare("GET", "/api/session");
  set_header(request, "Host", "app.example.com");
  CHECK(header_of(site.send(request), "Set-Cookie").find("; Secure") != std::string::npos);
  set_header(request, "Host", "127.0.0.1:8081");
  CHECK(header_of(site.send(request), "Set-Cookie").find("; Secure") == std::string::npos);
}

TEST_CASE("through a proxy nobody comes in before there is a password") {
  TestSite site;
  HttpRequest request = TestSite::bare("GET", "/api/status");
  request.headers.push_back({"X-Forwarded-For", "203.0.113.9"});
  const HttpResponse response = site.send(request);
  CHECK(response.status == 403);
  CHECK(code_of(response) == "password_missing");
}

TEST_CASE("a password that is set while the server runs counts at once") {
  TestSite site;
  CHECK(site.call("GET", "/api/status").status == 200);
  must(save_password_record(site.directory.path(),
                            must(password_record(password, "0123456789abcdef"))));
  CHECK(site.call("GET", "/api/status").status == 401);
  site.take_session(site.call("POST", "/api/session", quoted_password(password)));
  CHECK(site.call("GET", "/api/status").status == 200);
  must(remove_password_record(site.directory.path()));
  CHECK(site.call("GET", "/api/status").status == 200);
}

TEST_CASE("a password's record proves it and nothing else") {
  const std::string record = must(password_record(password, "0123456789abcdef"));
  CHECK(record.starts_with("scrypt:32768:8:1:"));
  CHECK(password_matches(password, record));
  CHECK_FALSE(password_matches("correct horse batterz", record));
  CHECK_FALSE(password_matches(password, "scrypt:32768:8:1:AAAA:AAAA"));
  CHECK_FALSE(password_matches(password, ""));
  CHECK(check_password("0123456789"));
  CHECK_FALSE(check_password("short"));
  CHECK_FALSE(check_password("0123456789\n"));

  const TemporaryDirectory directory;
  CHECK(must(load_password_record(directory.path())) == std::nullopt);
  must(save_password_record(directory.path(), record));
  CHECK(must(load_password_record(directory.path())) == record);
  const auto mode = std::filesystem::status(directory.path() / "password").permissions();
  CHECK((mode & std::filesystem::perms(0077)) == std::filesystem::perms::none);
}

TEST_CASE("metrics are read from this machine or with a login") {
  TestSite site(public_site());
  CHECK(site.send(TestSite::bare("GET", "/metrics")).status == 200);
  HttpRequest request = TestSite::bare("GET", "/metrics");
  request.remote_address = "203.0.113.5";
  set_header(request, "Host", "192.168.1.7:8081");
  CHECK(site.send(request).status == 401);
}

}  // namespace godwit::imagegen
