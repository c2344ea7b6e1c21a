#pragma once
#include <doctest/doctest.h>
#include <simdjson.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/api.h"
#include "engine/broker.h"
#include "engine/engine.h"
#include "store/memory_store.h"
#include "testing/fake_clock.h"
#include "testing/held_attempts.h"

/// What the tests of the HTTP interface stand on.
namespace godwit {

namespace asio = boost::asio;

inline constexpr AccountId ours = 1;
inline constexpr AccountId theirs = 2;

/// The io_context as the engine's loop; its alarm goes off when the test has moved the clock.
class TestLoop final : public Loop {
 public:
  TestLoop(asio::io_context& io, const FakeClock& clock) : io_(io), clock_(clock) {}
  void post(std::function<void()> work) override { asio::post(io_, std::move(work)); }
  void wake_at(Timestamp time, std::function<void()> alarm) override {
    time_ = time;
    alarm_ = std::move(alarm);
  }
  /// Runs what is due now. False: nothing was.
  bool ring() {
    if (!alarm_ || time_ > clock_.now()) return false;
    std::exchange(alarm_, nullptr)();
    return true;
  }

 private:
  asio::io_context& io_;
  const FakeClock& clock_;
  Timestamp time_;
  std::function<void()> alarm_;
};

/// A parsed JSON answer.
class Json {
 public:
  explicit Json(const std::string& text) : text_(text) {
    const auto error = parser_->parse(text).get(root_);
    if (error) FAIL(text);
  }
  std::string string(const char* pointer) const {
    std::string_view value;
    if (root_.at_pointer(pointer).get(value)) FAIL((std::string(pointer) + " in " + text_));
    return std::string(value);
  }
  std::int64_t integer(const char* pointer) const {
    std::int64_t value = 0;
    if (root_.at_pointer(pointer).get(value)) FAIL((std::string(pointer) + " in " + text_));
    return value;
  }
  bool boolean(const char* pointer) const {
    bool value = false;
    if (root_.at_pointer(pointer).get(value)) FAIL((std::string(pointer) + " in " + text_));
    return value;
  }
  bool is_null(const char* pointer) const {
    simdjson::dom::element value;
    if (root_.at_pointer(pointer).get(value)) FAIL((std::string(pointer) + " in " + text_));
    return value.is_null();
  }
  bool has(const char* pointer) const {
    return root_.at_pointer(pointer).error() == simdjson::SUCCESS;
  }
  std::size_t size(const char* pointer) const {
    simdjson::dom::array array;
    if (root_.at_pointer(pointer).get(array)) FAIL((std::string(pointer) + " in " + text_));
    return array.size();
  }
  std::vector<std::string> strings(const char* pointer, const char* member) const {
    std::vector<std::string> values;
    values.reserve(size(pointer));
    for (std::size_t i = 0; i < size(pointer); ++i) {
      values.push_back(string((std::string(pointer) + "/" + std::to_string(i) + member).c_str()));
    }
    return values;
  }

 private:
  std::string text_;
  std::shared_ptr<simdjson::dom::parser> parser_ = std::make_shared<simdjson::dom::parser>();
  simdjson::dom::element root_;
};

/// A whole broker behind the HTTP interface, on a memory store and a clock of the test's.
class Server {
 public:
  explicit Server(ApiSettings settings = {}, EngineSettings engine_settings = {}) {
    tokens.add("ours", {.account = ours});
    tokens.add("theirs", {.account = theirs});
    tokens.add("reader", {.account = ours, .read_only = true});
    engine = std::make_unique<Engine>(engine_settings, *store, 42);
    engine->set_signing_keys(ours, {"sig_a", "sig_b"});
    engine->set_signing_keys(theirs, {"sig_c", "sig_d"});
    REQUIRE(engine->recover(clock.now()));
    broker = std::make_unique<Broker>(Broker::Settings{}, *engine, *store, clock, loop, attempts,
                                      [](const Error& error) { FAIL(error.message); });
    broker->start();
    api = std::make_unique<Api>(
        io, std::move(settings), *broker, *store, clock, tokens, nullptr,
        [] { return std::string("others_total 1\n"); }, [this] { ++keys_changed; },
        [this](std::uint64_t records) { skips_told.push_back(records); });
  }

  HttpResponse send(HttpRequest request) {
    std::optional<HttpResponse> response;
    asio::co_spawn(io, api->handle(std::move(request)),
                   [&](const std::exception_ptr& failure, HttpResponse answer) {
                     REQUIRE_FALSE(failure);
                     response = std::move(answer);
                   });
    io.restart();
    while (!response) REQUIRE(io.run_one() > 0);
    settle();
    return std::move(*response);
  }
  HttpResponse call(std::string method, std::string target, Headers headers = {},
                    std::string body = {}) {
    headers.push_back({"Authorization", "Bearer " + token});
    HttpRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.headers = std::move(headers);
    request.body = std::move(body);
    request.remote_address = "203.0.113.5";
    return send(std::move(request));
  }
  /// Expects `status` and a JSON body.
  Json json(int status, std::string method, std::string target, Headers headers = {},
            std::string body = {}) {
    const HttpResponse response =
        call(std::move(method), std::move(target), std::move(headers), std::move(body));
    INFO(response.body);
    CHECK(response.status == status);
    return Json(response.body);
  }
  std::string publish(const std::string& target = "https://e.com/h", Headers headers = {},
                      std::string body = "hello") {
    return json(200, "POST", "/v2/publish/" + target, std::move(headers), std::move(body))
        .string("/messageId");
  }
  /// Ends the oldest attempt under way.
  void answer(int status, std::string body = {}) {
    REQUIRE_FALSE(attempts.started.empty());
    const StartAttempt attempt = attempts.started.front();
    attempts.started.erase(attempts.started.begin());
    AttemptResult result;
    result.status = status;
    result.response_headers = {{"Content-Type", "text/plain"}};
    result.response_body = std::move(body);
    broker->attempt_finished(attempt.message->id, attempt.attempt, std::move(result));
    settle();
  }
  void advance(Milliseconds step) {
    clock.advance(step);
    settle();
  }
  /// A message in the dead letter queue; returns its dlqId.
  std::string dead_letter(Headers headers = {}, int status = 404) {
    headers.push_back({"Upstash-Retries", "0"});
    const std::string id = publish("https://e.com/h", std::move(headers));
    answer(status, "404 Not Found");
    advance(Milliseconds(10));
    return json(200, "GET", "/v2/dlq?messageId=" + id).string("/messages/0/dlqId");
  }

  asio::io_context io{1};
  FakeClock clock;
  TestLoop loop{io, clock};
  HeldAttempts attempts;
  TokenTable tokens;
  std::unique_ptr<Store> store = make_memory_store();
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Broker> broker;
  std::unique_ptr<Api> api;
  std::string token = "ours";
  int keys_changed = 0;
  std::vector<std::uint64_t> skips_told;

 private:
  /// Runs until nothing is left to do at this time.
  void settle() {
    do {
      io.restart();
      io.poll();
    } while (loop.ring());
  }
};

inline const std::string* header_of(const HttpResponse& response, std::string_view name) {
  return find_header(response.headers, name);
}

}  // namespace godwit
