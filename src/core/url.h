#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace godwit {

/// A parsed http(s) destination. Views point into nothing: all parts are owned copies.
struct Url {
  bool https = false;
  std::string host;        ///< Lower case, IDNA ASCII form; IPv6 without brackets.
  std::uint16_t port = 0;  ///< Explicit or the scheme's.
  std::string target;      ///< Path and query as written, bytes beyond ASCII
                           ///< percent-encoded; begins with '/'; no fragment.
  std::string authority;   ///< For the Host header: host with brackets, port if not the scheme's.
  bool host_is_address = false;  ///< The host is an IPv4 or IPv6 literal.
  std::string
      user_info;  ///< `user:password` percent-decoded, for Basic authorization; mostly empty.

  /// Where the path ends in target ('?' or the end): the `path` filter of the wire.
  std::string_view path() const;
};

inline constexpr std::size_t url_length_max = 8192;

/// For a segment of a path, or a value of a query: all but letters, digits and `-._~` as `%XX`.
std::string percent_encode(std::string_view text);

/// Errors: invalid_argument: `invalid destination url: ...` in QStash's words where they are known
/// (`endpoint has invalid scheme, add http:// or https://`). Control characters, blanks, empty or
/// over-long hosts, bad ports and bad percent-escapes in the host are refused, as is anything that
/// two readers of a URL could read as two hosts (backslash, userinfo tricks with several '@').
Result<Url> parse_url(std::string_view text);

}  // namespace godwit
