#pragma once
#include <array>
#include <cstdint>
#include <string>

namespace godwit::bench {

/// Durations in nanoseconds, counted in buckets of at most 1.6 % width: recording costs a few
/// instructions, and millions of values cost the memory of none.
class LatencyHistogram {
 public:
  void record(std::uint64_t nanoseconds);
  std::uint64_t count() const { return count_; }

  /// The upper edge of the bucket that holds the quantile (0 to 1), never above the maximum seen.
  /// 0 when nothing was recorded.
  std::uint64_t quantile(double quantile) const;

  /// {"count":..,"p50_ms":..,"p90_ms":..,"p99_ms":..,"p999_ms":..,"max_ms":..}
  std::string json() const;

 private:
  static constexpr unsigned steps_bits = 6;  // 64 buckets for each power of two.
  static constexpr std::size_t buckets = (64 - steps_bits + 1) << steps_bits;

  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t upper_edge(std::size_t bucket);

  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

/// CLOCK_MONOTONIC, one scale for every process of the machine.
std::uint64_t monotonic_ns();

/// User plus system time of this process so far.
std::uint64_t own_cpu_ns();

}  // namespace godwit::bench
