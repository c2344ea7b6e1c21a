#include "core/callback.h"

#include <doctest/doctest.h>
#include <simdjson.h>

#include <string>
#include <vector>

#include "core/signature.h"

namespace godwit {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp now = from_unix_ms(1'790'000'000'000);

Message plain_source() {
  Message source;
  source.id = MessageId::make(1, from_unix_ms(1'701'198'447'054), 2, 3);
  source.account = 7;
  source.url = "https://api.example.com/hook?a=\"1\"";
  source.method = Method::put;
  source.headers = {{"Content-Type", "application/json"}, {"X-Trace", "a"}, {"X-Trace", "b"}};
  source.body = R"({"invoice":42})";
  source.retries_max = 5;
  source.created = from_unix_ms(1'701'198'447'054);
  source.not_before = from_unix_ms(1'701'198'458'025);
  source.caller_ip = "203.0.113.5";
  source.labels = {"billing"};
  source.flow_control = {.key = "acme", .parallelism = 2};
  return source;
}

AttemptResult plain_result() {
  AttemptResult result;
  result.status = 503;
  result.response_headers = {{"Content-Type", "text/plain"}};
  result.response_body = "down";
  return result;
}

Callback plain_callback() {
  Callback callback;
  callback.url = "https://api.example.com/cb";
  return callback;
}

/// The members of a JSON object, in order.
std::vector<std::string> member_names(const std::string& json) {
  simdjson::dom::parser parser;
  std::vector<std::string> names;
  const simdjson::dom::object object = parser.parse(json).get_object();
  for (const auto& field : object) names.emplace_back(field.key);
  return names;
}

}  // namespace

TEST_CASE("the body of a callback tells its source and what came back") {
  const Message source = plain_source();
  const AttemptResult result = plain_result();
  const Message message = make_callback(
      plain_callback(), {.source = source, .retried = 2, .result = result, .body_max = 1000}, now);
  CHECK(message.body ==
        R"({"status":503,"header":{"Content-Type":["text/plain"]},"body":"ZG93bg==",)"
        R"("retried":2,"maxRetries":5,"sourceMessageId":")" +
            source.id.to_string() +
            R"(","url":"https://api.example.com/hook?a=\"1\"","method":"PUT",)"
            R"("sourceHeader":{"Content-Type":["application/json"],"X-Trace":["a","b"]},)"
            R"("sourceBody":"eyJpbnZvaWNlIjo0Mn0=","notBefore":1701198458025,)"
            R"("createdAt":1701198447054,"callerIP":"203.0.113.5"})");
}

TEST_CASE("a callback tells group, endpoint, schedule and dead letter when there are any") {
  Message source = plain_source();
  source.group = "g";
  source.endpoint = "e";
  source.schedule_id = "scd_1";
  const AttemptResult result = plain_result();
  const Message message = make_callback(plain_callback(),
                                        {.source = source,
                                         .retried = 5,
                                         .result = result,
                                         .dead_letter_id = "1790000100000-0",
                                         .body_max = 1000},
                                        now);
  CHECK(member_names(message.body) ==
        std::vector<std::string>{"status", "header", "body", "retried", "maxRetries",
                                 "sourceMessageId", "topicName", "endpointName", "url", "method",
                                 "sourceHeader", "sourceBody", "notBefore", "createdAt",
                                 "scheduleId", "callerIP", "dlqId"});
  simdjson::dom::parser parser;
  const simdjson::dom::element json = parser.parse(message.body);
  CHECK(std::string_view(json["topicName"]) == "g");
  CHECK(std::string_view(json["endpointName"]) == "e");
  CHECK(std::string_view(json["scheduleId"]) == "scd_1");
  CHECK(std::string_view(json["dlqId"]) == "1790000100000-0");
}

TEST_CASE("a callback of an attempt without a response and a source with nothing in it") {
  Message source;
  source.id = MessageId::make(0, from_unix_ms(5), 0, 0);
  source.url = "http://a";
  source.created = from_unix_ms(5);
  AttemptResult result;
  result.error = "connection refused";
  const Message message =
      make_callback(plain_callback(), {.source = source, .result = result, .body_max = 10}, now);
  CHECK(message.body ==
        R"({"status":0,"header":{},"body":"","retried":0,"maxRetries":3,"sourceMessageId":")" +
            source.id.to_string() +
            R"(","url":"http://a","method":"POST","sourceHeader":{},"sourceBody":"",)"
            R"("notBefore":5,"createdAt":5})");
}

TEST_CASE("a callback carries the response's beginning and all of the source's bytes") {
  Message source = plain_source();
  source.body.clear();
  for (int i = 0; i < 256; ++i) source.body += static_cast<char>(i);
  AttemptResult result = plain_result();
  result.response_body = std::string("\0\xff\r\n", 4) + "rest";
  for (const std::size_t body_max : {0UL, 1UL, 4UL, 8UL, 100UL}) {
    CAPTURE(body_max);
    const Message message = make_callback(
        plain_callback(), {.source = source, .result = result, .body_max = body_max}, now);
    simdjson::dom::parser parser;
    const simdjson::dom::element json = parser.parse(message.body);
    CHECK(base64_decode(std::string_view(json["body"])).value() ==
          result.response_body.substr(0, body_max));
    CHECK(base64_decode(std::string_view(json["sourceBody"])).value() == source.body);
  }
}

TEST_CASE("a callback leaves out the source's signature") {
  Message source = plain_source();
  source.headers.push_back({"upstash-signature", "secret"});
  source.headers.push_back({"Upstash-Signature", "secret"});
  const AttemptResult result = plain_result();
  const Message message =
      make_callback(plain_callback(), {.source = source, .result = result, .body_max = 10}, now);
  CHECK(message.body.find("secret") == std::string::npos);
  simdjson::dom::parser parser;
  const simdjson::dom::element json = parser.parse(message.body);
  CHECK(simdjson::dom::object(json["sourceHeader"]).size() == 2);
}

TEST_CASE("a callback is JSON that is posted, unless it says otherwise") {
  const Message source = plain_source();
  const AttemptResult result = plain_result();
  const CallbackEvent event{.source = source, .result = result, .body_max = 10};
  Callback callback = plain_callback();
  callback.headers = {{"X-Kind", "done"}};
  const Message message = make_callback(callback, event, now);
  CHECK(message.url == callback.url);
  CHECK(message.method == Method::post);
  CHECK(message.headers == Headers{{"Content-Type", "application/json"}, {"X-Kind", "done"}});
  CHECK(message.account == source.account);
  CHECK(message.caller_ip == source.caller_ip);
  CHECK(message.callback_of == source.id);
  CHECK(message.retries_max == source.retries_max);
  CHECK(message.not_before == Timestamp{});
  CHECK(message.created == Timestamp{});
  CHECK(message.id == MessageId{});
  // What is the source's own stays with it.
  CHECK(message.labels.empty());
  CHECK(message.flow_control.key.empty());
  CHECK(message.queue.empty());
  CHECK(message.blocks_queue.empty());
  CHECK_FALSE(message.callback);
  CHECK_FALSE(message.failure_callback);
  CHECK(message.redaction == Redaction{});

  callback.headers = {{"content-type", "text/plain"}};
  callback.method = Method::patch;
  const Message other = make_callback(callback, event, now);
  CHECK(other.headers == Headers{{"content-type", "text/plain"}});
  CHECK(other.method == Method::patch);
}

TEST_CASE("a callback is made as its own settings say") {
  Message source = plain_source();
  source.queue = "q";
  const AttemptResult result = plain_result();
  Callback nested = plain_callback();
  nested.url = "https://nested.example.com";
  Callback callback = plain_callback();
  callback.retries_max = 0;
  callback.retry_delay = "1000";
  callback.timeout = 30s;
  callback.delay = 90s;
  callback.flow_control = {.key = "cb", .rate = 3};
  callback.labels = {"x", "y"};
  callback.redaction.headers = {"X-Kind"};
  callback.callback = nested;
  nested.url += "/failure";
  callback.failure_callback = nested;
  const Message message =
      make_callback(callback, {.source = source, .result = result, .body_max = 10}, now);
  CHECK(message.retries_max == 0);
  CHECK(message.retry_delay == "1000");
  CHECK(message.timeout == Milliseconds(30s));
  CHECK(message.not_before == now + 90s);
  CHECK(message.flow_control == callback.flow_control);
  CHECK(message.labels == callback.labels);
  CHECK(message.redaction == callback.redaction);
  CHECK(message.queue.empty());
  CHECK(message.blocks_queue == "q");
  REQUIRE(message.callback);
  CHECK(message.callback->url == "https://nested.example.com");
  REQUIRE(message.failure_callback);
  CHECK(message.failure_callback->url == "https://nested.example.com/failure");
}

TEST_CASE("whatever a source hides from readers, its callback's body hides") {
  Redaction body, all_headers, one_header, both;
  body.body = true;
  all_headers.all_headers = true;
  one_header.headers = {"X-Trace"};
  both.body = both.all_headers = true;
  const AttemptResult result = plain_result();
  struct Row {
    Redaction source, callback, expected;
  };
  for (const Row& row : {Row{{}, {}, {}}, Row{body, {}, body}, Row{all_headers, {}, body},
                         Row{one_header, {}, body}, Row{one_header, all_headers, both},
                         Row{{}, body, body}, Row{{}, all_headers, all_headers}}) {
    Message source = plain_source();
    source.redaction = row.source;
    Callback callback = plain_callback();
    callback.redaction = row.callback;
    const CallbackEvent event{.source = source, .result = result, .body_max = 10};
    CHECK(make_callback(callback, event, now).redaction == row.expected);
  }
}

TEST_CASE("a callback of megabytes is written into one piece of memory") {
  Message source = plain_source();
  source.body.assign(3'000'000, 'a');
  AttemptResult result = plain_result();
  result.response_body.assign(2'000'000, 'b');
  const Message message = make_callback(
      plain_callback(), {.source = source, .result = result, .body_max = 1'000'000}, now);
  CHECK(message.body.size() > 5'333'333);
  // A buffer that had grown on the way would have doubled.
  CHECK(message.body.capacity() < message.body.size() + 2'000);
}

}  // namespace godwit
