#include "engine/waiting.h"

#include <algorithm>

namespace godwit {

std::optional<Timestamp> RateWindows::turn_of(std::uint64_t position, Timestamp now) const {
  if (rate <= 0 || position == 0) return std::nullopt;
  const auto left = static_cast<std::uint64_t>(std::max(rate - taken, 0));
  if (position <= left) return now;
  const std::uint64_t windows = (position - 1 - left) / static_cast<std::uint64_t>(rate) + 1;
  const Milliseconds length = std::max(period, Milliseconds(1));
  if (windows > static_cast<std::uint64_t>(predicted_for / length)) return std::nullopt;
  // A window that has not begun begins with the permits that are in lanes.
  const Timestamp begin = start == Timestamp{} ? now : start;
  return std::max(begin + static_cast<std::int64_t>(windows) * length, now);
}

void Waiting::stands_at(std::uint64_t position_now, Timestamp now) {
  position = position_now;
  uncounted.reset();
  if (reason != WaitingReason::rate) return;
  next = windows.turn_of(position_now, now);
  estimated = next.has_value();
}

Result<std::optional<std::uint64_t>> count_places(const StoreReader& reader,
                                                  std::uint16_t partition,
                                                  const UncountedPlaces& places, std::size_t max) {
  KeyRange range = keys::fifo_from(partition, places.list, places.from);
  range.end = keys::fifo(partition, places.list, places.until);
  std::uint64_t count = 0;
  const Result<void> scanned =
      reader.scan(Space::fifo, range, StoreReader::Direction::forward,
                  [&](std::string_view, std::string_view) { return ++count <= max; });
  if (!scanned) return std::unexpected(scanned.error());
  if (count > max) return std::nullopt;
  return count;
}

}  // namespace godwit
