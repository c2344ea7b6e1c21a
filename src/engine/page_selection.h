#pragma once
#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "core/assert.h"
#include "engine/listing.h"

namespace godwit {

/// Picks one page out of any number of items offered in any order: the first `capacity` behind
/// `after`, in `order` of their places. Holds no more than that, and tells early what it will not
/// take, so that readers can stop.
template <typename Place, typename Item>
class PageSelection {
 public:
  using Entry = std::pair<Place, Item>;

  PageSelection(Order order, std::size_t capacity, std::optional<Place> after)
      : order_(order), capacity_(capacity), after_(std::move(after)) {
    GODWIT_ASSERT(capacity > 0);
  }

  bool wants(const Place& place) const {
    return !(after_ && !precedes(*after_, place)) && !is_beyond(place);
  }
  /// Whether the page is full of places before this one: it is not wanted, nor is any that follows
  /// it.
  bool is_beyond(const Place& place) const { return full() && !precedes(place, last()); }

  /// Takes an item whose place is wanted; the last one gives way if the page is full.
  void put(Place place, Item item) {
    const auto by_place = [this](const Entry& a, const Entry& b) {
      return precedes(a.first, b.first);
    };
    if (full()) {
      std::pop_heap(heap_.begin(), heap_.end(), by_place);
      heap_.pop_back();
    }
    heap_.emplace_back(std::move(place), std::move(item));
    std::push_heap(heap_.begin(), heap_.end(), by_place);
  }

  bool full() const { return heap_.size() == capacity_; }
  /// The place that gives way next. Only when full.
  const Place& last() const { return heap_.front().first; }
  const std::optional<Place>& after() const { return after_; }
  Order order() const { return order_; }

  /// What was picked, in order. Leaves nothing behind.
  std::vector<Entry> take() {
    std::sort_heap(heap_.begin(), heap_.end(),
                   [this](const Entry& a, const Entry& b) { return precedes(a.first, b.first); });
    return std::exchange(heap_, {});
  }

 private:
  bool precedes(const Place& a, const Place& b) const {
    return order_ == Order::earliest_first ? a < b : b < a;
  }

  Order order_;
  std::size_t capacity_;
  std::optional<Place> after_;
  std::vector<Entry> heap_;  // The last of the page on top.
};

/// One more than a page holds: whether it is there decides if there is a cursor.
inline std::size_t selection_capacity(std::size_t count) {
  return std::max<std::size_t>(count, 1) + (count == static_cast<std::size_t>(-1) ? 0 : 1);
}

/// Bounds of a listing, with room to add to them.
inline Timestamp clamp_bound(Timestamp time) {
  return std::clamp(time, from_unix_ms(-1), from_unix_ms(std::int64_t{1} << 60));
}

}  // namespace godwit
