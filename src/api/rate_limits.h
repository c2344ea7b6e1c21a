#pragma once
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "core/message.h"
#include "core/time.h"

namespace godwit {

/// Counts what each account does, for installations that bound it. Counts are in memory: a restart
/// forgets them. Threads: one.
class RateLimits {
 public:
  struct Limits {
    std::uint64_t messages_per_day = 0;  ///< UTC days; 0: not limited.
    std::uint64_t requests_per_second = 0;
  };
  explicit RateLimits(Limits limits) : limits_(limits) {}

  /// Why something may not be done now.
  struct Exceeded {
    std::uint64_t limit = 0;
    Timestamp reset;  ///< From then on it may. Whole seconds.
  };

  /// Counts a request that does not publish; refused ones do not count.
  std::optional<Exceeded> request(AccountId account, Timestamp now);

  /// Whether the day has no message left. A request that begins before is carried out whole.
  std::optional<Exceeded> messages(AccountId account, Timestamp now) const;
  void published(AccountId account, std::uint64_t messages, Timestamp now);

 private:
  struct Window {
    Timestamp begin;
    std::uint64_t count = 0;
  };
  const Limits limits_;
  std::unordered_map<AccountId, Window> days_, seconds_;  // One for each account that has tokens.
};

}  // namespace godwit
