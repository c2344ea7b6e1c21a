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
#include "engine/engine.h"
#include "engine/listing.h"
#include "engine/live_rows.h"
#include "store/store.h"

namespace godwit {

/// The thread that everything of the engine runs on, and its alarm clock. main.cpp wraps an
/// io_context; the simulator owns time.
class Loop {
 public:
  virtual ~Loop() = default;
  /// Runs `work` on the loop, soon. Any thread.
  virtual void post(std::function<void()> work) = 0;
  /// Replaces the one alarm: calls `alarm` on the loop at `time` or as soon as it has passed. The
  /// loop only.
  virtual void wake_at(Timestamp time, std::function<void()> alarm) = 0;
};

/// Makes attempts. `delivery/` in the program, scripted in the simulator.
class AttemptStarter {
 public:
  virtual ~AttemptStarter() = default;
  /// Begins an attempt and returns. Broker::attempt_finished() must follow, once, on the loop, not
  /// from inside start().
  virtual void start(StartAttempt attempt) = 0;
};

/// Runs an Engine against a Store: gathers what commands change into batches, commits one at a time
/// while the next gathers (so that all who wait share one fsync), and releases replies and attempts
/// once what they stand on is durable.
///
/// Durability: a reply runs only after its change is on stable storage. A failed commit calls
/// `fatal` once; no reply of that batch or a later one ever runs. Threads: all on the loop, except
/// the functions that say otherwise.
class Broker {
  class Impl;

 public:
  struct Settings {
    Milliseconds lazy_commit_time{5};          ///< How long changes that nobody waits for may ride.
    std::size_t lazy_commit_operations = 256;  ///< ... or how many of them.
    std::size_t batch_operations_max =
        1024;  ///< A batch is closed beyond this; the next one follows it.
    std::size_t batch_bytes_max = 4u << 20;
    std::size_t open_bytes_max = 64u
                                 << 20;  ///< Uncommitted bytes in all; publishes get 503 beyond.
    Milliseconds log_retention{3LL * 86'400'000};
  };

  Broker(Settings settings, Engine& engine, Store& store, const Clock& clock, Loop& loop,
         AttemptStarter& starter, std::function<void(Error)> fatal);
  ~Broker();

  /// Engine::recover() must have succeeded. Begins attempts.
  void start();

  void publish(Publish publish, Reply<PublishReceipt> reply);
  void cancel(AccountId account, MessageId id, Reply<void> reply);
  void run_now(AccountId account, MessageId id, Reply<void> reply);
  void delete_dead_letters(AccountId account, const std::vector<DeadLetterId>& ids,
                           Reply<std::size_t> reply);
  void retry_dead_letters(AccountId account, const std::vector<DeadLetterRetry>& retries,
                          Reply<std::vector<PublishReceipt>> reply);
  void rotate_signing_keys(AccountId account, SigningKeys keys_after, Reply<SigningKeys> reply);

  // The engine's commands of the same names, at the clock's time.
  void publish_all(std::vector<Publish> publishes, Reply<std::vector<PublishReceipt>> reply);
  void cancel_all(AccountId account, const std::vector<MessageId>& ids,
                  const std::optional<BulkAction>& action, Reply<std::size_t> reply);
  void upsert_queue(AccountId account, const std::string& name, std::optional<int> parallelism,
                    std::optional<bool> paused, Reply<void> reply);
  void pause_queue(AccountId account, const std::string& name, bool paused, Reply<void> reply);
  void delete_queue(AccountId account, const std::string& name, Reply<void> reply);
  std::vector<QueueInfo> queues(AccountId account) const;
  std::optional<QueueInfo> queue(AccountId account, std::string_view name) const;
  void change_flow_control(AccountId account, const std::string& key,
                           const FlowControlChange& change, Reply<void> reply);
  std::optional<FlowControlInfo> flow_control(AccountId account, std::string_view key) const;
  std::vector<FlowControlInfo> flow_controls(AccountId account,
                                             const std::vector<NamedFlowControl>& stored,
                                             std::string_view search) const;
  void put_schedule(Schedule schedule, Reply<void> reply);
  void pause_schedule(AccountId account, const std::string& id, bool paused, Reply<void> reply);
  void delete_schedule(AccountId account, const std::string& id, Reply<void> reply);
  void upsert_endpoints(AccountId account, const std::string& group,
                        const std::vector<GroupEndpoint>& endpoints, Reply<void> reply);
  void remove_endpoints(AccountId account, const std::string& group,
                        const std::vector<GroupEndpoint>& endpoints, Reply<void> reply);
  void set_group_headers(AccountId account, const std::string& group, Headers headers,
                         Reply<void> reply);
  void delete_group(AccountId account, const std::string& group, Reply<void> reply);

  /// Reads one message, living or ended a moment ago. Errors: not_found, unavailable, corrupt.
  Result<std::shared_ptr<const Message>> find(AccountId account, MessageId id);
  SigningKeys signing_keys(AccountId account) const;
  /// What list_log() must know beside a snapshot that is taken right after it.
  LivingMessages living(const LogQuery& query) const;

  Waiting waiting(const LivingMessage& living, std::size_t looks_max) const;
  WaitingPlaces waiting_places(const keys::ListName& name, std::size_t max) const;

  std::optional<LogsDegraded> logs_degraded(AccountId account) const;

  /// Log rows before this have expired, whether their files are gone yet or not.
  Timestamp log_begin() const;

  void attempt_finished(MessageId id, std::uint64_t attempt, AttemptResult result);

  /// Ends with the call that destroys it, also from inside a watcher. May outlive the Broker.
  class Watch {
   public:
    Watch() = default;
    Watch(Watch&&) noexcept = default;
    Watch& operator=(Watch&& other) noexcept;
    ~Watch();

   private:
    friend class Broker;
    std::weak_ptr<Impl> impl_;
    std::uint64_t number_ = 0;
  };
  /// From now on `watcher` is told what happens to messages of every account, on the loop, once it
  /// is durable (live_rows.h). It must return soon: deliveries wait for it. Without a watcher
  /// nothing is gathered.
  Watch watch(Watcher watcher);

  /// No further attempt begins; publishes fail with unavailable. `drained` runs when none is in
  /// flight and all is durable, or when `deadline` has passed.
  void drain(Timestamp deadline, std::function<void()> drained);

  EngineStats stats() const;
  // The engine's of the same names, at the clock's time.
  AccountNumbers numbers(AccountId account) const;
  Backlog backlog() const;
  const AttemptTimes& attempt_times() const;
  SeriesEdge series_edge(AccountId account) const;

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace godwit
