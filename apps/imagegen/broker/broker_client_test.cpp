#include "imagegen/broker/broker_client.h"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "testing/scripted_server.h"
#include "testing/until.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

std::string answer(const std::string& status, const std::string& body,
                   const std::string& more = "") {
  return "HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\n" + more +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

struct Fixture {
  /// One answer for each request.
  explicit Fixture(const std::vector<std::string>& answers)
      : server(io, {script(answers)}), client(io, HttpClientSettings(), nullptr), broker(client) {
    access.url = "http://127.0.0.1:" + std::to_string(server.port());
    access.token = "the-token-0123456789";
  }
  ~Fixture() { client.stop(); }

  static ScriptedServer::Script script(const std::vector<std::string>& answers) {
    ScriptedServer::Script actions;
    for (const std::string& each : answers) {
      actions.push_back(read_request());
      actions.push_back(send(each));
    }
    return actions;
  }

  template <typename T>
  T run(asio::awaitable<T> work) {
    std::optional<T> result;
    asio::co_spawn(io, std::move(work), [&](const std::exception_ptr& thrown, T ended) {
      if (thrown) std::rethrow_exception(thrown);
      result = std::move(ended);
    });
    run_until(io, [&] { return result.has_value(); });
    return std::move(*result);
  }

  std::string authority() const { return "127.0.0.1:" + std::to_string(server.port()); }

  asio::io_context io;
  ScriptedServer server;
  HttpClient client;
  BrokerClient broker;
  BrokerAccess access;
};

BrokerMessage message() {
  BrokerMessage made;
  made.destination = "https://app.example/api/process-generation-task";
  made.body = R"({"taskId":"tsk_1"})";
  made.delay = std::chrono::seconds(60);
  made.retries = 3;
  made.timeout = std::chrono::seconds(150);
  made.deduplication_id = "tsk_1-1";
  made.label = "imagegen:gen_1";
  made.failure_callback = "https://app.example/api/task-results";
  made.flow_control_key = "imagegen:gemini:0123456789ab";
  made.rate_per_hour = 60;
  return made;
}

}  // namespace

TEST_CASE("a message is published as QStash's clients do it") {
  Fixture fixture({answer("200 OK", R"({"messageId":"msg_1"})")});
  const Result<Published> published =
      fixture.run(fixture.broker.publish(fixture.access, message()));
  REQUIRE(published.has_value());
  CHECK(published->message_id == "msg_1");
  CHECK_FALSE(published->deduplicated);
  REQUIRE(fixture.server.requests.size() == 1);
  CHECK(fixture.server.requests[0] ==
        "POST /v2/publish/https://app.example/api/process-generation-task HTTP/1.1\r\n"
        "Host: " +
            fixture.authority() +
            "\r\n"
            "Content-Type: application/json\r\n"
            "Upstash-Delay: 60s\r\n"
            "Upstash-Retries: 3\r\n"
            "Upstash-Timeout: 150s\r\n"
            "Upstash-Deduplication-Id: tsk_1-1\r\n"
            "Upstash-Label: imagegen:gen_1\r\n"
            "Upstash-Failure-Callback: https://app.example/api/task-results\r\n"
            "Upstash-Flow-Control-Key: imagegen:gemini:0123456789ab\r\n"
            "Upstash-Flow-Control-Value: rate=60, period=1h\r\n"
            "Authorization: Bearer the-token-0123456789\r\n"
            "Accept: application/json\r\n"
            "User-Agent: Upstash-QStash\r\n"
            "Content-Length: 18\r\n"
            "\r\n"
            R"({"taskId":"tsk_1"})");
}

TEST_CASE("a batch has one answer for each message, refused ones among them") {
  Fixture fixture({answer("200 OK", R"([{"messageId":"msg_1"},{"error":"quota maxDelay exceeded"},)"
                                    R"({"messageId":"msg_3","deduplicated":true}])")});
  std::vector<BrokerMessage> messages(3, message());
  messages[1].flow_control_key.clear();
  messages[1].timeout = std::chrono::seconds(0);
  messages[1].delay = std::chrono::seconds(0);
  const auto results = fixture.run(fixture.broker.publish_batch(fixture.access, messages));
  REQUIRE(results.has_value());
  REQUIRE(results->size() == 3);
  CHECK((*results)[0]->message_id == "msg_1");
  REQUIRE_FALSE((*results)[1].has_value());
  CHECK((*results)[1].error().code == ErrorCode::invalid_argument);
  CHECK((*results)[1].error().message.find("quota maxDelay exceeded") != std::string::npos);
  CHECK((*results)[2]->deduplicated);
  const std::string& request = fixture.server.requests[0];
  CHECK(request.starts_with("POST /v2/batch HTTP/1.1\r\n"));
  CHECK(
      request.substr(request.find("\r\n\r\n") + 4)
          .starts_with(
              R"([{"destination":"https://app.example/api/process-generation-task","headers":{)"
              R"("Content-Type":"application/json","Upstash-Delay":"60s","Upstash-Retries":"3",)"
              R"("Upstash-Timeout":"150s","Upstash-Deduplication-Id":"tsk_1-1",)"
              R"("Upstash-Label":"imagegen:gen_1",)"
              R"("Upstash-Failure-Callback":"https://app.example/api/task-results",)"
              R"("Upstash-Flow-Control-Key":"imagegen:gemini:0123456789ab",)"
              R"("Upstash-Flow-Control-Value":"rate=60, period=1h"},"body":"{\"taskId\":\"tsk_1\"}"},)"
              R"({"destination":"https://app.example/api/process-generation-task","headers":{)"
              R"("Content-Type":"application/json","Upstash-Delay":"0s","Upstash-Retries":"3",)"
              R"("Upstash-Deduplication-Id")"));
}

TEST_CASE("a broker's refusals are told in its own words, and never with the token") {
  struct Row {
    std::string status;
    std::string body;
    ErrorCode code;
    std::string said;
  };
  const std::vector<Row> rows{
      {"401 Unauthorized", R"({"error":"unable to authenticate: the-token-0123456789"})",
       ErrorCode::invalid_argument, "unable to authenticate: [token]"},
      {"403 Forbidden", R"({"error":"read-only token"})", ErrorCode::invalid_argument,
       "read-only token"},
      {"400 Bad Request", R"({"error":"invalid destination url"})", ErrorCode::invalid_argument,
       "invalid destination url"},
      {"412 Precondition Failed", R"({"error":"quota maxRetries exceeded"})",
       ErrorCode::invalid_argument, "quota maxRetries exceeded"},
      {"429 Too Many Requests", R"({"error":"daily limit"})", ErrorCode::rate_limited,
       "daily limit"},
      {"500 Internal Server Error", "down\nfor good", ErrorCode::unavailable, "down for good"},
      {"503 Service Unavailable", "", ErrorCode::unavailable, "503"},
      {"302 Found", "", ErrorCode::unavailable, "302"},
      {"200 OK", "<html>", ErrorCode::unavailable, "QSTASH_URL"},
      {"200 OK", "{}", ErrorCode::unavailable, "QSTASH_URL"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.status);
    Fixture fixture({answer(row.status, row.body)});
    const Result<Published> published =
        fixture.run(fixture.broker.publish(fixture.access, message()));
    REQUIRE_FALSE(published.has_value());
    CHECK(published.error().code == row.code);
    CHECK(published.error().message.find(row.said) != std::string::npos);
    CHECK(published.error().message.find("the-token") == std::string::npos);
  }
}

TEST_CASE("a broker that does not answer is unavailable, with the step that failed") {
  Fixture fixture({});
  fixture.access.url = "http://127.0.0.1:9";
  const Result<BrokerSigningKeys> keys = fixture.run(fixture.broker.signing_keys(fixture.access));
  REQUIRE_FALSE(keys.has_value());
  CHECK(keys.error().code == ErrorCode::unavailable);
  CHECK(keys.error().message.find("connection refused") != std::string::npos);
}

TEST_CASE("messages are cancelled by label, and the broker may go on in the background") {
  Fixture fixture({answer("202 Accepted", R"({"cancelled":128})"),
                   answer("429 Too Many Requests", R"({"error":"still cancelling"})")});
  const auto label = [&] {
    return fixture.run(fixture.broker.cancel_by_label(fixture.access, "imagegen:gen_1"));
  };
  CHECK(label().value() == std::optional<int>(128));
  CHECK(fixture.server.requests[0].starts_with(
      "DELETE /v2/messages?label=imagegen%3Agen_1 HTTP/1.1\r\n"));
  CHECK(label().value() == std::nullopt);
}

TEST_CASE("messages are cancelled by their ids, fifty in a request") {
  Fixture fixture({answer("202 Accepted", R"({"cancelled":50})"),
                   answer("202 Accepted", R"({"cancelled":3})")});
  std::vector<std::string> ids;
  ids.reserve(60);
  for (int i = 0; i < 60; ++i) ids.push_back("msg_" + std::to_string(i));
  CHECK(fixture.run(fixture.broker.cancel(fixture.access, ids)).value() == 53);
  CHECK(fixture.server.requests[1].starts_with(
      "DELETE /v2/messages?messageIds=msg_50,msg_51,msg_52"));
}

TEST_CASE("flow control keys are paused, resumed and looked at") {
  Fixture fixture({answer("200 OK", "{}"), answer("200 OK", "{}"),
                   answer("200 OK", R"({"flowControlKey":"imagegen:demo","isPaused":true})"),
                   answer("404 Not Found", R"({"error":"unknown"})")});
  CHECK(fixture.run(fixture.broker.pause_flow_control(fixture.access, "imagegen:demo")));
  CHECK(fixture.run(fixture.broker.resume_flow_control(fixture.access, "imagegen:demo")));
  CHECK(fixture.run(fixture.broker.flow_control_paused(fixture.access, "imagegen:demo")).value());
  CHECK_FALSE(
      fixture.run(fixture.broker.flow_control_paused(fixture.access, "imagegen:demo")).value());
  CHECK(fixture.server.requests[0].starts_with("POST /v2/flowControl/imagegen%3Ademo/pause "));
  CHECK(fixture.server.requests[1].starts_with("POST /v2/flowControl/imagegen%3Ademo/resume "));
}

TEST_CASE(
    "the newest row of the log is a message's state, and failed ones are in the queue of dead "
    "letters") {
  const std::string rows =
      R"({"logs":[)"
      R"({"time":5,"messageId":"msg_1","state":"RETRY","nextDeliveryTime":1790000012000},)"
      R"({"time":4,"messageId":"msg_1","state":"ERROR","responseStatus":503,"responseBody":"ZG93bg=="},)"
      R"({"time":3,"messageId":"msg_2","state":"DELIVERED"},)"
      R"({"time":2,"messageId":"msg_1","state":"CREATED"}],"cursor":"2-0"})";
  const std::string older =
      R"({"logs":[{"time":1,"messageId":"msg_2","state":"CREATED"},)"
      R"({"time":1,"messageId":"msg_3","state":"FAILED","error":"connection refused"}]})";
  const std::string dead =
      R"({"messages":[{"dlqId":"1-0","messageId":"msg_4","body":"{\"a\":1}","responseStatus":489,)"
      R"("responseBody":"refused"}]})";
  Fixture fixture({answer("200 OK", rows), answer("200 OK", older), answer("200 OK", dead)});
  const Result<std::vector<KnownMessage>> known =
      fixture.run(fixture.broker.messages_with_label(fixture.access, "imagegen:gen_1", 100));
  REQUIRE(known.has_value());
  REQUIRE(known->size() == 4);
  CHECK((*known)[0].message_id == "msg_1");
  CHECK((*known)[0].state == "RETRY");
  CHECK((*known)[0].detail == "503: down");
  CHECK((*known)[0].next_delivery == from_unix_ms(1'790'000'012'000));
  CHECK((*known)[1].state == "DELIVERED");
  CHECK((*known)[2].state == "FAILED");
  CHECK((*known)[2].detail == "connection refused");
  CHECK((*known)[3].message_id == "msg_4");
  CHECK((*known)[3].state == "FAILED");
  CHECK((*known)[3].detail == "489: refused");
  CHECK((*known)[3].body == R"({"a":1})");
  CHECK(fixture.server.requests[0].starts_with(
      "GET /v2/logs?label=imagegen%3Agen_1&trimBody=500&count=200 "));
  CHECK(fixture.server.requests[1].find("&cursor=2-0 ") != std::string::npos);
  CHECK(fixture.server.requests[2].starts_with(
      "GET /v2/dlq?label=imagegen%3Agen_1&trimBody=500&count=100 "));
}

TEST_CASE("no more messages are looked at than were asked for") {
  Fixture fixture({answer("200 OK", R"({"logs":[{"messageId":"msg_1","state":"CREATED"},)"
                                    R"({"messageId":"msg_2","state":"CREATED"}],"cursor":"1-0"})"),
                   answer("200 OK", R"({"messages":[{"messageId":"msg_3"}]})")});
  const Result<std::vector<KnownMessage>> known =
      fixture.run(fixture.broker.messages_with_label(fixture.access, "imagegen:gen_1", 1));
  CHECK(known.value().size() == 1);
  CHECK(fixture.server.requests.size() == 2);
}

TEST_CASE("one message is looked up in the log, and then by its id") {
  Fixture fixture({answer("200 OK", R"({"logs":[{"messageId":"msg_1","state":"CANCELED"}]})"),
                   answer("200 OK", R"({"logs":[]})"),
                   answer("200 OK", R"({"messageId":"msg_2","notBefore":1790000000000})"),
                   answer("200 OK", R"({"logs":[]})"),
                   answer("404 Not Found", R"({"error":"message msg_3 not found"})")});
  CHECK(fixture.run(fixture.broker.message(fixture.access, "msg_1"))->state == "CANCELED");
  const Result<KnownMessage> waiting = fixture.run(fixture.broker.message(fixture.access, "msg_2"));
  CHECK(waiting->state == "CREATED");
  CHECK(waiting->next_delivery == from_unix_ms(1'790'000'000'000));
  CHECK(fixture.run(fixture.broker.message(fixture.access, "msg_3")).error().code ==
        ErrorCode::not_found);
}

TEST_CASE("Godwit is recognised, others are not, and clocks are compared") {
  const std::string keys = answer("200 OK", R"({"current":"sig_1","next":"sig_2"})",
                                  "Date: Tue, 24 Nov 2026 10:15:02 GMT\r\n");
  Fixture godwit({keys, answer("200 OK", R"({"name":"Godwit","version":"1.2.3"})")});
  Result<BrokerClient::About> about = godwit.run(godwit.broker.check(godwit.access));
  REQUIRE(about.has_value());
  CHECK(about->is_godwit);
  CHECK(about->version == "1.2.3");
  CHECK(about->date == from_unix_ms(1'795'515'302'000));
  // What needs no token gets none.
  CHECK(godwit.server.requests[1].find("Authorization") == std::string::npos);

  Fixture other({keys, answer("404 Not Found", "not found")});
  about = other.run(other.broker.check(other.access));
  REQUIRE(about.has_value());
  CHECK_FALSE(about->is_godwit);

  Fixture refused({answer("401 Unauthorized", R"({"error":"invalid token"})")});
  about = refused.run(refused.broker.check(refused.access));
  CHECK(about.error().code == ErrorCode::invalid_argument);
  CHECK(about.error().message.starts_with("token"));
}

}  // namespace godwit::imagegen
