#pragma once
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>

#include "imagegen/domain/task.h"
#include "imagegen/generations/transitions.h"
#include "imagegen/generations/world.h"

namespace godwit::imagegen {

/// How an attempt ended.
struct AttemptEnd {
  enum class Kind {
    done,           ///< The image is stored.
    nothing_to_do,  ///< The task is final already, stopped, or has a newer message: `code` tells.
    running,        ///< Another one is at work: again in `after`.
    postponed,      ///< The limit is used up: a new message was published (or, locally, a new time
                    ///< set), this one has ended.
    retry,          ///< Failed for now: again in `after`.
    refused,        ///< Failed for good.
    exhausted,      ///< Failed, and it was the last attempt.
    unavailable     ///< It could not even begin: again in `after`.
  };
  Kind kind = Kind::unavailable;
  std::string code;
  std::string message;
  std::optional<Milliseconds> after;  ///< nullopt: the broker's own wait.
  std::optional<Task> task;           ///< As it is now.
};

/// Makes attempts at tasks: the one place that takes leases, writes the ledger of calls and calls
/// providers, for the webhook as for the local worker.
///
/// The lease and the ledger's row are one transaction, which refuses what would pass the hourly
/// limit: in any 3,600 s there are never more calls of a key than it allows, whatever was planned
/// and however often the process was restarted. Short waits for the limit are made here, longer
/// ones by a new message.
///
/// Threads: the io_context's.
class Attempts {
 public:
  static constexpr std::chrono::seconds short_wait_max{20};
  static constexpr std::size_t short_waits_max = 200;  ///< At a time; more are postponed.

  explicit Attempts(World& world);
  ~Attempts();

  boost::asio::awaitable<AttemptEnd> run(Delivery delivery);
  void stop();  ///< Ends the waits for the limit.

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace godwit::imagegen
