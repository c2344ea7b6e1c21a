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

/// What a browser reads of messages, over a whole broker on a memory store and a clock of the
/// test's.
class ReadPages {
 public:
  explicit ReadPages(EngineSettings settings = {}) : server({}, settings) {
    messages_.add_routes(router_);
  }

  Json get(const std::string& target) {
    const auto match = router_.find("GET", target);
    REQUIRE(match);
    DashboardCall call;
    call.path = match->path;
    call.query = DashboardQuery::parse(target).value();
    call.caller.account = ours;
    call.request.target = target;
    std::optional<HttpResponse> response;
    asio::co_spawn(server.io, match->route->handle(std::move(call)),
                   [&](const std::exception_ptr& failure, HttpResponse answer) {
                     REQUIRE_FALSE(failure);
                     response = std::move(answer);
                   });
    const auto work = asio::make_work_guard(server.io);
    server.io.restart();
    while (!response) REQUIRE(server.io.run_one() > 0);
    INFO(response->body);
    REQUIRE(response->status == 200);
    return Json(response->body);
  }
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

  Server server;

 private:
  ApiSettings api_settings_;
  PublishRules rules_{.settings = api_settings_};
  DashboardSettings settings_;
  ReaderPool readers_{server.io, 1, 64};
  const DashboardServices services_{.io = server.io,
                                    .settings = settings_,
                                    .broker = *server.broker,
                                    .store = *server.store,
                                    .clock = server.clock,
                                    .readers = readers_,
                                    .rules = rules_,
                                    .partitions = 1,
                                    .version = "1",
                                    .url = "http://127.0.0.1"};
  DashboardRouter router_;
  MessagePages messages_{services_};
};

}  // namespace godwit
