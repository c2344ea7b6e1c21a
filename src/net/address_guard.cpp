#include "net/address_guard.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/ascii.h"
#include "core/message.h"

// What is special, and why it must not be reachable by default: whoever may publish a message would
// otherwise reach, through this machine, what only this machine can reach. The tables follow the
// IANA registries of special- purpose addresses; an IPv6 address that carries an IPv4 address is
// judged by that one as well, because a gateway on the way may turn it into that one.
namespace godwit {
namespace {

using boost::asio::ip::address;
using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;
using Bytes6 = address_v6::bytes_type;

struct Range4 {
  std::uint32_t network;
  int prefix;
  const char* name;
};

constexpr std::uint32_t v4(unsigned a, unsigned b, unsigned c, unsigned d) {
  return a << 24 | b << 16 | c << 8 | d;
}

constexpr Range4 ranges4[] = {
    {v4(0, 0, 0, 0), 32, "the unspecified address"},
    {v4(0, 0, 0, 0), 8, "an address of this network"},
    {v4(10, 0, 0, 0), 8, "a private address"},
    {v4(100, 64, 0, 0), 10, "a shared address"},
    {v4(127, 0, 0, 0), 8, "a loopback address"},
    {v4(168, 63, 129, 16), 32, "a metadata address"},
    {v4(169, 254, 0, 0), 16, "a link-local address"},
    {v4(172, 16, 0, 0), 12, "a private address"},
    {v4(192, 0, 0, 0), 24, "a reserved address"},
    {v4(192, 0, 2, 0), 24, "a documentation address"},
    {v4(192, 88, 99, 0), 24, "a 6to4 relay address"},
    {v4(192, 168, 0, 0), 16, "a private address"},
    {v4(198, 18, 0, 0), 15, "a benchmarking address"},
    {v4(198, 51, 100, 0), 24, "a documentation address"},
    {v4(203, 0, 113, 0), 24, "a documentation address"},
    {v4(224, 0, 0, 0), 4, "a multicast address"},
    {v4(255, 255, 255, 255), 32, "the broadcast address"},
    {v4(240, 0, 0, 0), 4, "a reserved address"},
};

struct Range6 {
  std::array<std::uint16_t, 8> network;
  int prefix;
  const char* name;
};

constexpr Range6 ranges6[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0}, 128, "the unspecified address"},
    {{0, 0, 0, 0, 0, 0, 0, 1}, 128, "a loopback address"},
    {{0x0100, 0, 0, 0, 0, 0, 0, 0}, 64, "a discard-only address"},
    {{0x2001, 0x0002, 0, 0, 0, 0, 0, 0}, 48, "a benchmarking address"},
    {{0x2001, 0x0db8, 0, 0, 0, 0, 0, 0}, 32, "a documentation address"},
    {{0x2001, 0, 0, 0, 0, 0, 0, 0}, 32, "a Teredo address"},
    {{0x2001, 0, 0, 0, 0, 0, 0, 0}, 23, "a reserved address"},
    {{0x2002, 0, 0, 0, 0, 0, 0, 0}, 16, "a 6to4 address"},
    {{0x3fff, 0, 0, 0, 0, 0, 0, 0}, 20, "a documentation address"},
    {{0x5f00, 0, 0, 0, 0, 0, 0, 0}, 16, "a reserved address"},
    {{0xfc00, 0, 0, 0, 0, 0, 0, 0}, 7, "a private address"},
    {{0xfe80, 0, 0, 0, 0, 0, 0, 0}, 10, "a link-local address"},
    {{0xfec0, 0, 0, 0, 0, 0, 0, 0}, 10, "a site-local address"},
    {{0xff00, 0, 0, 0, 0, 0, 0, 0}, 8, "a multicast address"},
};

constexpr Range6 nat64_well_known{{0x0064, 0xff9b, 0, 0, 0, 0, 0, 0}, 96, ""};
constexpr Range6 nat64_local{{0x0064, 0xff9b, 1, 0, 0, 0, 0, 0}, 48, "a local NAT64 address"};
constexpr Range6 mapped{{0, 0, 0, 0, 0, 0xffff, 0, 0}, 96, ""};
constexpr Range6 translated{{0, 0, 0, 0, 0xffff, 0, 0, 0}, 96, ""};
constexpr Range6 compatible{{0, 0, 0, 0, 0, 0, 0, 0}, 96, ""};
// Everything that is routed today; the rest is reserved.
constexpr Range6 global_unicast{{0x2000, 0, 0, 0, 0, 0, 0, 0}, 3, ""};

bool has_prefix(const Bytes6& bytes, const Bytes6& network, int prefix) {
  const auto whole = static_cast<std::size_t>(prefix) / 8;
  if (!std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                  network.begin())) {
    return false;
  }
  const int rest = prefix % 8;
  if (rest == 0) return true;
  return ((bytes[whole] ^ network[whole]) >> (8 - rest)) == 0;
}

bool contains(const Range6& range, const Bytes6& bytes) {
  Bytes6 network{};
  for (std::size_t i = 0; i < 8; ++i) {
    network[2 * i] = static_cast<unsigned char>(range.network[i] >> 8);
    network[2 * i + 1] = static_cast<unsigned char>(range.network[i] & 0xff);
  }
  return has_prefix(bytes, network, range.prefix);
}

bool contains(std::uint32_t network, int prefix, std::uint32_t bits) {
  return prefix == 0 || ((network ^ bits) >> (32 - prefix)) == 0;
}

const char* special(const address_v4& address) {
  const std::uint32_t bits = address.to_uint();
  for (const Range4& range : ranges4) {
    if (contains(range.network, range.prefix, bits)) return range.name;
  }
  return nullptr;
}

address_v4 embedded_at(const Bytes6& bytes, std::size_t place) {
  return address_v4({bytes[place], bytes[place + 1], bytes[place + 2], bytes[place + 3]});
}

// The IPv4 address that a gateway, or this very machine, may make of it.
std::optional<address_v4> embedded(const Bytes6& bytes) {
  if (contains(mapped, bytes) || contains(translated, bytes) || contains(nat64_well_known, bytes)) {
    return embedded_at(bytes, 12);
  }
  return std::nullopt;
}

const char* special(const address_v6& address) {
  const Bytes6 bytes = address.to_bytes();
  if (const auto inner = embedded(bytes)) return special(*inner);
  for (const Range6& range : ranges6) {
    if (contains(range, bytes)) return range.name;
  }
  if (contains(nat64_local, bytes)) return nat64_local.name;
  if (contains(compatible, bytes)) return "an IPv4-compatible address";
  if (!contains(global_unicast, bytes)) return "a reserved address";
  return nullptr;
}

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > 253 || text.find("..") != text.npos) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) || c == '-' || c == '_' || c == '.';
  });
}

// The IPv4 form of a mapped address, so that 10.0.0.0/8 allows ::ffff:10.0.0.1 as well.
address plain(const address& given) {
  if (given.is_v6() && given.to_v6().is_v4_mapped()) {
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, given.to_v6());
  }
  return given;
}

bool contains(const address& network, int prefix, const address& given) {
  if (network.is_v4() != given.is_v4()) return false;
  if (network.is_v4()) return contains(network.to_v4().to_uint(), prefix, given.to_v4().to_uint());
  return has_prefix(given.to_v6().to_bytes(), network.to_v6().to_bytes(), prefix);
}

}  // namespace

Result<AddressPolicy> AddressPolicy::parse(const std::vector<std::string>& allow) {
  AddressPolicy policy;
  for (const std::string& entry : allow) {
    const std::string_view text = ascii::trim(entry);
    const auto refuse_entry = [&](std::string_view reason) {
      return fail(ErrorCode::invalid_argument, "`" + entry + "` " + std::string(reason));
    };
    if (text == "*") {
      policy.everything_ = true;
      continue;
    }
    const std::size_t slash = text.find('/');
    std::string_view network_text = text.substr(0, slash);
    if (network_text.starts_with('[') && network_text.ends_with(']')) {
      network_text = network_text.substr(1, network_text.size() - 2);
    }
    boost::system::error_code error;
    const address network = boost::asio::ip::make_address(std::string(network_text), error);
    if (!error) {
      if (network.is_v6() && network.to_v6().scope_id() != 0) {
        return refuse_entry("names a zone, which is not supported");
      }
      const int bits = network.is_v4() ? 32 : 128;
      int prefix = bits;
      if (slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        const bool valid = !digits.empty() && digits.size() <= 3 &&
                           std::all_of(digits.begin(), digits.end(), ascii::is_digit);
        prefix = 0;
        for (const char digit : valid ? digits : std::string_view())
          prefix = prefix * 10 + (digit - '0');
        if (!valid || prefix > bits) {
          return refuse_entry("has a prefix length that is not between 0 and " +
                              std::to_string(bits));
        }
      }
      if (network.is_v6() && network.to_v6().is_v4_mapped() && prefix >= 96) {
        policy.networks_.push_back({plain(network), prefix - 96});
      } else {
        policy.networks_.push_back({network, prefix});
      }
      continue;
    }
    if (slash != std::string_view::npos)
      return refuse_entry("is not a network (10.0.0.0/8, fd00::/8)");
    std::string_view host = text;
    if (host.starts_with("*.")) host.remove_prefix(2);
    // A last label of digits only is a mistyped address, never a name.
    const std::string_view last = host.substr(host.rfind('.') + 1);
    const bool numeric = std::all_of(last.begin(), last.end(), ascii::is_digit);
    if (!is_host_name(host) || host.starts_with('.') || numeric) {
      return refuse_entry("is neither an address, a network, a host name nor *");
    }
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), ascii::to_lower);
    policy.hosts_.push_back(std::move(lower));
  }
  return policy;
}

std::optional<std::string> AddressPolicy::refuse(std::string_view host,
                                                 const address& address) const {
  if (everything_) return std::nullopt;
  const boost::asio::ip::address effective = plain(address);
  const char* reason = effective.is_v4() ? special(effective.to_v4()) : special(effective.to_v6());
  if (reason == nullptr) return std::nullopt;
  for (const Network& network : networks_) {
    if (contains(network.address, network.prefix, effective)) return std::nullopt;
  }
  if (host.ends_with('.')) host.remove_suffix(1);
  for (const std::string& allowed : hosts_) {
    if (!allowed.starts_with("*.")) {
      if (equals_ignore_case(host, allowed)) return std::nullopt;
      continue;
    }
    const std::string_view suffix = std::string_view(allowed).substr(1);
    if (host.size() > suffix.size() &&
        equals_ignore_case(host.substr(host.size() - suffix.size()), suffix)) {
      return std::nullopt;
    }
  }
  return address.to_string() + " is " + reason;
}

}  // namespace godwit
