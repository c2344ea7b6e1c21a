#pragma once
#include <openssl/ssl.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace godwit {

/// What a scripted server does next on a connection.
struct Action {
  enum class Kind : std::uint8_t {
    read_request,  ///< One whole request: a head and Content-Length bytes.
    send,
    hold,   ///< Says nothing more, and waits until the peer hangs up.
    close,  ///< In order.
    reset   ///< With RST.
  };
  Kind kind = Kind::close;
  std::string bytes{};
  std::size_t cut = 0;  ///< send: not 0: the first `cut` bytes apart from the rest.
};

inline Action read_request() { return {Action::Kind::read_request}; }
inline Action send(std::string bytes, std::size_t cut = 0) {
  return {Action::Kind::send, std::move(bytes), cut};
}
inline Action hold() { return {Action::Kind::hold}; }
inline Action hang_up() { return {Action::Kind::close}; }
inline Action reset_connection() { return {Action::Kind::reset}; }

/// A server on a free loopback port that follows one script for each connection, the last one for
/// all further ones. A script that comes to its end begins again, until the peer hangs up.
class ScriptedServer {
 public:
  using Script = std::vector<Action>;
  using tcp = boost::asio::ip::tcp;

  ScriptedServer(boost::asio::io_context& io, std::vector<Script> scripts,
                 boost::asio::ssl::context* tls = nullptr, const char* address = "127.0.0.1")
      : state_(std::make_shared<State>(io, std::move(scripts), tls, address)),
        requests(state_->requests),
        server_names(state_->server_names),
        protocols(state_->protocols),
        connections(state_->connections),
        hung_up(state_->hung_up) {
    boost::asio::co_spawn(io, State::accept(state_), boost::asio::detached);
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  /// Accepts no more; connections go on as long as the loop runs.
  ~ScriptedServer() { stop_accepting(); }

  std::uint16_t port() const { return state_->acceptor.local_endpoint().port(); }
  /// The host is up to the caller: 127.0.0.1, or a name that leads there.
  std::string url(const std::string& path = "/", const std::string& host = "127.0.0.1") const {
    return (state_->tls == nullptr ? "http://" : "https://") + host + ":" + std::to_string(port()) +
           path;
  }
  void stop_accepting() { state_->acceptor.close(); }

 private:
  struct State : std::enable_shared_from_this<State> {
    State(boost::asio::io_context& loop, std::vector<Script> all,
          boost::asio::ssl::context* context, const char* address)
        : io(loop),
          scripts(std::move(all)),
          tls(context),
          acceptor(loop, tcp::endpoint(boost::asio::ip::make_address(address), 0)) {}
    static boost::asio::awaitable<void> accept(std::shared_ptr<State> self) {
      while (true) {
        boost::system::error_code error;
        tcp::socket socket = co_await self->acceptor.async_accept(
            boost::asio::redirect_error(boost::asio::use_awaitable, error));
        if (error) co_return;
        socket.set_option(tcp::no_delay(true));
        const auto index = static_cast<std::size_t>(self->connections++);
        const Script& script = self->scripts[std::min(index, self->scripts.size() - 1)];
        if (self->tls == nullptr) {
          boost::asio::co_spawn(self->io, plain(self, std::move(socket), script),
                                boost::asio::detached);
        } else {
          boost::asio::co_spawn(self->io, secure(self, std::move(socket), script),
                                boost::asio::detached);
        }
      }
    }

    static boost::asio::awaitable<void> plain(std::shared_ptr<State> self, tcp::socket socket,
                                              Script script) {
      co_await self->follow(socket, socket, std::move(script));
    }

    static boost::asio::awaitable<void> secure(std::shared_ptr<State> self, tcp::socket socket,
                                               Script script) {
      boost::asio::ssl::stream<tcp::socket> stream(std::move(socket), *self->tls);
      boost::system::error_code error;
      co_await stream.async_handshake(
          boost::asio::ssl::stream_base::server,
          boost::asio::redirect_error(boost::asio::use_awaitable, error));
      if (error) {
        ++self->hung_up;
        co_return;
      }
      const char* name = SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name);
      self->server_names.emplace_back(name == nullptr ? "" : name);
      const unsigned char* protocol = nullptr;
      unsigned int size = 0;
      SSL_get0_alpn_selected(stream.native_handle(), &protocol, &size);
      self->protocols.emplace_back(protocol == nullptr ? ""
                                                       : std::string(protocol, protocol + size));
      co_await self->follow(stream, stream.next_layer(), std::move(script));
    }

    template <typename Stream>
    boost::asio::awaitable<void> follow(Stream& stream, tcp::socket& socket, Script script) {
      std::string input;
      while (true) {
        for (const Action& action : script) {
          switch (action.kind) {
            case Action::Kind::read_request:
              if (!co_await read(stream, input)) co_return;
              break;
            case Action::Kind::send: {
              const std::string_view bytes = action.bytes;
              if (action.cut != 0 && !co_await write(stream, bytes.substr(0, action.cut)))
                co_return;
              // Lets the client read the first piece before the second is there.
              if (action.cut != 0) co_await pause();
              if (!co_await write(stream, bytes.substr(action.cut))) co_return;
              break;
            }
            case Action::Kind::hold:
              while (co_await fill(stream, input)) input.clear();
              co_return;
            case Action::Kind::reset:
              socket.set_option(boost::asio::socket_base::linger(true, 0));
              socket.close();
              co_return;
            case Action::Kind::close:
              socket.close();
              co_return;
          }
        }
      }
    }

    static boost::asio::awaitable<void> pause() {
      for (int i = 0; i < 5; ++i) co_await boost::asio::post(boost::asio::use_awaitable);
    }

    template <typename Stream>
    boost::asio::awaitable<bool> fill(Stream& stream, std::string& input) {
      std::string piece(64UL * 1024, '\0');
      boost::system::error_code error;
      const std::size_t size = co_await stream.async_read_some(
          boost::asio::buffer(piece),
          boost::asio::redirect_error(boost::asio::use_awaitable, error));
      if (error) ++hung_up;
      input.append(piece, 0, size);
      co_return !error;
    }

    template <typename Stream>
    boost::asio::awaitable<bool> write(Stream& stream, std::string_view bytes) {
      boost::system::error_code error;
      co_await boost::asio::async_write(
          stream, boost::asio::buffer(bytes.data(), bytes.size()),
          boost::asio::redirect_error(boost::asio::use_awaitable, error));
      if (error) ++hung_up;
      co_return !error;
    }

    template <typename Stream>
    boost::asio::awaitable<bool> read(Stream& stream, std::string& input) {
      std::size_t head = std::string::npos;
      while ((head = input.find("\r\n\r\n")) == std::string::npos) {
        if (!co_await fill(stream, input)) co_return false;
      }
      std::size_t size = head + 4;
      const std::size_t length = input.substr(0, head).find("Content-Length: ");
      if (length != std::string::npos) {
        size += std::strtoull(input.c_str() + length + 16, nullptr, 10);
      }
      while (input.size() < size) {
        if (!co_await fill(stream, input)) co_return false;
      }
      requests.push_back(input.substr(0, size));
      input.erase(0, size);
      co_return true;
    }

    boost::asio::io_context& io;
    std::vector<Script> scripts;
    boost::asio::ssl::context* tls;
    tcp::acceptor acceptor;
    std::vector<std::string> requests, server_names, protocols;
    int connections = 0;
    int hung_up = 0;
  };

  std::shared_ptr<State> state_;

 public:
  const std::vector<std::string>& requests;  ///< Whole, in order of their last byte.
  const std::vector<std::string>&
      server_names;  ///< TLS: SNI of each handshake that succeeded, or empty.
  const std::vector<std::string>& protocols;  ///< TLS: what ALPN chose.
  const int& connections;                     ///< Accepted.
  const int& hung_up;                         ///< Closed by the peer.
};

}  // namespace godwit
