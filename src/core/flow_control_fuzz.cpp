#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/assert.h"
#include "core/duration.h"
#include "core/flow_control.h"

/// The first line is the key, the rest the value. What is accepted lies in the ranges and is read
/// again from its canonical text as the same; what is refused is told in a short sentence.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace godwit;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const std::size_t line = text.find('\n');
  const std::string_view key = text.substr(0, line);
  const std::string_view value = line == std::string_view::npos ? "" : text.substr(line + 1);
  const Result<FlowControl> flow = parse_flow_control(key, value);
  if (!flow) {
    GODWIT_ASSERT(flow.error().code == ErrorCode::invalid_argument);
    GODWIT_ASSERT(!flow.error().message.empty() && flow.error().message.size() < 1024);
    for (const char c : flow.error().message) GODWIT_ASSERT(c >= ' ' && c <= '~');
    return 0;
  }
  GODWIT_ASSERT(flow->key == key && !key.empty() && key.size() <= FlowControl::key_length_max);
  GODWIT_ASSERT(flow->parallelism >= 0 && flow->parallelism <= FlowControl::limit_max);
  GODWIT_ASSERT(flow->rate >= 0 && flow->rate <= FlowControl::limit_max);
  GODWIT_ASSERT(flow->parallelism > 0 || flow->rate > 0);
  GODWIT_ASSERT(flow->period >= std::chrono::seconds(1));
  GODWIT_ASSERT(flow->period <= FlowControl::period_max);
  GODWIT_ASSERT(flow->period % std::chrono::seconds(1) == Milliseconds(0));

  std::string written = "period=" + format_duration(flow->period);
  if (flow->rate > 0) written += ", rate=" + std::to_string(flow->rate);
  if (flow->parallelism > 0) written += " ,parallelism=" + std::to_string(flow->parallelism);
  const Result<FlowControl> again = parse_flow_control(key, written);
  GODWIT_ASSERT(again && *again == *flow);
  return 0;
}
