#include "net/client_connection.h"

#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/assert.h"

namespace godwit {

namespace asio = boost::asio;

namespace {

constexpr std::size_t tls_record_max = 16UL * 1024;

void set_option(int socket, int level, int name, int value) {
  // An option that a system refuses costs speed or patience, not correctness.
  (void)::setsockopt(socket, level, name, &value, sizeof value);
}

std::string sentence(int code, const char* step, const std::string& peer) {
  switch (code) {
    case ECONNREFUSED:
      return "connection refused by " + peer;
    case ECONNRESET:
    case EPIPE:
      return "connection reset by " + peer;
    case ETIMEDOUT:
      return "connection to " + peer + " timed out";
    case EHOSTUNREACH:
    case ENETUNREACH:
      return "no route to " + peer;
    default:
      return std::string(step) + " " + peer + " failed: " + std::strerror(code);
  }
}

}  // namespace

ClientConnection::ClientConnection(asio::io_context& io, asio::ip::tcp::endpoint peer)
    : socket_(io.get_executor()), peer_(std::move(peer)) {}

ClientConnection::~ClientConnection() = default;

std::string ClientConnection::peer_name() const {
  const std::string address = peer_.address().to_string();
  const std::string port = std::to_string(peer_.port());
  return peer_.address().is_v6() ? "[" + address + "]:" + port : address + ":" + port;
}

ClientConnection::Status ClientConnection::fail_with(int code, const char* step) {
  failure_code_ = code;
  failure_ = sentence(code, step, peer_name());
  broken_ = true;
  return Status::failed;
}

ClientConnection::Status ClientConnection::connect_begin() {
  boost::system::error_code error;
  socket_.open(peer_.protocol(), error);
  if (!error) socket_.native_non_blocking(true, error);
  if (error) return fail_with(error.value(), "connecting to");
  const int socket = socket_.native_handle();
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  // A response may take hours; a peer that vanished meanwhile is noticed within two minutes.
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, 60);
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, 15);
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, 4);
  if (::connect(socket, peer_.data(), static_cast<socklen_t>(peer_.size())) == 0) return Status::ok;
  if (errno == EINPROGRESS || errno == EINTR) return Status::want_write;
  return fail_with(errno, "connecting to");
}

ClientConnection::Status ClientConnection::connect_end() {
  int code = 0;
  socklen_t size = sizeof code;
  if (::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_ERROR, &code, &size) != 0) code = errno;
  if (code != 0) return fail_with(code, "connecting to");
  sockaddr_storage other{};
  size = sizeof other;
  if (::getpeername(socket_.native_handle(), reinterpret_cast<sockaddr*>(&other), &size) != 0) {
    return errno == ENOTCONN ? Status::want_write : fail_with(errno, "connecting to");
  }
  watch_reads_only();
  return Status::ok;
}

// Once asio has waited for writability it reports that with every later wait as well: an idle
// wake-up for each request. A fresh registration forgets it.
void ClientConnection::watch_reads_only() {
  boost::system::error_code error;
  const int socket = socket_.release(error);
  if (error) return;
  socket_.assign(peer_.protocol(), socket, error);
  GODWIT_ASSERT(!error);
}

Result<void> ClientConnection::use_tls(const TlsContext& context, const std::string& host,
                                       bool host_is_address,
                                       const std::shared_ptr<TlsSession>& session) {
  Result<SslPtr> ssl = context.connection(socket_.native_handle(), host, host_is_address, session);
  if (!ssl) return std::unexpected(ssl.error());
  ssl_ = std::move(*ssl);
  return {};
}

ClientConnection::Status ClientConnection::handshake() {
  ERR_clear_error();
  const int returned = SSL_do_handshake(ssl_.get());
  if (returned == 1) return Status::ok;
  const int reason = SSL_get_error(ssl_.get(), returned);
  if (reason == SSL_ERROR_WANT_READ) return Status::want_read;
  if (reason == SSL_ERROR_WANT_WRITE) return Status::want_write;
  const int code = errno;
  const std::string text = tls_handshake_error(ssl_.get());
  if (text.starts_with("certificate verify failed")) {
    failure_ = text;
  } else if (!text.empty()) {
    failure_ = "TLS handshake with " + peer_name() + " failed: " + text;
  } else if (reason == SSL_ERROR_SYSCALL && code != 0) {
    fail_with(code, "TLS handshake with");
  } else {
    failure_ = "connection closed by " + peer_name() + " within the TLS handshake";
  }
  broken_ = true;
  return Status::failed;
}

bool ClientConnection::tls_resumed() const { return SSL_session_reused(ssl_.get()) == 1; }

ClientConnection::Io ClientConnection::tls_status(int returned) {
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return {Status::want_read, 0};
    case SSL_ERROR_WANT_WRITE:
      return {Status::want_write, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {Status::end, 0};
    case SSL_ERROR_SYSCALL:
      return {fail_with(errno == 0 ? ECONNRESET : errno, "the exchange with"), 0};
    default: {
      const char* reason = ERR_reason_error_string(ERR_peek_last_error());
      failure_ = "TLS with " + peer_name() + " failed" + (reason == nullptr ? "" : ": ") +
                 (reason == nullptr ? "" : reason);
      ERR_clear_error();
      broken_ = true;
      return {Status::failed, 0};
    }
  }
}

ClientConnection::Io ClientConnection::write_tls(std::string_view head, std::string_view body) {
  ERR_clear_error();
  // One record holds the whole of a usual request; the head buffer is ours to append to.
  std::size_t total = 0;
  for (std::string_view part : {head, body}) {
    while (!part.empty()) {
      const auto size = static_cast<int>(std::min(part.size(), tls_record_max));
      const int returned = SSL_write(ssl_.get(), part.data(), size);
      if (returned <= 0) {
        const Io io = tls_status(returned);
        return total == 0 || io.status == Status::failed ? Io{io.status, total}
                                                         : Io{Status::ok, total};
      }
      total += static_cast<std::size_t>(returned);
      part.remove_prefix(static_cast<std::size_t>(returned));
    }
  }
  return {Status::ok, total};
}

ClientConnection::Io ClientConnection::write(std::string_view head, std::string_view body) {
  if (ssl_ != nullptr) return write_tls(head, body);
  iovec parts[2] = {{const_cast<char*>(head.data()), head.size()},
                    {const_cast<char*>(body.data()), body.size()}};
  msghdr message{};
  message.msg_iov = head.empty() ? parts + 1 : parts;
  message.msg_iovlen = head.empty() || body.empty() ? 1 : 2;
  while (true) {
    const ssize_t sent = message.msg_iovlen == 1
                             ? ::send(socket_.native_handle(), message.msg_iov->iov_base,
                                      message.msg_iov->iov_len, MSG_NOSIGNAL)
                             : ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
    if (sent >= 0) return {Status::ok, static_cast<std::size_t>(sent)};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {Status::want_write, 0};
    return {fail_with(errno, "sending to"), 0};
  }
}

ClientConnection::Io ClientConnection::read(char* bytes, std::size_t size) {
  if (ssl_ != nullptr) {
    ERR_clear_error();
    const int returned = SSL_read(ssl_.get(), bytes, static_cast<int>(size));
    if (returned > 0) return {Status::ok, static_cast<std::size_t>(returned)};
    return tls_status(returned);
  }
  while (true) {
    const ssize_t received = ::recv(socket_.native_handle(), bytes, size, 0);
    if (received > 0) return {Status::ok, static_cast<std::size_t>(received)};
    if (received == 0) return {Status::end, 0};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {Status::want_read, 0};
    return {fail_with(errno, "receiving from"), 0};
  }
}

void ClientConnection::wait_readable() {
  if (read_waits_) return;
  read_waits_ = true;
  socket_.async_wait(Socket::wait_read,
                     [self = shared_from_this()](boost::system::error_code error) {
                       self->read_waits_ = false;
                       if (!error && self->is_open() && self->observer_ != nullptr) {
                         self->observer_->on_readable();
                       }
                     });
}

void ClientConnection::wait_writable() {
  if (write_waits_) return;
  write_waits_ = true;
  socket_.async_wait(Socket::wait_write,
                     [self = shared_from_this()](boost::system::error_code error) {
                       self->write_waits_ = false;
                       if (!error && self->is_open() && self->observer_ != nullptr) {
                         self->observer_->on_writable();
                       }
                     });
}

void ClientConnection::close() {
  observer_ = nullptr;
  if (!is_open()) return;
  if (ssl_ != nullptr && !broken_ && SSL_is_init_finished(ssl_.get())) {
    ERR_clear_error();
    (void)SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  boost::system::error_code ignored;  // The descriptor is gone whatever close() says.
  socket_.close(ignored);
  ssl_.reset();
}

}  // namespace godwit
