#pragma once
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"

namespace godwit {

/// What a message asks of its flow control key (QStash: `Upstash-Flow-Control-Key` and `-Value`).
/// All messages of one key share its limits; the newest message's are the ones that count.
struct FlowControl {
  static constexpr std::size_t key_length_max = 256;
  static constexpr int limit_max = 1'000'000'000;         ///< Of parallelism and rate.
  static constexpr Milliseconds period_max{604'800'000};  ///< QStash: one week.

  std::string key;            ///< Empty: no flow control.
  int parallelism = 0;        ///< Attempts at once; 0: not limited.
  int rate = 0;               ///< Attempts started per period; 0: not limited.
  Milliseconds period{1000};  ///< Whole seconds, at least one.
  friend bool operator==(const FlowControl&, const FlowControl&) = default;
};

/// Reads `parallelism=5, rate=10, period=1m` in any order, blanks around the commas allowed;
/// `period` is a duration or whole seconds, `ratePerSecond=N` the old spelling of `rate=N,
/// period=1s`. `key` is taken as it is. Errors: invalid_argument, a text that names the part: an
/// unknown or doubled name, a value that is no whole number of at least 1, a period under a second,
/// of broken seconds or over a week, neither parallelism nor rate, an empty or too long key, a key
/// with control characters.
Result<FlowControl> parse_flow_control(std::string_view key, std::string_view value);

}  // namespace godwit
