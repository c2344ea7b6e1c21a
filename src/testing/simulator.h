#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace godwit {

struct SimulationSettings {
  /// The disk says "durable" before it is: a run with crashes must fail.
  bool lying_disk = false;
  bool crashes = true;
};

struct SimulationResult {
  std::string broken_promise;        ///< Empty: all were kept.
  std::vector<std::string> history;  ///< What happened, a line each, with the simulated time.
  std::uint64_t published = 0;
  std::uint64_t attempts = 0;
  std::uint64_t crashes = 0;
};

/// Runs a whole node (engine, broker, store model) against clients and destinations that are all
/// drawn from `seed`: publishes, fan-outs, delays, deduplication, queues, flow control, schedules,
/// URL groups, callbacks, cancels, run-now, dead letter retries and deletes, attempts that succeed,
/// fail, stall or answer oddly, crashes with unsynced loss, failing disks. What is promised of each
/// of them stands in simulation/*_model.h. Checks the promises of a message broker the whole time
/// and, after the faults have stopped and everything has come to rest, that every acknowledged
/// message ended exactly once and nothing is left behind in the store. The same seed gives the same
/// run.
SimulationResult simulate(std::uint64_t seed, const SimulationSettings& settings = {});

}  // namespace godwit
