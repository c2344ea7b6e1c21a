#pragma once
#include <boost/asio/ip/address.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "net/http.h"

namespace godwit {

/// The proxies whose X-Forwarded-For, -Proto and -Host are believed.
class TrustedProxies {
 public:
  TrustedProxies() = default;
  /// Each is an address or a network: `127.0.0.1`, `10.0.0.0/8`. Errors: invalid_argument, naming
  /// the item.
  static Result<TrustedProxies> parse(const std::vector<std::string>& items);
  bool trusts(std::string_view address) const;

 private:
  struct Network {
    boost::asio::ip::address address;
    int prefix = 0;
  };
  std::vector<Network> networks_;
};

/// A host as a Host header or a URL names it.
struct HostName {
  std::string name;  ///< Lower case, IPv6 without brackets; empty: it is none.
  std::string port;  ///< Empty: the scheme's.
  bool operator==(const HostName&) const = default;
};
HostName parse_host(std::string_view text);
/// `localhost`, what ends with `.localhost`, and addresses of the machine itself.
bool is_loopback_name(std::string_view name);
bool is_address(std::string_view name);

/// Whom a request comes from and how they reached us, as far as it can be believed.
struct Caller {
  std::string address;  ///< Of the client: behind trusted proxies the one they tell.
  HostName host;
  bool https = false;
  bool forwarded = false;  ///< Through a proxy, trusted or not.
};
Caller caller_of(const HttpRequest& request, const TrustedProxies& proxies);

}  // namespace godwit
