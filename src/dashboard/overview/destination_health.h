#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/message.h"
#include "core/time.h"

namespace godwit {

/// A host to which attempts of an account fail.
struct FailingHost {
  std::string host;
  std::uint64_t failed = 0;
  std::uint64_t attempts = 0;  ///< From the first failure on.
};

/// How attempts went lately, host by host: those that have failed in the last 5 to 10 minutes and
/// what was tried there since. In memory, bounded: of too many hosts the one that failed longest
/// ago is forgotten. An attempt that goes well costs a look-up. Threads: one.
class DestinationHealth {
 public:
  static constexpr std::size_t hosts_max = 1'000;
  static constexpr Milliseconds half_window{5 * 60'000};
  static constexpr std::uint64_t failures_min = 5;

  void finished(AccountId account, std::string_view url, bool delivered, Timestamp now);

  /// Hosts with at least failures_min failures that are at least half of the attempts, most
  /// failures first, at most `max`.
  std::vector<FailingHost> failing(AccountId account, Timestamp now, std::size_t max) const;
  std::size_t hosts() const { return hosts_; }

 private:
  struct Counts {
    std::uint64_t failed = 0;
    std::uint64_t attempts = 0;
  };
  struct Host {
    Timestamp begin;  // Of `current`.
    Timestamp failed_last;
    Counts before;
    Counts current;
  };
  using Hosts = std::map<std::string, Host, std::less<>>;

  static void advance(Host& host, Timestamp now);
  void make_room();

  std::map<AccountId, Hosts> accounts_;
  std::size_t hosts_ = 0;
};

/// The host of a URL, as it is written; without user and port.
std::string_view host_of(std::string_view url);

}  // namespace godwit
