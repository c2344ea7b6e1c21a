#pragma once
#include <doctest/doctest.h>

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
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/body_source.h"
#include "net/http_server.h"

// What the tests of the server share: a client that sends any bytes, and a server on a loop.
namespace godwit::http_server_tests {

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

  /// What came up to and with the first `end`; less if the server closed before.
  asio::awaitable<std::string> until(std::string end) {
    std::size_t found = std::string::npos;
    std::size_t searched = 0;
    while ((found = received_.find(end, searched)) == std::string::npos) {
      // An end may lie across two pieces.
      searched = received_.size() - std::min(received_.size(), end.size());
      if (!co_await receive()) co_return std::exchange(received_, {});
    }
    std::string text = received_.substr(0, found + end.size());
    received_.erase(0, text.size());
    co_return text;
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
    if (request.target.ends_with("/204")) response.status = 204;
    if (request.target == "/large") response.body.assign(16u << 20, 'l');
    if (request.target.starts_with("/stream")) {
      response.stream = make_stream();
    } else if (response.body.empty() && response.status != 204) {
      response.body = request.method + " " + request.target + " " + request.body;
    }
    requests.push_back(std::move(request));
    co_return response;
  }

  asio::io_context io{1};
  Gate gate;
  HttpServer server;
  std::vector<HttpRequest> requests;
  std::function<std::shared_ptr<BodySource>()> make_stream;
};

inline HttpServerSettings impatient() {
  HttpServerSettings settings;
  settings.head_time_max = milliseconds(50);
  settings.idle_time_max = milliseconds(50);
  settings.write_time_max = milliseconds(50);
  settings.body_grace = milliseconds(50);
  return settings;
}

inline std::string get(std::string_view target, std::string_view headers = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n";
}

inline std::string post(std::string_view target, std::string_view body) {
  return "POST " + std::string(target) +
         " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

inline bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace godwit::http_server_tests
