#include "imagegen/domain/planning.h"

#include <algorithm>
#include <array>

#include "core/assert.h"

namespace godwit::imagegen {
namespace {

constexpr std::int64_t hour_s = 3'600;

}  // namespace

std::chrono::seconds delay_of(std::int64_t position, int rate_limit) {
  GODWIT_ASSERT(position >= 0 && rate_limit >= 1);
  // Whole intervals first: no position is so great that the product overflows on the way.
  const std::int64_t whole_hours = position / rate_limit;
  const std::int64_t rest = position % rate_limit;
  return std::chrono::seconds(whole_hours * hour_s + (rest * hour_s + rate_limit - 1) / rate_limit);
}

Timestamp first_slot(Timestamp now, std::optional<Timestamp> last_slot, int rate_limit) {
  if (!last_slot) return now;
  return std::max<Timestamp>(now, *last_slot + delay_of(1, rate_limit));
}

std::chrono::seconds backoff_after(int retried) {
  GODWIT_ASSERT(retried >= 0);
  constexpr std::array<std::chrono::seconds, 4> waits{
      std::chrono::seconds(12), std::chrono::seconds(148), std::chrono::seconds(1'808),
      std::chrono::seconds(22'026)};
  const auto row = static_cast<std::size_t>(retried);
  return row < waits.size() ? waits.at(row) : std::chrono::seconds(86'400);
}

}  // namespace godwit::imagegen
