#include "net/server_connections.h"

#include <algorithm>

namespace godwit {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

constexpr milliseconds tick_period_min{5};
constexpr milliseconds tick_period_max{250};

/// Refused connections that may linger over their 503 at one time; others are just closed.
constexpr std::size_t refusals_lingering_max = 256;

/// A deadline is noticed late by an eighth at most.
milliseconds tick_period(const HttpServerSettings& settings) {
  const milliseconds least = std::min({settings.head_time_max, settings.body_grace,
                                       settings.idle_time_max, settings.write_time_max});
  return std::clamp(least / 8, tick_period_min, tick_period_max);
}

}  // namespace

ServerConnections::ServerConnections(asio::io_context& io, const HttpServerSettings& settings)
    : settings_(settings), tick_period_(tick_period(settings)), tick_timer_(io) {}

std::string ServerConnections::refusal(const asio::ip::address& address) const {
  if (admitted_ >= settings_.connections_max) {
    return "too many connections: the limit is " + std::to_string(settings_.connections_max);
  }
  const auto found = admitted_by_address_.find(address);
  if (found != admitted_by_address_.end() &&
      found->second >= settings_.connections_per_address_max) {
    return "too many connections from " + address.to_string() + ": the limit is " +
           std::to_string(settings_.connections_per_address_max);
  }
  return {};
}

bool ServerConnections::may_linger() const {
  return all_.size() - admitted_ < refusals_lingering_max;
}

void ServerConnections::add(ServerConnection& connection) {
  connection.index = all_.size();
  all_.push_back(&connection);
  if (connection.admitted) {
    ++admitted_;
    ++admitted_by_address_[connection.address];
  }
  if (all_.size() == 1) start_tick();
}

void ServerConnections::remove(ServerConnection& connection) {
  all_.back()->index = connection.index;
  all_[connection.index] = all_.back();
  all_.pop_back();
  if (connection.admitted) {
    --admitted_;
    const auto found = admitted_by_address_.find(connection.address);
    if (--found->second == 0) admitted_by_address_.erase(found);
  }
  if (all_.empty()) tick_timer_.cancel();
}

void ServerConnections::start_tick() {
  tick_timer_.expires_after(tick_period_);
  tick_timer_.async_wait([self = shared_from_this()](const error_code& error) {
    if (error || self->all_.empty()) return;
    self->tick();
    self->start_tick();
  });
}

void ServerConnections::tick() {
  ++now_;
  for (ServerConnection* connection : all_) {
    if (connection->deadline == 0 || connection->deadline > now_) continue;
    if (connection->wait == Wait::body && !is_slow(*connection)) continue;
    connection->expired = true;
    error_code error;
    connection->socket.cancel(error);
  }
}

bool ServerConnections::is_slow(const ServerConnection& connection) const {
  const auto elapsed_ms =
      static_cast<std::uint64_t>(tick_period_.count()) * (now_ - connection.body_began);
  return connection.parser.body_bytes_consumed() * 1000 < settings_.body_rate_min * elapsed_ms;
}

}  // namespace godwit
