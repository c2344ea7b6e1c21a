#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "store/store.h"

namespace godwit {

/// What the engine has decided but the store has not committed yet, for the keys that the engine
/// reads back. Asked before the store, so that a decision never stands on a state that is already
/// past.
class Uncommitted {
 public:
  /// The change of `key` in batch `sequence`; nullopt: erased.
  void set(Space space, std::string_view key, std::optional<std::string> value,
           std::uint64_t sequence);

  /// nullptr: nothing uncommitted, ask the store. Otherwise the value, or nullopt for an erased
  /// key.
  const std::optional<std::string>* find(Space space, std::string_view key) const;

  /// The uncommitted changes of a space in key order.
  using Changes =
      std::map<std::string, std::pair<std::uint64_t, std::optional<std::string>>, std::less<>>;
  const Changes& changes(Space space) const { return changes_[static_cast<std::size_t>(space)]; }

  /// All batches up to `sequence` are in the store now.
  void committed(std::uint64_t sequence);

 private:
  struct Written {
    std::uint64_t sequence;
    Space space;
    std::string key;
  };
  Changes changes_[space_count];
  std::deque<Written> order_;
};

}  // namespace godwit
