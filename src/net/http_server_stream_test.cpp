#include <doctest/doctest.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "net/body_source.h"
#include "net/http_server.h"
#include "net/http_server_world.h"

namespace godwit {
namespace {

using namespace http_server_tests;

using Piece = Result<std::optional<std::string>>;

constexpr std::size_t piece_size = std::size_t{256} * 1024;

/// Events that happen when the test says so.
class Events final : public BodySource {
 public:
  explicit Events(asio::io_context& io) : happened_(io, asio::steady_timer::time_point::max()) {}

  void push(Piece piece) {
    pieces_.push_back(std::move(piece));
    happened_.cancel();
  }
  bool stopped() const { return stopped_; }
  int calls() const { return calls_; }

  asio::awaitable<Piece> next() override {
    ++calls_;
    while (pieces_.empty()) {
      error_code ignored;
      co_await happened_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    Piece piece = std::move(pieces_.front());
    pieces_.pop_front();
    co_return piece;
  }

  void stop() override {
    stopped_ = true;
    push(std::nullopt);
  }

 private:
  asio::steady_timer happened_;
  std::deque<Piece> pieces_;
  bool stopped_ = false;
  int calls_ = 0;
};

/// As many bytes as asked, all there at once.
class Archive final : public BodySource {
 public:
  explicit Archive(std::size_t pieces, std::size_t* made) : pieces_(pieces), made_(made) {}

  asio::awaitable<Piece> next() override {
    if (pieces_ == 0) co_return std::nullopt;
    --pieces_;
    *made_ += piece_size;
    co_return std::string(piece_size, 'z');
  }
  void stop() override {}

 private:
  std::size_t pieces_;
  std::size_t* made_;
};

class Throwing final : public BodySource {
 public:
  asio::awaitable<Piece> next() override {
    throw std::runtime_error("secret");
    co_return std::nullopt;
  }
  void stop() override {}
};

/// A world whose streams are Events. The test holds them weakly: they must be gone when nobody
/// reads them.
struct EventWorld : World {
  explicit EventWorld(HttpServerSettings settings = {}) : World(settings) {
    make_stream = [this] {
      auto made = std::make_shared<Events>(io);
      events = made;
      return made;
    };
  }
  void push(Piece piece) {
    const auto source = events.lock();
    REQUIRE(source != nullptr);
    source->push(std::move(piece));
  }
  std::weak_ptr<Events> events;
};

std::string unchunked(const std::string& text) {
  std::string body;
  std::size_t at = 0;
  for (;;) {
    const std::size_t line_end = text.find("\r\n", at);
    REQUIRE(line_end != std::string::npos);
    const std::size_t size = std::stoul(text.substr(at, line_end - at), nullptr, 16);
    at = line_end + 2;
    REQUIRE(text.size() >= at + size + 2);
    body += text.substr(at, size);
    CHECK(text.substr(at + size, 2) == "\r\n");
    at += size + 2;
    if (size == 0) break;
  }
  CHECK(at == text.size());
  return body;
}

asio::awaitable<void> hear_events(EventWorld& world) {
  Client client(world.io);
  co_await client.connect(world.server.port());
  co_await client.send(get("/stream"));
  const std::string head = co_await client.until("\r\n\r\n");
  CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(has(head, "\r\nTransfer-Encoding: chunked\r\n"));
  CHECK(!has(head, "Content-Length"));
  CHECK(!has(head, "Connection"));
  CHECK(world.server.stats().streams == 1);

  world.push("data: 1\n\n");
  CHECK(co_await client.until("\n\n\r\n") == "9\r\ndata: 1\n\n\r\n");
  world.push("");  // Would be the end if it were sent.
  world.push(std::string(100, 'x'));
  CHECK(co_await client.until("x\r\n") == "64\r\n" + std::string(100, 'x') + "\r\n");
  world.push(std::nullopt);
  CHECK(co_await client.until("0\r\n\r\n") == "0\r\n\r\n");

  CHECK((co_await client.ask(get("/next"))).ends_with("GET /next "));
  CHECK(world.events.expired());
  CHECK(world.server.stats().streams == 0);
  CHECK(world.server.stats().streams_broken == 0);
}

asio::awaitable<void> read_an_archive(World& world, const std::size_t& made) {
  Client client(world.io);
  co_await client.connect(world.server.port());
  co_await client.send(get("/stream"));
  co_await client.until("\r\n\r\n");
  const std::string body = unchunked(co_await client.until("\r\n0\r\n\r\n"));
  CHECK(body.size() == made);
  CHECK(body.find_first_not_of('z') == std::string::npos);
  CHECK((co_await client.ask(get("/next"))).ends_with("GET /next "));
}

asio::awaitable<void> read_slowly(World& world, std::size_t size, const std::size_t& made) {
  Client client(world.io);
  client.socket().open(tcp::v4());
  client.socket().set_option(asio::socket_base::receive_buffer_size(64 * 1024));
  co_await client.connect(world.server.port());
  co_await client.send(get("/stream"));
  // What lies in the kernel at most; the server itself holds one piece.
  const std::size_t lead_max = std::size_t{16} << 20;
  REQUIRE(size > 2 * lead_max);
  std::size_t read = 0;
  std::size_t lead_seen = 0;
  std::string piece(std::size_t{128} * 1024, '\0');
  while (read < size) {
    co_await world.settle();  // The server could go on, if it did not wait for the client.
    lead_seen = std::max(lead_seen, made - std::min(made, read));
    read += co_await client.socket().async_read_some(asio::buffer(piece), asio::use_awaitable);
  }
  CHECK(made == size);
  CHECK(lead_seen < lead_max);
}

asio::awaitable<void> read_nothing(World& world, const std::size_t& made) {
  Client client(world.io);
  co_await client.connect(world.server.port());
  co_await client.send(get("/stream"));
  while (world.server.stats().accepted == 0 || world.server.stats().connections > 0) {
    asio::steady_timer pause(world.io, milliseconds(1));
    co_await pause.async_wait(asio::use_awaitable);
  }
  CHECK(made < std::size_t{32} << 20);
  CHECK(world.server.stats().streams == 0);
}

asio::awaitable<void> go_away(EventWorld& world, std::string last_words, bool reset) {
  Client client(world.io);
  co_await client.connect(world.server.port());
  co_await client.send(get("/stream"));
  co_await client.until("\r\n\r\n");
  co_await world.settle();
  CHECK(!world.events.expired());
  if (!last_words.empty()) co_await client.send(last_words);
  co_await world.settle();
  CHECK(!world.events.expired());
  if (reset) client.socket().set_option(asio::socket_base::linger(true, 0));
  client.socket().close();
  while (world.server.stats().connections > 0) co_await world.settle();
  CHECK(world.events.expired());
  CHECK(world.server.stats().streams == 0);
  CHECK(world.server.stats().streams_broken == 0);
}

asio::awaitable<void> stop_during_events(EventWorld& world) {
  Client client(world.io);
  co_await client.connect(world.server.port());
  co_await client.send(get("/stream"));
  co_await client.until("\r\n\r\n");
  world.push("data: 1\n\n");
  co_await client.until("\n\n\r\n");
  bool done = false;
  world.server.stop([&done] { done = true; });
  CHECK(co_await client.rest() == "0\r\n\r\n");
  CHECK(client.closed_by() == asio::error::eof);
  while (!done) co_await world.settle();
  CHECK(world.events.expired());
}

asio::awaitable<void> stop_before_the_stream(EventWorld& world) {
  Client client(world.io);
  co_await client.connect(world.server.port());
  world.make_stream = [&world] {
    world.server.stop({});  // While the handler is at work.
    return std::make_shared<Events>(world.io);
  };
  co_await client.send(get("/stream"));
  const std::string all = co_await client.rest();
  CHECK(has(all, "\r\nConnection: close\r\n"));
  CHECK(all.ends_with("\r\n\r\n0\r\n\r\n"));
}

asio::awaitable<void> stop_during_an_archive(World& world, const std::size_t& made) {
  Client client(world.io);
  co_await client.connect(world.server.port());
  co_await client.send(get("/stream"));
  co_await client.until("\r\n\r\n");
  bool done = false;
  world.server.stop([&done] { done = true; });
  CHECK(unchunked(co_await client.rest()).size() == made);
  CHECK(made == 64 * piece_size);
  while (!done) co_await world.settle();
}

asio::awaitable<void> abort_streams(EventWorld& world) {
  Client client(world.io);
  co_await client.connect(world.server.port());
  // More than the server reads ahead, so that it does not even look at the socket.
  std::string many = get("/stream");
  while (many.size() < std::size_t{256} * 1024) many += get("/more");
  co_await client.send(many);
  co_await client.until("\r\n\r\n");
  co_await world.settle();
  bool done = false;
  world.server.abort();
  world.server.stop([&done] { done = true; });
  while (!done) co_await world.settle();
  CHECK(world.events.expired());
}

asio::awaitable<void> break_midway(EventWorld& world) {
  Client client(world.io);
  co_await client.connect(world.server.port());
  co_await client.send(get("/stream") + get("/after"));
  co_await client.until("\r\n\r\n");
  world.push("half");
  world.push(fail(ErrorCode::unavailable, "secret"));
  CHECK(co_await client.rest() == "4\r\nhalf\r\n");
  CHECK(world.server.stats().streams_broken == 1);
  CHECK(world.requests.size() == 1);

  world.make_stream = [] { return std::make_shared<Throwing>(); };
  Client second(world.io);
  co_await second.connect(world.server.port());
  co_await second.send(get("/stream"));
  CHECK((co_await second.rest()).ends_with("\r\n\r\n"));
  CHECK(world.server.stats().streams_broken == 2);
}

asio::awaitable<void> stream_to_http_1_0(EventWorld& world) {
  const std::string request = "GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  Client client(world.io);
  co_await client.connect(world.server.port());
  co_await client.send(request);
  const std::string head = co_await client.until("\r\n\r\n");
  CHECK(!has(head, "Transfer-Encoding"));
  CHECK(!has(head, "Content-Length"));
  CHECK(has(head, "\r\nConnection: close\r\n"));
  world.push("one ");
  world.push("two");
  world.push(std::nullopt);
  CHECK(co_await client.rest() == "one two");
  CHECK(client.closed_by() == asio::error::eof);

  Client unlucky(world.io);
  co_await unlucky.connect(world.server.port());
  co_await unlucky.send(request);
  co_await unlucky.until("\r\n\r\n");
  world.push(fail(ErrorCode::unavailable, "secret"));
  co_await unlucky.rest();
  CHECK(unlucky.closed_by() == asio::error::connection_reset);
}

asio::awaitable<void> ask_for_heads(EventWorld& world) {
  Client client(world.io);
  co_await client.connect(world.server.port());
  co_await client.send("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n" + get("/stream/204") +
                       get("/next"));
  const std::string head = co_await client.until("\r\n\r\n");
  CHECK(has(head, "\r\nTransfer-Encoding: chunked\r\n"));
  const std::string empty = co_await client.until("\r\n\r\n");
  CHECK(empty.starts_with("HTTP/1.1 204 "));
  CHECK(!has(empty, "Transfer-Encoding"));
  CHECK((co_await client.response()).ends_with("GET /next "));
  CHECK(world.events.expired());
  CHECK(world.server.stats().streams == 0);
}

asio::awaitable<void> pipeline_behind_a_stream(EventWorld& world, std::size_t requests) {
  Client client(world.io);
  co_await client.connect(world.server.port());
  std::string sent = get("/stream") + get("/0");
  co_await client.send(sent);
  co_await client.until("\r\n\r\n");
  sent.clear();
  for (std::size_t i = 1; i < requests; ++i) sent += post("/p" + std::to_string(i), "b");
  co_await client.send(sent);
  co_await world.settle();
  CHECK(world.requests.size() == 1);
  world.push("data");
  world.push(std::nullopt);
  CHECK(co_await client.until("0\r\n\r\n") == "4\r\ndata\r\n0\r\n\r\n");
  CHECK((co_await client.response()).ends_with("GET /0 "));
  for (std::size_t i = 1; i < requests; ++i) {
    const std::string response = co_await client.response();
    const bool right = response.ends_with("POST /p" + std::to_string(i) + " b");
    CAPTURE(i);
    CAPTURE(response);
    REQUIRE(right);
  }
}

}  // namespace

TEST_CASE("a streamed body arrives as it is made, and the connection lives on") {
  EventWorld world;
  world.run(hear_events(world));
}

TEST_CASE("a streamed body of 64 MiB arrives whole") {
  std::size_t made = 0;
  World world;
  world.make_stream = [&made] { return std::make_shared<Archive>(256, &made); };
  world.run(read_an_archive(world, made));
}

TEST_CASE("a streamed body is made no faster than the client reads it") {
  std::size_t made = 0;
  World world;
  world.make_stream = [&made] { return std::make_shared<Archive>(160, &made); };
  world.run(read_slowly(world, 160 * piece_size, made));
}

TEST_CASE("a client that reads nothing of a streamed body is closed") {
  std::size_t made = 0;
  World world(impatient());
  world.make_stream = [&made] { return std::make_shared<Archive>(1'000'000, &made); };
  world.run(read_nothing(world, made));
}

TEST_CASE("a source that waits is dropped when its client goes away") {
  for (const bool reset : {false, true}) {
    for (const std::string last_words : {"", "GET /half HT", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"}) {
      CAPTURE(reset);
      CAPTURE(last_words);
      EventWorld world;
      world.run(go_away(world, last_words, reset));
    }
  }
}

TEST_CASE("a source that waits outlives the limits for requests and answers") {
  EventWorld world(impatient());
  world.run([](EventWorld& its_world) -> asio::awaitable<void> {
    Client client(its_world.io);
    co_await client.connect(its_world.server.port());
    co_await client.send(get("/stream"));
    co_await client.until("\r\n\r\n");
    // Four times every limit: there is no condition for nothing happening.
    asio::steady_timer pause(its_world.io, milliseconds(200));
    co_await pause.async_wait(asio::use_awaitable);
    its_world.push("late");
    CHECK(co_await client.until("late\r\n") == "4\r\nlate\r\n");
  }(world));
}

TEST_CASE("stop ends streams that have no end of their own") {
  EventWorld world;
  world.run(stop_during_events(world));
}

TEST_CASE("a stream that begins while the server stops hears of it") {
  EventWorld world;
  world.run(stop_before_the_stream(world));
}

TEST_CASE("stop lets a streamed body that ends be sent to its end") {
  std::size_t made = 0;
  World world;
  world.make_stream = [&made] { return std::make_shared<Archive>(64, &made); };
  world.run(stop_during_an_archive(world, made));
}

TEST_CASE("abort drops sources that wait") {
  EventWorld world;
  world.run(abort_streams(world));
}

TEST_CASE("an error midway cuts the connection, so that nobody takes a part for the whole") {
  EventWorld world;
  world.run(break_midway(world));
}

TEST_CASE("a streamed body ends with the connection of an HTTP/1.0 client") {
  EventWorld world;
  world.run(stream_to_http_1_0(world));
}

TEST_CASE("answers to HEAD and of status 204 stream nothing") {
  EventWorld world;
  world.run(ask_for_heads(world));
}

TEST_CASE("requests pipelined behind a streamed body are answered after it") {
  for (const std::size_t requests : {2UL, 100UL, 10'000UL}) {
    CAPTURE(requests);
    EventWorld world;
    world.run(pipeline_behind_a_stream(world, requests));
  }
}

TEST_CASE("a loop may end with streams open") {
  EventWorld world;
  Client client(world.io);
  client.socket().connect({asio::ip::address_v4::loopback(), world.server.port()});
  asio::write(client.socket(), asio::buffer(get("/stream")));
  while (world.events.expired() || world.events.lock()->calls() == 0) world.io.run_one();
  CHECK(world.server.stats().streams == 1);
}

}  // namespace godwit
