#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/attempt_timing.h"

namespace godwit {

/// How often each duration came, in buckets whose width is a sixteenth of their beginning: from 0
/// (exact below 16 us) to longest. What is read back is a bucket's middle, at most 1/32 (3.2 %)
/// away from what was added. Some 5 kB; no allocation.
class Histogram {
 public:
  static constexpr std::size_t buckets = 16 + 38 * 16;
  /// 50 days; anything longer counts as that long, anything negative as 0.
  static constexpr Microseconds longest{(std::int64_t{1} << 42) - 1};

  void add(Microseconds duration);
  void add(const Histogram& other);
  /// `count` more of the bucket `index`, which is below `buckets`.
  void add(std::size_t index, std::uint64_t count);
  void clear();

  std::uint64_t count() const { return count_; }
  std::uint64_t count_of(std::size_t index) const { return counts_[index]; }
  /// The first bucket that is not empty, and the one behind the last; equal when all are.
  std::size_t begin() const { return begin_; }
  std::size_t end() const { return end_; }
  /// So many milliseconds or less took `fraction` of them (nearest rank); nullopt: there are none.
  std::optional<double> percentile_ms(double fraction) const;

  static std::size_t bucket_of(Microseconds duration);
  /// The shortest duration of a bucket.
  static Microseconds begin_of(std::size_t index);

  friend bool operator==(const Histogram& a, const Histogram& b) { return a.counts_ == b.counts_; }

 private:
  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace godwit
