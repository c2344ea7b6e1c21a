#include <optional>
#include <string>
#include <utility>

#include "api/test_server.h"

namespace godwit {

TEST_CASE("a browser's session counts where there is no token, and a refusal says why") {
  Server server;
  int asked = 0;
  SessionVerdict verdict;
  server.api->set_sessions([&](const HttpRequest&) {
    ++asked;
    return verdict;
  });
  const auto status = [&](Headers headers) {
    HttpRequest request;
    request.method = "GET";
    request.target = "/v2/queues";
    request.headers = std::move(headers);
    return server.send(std::move(request)).status;
  };
  CHECK(status({}) == 401);
  CHECK(asked == 1);
  verdict = {.credential = Credential{.account = ours, .read_only = true}};
  CHECK(status({}) == 200);
  CHECK(asked == 2);
  // Whoever brings a token is judged by it alone.
  CHECK(status({{"Authorization", "Bearer ours"}}) == 200);
  CHECK(status({{"Authorization", "Bearer wrong"}}) == 401);
  CHECK(asked == 2);
  HttpRequest write;
  write.method = "POST";
  write.target = "/v2/queues";
  write.body = R"({"queueName":"a"})";
  CHECK(server.send(std::move(write)).status == 403);
  verdict = {.credential = std::nullopt, .refusal = "a page of another site"};
  HttpRequest foreign;
  foreign.method = "GET";
  foreign.target = "/v2/queues";
  const HttpResponse refused = server.send(std::move(foreign));
  CHECK(refused.status == 403);
  CHECK(Json(refused.body).string("/error") == "a page of another site");
}

TEST_CASE("a session is never forwarded to a destination") {
  Server server;
  server.api->set_sessions(
      [](const HttpRequest&) { return SessionVerdict{.credential = Credential{.account = ours}}; });
  HttpRequest request;
  request.method = "POST";
  request.target = "/v2/publish/https://example.com/hook";
  request.headers = {{"Upstash-Header-Forward", "true"},
                     {"Cookie", "a=b; godwit_session=secret"},
                     {"X-CSRF-Token", "secret"},
                     {"X-Own", "kept"}};
  REQUIRE(server.send(std::move(request)).status == 200);
  REQUIRE(server.attempts.started.size() == 1);
  const Headers& sent = server.attempts.started.front().message->headers;
  CHECK(find_header(sent, "X-Own") != nullptr);
  CHECK(find_header(sent, "Cookie") == nullptr);
  CHECK(find_header(sent, "X-CSRF-Token") == nullptr);
}

TEST_CASE("a token that was taken out of the table is refused, used before or not") {
  Server server;
  CHECK(server.call("GET", "/v2/queues").status == 200);
  server.tokens = TokenTable();
  server.tokens.add("theirs", {.account = theirs});
  server.api->tokens_changed();
  CHECK(server.call("GET", "/v2/queues").status == 401);
}

TEST_CASE("routes of other modules stand in the description, with who may use them") {
  Server server;
  server.api->describe_also(
      {{.method = "GET", .path = "/admin/v1/a/{id}", .tag = "Dashboard", .summary = "See"},
       {.method = "DELETE",
        .path = "/admin/v1/a/{id}",
        .tag = "Dashboard",
        .summary = "Remove",
        .writes = true}});
  HttpRequest request;
  request.method = "GET";
  request.target = "/openapi.json";
  const Json json(server.send(std::move(request)).body);
  CHECK(json.string("/paths/~1admin~1v1~1a~1{id}/get/summary") == "See");
  CHECK(json.string("/paths/~1admin~1v1~1a~1{id}/get/operationId") == "get_admin_v1_a_id");
  CHECK(json.string("/paths/~1admin~1v1~1a~1{id}/get/parameters/0/name") == "id");
  CHECK(json.has("/paths/~1admin~1v1~1a~1{id}/delete/description"));
}

}  // namespace godwit
