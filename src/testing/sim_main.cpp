// godwit-sim: runs the simulator over many seeds. Exit code 1 and a readable history when a promise
// breaks.
#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>

#include "testing/simulator.h"

int main(int argc, char** argv) {
  CLI::App app{"Runs whole simulated nodes, one for each seed, and checks Godwit's promises."};
  std::uint64_t seeds = 1000;
  std::uint64_t first = 1;
  bool history = false;
  app.add_option("--seeds", seeds, "How many seeds to run")->check(CLI::PositiveNumber);
  app.add_option("--seed", first, "The first seed");
  app.add_flag("--history", history, "Print the history of every run, not only of a failing one");
  CLI11_PARSE(app, argc, argv);

  std::uint64_t published = 0;
  std::uint64_t attempts = 0;
  std::uint64_t crashes = 0;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    const godwit::SimulationResult result = godwit::simulate(seed);
    published += result.published;
    attempts += result.attempts;
    crashes += result.crashes;
    const bool failed = !result.broken_promise.empty();
    if (failed || history) {
      for (const std::string& line : result.history) std::printf("%s\n", line.c_str());
    }
    if (failed) {
      std::printf("seed %llu broke a promise: %s\nrun it again: ./dev sim --seeds 1 --seed %llu\n",
                  static_cast<unsigned long long>(seed), result.broken_promise.c_str(),
                  static_cast<unsigned long long>(seed));
      return 1;
    }
  }
  std::printf(
      "%llu seeds from %llu: %llu messages, %llu attempts, %llu crashes, every promise kept\n",
      static_cast<unsigned long long>(seeds), static_cast<unsigned long long>(first),
      static_cast<unsigned long long>(published), static_cast<unsigned long long>(attempts),
      static_cast<unsigned long long>(crashes));
  return 0;
}
