#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/assert.h"
#include "core/retry.h"

/// What is accepted has a delay in the range, the same one each time, and means the same in
/// parentheses and among blanks. What is refused is told in a sentence that names a place.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace godwit;
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  const Result<RetryExpression> expression = RetryExpression::compile(text);
  if (!expression) {
    const Error& error = expression.error();
    GODWIT_ASSERT(error.code == ErrorCode::invalid_argument);
    GODWIT_ASSERT(error.message.find("column ") != std::string::npos ||
                  size > RetryExpression::length_max);
    GODWIT_ASSERT(error.message.size() < 200);
    return 0;
  }
  GODWIT_ASSERT(size <= RetryExpression::length_max);
  // One level or a few characters more may be beyond the limits, and then nothing is to compare.
  const Result<RetryExpression> wrapped = RetryExpression::compile(" ( " + text + ")\t");
  const Result<RetryExpression> smallest = RetryExpression::compile("max(0," + text + ")");
  for (const int retried : std::array{0, 1, 2, 17, 1'000'000}) {
    const std::optional<Milliseconds> delay = expression->evaluate(retried);
    GODWIT_ASSERT(delay == expression->evaluate(retried));
    if (wrapped) GODWIT_ASSERT(delay == wrapped->evaluate(retried));
    if (!delay) continue;
    GODWIT_ASSERT(*delay >= Milliseconds(0) && *delay <= retry_delay_max);
    if (smallest) GODWIT_ASSERT(delay == smallest->evaluate(retried));
  }
  return 0;
}
