#pragma once
#include <utility>
#include <vector>

#include "engine/broker.h"

namespace godwit {

/// Keeps every attempt that the engine starts, for a test to finish.
class HeldAttempts final : public AttemptStarter {
 public:
  void start(StartAttempt attempt) override { started.push_back(std::move(attempt)); }
  std::vector<StartAttempt> started;
};

}  // namespace godwit
