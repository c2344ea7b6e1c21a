#pragma once
#include <string>
#include <vector>

#include "core/message.h"
#include "testing/simulation/journal.h"

namespace godwit::simulation {

/// The hosts that messages go to, each with its own way to answer.
class Destinations {
 public:
  explicit Destinations(Dice& dice);

  std::string some_url();
  std::size_t count() const { return hosts_.size(); }

  struct Answer {
    Milliseconds latency;
    AttemptResult result;
  };
  /// `calm`: nobody stalls any more.
  Answer answer(const std::string& url, int retried, bool calm);

 private:
  struct Host {
    enum class Kind { answers, fails_first, always_fails, stalls, odd } kind;
    int failures = 0;  ///< fails_first: attempts before it succeeds.
    Milliseconds latency_max;
  };
  AttemptResult odd_result();

  Dice& dice_;
  std::vector<Host> hosts_;
};

}  // namespace godwit::simulation
