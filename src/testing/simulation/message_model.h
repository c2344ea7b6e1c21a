#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "engine/listing.h"
#include "testing/simulation/journal.h"
#include "testing/simulation/lives.h"

namespace godwit::simulation {

/// One attempt as the destination saw it.
struct Arrival {
  Timestamp started;
  std::uint64_t node = 0;
  int retried = 0;
  std::optional<Timestamp> finished;
  int status = 0;
  bool delivered = false;
  bool dead_lettered = false;
  bool last = false;    ///< What it brought ends the message.
  Timestamp due_after;  ///< After a failure: when the next may come.
  /// A cancel stood against it, and nobody knows whether it came first.
  bool cancel_is_unsure = false;
  /// It ends the message by such a cancel only: without one, a retry follows.
  bool last_is_unsure = false;
};

/// What the model knows of one message.
struct Known {
  std::string queue;
  std::string flow_key;
  bool has_callback = false;
  bool has_failure_callback = false;
  Timestamp not_before;
  Timestamp published;
  std::vector<Arrival> arrivals;
  std::uint64_t cancel_asked_of = 0;  ///< By which node, 0: by none. It may be cancelled then: a
                                      ///< crash can take the answer away.
  bool cancel_is_unsure = false;      ///< Nobody knows whether the cancel was meant for it.
  bool canceled = false;              ///< A cancel was acknowledged...
  Timestamp canceled_at;              ///< ... then.
  bool acknowledged = false;
  bool run_now_asked = false;
  bool left_dead_letters = false;  ///< Its dead letter was retried or deleted.
  bool was_dead_letter = false;    ///< It is the retry of one.

  bool cancel_asked() const { return cancel_asked_of != 0; }
};

/// Where a message stands, as far as its destination can tell.
enum class Stand {
  waiting,  ///< No attempt has been made.
  busy,     ///< Attempted, and it goes on: an answer or a retry is awaited.
  ended,
  unsure  ///< A cancel may have ended it.
};

/// The promises about each message: never early, never two attempts at once, none after an
/// acknowledged cancel or delivery, exactly one end for what was acknowledged.
class MessageModel {
 public:
  MessageModel(const SimulatedTime& time, Journal& journal, const Lives& lives)
      : time_(time), journal_(journal), lives_(lives) {}

  /// A publish was acknowledged that was asked for at `asked`.
  Known& accepted(MessageId id, const Message& message, Timestamp asked);
  /// An attempt arrives. The index of its arrival; 0 for a message that was never attempted.
  std::size_t started(const StartAttempt& attempt);
  void answered(MessageId id, std::size_t arrival, const Message& message,
                const AttemptResult& result);

  /// Whoever watches is told of a row: it must be in the log at the end, whatever crashes.
  void told_live(const LiveRow& row);

  void cancel_asked(MessageId id);
  void cancel_done(MessageId id);

  Known& at(MessageId id) { return known_[id]; }
  const Known* find(MessageId id) const;
  const std::map<MessageId, Known>& all() const { return known_; }
  Stand stand(const Known& known) const;
  bool result_may_be_lost(const Arrival& arrival) const;
  /// Each number of retries with its last attempt: an earlier one's result was lost.
  static std::map<int, const Arrival*> effective(const Known& known);

  /// After all has come to rest.
  void check_end(const StoreReader& store, const std::vector<DeadLetterEntry>& dead_letters);

 private:
  void check_arrival(MessageId id, const Known& known, int retried);
  /// The whole history of a message stands in the log, legal and with one end.
  void check_rows(MessageId id, const Known& known, const std::vector<LogRow>& rows);

  const SimulatedTime& time_;
  Journal& journal_;
  const Lives& lives_;
  std::map<MessageId, Known> known_;
  std::map<std::pair<MessageId, LogState>, std::size_t> told_live_;
};

/// Paging through the whole log gives each row once, in order.
void check_pages(const StoreReader& store, Dice& dice, Journal& journal);

}  // namespace godwit::simulation
