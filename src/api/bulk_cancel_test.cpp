#include "api/bulk_cancel.h"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/test_server.h"

namespace godwit {
namespace {

/// A BulkCancel of the test's own beside a server's.
struct Bulk {
  Bulk(Server& of, BulkCancel::Settings settings)
      : server(of),
        cancel(std::make_shared<BulkCancel>(of.io, settings, readers, *of.broker, *of.store,
                                            of.clock)) {}
  ~Bulk() {
    cancel->stop();
    readers.stop();
  }

  using Outcome = std::shared_ptr<std::optional<Result<BulkAction>>>;
  Outcome begin(std::vector<Parameter> filters) {
    Result<CancelSelection> selection = parse_cancel_selection(filters);
    REQUIRE(selection);
    auto outcome = std::make_shared<std::optional<Result<BulkAction>>>();
    asio::co_spawn(server.io, cancel->cancel(ours, std::move(*selection)),
                   [outcome](const std::exception_ptr& failure, Result<BulkAction> result) {
                     REQUIRE_FALSE(failure);
                     *outcome = std::move(result);
                   });
    return outcome;
  }
  template <typename Done>
  void run_until(Done done) const {
    server.io.restart();
    while (!done()) REQUIRE(server.io.run_one() > 0);
  }
  Result<BulkAction> run(std::vector<Parameter> filters) {
    const Outcome outcome = begin(std::move(filters));
    run_until([&] { return outcome->has_value(); });
    return **outcome;
  }

  Server& server;
  ReaderPool readers{server.io, 1, 16, ReaderPriority::idle};
  std::shared_ptr<BulkCancel> cancel;
};

std::string delayed(Server& server, std::string label = "x") {
  return server.publish("https://e.com/h",
                        {{"Upstash-Delay", "1h"}, {"Upstash-Label", std::move(label)}});
}

/// Asks until the action has ended; returns its object.
Json ended_action(Server& server, const std::string& id) {
  for (;;) {
    Json action = server.json(200, "GET", "/v2/bulkActions/" + id);
    if (action.string("/state") == "FINISHED") return action;
  }
}

}  // namespace

TEST_CASE("everything is cancelled, what is under way too, and nothing twice") {
  Server server;
  for (int i = 0; i < 3; ++i) delayed(server);
  server.publish();  // Its attempt begins at once.
  server.token = "theirs";
  const std::string foreign = delayed(server);
  server.token = "ours";
  const HttpResponse first = server.call("DELETE", "/v2/messages");
  CHECK(first.status == 202);
  CHECK(first.body == R"({"cancelled":4})");
  server.answer(500);
  CHECK(server.call("DELETE", "/v2/messages").body == R"({"cancelled":0})");
  server.token = "theirs";
  CHECK(server.call("DELETE", "/v2/messages/" + foreign).status == 202);
}

TEST_CASE("filters of a bulk cancel narrow each other, from query and body") {
  Server server;
  server.publish("https://a.com/one", {{"Upstash-Delay", "1h"}, {"Upstash-Label", "x"}});
  server.publish("https://a.com/two", {{"Upstash-Delay", "1h"}, {"Upstash-Label", "y"}});
  server.publish("https://b.com/two", {{"Upstash-Delay", "1h"}, {"Upstash-Label", "y"}});
  const auto canceled = [&](const std::string& query, const std::string& body = {}) {
    return server.json(202, "DELETE", "/v2/messages" + query, {}, body).integer("/cancelled");
  };
  CHECK(canceled("?label=x&host=b.com") == 0);
  CHECK(canceled("?label=x,y&host=b.com") == 1);
  CHECK(canceled("", R"({"path":["/two","/three"]})") == 1);
  CHECK(canceled("?queueName=none") == 0);
  CHECK(canceled("?toDate=1") == 0);
  CHECK(canceled("?label=x&toDate=1790000000000") == 1);
  CHECK(canceled("", R"({"messageIds":[]})") == 0);
  CHECK(server.call("DELETE", "/v2/messages?labeel=x").status == 400);
  CHECK(server.call("DELETE", "/v2/messages?count=0").status == 400);
}

TEST_CASE("count cancels that many and no more") {
  Server server;
  for (int i = 0; i < 5; ++i) delayed(server);
  CHECK(server.call("DELETE", "/v2/messages?count=1").body == R"({"cancelled":1})");
  CHECK(server.call("DELETE", "/v2/messages?count=3").body == R"({"cancelled":3})");
  CHECK(server.call("DELETE", "/v2/messages?count=500").body == R"({"cancelled":1})");
}

TEST_CASE("an asynchronous cancel answers with an action that can be followed") {
  Server server;
  for (int i = 0; i < 3; ++i) delayed(server, "mine");
  const Json begun = server.json(202, "DELETE", "/v2/messages?label=mine&async=true");
  const std::string id = begun.string("/actionId");
  const Json ended = ended_action(server, id);
  CHECK(ended.string("/kind") == "cancel");
  CHECK(ended.integer("/total") == 3);
  CHECK(ended.integer("/processed") == 3);
  CHECK(ended.string("/filter/label/0") == "mine");
  CHECK(ended.integer("/completedAt") == 1'790'000'000'000);
  CHECK(server.call("DELETE", "/v2/messages").body == R"({"cancelled":0})");

  const Json listed = server.json(200, "GET", "/v2/bulkActions");
  CHECK(listed.size("/bulkActions") == 2);
  CHECK_FALSE(listed.has("/cursor"));
  const Json page = server.json(200, "GET", "/v2/bulkActions?count=1");
  CHECK(page.size("/bulkActions") == 1);
  const Json rest =
      server.json(200, "GET", "/v2/bulkActions?count=1&cursor=" + page.string("/cursor"));
  CHECK(rest.size("/bulkActions") == 1);
  CHECK_FALSE(rest.has("/cursor"));
  CHECK(rest.string("/bulkActions/0/actionId") != page.string("/bulkActions/0/actionId"));
  CHECK(server.json(200, "GET", "/v2/bulkActions?state=FINISHED").size("/bulkActions") == 2);
  CHECK(server.json(200, "GET", "/v2/bulkActions?state=IN_PROGRESS").size("/bulkActions") == 0);
  CHECK(server.call("GET", "/v2/bulkActions?state=x").status == 400);
  CHECK(server.call("GET", "/v2/bulkActions?cursor=%00").status == 400);
  CHECK(server.call("GET", "/v2/bulkActions/none").body ==
        R"({"error":"bulk action none not found"})");
  server.token = "theirs";
  CHECK(server.call("GET", "/v2/bulkActions/" + id).status == 404);
  server.token = "ours";
  server.clock.advance(bulk_action_retention);
  CHECK(server.call("GET", "/v2/bulkActions/" + id).status == 404);
  CHECK(server.json(200, "GET", "/v2/bulkActions").size("/bulkActions") == 0);
}

TEST_CASE("slices and repeated look-ups cancel each message once") {
  Server server;
  for (const auto& [slice, selection] : {std::pair{2, 100}, {100, 2}, {2, 3}, {1, 1}}) {
    CAPTURE(slice);
    CAPTURE(selection);
    for (int i = 0; i < 7; ++i) delayed(server);
    Bulk bulk(server, {.slice_size = static_cast<std::size_t>(slice),
                       .selection_max = static_cast<std::size_t>(selection)});
    const Result<BulkAction> action = bulk.run({});
    REQUIRE(action);
    CHECK(action->canceled == 7);
    CHECK(action->total == 7);
    CHECK(action->processed == 7);
    CHECK(action->completed == server.clock.now());
    CHECK(find_bulk_action(*server.store, ours, action->id).value() == *action);
    CHECK(bulk.cancel->running() == 0);
  }
}

TEST_CASE("the same filters join the action under way; others count against the limit") {
  Server server;
  delayed(server);
  Bulk bulk(server, {.running_max = 1});
  const auto first = bulk.begin({{"label", "x"}, {"label", "y"}});
  const auto same = bulk.begin({{"label", "y,x"}});
  const auto other = bulk.begin({{"label", "x"}});
  bulk.run_until([&] { return first->has_value() && same->has_value() && other->has_value(); });
  REQUIRE(**first);
  REQUIRE(**same);
  CHECK((**first)->id == (**same)->id);
  CHECK((**same)->canceled == 1);
  REQUIRE_FALSE(**other);
  CHECK((**other).error().code == ErrorCode::quota_exceeded);
  CHECK(bulk.run({{"label", "x"}}));
}

TEST_CASE("who has waited too long is told so, and the action goes on") {
  Server server;
  for (int i = 0; i < 3; ++i) delayed(server);
  Bulk bulk(server, {.wait_max = Milliseconds(0)});
  const Result<BulkAction> action = bulk.run({});
  REQUIRE_FALSE(action);
  CHECK(action.error().code == ErrorCode::rate_limited);
  bulk.run_until([&] { return bulk.cancel->running() == 0; });
  CHECK(server.call("DELETE", "/v2/messages").body == R"({"cancelled":0})");
}

TEST_CASE("a shutdown lets go of who waits") {
  Server server;
  Bulk bulk(server, {});
  bulk.cancel->release();
  const Result<BulkAction> action = bulk.run({});
  REQUIRE_FALSE(action);
  CHECK(action.error().code == ErrorCode::unavailable);
}

TEST_CASE("an action that was interrupted goes on at the start, and spares what came later") {
  Server server;
  for (int i = 0; i < 3; ++i) delayed(server, "old");
  delayed(server, "other");
  BulkAction action;
  action.id = "bulk_1";
  action.created = server.clock.now();
  action.filter = {{"label", "old"}};
  bool written = false;
  server.broker->cancel_all(ours, {}, action, [&](const Result<std::size_t>& done) {
    REQUIRE(done);
    written = true;
  });
  server.advance(Milliseconds(10));
  REQUIRE(written);
  delayed(server, "old");
  server.api->set_ready(true);
  const Json ended = ended_action(server, "bulk_1");
  CHECK(ended.integer("/total") == 3);
  CHECK(server.call("DELETE", "/v2/messages").body == R"({"cancelled":2})");
}

}  // namespace godwit
