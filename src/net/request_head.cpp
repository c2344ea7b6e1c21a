#include "net/request_head.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/ascii.h"
#include "core/message.h"

namespace godwit {
namespace {

constexpr std::array<std::string_view, 11> connection_headers{
    "host", "content-length", "connection", "transfer-encoding", "keep-alive",         "upgrade",
    "te",   "trailer",        "expect",     "proxy-connection",  "proxy-authorization"};

// Without an early exit, so that the compiler looks at many bytes at once: signatures are long.
bool is_value(std::string_view value) {
  bool valid = true;
  for (const char c : value) valid &= !ascii::is_control(c) | (c == '\t');
  return valid;
}

bool is_name(std::string_view name) {
  // Loose on purpose: what separates names from values and lines must not be in there.
  return !name.empty() && std::all_of(name.begin(), name.end(),
                                      [](char c) { return c > ' ' && c < 0x7f && c != ':'; });
}

bool needs_length(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

bool is_connection_header(std::string_view name) {
  return std::any_of(connection_headers.begin(), connection_headers.end(),
                     [&](std::string_view own) {
                       return own.size() == name.size() && equals_ignore_case(own, name);
                     });
}

Result<void> append_request_head(std::string& out, const OutgoingRequest& request,
                                 std::string_view user_agent) {
  const Url& url = *request.url;
  if (!is_name(request.method) || !is_value(url.target) || !is_value(url.authority) ||
      url.target.find(' ') != std::string::npos) {
    return fail(ErrorCode::invalid_argument, "the request line cannot be sent");
  }
  out.append(request.method).append(" ").append(url.target);
  out.append(" HTTP/1.1\r\nHost: ").append(url.authority).append("\r\n");
  bool has_user_agent = false;
  for (const Header& header : *request.headers) {
    if (is_connection_header(header.name)) continue;
    if (!is_name(header.name)) {
      return fail(ErrorCode::invalid_argument,
                  "a header name holds a character HTTP does not allow");
    }
    if (!is_value(header.value)) {
      return fail(ErrorCode::invalid_argument,
                  "the header " + header.name + " holds a character HTTP does not allow");
    }
    if (!has_user_agent && equals_ignore_case(header.name, "User-Agent")) has_user_agent = true;
    out.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  if (!has_user_agent) out.append("User-Agent: ").append(user_agent).append("\r\n");
  if (!request.body.empty() || needs_length(request.method)) {
    std::array<char, 24> digits;
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), request.body.size());
    out.append("Content-Length: ");
    out.append(digits.data(), static_cast<std::size_t>(end.ptr - digits.data()));
    out.append("\r\n");
  }
  out.append("\r\n");
  return {};
}

}  // namespace godwit
