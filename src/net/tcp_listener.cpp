#include "net/tcp_listener.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <list>
#include <utility>
#include <vector>

#include "core/ascii.h"
#include "core/message.h"

namespace godwit {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// How long accepting pauses when the process is out of descriptors or memory.
constexpr std::chrono::milliseconds accept_pause{100};

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

/// Only what nobody foresaw arrives here, such as a lack of memory: it is the program's to end.
void rethrow(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

class TcpListener::Impl : public std::enable_shared_from_this<TcpListener::Impl> {
 public:
  Impl(asio::io_context& io, Accepted accepted) : io_(io), accepted_(std::move(accepted)) {}

  Result<void> listen(const std::string& host, std::uint16_t port);
  std::uint16_t port() const { return port_; }
  void close();

 private:
  struct Listener {
    explicit Listener(asio::io_context& io) : acceptor(io), pause(io) {}
    tcp::acceptor acceptor;
    asio::steady_timer pause;
  };

  error_code open(Listener& listener, const tcp::endpoint& endpoint);
  // Static, and with itself as the first argument, so that the frame keeps it alive.
  static asio::awaitable<void> accept(std::shared_ptr<Impl> self, Listener& listener);

  asio::io_context& io_;
  const Accepted accepted_;
  std::list<Listener> listeners_;
  std::uint16_t port_ = 0;
  bool closed_ = false;
};

error_code TcpListener::Impl::open(Listener& listener, const tcp::endpoint& endpoint) {
  error_code error;
  tcp::acceptor& acceptor = listener.acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) port_ = acceptor.local_endpoint(error).port();
  return error;
}

Result<void> TcpListener::Impl::listen(const std::string& host, std::uint16_t port) {
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

asio::awaitable<void> TcpListener::Impl::accept(std::shared_ptr<Impl> self, Listener& listener) {
  while (!self->closed_) {
    error_code error;
    tcp::socket socket =
        co_await listener.acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (self->closed_) co_return;
    if (!error) {
      self->accepted_(std::move(socket));
    } else if (error != asio::error::connection_aborted) {
      // Out of descriptors, mostly. The connection stays in the kernel's queue and asio would
      // report it again at once: wait until others have closed.
      listener.pause.expires_after(accept_pause);
      co_await listener.pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
  }
}

void TcpListener::Impl::close() {
  closed_ = true;
  for (Listener& listener : listeners_) {
    error_code error;
    listener.acceptor.close(error);
    listener.pause.cancel();
  }
}

TcpListener::TcpListener(asio::io_context& io, Accepted accepted)
    : impl_(std::make_shared<Impl>(io, std::move(accepted))) {}

// Only a lack of memory could throw here, and then the program ends.
// NOLINTNEXTLINE(bugprone-exception-escape)
TcpListener::~TcpListener() { impl_->close(); }

Result<void> TcpListener::listen(const std::string& host, std::uint16_t port) {
  return impl_->listen(host, port);
}

std::uint16_t TcpListener::port() const { return impl_->port(); }

void TcpListener::close() { impl_->close(); }

}  // namespace godwit
