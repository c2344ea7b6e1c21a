#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/result.h"
#include "net/http.h"

namespace godwit {

/// Every bound of the server. A client past one gets 400, 408, 413, 414, 431 or 503 with a JSON
/// error where HTTP still allows an answer, and is closed.
struct HttpServerSettings {
  std::size_t head_size_max = std::size_t{64} * 1024;
  std::chrono::milliseconds head_time_max{10'000};  ///< From the first byte of a head to its last.
  std::size_t body_size_max = 100u << 20;           ///< 413 beyond.
  std::size_t body_rate_min = 1024;  ///< Bytes per second, on average from the body's
                                     ///< start; first looked at after body_grace.
  std::chrono::milliseconds body_grace{10'000};
  std::chrono::milliseconds idle_time_max{75'000};  ///< Between requests.
  /// For the peer to take a response, or 64 KiB of a streamed body.
  std::chrono::milliseconds write_time_max{30'000};
  std::size_t connections_max = 10'000;  ///< Beyond: 503 and close.
  std::size_t connections_per_address_max = 2'000;
  std::size_t bodies_in_memory_max =
      512u << 20;  ///< Sum over connections; beyond: 503 with Retry-After.
};

struct HttpServerStats {
  std::uint64_t connections = 0;  ///< Open now.
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;  ///< Over connections_max or the per-address limit.
  std::uint64_t requests = 0;
  std::uint64_t malformed = 0;       ///< Heads and bodies that were answered with 4xx here.
  std::uint64_t streams = 0;         ///< Streamed bodies being sent now.
  std::uint64_t streams_broken = 0;  ///< Ended by an error of their source.
};

/// Answers one request. Runs on the server's io_context; several at once on different connections.
using HttpHandler = std::function<boost::asio::awaitable<HttpResponse>(HttpRequest request)>;

/// An HTTP/1.1 server: keep-alive, pipelining (answered in order), chunked bodies, Expect:
/// 100-continue. Requests that two parsers could read differently (CL+TE, a Transfer-Encoding other
/// than exactly `chunked`, several unequal Content-Lengths, obs-fold, bare LF, blanks before the
/// colon, a missing or doubled Host) are refused with 400 and closed. Streamed bodies go out
/// chunked; to HTTP/1.0 clients they end with the connection.
///
/// Threads: everything on the io_context it is given. Lifetime: the io_context outlives it; stop()
/// first.
class HttpServer {
 public:
  HttpServer(boost::asio::io_context& io, HttpServerSettings settings, HttpHandler handler);
  ~HttpServer();

  /// Binds and begins to accept. Port 0 takes a free one: port() tells.
  /// Errors: unavailable, with the address and the reason (`address already in use :PORT`).
  Result<void> listen(const std::string& host, std::uint16_t port);
  std::uint16_t port() const;

  /// Stops accepting, closes idle connections, lets requests in flight finish (their answers say
  /// `Connection: close`) and tells the sources of streamed bodies. `done` runs on the io_context
  /// when the last connection is gone.
  void stop(std::function<void()> done);
  /// Closes everything at once.
  void abort();

  HttpServerStats stats() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace godwit
