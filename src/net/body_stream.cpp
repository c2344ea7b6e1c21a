#include "net/body_stream.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

namespace godwit {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// The wait for the socket to become readable. It may be called after the stream ended, so it has
/// a life of its own.
struct BodyStream::Watch : std::enable_shared_from_this<BodyStream::Watch> {
  Watch(tcp::socket& its_socket, ReceiveBuffer& its_buffer)
      : socket(&its_socket), buffer(&its_buffer) {}

  void begin() {
    // Who sends this much ahead is no longer watched: a write will tell.
    if (buffer->unread().size() >= ReceiveBuffer::capacity_large) return;
    socket->async_wait(tcp::socket::wait_read,
                       [self = shared_from_this()](error_code error) { self->readable(error); });
  }

  void readable(error_code error) {
    if (socket == nullptr) return;
    if (!error) {
      const ReceiveBuffer::Room room = buffer->room();
      const std::size_t received = socket->read_some(asio::buffer(room.begin, room.size), error);
      if (!error) buffer->commit(received);
      if (!error || error == asio::error::would_block) return begin();
    }
    leave();
  }

  void leave() {
    gone = true;
    cancellation.emit(asio::cancellation_type::terminal);
  }

  tcp::socket* socket;  ///< nullptr once the stream has ended.
  ReceiveBuffer* buffer;
  asio::cancellation_signal cancellation;  ///< Of the next() that waits.
  bool gone = false;
};

BodyStream::BodyStream(tcp::socket& socket, ReceiveBuffer& buffer,
                       std::shared_ptr<BodySource> source)
    : source_(std::move(source)), watch_(std::make_shared<Watch>(socket, buffer)) {
  watch_->begin();
}

BodyStream::~BodyStream() {
  error_code error;
  watch_->socket->cancel(error);
  watch_->socket = nullptr;
}

asio::awaitable<Result<std::optional<std::string>>> BodyStream::next() {
  if (watch_->gone) co_return fail(ErrorCode::unavailable, "the client has gone");
  try {
    co_return co_await asio::co_spawn(
        watch_->socket->get_executor(), source_->next(),
        asio::bind_cancellation_slot(watch_->cancellation.slot(), asio::use_awaitable));
  } catch (const std::exception& exception) {
    co_return fail(ErrorCode::unavailable, exception.what());
  }
}

void BodyStream::stop() { source_->stop(); }

void BodyStream::cut() { watch_->leave(); }

bool BodyStream::client_gone() const { return watch_->gone; }

}  // namespace godwit
