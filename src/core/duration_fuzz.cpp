#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/assert.h"
#include "core/duration.h"

/// What is accepted lies in the range, survives being written and read again, and is no other
/// duration when blanks surround it. What is refused is told in a short sentence.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace godwit;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const Result<Milliseconds> duration = parse_duration(text);
  const Result<Milliseconds> padded = parse_duration("\t " + std::string(text) + " ");
  GODWIT_ASSERT(duration.has_value() == padded.has_value());
  if (!duration) {
    GODWIT_ASSERT(duration.error().code == ErrorCode::invalid_argument);
    GODWIT_ASSERT(duration.error().message.starts_with("time: "));
    GODWIT_ASSERT(duration.error().message.size() < 1024);
    for (const char c : duration.error().message) GODWIT_ASSERT(c >= ' ' && c <= '~');
    return 0;
  }
  GODWIT_ASSERT(*duration == *padded);
  GODWIT_ASSERT(*duration >= Milliseconds(0) && *duration <= duration_max);
  const std::string written = format_duration(*duration);
  const Result<Milliseconds> again = parse_duration(written);
  GODWIT_ASSERT(again.has_value() && *again == *duration);
  GODWIT_ASSERT(format_duration(*again) == written);

  // Durations add up when their texts are put together.
  const Result<Milliseconds> twice = parse_duration(written + written);
  if (*duration * 2 <= duration_max) GODWIT_ASSERT(twice.has_value() && *twice == *duration * 2);
  return 0;
}
