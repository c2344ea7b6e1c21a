// Two inputs in one: the bytes as stored statistics (which must never harm, and must survive being
// written again), and the bytes as the recipe for some (which must come back exactly).
#include <fuzzer/FuzzedDataProvider.h>

#include <cstdint>
#include <string_view>

#include "core/assert.h"
#include "engine/statistics.h"

namespace godwit {
namespace {

template <typename Decode>
void read_as(std::string_view bytes, const Decode& decode) {
  if (const auto decoded = decode(bytes)) {
    GODWIT_ASSERT(decode(encode(*decoded)).value() == *decoded);
  } else {
    GODWIT_ASSERT(decoded.error().code == ErrorCode::corrupt);
  }
}

std::uint64_t some_count(FuzzedDataProvider& input) {
  return input.ConsumeIntegralInRange<std::uint64_t>(0, std::uint64_t{1} << 50);
}

AccountCounts some_counts(FuzzedDataProvider& input) {
  return {.published = some_count(input),
          .deduplicated = some_count(input),
          .attempts = some_count(input),
          .failed_attempts = some_count(input),
          .delivered = some_count(input),
          .dead_lettered = some_count(input),
          .canceled = some_count(input)};
}

void fill(FuzzedDataProvider& input, Histogram& histogram) {
  for (int i = input.ConsumeIntegralInRange<int>(0, 20); i > 0; --i) {
    histogram.add(Microseconds(input.ConsumeIntegral<std::int64_t>()));
  }
}

StatisticsStep some_step(FuzzedDataProvider& input) {
  StatisticsStep step;
  step.number =
      input.ConsumeIntegralInRange<std::int64_t>(-(std::int64_t{1} << 50), std::int64_t{1} << 50);
  step.counts = some_counts(input);
  step.backlog = some_count(input);
  fill(input, step.durations);
  fill(input, step.lateness);
  return step;
}

void write_some(FuzzedDataProvider& input) {
  StatisticsRecord record;
  record.since = from_unix_ms(input.ConsumeIntegralInRange<std::int64_t>(0, std::int64_t{1} << 60));
  record.totals = some_counts(input);
  record.living = some_count(input);
  record.retried = some_count(input);
  record.retried_in_lists = some_count(input);
  record.dead_letters = some_count(input);
  record.minute = some_step(input);
  GODWIT_ASSERT(decode_statistics(encode(record)).value() == record);
  GODWIT_ASSERT(decode_statistics_step(encode(record.minute)).value() == record.minute);
}

}  // namespace
}  // namespace godwit

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  godwit::read_as(bytes, godwit::decode_statistics);
  godwit::read_as(bytes, godwit::decode_statistics_step);
  FuzzedDataProvider input(data, size);
  godwit::write_some(input);
  return 0;
}
