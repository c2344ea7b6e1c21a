#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"
#include "imagegen/domain/task.h"

namespace godwit::imagegen {

// The life of a task as pure functions: every rule is a row in a test's table.
//
//                     plan               sent             begin               finish
//     pending/draft --------> planned ---------> queued ---------> generating -------> done
//          ^  ^               (a due time,          ^  |               |  |
//          |  |  withdraw      no message)          |  | limit full    |  | another attempt is
//          worth it |  +-------------------------------------|--+               |  +--> retry_wait,
//          and begin again |                       waiting_limit <-----+               | |  reopen
//          | not worth it, or none left
//          +---- failed/permanent, failed/exhausted, canceled <--------+
//
// Each returns the changed task, or nullopt where the task's state does not allow the change; the
// caller saves it by compare and set. `done` is never left.

/// One call for a task, as the broker or the local worker makes it. `run` and `attempts_before` go
/// through the message's body, so that a message that was replaced is recognised.
struct Delivery {
  std::string task_id;
  std::string generation_id{};
  std::optional<int> run{};  ///< nullopt: the publisher did not say; the task's own then.
  int attempts_before = 0;   ///< Attempts made by earlier messages of the same start.
  int retried = 0;           ///< Upstash-Retried
  std::string message_id{};

  int attempt() const { return attempts_before + retried + 1; }  ///< From 1.
};

/// What a delivery finds.
enum class Arrival {
  begins,  ///< The task is waiting for it.
  done,    ///< Nothing is left to do; so with the next three.
  failed,
  canceled,    ///< Or stopped, or paused.
  superseded,  ///< A newer message has taken its place.
  running      ///< Another delivery is at work on it.
};
Arrival arrival_of(const Task& task, const Delivery& delivery, Timestamp now);

/// It has a due time and no message yet: the sender's work.
bool is_unsent(const Task& task);
/// It has a due time or is processed: what «Стоп» ends.
bool is_under_way(const Task& task);

/// pending without or with a due time: on its way to be sent. `fresh` begins to count attempts
/// anew.
std::optional<Task> plan(Task task, Timestamp due, int attempts_max, bool fresh);
/// The broker has it as `message_id`. A webhook that was faster keeps its state.
std::optional<Task> sent(Task task, int run, std::string_view message_id);
/// pending: a draft again, nothing is on its way.
std::optional<Task> withdraw(Task task);
/// pending and under way: held back by a pause, to be planned again.
std::optional<Task> hold(Task task);
/// pending: waits for the limit until `due`. With `run`, a new message was published for it.
struct NewMessage {
  int run = 0;
  std::string id;
};
std::optional<Task> wait_for_limit(Task task, Timestamp due,
                                   const std::optional<NewMessage>& message);

/// A message was published with this run for nothing: the number is used up.
std::optional<Task> skip_run(Task task, int run);

/// Takes the lease for `delivery`: only when arrival_of() says `begins`.
std::optional<Task> begin(Task task, const Delivery& delivery, Timestamp now,
                          Milliseconds lease_time);
/// generating: the image is here.
std::optional<Task> begin_saving(Task task);

/// Everything but done: an image that was paid for is kept whatever happened meanwhile.
struct Drawn {
  ImageInfo image;
  std::optional<Milliseconds> duration;
  std::optional<std::int64_t> cost_microusd;
};
std::optional<Task> finish(Task task, const Drawn& drawn, Timestamp now);

/// What becomes of a task whose attempt failed and is worth another.
enum class Afterwards {
  broker_retries,  ///< retry_wait, or exhausted after the last attempt.
  paused,          ///< Held: the generation was paused while it was drawn.
  stopped          ///< A draft: the generation was stopped meanwhile.
};
/// processing, under the lease that begin() gave: `lease_until` proves it.
std::optional<Task> fail_for_now(Task task, Timestamp lease_until, TaskError error, Timestamp now,
                                 Milliseconds next_in, Afterwards afterwards);
/// The same, where another attempt would fail as well.
std::optional<Task> fail_for_good(Task task, Timestamp lease_until, TaskError error, Timestamp now);
/// processing: gives the lease back unused, to wait for a quota until `due`.
std::optional<Task> give_back(Task task, Timestamp lease_until, TaskError error, Timestamp due,
                              const std::optional<NewMessage>& message);

/// Anything that is not final: exhausted with `error`, said by the broker or by a person.
std::optional<Task> give_up(Task task, TaskError error, Timestamp now);
/// pending: canceled by a person.
std::optional<Task> cancel(Task task, Timestamp now);
/// failed, canceled: a draft again.
std::optional<Task> reopen(Task task);
/// processing, and whoever had the lease is gone: due now.
std::optional<Task> release(Task task, Timestamp now);

/// What the broker says of a task's message.
struct BrokerWord {
  enum class State {
    unknown,  ///< It has no such message (any more).
    waiting,  ///< It will deliver it, or is at it.
    delivered,
    failed,
    canceled
  };
  State state = State::unknown;
  std::optional<Timestamp> next_delivery{};
  std::string detail{};
};
/// `state` in the log's words. Words that nobody knows are `waiting`: leave it alone.
BrokerWord::State broker_state_of(std::string_view state);

/// Comparing a task with the broker.
struct Reconciled {
  enum class Action {
    none,
    save,   ///< `task` is the changed one.
    resend  ///< Its message is gone: plan it again for now.
  };
  Action action = Action::none;
  Task task{};
};
/// How long after its due time a task may be silent before its message is looked for.
inline constexpr std::chrono::seconds silence_max{30};
Reconciled reconcile(Task task, const BrokerWord& word, Timestamp now);

}  // namespace godwit::imagegen
