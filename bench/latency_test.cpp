#include "latency.h"

#include <doctest/doctest.h>

namespace godwit::bench {

TEST_CASE("a quantile is within a bucket's width of the true value, and never below it") {
  LatencyHistogram histogram;
  for (std::uint64_t value = 1; value <= 1'000'000; ++value) histogram.record(value);
  for (const double q : {0.001, 0.01, 0.5, 0.9, 0.99, 0.999}) {
    const double exact = q * 1'000'000;
    const auto told = static_cast<double>(histogram.quantile(q));
    CHECK(told >= exact - 1);
    CHECK(told <= exact * 1.017 + 1);
  }
  CHECK(histogram.quantile(1) == 1'000'000);
}

TEST_CASE("the extremes of the scale have buckets") {
  LatencyHistogram histogram;
  CHECK(histogram.quantile(0.5) == 0);
  histogram.record(0);
  CHECK(histogram.quantile(0.5) == 0);
  histogram.record(~std::uint64_t{0});
  CHECK(histogram.quantile(1) == ~std::uint64_t{0});
}

}  // namespace godwit::bench
