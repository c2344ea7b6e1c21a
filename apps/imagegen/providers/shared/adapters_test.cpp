// The adapters against a server on the wire: what they send, and what becomes of answers that are
// late, cut off or not there.
#include <doctest/doctest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "core/signature.h"
#include "imagegen/providers/providers.h"
#include "testing/scripted_server.h"
#include "testing/until.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

const std::string key = "AIza-very-secret-key";
const std::string png = "\x89PNG\r\n\x1a\n and more";

std::string http(int status, const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: application/json\r\n" +
         headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string drawn() {
  return R"({"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"image/png","data":")" +
         base64_encode(png) + R"("}}]},"finishReason":"STOP"}]})";
}

struct World {
  explicit World(std::vector<ScriptedServer::Script> scripts)
      : server(io, std::move(scripts)), client(io, provider_client_settings(), nullptr) {}

  ProviderAccess access() { return {server.url(""), key}; }

  template <typename T>
  T run(asio::awaitable<T> work) {
    std::optional<T> result;
    asio::co_spawn(io, std::move(work), [&](const std::exception_ptr& exception, T value) {
      if (exception) std::rethrow_exception(exception);
      result = std::move(value);
    });
    run_until(io, [&] { return result.has_value(); });
    return std::move(*result);
  }

  ImageOutcome draw_with_gemini(milliseconds timeout = milliseconds(20'000)) {
    const auto gemini = make_gemini(client, ModelCatalog::built_in(), access());
    ImageRequest request;
    request.model = default_model;
    request.prompt = "a goose";
    request.timeout = timeout;
    return run(gemini->generate(std::move(request)));
  }

  asio::io_context io{1};
  ScriptedServer server;
  HttpClient client;
};

const TaskError& retried(const ImageOutcome& outcome) {
  REQUIRE(std::holds_alternative<ImageRetry>(outcome));
  return std::get<ImageRetry>(outcome).error;
}

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("Gemini is asked once, with the key in a header and nowhere else") {
  World world({{read_request(), send(http(200, drawn()))}});
  const ImageOutcome outcome = world.draw_with_gemini();
  REQUIRE(std::holds_alternative<ImageMade>(outcome));
  CHECK(std::get<ImageMade>(outcome).bytes == png);
  REQUIRE(world.server.requests.size() == 1);
  const std::string& sent = world.server.requests.front();
  CHECK(sent.starts_with("POST /v1beta/models/gemini-3.1-flash-image:generateContent HTTP/1.1"));
  CHECK(mentions(sent, "x-goog-api-key: " + key));
  CHECK(mentions(sent, "User-Agent: ImageGenService"));
  CHECK(mentions(sent, R"({"text":"a goose"})"));
  CHECK(sent.find(key) == sent.rfind(key));
}

TEST_CASE("no request goes out twice by itself, whatever becomes of an old connection") {
  // Goal: one call is one bill. Method: a server that takes a second request on a connection and
  // then resets it, which a client that reuses connections would answer by asking again.
  World world({{read_request(), send(http(200, drawn())), read_request(), reset_connection()},
               {read_request(), send(http(200, drawn()))}});
  CHECK(std::holds_alternative<ImageMade>(world.draw_with_gemini()));
  CHECK(std::holds_alternative<ImageMade>(world.draw_with_gemini()));
  CHECK(world.server.requests.size() == 2);
}

TEST_CASE("a provider that quotes the key does not make it public") {
  const std::string body = R"({"error":{"code":403,"status":"PERMISSION_DENIED","message":"Key )" +
                           key + R"( is bad"}})";
  World world({{read_request(), send(http(403, body))}});
  const ImageOutcome outcome = world.draw_with_gemini();
  REQUIRE(std::holds_alternative<ImageFailed>(outcome));
  CHECK(std::get<ImageFailed>(outcome).error.code == "invalid_key");
  CHECK(std::get<ImageFailed>(outcome).error.detail == "Key [key] is bad");
  const auto gemini = make_gemini(world.client, ModelCatalog::built_in(), world.access());
  const Result<std::string> checked = world.run(gemini->check());
  REQUIRE_FALSE(checked.has_value());
  CHECK(checked.error().code == ErrorCode::invalid_argument);
  CHECK_FALSE(mentions(checked.error().message, key));
}

TEST_CASE("a limit's wait gets up to a fifth of jitter, a day's does not") {
  const std::string minute =
      R"({"error":{"status":"RESOURCE_EXHAUSTED","message":"m","details":[{"@type":)"
      R"("type.googleapis.com/google.rpc.RetryInfo","retryDelay":"10s"}]}})";
  World world({{read_request(), send(http(429, minute))}});
  const ImageOutcome outcome = world.draw_with_gemini();
  CHECK(retried(outcome).code == "rate_limited");
  CHECK(std::get<ImageRetry>(outcome).after >= milliseconds(10'000));
  CHECK(std::get<ImageRetry>(outcome).after <= milliseconds(12'000));
}

TEST_CASE("an answer that is cut off leaves no half picture") {
  const std::string whole = http(200, drawn());
  for (const Action& end : {hang_up(), reset_connection()}) {
    World world({{read_request(), send(whole.substr(0, whole.size() - 20)), end}});
    const TaskError error = retried(world.draw_with_gemini());
    CHECK(error.code == "unavailable");
    CHECK(error.http_status == 0);
    CHECK(error.provider == "gemini");
    CHECK(world.server.requests.size() == 1);
  }
}

TEST_CASE("an answer that does not come is a timeout, and a server that is not there an outage") {
  {
    World world({{read_request(), hold()}});
    const TaskError error = retried(world.draw_with_gemini(milliseconds(30)));
    CHECK(error.code == "timeout");
    CHECK(mentions(error.detail, "timeout after 30ms"));
  }
  World world({{hang_up()}});
  world.server.stop_accepting();
  const auto gemini =
      make_gemini(world.client, ModelCatalog::built_in(), {"http://127.0.0.1:1", key});
  const TaskError error = retried(world.run(gemini->generate(ImageRequest{})));
  CHECK(error.code == "unavailable");
}

TEST_CASE("a base URL that is none is told as such") {
  World world({{hang_up()}});
  const auto gemini = make_gemini(world.client, ModelCatalog::built_in(), {"gemini.example", key});
  const ImageOutcome outcome = world.run(gemini->generate(ImageRequest{}));
  REQUIRE(std::holds_alternative<ImageFailed>(outcome));
  CHECK(std::get<ImageFailed>(outcome).error.code == "bad_base_url");
  CHECK_FALSE(world.run(gemini->check()).has_value());
}

TEST_CASE("a call under way needs its provider no more, and may be cancelled") {
  World world({{read_request(), hold()}});
  auto gemini = make_gemini(world.client, ModelCatalog::built_in(), world.access());
  asio::cancellation_signal signal;
  bool ended = false;
  ImageRequest request;
  request.model = default_model;
  asio::co_spawn(
      world.io, gemini->generate(std::move(request)),
      asio::bind_cancellation_slot(
          signal.slot(), [&](const std::exception_ptr&, const ImageOutcome&) { ended = true; }));
  run_until(world.io, [&] { return world.server.requests.size() == 1; });
  gemini.reset();
  signal.emit(asio::cancellation_type::terminal);
  run_until(world.io, [&] { return ended; });
}

TEST_CASE("Gemini's key is checked by its list of models") {
  World world({{read_request(), send(http(200, R"({"models":[{},{},{}]})"))}});
  const auto gemini = make_gemini(world.client, ModelCatalog::built_in(), world.access());
  CHECK(world.run(gemini->check()).value() == "3 models");
  CHECK(world.server.requests.front().starts_with("GET /v1beta/models?pageSize=1000 HTTP/1.1"));
  CHECK(mentions(world.server.requests.front(), "x-goog-api-key: " + key));
}

TEST_CASE("OpenAI's images are asked for once, with the key as a bearer") {
  World world({{read_request(),
                send(http(200, R"({"data":[{"b64_json":")" + base64_encode(png) + R"("}]})"))}});
  const auto openai = make_openai_images(world.client, world.access());
  ImageRequest request;
  request.model = "gpt-image-2";
  request.prompt = "a goose";
  const ImageOutcome outcome = world.run(openai->generate(std::move(request)));
  REQUIRE(std::holds_alternative<ImageMade>(outcome));
  CHECK(world.server.requests.front().starts_with("POST /images/generations HTTP/1.1"));
  CHECK(mentions(world.server.requests.front(), "Authorization: Bearer " + key));
  CHECK(world.server.requests.size() == 1);
}

std::string values_response(const std::string& text, const std::string& status = "completed") {
  return http(200, R"({"status":")" + status +
                       R"(","incomplete_details":{"reason":"max_output_tokens"},"output":[{"type":)"
                       R"("message","content":[{"type":"output_text","text":")" +
                       text + "\"}]}]}");
}

ValuesWanted three_values() {
  ValuesWanted wanted;
  wanted.name = "breed";
  wanted.count = 3;
  return wanted;
}

TEST_CASE("OpenAI proposes values") {
  World world({{read_request(), send(values_response(R"({\"values\":[\"a\",\"b\"]})"))}});
  const auto model = make_openai_text(world.client, world.access(), "");
  const auto values = world.run(model->propose_values(three_values()));
  REQUIRE(values.has_value());
  CHECK(*values == std::vector<std::string>{"a", "b"});
  REQUIRE(world.server.requests.size() == 1);
  CHECK(world.server.requests[0].starts_with("POST /responses HTTP/1.1"));
  CHECK(mentions(world.server.requests[0], "\"model\":\"gpt-5.4-mini\""));
}

TEST_CASE("a text that is cut off is asked for once more with twice the room, and not again") {
  World world({{read_request(), send(values_response("{", "incomplete"))},
               {read_request(), send(values_response(R"({\"values\":[\"a\"]})"))}});
  const auto model = make_openai_text(world.client, world.access(), "gpt-4.1-mini");
  CHECK(world.run(model->propose_values(three_values())).has_value());
  REQUIRE(world.server.requests.size() == 2);
  CHECK(mentions(world.server.requests[0], "\"max_output_tokens\":680"));
  CHECK(mentions(world.server.requests[1], "\"max_output_tokens\":1360"));

  World cut({{read_request(), send(values_response("{", "incomplete"))}});
  const auto other = make_openai_text(cut.client, cut.access(), "gpt-4.1-mini");
  const auto values = cut.run(other->propose_values(three_values()));
  REQUIRE_FALSE(values.has_value());
  CHECK(values.error().code == ErrorCode::unavailable);
  CHECK(cut.server.requests.size() == 2);
}

TEST_CASE("a server that only chats is chatted with") {
  const std::string chat = R"({"choices":[{"finish_reason":"stop","message":{"content":)"
                           R"("{\"name\":\"n\",\"content\":\"c\"}"}}]})";
  World world(
      {{read_request(), send(http(404, "Not Found"))}, {read_request(), send(http(200, chat))}});
  const auto model = make_openai_text(world.client, world.access(), "local");
  const auto prompt = world.run(model->propose_prompt({}));
  REQUIRE(prompt.has_value());
  CHECK(prompt->content == "c");
  REQUIRE(world.server.requests.size() == 2);
  CHECK(world.server.requests[1].starts_with("POST /chat/completions HTTP/1.1"));
}

TEST_CASE("a model that is not there is no reason to chat") {
  World world({{read_request(), send(http(404, R"({"error":{"message":"no model",)"
                                               R"("code":"model_not_found"}})"))}});
  const auto model = make_openai_text(world.client, world.access(), "gpt-9");
  const auto prompt = world.run(model->propose_prompt({}));
  REQUIRE_FALSE(prompt.has_value());
  CHECK(prompt.error().code == ErrorCode::invalid_argument);
  CHECK(mentions(prompt.error().message, "gpt-9"));
  CHECK(world.server.requests.size() == 1);
}

TEST_CASE("errors of the text model keep the key to themselves") {
  const std::string body = R"({"error":{"message":"Incorrect API key provided: )" + key +
                           R"(","code":"invalid_api_key"}})";
  World world({{read_request(), send(http(401, body))}});
  const auto model = make_openai_text(world.client, world.access(), "m");
  const auto prompt = world.run(model->propose_prompt({}));
  REQUIRE_FALSE(prompt.has_value());
  CHECK(mentions(prompt.error().message, "[key]"));
  CHECK_FALSE(mentions(prompt.error().message, key));
  const Result<std::string> checked = world.run(model->check());
  REQUIRE_FALSE(checked.has_value());
  CHECK_FALSE(mentions(checked.error().message, key));
}

}  // namespace
}  // namespace godwit::imagegen
