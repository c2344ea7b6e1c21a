#pragma once
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/client_connection.h"
#include "net/connection_pool.h"
#include "net/deadline_wheel.h"
#include "net/http_client.h"
#include "net/resolver.h"
#include "net/response_parser.h"
#include "net/tls_context.h"

namespace godwit {

class HttpExchange;

/// What the exchanges of one client share.
struct HttpClientCore {
  HttpClientCore(boost::asio::io_context& io, HttpClientSettings settings, AddressGuard guard);

  boost::asio::io_context& io;
  HttpClientSettings settings;
  AddressGuard guard;
  std::shared_ptr<DeadlineWheel> wheel;
  Resolver resolver;
  ConnectionPool pool;
  Result<TlsContext> tls;
  HttpClientStats stats;
  std::vector<char> read_buffer;                       ///< Filled and emptied within one call.
  std::list<std::shared_ptr<HttpExchange>> exchanges;  ///< Under way.
  bool stopped = false;
};

/// One request on its way to a response: a state machine that socket readiness and one deadline
/// move along.
///
///     resolving -> (pooled) ------------------------> sending -> waiting -> receiving -> finished
///               -> connecting -> (TLS) handshaking -^     |________________|
///                     ^ next address                       a reused connection died: once more,
///                     fresh
class HttpExchange final : public std::enable_shared_from_this<HttpExchange>,
                           private ClientConnection::Observer,
                           private Deadline {
 public:
  HttpExchange(HttpClientCore& core, const OutgoingRequest& request, HttpClient::Done done);
  ~HttpExchange() override;

  /// Once, right after construction. `done` is never called from inside.
  void start();
  /// Ends it, unless it has ended: `done` gets an error from the loop.
  void abandon(std::string reason);

 private:
  using Steady = DeadlineWheel::Clock;
  enum class Step : std::uint8_t {
    resolving,
    connecting,
    handshaking,
    sending,
    waiting,
    receiving,
    finished
  };

  void begin();
  void resolve();
  void vet(const std::vector<boost::asio::ip::address>& addresses);
  void connect_next();
  void connected(ClientConnection::Status status);
  void handshake();
  void begin_request();
  void send_more();
  void receive();
  void lost(bool in_order);
  void respond(bool surplus);

  void on_readable() override;
  void on_writable() override;
  void on_deadline() override;

  void limit_step(std::chrono::milliseconds time_max);
  void unlimit_step();
  void drop_connection();
  void fail_with(ErrorCode code, std::string message);
  void finish(Result<IncomingResponse> result);
  std::string what_was_done() const;
  void tell_timing(bool complete);

  HttpClientCore& core_;
  OutgoingRequest request_;
  HttpClient::Done done_;
  std::list<std::shared_ptr<HttpExchange>>::iterator place_;
  Step step_ = Step::resolving;
  bool starting_ = true;
  bool reused_ = false;
  bool retried_ = false;
  bool write_failed_ = false;
  Steady::time_point begun_, step_begun_, sent_at_, answered_at_;
  AttemptTiming timing_;
  Steady::time_point deadline_;
  std::optional<std::chrono::milliseconds> step_time_;  // Set while the step ends before the whole.
  std::shared_ptr<ConnectionPool::Origin> origin_;
  std::vector<boost::asio::ip::address> candidates_;
  std::size_t candidate_ = 0;
  std::shared_ptr<ClientConnection> connection_;
  std::size_t sent_ = 0;
  std::string_view body_;  // What is sent after the head buffer.
  ResponseParser parser_;
  Error last_error_{ErrorCode::unavailable, {}};
};

}  // namespace godwit
