#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace godwit::bench {

/// Where one HTTP/1.1 message ends in a buffer. The cheapest reading that is right for the two
/// speakers of a benchmark: bodies are framed by Content-Length alone.
struct ScannedMessage {
  std::size_t head_bytes = 0;  ///< Up to and including the empty line.
  std::size_t body_bytes = 0;  ///< 0 without a Content-Length.
  bool chunked = false;        ///< The caller cannot go on: the body's end is unknown.
};

/// nullopt while the head or the body is incomplete.
std::optional<ScannedMessage> scan_message(std::string_view buffer);

/// The status of a response whose head is complete; 0 if the first line is not a status line.
int status_of(std::string_view head);

}  // namespace godwit::bench
