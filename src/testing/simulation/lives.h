#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/time.h"

namespace godwit::simulation {

/// When which node lived. Nodes are numbered from 1.
class Lives {
 public:
  /// How long what a node decided may take to be durable, at most: lazy commits ride for at most 20
  /// ms, and a sync of at most 40 ms stands before theirs for each batch in the queue.
  static constexpr Milliseconds commit_time_max{2'000};

  void boots(Timestamp now) { lives_.push_back({now, std::nullopt}); }
  void crashes(Timestamp now) { lives_.back().end = now; }

  /// The one that lives, or lived last.
  std::uint64_t node() const { return lives_.size(); }
  std::size_t crashed() const {
    return static_cast<std::size_t>(std::ranges::count_if(lives_, &Life::ended));
  }
  bool booted_at(Timestamp time) const {
    return std::ranges::any_of(lives_, [&](const Life& life) { return life.begin == time; });
  }
  /// Whether what `node` decided at `time` may not have become durable.
  bool may_have_lost(std::uint64_t node, Timestamp time) const {
    const std::optional<Timestamp>& end = lives_[node - 1].end;
    return end && *end - time < commit_time_max;
  }
  bool has_crashed(std::uint64_t node) const { return lives_[node - 1].end.has_value(); }
  /// Whether one node lived from before `from` until after `to`.
  bool lived_through(Timestamp from, Timestamp to) const {
    return std::ranges::any_of(lives_, [&](const Life& life) {
      return life.begin < from && (!life.end || *life.end > to);
    });
  }

 private:
  struct Life {
    Timestamp begin;
    std::optional<Timestamp> end;
    bool ended() const { return end.has_value(); }
  };
  std::vector<Life> lives_;
};

/// What is known for sure of a switch that somebody turns while answers can be lost: whether it was
/// acknowledged to be on and nobody has asked for it to be off since.
class Switch {
 public:
  std::uint64_t ask_on() const { return epoch_; }
  /// The answer to ask_on().
  void on(std::uint64_t epoch) {
    if (epoch == epoch_) surely_on_ = true;
  }
  void ask_off() {
    ++epoch_;
    surely_on_ = false;
  }
  bool surely_on() const { return surely_on_; }

 private:
  std::uint64_t epoch_ = 0;
  bool surely_on_ = false;
};

/// A number that somebody changes while answers can be lost: which values may be in force.
class Setting {
 public:
  explicit Setting(int value) { changes_.push_back({Timestamp{}, value, true}); }
  std::size_t ask(Timestamp now, int value) {
    changes_.push_back({now, value, false});
    return changes_.size() - 1;
  }
  void done(std::size_t change) { changes_[change].acknowledged = true; }
  /// The value, if no change is unanswered.
  std::optional<int> sure() const {
    if (!changes_.back().acknowledged) return std::nullopt;
    return changes_.back().value;
  }
  /// The largest one that may have been in force at `from` or since.
  int max_since(Timestamp from) const {
    int max = 0;
    for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
      max = std::max(max, change->value);
      if (change->acknowledged && change->asked < from) break;
    }
    return max;
  }

 private:
  struct Change {
    Timestamp asked;
    int value;
    bool acknowledged;
  };
  std::vector<Change> changes_;
};

}  // namespace godwit::simulation
