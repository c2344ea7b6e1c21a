#pragma once
#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <optional>
#include <string>
#include <utility>

#include "api/test_server.h"
#include "dashboard/messages/message_pages.h"
#include "dashboard/routing/answer.h"

namespace godwit {

/// Endpoints of the dashboard over a whole broker on a memory store and a clock of the test's. Who
/// derives from it adds their routes.
class TestPages {
 public:
  explicit TestPages(EngineSettings settings = {}) : server({}, settings) {}

  DashboardRouter::Match route(const std::string& method, const std::string& target) {
    const auto match = router_.find(method, target);
    REQUIRE(match);
    return *match;
  }
  HttpResponse call(const std::string& method, const std::string& target, std::string body = {}) {
    const DashboardRouter::Match match = route(method, target);
    std::optional<HttpResponse> response;
    asio::co_spawn(server.io, match.route->handle(made(match, target, std::move(body))),
                   [&](const std::exception_ptr& failure, HttpResponse answer) {
                     REQUIRE_FALSE(failure);
                     response = std::move(answer);
                   });
    run([&] { return response.has_value(); });
    return std::move(*response);
  }
  Json json(int status, const std::string& method, const std::string& target,
            std::string body = {}) {
    const HttpResponse response = call(method, target, std::move(body));
    INFO(response.body);
    CHECK(response.status == status);
    return Json(response.body);
  }
  static DashboardCall made(const DashboardRouter::Match& match, const std::string& target,
                            std::string body) {
    DashboardCall call;
    call.path = match.path;
    call.query = DashboardQuery::parse(target).value();
    call.caller.account = ours;
    call.request.target = target;
    call.request.body = std::move(body);
    return call;
  }
  template <typename Ended>
  void run(Ended ended) {
    const auto work = asio::make_work_guard(server.io);
    server.io.restart();
    while (!ended()) REQUIRE(server.io.run_one() > 0);
  }

  Server server;
  ApiSettings api_settings;
  PublishRules rules{.settings = api_settings};
  ReaderPool counters{server.io, 1, 64, ReaderPriority::idle};

 protected:
  DashboardRouter router_;

 private:
  DashboardSettings settings_;
  ReaderPool readers_{server.io, 1, 64, ReaderPriority::idle};

 protected:
  const DashboardServices services_{.io = server.io,
                                    .settings = settings_,
                                    .broker = *server.broker,
                                    .store = *server.store,
                                    .clock = server.clock,
                                    .readers = readers_,
                                    .counters = counters,
                                    .rules = rules,
                                    .partitions = 1,
                                    .version = "1",
                                    .url = "http://127.0.0.1"};
};

/// What a browser reads of messages.
class ReadPages : public TestPages {
 public:
  explicit ReadPages(EngineSettings settings = {}) : TestPages(settings) {
    messages_.add_routes(router_);
  }

  Json get(const std::string& target) { return json(200, "GET", target); }
  Json page(const std::string& id) { return get("/admin/v1/messages/" + id); }
  /// What the page of a message says, which its row in a list says too.
  std::string reason(const std::string& id) {
    const std::string reason = page(id).string("/waiting/reason");
    const Json rows = get("/admin/v1/messages?id=" + id);
    CHECK(rows.string("/messages/0/waiting/reason") == reason);
    return reason;
  }
  std::string enqueue(const std::string& queue, Headers headers = {}) {
    return server
        .json(200, "POST", "/v2/enqueue/" + queue + "/https://e.com/h", std::move(headers), "x")
        .string("/messageId");
  }
  std::string publish_with_key(const std::string& limits, Headers headers = {}) {
    headers.push_back({"Upstash-Flow-Control-Key", "k"});
    headers.push_back({"Upstash-Flow-Control-Value", limits});
    return server.publish("https://e.com/h", std::move(headers));
  }
  void ask(const std::string& target) {
    REQUIRE(server.call("POST", "/v2/" + target).status == 200);
  }
  std::string in(Milliseconds time) { return iso_time(server.clock.now() + time); }

 private:
  MessagePages messages_{services_};
};

}  // namespace godwit
