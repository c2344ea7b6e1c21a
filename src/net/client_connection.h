#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "net/tls_context.h"

namespace godwit {

/// One outgoing TCP connection, with or without TLS. Every call is synchronous and never blocks: it
/// does what can be done now and says what to wait for. Waiting is the only asynchronous thing, and
/// one wait for reading stays pending over any number of exchanges, so that a request on an open
/// connection costs one write, one read and one wait, and an idle connection that its peer closes
/// is noticed at once.
///
/// Threads: everything on the io_context. Lifetime: held by shared_ptr; a pending wait keeps it
/// alive.
class ClientConnection : public std::enable_shared_from_this<ClientConnection> {
 public:
  /// Told when a wait is over. It looks for itself what can be done: readiness is a hint.
  class Observer {
   public:
    virtual void on_readable() = 0;
    virtual void on_writable() = 0;

   protected:
    ~Observer() = default;
  };

  enum class Status : std::uint8_t {
    ok,
    want_read,
    want_write,
    end,    ///< The peer closed in order.
    failed  ///< See failure().
  };
  struct Io {
    Status status = Status::ok;
    std::size_t bytes = 0;
  };

  ClientConnection(boost::asio::io_context& io, boost::asio::ip::tcp::endpoint peer);
  ~ClientConnection();

  /// At most one; not called once close() was.
  void observe(Observer* observer) { observer_ = observer; }

  /// ok, want_write (then ask again with connect_end()) or failed.
  Status connect_begin();
  Status connect_end();

  /// Before the first handshake(). Errors: unavailable.
  Result<void> use_tls(const TlsContext& context, const std::string& host, bool host_is_address,
                       const std::shared_ptr<TlsSession>& session);
  /// ok when the connection may be read and written; failed with end of sentence in failure().
  Status handshake();
  bool tls() const { return ssl_ != nullptr; }
  bool tls_resumed() const;

  /// Writes as much as goes of `head` followed by `body`; `bytes` tells how much of the two
  /// together.
  Io write(std::string_view head, std::string_view body);
  /// Reads once. Without TLS, fewer bytes than `size` mean that nothing more is there now.
  Io read(char* bytes, std::size_t size);

  void wait_readable();
  void wait_writable();

  /// Now, without waiting; says goodbye to a TLS peer if that goes at once.
  void close();
  bool is_open() const { return socket_.is_open(); }

  const boost::asio::ip::tcp::endpoint& peer() const { return peer_; }
  /// `address:port`, IPv6 in brackets.
  std::string peer_name() const;
  /// What failed, for people; names the peer.
  const std::string& failure() const { return failure_; }
  /// errno of what failed, or 0.
  int failure_code() const { return failure_code_; }

  /// Where the connection's owner keeps what is to be sent; its memory is used again and again.
  std::string& head_buffer() { return head_buffer_; }

 private:
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                  boost::asio::io_context::executor_type>;

  Status fail_with(int code, const char* step);
  Io tls_status(int returned);
  Io write_tls(std::string_view head, std::string_view body);
  void watch_reads_only();

  Socket socket_;
  boost::asio::ip::tcp::endpoint peer_;
  SslPtr ssl_;
  Observer* observer_ = nullptr;
  bool read_waits_ = false;
  bool write_waits_ = false;
  bool broken_ = false;  // TLS must not be spoken any more.
  int failure_code_ = 0;
  std::string failure_;
  std::string head_buffer_;
};

}  // namespace godwit
