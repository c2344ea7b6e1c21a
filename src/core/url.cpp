#include "core/url.h"

#include <arpa/inet.h>
#include <idn2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>

#include "core/ascii.h"
#include "core/message.h"

namespace godwit {
namespace {

constexpr std::size_t host_length_max = 253;
constexpr std::size_t label_size_max = 63;

std::unexpected<Error> refuse_url(std::string_view why) {
  return fail(ErrorCode::invalid_argument, "invalid destination url: " + std::string(why));
}

std::unexpected<Error> invalid_scheme() {
  return refuse_url("endpoint has invalid scheme, add http:// or https://");
}

/// Whether the text is well-formed UTF-8: no stray or missing continuation, overlong form,
/// surrogate, or number beyond Unicode.
bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto lead = static_cast<unsigned char>(text.front());
    std::size_t length = 1;
    std::uint32_t smallest = 0;
    std::uint32_t code = lead;
    if (lead >= 0xf0 && lead < 0xf8) {
      length = 4, smallest = 0x10000, code = lead & 0x07;
    } else if (lead >= 0xe0 && lead < 0xf0) {
      length = 3, smallest = 0x800, code = lead & 0x0f;
    } else if (lead >= 0xc0 && lead < 0xe0) {
      length = 2, smallest = 0x80, code = lead & 0x1f;
    } else if (lead >= 0x80) {
      return false;
    }
    if (text.size() < length) return false;
    for (std::size_t i = 1; i < length; ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      if ((byte & 0xc0) != 0x80) return false;
      code = (code << 6) | (byte & 0x3f);
    }
    if (code < smallest || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return false;
    text.remove_prefix(length);
  }
  return true;
}

/// Decodes %XX where `allowed` says so of the byte; nullopt for a bad or a forbidden escape.
template <typename Allowed>
std::optional<std::string> percent_decode(std::string_view text, Allowed allowed) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = ascii::hex_value(text[i + 1]);
    const int low = ascii::hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    const char byte = static_cast<char>(high * 16 + low);
    if (!allowed(byte)) return std::nullopt;
    decoded += byte;
    i += 2;
  }
  return decoded;
}

/// The host in IDNA's ASCII form, after Unicode's mapping: lower case, one form for each letter.
Result<std::string> to_ascii(const std::string& host) {
  std::uint8_t* found = nullptr;
  const int status = idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(host.c_str()), &found,
                                    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const std::unique_ptr<std::uint8_t, decltype(&idn2_free)> owner(found, &idn2_free);
  if (status != IDN2_OK) {
    return refuse_url(std::string("endpoint has an invalid host name: ") + idn2_strerror(status));
  }
  return std::string(reinterpret_cast<const char*>(found));
}

/// Names as DNS has them, and the underscore that container networks like.
bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > host_length_max) return false;
  std::size_t label_size = 0;
  for (const char c : host) {
    if (c == '.') {
      if (label_size == 0) return false;
      label_size = 0;
      continue;
    }
    if (!ascii::is_lower(c) && !ascii::is_digit(c) && c != '-' && c != '_') return false;
    if (++label_size > label_size_max) return false;
  }
  return label_size != 0;
}

/// Whether some reader of URLs would take the name for an IPv4 address: 0x7f.1, 2130706433, 1.2.
bool ends_in_number(std::string_view host) {
  std::string_view last = host.substr(host.rfind('.') + 1);
  if (last.starts_with("0x")) {
    last.remove_prefix(2);
    return std::all_of(last.begin(), last.end(), [](char c) { return ascii::hex_value(c) >= 0; });
  }
  return std::all_of(last.begin(), last.end(), ascii::is_digit);
}

Result<void> read_ipv6(std::string_view literal, Url& url) {
  in6_addr address{};
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (inet_pton(AF_INET6, std::string(literal).c_str(), &address) != 1 ||
      inet_ntop(AF_INET6, &address, text.data(), text.size()) == nullptr) {
    return refuse_url("endpoint has an invalid IPv6 address");
  }
  url.host = text.data();
  url.host_is_address = true;
  return {};
}

Result<void> read_name(std::string_view written, Url& url) {
  // An escaped ASCII letter is read by some and refused by others, so only what cannot be written
  // otherwise may be escaped.
  std::optional<std::string> host =
      percent_decode(written, [](char byte) { return !ascii::is_ascii(byte); });
  if (!host) return refuse_url("endpoint has an invalid percent-escape in the host");
  if (std::all_of(host->begin(), host->end(), ascii::is_ascii)) {
    std::transform(host->begin(), host->end(), host->begin(), ascii::to_lower);
  } else {
    Result<std::string> mapped = to_ascii(*host);
    if (!mapped) return std::unexpected(std::move(mapped.error()));
    host = std::move(*mapped);
  }
  // The dot of a complete name is for resolvers; certificates and virtual hosts do not have it.
  if (host->ends_with('.')) host->pop_back();
  if (host->empty()) return refuse_url("endpoint has no host");
  if (!is_host_name(*host)) return refuse_url("endpoint has an invalid host name");
  if (ends_in_number(*host)) {
    in_addr address{};
    if (inet_pton(AF_INET, host->c_str(), &address) != 1) {
      return refuse_url("endpoint has an invalid IPv4 address");
    }
    url.host_is_address = true;
  }
  url.host = std::move(*host);
  return {};
}

Result<void> read_port(std::string_view digits, Url& url) {
  std::uint16_t port = 0;
  const auto [stop, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (problem != std::errc() || stop != digits.data() + digits.size() || digits.size() > 5 ||
      port == 0) {
    return refuse_url("endpoint has an invalid port");
  }
  url.port = port;
  return {};
}

Result<void> read_host_and_port(std::string_view text, Url& url) {
  std::string_view port;
  Result<void> host;
  const bool is_ipv6 = text.starts_with('[');
  if (is_ipv6) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return refuse_url("endpoint has an invalid IPv6 address");
    port = text.substr(close + 1);
    host = read_ipv6(text.substr(1, close - 1), url);
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    port = text.substr(colon);
    host = read_name(text.substr(0, colon), url);
  }
  if (!host) return host;
  if (!port.empty()) {
    if (port.front() != ':') return refuse_url("endpoint has an invalid port");
    if (Result<void> read = read_port(port.substr(1), url); !read) return read;
  }

  url.authority = is_ipv6 ? "[" + url.host + "]" : url.host;
  if (url.port != (url.https ? 443 : 80)) url.authority += ":" + std::to_string(url.port);
  return {};
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += digits[byte >> 4];
  out += digits[byte & 15];
}

/// Path and query. Bytes beyond ASCII do not belong into a request line, and every client that is
/// used with the wire escapes them before it sends.
std::string make_target(std::string_view written) {
  std::string target;
  target.reserve(written.size() + 1);
  if (!written.starts_with('/')) target += '/';
  for (const char c : written) {
    if (ascii::is_ascii(c)) {
      target += c;
    } else {
      append_escaped(target, c);
    }
  }
  return target;
}

}  // namespace

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (ascii::is_letter(c) || ascii::is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      append_escaped(out, c);
    }
  }
  return out;
}

std::string_view Url::path() const { return std::string_view(target).substr(0, target.find('?')); }

Result<Url> parse_url(std::string_view text) {
  if (text.empty()) return refuse_url("a non-empty destination must be provided");
  if (text.size() > url_length_max) {
    return refuse_url("endpoint is longer than " + std::to_string(url_length_max) + " bytes");
  }
  if (std::any_of(text.begin(), text.end(),
                  [](char c) { return ascii::is_control(c) || c == ' '; })) {
    return refuse_url("endpoint contains a blank or a control character");
  }

  // The text is shown in JSON and signed in a token, where nothing else could stand.
  if (!is_utf8(text)) return refuse_url("endpoint is not valid UTF-8");

  Url url;
  const std::size_t scheme_end = text.find("://");
  const std::string_view scheme = text.substr(0, scheme_end);
  if (scheme_end == std::string_view::npos) return invalid_scheme();
  if (equals_ignore_case(scheme, "https")) {
    url.https = true;
  } else if (!equals_ignore_case(scheme, "http")) {
    return invalid_scheme();
  }
  url.port = url.https ? 443 : 80;
  text.remove_prefix(scheme_end + 3);

  std::string_view authority = text.substr(0, text.find_first_of("/?#"));
  text.remove_prefix(authority.size());
  // Browsers end the host at a backslash, others do not.
  if (authority.find('\\') != std::string_view::npos) {
    return refuse_url("endpoint contains a backslash before its path");
  }
  if (const std::size_t at = authority.find('@'); at != std::string_view::npos) {
    std::optional<std::string> user_info =
        percent_decode(authority.substr(0, at), [](char byte) { return !ascii::is_control(byte); });
    authority.remove_prefix(at + 1);
    // Readers differ in whether the first or the last one ends the user.
    if (authority.find('@') != std::string_view::npos) {
      return refuse_url("endpoint contains several '@' before its path");
    }
    if (!user_info) return refuse_url("endpoint has an invalid percent-escape in the user");
    url.user_info = std::move(*user_info);
  }
  if (authority.empty()) return refuse_url("endpoint has no host");
  if (Result<void> read = read_host_and_port(authority, url); !read) {
    return std::unexpected(std::move(read.error()));
  }
  url.target = make_target(text.substr(0, text.find('#')));
  return url;
}

}  // namespace godwit
