#include "net/response_parser.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "core/ascii.h"
#include "core/assert.h"
#include "net/http_text.h"

namespace godwit {
namespace {

constexpr std::size_t chunk_line_max = 4'096;           // Of a chunk's size and its extensions.
constexpr std::size_t body_reserved_max = 64UL * 1024;  // A declared length is only a promise.

// Without an early exit, so that the compiler looks at many bytes at once.
bool is_field_text(std::string_view text) {
  bool valid = true;
  for (const char c : text) valid &= !ascii::is_control(c) | (c == '\t');
  return valid;
}

/// The place after the empty line that ends a head, or npos. Starts at the line end nearest before
/// `from`.
std::size_t head_end(std::string_view bytes, std::size_t from) {
  while (from < bytes.size()) {
    const void* found = std::memchr(bytes.data() + from, '\n', bytes.size() - from);
    if (found == nullptr) return std::string_view::npos;
    const auto line_feed = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    const std::string_view rest = bytes.substr(line_feed + 1);
    if (rest.starts_with('\n')) return line_feed + 2;
    if (rest.starts_with("\r\n")) return line_feed + 3;
    from = line_feed + 1;
  }
  return std::string_view::npos;
}

template <typename Visit>
void for_each_list_member(std::string_view list, Visit visit) {
  while (true) {
    const std::size_t comma = list.find(',');
    visit(ascii::trim(list.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace

ResponseParser::ResponseParser(ResponseLimits limits) : limits_(limits) {}

void ResponseParser::reset(bool head_only) {
  const ResponseLimits limits = limits_;
  std::string pending = std::move(pending_);
  pending.clear();
  *this = ResponseParser(limits);
  pending_ = std::move(pending);
  head_only_ = head_only;
}

IncomingResponse ResponseParser::take() {
  GODWIT_ASSERT(state_ == State::complete);
  return std::move(response_);
}

std::size_t ResponseParser::feed(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && state_ == State::incomplete) {
    started_ = true;
    const std::string_view rest = bytes.substr(used);
    switch (step_) {
      case Step::head:
        used += feed_head(rest);
        break;
      case Step::body_sized:
      case Step::body_until_close:
      case Step::chunk_data:
        used += feed_body(rest);
        break;
      case Step::chunk_size:
      case Step::chunk_end:
      case Step::trailers:
        used += feed_line(rest);
        break;
    }
  }
  return used;
}

void ResponseParser::finish() {
  if (state_ != State::incomplete) return;
  switch (step_) {
    case Step::head:
      return fail_with("it ended within the headers");
    case Step::body_until_close:
      return complete(false);
    case Step::body_sized:
    case Step::chunk_size:
    case Step::chunk_data:
    case Step::chunk_end:
    case Step::trailers:
      return fail_with("it ended within the body");
  }
}

std::size_t ResponseParser::feed_head(std::string_view bytes) {
  // The common case first: the whole head is in one piece and need not be copied.
  if (pending_.empty()) {
    constexpr std::string_view beginning = "HTTP/";
    const std::size_t compared = std::min(bytes.size(), beginning.size());
    if (bytes.substr(0, compared) != beginning.substr(0, compared)) {
      fail_with("it does not speak HTTP/1.1");
      return 0;
    }
    const std::size_t end = head_end(bytes.substr(0, limits_.head_max), 0);
    if (end != std::string_view::npos) {
      accept_head(bytes.substr(0, end));
      return end;
    }
  }
  const std::size_t before = pending_.size();
  pending_.append(bytes.substr(0, limits_.head_max - before));
  const std::size_t end = head_end(pending_, searched_);
  if (end != std::string_view::npos) {
    std::string head = std::exchange(pending_, {});
    searched_ = 0;
    accept_head(std::string_view(head).substr(0, end));
    return end - before;
  }
  constexpr std::string_view beginning = "HTTP/";
  if (!pending_.starts_with(beginning.substr(0, std::min(pending_.size(), beginning.size())))) {
    fail_with("it does not speak HTTP/1.1");
  } else if (pending_.size() >= limits_.head_max) {
    fail_with("its headers are larger than " + std::to_string(limits_.head_max) + " bytes");
  }
  // A line feed that may turn out to be the first of two must be seen again.
  searched_ = pending_.size() < 2 ? 0 : pending_.size() - 2;
  return pending_.size() - before;
}

void ResponseParser::accept_head(std::string_view head) {
  response_ = IncomingResponse();
  keep_alive_ = close_ = chunked_ = sized_ = false;
  left_ = 0;
  bool first = true;
  while (!head.empty()) {
    const std::size_t line_feed = head.find('\n');
    std::string_view line = head.substr(0, line_feed);
    head.remove_prefix(line_feed + 1);
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    } else {
      bare_lf_ = true;
    }
    if (line.empty() && !first) break;
    const bool accepted = first ? accept_status_line(line) : accept_header(line);
    if (!accepted) return;
    first = false;
  }
  choose_body();
}

bool ResponseParser::accept_status_line(std::string_view line) {
  // HTTP/1.1 200 OK; the blank before an absent reason is left out by some servers.
  const bool versioned = line.starts_with("HTTP/1.") && line.size() >= 12 &&
                         ascii::is_digit(line[7]) && line[8] == ' ';
  if (!versioned) {
    fail_with("it does not speak HTTP/1.1");
    return false;
  }
  version_1_0_ = line[7] == '0';
  const std::string_view digits = line.substr(9, 3);
  const bool numbered = std::all_of(digits.begin(), digits.end(), ascii::is_digit) &&
                        digits[0] != '0' && (line.size() == 12 || line[12] == ' ') &&
                        is_field_text(line.substr(12));
  if (!numbered) {
    fail_with("its status line is malformed");
    return false;
  }
  response_.status = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
  return true;
}

bool ResponseParser::accept_header(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    fail_with("it has a malformed header line");
    return false;
  }
  const std::string_view value = ascii::trim(line.substr(colon + 1));
  if (!is_field_text(value)) {
    fail_with("a header value has control characters");
    return false;
  }
  if (response_.headers.size() >= headers_max) {
    fail_with("it has more than " + std::to_string(headers_max) + " headers");
    return false;
  }
  if (response_.headers.empty()) response_.headers.reserve(8);
  Header& header = response_.headers.emplace_back(
      Header{canonical_header_name(line.substr(0, colon)), std::string(value)});

  if (header.name == "Content-Length") {
    std::uint64_t length = 0;
    if (value.empty() || value.size() > 18 ||
        !std::all_of(value.begin(), value.end(), ascii::is_digit)) {
      fail_with("its Content-Length is malformed");
      return false;
    }
    for (const char digit : value) length = length * 10 + static_cast<std::uint64_t>(digit - '0');
    if (sized_ && length != left_) {
      fail_with("unequal Content-Length headers");
      return false;
    }
    sized_ = true;
    left_ = length;
  } else if (header.name == "Transfer-Encoding") {
    if (chunked_ || !equals_ignore_case(value, "chunked")) {
      fail_with("its Transfer-Encoding is not chunked");
      return false;
    }
    chunked_ = true;
  } else if (header.name == "Connection") {
    for_each_list_member(value, [&](std::string_view option) {
      if (equals_ignore_case(option, "close")) close_ = true;
      if (equals_ignore_case(option, "keep-alive")) keep_alive_ = true;
    });
  }
  return true;
}

void ResponseParser::choose_body() {
  const int status = response_.status;
  if (chunked_ && sized_) return fail_with("both Content-Length and Transfer-Encoding");
  if (chunked_ && version_1_0_) return fail_with("Transfer-Encoding with HTTP/1.0");
  if (status < 200 && status != 101) {
    if (++interims_ > interim_max) return fail_with("too many interim responses");
    step_ = Step::head;
    return;
  }
  if (head_only_ || status == 304) return complete(true);
  // No body can follow these; a head that announces one has a peer that may send it all the same.
  if (status == 204) return complete(!chunked_ && left_ == 0);
  if (status == 101) return complete(false);
  if (chunked_) {
    step_ = Step::chunk_size;
  } else if (!sized_) {
    step_ = Step::body_until_close;
  } else if (left_ == 0) {
    complete(true);
  } else {
    step_ = Step::body_sized;
    response_.body.reserve(static_cast<std::size_t>(
        std::min<std::uint64_t>(left_, std::min(limits_.body_max, body_reserved_max))));
  }
}

std::size_t ResponseParser::feed_body(std::string_view bytes) {
  const std::size_t allowed = limits_.body_read_max - read_;
  if (allowed == 0) {
    cut();
    return 0;
  }
  std::string_view data = bytes.substr(0, allowed);
  if (step_ != Step::body_until_close && data.size() > left_) {
    data = data.substr(0, static_cast<std::size_t>(left_));
  }
  keep(data);
  if (step_ == Step::body_until_close) return data.size();
  left_ -= data.size();
  if (left_ == 0) {
    if (step_ == Step::body_sized) {
      complete(true);
    } else {
      step_ = Step::chunk_end;
    }
  } else if (step_ == Step::body_sized && left_ > limits_.body_read_max - read_ &&
             read_ >= limits_.body_max) {
    // It says itself that it is longer than what would be read: no use in reading on.
    cut();
  }
  return data.size();
}

void ResponseParser::keep(std::string_view data) {
  read_ += data.size();
  const std::size_t room = limits_.body_max - response_.body.size();
  if (data.size() > room) response_.body_truncated = true;
  response_.body.append(data.substr(0, room));
}

std::size_t ResponseParser::feed_line(std::string_view bytes) {
  const std::size_t limit = step_ == Step::trailers ? limits_.head_max : chunk_line_max;
  const std::size_t line_feed = bytes.find('\n');
  const std::size_t taken = line_feed == std::string_view::npos ? bytes.size() : line_feed + 1;
  if (pending_.size() + taken > limit) {
    fail_with("a line of its chunked body is too long");
    return 0;
  }
  framing_ += taken;
  if (line_feed == std::string_view::npos) {
    pending_.append(bytes);
  } else if (pending_.empty()) {
    accept_line(bytes.substr(0, taken));
  } else {
    pending_.append(bytes.substr(0, taken));
    const std::string line = std::exchange(pending_, {});
    accept_line(line);
  }
  return taken;
}

void ResponseParser::accept_line(std::string_view line) {
  if (!line.ends_with("\r\n")) return fail_with("a line of its chunked body lacks the CR");
  line.remove_suffix(2);
  switch (step_) {
    case Step::chunk_size:
      return accept_chunk_size(line);
    case Step::chunk_end:
      if (!line.empty()) return fail_with("a chunk is longer than it says");
      step_ = Step::chunk_size;
      // Tiny chunks could spend any number of bytes around a body that stays small.
      if (framing_ > limits_.body_read_max) cut();
      return;
    case Step::trailers:
      if (line.empty()) return complete(true);
      if (framing_ > limits_.head_max) return fail_with("its trailers are too large");
      if (!is_field_text(line)) return fail_with("a trailer has control characters");
      return;
    case Step::head:
    case Step::body_sized:
    case Step::body_until_close:
    case Step::chunk_data:
      break;
  }
  GODWIT_ASSERT(false);
}

void ResponseParser::accept_chunk_size(std::string_view line) {
  std::uint64_t size = 0;
  std::size_t digits = 0;
  while (digits < line.size() && ascii::hex_value(line[digits]) >= 0) {
    if (size >> 56 != 0) return fail_with("a chunk size is too large");
    size = size * 16 + static_cast<std::uint64_t>(ascii::hex_value(line[digits]));
    ++digits;
  }
  const std::string_view extension = ascii::trim(line.substr(digits));
  if (digits == 0 || (!extension.empty() && extension.front() != ';') ||
      !is_field_text(extension)) {
    return fail_with("a chunk size is malformed");
  }
  if (size == 0) {
    framing_ = 0;  // From here on it counts the trailers.
    step_ = Step::trailers;
    return;
  }
  left_ = size;
  step_ = Step::chunk_data;
}

void ResponseParser::complete(bool reusable) {
  const bool persistent = !close_ && (!version_1_0_ || keep_alive_);
  reusable_ = reusable && persistent && !bare_lf_;
  state_ = State::complete;
}

void ResponseParser::cut() {
  response_.body_truncated = true;
  complete(false);
}

void ResponseParser::fail_with(std::string reason) {
  error_ = std::move(reason);
  state_ = State::failed;
}

}  // namespace godwit
