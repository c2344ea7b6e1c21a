#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/filters.h"
#include "api/reader_pool.h"
#include "core/result.h"
#include "core/time.h"
#include "engine/broker.h"
#include "engine/resources.h"
#include "store/store.h"

namespace godwit {

/// How long a bulk action can be read after it ended (QStash: 7 days).
inline constexpr Milliseconds bulk_action_retention{7LL * 86'400'000};

/// Cancels what filters select, however much it is, a few messages per commit, so that delivery
/// goes on beside it. What is done so far stands in a BulkAction record with every step; an action
/// that a crash or a stop interrupts goes on at the next start.
///
/// Messages that were created after the request came are never touched.
///
/// Threads: the io_context's; messages are looked up on the readers'. Lifetime: held by a
/// shared_ptr, because actions under way hold it; the references outlive their io_context's work.
class BulkCancel : public std::enable_shared_from_this<BulkCancel> {
 public:
  struct Settings {
    std::size_t running_max = 1'000;  ///< quota_exceeded beyond.
    std::size_t active_max = 16;      ///< The others wait for one of these to end.
    /// Messages of one commit, and how long others have the loop for themselves after it: a slice
    /// takes it for some 0.3 ms, and 2,500 messages are cancelled in a second.
    std::size_t slice_size = 16;
    Milliseconds slice_pause{5};
    std::size_t selection_max = 1'000'000;  ///< Ids in memory, of one action; then it looks again.
    Milliseconds wait_max{60'000};          ///< Of those who want the outcome (QStash).
    Milliseconds total_wait_max{1'000};     ///< Of those who do not, for the total.
    Milliseconds retry_delay{1'000};        ///< After a look-up or commit that was refused.
  };

  BulkCancel(boost::asio::io_context& io, Settings settings, ReaderPool& readers, Broker& broker,
             const Store& store, const Clock& clock);

  /// Begins, or joins one with the same account and filters that is under way, and returns how it
  /// stands. Unless `selection.asynchronous`: once it has ended; then `canceled` is exact.
  /// Asynchronously: once it is durable and its `total` is known, or that takes long.
  /// Errors: quota_exceeded; rate_limited when it has not ended after wait_max (it goes on);
  /// unavailable after release() (likewise); those of the broker and of select_living().
  boost::asio::awaitable<Result<BulkAction>> cancel(AccountId account, CancelSelection selection);

  /// Goes on with what an earlier process left in progress. Once, when the broker works.
  void resume();

  /// Lets go of all who wait, now and later; actions go on.
  void release();

  /// Before the references go: nothing begins any more. What is under way stays in progress.
  void stop();

  /// Actions under way, those that wait for others among them.
  std::size_t running() const { return running_.size(); }

 private:
  /// An action under way.
  struct Action {
    AccountId account = 0;
    CancelSelection selection;
    BulkAction record;
    bool recorded = false;  // The record is durable.
    bool selected = false;  // record.total is known.
    bool ended = false;
    std::optional<Error> failed;
    std::vector<std::shared_ptr<boost::asio::steady_timer>> waiting;  // Cancelled on every change.
  };
  using ActionPtr = std::shared_ptr<Action>;

  ActionPtr begin(AccountId account, CancelSelection selection, BulkAction record);
  void start_next();
  boost::asio::awaitable<void> run(ActionPtr action);
  boost::asio::awaitable<Result<void>> work(Action& action);
  boost::asio::awaitable<Result<void>> cancel_selected(Action& action, bool& exhausted);
  boost::asio::awaitable<Result<std::size_t>> cancel_slice(const Action& action,
                                                           std::vector<MessageId> ids,
                                                           BulkAction record);
  boost::asio::awaitable<Result<std::vector<MessageId>>> select(const Action& action,
                                                                std::size_t max);
  boost::asio::awaitable<void> read_unfinished();
  boost::asio::awaitable<void> pause(Milliseconds time) const;
  template <typename Done>
  boost::asio::awaitable<bool> wait(Action& action, Milliseconds most, Done done);
  static void tell(Action& action);

  boost::asio::io_context& io_;
  const Settings settings_;
  ReaderPool& readers_;
  Broker& broker_;
  const Store& store_;
  const Clock& clock_;
  std::vector<ActionPtr> running_;
  std::deque<ActionPtr> queued_;  // Of running_, those that have not begun.
  std::size_t active_ = 0;
  bool released_ = false;
  bool stopped_ = false;
};

}  // namespace godwit
