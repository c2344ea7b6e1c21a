#include "api/message_json.h"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>

#include "core/redaction.h"
#include "core/signature.h"

namespace godwit {
namespace {

constexpr Timestamp created = from_unix_ms(1'790'000'000'000);

Message example() {
  Message message;
  message.id = MessageId::make(0, created, 1, 2);
  message.account = 1;
  message.url = "https://api.example.com/hook?tenant=7";
  message.method = Method::put;
  message.headers = {{"X-Trace", "abc"}, {"Content-Type", "application/json"}, {"X-Trace", "def"}};
  message.body = R"({"invoice":42})";
  message.retries_max = 2;
  message.retry_delay = "min(60000, pow(2, retried) * 1000)";
  message.timeout = Milliseconds(30'000);
  message.created = created;
  message.not_before = created + Milliseconds(90'000);
  message.caller_ip = "203.0.113.5";
  message.labels = {"billing", "eu"};
  return message;
}

std::string message_text(const Message& message, BodyLimit limit = {}) {
  std::string out;
  JsonWriter json(out);
  write_message(json, message, limit);
  return out;
}

std::string log_text(const LogEntry& entry, BodyLimit limit = {}) {
  std::string out;
  JsonWriter json(out);
  write_log_entry(json, entry, limit);
  return out;
}

}  // namespace

TEST_CASE("a message shows all that is set, exactly as QStash spells it") {
  const Message message = example();
  CHECK(message_text(message) ==
        R"({"messageId":")" + message.id.to_string() +
            R"(","url":"https://api.example.com/hook?tenant=7","method":"PUT",)"
            R"("header":{"Content-Type":["application/json"],"X-Trace":["abc","def"]},)"
            R"("body":"{\"invoice\":42}","maxRetries":2,)"
            R"j("retryDelayExpression":"min(60000, pow(2, retried) * 1000)",)j"
            R"("notBefore":1790000090000,"createdAt":1790000000000,"callerIP":"203.0.113.5",)"
            R"("label":"billing","labels":["billing","eu"],"timeout":30})");
}

TEST_CASE("what a message does not have is left out") {
  Message message;
  message.id = MessageId::make(0, created, 1, 2);
  message.url = "https://e.com";
  message.created = created;
  CHECK(message_text(message) == R"({"messageId":")" + message.id.to_string() +
                                     R"(","url":"https://e.com","method":"POST","maxRetries":3,)"
                                     R"("notBefore":1790000000000,"createdAt":1790000000000})");
}

TEST_CASE("a timeout below a second is shown as one, not as none") {
  Message message = example();
  message.timeout = Milliseconds(250);
  CHECK(message_text(message).ends_with(R"("timeout":1})"));
}

TEST_CASE("a body that is not UTF-8 is shown as base64 under its own name") {
  Message message = example();
  message.body = std::string("\xff\x00\x01", 3);
  const std::string text = message_text(message);
  CHECK(text.find(R"("bodyBase64":"/wAB")") != std::string::npos);
  CHECK(text.find(R"("body":)") == std::string::npos);
}

TEST_CASE("a body is cut to its limit without tearing a character") {
  Message message = example();
  message.body = "ab\u20accd";
  CHECK(message_text(message, {.size_max = 2}).find(R"("body":"ab")") != std::string::npos);
  CHECK(message_text(message, {.size_max = 3}).find(R"("body":"ab")") != std::string::npos);
  CHECK(message_text(message, {.size_max = 4}).find(R"("body":"ab")") != std::string::npos);
  CHECK(message_text(message, {.size_max = 5}).find("\"body\":\"ab\u20ac\"") != std::string::npos);
  CHECK(message_text(message, {.size_max = 0}).find("body") == std::string::npos);
}

TEST_CASE("redacted parts show the digest of each value and nothing else") {
  Message message = example();
  message.redaction = {.body = true, .all_headers = false, .headers = {"x-trace"}};
  std::string text = message_text(message);
  CHECK(text.find("\"body\":\"REDACTED:" + hex_encode(sha256(R"({"invoice":42})")) + "\"") !=
        std::string::npos);
  CHECK(text.find("\"X-Trace\":[\"REDACTED:" + hex_encode(sha256("abc")) +
                  "\",\"REDACTED:" + hex_encode(sha256("def")) + "\"]") != std::string::npos);
  CHECK(text.find(R"("Content-Type":["application/json"])") != std::string::npos);
  CHECK(text.find("invoice") == std::string::npos);

  message.redaction = {.body = false, .all_headers = true, .headers = {}};
  text = message_text(message);
  CHECK(text.find("application/json") == std::string::npos);
  CHECK(text.find("invoice") != std::string::npos);
}

TEST_CASE("a dead letter is its message with the id and the last response") {
  DeadLetterEntry entry;
  entry.id = {.entered = from_unix_ms(1'790'000'100'000), .sequence = 0};
  entry.record.message = example();
  entry.record.message.labels.clear();
  entry.record.last.status = 503;
  entry.record.last.response_headers = {{"Content-Type", "text/plain"}};
  entry.record.last.response_body = "down";
  std::string out;
  JsonWriter json(out);
  write_dead_letter(json, entry);
  CHECK(out.starts_with(R"({"dlqId":"1790000100000-0","messageId":"msg_)"));
  CHECK(
      out.ends_with(R"("timeout":30,"responseStatus":503,)"
                    R"("responseHeader":{"Content-Type":["text/plain"]},"responseBody":"down"})"));

  entry.record.last = AttemptResult();
  entry.record.last.error = "connection refused";
  out.clear();
  write_dead_letter(json, entry);
  CHECK(out.ends_with(R"("timeout":30,"responseStatus":0})"));

  entry.record.last = AttemptResult();
  entry.record.last.status = 200;
  entry.record.last.response_body = "\xff";
  out.clear();
  write_dead_letter(json, entry);
  CHECK(out.ends_with(R"("responseStatus":200,"responseBodyBase64":"/w=="})"));
}

TEST_CASE("a log entry shows its row and its message, bodies as base64, twins under both names") {
  LogEntry entry;
  entry.message = std::make_shared<const Message>(example());
  entry.row.time = created + Milliseconds(5);
  entry.row.state = LogState::error;
  entry.row.next_delivery = created + Milliseconds(1005);
  entry.row.error = "the destination answered 503";
  entry.row.status = 503;
  entry.row.response_headers = {{"Server", "x"}};
  entry.row.response_body = "down";
  CHECK(log_text(entry) ==
        R"({"time":1790000000005,"messageId":")" + entry.message->id.to_string() +
            R"(","state":"ERROR","url":"https://api.example.com/hook?tenant=7",)"
            R"("error":"the destination answered 503","nextDeliveryTime":1790000001005,)"
            R"("method":"PUT",)"
            R"("header":{"Content-Type":["application/json"],"X-Trace":["abc","def"]},)"
            R"("body":"eyJpbnZvaWNlIjo0Mn0=","responseStatus":503,)"
            R"("responseHeaders":{"Server":["x"]},"responseHeader":{"Server":["x"]},)"
            R"("responseBody":"ZG93bg==","timeout":30000,"maxRetries":2,)"
            R"j("retryDelayExpression":"min(60000, pow(2, retried) * 1000)",)j"
            R"j("retryDelayExpr":"min(60000, pow(2, retried) * 1000)",)j"
            R"("label":"billing","labels":["billing","eu"],"callerIP":"203.0.113.5"})");

  CHECK(log_text(entry, {.size_max = 0}).find("ody\"") == std::string::npos);
  CHECK(log_text(entry, {.size_max = 2}).find(R"("body":"eyI=")") != std::string::npos);

  // QStash shows nothing of the response of a delivered attempt but its status.
  entry.row.state = LogState::delivered;
  entry.row.status = 200;
  CHECK(log_text(entry).contains(R"("responseStatus":200,"timeout")"));
}

TEST_CASE("a redacted body of a log entry is its digest, not base64") {
  Message message = example();
  message.redaction.body = true;
  LogEntry entry;
  entry.message = std::make_shared<const Message>(message);
  entry.row.time = created;
  entry.row.state = LogState::canceled;
  const std::string text = log_text(entry);
  CHECK(text.find("\"body\":\"" + redacted(message.body) + "\"") != std::string::npos);
  CHECK(text.find(R"("state":"CANCELED")") != std::string::npos);
  CHECK(text.find("responseStatus") == std::string::npos);
  CHECK(text.find("nextDeliveryTime") == std::string::npos);
}

TEST_CASE("what a message belongs to and calls back is shown under the names of each object") {
  Message message = example();
  message.group = "my-group";
  message.endpoint = "first one";
  message.queue = "my-queue";
  message.schedule_id = "scd_1";
  message.flow_control = {.key = "k/1", .parallelism = 2, .rate = 0, .period = {}};
  message.flow_control.period = std::chrono::seconds(1);
  Callback callback;
  callback.url = "https://e.com/done?x=1";
  callback.headers = {{"X-Key", "secret"}, {"X-Open", "a"}};
  message.callback = callback;
  callback.url = "https://e.com/failed";
  callback.headers.clear();
  message.failure_callback = callback;
  message.redaction.headers = {"x-key"};

  const std::string origin =
      R"("topicName":"my-group","endpointName":"first one","queueName":"my-queue",)"
      R"("scheduleId":"scd_1",)";
  const std::string flow = R"("flowControlKey":"k/1","parallelism":2,"period":1,)";
  const std::string headers = R"({"X-Key":[")" + redacted("secret") + R"("],"X-Open":["a"]},)";
  const std::string text = message_text(message);
  CAPTURE(text);
  CHECK(text.find(origin) != std::string::npos);
  CHECK(text.find(flow) != std::string::npos);
  CHECK(text.find(R"("callback":"https://e.com/done?x=1","callbackHeader":)" + headers +
                  R"("failureCallback":"https://e.com/failed",)") != std::string::npos);
  CHECK(text.find("failureCallbackHeader") == std::string::npos);

  LogEntry entry;
  entry.message = std::make_shared<const Message>(message);
  const std::string row = log_text(entry);
  CAPTURE(row);
  CHECK(row.find(origin) != std::string::npos);
  CHECK(row.find(flow) != std::string::npos);
  CHECK(row.find(R"("callbackHeaders":)" + headers) != std::string::npos);
  CHECK(row.find(R"("callbackHeader":)") == std::string::npos);

  message.flow_control = {.key = "k", .parallelism = 0, .rate = 10, .period = {}};
  message.flow_control.period = std::chrono::seconds(5403);
  CHECK(message_text(message).find(R"("flowControlKey":"k","rate":10,"period":5403,)") !=
        std::string::npos);
}

}  // namespace godwit
