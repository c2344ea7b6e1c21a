#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/attempt_timing.h"
#include "core/result.h"
#include "core/url.h"
#include "net/http.h"

namespace godwit {

struct HttpClientSettings {
  std::chrono::milliseconds resolve_time_max{5'000};
  std::chrono::milliseconds connect_time_max{10'000};
  std::chrono::milliseconds tls_time_max{10'000};
  std::chrono::milliseconds idle_time_max{60'000};  ///< Of a pooled connection.
  std::size_t idle_connections_max = 4'096;         ///< In all; the oldest goes first.
  std::size_t response_head_max = 64UL * 1024;
  std::size_t response_body_max =
      1u << 20;  ///< Kept; the rest is read, dropped and not an error up to:
  std::size_t response_body_read_max =
      16u << 20;        ///< beyond this the connection is closed and the kept part stands.
  std::string ca_file;  ///< PEM bundle; empty: SSL_CERT_FILE, else the system's.
  std::string user_agent = "Upstash-QStash";
  std::string dns_servers;  ///< `address:port,...`; empty: the system's.
};

/// Refuses an address for the URL of a request, with the reason; nullopt lets it pass. Asked for
/// every request, whether its connection is new or not.
using AddressGuard = std::function<std::optional<std::string>(
    const Url& url, const boost::asio::ip::address& address)>;

/// One request; views must live until the call returns.
struct OutgoingRequest {
  std::string_view method;
  const Url* url = nullptr;
  const Headers* headers = nullptr;  ///< Host, Content-Length and Connection are the client's own.
  std::string_view body;
  std::chrono::milliseconds timeout{0};  ///< For the whole exchange, DNS to the last byte read.
  /// Told how long what took when the call returns, with an error as well; nullptr: not asked for.
  AttemptTiming* timing = nullptr;
};

struct IncomingResponse {
  int status = 0;
  Headers headers;   ///< Canonical names.
  std::string body;  ///< Up to response_body_max.
  bool body_truncated = false;
};

struct HttpClientStats {
  std::uint64_t connections_opened = 0;
  std::uint64_t connections_idle = 0;
  std::uint64_t tls_handshakes = 0;
  std::uint64_t tls_resumed = 0;
};

/// An HTTP/1.1 client with one pool per (scheme, host, port, vetted address). Order: resolve
/// (c-ares; literals need none; answers are cached for their TTL, at most 60 s) -> every address
/// through the guard, refused ones dropped -> connect to one of those very addresses, the next one
/// if it fails -> TLS with SNI, verification of chain and host name, session resumption -> request
/// -> response. Redirects are never followed. 1xx are skipped (at most 8). A body is sent with
/// every method when it is not empty; Content-Length: 0 goes with POST, PUT and PATCH when it is.
/// One silent retry on a fresh connection, only if a reused one died before the first response
/// byte; its timing is that of the fresh one, but for `total`, which has both.
///
/// Errors of send(): unavailable with a sentence for people that says which step failed
/// (`connection refused by 127.0.0.1:9`, `timeout after 30s`, `certificate verify failed: ...`,
/// `host not found: x`); invalid_argument when the guard refused every address. Threads: everything
/// on its io_context. Cancelling send() is safe.
class HttpClient {
 public:
  using Done = std::move_only_function<void(Result<IncomingResponse>)>;

  /// Whether a client can be made of `settings`: the CA file is read. An HttpClient made of others
  /// fails every https request with the same error. Errors: invalid_argument.
  static Result<void> check(const HttpClientSettings& settings);

  HttpClient(boost::asio::io_context& io, HttpClientSettings settings, AddressGuard guard);
  ~HttpClient();

  boost::asio::awaitable<Result<IncomingResponse>> send(OutgoingRequest request);

  /// The same without a coroutine. The views live until `done`, which runs once, on the io_context,
  /// and never from inside send().
  void send(OutgoingRequest request, Done done);

  /// Closes every connection; sends under way fail. Until then idle connections keep
  /// io_context::run() from returning.
  void stop();
  HttpClientStats stats() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace godwit
