#include "net/http_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "core/ascii.h"

namespace godwit {
namespace {

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789")) {
    table[static_cast<std::uint8_t>(c)] = true;
  }
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
  return table;
}

constexpr std::array<bool, 256> token_table = make_token_table();

void append_number(std::string& text, std::size_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  text.append(digits.data(), end);
}

bool is_servers_own(std::string_view name) {
  switch (name.size()) {
    case 4:
      return is_field_name(name, "date");
    case 10:
      return is_field_name(name, "connection");
    case 14:
      return is_field_name(name, "content-length");
    case 17:
      return is_field_name(name, "transfer-encoding");
    default:
      return false;
  }
}

}  // namespace

bool is_token(std::string_view text) {
  bool good = !text.empty();
  for (const char c : text) good &= token_table[static_cast<std::uint8_t>(c)];
  return good;
}

// The two loops below look at every character even after a bad one: without an early exit the
// compiler turns them into vector instructions, and bad texts are rare.

bool is_field_value(std::string_view text) {
  bool bad = false;
  for (const char c : text) {
    bad |= (static_cast<std::uint8_t>(c) < 0x20 && c != '\t') || c == 0x7f;
  }
  return !bad;
}

bool is_visible(std::string_view text) {
  bool bad = false;
  for (const char c : text) bad |= static_cast<std::uint8_t>(c) <= 0x20 || c == 0x7f;
  return !bad;
}

bool is_field_name(std::string_view name, std::string_view lower_case_name) {
  return std::equal(name.begin(), name.end(), lower_case_name.begin(), lower_case_name.end(),
                    [](char a, char b) { return ascii::to_lower(a) == b; });
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 203:
      return "Non-Authoritative Information";
    case 204:
      return "No Content";
    case 205:
      return "Reset Content";
    case 206:
      return "Partial Content";
    case 207:
      return "Multi-Status";
    case 300:
      return "Multiple Choices";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 423:
      return "Locked";
    case 425:
      return "Too Early";
    case 426:
      return "Upgrade Required";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 451:
      return "Unavailable For Legal Reasons";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "";
  }
}

std::string error_body(std::string_view message) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string body = R"({"error":")";
  body.reserve(body.size() + message.size() + 2);
  for (const char c : message) {
    if (c == '"' || c == '\\') {
      body += '\\';
      body += c;
    } else if (static_cast<std::uint8_t>(c) < 0x20) {
      body += R"(\u00)";
      body += hex[static_cast<std::uint8_t>(c) >> 4];
      body += hex[static_cast<std::uint8_t>(c) & 15];
    } else {
      body += c;
    }
  }
  body += R"("})";
  return body;
}

std::string_view HttpDate::at(std::time_t now) {
  if (now != spelled_) {
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::array<char, 64> buffer;
    // The names of days and months are English: nothing in the program changes the C locale.
    const std::size_t size =
        std::strftime(buffer.data(), buffer.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    text_.assign(buffer.data(), size);
    spelled_ = now;
  }
  return text_;
}

bool status_has_body(int status) { return status >= 200 && status != 204 && status != 304; }

bool write_response_head(const HttpResponse& response, const ResponseFraming& framing,
                         std::string& head) {
  if (response.status < 200 || response.status > 999) return false;
  head.assign("HTTP/1.1 ");
  append_number(head, static_cast<std::size_t>(response.status));
  head += ' ';
  head += reason_phrase(response.status);
  head += "\r\nDate: ";
  head += framing.date;
  if (response.stream != nullptr) {
    // An HTTP/1.0 client knows the end by the connection's.
    if (status_has_body(response.status) && !framing.http_1_0) {
      head += "\r\nTransfer-Encoding: chunked";
    }
  } else if (status_has_body(response.status)) {
    head += "\r\nContent-Length: ";
    append_number(head, response.body.size());
  }
  if (!framing.keep_alive) {
    head += "\r\nConnection: close";
  } else if (framing.http_1_0) {
    head += "\r\nConnection: keep-alive";
  }
  for (const Header& header : response.headers) {
    if (!is_token(header.name) || !is_field_value(header.value)) return false;
    if (is_servers_own(header.name)) continue;
    head += "\r\n";
    head += header.name;
    head += ": ";
    head += header.value;
  }
  head += "\r\n\r\n";
  return true;
}

}  // namespace godwit
