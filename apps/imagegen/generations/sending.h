#pragma once
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "imagegen/domain/effective.h"
#include "imagegen/generations/generations.h"
#include "imagegen/generations/world.h"

namespace godwit::imagegen {

/// How long an attempt may take: the broker waits a little longer than the provider's time, and the
/// lease lasts longer than both.
Milliseconds lease_time(const AppSettings& settings);
std::chrono::seconds delivery_timeout(const AppSettings& settings);

/// The message for a task: its body names task, generation and run, nothing secret and no prompt.
/// `rate` is R of the hourly limit. Pure.
BrokerMessage message_for(const Effective& effective, const Generation& generation,
                          const Task& task, int rate, std::chrono::seconds delay);

/// How tasks are planned.
struct Planning {
  bool fresh = true;     ///< Attempts count anew.
  bool at_once = false;  ///< Not behind what others with the same limit have planned: the ledger
                         ///< holds the limit anyway.
};
/// Gives due times to `task_ids` (pending ones; others are passed over): the first at once, or
/// behind the last planned slot of the same limit key, each next one an interval later. In local
/// mode they are queued with that. One transaction. Returns how many were planned.
Result<std::size_t> plan_tasks(World& world, const Generation& generation,
                               const std::vector<std::string>& task_ids, Planning planning);

/// Hands planned tasks to the broker, in the background, in chunks of a batch.
///
/// Several generations take turns. A chunk that the broker refuses puts what is left back to draft,
/// with the reason; while the broker does not answer, it is tried again for ten minutes, which the
/// deduplication ids make safe. Threads: the io_context's.
class Sender {
 public:
  explicit Sender(World& world);
  ~Sender();

  /// Sends what the generation has planned and unsent. Call it at the moment of planning: delays
  /// on the wire are counted from this call, however long sending takes.
  void send(const std::string& generation_id);
  /// Progress of the latest sending until all was sent; nullopt: nothing to tell.
  std::optional<Sending> progress(std::string_view generation_id) const;
  /// The generation is stopped, or gone: what is left is not sent.
  void forget(std::string_view generation_id);
  void stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace godwit::imagegen
