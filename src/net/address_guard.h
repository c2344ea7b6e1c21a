#pragma once
#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace godwit {

/// Which addresses deliveries may reach: everything public, plus what configuration allows.
/// Refused by default: unspecified, loopback, private (RFC 1918, ULA), shared (100.64/10),
/// link-local (which holds the clouds' metadata services), multicast, broadcast, documentation,
/// benchmarking, reserved, 6to4, Teredo and NAT64 or IPv4-mapped forms of refused IPv4 addresses,
/// site-local, discard-only.
class AddressPolicy {
 public:
  /// Each entry is a CIDR (`10.0.0.0/8`, `::1/128`), a single address, `*` (everything), or a host
  /// name
  /// (`hooks.internal`, `*.svc.local`) whose addresses are all allowed.
  /// Errors: invalid_argument naming the entry.
  static Result<AddressPolicy> parse(const std::vector<std::string>& allow);

  /// The reason to refuse (`127.0.0.1 is a loopback address`), or nullopt.
  std::optional<std::string> refuse(std::string_view host,
                                    const boost::asio::ip::address& address) const;

 private:
  struct Network {
    boost::asio::ip::address address;
    int prefix = 0;
  };
  bool everything_ = false;
  std::vector<Network> networks_;
  std::vector<std::string> hosts_;
};

}  // namespace godwit
