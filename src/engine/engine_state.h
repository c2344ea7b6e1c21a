#pragma once
#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/cron.h"
#include "engine/account_statistics.h"
#include "engine/engine.h"
#include "engine/lanes.h"
#include "engine/live_rows.h"
#include "engine/uncommitted.h"
#include "engine/waiting_list.h"

namespace godwit {

/// The engine's memory and the rules that change it; engine.h tells what each command means. Files:
/// engine_state.cpp holds the life of a message up to its attempts, engine_endings.cpp what becomes
/// of it then, engine_records.cpp its records, engine_commands.cpp what people ask for,
/// engine_time.cpp what time brings; queues, flow control, schedules and groups have files of their
/// names.
class Engine::Impl {
 public:
  Impl(EngineSettings settings, const Store& store, std::uint64_t seed);

  /// This process's one partition: nothing of this version hashes to a partition of its own yet
  /// (queues and flow control keys will), and a message of neither may live in any.
  static constexpr std::uint16_t partition = 0;

  /// A message in memory: due within the horizon, or being attempted.
  struct Near {
    enum class State : std::uint8_t {
      waiting,  ///< For its time.
      listed,   ///< In the window of its queue's or its flow control key's list.
      ready,    ///< In a lane, with a permit of its flow control key if it has one.
      held,     ///< On in its queue and due, but the queue is paused.
      active
    };
    State state = State::waiting;
    Space space = Space::hot;  ///< Where its record stands: hot or cold.
    /// Counts in AccountStatistics::late_retries; not known of those that came into a list's window
    /// from the store, until their record is read.
    bool late_retry = false;
    Lanes::LaneId lane = 0;  ///< Valid when ready or active.
    Timestamp due;
    std::uint64_t written = 0;  ///< The batch of its newest record; 0: committed long ago.
    std::shared_ptr<MessageRecord> record;  ///< Null: read it back when it is needed.
  };

  /// An attempt under way.
  struct Active {
    std::uint64_t attempt = 0;
    bool cancel_requested = false;
    std::uint64_t flow_epoch = 0;  ///< FlowKey::epoch when it started.
    Milliseconds lateness{0};      ///< See StatisticsStep.
    std::vector<LogRow> rows;      ///< Not in the record yet.
  };

  /// Of an account.
  using Name = std::pair<AccountId, std::string>;

  struct Queue {
    explicit Queue(const Name& queue)
        : name(queue), list({keys::List::queue, queue.first, queue.second}) {}
    /// Who is on: at most `parallelism` messages, each from its admission until it and the
    /// callbacks of its attempts have ended.
    struct Slot {
      bool living = false;
      int callbacks = 0;
    };
    Name name;
    QueueRecord record;
    WaitingList list;
    absl::flat_hash_map<MessageId, Slot> slots;
    std::vector<MessageId> held;  ///< Admitted and due, but the queue is paused.
    std::uint64_t lag = 0;        ///< Living messages.
    std::uint64_t purging = 0;   ///< Of those before record.purge_until, which do not count as lag.
    Timestamp newest;            ///< Nothing is accepted with an earlier creation time.
    std::uint64_t skipped = 0;   ///< The batch in which a message was last cancelled.
    bool marked = false;         ///< Stands in to_admit_.
    std::uint64_t admitted = 0;  ///< Living slots.
    std::uint64_t held_living = 0;  ///< Of those, the held ones.
    // What recount() told the account last.
    std::uint64_t counted = 0;
    std::uint64_t counted_paused = 0;
  };

  struct FlowKey {
    explicit FlowKey(const Name& key)
        : name(key), list({keys::List::flow_control, key.first, key.second}) {}
    Name name;
    FlowControlRecord record;
    WaitingList list;
    std::uint64_t waiting = 0;  ///< In the list, window and store.
    int granted = 0;            ///< In lanes, with a permit.
    int in_flight = 0;          ///< Attempts that count against the parallelism.
    int active = 0;             ///< Attempts, also those that people reset in_flight about.
    std::uint64_t epoch = 0;    ///< Grows when people reset in_flight.
    std::uint64_t written = 0;  ///< The batch of its newest record.
    Timestamp wakes;            ///< Its timer; 1970: none.
    Timestamp last_used;
    bool dirty = false;   ///< Its record changed since it was last put.
    bool marked = false;  ///< Stands in to_pump_.
    // What recount() told the account last.
    std::uint64_t counted = 0;
    AccountStatistics::Listed counted_as = AccountStatistics::Listed::slot;

    int parallelism() const { return record.pinned_parallelism.value_or(record.parallelism); }
    int rate() const { return record.pinned_rate.value_or(record.rate); }
    Milliseconds period() const {
      return record.pinned_rate ? record.pinned_period : record.period;
    }
  };

  struct ScheduleEntry {
    Cron cron;
    Timestamp next;  ///< max(): none.
    bool paused = false;
  };

  using NearMap = absl::flat_hash_map<MessageId, Near>;
  using Record = std::shared_ptr<MessageRecord>;

  // engine_state.cpp: the life of a message up to its attempts.
  MessageId next_id(Timestamp created);
  /// What keeps a new message out; nothing is changed.
  Result<void> check_room(const Message& message) const;
  Result<PublishReceipt> publish(Publish publish, Timestamp now);
  /// Takes a new message in: into memory and `hot` when it is due soon, else into `cold`.
  /// `id`: drawn by next_id(now) before; for messages of no queue.
  MessageId accept(Message message, Timestamp now, std::optional<MessageId> id = {});
  void add_row(MessageRecord& record, LogState state, Timestamp now, Timestamp next = {});
  /// Those who watch are told the rows of the record from `first` on, once the open batch is
  /// durable.
  void show_rows(const MessageRecord& record, std::size_t first);
  /// Its time has come: into a lane, or into its flow control key's list. The entry may be gone
  /// afterwards.
  void make_ready(MessageId id, Near& near, Timestamp now);
  /// `turn`: since when nothing but a free slot holds it back.
  void enter_lane(MessageId id, Near& near, const Message& message, Timestamp turn);
  /// It is due, but its queue is paused.
  void hold(Queue& queue, MessageId id, Near& near);
  void wait_until(MessageId id, Near& near, Timestamp due);
  /// Admits, permits and starts what may go on. Ends every command.
  void start_ready(Timestamp now);
  void start_from_lanes(Timestamp now);
  bool stays_in_memory(const Message& message) const {
    return !message.queue.empty() || !message.blocks_queue.empty();
  }
  /// Entries that count against near_max: those in lists have a bound of their own.
  std::size_t near_load() const { return near_.size() - listed_; }

  // engine_endings.cpp: what becomes of it.
  /// The last row stands in the record: logs it, takes the message out of the store and of its
  /// queue.
  void end(MessageId id, Space space, Record record);
  /// Instead of a further attempt: a cancel was acknowledged while one ran, and a crash ended that
  /// attempt. The record is loaded.
  void end_canceled(MessageId id, Near& near, Timestamp now);
  void settle(MessageId id, NearMap::iterator entry, Active active, AttemptResult result,
              Timestamp now);
  void count_attempt(AccountStatistics& statistics, const Active& active,
                     const AttemptResult& result);
  DeadLetterId dead_letter(const MessageRecord& record, const std::string& reason,
                           const AttemptResult& result, Timestamp now);
  enum class Canceled : std::uint8_t {
    now,
    before,    ///< Asked for already; its attempt is still under way.
    not_found  ///< Or another account's, or ended.
  };
  Canceled cancel(AccountId account, MessageId id, Timestamp now);
  /// Takes an entry that is not active out of memory and of the list or lane it stands in. The
  /// record is the entry's own now.
  Record take_out(NearMap::iterator entry);

  // engine_records.cpp: keys and records.
  void put_hot(MessageId id, Near& near, Record record, bool body_is_new);
  /// Puts the record, and its body apart when it is large and new. Returns the record's bytes.
  std::string put_record(MessageId id, Space space, MessageRecord& record, bool body_is_new);
  /// Into `cold`, out of memory, under a key in `due` at `due_key`.
  void put_cold(MessageRecord& record, Timestamp due, Timestamp due_key, bool body_is_new);
  /// Into `cold` and the list's keys, out of memory.
  void put_listed(WaitingList& list, MessageRecord& record, bool body_is_new);
  void put_cold_record(MessageRecord& record, bool body_is_new);
  /// Where a record stands in the list that it waits in.
  static keys::Place place_of(const MessageRecord& record);
  /// Takes the record's keys away, whichever they are.
  void erase_record(const MessageRecord& record, Space space, bool with_body);
  /// Moves the record's rows to the log.
  void flush_rows(MessageRecord& record, bool ended);
  /// Puts and erases where the engine reads its own changes back.
  void put(Space space, std::string_view key, std::string value);
  void erase(Space space, std::string_view key);

  // Reading records.
  /// nullopt: there is none. Sets failure_ when the store does.
  std::optional<std::string> read(Space space, std::string_view key);
  std::optional<std::string> read_past(Space space, std::string_view key) const;
  /// The record of a message in memory, from its cache or the store; null when it cannot be read:
  /// failure_ or corrupt.
  Record load(MessageId id, Near& near);
  Record decode(MessageId id, std::string_view bytes);
  void cache(MessageId id, Near& near, Record record);
  /// Takes a loaded record out of memory's entry, to change it: the entry's own if nobody else
  /// holds it, else a copy.
  Record take_record(Near& near);

  // engine_queues.cpp
  Queue* find_queue(AccountId account, std::string_view name) const;
  /// Made when there is none.
  Queue& queue_of(AccountId account, std::string_view name, Timestamp now);
  void put_queue(const Queue& queue);
  void pause(Queue& queue, bool paused, Timestamp now);
  static QueueInfo info_of(const Queue& queue);
  void mark(Queue& queue);
  void admit(Queue& queue, Timestamp now);
  void leave_queue(const Message& message);
  /// A message is cancelled: what stands behind it in its queue starts only once that is durable.
  /// Else a crash could bring it back after its successors.
  void skip_in_queue(const Message& message);
  void callback_ended(const Message& message);
  std::size_t queues_of(AccountId account) const;
  /// A deleted queue's messages in the store are cancelled a few at a time.
  void purge_queues(Timestamp now);
  bool purge(Queue& queue, Timestamp now);
  void forget_if_gone(Queue& queue);

  /// Brings more of a list from the store into memory, when it runs low.
  void refill(WaitingList& list);
  struct StoredPlaces {
    std::vector<keys::Place> places;
    std::optional<keys::Place> next;  ///< The first that was not read; nullopt: that was all.
  };
  StoredPlaces read_places(const WaitingList& list, std::size_t max);
  void recover_lists();
  bool window_has_room(const WaitingList& list, const keys::Place& place) const {
    return list.fits(place, settings_.list_window_max) &&
           (listed_ < settings_.listed_in_memory_max || list.window().empty());
  }
  void enlist(WaitingList& list, const keys::Place& place, Near& near);

  // engine_flow.cpp: flow control.
  FlowKey* find_flow(AccountId account, std::string_view key) const;
  FlowKey& flow_of(AccountId account, std::string_view key, Timestamp now);
  std::optional<FlowControlRecord> stored_flow(AccountId account, std::string_view key);
  void configure(FlowKey& flow, const FlowControl& wanted);
  /// Its record is put when the batch closes.
  void changed(FlowKey& flow);
  void mark(FlowKey& flow);
  /// A message will come back at `due`: the key is not forgotten before, nor soon after.
  void keep_until(FlowKey& flow, Timestamp due);
  /// The windows that have passed are over. False: none has.
  static bool roll(FlowControlRecord& record, Milliseconds period, Timestamp now);
  static bool has_permit(const FlowKey& flow, int granted);
  void pump(FlowKey& flow, Timestamp now);
  void wake_at_window_end(FlowKey& flow);
  void wake_flows(Timestamp now);
  void join(FlowKey& flow, MessageId id, Near& near, Timestamp now);
  /// At the start of an attempt: uses the permit. False: it is no longer good, the message is back
  /// in the list.
  bool use_permit(FlowKey& flow, MessageId id, Near& near, Timestamp now);
  void attempt_left(const Message& message, const Active& active);
  void put_dirty_flows();
  void forget_idle_flows(Timestamp now);
  void sweep_stored_flows(Timestamp now);
  static FlowControlInfo info_of(const std::string& key, FlowControlRecord record,
                                 const FlowKey* flow, Timestamp now);

  // engine_waiting.cpp
  Waiting waiting(const LivingMessage& living, std::size_t looks_max, Timestamp now) const;
  /// Whether it was admitted and lives.
  static bool is_on(const Queue& queue, MessageId id);
  static RateWindows windows_of(const FlowKey& flow, Timestamp now);
  /// What keeps those of the key's list.
  static void tell_limit(const FlowKey& flow, Timestamp now, Waiting& waiting);

  // engine_schedules.cpp
  void recover_schedules(Timestamp now);
  void arm(const Name& name, ScheduleEntry& entry, Timestamp next);
  void run_schedules(Timestamp now);
  void run_schedule(const Name& name, Timestamp due, Timestamp now);
  static std::optional<Timestamp> last_missed(const Cron& cron, Timestamp since, Timestamp now);
  ScheduleState schedule_state(const Name& name);
  std::optional<Schedule> read_schedule(const Name& name);

  // engine_groups.cpp
  std::optional<UrlGroup> read_group(AccountId account, std::string_view name);
  void put_group(AccountId account, const UrlGroup& group);
  Result<void> check_room_for_group(AccountId account);

  // engine_statistics.cpp
  AccountStatistics& statistics_of(AccountId account);
  /// To change what is counted, at `now`; its record is put when the batch closes.
  AccountStatistics& counting(AccountId account, Timestamp now);
  /// Something of the record changed that belongs to no minute.
  void touch(AccountStatistics& statistics);
  void begin_minute(AccountStatistics& statistics, Timestamp now);
  void open_minute(AccountStatistics& statistics, std::int64_t number);
  std::optional<StatisticsStep> stored_step(const AccountStatistics& statistics,
                                            keys::Resource unit, std::int64_t number);
  std::string put_step(const AccountStatistics& statistics, keys::Resource unit,
                       const StatisticsStep& step);
  void put_dirty_statistics();
  void recover_statistics(Timestamp now);
  void recover_steps(AccountStatistics& statistics, Timestamp now);
  /// Of a data directory that nothing was counted in: once.
  void count_everything(Timestamp now);
  /// Tells the account what stands in the list, and what it waits for. Whatever changes that marks
  /// the queue or the key.
  void recount(Queue& queue);
  void recount(FlowKey& flow);
  static AccountStatistics::Listed what_holds_back(const FlowKey& flow);
  void recount_marked();

  // engine_time.cpp
  Result<void> recover(Timestamp now);
  void recover_hot(MessageId id, const MessageRecord& record, Timestamp now);
  void tick(Timestamp now);
  void load_due(Timestamp now);
  void sweep_deduplication(Timestamp now);
  void sweep_dead_letters(Timestamp now);
  void sweep_bulk_actions(Timestamp now);
  Timestamp next_tick() const;

  // Effects.
  template <typename T>
  void answer(Reply<T>& reply, Result<T> result, std::uint64_t after);
  /// The batch to wait for so that all decided until now is durable.
  std::uint64_t all_until_now() const { return has_changes() ? open_ : open_ - 1; }
  bool has_changes() const {
    return !batch_.empty() || !dirty_flows_.empty() || !dirty_statistics_.empty();
  }
  void add_effect(Effect effect);

  EngineSettings settings_;
  const Store& store_;
  std::mt19937_64 random_;

  NearMap near_;
  absl::flat_hash_map<MessageId, Active> active_;
  Lanes lanes_;
  using Timer = std::pair<Timestamp, MessageId>;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;

  /// Ended in a batch that is not committed: neither in memory nor in the log for readers yet.
  absl::flat_hash_map<MessageId, std::pair<std::uint64_t, Record>> ending_;
  std::deque<std::pair<std::uint64_t, MessageId>> ending_order_;

  /// What may stand in `hot` for those who read the store, by creation, and what of it is erased in
  /// a batch that is not committed.
  absl::btree_set<MessageId> in_hot_;
  std::deque<std::pair<std::uint64_t, MessageId>> left_hot_;

  absl::flat_hash_map<Name, std::unique_ptr<Queue>> queues_;
  absl::flat_hash_map<AccountId, std::size_t> queue_counts_;  ///< Of those that clients see.
  std::vector<Queue*> to_admit_;
  std::vector<Name> purging_;
  Timestamp next_purge_ = Timestamp::max();
  absl::flat_hash_map<Name, std::unique_ptr<FlowKey>> flows_;
  std::vector<FlowKey*> to_pump_;
  std::vector<FlowKey*> dirty_flows_;
  using FlowTimer = std::pair<Timestamp, Name>;
  std::priority_queue<FlowTimer, std::vector<FlowTimer>, std::greater<>> flow_timers_;
  std::deque<FlowKey*> flows_in_memory_;  ///< All of them, the next to be looked at first.
  std::string flows_swept_;
  std::size_t listed_ = 0;  ///< Entries of near_ in lists.
  std::map<Name, ScheduleEntry> schedules_;
  absl::flat_hash_map<AccountId, std::size_t> schedule_counts_;
  std::priority_queue<FlowTimer, std::vector<FlowTimer>, std::greater<>> schedule_timers_;
  mutable Name name_;  ///< Reused for look-ups.

  absl::flat_hash_map<AccountId, std::unique_ptr<AccountStatistics>> statistics_;
  AccountStatistics* newest_statistics_ = nullptr;  ///< That was asked for.
  std::vector<AccountStatistics*> dirty_statistics_;
  bool counted_ = false;  ///< The store says so.
  AttemptTimes attempt_times_;

  std::deque<MessageId> cache_order_;
  std::size_t cache_bytes_ = 0;

  Uncommitted uncommitted_;
  WriteBatch batch_;
  LogPressure log_pressure_;
  std::vector<Effect> effects_;
  bool watched_ = false;
  LiveRowBuffer live_rows_;
  bool somebody_waits_ = false;
  std::uint64_t open_ = 1;
  std::uint64_t committed_ = 0;

  /// All of `due` up to this key and time is in memory.
  std::string loaded_key_;
  Timestamp loaded_until_;
  bool loading_ = false;  ///< The last scan of `due` stopped before its goal.

  Timestamp next_sweep_;
  std::string deduplication_swept_;
  std::string bulk_actions_swept_;
  bool disk_full_ = false;
  bool stopping_ = false;
  std::uint32_t sequence_ = 0;
  std::uint64_t attempts_ = 0;
  DeadLetterId last_dead_letter_;
  absl::flat_hash_map<AccountId, SigningKeys> signing_keys_;
  std::optional<Error> failure_;
  EngineStats stats_;
};

template <typename T>
void Engine::Impl::answer(Reply<T>& reply, Result<T> result, std::uint64_t after) {
  Effect effect;
  effect.after = after;
  effect.reply = [reply = std::move(reply), result = std::move(result)]() mutable {
    reply(std::move(result));
  };
  add_effect(std::move(effect));
}

}  // namespace godwit
