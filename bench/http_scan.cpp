#include "http_scan.h"

#include <algorithm>
#include <charconv>

namespace godwit::bench {
namespace {

constexpr std::string_view content_length = "content-length:";
constexpr std::string_view transfer_encoding = "transfer-encoding:";

bool starts_like(std::string_view line, std::string_view name) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return line.size() >= name.size() &&
         std::equal(name.begin(), name.end(), line.begin(),
                    [&](char wanted, char seen) { return wanted == lower(seen); });
}

std::size_t number_in(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  std::size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

std::optional<ScannedMessage> scan_message(std::string_view buffer) {
  const std::size_t empty_line = buffer.find("\r\n\r\n");
  if (empty_line == std::string_view::npos) return std::nullopt;

  ScannedMessage message{.head_bytes = empty_line + 4};
  std::size_t at = buffer.find('\n') + 1;
  while (at < empty_line) {
    const std::size_t end = buffer.find('\n', at);
    const std::string_view line = buffer.substr(at, end - at);
    if (starts_like(line, content_length)) {
      message.body_bytes = number_in(line.substr(content_length.size()));
    } else if (starts_like(line, transfer_encoding)) {
      message.chunked = true;
    }
    at = end + 1;
  }
  if (!message.chunked && buffer.size() < message.head_bytes + message.body_bytes) {
    return std::nullopt;
  }
  return message;
}

int status_of(std::string_view head) {
  constexpr std::string_view version = "HTTP/1.1 ";
  if (!head.starts_with(version)) return 0;
  return static_cast<int>(number_in(head.substr(version.size(), 3)));
}

}  // namespace godwit::bench
