#include "engine/uncommitted.h"

namespace godwit {

void Uncommitted::set(Space space, std::string_view key, std::optional<std::string> value,
                      std::uint64_t sequence) {
  changes_[static_cast<std::size_t>(space)].insert_or_assign(std::string(key),
                                                             std::pair(sequence, std::move(value)));
  order_.push_back({sequence, space, std::string(key)});
}

const std::optional<std::string>* Uncommitted::find(Space space, std::string_view key) const {
  const Changes& changes = changes_[static_cast<std::size_t>(space)];
  const auto found = changes.find(key);
  return found == changes.end() ? nullptr : &found->second.second;
}

void Uncommitted::committed(std::uint64_t sequence) {
  while (!order_.empty() && order_.front().sequence <= sequence) {
    Changes& changes = changes_[static_cast<std::size_t>(order_.front().space)];
    const auto found = changes.find(order_.front().key);
    // A later batch may have changed the key again: that entry stays until its own commit.
    if (found != changes.end() && found->second.first <= sequence) changes.erase(found);
    order_.pop_front();
  }
}

}  // namespace godwit
