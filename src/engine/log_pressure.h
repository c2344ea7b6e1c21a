#pragma once
#include <absl/container/flat_hash_map.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "core/message.h"
#include "engine/record.h"

namespace godwit {

/// That log records of an account were written without their bodies, lately.
struct LogsDegraded {
  Timestamp since;
  std::uint64_t bodies_shed = 0;  ///< Since then.
};

/// Decides what log records leave out while the disk is behind: by the bytes that wait to be
/// committed, which the engine knows without asking anybody. Bodies go first, then the headers of
/// responses; what a record then costs is about what a row of a list shows.
class LogPressure {
 public:
  /// Bodies are left out from `shed_bytes` of uncommitted bytes on, headers too from twice that on;
  /// 0: never. Each ends at half of what began it, so that a disk at its limit does not make every
  /// other record different.
  explicit LogPressure(std::size_t shed_bytes) : shed_bytes_(shed_bytes) {}

  void closed(std::uint64_t batch, std::size_t bytes);
  void committed(std::uint64_t batch);

  /// For the next record. `open_bytes`: of the batch that gathers.
  LogOmission omission(std::size_t open_bytes);

  /// A record was written without so many bodies that it would have had.
  void shed(AccountId account, std::uint64_t bodies, Timestamp now);

  /// nullopt: nothing was left out for `degraded_for`.
  std::optional<LogsDegraded> degraded(AccountId account, Timestamp now) const;
  /// Long enough for people who look now and then, and for an overview that follows once a second
  /// not to blink.
  static constexpr Milliseconds degraded_for{60'000};

  std::uint64_t bodies_shed() const { return bodies_shed_; }  ///< Of all, ever.

 private:
  struct Account {
    LogsDegraded degraded;
    Timestamp last;
  };
  std::size_t shed_bytes_;
  LogOmission omission_ = LogOmission::nothing;
  std::deque<std::pair<std::uint64_t, std::size_t>> closed_;
  std::size_t closed_bytes_ = 0;
  absl::flat_hash_map<AccountId, Account> accounts_;
  std::uint64_t bodies_shed_ = 0;
};

}  // namespace godwit
