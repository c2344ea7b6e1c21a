// One coroutine per connection. Its hot path is one asynchronous read (which asio tries at once),
// the handler, and one synchronous write: no other operation is started for a small request.
// Deadlines are numbers in the connection that one timer for the whole server looks at, so that a
// request arms no timer of its own.
#include "net/http_server.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <ctime>
#include <exception>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/assert.h"
#include "net/http_text.h"
#include "net/receive_buffer.h"
#include "net/request_parser.h"

namespace godwit {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

constexpr milliseconds tick_period_min{5};
constexpr milliseconds tick_period_max{250};

/// How long a refused client may go on sending. Closing with bytes unread would make the kernel
/// send a reset, which can overtake the answer and delete it unread.
constexpr milliseconds linger_time_max{2'000};

/// Refused connections that may linger over their 503 at one time; others are just closed.
constexpr std::size_t refusals_lingering_max = 256;

/// How long accepting pauses when the process is out of descriptors or memory.
constexpr milliseconds accept_pause{100};

/// A body up to this size is copied behind its head: cheaper than a second buffer for the kernel.
constexpr std::size_t copied_body_max = std::size_t{4} * 1024;

/// Pipelined requests answered before other connections get their turn.
constexpr int requests_per_turn_max = 32;

constexpr std::string_view continue_response = "HTTP/1.1 100 Continue\r\n\r\n";

/// What a connection is waiting for; each has its own deadline.
enum class Wait : std::uint8_t { idle, head, body, handler, write, linger };

asio::ip::address unmapped(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return address;
}

std::string endpoint_text(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" +
         std::to_string(endpoint.port());
}

/// Reason first, the way people search for it: `address already in use 127.0.0.1:8080`.
std::string listen_error(const error_code& error, const tcp::endpoint& endpoint) {
  std::string reason =
      error == asio::error::address_in_use ? "address already in use" : error.message();
  return "cannot listen: " + reason + " " + endpoint_text(endpoint);
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

struct Connection {
  Connection(tcp::socket peer, RequestLimits limits, BodyBudget& budget)
      : socket(std::move(peer)), parser(limits, budget) {}

  /// Reads what was received, up to the end of a request.
  void parse() { buffer.consume(parser.feed(buffer.unread())); }

  tcp::socket socket;
  asio::ip::address address;
  std::string remote_address;
  RequestParser parser;
  ReceiveBuffer buffer;

  Wait wait = Wait::idle;
  bool expired = false;          ///< The deadline passed and the pending operation was cancelled.
  bool admitted = false;         ///< Counts as a connection; else it only hears why not.
  std::uint64_t deadline = 0;    ///< In ticks; 0: none.
  std::uint64_t body_began = 0;  ///< In ticks.
  std::size_t index = 0;         ///< In the server's list.
};

}  // namespace

class HttpServer::Impl : public std::enable_shared_from_this<HttpServer::Impl> {
 public:
  Impl(asio::io_context& io, HttpServerSettings settings, HttpHandler handler)
      : io_(io),
        settings_(settings),
        handler_(std::move(handler)),
        budget_(settings.bodies_in_memory_max),
        tick_period_(std::clamp(std::min({settings.head_time_max, settings.body_grace,
                                          settings.idle_time_max, settings.write_time_max}) /
                                    8,
                                tick_period_min, tick_period_max)),
        tick_timer_(io) {}

  Result<void> listen(const std::string& host, std::uint16_t port);
  std::uint16_t port() const { return port_; }
  void stop(std::function<void()> done);
  void abort();
  HttpServerStats stats() const {
    HttpServerStats stats = stats_;
    stats.connections = admitted_;
    return stats;
  }

 private:
  using Self = std::shared_ptr<Impl>;

  struct Listener {
    explicit Listener(asio::io_context& io) : acceptor(io), pause(io) {}
    tcp::acceptor acceptor;
    asio::steady_timer pause;
  };

  /// Has `connection` on the server's list while it lives.
  class Listed {
   public:
    Listed(Impl& server, Connection& connection) : server_(server), connection_(connection) {
      server_.add(connection_);
    }
    // NOLINTNEXTLINE(bugprone-exception-escape): as in ~HttpServer.
    ~Listed() { server_.remove(connection_); }
    Listed(const Listed&) = delete;
    Listed& operator=(const Listed&) = delete;

   private:
    Impl& server_;
    Connection& connection_;
  };

  error_code open(Listener& listener, const tcp::endpoint& endpoint);
  void close_listeners();
  void admit(tcp::socket socket);

  // Static, and with the server as the first argument, so that each frame keeps it alive.
  static asio::awaitable<void> accept(Self self, Listener& listener);
  static asio::awaitable<void> serve(Self self, tcp::socket socket, asio::ip::address address);
  static asio::awaitable<void> turn_away(Self self, tcp::socket socket, std::string message);

  asio::awaitable<void> refuse(Connection& connection, RequestError error);
  asio::awaitable<bool> write_rest(Connection& connection, std::size_t written, std::string head,
                                   std::string body);
  asio::awaitable<void> linger(Connection& connection);

  /// Writes what the kernel takes at once. The count of bytes, or nullopt if the connection failed.
  std::optional<std::size_t> write_now(Connection& connection, std::string_view head,
                                       std::string_view body);
  void set_deadline(Connection& connection, Wait wait, milliseconds time_max);
  void wait_for_request(Connection& connection);
  void fail_slow(Connection& connection) const;

  void add(Connection& connection);
  void remove(Connection& connection);
  void start_tick();
  void tick();
  bool is_slow(Connection& connection) const;
  void finish_stop();
  std::uint64_t ticks(milliseconds time) const {
    // One more than fits: the tick under way has already begun.
    return static_cast<std::uint64_t>((time + tick_period_ - milliseconds(1)) / tick_period_) + 1;
  }

  asio::io_context& io_;
  const HttpServerSettings settings_;
  const HttpHandler handler_;
  BodyBudget budget_;
  HttpServerStats stats_;
  std::uint16_t port_ = 0;
  std::list<Listener> listeners_;
  bool stopping_ = false;
  bool aborted_ = false;
  std::vector<std::function<void()>> stopped_;

  std::vector<Connection*> connections_;  ///< Admitted ones and lingering refusals.
  std::size_t admitted_ = 0;
  std::unordered_map<asio::ip::address, std::size_t> admitted_by_address_;

  const milliseconds tick_period_;
  asio::steady_timer tick_timer_;
  std::uint64_t now_ = 1;  ///< In ticks; they pass only while there are connections.

  HttpDate date_;
  std::string head_;  ///< Of the response being written; kept for its memory.
};

error_code HttpServer::Impl::open(Listener& listener, const tcp::endpoint& endpoint) {
  error_code error;
  tcp::acceptor& acceptor = listener.acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) port_ = acceptor.local_endpoint(error).port();
  return error;
}

Result<void> HttpServer::Impl::listen(const std::string& host, std::uint16_t port) {
  std::vector<asio::ip::address> addresses;
  error_code error;
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const auto literal =
      asio::ip::make_address(bracketed ? host.substr(1, host.size() - 2) : host, error);
  if (!error) {
    addresses.push_back(literal);
  } else if (equals_ignore_case(host, "localhost")) {
    // RFC 6761: loopback, also on a machine whose files do not say so.
    addresses = {asio::ip::address_v4::loopback(), asio::ip::address_v6::loopback()};
    error.clear();
  } else if (!host.empty()) {
    tcp::resolver resolver(io_);
    for (const auto& entry : resolver.resolve(host, "", tcp::resolver::passive, error)) {
      addresses.push_back(entry.endpoint().address());
    }
    // This order has IPv4 first: its port is the one that others follow when the kernel chooses.
    std::sort(addresses.begin(), addresses.end());
    addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  }
  if (addresses.empty()) {
    return fail(ErrorCode::unavailable, "cannot listen: host not found: " + host);
  }

  // A name may stand for addresses that this machine lacks (`localhost` for ::1): one is enough.
  // But where another program has the port, clients would find that one: this is an error.
  std::list<Listener> opened;
  std::string lacking;
  for (const asio::ip::address& address : addresses) {
    const tcp::endpoint endpoint(address, opened.empty() ? port : port_);
    opened.emplace_back(io_);
    error = open(opened.back(), endpoint);
    if (!error) continue;
    opened.pop_back();
    lacking = listen_error(error, endpoint);
    if (error == asio::error::address_in_use) return fail(ErrorCode::unavailable, lacking);
  }
  if (opened.empty()) return fail(ErrorCode::unavailable, lacking);
  for (Listener& listener : opened) {
    asio::co_spawn(io_, accept(shared_from_this(), listener), rethrow);
  }
  listeners_.splice(listeners_.end(), opened);
  return {};
}

asio::awaitable<void> HttpServer::Impl::accept(Self self, Listener& listener) {
  while (!self->stopping_) {
    error_code error;
    tcp::socket socket =
        co_await listener.acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (self->stopping_) co_return;
    if (!error) {
      self->admit(std::move(socket));
    } else if (error != asio::error::connection_aborted) {
      // Out of descriptors, mostly. The connection stays in the kernel's queue and asio would
      // report it again at once: wait until others have closed.
      listener.pause.expires_after(accept_pause);
      co_await listener.pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
  }
}

void HttpServer::Impl::admit(tcp::socket socket) {
  error_code error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  if (!error) socket.non_blocking(true, error);
  if (!error) socket.set_option(tcp::no_delay(true), error);
  if (error) return;  // It was reset while it waited to be accepted.

  const asio::ip::address address = unmapped(peer.address());
  std::string refusal;
  if (admitted_ >= settings_.connections_max) {
    refusal = "too many connections: the limit is " + std::to_string(settings_.connections_max);
  } else if (const auto found = admitted_by_address_.find(address);
             found != admitted_by_address_.end() &&
             found->second >= settings_.connections_per_address_max) {
    refusal = "too many connections from " + address.to_string() + ": the limit is " +
              std::to_string(settings_.connections_per_address_max);
  }
  if (refusal.empty()) {
    ++stats_.accepted;
    asio::co_spawn(io_, serve(shared_from_this(), std::move(socket), address), rethrow);
    return;
  }
  ++stats_.refused;
  if (connections_.size() - admitted_ < refusals_lingering_max) {
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
    connection.wait = Wait::handler;
    connection.deadline = 0;
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

void HttpServer::Impl::set_deadline(Connection& connection, Wait wait, milliseconds time_max) {
  connection.wait = wait;
  connection.expired = false;
  connection.deadline = now_ + ticks(time_max);
}

/// Tells the ticks what the next read is for. A deadline begins with its wait and is not moved by
/// bytes that trickle in.
void HttpServer::Impl::wait_for_request(Connection& connection) {
  const RequestParser::Phase phase = connection.parser.phase();
  if (phase == RequestParser::Phase::body) {
    connection.buffer.grow_for_stream();
    if (connection.wait == Wait::body) return;
    connection.body_began = now_;
    set_deadline(connection, Wait::body, settings_.body_grace);
  } else if (phase == RequestParser::Phase::head || !connection.buffer.empty()) {
    if (connection.wait != Wait::head)
      set_deadline(connection, Wait::head, settings_.head_time_max);
  } else {
    connection.buffer.shrink();
    set_deadline(connection, Wait::idle, settings_.idle_time_max);
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
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(head), asio::buffer(body)};
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
  set_deadline(connection, Wait::write, settings_.write_time_max);
  error_code error;
  co_await asio::async_write(connection.socket, buffers,
                             asio::redirect_error(asio::use_awaitable, error));
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
  set_deadline(connection, Wait::linger, std::min(linger_time_max, settings_.write_time_max));
  while (!error) {
    connection.buffer.consume(connection.buffer.unread().size());
    const ReceiveBuffer::Room room = connection.buffer.room();
    co_await connection.socket.async_read_some(asio::buffer(room.begin, room.size),
                                               asio::redirect_error(asio::use_awaitable, error));
  }
}

void HttpServer::Impl::add(Connection& connection) {
  connection.index = connections_.size();
  connections_.push_back(&connection);
  if (connection.admitted) {
    ++admitted_;
    ++admitted_by_address_[connection.address];
  }
  if (connections_.size() == 1) start_tick();
}

void HttpServer::Impl::remove(Connection& connection) {
  connections_.back()->index = connection.index;
  connections_[connection.index] = connections_.back();
  connections_.pop_back();
  if (connection.admitted) {
    --admitted_;
    const auto found = admitted_by_address_.find(connection.address);
    if (--found->second == 0) admitted_by_address_.erase(found);
  }
  if (connections_.empty()) {
    tick_timer_.cancel();
    finish_stop();
  }
}

void HttpServer::Impl::start_tick() {
  tick_timer_.expires_after(tick_period_);
  tick_timer_.async_wait([self = shared_from_this()](const error_code& error) {
    if (error || self->connections_.empty()) return;
    self->tick();
    self->start_tick();
  });
}

void HttpServer::Impl::tick() {
  ++now_;
  for (Connection* connection : connections_) {
    if (connection->deadline == 0 || connection->deadline > now_) continue;
    if (connection->wait == Wait::body && !is_slow(*connection)) continue;
    connection->expired = true;
    error_code error;
    connection->socket.cancel(error);
  }
}

bool HttpServer::Impl::is_slow(Connection& connection) const {
  const auto elapsed_ms =
      static_cast<std::uint64_t>(tick_period_.count()) * (now_ - connection.body_began);
  return connection.parser.body_bytes_consumed() * 1000 < settings_.body_rate_min * elapsed_ms;
}

void HttpServer::Impl::close_listeners() {
  for (Listener& listener : listeners_) {
    error_code error;
    listener.acceptor.close(error);
    listener.pause.cancel();
  }
}

void HttpServer::Impl::stop(std::function<void()> done) {
  stopping_ = true;
  close_listeners();
  if (done) stopped_.push_back(std::move(done));
  for (Connection* connection : connections_) {
    error_code error;
    if (connection->wait == Wait::idle) connection->socket.close(error);
  }
  if (connections_.empty()) finish_stop();
}

void HttpServer::Impl::abort() {
  stopping_ = true;
  aborted_ = true;
  close_listeners();
  for (Connection* connection : connections_) {
    error_code error;
    connection->socket.close(error);
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
