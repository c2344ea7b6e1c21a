#include "net/http_client.h"

#include <doctest/doctest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <memory>
#include <string>
#include <vector>

#include "testing/scripted_server.h"
#include "testing/until.h"

namespace godwit {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

HttpClientSettings fast_settings() {
  HttpClientSettings settings;
  settings.connect_time_max = milliseconds(2'000);
  return settings;
}

/// A request with everything its views look into, and what became of it.
struct Sending {
  Url url;
  std::string method = "POST";
  Headers headers;
  std::string body;
  milliseconds timeout{10'000};
  std::optional<Result<IncomingResponse>> result;

  OutgoingRequest request() const {
    OutgoingRequest request;
    request.method = method;
    request.url = &url;
    request.headers = &headers;
    request.body = body;
    request.timeout = timeout;
    return request;
  }
};

struct World {
  explicit World(HttpClientSettings settings = fast_settings(), AddressGuard guard = nullptr)
      : client(io, std::move(settings), std::move(guard)) {}

  std::shared_ptr<Sending> begin(const std::string& url, std::string body = "",
                                 milliseconds timeout = milliseconds(10'000),
                                 std::string method = "POST", Headers headers = {}) {
    auto sending = std::make_shared<Sending>();
    Result<Url> parsed = parse_url(url);
    REQUIRE(parsed.has_value());
    sending->url = *parsed;
    sending->body = std::move(body);
    sending->timeout = timeout;
    sending->method = std::move(method);
    sending->headers = std::move(headers);
    client.send(sending->request(), [sending](Result<IncomingResponse> result) {
      CHECK_FALSE(sending->result.has_value());
      sending->result = std::move(result);
    });
    CHECK_FALSE(sending->result.has_value());
    return sending;
  }

  Result<IncomingResponse> wait(const std::shared_ptr<Sending>& sending) {
    run_until(io, [&] { return sending->result.has_value(); });
    return *sending->result;
  }

  template <typename... Arguments>
  Result<IncomingResponse> send(const std::string& url, Arguments... arguments) {
    return wait(begin(url, std::move(arguments)...));
  }

  std::string error(const Result<IncomingResponse>& result) {
    REQUIRE_FALSE(result.has_value());
    return result.error().message;
  }

  asio::io_context io{1};
  HttpClient client;
};

std::string address_of(const ScriptedServer& server) {
  return "127.0.0.1:" + std::to_string(server.port());
}

}  // namespace

TEST_CASE("a request goes out as documented and its response comes back") {
  World world;
  ScriptedServer server(world.io, {{read_request(), send("HTTP/1.1 201 Created\r\nx-a: 1\r\n"
                                                         "Content-Length: 5\r\n\r\nhello")}});
  const auto response = world.send(server.url("/a/b?c=%20d"), "body", milliseconds(10'000), "PUT",
                                   Headers{{"X-One", "1"},
                                           {"host", "evil"},
                                           {"content-length", "99"},
                                           {"Transfer-Encoding", "chunked"},
                                           {"Connection", "close"},
                                           {"Expect", "100-continue"},
                                           {"X-Two", ""}});
  REQUIRE(response.has_value());
  CHECK(response->status == 201);
  CHECK(response->headers == Headers{{"X-A", "1"}, {"Content-Length", "5"}});
  CHECK(response->body == "hello");
  CHECK_FALSE(response->body_truncated);
  REQUIRE(server.requests.size() == 1);
  CHECK(server.requests[0] == "PUT /a/b?c=%20d HTTP/1.1\r\nHost: " + address_of(server) +
                                  "\r\nX-One: 1\r\nX-Two: \r\nUser-Agent: Upstash-QStash\r\n"
                                  "Content-Length: 4\r\n\r\nbody");
}

TEST_CASE("bodies go with every method, and a length of zero with those that mean to have one") {
  World world;
  ScriptedServer server(world.io, {{read_request(), send(ok)}});
  for (const char* method : {"GET", "DELETE", "POST", "PUT", "PATCH"}) {
    REQUIRE(world.send(server.url(), "", milliseconds(10'000), method).has_value());
    REQUIRE(world.send(server.url(), "x", milliseconds(10'000), method).has_value());
  }
  REQUIRE(server.requests.size() == 10);
  for (std::size_t i = 0; i < server.requests.size(); ++i) {
    CAPTURE(server.requests[i]);
    const bool zero = server.requests[i].find("Content-Length: 0\r\n") != std::string::npos;
    const bool one = server.requests[i].find("Content-Length: 1\r\n") != std::string::npos;
    CHECK(one == (i % 2 == 1));
    CHECK(zero == (i % 2 == 0 && i >= 4));
  }
  CHECK(server.connections == 1);
}

TEST_CASE("a header that would break the request is refused, not sent") {
  World world;
  ScriptedServer server(world.io, {{read_request(), send(ok)}});
  for (const Headers& headers :
       {Headers{{"A", "b\r\nInjected: 1"}}, Headers{{"A\r\nB", "c"}}, Headers{{"A b", "c"}},
        Headers{{"", "c"}}, Headers{{"A", std::string("b\0c", 3)}}}) {
    const auto response = world.send(server.url(), "", milliseconds(10'000), "POST", headers);
    REQUIRE_FALSE(response.has_value());
    CHECK(response.error().code == ErrorCode::invalid_argument);
  }
  CHECK(server.requests.empty());
}

TEST_CASE("a response may come in any pieces, and the connection is used again") {
  World world;
  const std::string chunked =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2;x\r\nde\r\n0\r\nTrailer: 1\r\n\r\n";
  ScriptedServer::Script script;
  for (std::size_t cut = 1; cut < chunked.size(); ++cut) {
    script.push_back(read_request());
    script.push_back(send(chunked, cut));
  }
  ScriptedServer server(world.io, {script});
  for (std::size_t cut = 1; cut < chunked.size(); ++cut) {
    CAPTURE(cut);
    const auto response = world.send(server.url(), "x");
    REQUIRE(response.has_value());
    CHECK(response->body == "abcde");
  }
  CHECK(server.connections == 1);
  CHECK(world.client.stats().connections_opened == 1);
  CHECK(world.client.stats().connections_idle == 1);
}

TEST_CASE("each request under way has a connection of its own, and all of them are kept") {
  World world;
  ScriptedServer server(world.io, {{read_request(), send(ok)}});
  std::vector<std::shared_ptr<Sending>> sendings;
  sendings.reserve(20);
  for (int i = 0; i < 20; ++i) sendings.push_back(world.begin(server.url(), "x"));
  for (const auto& sending : sendings) CHECK(world.wait(sending).has_value());
  CHECK(server.connections == 20);
  CHECK(world.client.stats().connections_idle == 20);
  CHECK(world.send(server.url()).has_value());
  CHECK(server.connections == 20);
}

TEST_CASE("an idle connection that its peer closes is noticed at once") {
  World world;
  ScriptedServer server(world.io,
                        {{read_request(), send(ok), hang_up()}, {read_request(), send(ok)}});
  CHECK(world.send(server.url()).has_value());
  run_until(world.io, [&] { return world.client.stats().connections_idle == 0; });
  CHECK(world.send(server.url()).has_value());
  CHECK(server.connections == 2);
  CHECK(server.requests.size() == 2);
}

TEST_CASE("an idle connection on which bytes arrive is not used again") {
  World world;
  ScriptedServer server(world.io,
                        {{read_request(), send(ok + "HTTP/1.1 200 Forged\r\n\r\n", ok.size())}});
  CHECK(world.send(server.url()).has_value());
  run_until(world.io, [&] { return world.client.stats().connections_idle == 0; });
  const auto response = world.send(server.url());
  REQUIRE(response.has_value());
  CHECK(response->body == "ok");
  CHECK(server.connections == 2);
}

TEST_CASE("a reused connection that dies before it responds is replaced once, silently") {
  for (const Action& death : {hang_up(), reset_connection()}) {
    World world;
    ScriptedServer server(
        world.io, {{read_request(), send(ok), read_request(), death}, {read_request(), send(ok)}});
    CHECK(world.send(server.url(), "first").has_value());
    CHECK(world.send(server.url(), "second").has_value());
    CHECK(server.requests.size() == 3);
    CHECK(server.connections == 2);
  }
}

TEST_CASE("the silent retry is one, and on a fresh connection") {
  World world;
  // Two connections in the pool, both about to die, and so is the fresh one.
  ScriptedServer server(world.io, {{read_request(), send(ok), read_request(), hang_up()},
                                   {read_request(), send(ok), read_request(), hang_up()},
                                   {read_request(), hang_up()}});
  const auto first = world.begin(server.url());
  const auto second = world.begin(server.url());
  CHECK(world.wait(first).has_value());
  CHECK(world.wait(second).has_value());
  CHECK(world.error(world.send(server.url())) ==
        "connection closed by " + address_of(server) + " before it responded");
  CHECK(server.connections == 3);
  CHECK(server.requests.size() == 4);
}

TEST_CASE("a fresh connection that dies is an error, and so is one that dies within the response") {
  World world;
  ScriptedServer server(
      world.io,
      {{read_request(), hang_up()},
       {read_request(), reset_connection()},
       {read_request(), send(ok), read_request(), send("HTTP/1.1 200"), hang_up()},
       {read_request(), send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), hang_up()}});
  CHECK(world.error(world.send(server.url())) ==
        "connection closed by " + address_of(server) + " before it responded");
  CHECK(world.error(world.send(server.url())) ==
        "connection reset by " + address_of(server) + " before it responded");
  CHECK(world.send(server.url()).has_value());
  CHECK(world.error(world.send(server.url())) ==
        "connection closed by " + address_of(server) + " before the response was complete");
  CHECK(world.error(world.send(server.url())) ==
        "connection closed by " + address_of(server) + " before the response was complete");
  CHECK(server.connections == 4);
}

TEST_CASE("a response that lasts until the connection closes is whole") {
  World world;
  ScriptedServer server(
      world.io, {{read_request(), send("HTTP/1.0 200 OK\r\n\r\nuntil the end", 25), hang_up()}});
  const auto response = world.send(server.url());
  REQUIRE(response.has_value());
  CHECK(response->body == "until the end");
  CHECK(world.client.stats().connections_idle == 0);
}

TEST_CASE("timeouts are kept within a tick or two, and say what was waited for") {
  struct Row {
    ScriptedServer::Script script;
    std::string what;
  };
  const std::vector<Row> rows{
      {{read_request(), hold()}, "waiting for the response"},
      {{read_request(), send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), hold()},
       "receiving the response"},
      {{read_request(), send("HTTP/1.1 100 Continue\r\n\r\n"), hold()}, "receiving the response"},
  };
  for (const Row& row : rows) {
    World world;
    ScriptedServer server(world.io, {row.script});
    const auto begun = std::chrono::steady_clock::now();
    const auto response = world.send(server.url(), "x", milliseconds(200));
    const auto taken = std::chrono::steady_clock::now() - begun;
    CHECK(world.error(response) == "timeout after 200ms while " + row.what);
    CHECK(taken >= milliseconds(200));
    // The connection is of no more use to anyone.
    run_until(world.io, [&] { return server.hung_up == 1; });
  }
}

TEST_CASE("a destination that does not answer holds up no other") {
  World world;
  ScriptedServer dead(world.io, {{read_request(), hold()}});
  ScriptedServer alive(world.io, {{read_request(), send(ok)}});
  std::vector<std::shared_ptr<Sending>> stuck;
  stuck.reserve(50);
  for (int i = 0; i < 50; ++i) stuck.push_back(world.begin(dead.url(), "x"));
  for (int i = 0; i < 50; ++i) CHECK(world.send(alive.url(), "x").has_value());
  for (const auto& sending : stuck) CHECK_FALSE(sending->result.has_value());
  world.client.stop();
  for (const auto& sending : stuck)
    CHECK(world.error(world.wait(sending)) == "the client is stopping");
}

TEST_CASE("a refused connection is told with its address") {
  World world;
  std::string url;
  std::string address;
  {
    ScriptedServer server(world.io, {{hang_up()}});
    url = server.url();
    address = address_of(server);
    server.stop_accepting();
    run_until(world.io, [&] { return world.io.poll() == 0; });
  }
  CHECK(world.error(world.send(url)) == "connection refused by " + address);
}

TEST_CASE("the guard sees every address, and only what it lets pass is connected to") {
  std::vector<std::string> seen;
  const AddressGuard guard =
      [&seen](const Url& url, const asio::ip::address& address) -> std::optional<std::string> {
    seen.push_back(url.host + " " + address.to_string());
    if (url.host == "localhost" && address.is_v4()) return std::nullopt;
    return address.to_string() + " is a loopback address";
  };
  World world(fast_settings(), guard);
  ScriptedServer server(world.io, {{read_request(), send(ok)}});
  const auto refused = world.send(server.url());
  CHECK(world.error(refused) == "destination refused: 127.0.0.1 is a loopback address");
  CHECK(refused.error().code == ErrorCode::invalid_argument);
  CHECK(server.connections == 0);

  CHECK(world.send(server.url("/", "localhost")).has_value());
  CHECK(seen ==
        std::vector<std::string>{"127.0.0.1 127.0.0.1", "localhost 127.0.0.1", "localhost ::1"});
  // Also when a connection is there already: the rules may have changed.
  CHECK(world.send(server.url("/", "localhost")).has_value());
  CHECK(seen.size() == 5);
  CHECK(server.connections == 1);
}

TEST_CASE("when one address of a name refuses, the next one is tried, and remembered") {
  World world;
  ScriptedServer server(world.io, {{read_request(), send(ok + ""), hang_up()}}, nullptr, "::1");
  // 127.0.0.1 comes first for localhost, and nothing listens there.
  CHECK(world.send(server.url("/", "localhost")).has_value());
  run_until(world.io, [&] { return world.client.stats().connections_idle == 0; });
  CHECK(world.send(server.url("/", "localhost")).has_value());
  CHECK(server.connections == 2);
}

TEST_CASE("a large body arrives whole, and one that nobody reads is cut short by the answer") {
  World world;
  std::string body(8u << 20, 'x');
  for (std::size_t i = 0; i < body.size(); i += 4096)
    body[i] = static_cast<char>('a' + i / 4096 % 26);
  ScriptedServer server(world.io, {
                                      {read_request(), send(ok)},
                                  });
  CHECK(world.send(server.url(), body).has_value());
  REQUIRE(server.requests.size() == 1);
  CHECK(server.requests[0].ends_with("\r\n\r\n" + body));
  CHECK(world.client.stats().connections_idle == 1);

  ScriptedServer early(world.io,
                       {{send("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"), hold()}});
  const auto response = world.send(early.url(), body);
  REQUIRE(response.has_value());
  CHECK(response->status == 413);
  // Half a request is no beginning for the next one.
  CHECK(world.client.stats().connections_idle == 1);
}

TEST_CASE("large responses are kept up to a limit") {
  HttpClientSettings settings = fast_settings();
  settings.response_body_max = 1'000;
  settings.response_body_read_max = 4u << 20;
  World world(settings);
  const auto response_of = [](std::size_t size) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
           std::string(size, 'x');
  };
  ScriptedServer server(world.io,
                        {{read_request(), send(response_of(1'000)), read_request(),
                          send(response_of(3u << 20)), read_request(), send(response_of(8u << 20))},
                         {read_request(), send(ok)}});
  auto response = world.send(server.url());
  REQUIRE(response.has_value());
  CHECK(response->body.size() == 1'000);
  CHECK_FALSE(response->body_truncated);

  response = world.send(server.url());
  REQUIRE(response.has_value());
  CHECK(response->body.size() == 1'000);
  CHECK(response->body_truncated);
  CHECK(world.client.stats().connections_idle == 1);

  response = world.send(server.url());
  REQUIRE(response.has_value());
  CHECK(response->body.size() == 1'000);
  CHECK(response->body_truncated);
  CHECK(world.client.stats().connections_idle == 0);
}

TEST_CASE("a response of 64 MiB is kept whole where the settings say so") {
  HttpClientSettings settings = fast_settings();
  settings.response_body_max = 64u << 20;
  settings.response_body_read_max = 64u << 20;
  World world(settings);
  std::string body(64u << 20, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i % 23);
  std::string chunks;
  const std::size_t chunk = std::size_t{1} << 20;
  for (std::size_t at = 0; at < body.size(); at += chunk) {
    chunks += "100000\r\n" + body.substr(at, chunk) + "\r\n";
  }
  ScriptedServer server(
      world.io,
      {{read_request(),
        send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
             body),
        read_request(),
        send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\n")}});
  for (int i = 0; i < 2; ++i) {
    const auto response = world.send(server.url());
    REQUIRE(response.has_value());
    CHECK_FALSE(response->body_truncated);
    const bool is_same = response->body == body;  // Else both would be printed.
    CHECK(is_same);
  }
}

TEST_CASE("what is not an HTTP response is an error that says so") {
  World world;
  ScriptedServer server(
      world.io,
      {{send("SSH-2.0-OpenSSH_9.2p1\r\n"), hold()},
       {read_request(),
        send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: "
             "chunked\r\n\r\n"),
        hold()},
       {read_request(), send("HTTP/1.1 102 Processing\r\n\r\n"),
        send("HTTP/1.1 102 Processing\r\n\r\n"
             "HTTP/1.1 102 Processing\r\n\r\n"
             "HTTP/1.1 102 Processing\r\n\r\n"
             "HTTP/1.1 102 Processing\r\n\r\n"
             "HTTP/1.1 102 Processing\r\n\r\n"
             "HTTP/1.1 102 Processing\r\n\r\n"
             "HTTP/1.1 102 Processing\r\n\r\n"
             "HTTP/1.1 102 Processing\r\n\r\n"),
        hold()},
       {read_request(), send("HTTP/1.1 200 OK\r\nA: " + std::string(100'000, 'x')), hold()}});
  const std::string prefix = "invalid response from " + address_of(server) + ": ";
  CHECK(world.error(world.send(server.url())) == prefix + "it does not speak HTTP/1.1");
  CHECK(world.error(world.send(server.url())) ==
        prefix + "both Content-Length and Transfer-Encoding");
  CHECK(world.error(world.send(server.url())) == prefix + "too many interim responses");
  CHECK(world.error(world.send(server.url())) ==
        prefix + "its headers are larger than 65536 bytes");
}

TEST_CASE("idle connections end after their time, the oldest first when there are too many") {
  HttpClientSettings settings = fast_settings();
  settings.idle_time_max = milliseconds(100);
  settings.idle_connections_max = 3;
  World world(settings);
  ScriptedServer server(world.io, {{read_request(), send(ok)}});
  std::vector<std::shared_ptr<Sending>> sendings;
  sendings.reserve(5);
  for (int i = 0; i < 5; ++i) sendings.push_back(world.begin(server.url(), "x"));
  for (const auto& sending : sendings) CHECK(world.wait(sending).has_value());
  CHECK(world.client.stats().connections_idle == 3);
  run_until(world.io, [&] { return world.client.stats().connections_idle == 0; });
  run_until(world.io, [&] { return server.hung_up == 5; });
}

TEST_CASE("stop() ends what is under way and everything after it") {
  World world;
  ScriptedServer server(world.io, {{read_request(), hold()}});
  const auto sending = world.begin(server.url());
  run_until(world.io, [&] { return server.requests.size() == 1; });
  world.client.stop();
  CHECK_FALSE(sending->result.has_value());
  CHECK(world.error(world.wait(sending)) == "the client is stopping");
  CHECK(world.error(world.send(server.url())) == "the client is stopping");
}

TEST_CASE("a client may end while requests are under way") {
  asio::io_context io(1);
  ScriptedServer server(io, {{read_request(), hold()}});
  auto client = std::make_unique<HttpClient>(io, fast_settings(), nullptr);
  Sending sending;
  sending.url = *parse_url(server.url());
  client->send(sending.request(),
               [&](Result<IncomingResponse> result) { sending.result = std::move(result); });
  run_until(io, [&] { return server.requests.size() == 1; });
  client.reset();
  run_until(io, [&] { return sending.result.has_value(); });
  CHECK_FALSE(sending.result->has_value());
}

TEST_CASE("a request needs a timeout, and its URL's credentials are in no error") {
  World world;
  CHECK(world.error(world.send("http://127.0.0.1:9/", "", milliseconds(0))) ==
        "a request needs a timeout");
  const std::string error =
      world.error(world.send("http://someone:secret@127.0.0.1:9/?token=secret"));
  CHECK(error == "connection refused by 127.0.0.1:9");
}

TEST_CASE("send() can be awaited, and cancelled") {
  World world;
  ScriptedServer server(world.io, {{read_request(), send(ok), read_request(), hold()}});
  Sending sending;
  sending.url = *parse_url(server.url());
  const auto store = [&](std::exception_ptr exception, Result<IncomingResponse> result) {
    CHECK(exception == nullptr);
    sending.result = std::move(result);
  };
  asio::co_spawn(world.io, world.client.send(sending.request()), store);
  run_until(world.io, [&] { return sending.result.has_value(); });
  REQUIRE(sending.result->has_value());
  CHECK((*sending.result)->body == "ok");

  sending.result.reset();
  asio::cancellation_signal signal;
  asio::co_spawn(world.io, world.client.send(sending.request()),
                 asio::bind_cancellation_slot(signal.slot(), store));
  run_until(world.io, [&] { return server.requests.size() == 2; });
  CHECK_FALSE(sending.result.has_value());
  signal.emit(asio::cancellation_type::terminal);
  run_until(world.io, [&] { return sending.result.has_value(); });
  CHECK_FALSE(sending.result->has_value());
  run_until(world.io, [&] { return server.hung_up == 1; });
}

TEST_CASE("a request from inside a completion is as good as any") {
  World world;
  ScriptedServer server(world.io, {{read_request(), send(ok)}});
  Sending sending;
  sending.url = *parse_url(server.url());
  int left = 200;
  std::function<void(Result<IncomingResponse>)> again =
      [&](const Result<IncomingResponse>& result) {
        CHECK(result.has_value());
        if (--left > 0) world.client.send(sending.request(), again);
      };
  world.client.send(sending.request(), again);
  run_until(world.io, [&] { return left == 0; });
  CHECK(server.connections == 1);
}

}  // namespace godwit
