#include "latency.h"

#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>

namespace godwit::bench {

std::size_t LatencyHistogram::bucket_of(std::uint64_t value) {
  const unsigned bits = static_cast<unsigned>(std::bit_width(value));
  if (bits <= steps_bits + 1) return value;
  const unsigned shift = bits - steps_bits - 1;
  return (static_cast<std::size_t>(shift) << steps_bits) + (value >> shift);
}

std::uint64_t LatencyHistogram::upper_edge(std::size_t bucket) {
  if (bucket < (std::size_t{2} << steps_bits)) return bucket;
  const std::size_t shift = (bucket >> steps_bits) - 1;
  const std::uint64_t low = bucket - (shift << steps_bits);
  return ((low + 1) << shift) - 1;
}

void LatencyHistogram::record(std::uint64_t nanoseconds) {
  ++counts_[bucket_of(nanoseconds)];
  ++count_;
  max_ = std::max(max_, nanoseconds);
}

std::uint64_t LatencyHistogram::quantile(double quantile) const {
  if (count_ == 0) return 0;
  const auto rank = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(std::ceil(quantile * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    seen += counts_[bucket];
    if (seen >= rank) return std::min(upper_edge(bucket), max_);
  }
  return max_;
}

std::string LatencyHistogram::json() const {
  const auto ms = [this](double q) { return static_cast<double>(quantile(q)) / 1e6; };
  std::array<char, 256> text{};
  std::snprintf(
      text.data(), text.size(),
      R"({"count":%llu,"p50_ms":%.4f,"p90_ms":%.4f,"p99_ms":%.4f,"p999_ms":%.4f,"max_ms":%.4f})",
      static_cast<unsigned long long>(count_), ms(0.5), ms(0.9), ms(0.99), ms(0.999),
      static_cast<double>(max_) / 1e6);
  return text.data();
}

std::uint64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(now.tv_nsec);
}

std::uint64_t own_cpu_ns() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto ns = [](const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u +
           static_cast<std::uint64_t>(time.tv_usec) * 1'000u;
  };
  return ns(usage.ru_utime) + ns(usage.ru_stime);
}

}  // namespace godwit::bench
