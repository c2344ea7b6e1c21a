#include "net/http_server.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace godwit {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

/// A TCP client that sends any bytes at all.
class Client {
 public:
  explicit Client(asio::io_context& io) : socket_(io) {}

  asio::awaitable<void> connect(std::uint16_t port, std::string address = "127.0.0.1") {
    const tcp::endpoint endpoint(asio::ip::make_address(address), port);
    co_await socket_.async_connect(endpoint, asio::use_awaitable);
    socket_.set_option(tcp::no_delay(true));
  }

  asio::awaitable<void> send(std::string bytes) {
    co_await asio::async_write(socket_, asio::buffer(bytes), asio::use_awaitable);
  }

  /// One response: its head and as much body as its Content-Length says. What came before the
  /// server closed, if it did.
  asio::awaitable<std::string> response(bool without_body = false) {
    std::size_t end = std::string::npos;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (!co_await receive()) co_return std::exchange(received_, {});
    }
    std::size_t size = end + 4;
    const std::size_t length = received_.substr(0, end).find("Content-Length: ");
    if (length != std::string::npos && !without_body) {
      size += std::stoul(received_.substr(length + 16));
    }
    while (received_.size() < size) {
      if (!co_await receive()) co_return std::exchange(received_, {});
    }
    std::string response = received_.substr(0, size);
    received_.erase(0, size);
    co_return response;
  }

  /// Everything until the server closes.
  asio::awaitable<std::string> rest() {
    while (co_await receive()) {
    }
    co_return std::exchange(received_, {});
  }

  asio::awaitable<std::string> ask(std::string bytes) {
    co_await send(std::move(bytes));
    co_return co_await response();
  }

  tcp::socket& socket() { return socket_; }
  error_code closed_by() const { return closed_by_; }

 private:
  asio::awaitable<bool> receive() {
    std::string piece(std::size_t{16} * 1024, '\0');
    const std::size_t size = co_await socket_.async_read_some(
        asio::buffer(piece), asio::redirect_error(asio::use_awaitable, closed_by_));
    received_.append(piece, 0, size);
    co_return !closed_by_;
  }

  tcp::socket socket_;
  std::string received_;
  error_code closed_by_;
};

/// A handler whose answer waits until it is let go.
class Gate {
 public:
  explicit Gate(asio::io_context& io) : timer_(io, asio::steady_timer::time_point::max()) {}
  asio::awaitable<void> pass() {
    ++waiting_;
    error_code error;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
  void open() { timer_.expires_at(asio::steady_timer::time_point::min()); }
  int waiting() const { return waiting_; }

 private:
  asio::steady_timer timer_;
  int waiting_ = 0;
};

/// A server on a free loopback port and the loop that it shares with its clients.
class World {
 public:
  explicit World(HttpServerSettings settings = {})
      : gate(io),
        server(io, settings, [this](HttpRequest request) { return answer(std::move(request)); }) {
    const Result<void> listening = server.listen("127.0.0.1", 0);
    REQUIRE(listening.has_value());
  }

  /// Runs `test`, and then the loop until everything on it has ended.
  void run(asio::awaitable<void> test) {
    bool ended = false;
    asio::co_spawn(io, std::move(test), [&](const std::exception_ptr& failure) {
      ended = true;
      server.abort();
      if (failure) std::rethrow_exception(failure);
    });
    io.run_for(std::chrono::seconds(60));
    CHECK(ended);
    CHECK(io.stopped());
    CHECK(server.stats().connections == 0);
  }

  /// Lets everything that can happen now happen.
  asio::awaitable<void> settle() {
    for (int i = 0; i < 10; ++i) co_await asio::post(io, asio::use_awaitable);
  }

  asio::awaitable<HttpResponse> answer(HttpRequest request) {
    HttpResponse response;
    if (request.target == "/gate") co_await gate.pass();
    if (request.target == "/throw") throw std::runtime_error("secret");
    if (request.target == "/split") response.headers.push_back({"X", "a\r\nY: b"});
    if (request.target == "/own") {
      response.headers = {{"content-length", "9"}, {"Date", "x"}, {"Transfer-Encoding", "chunked"}};
    }
    if (request.target == "/close") response.close = true;
    if (request.target == "/204") response.status = 204;
    if (request.target == "/large") response.body.assign(16u << 20, 'l');
    if (response.body.empty() && response.status != 204) {
      response.body = request.method + " " + request.target + " " + request.body;
    }
    requests.push_back(std::move(request));
    co_return response;
  }

  asio::io_context io{1};
  Gate gate;
  HttpServer server;
  std::vector<HttpRequest> requests;
};

HttpServerSettings impatient() {
  HttpServerSettings settings;
  settings.head_time_max = milliseconds(50);
  settings.idle_time_max = milliseconds(50);
  settings.write_time_max = milliseconds(50);
  settings.body_grace = milliseconds(50);
  return settings;
}

std::string get(std::string_view target, std::string_view headers = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n";
}

std::string post(std::string_view target, std::string_view body) {
  return "POST " + std::string(target) +
         " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

asio::awaitable<void> exchange_on_one_connection(World& world) {
  Client client(world.io);
  co_await client.connect(world.server.port());
  const std::string first = co_await client.ask(post("/a?b", "hello"));
  CHECK(first.starts_with("HTTP/1.1 200 OK\r\nDate: "));
  CHECK(has(first, " GMT\r\nContent-Length: 15\r\n\r\nPOST /a?b hello"));
  CHECK(!has(first, "Connection"));
  const std::string second = co_await client.ask(get("/c", "X-One: 1\r\n"));
  CHECK(second.ends_with("\r\n\r\nGET /c "));
  REQUIRE(world.requests.size() == 2);
  CHECK(world.requests[0].remote_address == "127.0.0.1");
  CHECK(world.requests[1].headers == Headers{{"Host", "a"}, {"X-One", "1"}});
  const HttpServerStats stats = world.server.stats();
  CHECK(stats.connections == 1);
  CHECK(stats.accepted == 1);
  CHECK(stats.requests == 2);
  CHECK(stats.malformed == 0);
}

asio::awaitable<void> send_at_every_split(World& world) {
  const std::string stream =
      "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;e=1\r\nhello\r\n1\r\n!\r\n0\r\nT: 1\r\n\r\n";
  Client client(world.io);
  co_await client.connect(world.server.port());
  for (std::size_t cut = 1; cut < stream.size(); ++cut) {
    co_await client.send(stream.substr(0, cut));
    co_await world.settle();
    const std::string response = co_await client.ask(stream.substr(cut));
    CHECK(response.ends_with("POST /x hello!"));
  }
}

asio::awaitable<void> pipeline(World& world) {
  Client client(world.io);
  co_await client.connect(world.server.port());
  std::string stream = get("/gate");
  for (int i = 0; i < 200; ++i) stream += post("/" + std::to_string(i), std::to_string(i * i));
  co_await client.send(stream);
  while (world.gate.waiting() == 0) co_await world.settle();
  CHECK(world.server.stats().requests == 1);  // None overtakes the one before it.
  world.gate.open();
  CHECK((co_await client.response()).ends_with("GET /gate "));
  for (int i = 0; i < 200; ++i) {
    const std::string response = co_await client.response();
    CHECK(response.ends_with("POST /" + std::to_string(i) + " " + std::to_string(i * i)));
  }
}

asio::awaitable<void> close_when_asked(World& world) {
  struct Row {
    std::string request;
    std::string part;
  };
  const std::vector<Row> rows = {
      {get("/", "Connection: close\r\n"), "Connection: close\r\n"},
      {get("/close"), "Connection: close\r\n"},
      {"GET / HTTP/1.0\r\n\r\n", "Connection: close\r\n"},
  };
  for (const Row& row : rows) {
    Client client(world.io);
    co_await client.connect(world.server.port());
    co_await client.send(row.request);
    const std::string all = co_await client.rest();
    CHECK(all.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(has(all, row.part));
    CHECK(client.closed_by() == asio::error::eof);
  }
  // What follows a last request is not answered, and does not spoil the answer.
  Client client(world.io);
  co_await client.connect(world.server.port());
  co_await client.send(get("/close") + get("/after"));
  const std::string all = co_await client.response();
  CHECK(all.ends_with("GET /close "));
  CHECK(co_await client.rest() == "");
  CHECK(world.requests.back().target == "/close");
}

asio::awaitable<void> keep_http_1_0(World& world) {
  Client client(world.io);
  co_await client.connect(world.server.port());
  for (int i = 0; i < 2; ++i) {
    const std::string response =
        co_await client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(has(response, "\r\nConnection: keep-alive\r\n"));
  }
}

asio::awaitable<void> answer_without_body(World& world) {
  Client client(world.io);
  co_await client.connect(world.server.port());
  co_await client.send("HEAD /h HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string head = co_await client.response(true);
  CHECK(has(head, "Content-Length: 8\r\n"));
  const std::string empty = co_await client.ask(get("/204"));
  CHECK(empty.starts_with("HTTP/1.1 204 No Content\r\n"));
  CHECK(!has(empty, "Content-Length"));
  CHECK((co_await client.ask(get("/next"))).ends_with("GET /next "));
}

asio::awaitable<void> expect_continue(World& world) {
  Client client(world.io);
  co_await client.connect(world.server.port());
  const std::string head =
      "POST /e HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  CHECK(co_await client.ask(head) == "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK((co_await client.ask("ab")).ends_with("POST /e ab"));
  CHECK((co_await client.ask(head + "cd")).starts_with("HTTP/1.1 200 "));  // Not asked any more.
  co_await client.send(
      "POST /e HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\nContent-Length: 2\r\n\r\n");
  CHECK((co_await client.rest()).starts_with("HTTP/1.1 417 "));
}

asio::awaitable<void> refuse_malformed(World& world) {
  struct Row {
    std::string request;
    std::string status;
    std::string error;
  };
  const std::vector<Row> rows = {
      {"GET / HTTP/1.1\nHost: a\n\n", "400 Bad Request", "carriage return"},
      {get("/", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), "400 Bad Request",
       "a Content-Length beside a Transfer-Encoding"},
      {get("/", "Content-Length: 1001\r\n"), "413 Content Too Large",
       "request body exceeds the limit of 1000 bytes"},
      {std::string(2000, 'x'), "414 URI Too Long", "request line exceeds the limit of 1024 bytes"},
      {get("/", "X: " + std::string(2000, 'x')), "431 Request Header Fields Too Large",
       "request head exceeds the limit of 1024 bytes"},
      {"GET / HTTP/3.0\r\n", "505 HTTP Version Not Supported", "version"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.request);
    Client client(world.io);
    co_await client.connect(world.server.port());
    co_await client.send(row.request);
    const std::string response = co_await client.response();
    CHECK(response.starts_with("HTTP/1.1 " + row.status + "\r\n"));
    CHECK(has(response, "\r\nConnection: close\r\n"));
    CHECK(has(response, "\r\nContent-Type: application/json\r\n"));
    CHECK(has(response, "\r\nAccess-Control-Allow-Origin: *\r\n"));
    CHECK(has(response, "\r\n\r\n{\"error\":\""));
    CHECK(has(response, row.error));
    CHECK(co_await client.rest() == "");
    CHECK(client.closed_by() == asio::error::eof);
  }
  CHECK(world.server.stats().malformed == 5);
  CHECK(world.requests.empty());
}

asio::awaitable<void> answer_a_body_refused_under_way(World& world) {
  // The client sends 4 MiB before it looks: the answer must not be lost to a reset.
  Client client(world.io);
  co_await client.connect(world.server.port());
  co_await client.send(get("/", "Content-Length: 4194304\r\n") + std::string(4u << 20, 'x'));
  CHECK((co_await client.response()).starts_with("HTTP/1.1 413 "));
  client.socket().shutdown(tcp::socket::shutdown_send);
  CHECK(co_await client.rest() == "");
  CHECK(client.closed_by() == asio::error::eof);
}

asio::awaitable<void> survive_handlers(World& world) {
  for (const std::string target : {"/throw", "/split"}) {
    Client client(world.io);
    co_await client.connect(world.server.port());
    co_await client.send(get(target));
    const std::string response = co_await client.rest();
    CHECK(response.starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
    CHECK(response.ends_with("{\"error\":\"internal error\"}"));
    CHECK(!has(response, "Y: b"));
  }
  Client client(world.io);
  co_await client.connect(world.server.port());
  const std::string response = co_await client.ask(get("/own"));
  CHECK(response.ends_with("\r\nContent-Length: 9\r\n\r\nGET /own "));
  CHECK(!has(response, "chunked"));
}

asio::awaitable<void> wait_out(World& world, std::string sent, std::string answer) {
  Client client(world.io);
  co_await client.connect(world.server.port());
  const auto begin = std::chrono::steady_clock::now();
  if (!sent.empty()) co_await client.send(sent);
  const std::string all = co_await client.rest();
  CHECK(std::chrono::steady_clock::now() - begin >= milliseconds(45));
  CHECK(all.starts_with(answer));
  CHECK(all.empty() == answer.empty());
}

asio::awaitable<void> time_out_everything(World& world) {
  co_await wait_out(world, "", "");
  co_await wait_out(world, "GET / HT", "HTTP/1.1 408 ");
  co_await wait_out(world, "GET / HTTP/1.1\r\nHost: a\r\n", "HTTP/1.1 408 ");
  co_await wait_out(world, get("/", "Content-Length: 9\r\n") + "x", "HTTP/1.1 408 ");
  co_await wait_out(world, get("/", "Transfer-Encoding: chunked\r\n"), "HTTP/1.1 408 ");
  co_await wait_out(world, get("/"), "HTTP/1.1 200 ");  // Then idle.
  CHECK(world.server.stats().malformed == 4);
}

asio::awaitable<void> trickle_a_head(World& world) {
  // A byte now and then does not move the deadline: it is for the whole head.
  Client client(world.io);
  co_await client.connect(world.server.port());
  co_await client.send("GET / HTTP/1.1\r\nX: ");
  error_code error;
  for (std::size_t sent = 0; !error && sent < 1'000'000; ++sent) {
    if (client.socket().available(error) > 0) break;
    asio::steady_timer pause(world.io, milliseconds(1));
    co_await pause.async_wait(asio::use_awaitable);
    co_await asio::async_write(client.socket(), asio::buffer("x", 1),
                               asio::redirect_error(asio::use_awaitable, error));
  }
  CHECK((co_await client.response()).starts_with("HTTP/1.1 408 "));
}

asio::awaitable<void> stay_above_the_rate(World& world) {
  // Slow, but not slower than the minimum, for at least four graces.
  Client client(world.io);
  co_await client.connect(world.server.port());
  const std::size_t pieces = 40;
  co_await client.send(get("/", "Content-Length: " + std::to_string(pieces * 100'000) + "\r\n"));
  for (std::size_t i = 0; i < pieces; ++i) {
    co_await client.send(std::string(100'000, 'x'));
    asio::steady_timer pause(world.io, milliseconds(5));
    co_await pause.async_wait(asio::use_awaitable);
  }
  CHECK((co_await client.response()).starts_with("HTTP/1.1 200 "));
}

asio::awaitable<void> do_not_read(World& world) {
  Client client(world.io);
  co_await client.connect(world.server.port());
  co_await client.send(get("/large"));
  while (world.server.stats().connections > 0 || world.server.stats().accepted == 0) {
    asio::steady_timer pause(world.io, milliseconds(1));
    co_await pause.async_wait(asio::use_awaitable);
  }
  CHECK(world.requests.size() == 1);
}

asio::awaitable<void> read_a_large_answer(World& world) {
  Client client(world.io);
  co_await client.connect(world.server.port());
  for (int i = 0; i < 2; ++i) {
    CHECK((co_await client.ask(get("/large"))).size() > 16u << 20);
  }
}

asio::awaitable<void> send_a_large_body(World& world) {
  Client client(world.io);
  co_await client.connect(world.server.port());
  std::string body;
  while (body.size() < 3u << 20) body += std::to_string(body.size()) + ",";
  CHECK((co_await client.ask(post("/", body))).ends_with(body));
  CHECK((co_await client.ask(post("/", "small"))).ends_with("small"));
}

asio::awaitable<void> exceed_connections(World& world, std::string error) {
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 2; ++i) {
    clients.push_back(std::make_unique<Client>(world.io));
    co_await clients.back()->connect(world.server.port());
    co_await clients.back()->ask(get("/"));
  }
  Client third(world.io);
  co_await third.connect(world.server.port());
  const std::string response = co_await third.ask(get("/third"));
  CHECK(response.starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
  CHECK(has(response, "\r\nRetry-After: 1\r\n"));
  CHECK(has(response, error));
  CHECK(world.server.stats().refused == 1);
  CHECK(world.server.stats().connections == 2);

  clients.pop_back();
  while (world.server.stats().connections == 2) co_await world.settle();
  Client fourth(world.io);
  co_await fourth.connect(world.server.port());
  CHECK((co_await fourth.ask(get("/"))).starts_with("HTTP/1.1 200 "));
}

asio::awaitable<void> exceed_body_memory(World& world) {
  Client first(world.io);
  Client second(world.io);
  co_await first.connect(world.server.port());
  co_await second.connect(world.server.port());
  const std::string body(600, 'b');
  // Bodies of requests being handled count, until they are answered.
  co_await first.send(post("/gate", body));
  while (world.gate.waiting() == 0) co_await world.settle();
  const std::string refused = co_await second.ask(post("/", body));
  CHECK(refused.starts_with("HTTP/1.1 503 "));
  CHECK(has(refused, "\r\nRetry-After: 1\r\n"));
  CHECK(has(refused, "request bodies in memory exceed the limit of 1000 bytes"));
  world.gate.open();
  CHECK((co_await first.response()).starts_with("HTTP/1.1 200 "));
  CHECK((co_await first.ask(post("/", body))).starts_with("HTTP/1.1 200 "));
}

asio::awaitable<void> work_among_idlers(World& world) {
  std::vector<std::unique_ptr<Client>> idlers;
  for (int i = 0; i < 500; ++i) {
    idlers.push_back(std::make_unique<Client>(world.io));
    co_await idlers.back()->connect(world.server.port());
    if (i % 3 == 1) co_await idlers.back()->send("GET / HTTP/1.1\r\nHo");
    if (i % 3 == 2) co_await idlers.back()->send(get("/", "Content-Length: 100\r\n") + "x");
  }
  Client client(world.io);
  co_await client.connect(world.server.port());
  for (int i = 0; i < 200; ++i) {
    for (std::size_t j = 0; j < 25; ++j) {
      if (j % 3 == 1) co_await idlers[j]->send("x");
    }
    CHECK((co_await client.ask(post("/w", "x"))).ends_with("POST /w x"));
  }
  CHECK(world.server.stats().connections == 501);
  CHECK(world.server.stats().requests == 200);
}

asio::awaitable<void> drain(World& world) {
  Client idle(world.io);
  Client busy(world.io);
  Client unused(world.io);
  co_await idle.connect(world.server.port());
  co_await busy.connect(world.server.port());
  co_await unused.connect(world.server.port());
  co_await idle.ask(get("/"));
  co_await busy.send(get("/gate"));
  while (world.gate.waiting() == 0) co_await world.settle();
  bool done = false;
  world.server.stop([&done] { done = true; });

  CHECK(co_await idle.rest() == "");
  CHECK(co_await unused.rest() == "");
  Client late(world.io);
  error_code refused;
  const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), world.server.port());
  co_await late.socket().async_connect(endpoint,
                                       asio::redirect_error(asio::use_awaitable, refused));
  CHECK(refused == asio::error::connection_refused);
  CHECK(!done);

  world.gate.open();
  const std::string response = co_await busy.rest();
  CHECK(response.starts_with("HTTP/1.1 200 "));
  CHECK(has(response, "\r\nConnection: close\r\n"));
  while (!done) co_await world.settle();
  CHECK(world.server.stats().connections == 0);
}

asio::awaitable<void> abort_at_once(World& world) {
  Client busy(world.io);
  Client half(world.io);
  co_await busy.connect(world.server.port());
  co_await half.connect(world.server.port());
  co_await half.send("GET / HT");
  co_await busy.send(get("/gate"));
  while (world.gate.waiting() == 0) co_await world.settle();
  bool done = false;
  world.server.stop([&done] { done = true; });
  world.server.abort();
  CHECK(co_await busy.rest() == "");
  CHECK(co_await half.rest() == "");
  CHECK(!done);  // The handler is still at work; its answer has nowhere to go.
  world.gate.open();
  while (!done) co_await world.settle();
}

asio::awaitable<void> run_out_of_descriptors(World& world) {
  Client client(world.io);
  client.socket().open(tcp::v4());
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(client.socket().native_handle()) + 1;
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  co_await client.connect(world.server.port());
  co_await client.send(get("/"));
  // A server that spins would use a processor all the while.
  const std::clock_t begin = std::clock();
  asio::steady_timer pause(world.io, milliseconds(80));
  co_await pause.async_wait(asio::use_awaitable);
  CHECK(std::clock() - begin < CLOCKS_PER_SEC / 25);
  CHECK(world.server.stats().accepted == 0);
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK((co_await client.response()).starts_with("HTTP/1.1 200 "));
}

}  // namespace

TEST_CASE("requests on one connection are answered one after the other") {
  World world;
  world.run(exchange_on_one_connection(world));
}

TEST_CASE("a request may arrive in two pieces, cut anywhere") {
  World world;
  world.run(send_at_every_split(world));
}

TEST_CASE("pipelined requests are answered in order") {
  World world;
  world.run(pipeline(world));
}

TEST_CASE("the server closes when client, handler or version ask for it") {
  World world;
  world.run(close_when_asked(world));
}

TEST_CASE("an HTTP/1.0 client may keep its connection") {
  World world;
  world.run(keep_http_1_0(world));
}

TEST_CASE("answers to HEAD and of status 204 have no body") {
  World world;
  world.run(answer_without_body(world));
}

TEST_CASE("a body that waits for 100 Continue gets it, another expectation gets 417") {
  World world;
  world.run(expect_continue(world));
}

TEST_CASE("refused requests get a status, a reason in JSON, and the end of the connection") {
  HttpServerSettings settings;
  settings.head_size_max = 1024;
  settings.body_size_max = 1000;
  World world(settings);
  world.run(refuse_malformed(world));
}

TEST_CASE("the refusal of a body reaches a client that is still sending it") {
  HttpServerSettings settings;
  settings.body_size_max = 1000;
  World world(settings);
  world.run(answer_a_body_refused_under_way(world));
}

TEST_CASE("a handler that throws, or answers what cannot be sent, becomes a 500") {
  World world;
  world.run(survive_handlers(world));
}

TEST_CASE("slow heads and bodies get 408, idle connections are closed") {
  World world(impatient());
  world.run(time_out_everything(world));
}

TEST_CASE("a head that trickles in byte by byte is not waited for") {
  World world(impatient());
  world.run(trickle_a_head(world));
}

TEST_CASE("a body above the minimum rate may take longer than the grace") {
  World world(impatient());
  world.run(stay_above_the_rate(world));
}

TEST_CASE("a client that takes no answer is closed") {
  World world(impatient());
  world.run(do_not_read(world));
}

TEST_CASE("an answer larger than the kernel takes at once arrives whole") {
  World world;
  world.run(read_a_large_answer(world));
}

TEST_CASE("a body of many reads arrives whole") {
  World world;
  world.run(send_a_large_body(world));
}

TEST_CASE("connections over the limit hear 503") {
  HttpServerSettings settings;
  settings.connections_max = 2;
  World world(settings);
  world.run(exceed_connections(world, "too many connections: the limit is 2"));
}

TEST_CASE("connections of one address over its limit hear 503") {
  HttpServerSettings settings;
  settings.connections_per_address_max = 2;
  World world(settings);
  world.run(exceed_connections(world, "too many connections from 127.0.0.1: the limit is 2"));
}

TEST_CASE("bodies over the memory for all of them are refused with 503") {
  HttpServerSettings settings;
  settings.bodies_in_memory_max = 1000;
  World world(settings);
  world.run(exceed_body_memory(world));
}

TEST_CASE("500 idle and trickling connections leave others untouched") {
  rlimit limit{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 4096);
  REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  World world;
  world.run(work_among_idlers(world));
}

TEST_CASE("stop closes idle connections and lets requests in flight finish") {
  World world;
  world.run(drain(world));
}

TEST_CASE("stop of a server without connections is done at once") {
  World world;
  bool done = false;
  world.server.stop([&done] { done = true; });
  world.io.run_for(std::chrono::seconds(60));
  CHECK(done);
}

TEST_CASE("abort closes connections without waiting for their handlers") {
  World world;
  world.run(abort_at_once(world));
}

TEST_CASE("a process out of descriptors waits for one") {
  World world;
  world.run(run_out_of_descriptors(world));
}

TEST_CASE("a loop may end with connections open") {
  World world;
  Client client(world.io);
  client.socket().connect({asio::ip::address_v4::loopback(), world.server.port()});
  asio::write(client.socket(), asio::buffer(get("/gate")));
  while (world.gate.waiting() == 0) world.io.run_one();
  // What the server holds goes with the loop, in the destructors; the sanitizer tells.
  CHECK(world.server.stats().connections == 1);
}

TEST_CASE("a taken address is an error that names it") {
  World world;
  HttpServer second(world.io, {},
                    [&](HttpRequest request) { return world.answer(std::move(request)); });
  const Result<void> result = second.listen("127.0.0.1", world.server.port());
  REQUIRE(!result.has_value());
  CHECK(result.error().code == ErrorCode::unavailable);
  CHECK(result.error().message ==
        "cannot listen: address already in use 127.0.0.1:" + std::to_string(world.server.port()));
}

TEST_CASE("names and bracketed addresses may be listened on") {
  asio::io_context io{1};
  for (const std::string host : {"localhost", "0.0.0.0", "127.0.0.1"}) {
    CAPTURE(host);
    HttpServer server(io, {}, HttpHandler());
    const Result<void> result = server.listen(host, 0);
    REQUIRE(result.has_value());
    CHECK(server.port() != 0);
    Client client(io);
    client.socket().connect({asio::ip::address_v4::loopback(), server.port()});
  }
  HttpServer server(io, {}, HttpHandler());
  CHECK(server.listen("", 0).error().message == "cannot listen: host not found: ");
  CHECK(server.listen("no such host", 0).error().code == ErrorCode::unavailable);
  // A machine without IPv6 says so; with it, the brackets are taken off.
  const Result<void> six = server.listen("[::1]", 0);
  if (!six) CHECK(has(six.error().message, "[::1]"));
}

}  // namespace godwit
