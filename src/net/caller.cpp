#include "net/caller.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <charconv>

#include "core/ascii.h"
#include "core/quoted.h"

namespace godwit {
namespace {

namespace ip = boost::asio::ip;

bool is_inside(const ip::address& address, const ip::address& network, int prefix) {
  if (address.is_v4() != network.is_v4()) return false;
  if (address.is_v4()) {
    const auto length = static_cast<unsigned short>(prefix);
    return ip::make_network_v4(address.to_v4(), length).network() ==
           ip::make_network_v4(network.to_v4(), length).network();
  }
  const auto length = static_cast<unsigned short>(prefix);
  return ip::make_network_v6(address.to_v6(), length).network() ==
         ip::make_network_v6(network.to_v6(), length).network();
}

/// The last item of a list that each proxy adds to.
std::string_view take_last(std::string_view& list) {
  const std::size_t comma = list.rfind(',');
  const std::string_view item = comma == std::string_view::npos ? list : list.substr(comma + 1);
  list = comma == std::string_view::npos ? std::string_view() : list.substr(0, comma);
  return ascii::trim(item);
}

}  // namespace

Result<TrustedProxies> TrustedProxies::parse(const std::vector<std::string>& items) {
  TrustedProxies proxies;
  for (const std::string& item : items) {
    const std::size_t slash = std::min(item.find('/'), item.size());
    boost::system::error_code error;
    Network network{ip::make_address(item.substr(0, slash), error), 0};
    const int most = network.address.is_v4() ? 32 : 128;
    network.prefix = most;
    bool valid = !error;
    if (slash < item.size()) {
      const char* const begin = item.data() + slash + 1;
      const char* const end = item.data() + item.size();
      const auto [stop, problem] = std::from_chars(begin, end, network.prefix);
      valid = valid && problem == std::errc() && stop == end && network.prefix >= 0 &&
              network.prefix <= most;
    }
    if (!valid) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("{} is neither an address nor a network: write 10.0.0.7 or "
                              "10.0.0.0/8",
                              godwit::quoted(item)));
    }
    proxies.networks_.push_back(network);
  }
  return proxies;
}

bool TrustedProxies::trusts(std::string_view text) const {
  boost::system::error_code error;
  const ip::address address = ip::make_address(text, error);
  return !error && std::ranges::any_of(networks_, [&](const Network& network) {
    return is_inside(address, network.address, network.prefix);
  });
}

HostName parse_host(std::string_view text) {
  HostName host;
  std::string_view name;
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return {};
    name = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    name = text.substr(0, colon);
    rest = text.substr(colon);
  }
  if (!rest.empty()) {
    rest.remove_prefix(1);
    if (rest.empty() || rest.size() > 5 || !std::ranges::all_of(rest, ascii::is_digit)) return {};
    host.port = rest;
  }
  // A point at the end names the same host.
  if (name.ends_with('.')) name.remove_suffix(1);
  const auto is_plain = [](char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) || c == '-' || c == '.' || c == '_' ||
           c == ':';
  };
  if (name.empty() || !std::ranges::all_of(name, is_plain)) return {};
  host.name = name;
  std::ranges::transform(host.name, host.name.begin(), ascii::to_lower);
  return host;
}

bool is_address(std::string_view name) {
  boost::system::error_code error;
  ip::make_address(name, error);
  return !error;
}

bool is_loopback_name(std::string_view name) {
  if (name == "localhost" || name.ends_with(".localhost")) return true;
  boost::system::error_code error;
  const ip::address address = ip::make_address(name, error);
  return !error && address.is_loopback();
}

Caller caller_of(const HttpRequest& request, const TrustedProxies& proxies) {
  Caller caller;
  caller.address = request.remote_address;
  const std::string* const host = find_header(request.headers, "Host");
  caller.host = parse_host(host == nullptr ? std::string_view() : std::string_view(*host));
  const std::string* const forwarded = find_header(request.headers, "X-Forwarded-For");
  caller.forwarded = forwarded != nullptr ||
                     find_header(request.headers, "X-Forwarded-Host") != nullptr ||
                     find_header(request.headers, "Forwarded") != nullptr;
  if (!proxies.trusts(request.remote_address)) return caller;

  if (forwarded != nullptr) {
    std::string_view list = *forwarded;
    while (!list.empty()) {
      const std::string_view item = take_last(list);
      if (!is_address(item)) break;
      caller.address = item;
      if (!proxies.trusts(item)) break;
    }
  }
  if (const std::string* const name = find_header(request.headers, "X-Forwarded-Host")) {
    std::string_view list = *name;
    caller.host = parse_host(take_last(list));
  }
  if (const std::string* const proto = find_header(request.headers, "X-Forwarded-Proto")) {
    std::string_view list = *proto;
    caller.https = equals_ignore_case(take_last(list), "https");
  }
  return caller;
}

}  // namespace godwit
