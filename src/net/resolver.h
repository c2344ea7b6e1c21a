#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "net/deadline_wheel.h"

namespace godwit {

struct ResolverSettings {
  std::chrono::milliseconds time_max{5'000};  ///< Of one lookup.
  std::chrono::milliseconds ttl_max{
      60'000};                      ///< An answer is kept for its TTL, but not longer than this.
  std::size_t cached_max = 10'000;  ///< Names.
  std::size_t pending_max = 4'096;  ///< Names being looked up; one more fails.
  std::string servers;  ///< `address:port` separated by commas; empty: the system's (resolv.conf).
};

/// Finds the addresses of names: /etc/hosts, then DNS (A and AAAA), as resolv.conf and
/// nsswitch.conf say. `localhost` and names below it are loopback without asking anyone. Who asks
/// for a name that is being looked up waits for the same answer.
///
/// Names that do not exist are remembered for a second, and so is an answer with a TTL of 0, so
/// that a burst of messages does not become a burst of lookups. Threads: everything on the
/// io_context.
class Resolver {
 public:
  /// Never empty, best first.
  using Addresses = std::shared_ptr<const std::vector<boost::asio::ip::address>>;
  using Found = std::move_only_function<void(Result<Addresses>)>;

  Resolver(boost::asio::io_context& io, std::shared_ptr<DeadlineWheel> wheel,
           ResolverSettings settings);
  ~Resolver();

  /// What is known right now, or nullptr.
  Addresses known(const std::string& host);

  /// Looks `host` up. `found` runs on the io_context, never from inside lookup(), and once unless
  /// the resolver ends before. Errors: unavailable (`host not found: x`, `timeout after 5s while
  /// resolving x`).
  void lookup(const std::string& host, Found found);

  /// Fails every lookup under way.
  void stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace godwit
