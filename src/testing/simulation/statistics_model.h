#pragma once
#include "engine/engine.h"
#include "testing/simulation/journal.h"

namespace godwit::simulation {

/// The promises about what is counted: each living message waits in one place; totals agree with
/// what acknowledgements said and, at the end, with the whole log, whatever crashed meanwhile.
class StatisticsModel {
 public:
  explicit StatisticsModel(const SimulatedTime& time, Journal& journal)
      : time_(time), journal_(journal), began_(time.now()) {}

  void deduplication_asked() { ++deduplications_asked_; }
  void deduplicated() { ++deduplicated_; }

  /// Of a node between two events. Reads all that lives.
  void check(const Engine& engine);
  /// After all has come to rest.
  void check_end(const Engine& engine, const StoreReader& store);

 private:
  void check_series(const Engine& engine, const StoreReader& store, SeriesUnit unit,
                    std::size_t steps, Milliseconds step);

  const SimulatedTime& time_;
  Journal& journal_;
  const Timestamp began_;
  std::uint64_t deduplications_asked_ = 0;
  std::uint64_t deduplicated_ = 0;
};

}  // namespace godwit::simulation
