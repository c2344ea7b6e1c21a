#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string>

#include "core/result.h"
#include "imagegen/generations/transitions.h"
#include "imagegen/generations/world.h"

namespace godwit::imagegen {

/// What the broker's answer means for a task.
BrokerWord word_of(const KnownMessage& message);

/// Compares tasks with the broker, whose word counts: messages in its dead letter queue, messages
/// that were cancelled there, messages that it lost.
///
/// Threads: the io_context's. The world outlives it.
class Reconciler {
 public:
  static constexpr std::size_t messages_max = 5'000;  ///< Of a label, in one look.
  static constexpr int single_looks_max = 100;        ///< At messages that the first look missed.

  /// `send(generation_id)`: something was planned and is to be sent.
  Reconciler(World& world, std::function<void(const std::string&)> send);

  /// Leases that ran out: their tasks are due again.
  Result<void> release_lapsed();
  /// One generation; with `thorough` all its messages, else those that are silent beyond their
  /// time. Sets and clears the generation's problem with the broker.
  boost::asio::awaitable<Result<void>> reconcile(std::string generation_id, bool thorough);
  /// All generations that need it.
  boost::asio::awaitable<void> round();

 private:
  boost::asio::awaitable<Result<void>> compare(const Effective& effective,
                                               const Generation& generation,
                                               std::vector<Task> tasks);

  World& world_;
  std::function<void(const std::string&)> send_;
};

}  // namespace godwit::imagegen
