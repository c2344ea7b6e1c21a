#include "dashboard/dashboard.h"

#include <array>
#include <optional>

#include "api/test_server.h"
#include "core/signature.h"
#include "net/body_source.h"

namespace godwit {
namespace {

constexpr std::array files{
    Asset{.path = "/assets/app-0a1b2c3d.js",
          .content_type = "text/javascript; charset=utf-8",
          .identity = "app",
          .gzip = {},
          .brotli = {},
          .etag = "1",
          .immutable = true},
    Asset{.path = "/index.html",
          .content_type = "text/html; charset=utf-8",
          .identity = "page",
          .gzip = {},
          .brotli = {},
          .etag = "2"},
};

/// A dashboard before the broker of api/test_server.h.
struct World {
  explicit World(EngineSettings settings = {}) : server({}, settings) {
    DashboardParts parts{.io = server.io,
                         .settings = {.event_streams_max = 2},
                         .configuration = configuration,
                         .api = {},
                         .broker = *server.broker,
                         .store = *server.store,
                         .clock = server.clock,
                         .pages = AssetSet(files),
                         .listen_host = "127.0.0.1",
                         .url = "http://127.0.0.1:8080",
                         .secret = std::string(32, 's'),
                         .tokens = {{.id = "tok_1",
                                     .account = "default",
                                     .credential = {ours, false},
                                     .digest = sha256("ours")}},
                         .reload_tokens = [] { return Result<void>(); },
                         .started = server.clock.now()};
    Result<std::unique_ptr<Dashboard>> opened = Dashboard::open(std::move(parts));
    REQUIRE(opened);
    dashboard = std::move(*opened);
  }

  static HttpRequest request(std::string method, std::string target, Headers headers = {}) {
    HttpRequest made;
    made.method = std::move(method);
    made.target = std::move(target);
    made.headers = std::move(headers);
    made.headers.push_back({"Host", "localhost:8080"});
    made.remote_address = "127.0.0.1";
    return made;
  }
  static HttpRequest with_token(std::string method, std::string target) {
    return request(std::move(method), std::move(target), {{"Authorization", "Bearer ours"}});
  }

  template <typename T>
  T run(asio::awaitable<T> work) {
    std::optional<T> result;
    asio::co_spawn(server.io, std::move(work), [&](const std::exception_ptr& failure, T value) {
      REQUIRE_FALSE(failure);
      result = std::move(value);
    });
    server.io.restart();
    while (!result) REQUIRE(server.io.run_one() > 0);
    return std::move(*result);
  }
  HttpResponse send(HttpRequest made) { return run(dashboard->handle(std::move(made))); }

  Server server;
  Configuration configuration;
  std::unique_ptr<Dashboard> dashboard;
};

std::string text_of(const HttpResponse& response, std::string_view name) {
  const std::string* const value = find_header(response.headers, name);
  return value == nullptr ? std::string() : *value;
}

const Header html{"Accept", "text/html,*/*"};

}  // namespace

TEST_CASE("pages and programs are told apart") {
  World world;
  const auto serves = [&](std::string method, std::string target, Headers headers = {}) {
    return world.dashboard->serves(
        World::request(std::move(method), std::move(target), std::move(headers)));
  };
  CHECK(serves("GET", "/", {html}));
  CHECK(serves("HEAD", "/"));
  CHECK_FALSE(serves("GET", "/"));
  CHECK_FALSE(serves("GET", "/", {{"Accept", "application/json"}}));
  CHECK(serves("GET", "/messages/msg_x", {html}));
  CHECK_FALSE(serves("GET", "/messages/msg_x"));
  CHECK_FALSE(serves("POST", "/messages/msg_x", {html}));
  CHECK(serves("GET", "/assets/app-0a1b2c3d.js"));
  CHECK(serves("POST", "/admin/v1/session"));
  CHECK(serves("POST", "/catch/x"));
  for (const char* target : {"/v2", "/v2/queues", "/V2/queues", "/v1/publish/x", "/healthz",
                             "/readyz", "/metrics", "/openapi.json", "/openapi.json?x"}) {
    INFO(target);
    CHECK_FALSE(serves("GET", target, {html}));
  }
}

TEST_CASE("every path of a page is the page, and nothing of it may come from elsewhere") {
  World world;
  for (const char* target : {"/", "/messages/msg_x", "/queues/a%20b?x=1"}) {
    INFO(target);
    const HttpResponse page = world.send(World::request("GET", target, {html}));
    CHECK(page.status == 200);
    CHECK(page.body == "page");
    const std::string policy = text_of(page, "Content-Security-Policy");
    CHECK(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"));
    CHECK(policy.find("unsafe") == std::string::npos);
    CHECK(policy.find("frame-ancestors 'none'") != std::string::npos);
    CHECK(text_of(page, "Referrer-Policy") == "no-referrer");
    CHECK(text_of(page, "X-Content-Type-Options") == "nosniff");
  }
  const HttpResponse script = world.send(World::request("GET", "/assets/app-0a1b2c3d.js"));
  CHECK(script.body == "app");
  CHECK(text_of(script, "Cache-Control").find("immutable") != std::string::npos);

  HttpRequest foreign = World::request("GET", "/", {html});
  foreign.headers.back().value = "evil.example";
  const HttpResponse refused = world.send(std::move(foreign));
  CHECK(refused.status == 403);
  CHECK(refused.body.find("dashboard.hosts") != std::string::npos);
}

TEST_CASE("what is not there, or not for this method, says so to those who may know") {
  World world;
  CHECK(world.send(World::request("GET", "/admin/v1/none")).status == 401);
  CHECK(world.send(World::with_token("GET", "/admin/v1/none")).status == 404);
  CHECK(world.send(World::with_token("GET", "/admin")).status == 404);
  const HttpResponse wrong = world.send(World::with_token("PUT", "/admin/v1/tokens"));
  CHECK(wrong.status == 405);
  CHECK(text_of(wrong, "Allow") == "GET, POST");
  CHECK(text_of(wrong, "Cache-Control") == "no-store");
  const HttpResponse head = world.send(World::with_token("HEAD", "/admin/v1/tokens"));
  CHECK(head.status == 200);
  CHECK(head.body.empty());
}

TEST_CASE("the overview is made at most twice a second, however many look") {
  World world;
  REQUIRE(world.server.call("POST", "/v2/queues", {}, R"({"queueName":"a"})").status == 200);
  const HttpResponse first = world.send(World::with_token("GET", "/admin/v1/overview"));
  REQUIRE(first.status == 200);
  const Json json(first.body);
  CHECK(json.integer("/backlog/total") == 0);
  CHECK(json.integer("/queues/total") == 1);
  REQUIRE(world.server.call("POST", "/v2/queues", {}, R"({"queueName":"b"})").status == 200);
  CHECK(world.send(World::with_token("GET", "/admin/v1/overview")).body == first.body);
  world.server.clock.advance(Milliseconds(500));
  const Json later(world.send(World::with_token("GET", "/admin/v1/overview")).body);
  CHECK(later.integer("/queues/total") == 2);
}

TEST_CASE("the overview and the series tell what happened, each account's own") {
  World world;
  world.server.publish("https://a.example/");
  const Json overview(world.send(World::with_token("GET", "/admin/v1/overview")).body);
  CHECK(overview.integer("/totals/published") == 1);
  CHECK(overview.integer("/backlog/total") == 1);
  CHECK(overview.integer("/backlog/active") == 1);
  for (const auto& [range, steps] : {std::pair("15m", 15), {"24h", 1'440}, {"30d", 720}}) {
    INFO(range);
    const HttpResponse answer =
        world.send(World::with_token("GET", std::string("/admin/v1/series?range=") + range));
    REQUIRE(answer.status == 200);
    const Json series(answer.body);
    const std::string last = std::to_string(steps - 1);
    CHECK(series.integer(("/published/" + last).c_str()) == 1);
    CHECK(series.integer(("/backlog/" + last).c_str()) == 1);
    const std::int64_t now = to_unix_ms(world.server.clock.now()) / 1'000;
    const std::int64_t begin = series.integer(("/times/" + last).c_str());
    CHECK(begin <= now);
    CHECK(now < begin + series.integer("/stepSeconds"));
  }
  world.server.token = "theirs";
  world.server.publish("https://a.example/");
  world.server.clock.advance(Milliseconds(500));
  CHECK(Json(world.send(World::with_token("GET", "/admin/v1/overview")).body)
            .integer("/totals/published") == 1);
}

TEST_CASE("a series of a range that is not there names the field and the ranges") {
  World world;
  for (const char* target : {"/admin/v1/series", "/admin/v1/series?range=1d"}) {
    const HttpResponse answer = world.send(World::with_token("GET", target));
    CHECK(answer.status == 400);
    const Json problem(answer.body);
    CHECK(problem.string("/error/code") == "invalid");
    CHECK(problem.string("/error/field") == "range");
    CHECK(problem.string("/error/message").find("15m, 1h, 6h, 24h, 7d, 30d") != std::string::npos);
  }
  CHECK(world.send(World::request("GET", "/admin/v1/series?range=15m")).status == 401);
}

TEST_CASE("the overview says that logs are degraded until a minute after the last body was shed") {
  EngineSettings settings;
  settings.log_shed_bytes = 1;  // The disk is always behind.
  World world(settings);
  const auto overview = [&world] {
    return Json(world.send(World::with_token("GET", "/admin/v1/overview")).body);
  };
  CHECK(overview().is_null("/logsDegraded"));
  world.server.publish("https://a.example/");
  world.server.answer(200, "well done");
  world.server.advance(Milliseconds(1'000));
  const Json degraded = overview();
  CHECK(degraded.integer("/logsDegraded/bodiesShed") == 2);
  CHECK(degraded.string("/attention/0/code") == "logs_degraded");
  world.server.advance(Milliseconds(60'000));
  CHECK(overview().is_null("/logsDegraded"));
}

TEST_CASE("an event stream begins with the overview, has a bound and ends with its token") {
  World world;
  const HttpResponse first = world.send(World::with_token("GET", "/admin/v1/events"));
  REQUIRE(first.stream);
  CHECK(text_of(first, "Content-Type") == "text/event-stream");
  const auto piece = world.run(first.stream->next());
  REQUIRE(piece);
  REQUIRE(*piece);
  CHECK((*piece)->starts_with("event: overview\ndata: {\"now\":"));
  CHECK((*piece)->ends_with("}\n\n"));

  const HttpResponse second = world.send(World::with_token("GET", "/admin/v1/events"));
  REQUIRE(second.stream);
  CHECK(world.send(World::with_token("GET", "/admin/v1/events")).status == 503);

  world.dashboard->set_tokens({});
  const auto end = world.run(first.stream->next());
  REQUIRE(end);
  CHECK_FALSE(*end);
}

TEST_CASE("the catcher keeps the newest, and its address is its account's own") {
  World world;
  const Json empty(world.send(World::with_token("GET", "/admin/v1/catcher")).body);
  const std::string url = empty.string("/url");
  REQUIRE(url.starts_with("http://127.0.0.1:8080/catch/"));
  const std::string path = url.substr(std::string("http://127.0.0.1:8080").size());
  for (int i = 0; i < 25; ++i) {
    HttpRequest request = World::request("POST", path);
    request.body = std::to_string(i);
    CHECK(world.send(std::move(request)).status == 200);
  }
  CHECK(world.send(World::request("POST", path + "x")).status == 404);
  const Json caught(world.send(World::with_token("GET", "/admin/v1/catcher")).body);
  CHECK(caught.size("/caught") == 20);
  CHECK(caught.string("/caught/0/body/text") == "24");
  CHECK(caught.string("/caught/19/body/text") == "5");

  const auto is_catcher = [&](const std::string& text) {
    const Result<Url> parsed = parse_url(text);
    REQUIRE(parsed);
    return world.dashboard->is_catcher(*parsed);
  };
  CHECK(is_catcher(url));
  CHECK_FALSE(is_catcher(url + "x"));
  CHECK_FALSE(is_catcher(url + "/../../v2/keys"));
  CHECK_FALSE(is_catcher("http://127.0.0.1:8081" + path));
  CHECK_FALSE(is_catcher("https://127.0.0.1:8080" + path));
  CHECK_FALSE(is_catcher("http://127.0.0.2:8080" + path));
  CHECK_FALSE(is_catcher("http://127.0.0.1:8080/catch/"));
}

}  // namespace godwit
