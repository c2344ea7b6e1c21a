#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <string>

#include "core/result.h"
#include "net/body_source.h"
#include "net/receive_buffer.h"

namespace godwit {

/// A connection's view of the BodySource it sends from. While it lives it watches the socket, so
/// that a source which waits does not outlive its client; what the client sends meanwhile (requests
/// pipelined behind this one) goes into the connection's buffer.
///
/// `socket` and `buffer` outlive it, and nobody else reads from them meanwhile. Cancelling the
/// socket's operations counts as the client's going.
class BodyStream {
 public:
  BodyStream(boost::asio::ip::tcp::socket& socket, ReceiveBuffer& buffer,
             std::shared_ptr<BodySource> source);
  ~BodyStream();
  BodyStream(const BodyStream&) = delete;
  BodyStream& operator=(const BodyStream&) = delete;

  /// The source's next(). Errors: unavailable, also when the client has gone.
  boost::asio::awaitable<Result<std::optional<std::string>>> next();

  /// Tells the source that the server stops.
  void stop();

  /// Ends a waiting next(), and every later one, with an error.
  void cut();

  bool client_gone() const;

 private:
  struct Watch;
  std::shared_ptr<BodySource> source_;
  std::shared_ptr<Watch> watch_;
};

}  // namespace godwit
