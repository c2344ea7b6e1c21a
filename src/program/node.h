#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "api/api.h"
#include "api/tokens.h"
#include "config/configuration.h"
#include "core/time.h"
#include "dashboard/dashboard.h"
#include "delivery/delivery.h"
#include "engine/broker.h"
#include "engine/engine.h"
#include "net/address_guard.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "process/event_log.h"
#include "program/credentials.h"
#include "program/io_loop.h"
#include "store/store.h"

namespace rocksdb {
class Env;
}

namespace godwit {

/// A whole broker: every module, wired on one io_context.
///
/// Threads: all on the io_context, but the constructor and open() run before it does.
/// Lifetime: the io_context, the configuration and the log outlive it. Destroy it when the
/// io_context has stopped running.
class Node {
 public:
  /// `fatal` is called once when the store can take no more; nothing is acknowledged after that.
  Node(boost::asio::io_context& io, const Configuration& configuration, EventLog& log,
       std::function<void(Error)> fatal);
  ~Node();

  /// Listens, opens the store (on `store_env`, or null: the system's), recovers what it holds and
  /// begins to deliver. Connections are taken from the first moment on and answered once the
  /// io_context runs. Errors: those of the parts.
  Result<void> open(rocksdb::Env* store_env);

  /// Calls `ready` when all is done that must be durable before the first answer.
  void start(std::function<void()> ready);

  /// Stops accepting, finishes requests and attempts in flight for at most drain_time, then calls
  /// `done`.
  void drain(std::function<void()> done);
  /// Closes everything that could keep the io_context running.
  void stop();

  /// Reads the tokens again. The old ones stay when the new ones cannot be read.
  Result<void> reload_credentials();

  std::uint16_t port() const { return server_.port(); }
  SigningKeys signing_keys(AccountId account) const { return engine_->signing_keys(account); }

 private:
  /// Hands attempts on, and remembers whose they are for the dashboard.
  class Starter final : public AttemptStarter {
   public:
    explicit Starter(Node& node) : node_(node) {}
    void start(StartAttempt attempt) override;

   private:
    Node& node_;
  };

  Result<void> open_store(rocksdb::Env* store_env);
  Result<void> assign_signing_keys();
  Result<void> open_dashboard(const std::string& listen_host);
  void replace_rotated_keys(std::function<void()> ready);
  boost::asio::awaitable<HttpResponse> answer(HttpRequest request);
  boost::asio::awaitable<HttpResponse> route(HttpRequest request);
  boost::asio::awaitable<HttpResponse> answer_and_log(HttpRequest request);
  void attempt_finished(MessageId id, std::uint64_t attempt, AttemptResult result);
  std::string metrics() const;

  boost::asio::io_context& io_;
  const Configuration& configuration_;
  EventLog& log_;
  std::function<void(Error)> fatal_;
  SystemClock clock_;
  Timestamp started_;
  AddressPolicy policy_;
  Credentials credentials_;
  SigningKeyring keyring_;
  std::vector<SigningKeyring::Assignment>
      replacing_;  // Keys the store must take before the first answer.

  HttpServer server_;
  IoLoop loop_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<HttpClient> client_;
  std::unique_ptr<Delivery> delivery_;
  Starter starter_{*this};
  /// By StartAttempt::attempt; only with a dashboard.
  std::unordered_map<std::uint64_t, std::shared_ptr<const Message>> under_way_;
  std::unique_ptr<Broker> broker_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<Dashboard> dashboard_;  ///< Null: the setting dashboard.enabled is off.
  boost::asio::steady_timer drain_timer_;
  int draining_parts_ = 0;
  bool drained_ = false;
  std::function<void()> drain_done_;
};

}  // namespace godwit
