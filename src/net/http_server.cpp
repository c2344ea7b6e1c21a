// One coroutine per connection. Its hot path is one asynchronous read (which asio tries at once),
// the handler, and one synchronous write: no other operation is started for a small request.
#include "net/http_server.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <ctime>
#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/assert.h"
#include "net/body_stream.h"
#include "net/http_text.h"
#include "net/receive_buffer.h"
#include "net/request_parser.h"
#include "net/server_connections.h"
#include "net/tcp_listener.h"

namespace godwit {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

/// How long a refused client may go on sending. Closing with bytes unread would make the kernel
/// send a reset, which can overtake the answer and delete it unread.
constexpr milliseconds linger_time_max{2'000};

/// A body up to this size is copied behind its head: cheaper than a second buffer for the kernel.
constexpr std::size_t copied_body_max = std::size_t{4} * 1024;

/// Pipelined requests answered before other connections get their turn.
constexpr int requests_per_turn_max = 32;

/// A streamed body goes out in chunks of this size at most. Each has the time that a response has,
/// so that a large piece asks no more speed of the client than small ones.
constexpr std::size_t chunk_size_max = std::size_t{64} * 1024;
/// What of a body goes to the kernel in the first call: it copies a megabyte for as long as a
/// hundred messages take. Asio's async_write, which sends the rest, has the same measure.
constexpr std::size_t body_written_at_once_max = std::size_t{64} * 1024;

constexpr std::string_view last_chunk = "0\r\n\r\n";

using Connection = ServerConnection;
using Wait = ServerConnection::Wait;

constexpr std::string_view continue_response = "HTTP/1.1 100 Continue\r\n\r\n";

asio::ip::address unmapped(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return address;
}

HttpResponse error_response(const RequestError& error) {
  HttpResponse response;
  response.status = error.status;
  response.headers.push_back({"Content-Type", "application/json"});
  // A page's script sees nothing of an answer without it, not even the status.
  response.headers.push_back({"Access-Control-Allow-Origin", "*"});
  if (error.status == 503) response.headers.push_back({"Retry-After", "1"});
  response.body = error_body(error.message);
  response.close = true;
  return response;
}

/// Only what nobody foresaw arrives here, such as a lack of memory: it is the program's to end.
void rethrow(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

class HttpServer::Impl : public std::enable_shared_from_this<HttpServer::Impl> {
 public:
  Impl(asio::io_context& io, HttpServerSettings settings, HttpHandler handler)
      : io_(io),
        settings_(settings),
        handler_(std::move(handler)),
        budget_(settings.bodies_in_memory_max),
        connections_(std::make_shared<ServerConnections>(io, settings)) {}

  Result<void> listen(const std::string& host, std::uint16_t port);
  std::uint16_t port() const { return listener_ == nullptr ? std::uint16_t{0} : listener_->port(); }
  void stop(std::function<void()> done);
  void abort();
  HttpServerStats stats() const {
    HttpServerStats stats = stats_;
    stats.connections = connections_->admitted();
    return stats;
  }

 private:
  using Self = std::shared_ptr<Impl>;

  /// Has `connection` on the server's list while it lives.
  class Listed {
   public:
    Listed(Impl& server, Connection& connection) : server_(server), connection_(connection) {
      server_.connections_->add(connection_);
    }
    // NOLINTNEXTLINE(bugprone-exception-escape): as in ~HttpServer.
    ~Listed() {
      server_.connections_->remove(connection_);
      if (server_.connections_->empty()) server_.finish_stop();
    }
    Listed(const Listed&) = delete;
    Listed& operator=(const Listed&) = delete;

   private:
    Impl& server_;
    Connection& connection_;
  };

  void admit(tcp::socket socket);

  // Static, and with the server as the first argument, so that each frame keeps it alive.
  static asio::awaitable<void> serve(Self self, tcp::socket socket, asio::ip::address address);
  static asio::awaitable<void> turn_away(Self self, tcp::socket socket, std::string message);

  asio::awaitable<void> refuse(Connection& connection, RequestError error);
  asio::awaitable<bool> write_rest(Connection& connection, std::size_t written, std::string head,
                                   std::string body);
  asio::awaitable<bool> send_stream(Connection& connection, std::shared_ptr<BodySource> source,
                                    bool chunked);
  asio::awaitable<bool> send_pieces(Connection& connection, bool chunked);
  asio::awaitable<bool> write_chunk(Connection& connection, std::string_view bytes, bool chunked);
  asio::awaitable<void> linger(Connection& connection);

  /// Writes what the kernel takes at once. The count of bytes, or nullopt if the connection failed.
  std::optional<std::size_t> write_now(Connection& connection, std::string_view head,
                                       std::string_view body);
  void wait_for_request(Connection& connection);
  void fail_slow(Connection& connection) const;

  void finish_stop();

  asio::io_context& io_;
  const HttpServerSettings settings_;
  const HttpHandler handler_;
  BodyBudget budget_;
  HttpServerStats stats_;
  std::unique_ptr<TcpListener> listener_;
  bool stopping_ = false;
  bool aborted_ = false;
  std::vector<std::function<void()>> stopped_;

  const std::shared_ptr<ServerConnections> connections_;
  HttpDate date_;
  std::string head_;  ///< Of the response being written; kept for its memory.
};

Result<void> HttpServer::Impl::listen(const std::string& host, std::uint16_t port) {
  if (listener_ == nullptr) {
    listener_ = std::make_unique<TcpListener>(io_, [weak = weak_from_this()](tcp::socket socket) {
      if (const Self self = weak.lock()) self->admit(std::move(socket));
    });
  }
  return listener_->listen(host, port);
}

void HttpServer::Impl::admit(tcp::socket socket) {
  error_code error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  if (!error) socket.non_blocking(true, error);
  if (!error) socket.set_option(tcp::no_delay(true), error);
  if (error) return;  // It was reset while it waited to be accepted.

  const asio::ip::address address = unmapped(peer.address());
  std::string refusal = connections_->refusal(address);
  if (refusal.empty()) {
    ++stats_.accepted;
    asio::co_spawn(io_, serve(shared_from_this(), std::move(socket), address), rethrow);
    return;
  }
  ++stats_.refused;
  if (connections_->may_linger()) {
    asio::co_spawn(io_, turn_away(shared_from_this(), std::move(socket), std::move(refusal)),
                   rethrow);
  }
}

asio::awaitable<void> HttpServer::Impl::turn_away(Self self, tcp::socket socket,
                                                  std::string message) {
  Connection connection(std::move(socket), {}, self->budget_);
  const Listed listed(*self, connection);
  co_await self->refuse(connection, {503, std::move(message)});
}

asio::awaitable<void> HttpServer::Impl::serve(Self self, tcp::socket socket,
                                              asio::ip::address address) {
  Connection connection(std::move(socket),
                        {self->settings_.head_size_max, self->settings_.body_size_max},
                        self->budget_);
  connection.admitted = true;
  connection.address = address;
  connection.remote_address = address.to_string();
  const Listed listed(*self, connection);
  RequestParser& parser = connection.parser;
  int requests_this_turn = 0;

  for (;;) {
    connection.parse();
    while (parser.phase() != RequestParser::Phase::complete) {
      if (parser.phase() == RequestParser::Phase::failed) {
        co_await self->refuse(connection, parser.error());
        co_return;
      }
      if (parser.take_expectation()) {
        const auto written = self->write_now(connection, continue_response, {});
        if (!written) co_return;
        if (*written < continue_response.size() &&
            !co_await self->write_rest(connection, *written, std::string(continue_response), {})) {
          co_return;
        }
      }
      self->wait_for_request(connection);
      if (self->stopping_ && connection.wait == Wait::idle) co_return;

      const ReceiveBuffer::Room room = connection.buffer.room();
      error_code error;
      const std::size_t received = co_await connection.socket.async_read_some(
          asio::buffer(room.begin, room.size), asio::redirect_error(asio::use_awaitable, error));
      requests_this_turn = 0;
      if (error) {
        if (!connection.expired || connection.wait == Wait::idle || self->aborted_) co_return;
        self->fail_slow(connection);
        continue;
      }
      connection.buffer.commit(received);
      connection.parse();
    }

    ++self->stats_.requests;
    connection.wait_for(Wait::handler);
    const bool keep_alive_asked = parser.keep_alive();
    const bool http_1_0 = parser.is_http_1_0();
    const bool head_method = parser.is_head_method();
    HttpRequest request = std::move(parser.request());
    request.remote_address = connection.remote_address;
    HttpResponse response;
    try {
      response = co_await self->handler_(std::move(request));
    } catch (...) {
      // The client learns that it failed; what failed belongs in the handler's own log.
      response = error_response({500, "internal error"});
    }
    if (self->aborted_) co_return;
    parser.next();

    ResponseFraming framing{.date = self->date_.at(std::time(nullptr)),
                            .keep_alive = keep_alive_asked && !response.close && !self->stopping_,
                            .http_1_0 = http_1_0};
    // An HTTP/1.0 client reads a body of unknown length until the connection closes.
    if (response.stream != nullptr && http_1_0) framing.keep_alive = false;
    if (!write_response_head(response, framing, self->head_)) {
      response = error_response({500, "internal error"});
      framing.keep_alive = false;
      GODWIT_ASSERT(write_response_head(response, framing, self->head_));
    }
    if (head_method || !status_has_body(response.status)) response.body.clear();
    if (!response.body.empty() && response.body.size() <= copied_body_max) {
      self->head_ += response.body;
      response.body.clear();
    }
    const auto written = self->write_now(connection, self->head_, response.body);
    if (!written) co_return;
    if (*written < self->head_.size() + response.body.size() &&
        !co_await self->write_rest(connection, *written, std::exchange(self->head_, {}),
                                   std::move(response.body))) {
      co_return;
    }
    if (response.stream != nullptr && !head_method && status_has_body(response.status) &&
        !co_await self->send_stream(connection, std::move(response.stream), !http_1_0)) {
      co_return;
    }
    if (!framing.keep_alive) {
      error_code error;
      if (!connection.buffer.empty() || connection.socket.available(error) > 0) {
        co_await self->linger(connection);
      }
      co_return;
    }
    if (++requests_this_turn == requests_per_turn_max) {
      requests_this_turn = 0;
      co_await asio::post(connection.socket.get_executor(), asio::use_awaitable);
      if (self->aborted_) co_return;
    }
  }
}

/// Tells the deadlines what the next read is for. A deadline begins with its wait and is not moved
/// by bytes that trickle in.
void HttpServer::Impl::wait_for_request(Connection& connection) {
  const RequestParser::Phase phase = connection.parser.phase();
  if (phase == RequestParser::Phase::body) {
    connection.buffer.grow_for_stream();
    if (connection.wait == Wait::body) return;
    connections_->begin_body(connection);
  } else if (phase == RequestParser::Phase::head || !connection.buffer.empty()) {
    if (connection.wait != Wait::head)
      connections_->set_deadline(connection, Wait::head, settings_.head_time_max);
  } else {
    connection.buffer.shrink();
    connections_->set_deadline(connection, Wait::idle, settings_.idle_time_max);
  }
}

void HttpServer::Impl::fail_slow(Connection& connection) const {
  if (connection.wait == Wait::head) {
    connection.parser.fail(408, "the request head did not arrive within the limit of " +
                                    std::to_string(settings_.head_time_max.count()) + " ms");
  } else {
    connection.parser.fail(408, "the request body arrives slower than the limit of " +
                                    std::to_string(settings_.body_rate_min) + " bytes per second");
  }
}

std::optional<std::size_t> HttpServer::Impl::write_now(Connection& connection,
                                                       std::string_view head,
                                                       std::string_view body) {
  error_code error;
  std::size_t written = 0;
  if (body.empty()) {
    written = connection.socket.write_some(asio::buffer(head), error);
  } else {
    const std::array<asio::const_buffer, 2> buffers{
        asio::buffer(head), asio::buffer(body.substr(0, body_written_at_once_max))};
    written = connection.socket.write_some(buffers, error);
  }
  if (error == asio::error::would_block || error == asio::error::try_again) return 0;
  if (error) return std::nullopt;
  return written;
}

/// Writes all but the first `written` bytes of head and body. False if the peer did not take them.
asio::awaitable<bool> HttpServer::Impl::write_rest(Connection& connection, std::size_t written,
                                                   std::string head, std::string body) {
  const std::size_t of_head = std::min(written, head.size());
  const std::array<asio::const_buffer, 2> buffers{asio::buffer(head) + of_head,
                                                  asio::buffer(body) + (written - of_head)};
  connections_->set_deadline(connection, Wait::write, settings_.write_time_max);
  error_code error;
  co_await asio::async_write(connection.socket, buffers,
                             asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

/// Sends what `source` has to its end. False if the connection cannot be used any more.
asio::awaitable<bool> HttpServer::Impl::send_stream(Connection& connection,
                                                    std::shared_ptr<BodySource> source,
                                                    bool chunked) {
  connection.stream =
      std::make_unique<BodyStream>(connection.socket, connection.buffer, std::move(source));
  ++stats_.streams;
  if (stopping_) connection.stream->stop();
  const bool sent = co_await send_pieces(connection, chunked);
  --stats_.streams;
  connection.stream.reset();
  co_return sent && !aborted_;
}

asio::awaitable<bool> HttpServer::Impl::send_pieces(Connection& connection, bool chunked) {
  for (;;) {
    connection.wait_for(Wait::source);
    const Result<std::optional<std::string>> piece = co_await connection.stream->next();
    if (!piece) {
      if (!connection.stream->client_gone()) ++stats_.streams_broken;
      // Without chunks an ordinary close would look like the body's end.
      error_code error;
      if (!chunked) {
        connection.socket.set_option(asio::socket_base::linger(true, 0), error);
        connection.socket.close(error);
      }
      co_return false;
    }
    if (!piece->has_value()) break;
    for (std::string_view rest = **piece; !rest.empty();) {
      const std::string_view chunk = rest.substr(0, chunk_size_max);
      rest.remove_prefix(chunk.size());
      if (!co_await write_chunk(connection, chunk, chunked)) co_return false;
    }
  }
  if (!chunked) co_return true;
  co_return co_await write_rest(connection, 0, std::string(last_chunk), {});
}

/// False if the peer did not take it.
asio::awaitable<bool> HttpServer::Impl::write_chunk(Connection& connection, std::string_view bytes,
                                                    bool chunked) {
  std::array<char, 16> size;
  const char* const end =
      std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16).ptr;
  const std::string_view size_text(size.data(), static_cast<std::size_t>(end - size.data()));
  constexpr std::string_view line_end = "\r\n";
  const std::array<asio::const_buffer, 4> framed{asio::buffer(size_text), asio::buffer(line_end),
                                                 asio::buffer(bytes), asio::buffer(line_end)};
  connections_->set_deadline(connection, Wait::write, settings_.write_time_max);
  error_code error;
  if (chunked) {
    co_await asio::async_write(connection.socket, framed,
                               asio::redirect_error(asio::use_awaitable, error));
  } else {
    co_await asio::async_write(connection.socket, asio::buffer(bytes),
                               asio::redirect_error(asio::use_awaitable, error));
  }
  co_return !error;
}

/// Answers with an error and ends the connection.
asio::awaitable<void> HttpServer::Impl::refuse(Connection& connection, RequestError error) {
  if (error.status >= 400 && error.status < 500) ++stats_.malformed;
  HttpResponse response = error_response(error);
  std::string head;
  const ResponseFraming framing{
      .date = date_.at(std::time(nullptr)), .keep_alive = false, .http_1_0 = false};
  GODWIT_ASSERT(write_response_head(response, framing, head));
  if (connection.parser.is_head_method()) response.body.clear();
  head += response.body;
  const auto written = write_now(connection, head, {});
  if (!written) co_return;
  if (*written < head.size() && !co_await write_rest(connection, *written, std::move(head), {})) {
    co_return;
  }
  co_await linger(connection);
}

/// Says that no more comes, and drops what the client still sends until it closes too.
asio::awaitable<void> HttpServer::Impl::linger(Connection& connection) {
  error_code error;
  connection.socket.shutdown(tcp::socket::shutdown_send, error);
  connections_->set_deadline(connection, Wait::linger,
                             std::min(linger_time_max, settings_.write_time_max));
  while (!error) {
    connection.buffer.consume(connection.buffer.unread().size());
    const ReceiveBuffer::Room room = connection.buffer.room();
    co_await connection.socket.async_read_some(asio::buffer(room.begin, room.size),
                                               asio::redirect_error(asio::use_awaitable, error));
  }
}

void HttpServer::Impl::stop(std::function<void()> done) {
  stopping_ = true;
  if (listener_ != nullptr) listener_->close();
  if (done) stopped_.push_back(std::move(done));
  for (Connection* connection : connections_->all()) {
    error_code error;
    if (connection->wait == Wait::idle) connection->socket.close(error);
    if (connection->stream != nullptr) connection->stream->stop();
  }
  if (connections_->empty()) finish_stop();
}

void HttpServer::Impl::abort() {
  stopping_ = true;
  aborted_ = true;
  if (listener_ != nullptr) listener_->close();
  for (Connection* connection : connections_->all()) {
    error_code error;
    connection->socket.close(error);
    if (connection->stream != nullptr) connection->stream->cut();
  }
}

void HttpServer::Impl::finish_stop() {
  for (std::function<void()>& done : std::exchange(stopped_, {})) asio::post(io_, std::move(done));
}

HttpServer::HttpServer(asio::io_context& io, HttpServerSettings settings, HttpHandler handler)
    : impl_(std::make_shared<Impl>(io, settings, std::move(handler))) {}

// Only a lack of memory could throw in these destructors, and then the program ends.
// NOLINTNEXTLINE(bugprone-exception-escape)
HttpServer::~HttpServer() { impl_->abort(); }

Result<void> HttpServer::listen(const std::string& host, std::uint16_t port) {
  return impl_->listen(host, port);
}

std::uint16_t HttpServer::port() const { return impl_->port(); }

void HttpServer::stop(std::function<void()> done) { impl_->stop(std::move(done)); }

void HttpServer::abort() { impl_->abort(); }

HttpServerStats HttpServer::stats() const { return impl_->stats(); }

}  // namespace godwit
