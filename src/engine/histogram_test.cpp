#include "engine/histogram.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace godwit {
namespace {

/// The nearest rank of a sorted list, in milliseconds.
double exact(const std::vector<std::int64_t>& sorted, double fraction) {
  const auto rank =
      static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(sorted.size())));
  return static_cast<double>(sorted[std::max<std::size_t>(rank, 1) - 1]) / 1000;
}

void check_against_exact(const std::vector<std::int64_t>& durations) {
  Histogram histogram;
  for (const std::int64_t each : durations) histogram.add(Microseconds(each));
  std::vector<std::int64_t> sorted = durations;
  std::ranges::sort(sorted);
  CHECK(histogram.count() == sorted.size());
  for (const double fraction : {0.0, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    INFO(fraction);
    const double wanted = exact(sorted, fraction);
    const std::optional<double> told = histogram.percentile_ms(fraction);
    REQUIRE(told);
    CHECK(std::abs(*told - wanted) <= wanted / 32);
  }
}

}  // namespace

TEST_CASE("percentiles are at most a thirty-second away from the exact ones") {
  std::mt19937_64 random{1};
  SUBCASE("of durations from a microsecond to a day") {
    std::uniform_real_distribution<double> exponent(0, 10.9);
    std::vector<std::int64_t> durations;
    for (int i = 0; i < 20'000; ++i) {
      durations.push_back(static_cast<std::int64_t>(std::pow(10, exponent(random))));
    }
    check_against_exact(durations);
  }
  SUBCASE("of durations that are much alike") {
    std::normal_distribution<double> about(35'000, 2'000);
    std::vector<std::int64_t> durations;
    for (int i = 0; i < 5'000; ++i) durations.push_back(static_cast<std::int64_t>(about(random)));
    check_against_exact(durations);
  }
  SUBCASE("of few durations") {
    for (std::int64_t size = 1; size <= 12; ++size) {
      std::vector<std::int64_t> durations;
      for (std::int64_t i = 0; i < size; ++i) durations.push_back(7 + 1'000 * i * i);
      check_against_exact(durations);
    }
  }
}

TEST_CASE("every duration lies in its bucket, and the buckets follow one another") {
  for (std::size_t i = 0; i + 1 < Histogram::buckets; ++i) {
    const Microseconds begin = Histogram::begin_of(i);
    const Microseconds next = Histogram::begin_of(i + 1);
    REQUIRE(begin < next);
    REQUIRE(Histogram::bucket_of(begin) == i);
    REQUIRE(Histogram::bucket_of(next - Microseconds(1)) == i);
  }
  CHECK(Histogram::bucket_of(Histogram::longest) == Histogram::buckets - 1);
  CHECK(Histogram::bucket_of(Histogram::longest + Microseconds(1)) == Histogram::buckets - 1);
  CHECK(Histogram::bucket_of(Microseconds::max()) == Histogram::buckets - 1);
  CHECK(Histogram::bucket_of(Microseconds(-1)) == 0);
}

TEST_CASE("an empty histogram has no percentile, and zero is zero") {
  Histogram histogram;
  CHECK_FALSE(histogram.percentile_ms(0.5));
  histogram.add(Microseconds(0));
  CHECK(histogram.percentile_ms(0.5) == 0.0);
  histogram.clear();
  CHECK(histogram == Histogram{});
  CHECK_FALSE(histogram.percentile_ms(0.5));
}

TEST_CASE("two histograms added are what one of both would have been") {
  Histogram both;
  Histogram low;
  Histogram high;
  for (int i = 0; i < 100; ++i) {
    low.add(Microseconds(i));
    both.add(Microseconds(i));
    high.add(Microseconds(1'000'000 + i * 10'000));
    both.add(Microseconds(1'000'000 + i * 10'000));
  }
  low.add(high);
  low.add(Histogram{});
  CHECK(low == both);
  CHECK(low.count() == 200);
  CHECK(low.percentile_ms(0.99) == both.percentile_ms(0.99));
}

}  // namespace godwit
