#include "net/http_server.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "net/http_server_world.h"

namespace godwit {
namespace {

using namespace http_server_tests;

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

}  // namespace godwit
