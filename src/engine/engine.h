#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/deduplication.h"
#include "core/message.h"
#include "core/result.h"
#include "core/retry.h"
#include "engine/keys.h"
#include "engine/listing.h"
#include "engine/live_rows.h"
#include "engine/log_pressure.h"
#include "engine/record.h"
#include "engine/resources.h"
#include "engine/statistics.h"
#include "engine/waiting.h"
#include "store/store.h"

namespace godwit {

/// How a command is answered: once, after its change is durable.
template <typename T>
using Reply = std::move_only_function<void(Result<T>)>;

struct Publish {
  Message message;  ///< id and created are the engine's to give; not_before in the past means now.
  std::optional<DeduplicationKey> deduplication;
  /// From its creation on, which may be a while after it was asked for (a batch); 0: not_before
  /// counts.
  Milliseconds delay{0};
};
struct PublishReceipt {
  MessageId id;
  bool deduplicated = false;  ///< `id` is the earlier message's; nothing was published.
};

/// Takes the entry's message, lets `change` alter the copy, publishes it as a new message and
/// removes the entry. The new message knows what it was and what of it changed
/// (Message::replay_of); replayed_as() answers for the old one.
struct DeadLetterRetry {
  DeadLetterId id;
  std::function<void(Message&)> change;  ///< Not empty.
};

struct SigningKeys {
  std::string current;
  std::string next;
};

/// Begin this attempt. `message` is whole.
struct StartAttempt {
  std::shared_ptr<const Message> message;
  int retried = 0;
  std::uint64_t attempt = 0;  ///< Hand it back with the result.
};

struct EngineSettings {
  Milliseconds horizon{60'000};  ///< Messages due later are not in memory.
  std::size_t near_max =
      1'000'000;  ///< Messages in memory (about 100 bytes each); later ones wait in the store.
  std::size_t cache_bytes_max = 64u << 20;  ///< Fresh messages that need not be read back.
  std::size_t in_flight_max = 1'024;        ///< Attempts, in all.
  std::size_t in_flight_per_host_max = 256;
  std::size_t in_flight_per_account_max = 1'024;
  std::size_t log_response_body_max =
      4096;  ///< Of a failed attempt's response, in its log row; the dead letter queue keeps all.
  std::size_t log_delivered_response_max =
      1024;  ///< Of a delivered attempt's: its headers together, and its body; 0 keeps none.
  /// Uncommitted bytes from which on the log goes without bodies, and from twice that on without
  /// the headers of responses (log_pressure.h); 0: never.
  std::size_t log_shed_bytes = 16u << 20;
  Milliseconds deduplication_window{600'000};  ///< QStash: 10 minutes.
  Milliseconds dead_letter_retention{30LL * 86'400'000};
  Milliseconds ended_readable{60'000};       ///< How long GET finds a message after it ended.
  std::uint64_t disk_free_min = 256u << 20;  ///< Publishes get `unavailable` below.

  std::size_t queues_max = 100'000;     ///< Per account; quota_exceeded beyond.
  std::size_t schedules_max = 50'000;   ///< Per account.
  std::size_t url_groups_max = 10'000;  ///< Per account.
  std::size_t endpoints_max = 2'000;    ///< Per URL group.
  /// Messages of one queue, or waiting for one flow control key, that are in memory; the others
  /// wait in the store, in order.
  std::size_t list_window_max = 1'000;
  std::size_t listed_in_memory_max = 250'000;  ///< The same, of all queues and keys together.
  /// A flow control key without use is forgotten after this. Messages that then still wait in a
  /// queue bring their own limits back; those delayed keep it from being forgotten.
  Milliseconds flow_control_idle{3'600'000};
  Milliseconds bulk_action_retention{7LL *
                                     86'400'000};  ///< QStash: 7 days, once they are completed.
  std::size_t callback_body_max = 1u << 20;        ///< Of the response, in a callback's body.
  /// A run that came due while the process was down: made once, late, when true; else left out. Of
  /// several missed runs only the last one counts.
  bool run_missed_schedules = true;
};

struct EngineStats {
  std::uint64_t published = 0, deduplicated = 0, attempts = 0, delivered = 0, retried = 0,
                dead_lettered = 0, canceled = 0;
  std::uint64_t corrupt = 0;    ///< Records that could not be read and were left where they are.
  std::uint64_t near = 0;       ///< Messages in memory.
  std::uint64_t in_flight = 0;  ///< Attempts under way.
  std::uint64_t ready = 0;      ///< Due, waiting for a slot.
  std::uint64_t log_bodies_shed = 0;  ///< Left out of the log under load.
  std::uint64_t commits = 0;          ///< Filled by the Broker, like commit_operations.
  std::uint64_t commit_operations = 0;
};

/// The deterministic heart: `(state, command, now) -> (changes, effects)`. Opens no socket, reads
/// no clock, writes no disk, and draws no randomness but from `seed`. Reads committed state through
/// `store`, and its own uncommitted changes before that.
///
/// Commands change memory at once and add to the open batch; take() closes it. The caller commits
/// batches in order, calls committed(), and then releases what waited for it. Threads: one.
class Engine {
 public:
  Engine(EngineSettings settings, const Store& store, std::uint64_t seed);
  ~Engine();

  /// Loads what a former process left. Errors: unavailable, corrupt.
  Result<void> recover(Timestamp now);

  /// What an account signs with; must be set for every account before its first attempt (not
  /// durable: rotations are).
  void set_signing_keys(AccountId account, SigningKeys keys);
  SigningKeys signing_keys(AccountId account) const;
  /// What rotation made durable, or nullopt. Call after recover().
  Result<std::optional<SigningKeys>> stored_signing_keys(AccountId account) const;

  /// A message with a queue joins it; a queue that does not exist is made (quota_exceeded).
  void publish(Publish publish, Timestamp now, Reply<PublishReceipt> reply);
  /// All of them or none, in one batch: the endpoints of a URL group. Receipts in order.
  void publish_all(std::vector<Publish> publishes, Timestamp now,
                   Reply<std::vector<PublishReceipt>> reply);
  void cancel(AccountId account, MessageId id, Timestamp now, Reply<void> reply);
  void run_now(AccountId account, MessageId id, Timestamp now, Reply<void> reply);
  void delete_dead_letters(AccountId account, const std::vector<DeadLetterId>& ids, Timestamp now,
                           Reply<std::size_t> reply);
  void retry_dead_letters(AccountId account, const std::vector<DeadLetterRetry>& retries,
                          Timestamp now, Reply<std::vector<PublishReceipt>> reply);
  void rotate_signing_keys(AccountId account, SigningKeys keys_after, Timestamp now,
                           Reply<SigningKeys> reply);
  /// As many cancels as there are ids, in one batch; unknown ids do not count, nor those whose
  /// cancel was asked for before. The reply is how many were cancelled; `action`, if given, is
  /// written in the same batch with that many more `canceled`.
  void cancel_all(AccountId account, const std::vector<MessageId>& ids,
                  const std::optional<BulkAction>& action, Timestamp now, Reply<std::size_t> reply);

  /// Makes the queue or changes what is given. Errors: quota_exceeded.
  void upsert_queue(AccountId account, const std::string& name, std::optional<int> parallelism,
                    std::optional<bool> paused, Timestamp now, Reply<void> reply);
  /// Errors: not_found.
  void pause_queue(AccountId account, const std::string& name, bool paused, Timestamp now,
                   Reply<void> reply);
  /// Its undelivered messages are cancelled, attempts under way end. No error when there is none.
  void delete_queue(AccountId account, const std::string& name, Timestamp now, Reply<void> reply);
  std::vector<QueueInfo> queues(AccountId account) const;  ///< In no order.
  std::optional<QueueInfo> queue(AccountId account, std::string_view name) const;

  /// Pausing and pinning make an unknown key. Errors: not_found for the other changes.
  void change_flow_control(AccountId account, const std::string& key,
                           const FlowControlChange& change, Timestamp now, Reply<void> reply);
  /// nullopt: unknown.
  std::optional<FlowControlInfo> flow_control(AccountId account, std::string_view key,
                                              Timestamp now) const;
  /// How those of `stored` stand (list_flow_controls() of a store of now), and those that are not
  /// in the store yet and contain `search`; by key.
  std::vector<FlowControlInfo> flow_controls(AccountId account,
                                             const std::vector<NamedFlowControl>& stored,
                                             std::string_view search, Timestamp now) const;

  /// Makes or overwrites (`created` and the pause of an earlier one stay).
  /// `schedule.message.account` is the owner. Its cron must parse. Errors: quota_exceeded.
  void put_schedule(Schedule schedule, Timestamp now, Reply<void> reply);
  /// Errors: not_found.
  void pause_schedule(AccountId account, const std::string& id, bool paused, Timestamp now,
                      Reply<void> reply);
  void delete_schedule(AccountId account, const std::string& id, Timestamp now, Reply<void> reply);

  /// Endpoints are found again by name if they have one, else by URL; a new group is made. Errors:
  /// quota_exceeded.
  void upsert_endpoints(AccountId account, const std::string& group,
                        const std::vector<GroupEndpoint>& endpoints, Timestamp now,
                        Reply<void> reply);
  /// By name or by URL, whichever is given; unknown ones are passed over; with its last endpoint
  /// the group goes. Errors: not_found for the group.
  void remove_endpoints(AccountId account, const std::string& group,
                        const std::vector<GroupEndpoint>& endpoints, Timestamp now,
                        Reply<void> reply);
  /// Replaces all default headers. Errors: not_found.
  void set_group_headers(AccountId account, const std::string& group, Headers headers,
                         Timestamp now, Reply<void> reply);
  /// No error when there is none.
  void delete_group(AccountId account, const std::string& group, Timestamp now, Reply<void> reply);
  void attempt_finished(MessageId id, std::uint64_t attempt, AttemptResult result, Timestamp now);

  /// Moves time on: what has become due is started as slots allow; housekeeping.
  void tick(Timestamp now);
  /// When tick() has something to do next.
  Timestamp next_tick() const;
  /// No attempt starts any more.
  void stop_starting();

  Result<std::shared_ptr<const Message>> find(AccountId account, MessageId id, Timestamp now) const;
  /// What list_log() must know beside a snapshot of now. Takes time for what is in flight and a few
  /// thousand ids, however much lives.
  LivingMessages living(const LogQuery& query) const;

  /// Why a message that a snapshot has as living waits, from memory, as of now. Its position is
  /// told when at most `looks_max` stand before it; a look costs some 20 ns.
  Waiting waiting(const LivingMessage& living, std::size_t looks_max, Timestamp now) const;
  /// Who stands in a list, the first `max` of them. An unknown list is empty.
  WaitingPlaces waiting_places(const keys::ListName& name, std::size_t max, Timestamp now) const;

  /// nullopt: the account's log is whole.
  std::optional<LogsDegraded> logs_degraded(AccountId account, Timestamp now) const;

  /// An effect that may be released once the batch `after` is durable.
  struct Effect {
    std::uint64_t after = 0;
    std::move_only_function<void()> reply;  ///< Or, when empty:
    StartAttempt start;
  };
  struct Step {
    std::uint64_t sequence = 0;  ///< 1, 2, 3...
    WriteBatch batch;
  };

  bool has_changes() const;  ///< The open batch holds something.
  std::size_t open_operations() const;
  std::size_t open_bytes() const;
  bool somebody_waits() const;  ///< An effect waits for the open batch.
  Step take();                  ///< Closes the open batch and opens the next one.
  std::vector<Effect> take_effects();
  void committed(std::uint64_t sequence);

  /// Whether rows are gathered for tell_live_rows(); those gathered are forgotten at the end.
  void watch(bool watched);
  /// The batches that are durable; see live_rows.h.
  void tell_live_rows(const Watcher& watcher);
  bool has_live_rows() const;

  /// Those that set_signing_keys() or a rotation named.
  std::vector<AccountId> accounts() const;

  /// Set once a read failed: the process must stop and recover.
  const std::optional<Error>& failure() const;

  EngineStats stats() const;

  /// How an account stands; zeros for one that nothing is known of. Takes no more time with more
  /// messages, queues or keys.
  AccountNumbers numbers(AccountId account, Timestamp now) const;
  /// Of all accounts.
  Backlog backlog() const;
  const AttemptTimes& attempt_times() const;
  /// What read_series() must know beside a snapshot that is taken right after it.
  SeriesEdge series_edge(AccountId account) const;
  /// For tests: counts all that lives anew and says what is kept otherwise; empty: nothing.
  std::string check_statistics() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace godwit
