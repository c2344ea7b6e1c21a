#include "testing/simulator.h"

#include <doctest/doctest.h>

#include <cstdint>

namespace godwit {

TEST_CASE("fifty simulated nodes keep every promise") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const SimulationResult result = simulate(seed);
    INFO("seed " << seed << ": " << result.broken_promise);
    CHECK(result.broken_promise.empty());
  }
}

TEST_CASE("one seed gives one run") {
  const SimulationResult first = simulate(12);
  const SimulationResult second = simulate(12);
  CHECK(first.history == second.history);
  CHECK(first.history.size() > 20);
}

TEST_CASE("the simulation notices a disk that says durable before it is") {
  int noticed = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    if (!simulate(seed, {.lying_disk = true}).broken_promise.empty()) ++noticed;
  }
  CHECK(noticed > 5);
}

}  // namespace godwit
