#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"
#include "core/result.h"

namespace godwit {

/// Reads `512`, `64KiB`, `1.5GiB`, `10MB`: units B, KB, MB, GB, TB of 1000 and KiB, MiB, GiB, TiB
/// of 1024, in any case. Errors: invalid_argument with what is wrong and an example.
Result<Bytes> parse_size(std::string_view text);
/// The shortest exact form: `64KiB`, `10MB`, `513B`.
std::string format_size(Bytes size);

/// An IPv4 or IPv6 literal, or a name, and a port.
struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;
  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};
/// Reads `127.0.0.1:8080`, `[::1]:8080`, `localhost:0`. Errors: invalid_argument, as parse_size().
Result<ListenAddress> parse_listen(std::string_view text);
std::string format_listen(const ListenAddress& address);
/// Where clients on this machine reach what listens at `address`: a wildcard is told as loopback.
std::string local_url(ListenAddress address);

/// The items between commas, trimmed; empty ones are dropped.
std::vector<std::string> split_list(std::string_view text);

/// Reads `text` into the setting's field and checks its bounds. The error says what is wrong with
/// the value and what would be right, not where it came from.
Result<void> assign(const Setting& setting, Settings& settings, std::string_view text);

/// As a person would write it in a flag; lists with commas. Secrets in clear.
std::string format_value(const Setting& setting, const Settings& settings);

}  // namespace godwit
