#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>

#include "engine/keys.h"

namespace godwit {

/// Messages that wait for their turn, in order of their places: the first of them in memory (the
/// window), the others in the store under keys::fifo(). Knows the order and the numbers; reading
/// and writing the store is the engine's.
///
/// A message may only have its turn when nothing before it is still in the store: head() tells.
class WaitingList {
 public:
  explicit WaitingList(keys::ListName name) : name_(std::move(name)) {}

  const keys::ListName& name() const { return name_; }

  /// Whether a message at `place` belongs in the window, which holds at most `window_max`: nothing
  /// stored stands before it.
  bool fits(const keys::Place& place, std::size_t window_max) const {
    return (!stored_from_ || place < *stored_from_) && window_.size() < window_max;
  }
  void add_to_window(const keys::Place& place) { window_.insert(place); }
  /// A key in the store was written for `place`.
  void add_to_store(const keys::Place& place) {
    if (!stored_from_ || place < *stored_from_) stored_from_ = place;
  }

  /// Whose turn it is; nullptr: nobody's in the window.
  const keys::Place* head() const {
    if (window_.empty()) return nullptr;
    const keys::Place& first = *window_.begin();
    return stored_from_ && *stored_from_ < first ? nullptr : &first;
  }
  /// False: it was not there.
  bool remove(const keys::Place& place) { return window_.erase(place) > 0; }

  /// All stored keys before this place are in the window, or gone. nullopt: nothing is stored.
  const std::optional<keys::Place>& stored_from() const { return stored_from_; }
  void loaded_until(std::optional<keys::Place> place) { stored_from_ = place; }

  const std::set<keys::Place>& window() const { return window_; }

 private:
  keys::ListName name_;
  std::set<keys::Place> window_;
  std::optional<keys::Place> stored_from_;
};

}  // namespace godwit
