#pragma once
#include <doctest/doctest.h>
#include <simdjson.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/signature.h"
#include "imagegen/broker/broker_client.h"
#include "imagegen/generations/generations.h"
#include "imagegen/generations/processing.h"
#include "imagegen/generations/records.h"
#include "imagegen/generations/world.h"
#include "imagegen/storage/test_images.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "testing/fake_clock.h"
#include "testing/temporary_directory.h"
#include "testing/until.h"

namespace godwit::imagegen {

namespace asio = boost::asio;

/// A message as a broker stores it.
struct StoredMessage {
  std::string id;
  std::string destination;
  std::map<std::string, std::string> headers;
  std::string body;
  std::string state = "CREATED";
  int retried = 0;

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
  long delay() const { return std::stol(header("Upstash-Delay")); }
};

/// A broker that takes messages over HTTP and delivers when a test says so. It knows the part of
/// the wire that the application uses.
class TestBroker {
 public:
  static constexpr const char* token = "test-token-0123456789";
  static constexpr const char* current_key = "sig_current_0123456789";
  static constexpr const char* next_key = "sig_next_0123456789";

  explicit TestBroker(asio::io_context& io)
      : server_(io, {}, [this](HttpRequest request) { return answer(std::move(request)); }) {
    REQUIRE(server_.listen("127.0.0.1", 0).has_value());
  }
  ~TestBroker() { server_.abort(); }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }

  std::vector<StoredMessage> messages;
  std::vector<HttpRequest> requests;
  int refuse_status = 0;  ///< Not 0: every request but a GET is answered with it.
  std::size_t refuse_items_from = SIZE_MAX;  ///< Of all items of batches ever, these fail.
  std::string current = current_key;
  std::string next = next_key;
  std::function<void()> before_answer;

  StoredMessage* find(std::string_view id) {
    const auto found = std::ranges::find(messages, id, &StoredMessage::id);
    return found == messages.end() ? nullptr : &*found;
  }
  std::vector<StoredMessage> alive() const {
    std::vector<StoredMessage> all;
    std::ranges::copy_if(messages, std::back_inserter(all),
                         [](const StoredMessage& message) { return message.state == "CREATED"; });
    return all;
  }

 private:
  asio::awaitable<HttpResponse> answer(HttpRequest request) {
    co_await asio::post(asio::use_awaitable);
    requests.push_back(request);
    HttpResponse response = respond(request);
    if (before_answer) std::exchange(before_answer, nullptr)();
    co_return response;
  }

  static HttpResponse json(int status, std::string body) {
    HttpResponse response;
    response.status = status;
    response.headers.push_back({"Content-Type", "application/json"});
    response.body = std::move(body);
    return response;
  }

  HttpResponse respond(const HttpRequest& request) {
    const std::string& target = request.target;
    if (target == "/") return json(200, R"({"name":"Godwit","version":"0.9"})");
    const std::string* authorization = find_header(request.headers, "Authorization");
    if (authorization == nullptr || *authorization != std::string("Bearer ") + token) {
      return json(401, R"({"error":"unable to authenticate: invalid token"})");
    }
    if (request.method != "GET" && refuse_status != 0) {
      return json(refuse_status, R"({"error":"refused by the test"})");
    }
    if (target == "/v2/keys") {
      return json(200, R"({"current":")" + current + R"(","next":")" + next + "\"}");
    }
    if (target == "/v2/batch") return take_batch(request.body);
    if (target.starts_with("/v2/publish/")) {
      StoredMessage message;
      message.destination = target.substr(12);
      for (const Header& header : request.headers) message.headers[header.name] = header.value;
      message.body = request.body;
      return json(200, take(std::move(message)));
    }
    if (request.method == "DELETE" && target.starts_with("/v2/messages?label=")) {
      return cancel([label = decoded(target.substr(19))](const StoredMessage& message) {
        return message.header("Upstash-Label") == label;
      });
    }
    if (request.method == "DELETE" && target.starts_with("/v2/messages?messageIds=")) {
      const std::string ids = "," + target.substr(24) + ",";
      return cancel([&ids](const StoredMessage& message) {
        return ids.find("," + message.id + ",") != std::string::npos;
      });
    }
    if (target.starts_with("/v2/logs?")) return logs(target);
    if (target.starts_with("/v2/dlq?")) return json(200, R"({"messages":[]})");
    return json(404, R"({"error":"not found"})");
  }

  static std::string decoded(std::string text) {
    for (std::size_t at = 0; (at = text.find("%3A")) != std::string::npos;)
      text.replace(at, 3, ":");
    return text;
  }

  template <typename Matches>
  HttpResponse cancel(Matches matches) {
    int count = 0;
    for (StoredMessage& message : messages) {
      if (message.state != "CREATED" || !matches(message)) continue;
      message.state = "CANCELED";
      ++count;
    }
    return json(202, R"({"cancelled":)" + std::to_string(count) + "}");
  }

  HttpResponse logs(const std::string& target) const {
    std::string body = R"({"logs":[)";
    const std::size_t by_id = target.find("messageId=");
    bool comma = false;
    for (const StoredMessage& message : messages) {
      if (message.state == "LOST") continue;
      if (by_id != std::string::npos &&
          target.substr(by_id + 10, message.id.size() + 1) != message.id + "&") {
        continue;
      }
      if (std::exchange(comma, true)) body += ",";
      body += R"({"messageId":")" + message.id + R"(","state":")" + message.state + "\"}";
    }
    return json(200, body + "]}");
  }

  std::string take(StoredMessage message) {
    const std::string deduplication = message.header("Upstash-Deduplication-Id");
    for (const StoredMessage& known : messages) {
      if (!deduplication.empty() && known.header("Upstash-Deduplication-Id") == deduplication) {
        return R"({"messageId":")" + known.id + R"(","deduplicated":true})";
      }
    }
    message.id = "msg_" + std::to_string(messages.size() + 1);
    messages.push_back(message);
    return R"({"messageId":")" + message.id + "\"}";
  }

  HttpResponse take_batch(const std::string& body) {
    simdjson::dom::parser parser;
    simdjson::dom::array items;
    if (parser.parse(body).get_array().get(items) != simdjson::SUCCESS) {
      return json(400, R"({"error":"not an array"})");
    }
    std::string answers = "[";
    for (const simdjson::dom::element item : items) {
      StoredMessage message;
      message.destination = std::string(std::string_view(item["destination"]));
      message.body = std::string(std::string_view(item["body"]));
      for (const auto& [name, value] : simdjson::dom::object(item["headers"])) {
        message.headers[std::string(name)] = std::string(std::string_view(value));
      }
      if (answers.size() > 1) answers += ",";
      answers += items_++ >= refuse_items_from ? R"({"error":"quota maxDelay exceeded"})"
                                               : take(std::move(message));
    }
    return json(200, answers + "]");
  }

  HttpServer server_;
  std::size_t items_ = 0;
};

/// Draws what a test says: the next outcome of its list, then pictures.
class TestProvider final : public ImageProvider {
 public:
  std::deque<ImageOutcome> outcomes;
  std::vector<ImageRequest> requests;
  std::function<void()> during;  ///< Runs once, while it draws.

  asio::awaitable<ImageOutcome> generate(ImageRequest request) override {
    requests.push_back(std::move(request));
    co_await asio::post(asio::use_awaitable);
    if (during) std::exchange(during, nullptr)();
    if (outcomes.empty()) {
      ImageMade made;
      made.bytes = test_image("image/png", 8, 6);
      made.mime = "image/png";
      co_return made;
    }
    ImageOutcome outcome = std::move(outcomes.front());
    outcomes.pop_front();
    co_return outcome;
  }
  asio::awaitable<Result<std::string>> check() override { co_return std::string("1 model"); }
};

inline TaskError provider_error(std::string code) {
  TaskError error;
  error.message = "The provider says " + code + ".";
  error.code = std::move(code);
  error.provider = "gemini";
  return error;
}
inline ImageRetry temporary(std::string code = "unavailable",
                            std::optional<Milliseconds> after = std::nullopt) {
  ImageRetry retry;
  retry.error = provider_error(std::move(code));
  retry.after = after;
  return retry;
}
inline ImageFailed permanent(std::string code = "bad_request") {
  ImageFailed failed;
  failed.error = provider_error(std::move(code));
  return failed;
}

/// Everything real but the broker and the provider.
class TestWorld {
 public:
  explicit TestWorld(bool with_token = true)
      : storage(must(Storage::open(directory.path().string()))),
        vault(must(SecretVault::open(directory.path().string(), *storage))),
        files(std::make_unique<ImageFiles>(io, directory.path().string())),
        client(io, HttpClientSettings(), nullptr),
        broker(io),
        broker_client(client),
        provider(std::make_shared<TestProvider>()),
        world{.io = io,
              .clock = clock,
              .storage = *storage,
              .vault = vault,
              .files = *files,
              .broker = broker_client,
              .provider_client = client,
              .catalog = ModelCatalog::built_in(),
              .environment = environment,
              .listen_url = "http://127.0.0.1:9000",
              .changed = nullptr,
              .log = [this](std::string_view event, std::string_view fields) {
                log_text += std::string(event) + " " + std::string(fields) + "\n";
              }} {
    REQUIRE(files->open().has_value());
    world.provider = provider;
    environment.qstash_url = broker.url();
    if (with_token) environment.qstash_token = TestBroker::token;
    processing.emplace(world);
    generations.emplace(world);
  }
  ~TestWorld() {
    generations->stop();
    client.stop();
  }

  template <typename T>
  static T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
  }
  template <typename T>
  static T must(Outcome<T> outcome) {
    if (!outcome) throw std::runtime_error(outcome.error().code + ": " + outcome.error().message);
    return std::move(*outcome);
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

  /// The same process again, after the other one died: what was in memory is gone.
  void restart() {
    generations->stop();
    generations.reset();
    processing.reset();
    io.restart();
    while (io.poll() != 0) {
    }
    processing.emplace(world);
    generations.emplace(world);
  }

  static GenerationRequest request(int images, int rate_limit) {
    GenerationRequest wanted;
    wanted.name = "Cats";
    for (int i = 0; i < images; ++i) wanted.prompts.push_back("cat " + std::to_string(i));
    wanted.options.rate_limit = rate_limit;
    wanted.options.model = std::string(demo_model);
    return wanted;
  }
  std::string create(int images, int rate_limit = 60) {
    return must(generations->create(request(images, rate_limit))).generation.id;
  }
  /// Made, started and wholly sent.
  std::string started(int images, int rate_limit = 60) {
    const std::string id = create(images, rate_limit);
    must(generations->start_generation(id, Mode::broker));
    wait_sent(id);
    return id;
  }
  void wait_sent(const std::string& id) {
    run_until(io, [&] { return generation(id).state != GenerationState::sending; });
  }

  Generation generation(const std::string& id) { return must(load_generation(world, id)); }
  std::vector<Task> tasks(const std::string& id) { return must(storage->tasks(id, {})); }
  Task task(const std::string& generation_id, std::size_t index) {
    return tasks(generation_id).at(index);
  }
  /// `pending/queued`
  std::string state(const std::string& generation_id, std::size_t index) {
    const Task now = task(generation_id, index);
    std::string text(to_string(now.status));
    if (now.phase != TaskPhase::none) text += "/" + std::string(to_string(now.phase));
    return text;
  }

  HttpRequest delivery_of(const StoredMessage& message, std::string key = TestBroker::current_key) {
    HttpRequest request;
    request.method = "POST";
    request.target = "/api/process-generation-task";
    request.body = message.body;
    Signer signer(key);
    request.headers.push_back({"Upstash-Signature", signer.sign(message.destination, message.body,
                                                                clock.now(), "jwt_1")});
    request.headers.push_back({"Upstash-Message-Id", message.id});
    request.headers.push_back({"Upstash-Retried", std::to_string(message.retried)});
    return request;
  }
  /// What a broker does: one attempt, and what follows from its answer.
  HttpResponse deliver(const std::string& message_id) {
    StoredMessage* message = broker.find(message_id);
    REQUIRE(message != nullptr);
    HttpResponse response = run(processing->process(delivery_of(*message)));
    message = broker.find(message_id);
    const int retries = std::stoi(message->header("Upstash-Retries"));
    if (response.status / 100 == 2) {
      message->state = "DELIVERED";
    } else if (response.status == 489 || message->retried >= retries) {
      message->state = "FAILED";
    } else {
      ++message->retried;
    }
    return response;
  }

  TemporaryDirectory directory;
  asio::io_context io;
  FakeClock clock;
  Environment environment;
  std::string log_text;
  std::unique_ptr<Storage> storage;
  SecretVault vault;
  std::unique_ptr<ImageFiles> files;
  HttpClient client;
  TestBroker broker;
  BrokerClient broker_client;
  std::shared_ptr<TestProvider> provider;
  World world;
  std::optional<Processing> processing;
  std::optional<Generations> generations;
};

inline const std::string* header_of(const HttpResponse& response, std::string_view name) {
  return find_header(response.headers, name);
}

}  // namespace godwit::imagegen
