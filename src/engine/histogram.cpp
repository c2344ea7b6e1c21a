#include "engine/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/assert.h"

namespace godwit {
namespace {

constexpr std::size_t linear = 16;  // Of one microsecond each; then so many for each power of two.
constexpr int linear_bits = 4;

}  // namespace

std::size_t Histogram::bucket_of(Microseconds duration) {
  const auto value =
      static_cast<std::uint64_t>(std::clamp(duration.count(), std::int64_t{0}, longest.count()));
  if (value < linear) return static_cast<std::size_t>(value);
  const int shift = static_cast<int>(std::bit_width(value)) - 1 - linear_bits;
  return linear * static_cast<std::size_t>(shift + 1) +
         static_cast<std::size_t>((value >> shift) - linear);
}

Microseconds Histogram::begin_of(std::size_t index) {
  if (index < linear) return Microseconds(static_cast<std::int64_t>(index));
  const std::size_t shift = index / linear - 1;
  return Microseconds(static_cast<std::int64_t>((linear + index % linear) << shift));
}

void Histogram::add(Microseconds duration) { add(bucket_of(duration), 1); }

void Histogram::add(std::size_t index, std::uint64_t count) {
  GODWIT_ASSERT(index < buckets);
  if (count == 0) return;
  begin_ = count_ == 0 ? index : std::min(begin_, index);
  end_ = std::max(end_, index + 1);
  counts_[index] += count;
  count_ += count;
}

void Histogram::add(const Histogram& other) {
  for (std::size_t i = other.begin_; i < other.end_; ++i) add(i, other.counts_[i]);
}

void Histogram::clear() {
  std::fill(counts_.begin() + static_cast<std::ptrdiff_t>(begin_),
            counts_.begin() + static_cast<std::ptrdiff_t>(end_), 0);
  count_ = 0;
  begin_ = end_ = 0;
}

std::optional<double> Histogram::percentile_ms(double fraction) const {
  if (count_ == 0) return std::nullopt;
  const auto rank =
      static_cast<std::uint64_t>(std::max(1.0, std::ceil(fraction * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  std::size_t index = begin_;
  for (; index + 1 < end_; ++index) {
    seen += counts_[index];
    if (seen >= rank) break;
  }
  const std::int64_t begin = begin_of(index).count();
  const std::int64_t last = begin_of(index + 1).count() - 1;
  return static_cast<double>(begin + last) / 2'000;
}

}  // namespace godwit
