#pragma once
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/url.h"
#include "net/client_connection.h"
#include "net/deadline_wheel.h"

namespace godwit {

/// Keeps open connections between requests, apart by scheme, host, port and address, and what is
/// worth remembering about an origin (scheme, host, port). The connection used last is used first,
/// so that the others can age out.
///
/// Threads: everything on the io_context. close_all() before it ends.
class ConnectionPool final : private Deadline {
  struct Idle;

 public:
  /// One scheme, host and port.
  struct Origin {
    std::shared_ptr<TlsSession> session = std::make_shared<TlsSession>();
    std::optional<boost::asio::ip::address>
        answered;  ///< The address that accepted a connection last.

   private:
    friend class ConnectionPool;
    std::vector<std::list<Idle>::iterator> idle;  // Oldest first.
    DeadlineWheel::Clock::time_point used;
  };

  ConnectionPool(std::shared_ptr<DeadlineWheel> wheel, std::chrono::milliseconds idle_time_max,
                 std::size_t idle_max);
  ~ConnectionPool() override;

  std::shared_ptr<Origin> origin(const Url& url);

  /// An idle connection to `address`, or nullptr. It may have died a moment ago.
  std::shared_ptr<ClientConnection> take(Origin& origin, const boost::asio::ip::address& address);
  /// Keeps an open connection that nobody observes.
  void give(std::shared_ptr<Origin> origin, std::shared_ptr<ClientConnection> connection);

  /// Makes room when descriptors run out: closes up to `count` of the longest idle. Tells whether
  /// there was one.
  bool close_oldest(std::size_t count);
  void close_all();
  std::size_t idle_count() const { return idle_.size(); }

 private:
  static constexpr std::size_t origins_max = 10'000;

  struct Idle final : ClientConnection::Observer {
    void on_readable() override;
    void on_writable() override {}

    ConnectionPool* pool = nullptr;
    std::shared_ptr<Origin> origin;
    std::shared_ptr<ClientConnection> connection;
    DeadlineWheel::Clock::time_point since;
    std::list<Idle>::iterator place;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  using Origins = std::unordered_map<std::string, std::shared_ptr<Origin>, Hash, std::equal_to<>>;

  void on_deadline() override;
  std::shared_ptr<ClientConnection> remove(std::list<Idle>::iterator place);
  void forget_origins();

  std::shared_ptr<DeadlineWheel> wheel_;
  std::chrono::milliseconds idle_time_max_;
  std::size_t idle_max_;
  Origins plain_origins_, tls_origins_;  // By authority.
  std::list<Idle> idle_;                 // Oldest first.
  std::list<Idle> spare_;                // Nodes to use again.
};

}  // namespace godwit
