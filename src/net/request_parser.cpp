// The head is read line by line out of the bytes the connection keeps; a line is looked at only
// when it is whole. The framing of a chunked body is read byte by byte, its data in bulk.
//
//   POST /v2/publish/... HTTP/1.1 CRLF      request_line
//   Host: example.test CRLF                 fields
//   Transfer-Encoding: chunked CRLF
//   CRLF
//   5;name=value CRLF                       chunk_size, chunk_extension, chunk_size_lf
//   hello CRLF                              chunk_data, chunk_data_cr, chunk_data_lf
//   0 CRLF
//   Trailer: dropped CRLF                   trailer_line, _name, _value, _lf
//   CRLF                                    end_lf
#include "net/request_parser.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/ascii.h"
#include "core/assert.h"
#include "net/http_text.h"

namespace godwit {
namespace {

constexpr int chunk_digits_max = 16;

/// Up to this Content-Length the memory is taken at once; beyond, as bytes arrive, so that a claim
/// alone costs nothing.
constexpr std::size_t reserve_at_once_max = std::size_t{64} * 1024;

/// What the Host header may be made of: a registered name, an IPv4 or a bracketed IPv6 address, and
/// a port. The comma is left out, though a name could hold it: it is what two merged headers look
/// like.
bool is_host(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) ||
           std::string_view("-._~%!$&'()*+;=:[]").find(c) != std::string_view::npos;
  });
}

bool is_request_target(std::string_view method, std::string_view target) {
  if (!is_visible(target)) return false;
  return target.starts_with('/') || target.starts_with("http://") ||
         target.starts_with("https://") || (target == "*" && method == "OPTIONS");
}

}  // namespace

RequestParser::RequestParser(RequestLimits limits, BodyBudget& budget)
    : limits_(limits), budget_(budget) {}

RequestParser::~RequestParser() { budget_.give_back(body_reserved_); }

std::size_t RequestParser::feed(std::string_view input) {
  std::size_t consumed = 0;
  while (phase_ == Phase::between || phase_ == Phase::head) {
    const std::size_t line = feed_line(input.substr(consumed));
    if (line == 0) return consumed;
    consumed += line;
  }
  if (phase_ == Phase::body) consumed += feed_body(input.substr(consumed));
  return consumed;
}

bool RequestParser::take_expectation() {
  return phase_ == Phase::body && std::exchange(expects_continue_, false);
}

void RequestParser::next() {
  GODWIT_ASSERT(phase_ == Phase::complete);
  budget_.give_back(body_reserved_);
  phase_ = Phase::between;
  state_ = State::request_line;
  request_ = HttpRequest{};
  scanned_ = 0;
  head_size_ = 0;
  host_count_ = 0;
  content_length_ = 0;
  remaining_ = 0;
  framing_size_ = 0;
  body_bytes_consumed_ = 0;
  body_reserved_ = 0;
  chunk_digits_ = 0;
  empty_line_skipped_ = false;
  http_1_0_ = false;
  head_method_ = false;
  keep_alive_ = false;
  connection_close_ = false;
  connection_keep_alive_ = false;
  has_content_length_ = false;
  chunked_ = false;
  expects_continue_ = false;
  expectation_unknown_ = false;
}

void RequestParser::fail(int status, std::string message) {
  phase_ = Phase::failed;
  keep_alive_ = false;
  error_ = {status, std::move(message)};
  // The connection may linger over its error: not with the memory of others.
  request_ = HttpRequest{};
  budget_.give_back(std::exchange(body_reserved_, 0));
}

/// Consumes one line of the head, or nothing.
std::size_t RequestParser::feed_line(std::string_view input) {
  // Only as far as the limit, so that a head is too large whether or not its end is already here.
  const std::string_view window = input.substr(0, limits_.head_size_max - head_size_);
  const std::size_t end = window.find('\n', scanned_);
  if (end == std::string_view::npos) {
    scanned_ = window.size();
    if (head_size_ + window.size() < limits_.head_size_max) return 0;
    const bool in_request_line = state_ == State::request_line;
    fail(in_request_line ? 414 : 431, (in_request_line ? "request line exceeds the limit of "
                                                       : "request head exceeds the limit of ") +
                                          std::to_string(limits_.head_size_max) + " bytes");
    return 0;
  }
  scanned_ = 0;
  if (end == 0 || window[end - 1] != '\r') {
    fail(400, "a line of the request head ends without a carriage return");
    return 0;
  }
  const std::string_view line = window.substr(0, end - 1);
  if (state_ == State::request_line) {
    // Some clients end a body with a CRLF that is not part of it; RFC 9112 section 2.2 lets one
    // pass.
    if (line.empty() && !empty_line_skipped_) {
      empty_line_skipped_ = true;
      return end + 1;
    }
    phase_ = Phase::head;
    head_size_ += end + 1;
    read_request_line(line);
  } else {
    head_size_ += end + 1;
    if (line.empty()) {
      finish_head();
    } else {
      read_field(line);
    }
  }
  return end + 1;
}

void RequestParser::read_request_line(std::string_view line) {
  const std::size_t method_end = line.find(' ');
  const std::size_t target_end =
      method_end == std::string_view::npos ? method_end : line.find(' ', method_end + 1);
  if (target_end == std::string_view::npos) {
    return fail(400, "the request line is not a method, a target and a version");
  }
  const std::string_view method = line.substr(0, method_end);
  const std::string_view target = line.substr(method_end + 1, target_end - method_end - 1);
  const std::string_view version = line.substr(target_end + 1);

  if (!is_token(method)) return fail(400, "the request method is not a token");
  if (version != "HTTP/1.1") {
    const bool well_formed = version.size() == 8 && version.starts_with("HTTP/") &&
                             ascii::is_digit(version[5]) && version[6] == '.' &&
                             ascii::is_digit(version[7]);
    if (!well_formed) return fail(400, "the request line does not end in an HTTP version");
    if (version != "HTTP/1.0") return fail(505, "the HTTP version is neither 1.0 nor 1.1");
    http_1_0_ = true;
  }
  if (!is_request_target(method, target)) {
    return fail(400, "the request target is not a path, or holds control characters");
  }
  head_method_ = method == "HEAD";
  request_.method = method;
  request_.target = target;
  request_.headers.reserve(16);
  state_ = State::fields;
}

void RequestParser::read_field(std::string_view line) {
  if (ascii::is_blank(line.front())) return fail(400, "a header is folded over several lines");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return fail(400, "a header has no colon");
  const std::string_view name = line.substr(0, colon);
  if (!name.empty() && ascii::is_blank(name.back())) {
    return fail(400, "a header has a blank before its colon");
  }
  if (!is_token(name)) return fail(400, "a header name is not a token");
  const std::string_view value = ascii::trim(line.substr(colon + 1));
  if (!is_field_value(value)) return fail(400, "a header value holds control characters");
  if (request_.headers.size() == request_fields_max) {
    return fail(431, "request has more header fields than the limit of " +
                         std::to_string(request_fields_max));
  }

  switch (name.size()) {
    case 4:
      if (is_field_name(name, "host")) {
        if (++host_count_ > 1) return fail(400, "the Host header is there more than once");
        if (!is_host(value)) return fail(400, "the Host header is not a host and a port");
      }
      break;
    case 6:
      if (is_field_name(name, "expect")) {
        if (is_field_name(value, "100-continue")) {
          expects_continue_ = true;
        } else {
          expectation_unknown_ = true;
        }
      }
      break;
    case 10:
      if (is_field_name(name, "connection")) read_connection(value);
      break;
    case 14:
      if (is_field_name(name, "content-length")) read_content_length(value);
      break;
    case 17:
      if (is_field_name(name, "transfer-encoding")) read_transfer_encoding(value);
      break;
    default:
      break;
  }
  if (phase_ == Phase::failed) return;
  request_.headers.emplace_back(std::string(name), std::string(value));
}

void RequestParser::read_content_length(std::string_view value) {
  if (value.empty() || !std::all_of(value.begin(), value.end(), ascii::is_digit)) {
    return fail(400, "the Content-Length is not a number");
  }
  // A number too large to hold is too large for any limit: it stops at the largest one.
  std::uint64_t length = 0;
  for (const char c : value) {
    const std::uint64_t digit = static_cast<std::uint64_t>(c - '0');
    if (length > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) {
      length = std::numeric_limits<std::uint64_t>::max();
      break;
    }
    length = length * 10 + digit;
  }
  if (has_content_length_ && length != content_length_) {
    return fail(400, "there are several Content-Length headers and they differ");
  }
  has_content_length_ = true;
  content_length_ = length;
}

void RequestParser::read_transfer_encoding(std::string_view value) {
  if (chunked_ || !is_field_name(value, "chunked")) {
    return fail(400, "the Transfer-Encoding is not exactly \"chunked\"");
  }
  chunked_ = true;
}

void RequestParser::read_connection(std::string_view value) {
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    const std::string_view option = ascii::trim(value.substr(0, comma));
    if (is_field_name(option, "close")) connection_close_ = true;
    if (is_field_name(option, "keep-alive")) connection_keep_alive_ = true;
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
}

void RequestParser::finish_head() {
  if (host_count_ == 0 && !http_1_0_) return fail(400, "the Host header is missing");
  if (chunked_ && has_content_length_) {
    return fail(400, "there is a Content-Length beside a Transfer-Encoding");
  }
  if (chunked_ && http_1_0_)
    return fail(400, "there is a Transfer-Encoding in an HTTP/1.0 request");
  if (expectation_unknown_ && !http_1_0_) {
    return fail(417, "the only expectation that can be met is 100-continue");
  }
  if (content_length_ > limits_.body_size_max) {
    return fail(413, "request body exceeds the limit of " + std::to_string(limits_.body_size_max) +
                         " bytes");
  }
  if (http_1_0_) expects_continue_ = false;
  keep_alive_ = !connection_close_ && (!http_1_0_ || connection_keep_alive_);
  if (chunked_) {
    phase_ = Phase::body;
    state_ = State::chunk_size;
  } else if (content_length_ > 0) {
    phase_ = Phase::body;
    state_ = State::sized_body;
    remaining_ = content_length_;
  } else {
    phase_ = Phase::complete;
  }
}

std::size_t RequestParser::feed_body(std::string_view input) {
  std::size_t consumed = 0;
  while (consumed < input.size() && phase_ == Phase::body) {
    expects_continue_ = false;
    if (state_ != State::sized_body && state_ != State::chunk_data) {
      read_framing(input[consumed++]);
      continue;
    }
    const std::string_view rest = input.substr(consumed);
    const std::string_view piece =
        rest.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, rest.size())));
    append_body(piece);
    consumed += piece.size();
    remaining_ -= piece.size();
    if (remaining_ > 0 || phase_ == Phase::failed) continue;
    if (state_ == State::sized_body) {
      phase_ = Phase::complete;
    } else {
      state_ = State::chunk_data_cr;
    }
  }
  body_bytes_consumed_ += consumed;
  return consumed;
}

void RequestParser::append_body(std::string_view piece) {
  const std::size_t needed = request_.body.size() + piece.size();
  if (needed > body_reserved_) {
    std::size_t wanted = std::max(needed, 2 * body_reserved_);
    if (state_ == State::sized_body) {
      const auto length = static_cast<std::size_t>(content_length_);
      wanted = length <= reserve_at_once_max ? length : std::min(wanted, length);
    }
    // Room to grow into is welcome, but only what is needed may be the reason to refuse.
    if (!budget_.take(wanted - body_reserved_)) {
      wanted = needed;
      if (!budget_.take(wanted - body_reserved_)) {
        return fail(503, "request bodies in memory exceed the limit of " +
                             std::to_string(budget_.max()) + " bytes");
      }
    }
    body_reserved_ = wanted;
    request_.body.reserve(wanted);
  }
  request_.body.append(piece);
}

void RequestParser::read_chunk_digit(int digit) {
  if (++chunk_digits_ > chunk_digits_max) return fail(400, "a chunk size has too many digits");
  remaining_ = remaining_ * 16 + static_cast<std::uint64_t>(digit);
}

void RequestParser::begin_chunk_data() {
  if (remaining_ > limits_.body_size_max - request_.body.size()) {
    return fail(413, "request body exceeds the limit of " + std::to_string(limits_.body_size_max) +
                         " bytes");
  }
  state_ = remaining_ == 0 ? State::trailer_line : State::chunk_data;
}

/// One byte of a chunked body that is not data. Extensions and trailers are checked and dropped.
void RequestParser::read_framing(char c) {
  const bool may_be_dropped = state_ == State::chunk_extension || state_ == State::trailer_line ||
                              state_ == State::trailer_name || state_ == State::trailer_value;
  if (may_be_dropped && ++framing_size_ > limits_.head_size_max) {
    return fail(431, "chunk extensions and trailers exceed the limit of " +
                         std::to_string(limits_.head_size_max) + " bytes");
  }
  switch (state_) {
    case State::chunk_size:
      if (const int digit = ascii::hex_value(c); digit >= 0) return read_chunk_digit(digit);
      if (chunk_digits_ == 0 || (c != ';' && c != '\r')) {
        return fail(400, "a chunk size is not a hexadecimal number");
      }
      state_ = c == ';' ? State::chunk_extension : State::chunk_size_lf;
      return;
    case State::chunk_extension:
      if (c == '\r') {
        state_ = State::chunk_size_lf;
      } else if (ascii::is_control(c) && c != '\t') {
        fail(400, "a chunk extension holds control characters");
      }
      return;
    case State::chunk_size_lf:
      if (c != '\n') return fail(400, "a chunk size does not end in CRLF");
      return begin_chunk_data();
    case State::chunk_data_cr:
      if (c != '\r') return fail(400, "a chunk is longer than its size");
      state_ = State::chunk_data_lf;
      return;
    case State::chunk_data_lf:
      if (c != '\n') return fail(400, "a chunk does not end in CRLF");
      state_ = State::chunk_size;
      chunk_digits_ = 0;
      return;
    case State::trailer_line:
      if (c == '\r') {
        state_ = State::end_lf;
      } else if (is_token({&c, 1})) {
        state_ = State::trailer_name;
      } else {
        fail(400, "a trailer does not begin with a name");
      }
      return;
    case State::trailer_name:
      if (c == ':') {
        state_ = State::trailer_value;
      } else if (!is_token({&c, 1})) {
        fail(400, "a trailer name is not a token");
      }
      return;
    case State::trailer_value:
      if (c == '\r') {
        state_ = State::trailer_lf;
      } else if (ascii::is_control(c) && c != '\t') {
        fail(400, "a trailer holds control characters");
      }
      return;
    case State::trailer_lf:
      if (c != '\n') return fail(400, "a trailer does not end in CRLF");
      state_ = State::trailer_line;
      return;
    case State::end_lf:
      if (c != '\n') return fail(400, "the trailers do not end in CRLF");
      phase_ = Phase::complete;
      return;
    case State::request_line:
    case State::fields:
    case State::sized_body:
    case State::chunk_data:
      GODWIT_ASSERT(false);
  }
}

}  // namespace godwit
