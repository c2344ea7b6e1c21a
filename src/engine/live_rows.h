#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "core/message.h"
#include "engine/record.h"

namespace godwit {

/// A row of a message's log, told as soon as it is durable.
struct LiveRow {
  AccountId account = 0;
  /// What lists show of a message: without its headers, body, callbacks and changes.
  std::shared_ptr<const Message> message;
  std::size_t body_size = 0;
  int retried = 0;  ///< Retries made before this row.
  LogRow row;       ///< Without the response's headers and body.
};

/// More rows of one batch are left out and counted.
inline constexpr std::size_t live_rows_max = 256;

/// The rows of a batch, in their order. The span ends with the call that hands it over.
struct LiveRows {
  std::span<const LiveRow> rows;
  std::size_t left_out = 0;
};
using Watcher = std::function<void(const LiveRows&)>;

/// Keeps rows until what they tell is durable. Threads: one.
class LiveRowBuffer {
 public:
  /// `after`: the batch that makes the row durable.
  void add(std::uint64_t after, const Message& message, int retried, const LogRow& row);
  /// Hands over what is durable once `committed` is, batch by batch.
  void tell(std::uint64_t committed, const Watcher& watcher);
  bool has_some(std::uint64_t committed) const {
    return !batches_.empty() && batches_.begin()->first <= committed;
  }
  void clear() { batches_.clear(); }

 private:
  struct Batch {
    std::vector<LiveRow> rows;
    std::size_t left_out = 0;
  };
  std::map<std::uint64_t, Batch> batches_;
};

}  // namespace godwit
