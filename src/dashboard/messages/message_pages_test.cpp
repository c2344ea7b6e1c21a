// The endpoints of messages, dead letters and logs over a whole broker on a memory store.
#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "dashboard/messages/dead_letter_pages.h"
#include "dashboard/messages/live_tail.h"
#include "dashboard/messages/log_pages.h"
#include "dashboard/messages/message_cancel.h"
#include "dashboard/messages/message_pages.h"
#include "dashboard/messages/test_pages.h"
#include "net/body_source.h"

namespace godwit {
namespace {

class Pages : public TestPages {
 public:
  Pages() {
    messages_.add_routes(router_);
    dead_letters_.add_routes(router_);
    cancel_.add_routes(router_);
    logs_.add_routes(router_);
  }

  std::string read_all(const HttpResponse& response) {
    std::string text;
    for (bool ended = false; !ended;) {
      std::optional<Result<std::optional<std::string>>> piece;
      asio::co_spawn(server.io, response.stream->next(),
                     [&](const std::exception_ptr& failure, auto made) {
                       REQUIRE_FALSE(failure);
                       piece = std::move(made);
                     });
      run([&] { return piece.has_value(); });
      REQUIRE(*piece);
      ended = !(*piece)->has_value();
      if (!ended) text += ***piece;
    }
    return text;
  }
  /// Begins to cancel, and returns the action once it has ended.
  Json cancel(const std::string& filter) {
    const std::string id =
        json(200, "POST", "/admin/v1/messages/cancel", R"({"filter":)" + filter + "}")
            .string("/id");
    for (;;) {
      Json action = json(200, "GET", "/admin/v1/actions/" + id);
      if (action.string("/state") != "running") return action;
      // Its last step may have run while the state was on its way: there may be nothing to wait
      // for.
      const auto work = asio::make_work_guard(server.io);
      server.io.restart();
      server.io.run_one_for(std::chrono::milliseconds(10));
    }
  }

 private:
  MessagePages messages_{services_};
  DeadLetterPages dead_letters_{services_, Milliseconds(86'400'000)};
  MessageCancel cancel_{services_, dead_letters_.actions()};
  LogPages logs_{services_};
};

TEST_CASE("a list does not wait until others are counted") {
  Pages pages;
  pages.server.publish("https://e.com/h");
  std::promise<void> may_end;
  bool counted = false;
  const auto ended = [&](const std::exception_ptr& failure, const auto&) {
    REQUIRE_FALSE(failure);
    counted = true;
  };
  asio::co_spawn(pages.server.io, pages.counters.run<int>([until = may_end.get_future()] {
    until.wait();
    return Result<int>(0);
  }),
                 asio::detached);
  const auto match = pages.route("GET", "/admin/v1/messages/count");
  asio::co_spawn(pages.server.io,
                 match.route->handle(Pages::made(match, "/admin/v1/messages/count", {})), ended);
  CHECK(pages.json(200, "GET", "/admin/v1/messages").size("/messages") == 1);
  CHECK_FALSE(counted);
  may_end.set_value();
  pages.run([&] { return counted; });
}

TEST_CASE("a message is listed, counted and shown with its attempts and its plan") {
  Pages pages;
  Server& server = pages.server;
  const std::string id = server.publish("https://e.com/h", {{"Upstash-Label", "red"}}, "order-17");
  server.answer(503, "down for repair");
  const std::string later = server.publish("https://e.com/x", {{"Upstash-Delay", "1h"}}, "other");

  const Json list = pages.json(200, "GET", "/admin/v1/messages");
  REQUIRE(list.size("/messages") == 2);
  CHECK(list.strings("/messages", "/id") == std::vector{later, id});
  CHECK(list.strings("/messages", "/state") == std::vector<std::string>{"waiting", "retrying"});
  CHECK(list.string("/messages/0/waiting/reason") == "time");
  CHECK(list.string("/messages/1/waiting/reason") == "retry");
  CHECK(list.integer("/messages/1/status") == 503);
  const Json found = pages.json(200, "GET", "/admin/v1/messages?text=order-17");
  CHECK(found.strings("/messages", "/id") == std::vector{id});
  const Json counted = pages.json(200, "GET", "/admin/v1/messages/count?state=waiting");
  CHECK(counted.integer("/count") == 1);
  CHECK(counted.integer("/living") == 1);

  const Json detail = pages.json(200, "GET", "/admin/v1/messages/" + id);
  CHECK(detail.string("/body/text") == "order-17");
  REQUIRE(detail.size("/attemptList") == 1);
  CHECK(detail.string("/attemptList/0/responseBody/text") == "down for repair");
  CHECK(detail.string("/attemptList/0/diagnosis/code") == "server_error");
  CHECK(detail.size("/plan") == 3);
  CHECK(detail.integer("/plan/0/number") == 2);
  CHECK(pages.call("GET", "/admin/v1/messages/" + id + "/body").body == "order-17");
  CHECK(pages.call("GET", "/admin/v1/messages/" + id + "/attempts/1/body").body ==
        "down for repair");
  CHECK(pages.call("GET", "/admin/v1/messages/msg_x").status == 404);
  CHECK(pages.call("GET", "/admin/v1/messages?state=x").status == 400);
}

TEST_CASE("the page of a message says what its duplicates are known by") {
  Pages pages;
  const auto known_by = [&pages](Headers headers) {
    const std::string id = pages.server.publish("https://e.com/h", std::move(headers), "x");
    return pages.json(200, "GET", "/admin/v1/messages/" + id);
  };
  CHECK(known_by({}).is_null("/relations/deduplication"));
  CHECK(
      known_by({{"Upstash-Deduplication-Id", "order-17"}}).string("/relations/deduplication/id") ==
      "order-17");
  CHECK(known_by({{"Upstash-Content-Based-Deduplication", "true"}})
            .is_null("/relations/deduplication/id"));
}

TEST_CASE("what a message asks to be redacted is redacted on its page") {
  Pages pages;
  const std::string id = pages.server.publish(
      "https://e.com/h",
      {{"Upstash-Redact-Fields", "body,header[X-Secret]"}, {"Upstash-Forward-X-Secret", "hush"}},
      "a secret body");
  const HttpResponse detail = pages.call("GET", "/admin/v1/messages/" + id);
  CHECK(detail.status == 200);
  CHECK(detail.body.find("hush") == std::string::npos);
  CHECK(detail.body.find("a secret body") == std::string::npos);
  CHECK(detail.body.find("REDACTED:") != std::string::npos);
  CHECK(pages.call("GET", "/admin/v1/messages/" + id + "/body").status == 403);
  CHECK(pages.json(200, "GET", "/admin/v1/messages?text=secret+body").size("/messages") == 0);
}

TEST_CASE("the log is listed by row and exported whole") {
  Pages pages;
  pages.server.publish("https://e.com/h", {{"Upstash-Label", "=cmd"}}, "needle");
  pages.server.answer(200);
  pages.server.publish("https://e.com/other", {{"Upstash-Delay", "1h"}});
  const Json rows = pages.json(200, "GET", "/admin/v1/logs?text=needle");
  CHECK(rows.strings("/rows", "/state") ==
        std::vector<std::string>{"DELIVERED", "ACTIVE", "CREATED"});
  CHECK(pages.json(200, "GET", "/admin/v1/logs?rowState=DELIVERED").size("/rows") == 1);
  CHECK(pages.call("GET", "/admin/v1/logs?rowState=x").status == 400);
  const std::string csv = pages.read_all(pages.call("GET", "/admin/v1/logs/export?format=csv"));
  CHECK(csv.starts_with("at,state,messageId"));
  CHECK(csv.find("\"'=cmd\"") != std::string::npos);
  CHECK(std::ranges::count(csv, '\n') == 5);
  const std::string lines =
      pages.read_all(pages.call("GET", "/admin/v1/logs/export?format=ndjson&text=needle"));
  CHECK(std::ranges::count(lines, '\n') == 3);
  CHECK(pages.call("GET", "/admin/v1/logs/export?format=pdf").status == 400);
}

TEST_CASE("a page that follows gets matching rows, and the number of those left out") {
  Pages pages;
  DashboardCall call;
  call.caller.account = ours;
  call.query = DashboardQuery::parse("/?url=wanted").value();
  const auto tail = make_live_tail(call, *pages.server.broker, pages.server.clock).value();
  CHECK_FALSE(tail->take());
  for (int i = 0; i < 120; ++i)
    pages.server.publish("https://e.com/wanted", {{"Upstash-Delay", "1h"}});
  pages.server.publish("https://e.com/h", {{"Upstash-Delay", "1h"}});
  const std::optional<std::string> rows = tail->take();
  REQUIRE(rows);
  const Json parsed(*rows);
  CHECK(parsed.size("/rows") == live_rows_shown_max);
  CHECK(parsed.integer("/skipped") == 20);
  CHECK(parsed.integer("/created") == 120);
  CHECK(parsed.integer("/untold") == 0);
  CHECK_FALSE(tail->take());
}

TEST_CASE("messages are cancelled by any filter of their list, and nothing else is") {
  Pages pages;
  Server& server = pages.server;
  const Headers later = {{"Upstash-Delay", "1h"}};
  const std::string kept = server.publish("https://e.com/kept", later, "order-1");
  for (int i = 0; i < 40; ++i) server.publish("https://e.com/wanted", later, "order-2");
  const auto living = [&](const std::string& filter) {
    return pages.json(200, "GET", "/admin/v1/messages/count?" + filter).integer("/living");
  };
  REQUIRE(living("") == 41);

  const Json ended = pages.cancel(R"({"state":["delivered","failed"]})");
  CHECK(ended.integer("/total") == 0);
  const Json action = pages.cancel(R"({"url":"wanted","text":"order-2","state":["waiting"]})");
  CHECK(action.string("/state") == "done");
  CHECK(action.integer("/done") == 40);
  CHECK(action.integer("/total") == 40);
  CHECK(living("") == 1);
  CHECK(pages.cancel(R"({"id":[")" + kept + "\",\"" + kept + R"("]})").integer("/done") == 1);
  CHECK(living("") == 0);
  CHECK(pages.cancel("{}").integer("/total") == 0);
}

TEST_CASE("a cancel whose filter is wrong is refused: it would take more than was asked for") {
  Pages pages;
  pages.server.publish("https://e.com/h", {{"Upstash-Delay", "1h"}});
  for (const char* body :
       {"{}", R"({"filter":[]})", R"({"filter":{"lable":"a"}})", R"({"filter":{"label":""}})",
        R"({"filter":{"label":[]}})", R"({"filter":{"label":7}})", R"({"filter":{"id":"x"}})",
        R"({"filter":{"text":["a","b"]}})", R"({"filter":{"since":"soon"}})"}) {
    INFO(body);
    CHECK(pages.call("POST", "/admin/v1/messages/cancel", body).status == 400);
  }
  CHECK(pages.json(200, "GET", "/admin/v1/messages/count").integer("/living") == 1);
}

}  // namespace
}  // namespace godwit
