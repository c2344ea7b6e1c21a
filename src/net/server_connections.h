#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "net/body_stream.h"
#include "net/http_server.h"
#include "net/receive_buffer.h"
#include "net/request_parser.h"

namespace godwit {

/// One client of a server: what its coroutine works with, and what it waits for.
struct ServerConnection {
  /// What it is waiting for; each has its own deadline.
  enum class Wait : std::uint8_t { idle, head, body, handler, source, write, linger };

  ServerConnection(boost::asio::ip::tcp::socket peer, RequestLimits limits, BodyBudget& budget)
      : socket(std::move(peer)), parser(limits, budget) {}

  /// Reads what was received, up to the end of a request.
  void parse() { buffer.consume(parser.feed(buffer.unread())); }

  /// Waits for something that has no deadline here.
  void wait_for(Wait what) {
    wait = what;
    deadline = 0;
  }

  boost::asio::ip::tcp::socket socket;
  boost::asio::ip::address address;
  std::string remote_address;
  RequestParser parser;
  ReceiveBuffer buffer;
  std::unique_ptr<BodyStream> stream;  ///< While a streamed body is sent.

  Wait wait = Wait::idle;
  bool expired = false;          ///< The deadline passed and the pending operation was cancelled.
  bool admitted = false;         ///< Counts as a connection; else it only hears why not.
  std::uint64_t deadline = 0;    ///< In ticks; 0: none.
  std::uint64_t body_began = 0;  ///< In ticks.
  std::size_t index = 0;         ///< In the server's list.
};

/// All connections of a server: how many there may be, and how long each may take. Deadlines are
/// numbers that one timer for all looks at, so that a request arms no timer of its own. A
/// connection whose deadline passed has its operations cancelled and is `expired`.
class ServerConnections : public std::enable_shared_from_this<ServerConnections> {
 public:
  using Wait = ServerConnection::Wait;

  ServerConnections(boost::asio::io_context& io, const HttpServerSettings& settings);

  /// Why no more connections from this address are taken; empty: they are.
  std::string refusal(const boost::asio::ip::address& address) const;
  /// Whether there is room for one more that only hears why it is refused.
  bool may_linger() const;

  /// The connection is on the list from add() to remove().
  void add(ServerConnection& connection);
  void remove(ServerConnection& connection);

  const std::vector<ServerConnection*>& all() const { return all_; }
  bool empty() const { return all_.empty(); }
  std::size_t admitted() const { return admitted_; }

  void set_deadline(ServerConnection& connection, Wait wait, std::chrono::milliseconds time_max) {
    connection.wait = wait;
    connection.expired = false;
    connection.deadline = now_ + ticks(time_max);
  }

  /// From body_grace on, a body slower than body_rate_min expires.
  void begin_body(ServerConnection& connection) {
    connection.body_began = now_;
    set_deadline(connection, Wait::body, settings_.body_grace);
  }

 private:
  void start_tick();
  void tick();
  bool is_slow(const ServerConnection& connection) const;
  std::uint64_t ticks(std::chrono::milliseconds time) const {
    // One more than fits: the tick under way has already begun.
    return static_cast<std::uint64_t>((time + tick_period_ - std::chrono::milliseconds(1)) /
                                      tick_period_) +
           1;
  }

  const HttpServerSettings settings_;
  std::vector<ServerConnection*> all_;  ///< Admitted ones and lingering refusals.
  std::size_t admitted_ = 0;
  std::unordered_map<boost::asio::ip::address, std::size_t> admitted_by_address_;

  const std::chrono::milliseconds tick_period_;
  boost::asio::steady_timer tick_timer_;
  std::uint64_t now_ = 1;  ///< In ticks; they pass only while there are connections.
};

}  // namespace godwit
