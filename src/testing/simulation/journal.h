#pragma once
#include <fmt/core.h>

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/message_id.h"
#include "core/time.h"
#include "testing/simulated_world.h"

namespace godwit::simulation {

inline constexpr AccountId account = 7;

/// What happened in a run, a line each, and the first promise that was broken.
class Journal {
 public:
  explicit Journal(const SimulatedTime& time) : time_(time), start_(time.now()) {}

  void node_is(std::uint64_t node) { node_ = node; }
  /// Since the run began: short enough to read.
  Milliseconds since_start(Timestamp time) const { return time - start_; }

  template <typename... Args>
  void tell(fmt::format_string<Args...> format, Args&&... args) {
    lines_.push_back(fmt::format("{:>9} node {} ", since_start(time_.now()).count(), node_) +
                     fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void broken(fmt::format_string<Args...> format, Args&&... args) {
    if (!broken_promise_.empty()) return;
    broken_promise_ = fmt::format(format, std::forward<Args>(args)...);
    tell("BROKEN PROMISE: {}", broken_promise_);
  }
  bool all_kept() const { return broken_promise_.empty(); }
  const std::string& broken_promise() const { return broken_promise_; }
  std::vector<std::string> take_lines() { return std::move(lines_); }

 private:
  const SimulatedTime& time_;
  Timestamp start_;
  std::uint64_t node_ = 0;
  std::string broken_promise_;
  std::vector<std::string> lines_;
};

/// Draws everything that chance decides.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  std::mt19937_64& random() { return random_; }
  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    return low + random_() % (high - low + 1);
  }
  bool one_in(std::uint64_t count) { return random_() % count == 0; }
  Milliseconds time_between(std::uint64_t low_ms, std::uint64_t high_ms) {
    return Milliseconds(between(low_ms, high_ms));
  }

 private:
  std::mt19937_64 random_;
};

inline std::string short_id(MessageId id) {
  return fmt::format("m{}@{:x}", id.low >> 32, id.low & 0xffff);
}

}  // namespace godwit::simulation
