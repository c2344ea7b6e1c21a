#pragma once
#include <doctest/doctest.h>
#include <simdjson.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "imagegen/http/site.h"
#include "net/body_source.h"
#include "testing/fake_clock.h"
#include "testing/temporary_directory.h"
#include "testing/until.h"

/// What the tests of the HTTP interface stand on.
namespace godwit::imagegen {

/// A parsed JSON answer.
class Json {
 public:
  explicit Json(const std::string& text) : text_(text) {
    if (parser_->parse(text).get(root_) != simdjson::SUCCESS) FAIL(text);
  }
  std::string string(const std::string& pointer) const {
    std::string_view value;
    if (root_.at_pointer(pointer).get(value) != simdjson::SUCCESS) FAIL((pointer + " in " + text_));
    return std::string(value);
  }
  std::int64_t integer(const std::string& pointer) const {
    std::int64_t value = 0;
    if (root_.at_pointer(pointer).get(value) != simdjson::SUCCESS) FAIL((pointer + " in " + text_));
    return value;
  }
  bool boolean(const std::string& pointer) const {
    bool value = false;
    if (root_.at_pointer(pointer).get(value) != simdjson::SUCCESS) FAIL((pointer + " in " + text_));
    return value;
  }
  bool is_null(const std::string& pointer) const {
    simdjson::dom::element element;
    if (root_.at_pointer(pointer).get(element) != simdjson::SUCCESS) {
      FAIL((pointer + " in " + text_));
    }
    return element.is_null();
  }
  bool has(const std::string& pointer) const {
    return root_.at_pointer(pointer).error() == simdjson::SUCCESS;
  }
  std::size_t size(const std::string& pointer) const {
    simdjson::dom::array array;
    if (root_.at_pointer(pointer).get(array) != simdjson::SUCCESS) FAIL((pointer + " in " + text_));
    return array.size();
  }

 private:
  std::string text_;
  std::shared_ptr<simdjson::dom::parser> parser_ = std::make_shared<simdjson::dom::parser>();
  simdjson::dom::element root_;
};

/// A PNG of one red pixel.
std::string tiny_png();

template <typename T>
T must(Result<T> result) {
  if (!result) FAIL(result.error().message);
  return std::move(*result);
}
inline void must(Result<void> result) {
  if (!result) FAIL(result.error().message);
}

struct TestSiteSettings {
  std::string listen_host = "127.0.0.1";
  std::string password = {};
  std::vector<std::string> hosts = {};
  std::vector<std::string> proxies = {};
  AssetSet pages = AssetSet({});
  EventStreamSettings events = {};
  Environment environment = {};
};

/// A whole application behind the HTTP interface, with data in a directory of its own and no
/// broker.
class TestSite {
 public:
  explicit TestSite(TestSiteSettings settings = {})
      : environment(std::move(settings.environment)),
        storage(must(Storage::open(directory.path().string()))),
        vault(must(SecretVault::open(directory.path().string(), *storage))),
        files(io, directory.path().string()),
        client(io, {}, [](const auto&, const auto&) { return std::nullopt; }),
        broker(client),
        world{.io = io,
              .clock = clock,
              .storage = *storage,
              .vault = vault,
              .files = files,
              .broker = broker,
              .provider_client = client,
              .catalog = ModelCatalog::built_in(),
              .environment = environment,
              .listen_url = "http://127.0.0.1:8081",
              .changed =
                  [this](const std::string& generation_id, const std::string& task_id) {
                    if (site) site->changed(generation_id, task_id);
                  },
              .log = [this](std::string_view event,
                            std::string_view fields) { log.emplace_back(event, fields); }},
        generations(world),
        processing(world),
        diagnostics(world) {
    must(files.open());
    GateSettings of_gate;
    of_gate.listen_host = settings.listen_host;
    of_gate.hosts = settings.hosts;
    of_gate.password = settings.password;
    of_gate.directory = directory.path();
    of_gate.proxies = must(TrustedProxies::parse(settings.proxies));
    auto gate = must(Gate::open(std::move(of_gate), must(Sessions::open(vault, 8081)), clock));
    SiteSettings of_site{.version = "1.2.3", .pages = settings.pages, .events = settings.events};
    site = std::make_unique<Site>(world, generations, processing, diagnostics, std::move(gate),
                                  std::move(of_site));
  }
  TestSite(const TestSite&) = delete;
  TestSite& operator=(const TestSite&) = delete;
  ~TestSite() {
    site->stop();
    generations.stop();
    diagnostics.stop();
    client.stop();
    io.restart();
    io.poll();
    site.reset();
  }

  /// Runs until the coroutine has ended.
  template <typename T>
  T run(boost::asio::awaitable<T> work) {
    std::optional<T> result;
    boost::asio::co_spawn(io, std::move(work), [&](const std::exception_ptr& failure, T value) {
      REQUIRE_FALSE(failure);
      result = std::move(value);
    });
    run_until(io, [&] { return result.has_value(); });
    return std::move(*result);
  }

  HttpResponse send(HttpRequest request) { return run(site->handle(std::move(request))); }

  /// As a page sends it: with a session of its own and its token.
  HttpRequest request(std::string method, std::string target, std::string body = {}) {
    if (cookie.empty()) open_session();
    HttpRequest made = bare(std::move(method), std::move(target), std::move(body));
    made.headers.push_back({"Cookie", cookie});
    made.headers.push_back({"X-CSRF-Token", csrf});
    return made;
  }
  static HttpRequest bare(std::string method, std::string target, std::string body = {}) {
    HttpRequest made;
    made.method = std::move(method);
    made.target = std::move(target);
    made.headers = {{"Host", "127.0.0.1:8081"}, {"Accept", "application/json"}};
    made.body = std::move(body);
    made.remote_address = "127.0.0.1";
    return made;
  }
  HttpResponse call(std::string method, std::string target, std::string body = {}) {
    return send(request(std::move(method), std::move(target), std::move(body)));
  }
  /// Expects `status` and a JSON body.
  Json json(int status, std::string method, std::string target, std::string body = {}) {
    const HttpResponse response = call(std::move(method), std::move(target), std::move(body));
    INFO(response.body);
    REQUIRE(response.status == status);
    return Json(response.body);
  }

  void open_session() {
    const HttpResponse response = send(bare("GET", "/api/session"));
    take_session(response);
  }
  void take_session(const HttpResponse& response) {
    const std::string* const header = find_header(response.headers, "Set-Cookie");
    REQUIRE(header != nullptr);
    cookie = header->substr(0, header->find(';'));
    csrf = Json(response.body).string("/csrfToken");
  }

  /// A generation with `count` tasks of the demo.
  std::string generation(int count = 2) {
    std::string prompts;
    for (int i = 1; i <= count; ++i) {
      prompts += (i == 1 ? "\"" : ",\"") + std::string("a red fox ") + std::to_string(i) + "\"";
    }
    return json(200, "POST", "/api/generations",
                R"({"name":"Foxes","rateLimit":3600,"model":"demo","prompts":[)" + prompts + "]}")
        .string("/id");
  }
  std::vector<Task> tasks(const std::string& generation_id) {
    return must(storage->tasks(generation_id, TaskFilter()));
  }
  /// Makes the task done, with an image; returns the image's id.
  std::string finish(Task task) {
    const std::string id = "img_" + task.id.substr(4);
    const ImageInfo info = must(run(files.save(id, tiny_png())));
    task.status = TaskStatus::done;
    task.phase = TaskPhase::none;
    task.image = info;
    task.attempt = 1;
    task.cost_microusd = 39'000;
    task.duration = Milliseconds(1'500);
    task.started = clock.now();
    task.finished = clock.now();
    must(storage->update(task));
    return id;
  }
  /// The whole of a streamed body.
  std::string read(const std::shared_ptr<BodySource>& stream) {
    std::string all;
    while (true) {
      auto piece = must(run(stream->next()));
      if (!piece) return all;
      largest_piece = std::max(largest_piece, piece->size());
      all += *piece;
    }
  }

  boost::asio::io_context io{1};
  FakeClock clock;
  TemporaryDirectory directory;
  const Environment environment;
  std::unique_ptr<Storage> storage;
  SecretVault vault;
  ImageFiles files;
  HttpClient client;
  BrokerClient broker;
  World world;
  Generations generations;
  Processing processing;
  Diagnostics diagnostics;
  std::unique_ptr<Site> site;
  std::vector<std::pair<std::string, std::string>> log;
  std::string cookie;
  std::string csrf;
  std::size_t largest_piece = 0;
};

inline std::string header_of(const HttpResponse& response, std::string_view name) {
  const std::string* const value = find_header(response.headers, name);
  return value == nullptr ? std::string() : *value;
}

inline std::string tiny_png() {
  // Made with zlib by hand: 1 x 1, RGB, one red pixel.
  static constexpr unsigned char bytes[] = {
      0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48,
      0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x00, 0x00,
      0x00, 0x90, 0x77, 0x53, 0xde, 0x00, 0x00, 0x00, 0x0c, 0x49, 0x44, 0x41, 0x54, 0x78,
      0x9c, 0x63, 0xf8, 0xcf, 0xc0, 0x00, 0x00, 0x03, 0x01, 0x01, 0x00, 0xc9, 0xfe, 0x92,
      0xef, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};
  return {reinterpret_cast<const char*>(bytes), sizeof bytes};
}

}  // namespace godwit::imagegen
