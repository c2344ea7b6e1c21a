#pragma once
#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "core/result.h"

namespace godwit {

/// The body of a response that is made while it is sent: events that have not happened yet, an
/// archive larger than memory. A handler puts one into HttpResponse::stream, and the server owns it
/// until the last piece is sent or the client has gone.
///
/// Backpressure: next() is called when the piece before it was handed to the kernel, so at most one
/// piece is in memory. Pieces of 64 KiB to 256 KiB are cheap to send; each 64 KiB of them has
/// write_time_max to leave. A client that half-closes its side counts as gone.
///
/// Threads: all calls come on the server's io_context, and so must next() complete.
class BodySource {
 public:
  virtual ~BodySource() = default;

  /// The next piece; nullopt when the body is complete. An empty piece is not sent.
  ///
  /// An error, or an exception, cuts the connection without the end that the protocol asks for, so
  /// that the client knows its copy to be broken. The server keeps no log: a source tells its own.
  ///
  /// When the client goes away or the server aborts, a waiting next() is cancelled (asio's
  /// cancellation_type::terminal, which ends waits on asio's own objects), and the source is
  /// destroyed as soon as it has returned. A next() that waits for something else must end by
  /// itself before long.
  virtual boost::asio::awaitable<Result<std::optional<std::string>>> next() = 0;

  /// The server is stopping; called once at most, maybe while next() waits. A body without an end
  /// makes next() return nullopt now. One with an end may ignore this and is sent to it, while the
  /// server's patience lasts.
  virtual void stop() = 0;
};

}  // namespace godwit
