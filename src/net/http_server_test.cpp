#include "net/http_server.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "net/http_server_world.h"

namespace godwit {
namespace {

using namespace http_server_tests;

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

TEST_CASE("an answer larger than the kernel takes at once arrives whole") {
  World world;
  world.run(read_a_large_answer(world));
}

TEST_CASE("a body of many reads arrives whole") {
  World world;
  world.run(send_a_large_body(world));
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
