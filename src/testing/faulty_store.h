#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "store/store.h"

namespace godwit {

/// A Store whose disk fails on request; every call that may pass goes to another Store, which
/// outlives it.
///
/// It keeps the contract of a store that failed: after a failed commit every later commit and read
/// fails with `unavailable`. Whether the changes of the failed commit are durable is the test's
/// choice, as the contract leaves it open. A read that fails does so once, and the next one works.
/// Calls are counted from the request, snapshots of it included. Threads: as Store says, requests
/// from any.
class FaultyStore final : public Store {
 public:
  enum class Durability : std::uint8_t { lost, kept };

  explicit FaultyStore(Store& base);
  ~FaultyStore() override;

  /// The n-th commit from now on fails, n >= 1, and with it everything after.
  void fail_commit(std::uint64_t n, Durability durability = Durability::lost);
  /// The n-th get from now on fails with `code`.
  void fail_get(std::uint64_t n, ErrorCode code = ErrorCode::unavailable);
  /// The n-th scan from now on fails with `code` after it visited `visited` keys, or all it has.
  void fail_scan(std::uint64_t n, std::uint64_t visited = 0,
                 ErrorCode code = ErrorCode::unavailable);
  /// Everything from now on fails.
  void fail_everything();

  std::uint64_t commits() const;  ///< So far, failed ones included.

  Result<std::optional<std::string>> get(Space space, std::string_view key) const override;
  Result<void> scan(Space space, const KeyRange& range, Direction direction,
                    const ScanVisitor& visit) const override;
  void commit(WriteBatch batch, CommitDone done) override;
  std::unique_ptr<StoreReader> snapshot() const override;
  Result<void> drop_range(Space space, const KeyRange& range) override;
  Usage usage() const override;

 private:
  class Snapshot;
  struct ScanFault {
    std::uint64_t visited;
    ErrorCode code;
  };

  Result<void> check() const;
  Result<std::optional<std::string>> get_from(const StoreReader& reader, Space space,
                                              std::string_view key) const;
  Result<void> scan_from(const StoreReader& reader, Space space, const KeyRange& range,
                         Direction direction, const ScanVisitor& visit) const;

  Store& base_;
  mutable std::mutex mutex_;  // Guards all below.
  bool failed_ = false;
  std::uint64_t commits_ = 0;
  std::uint64_t commit_countdown_ = 0;
  Durability durability_ = Durability::lost;
  mutable std::uint64_t get_countdown_ = 0;
  ErrorCode get_code_ = ErrorCode::unavailable;
  mutable std::uint64_t scan_countdown_ = 0;
  ScanFault scan_fault_{};
};

}  // namespace godwit
