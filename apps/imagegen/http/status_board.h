#pragma once
#include <optional>
#include <string>

#include "core/result.h"
#include "core/time.h"
#include "imagegen/generations/diagnosis.h"
#include "imagegen/generations/world.h"

namespace godwit::imagegen {

/// GET /api/status: how everything is. Made of the database at most once a second and answered from
/// memory in between, because every open page asks for it.
///
/// Threads: the io_context's. World and diagnostics outlive it.
class StatusBoard {
 public:
  static constexpr Milliseconds age_max{1'000};
  static constexpr std::size_t running_max = 50;

  StatusBoard(World& world, Diagnostics& diagnostics) : world_(world), diagnostics_(diagnostics) {}

  /// contract.ts's Status as JSON.
  Result<std::string> json();
  /// Something was changed that people expect to see at once.
  void forget() { made_.reset(); }

 private:
  Result<std::string> make(Timestamp now);

  World& world_;
  Diagnostics& diagnostics_;
  std::optional<Timestamp> made_;
  std::string json_;
};

}  // namespace godwit::imagegen
