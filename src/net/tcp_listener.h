#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/result.h"

namespace godwit {

/// Accepts TCP connections on every address that a host name stands for, and rests for a moment
/// when the process is out of descriptors.
///
/// Threads: everything on the io_context. The listening ends with close() or the destructor.
class TcpListener {
 public:
  using Accepted = std::function<void(boost::asio::ip::tcp::socket socket)>;

  TcpListener(boost::asio::io_context& io, Accepted accepted);
  ~TcpListener();
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;

  /// Binds and begins to accept. `host` is a name, an address, or an IPv6 address in brackets; port
  /// 0 takes a free one: port() tells. Errors: unavailable, with the address and the reason
  /// (`address already in use :PORT`).
  Result<void> listen(const std::string& host, std::uint16_t port);
  std::uint16_t port() const;

  /// Nothing is accepted afterwards.
  void close();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace godwit
