#pragma once
#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "engine/lanes.h"
#include "engine/uncommitted.h"

namespace godwit {

/// The engine's memory and the rules that change it; engine.h tells what each command means. Files:
/// engine_state.cpp holds the life of a message, engine_commands.cpp what people ask for,
/// engine_time.cpp what time brings.
class Engine::Impl {
 public:
  Impl(EngineSettings settings, const Store& store, std::uint64_t seed);

  /// This process's one partition: nothing of this version hashes to a partition of its own yet
  /// (queues and flow control keys will), and a message of neither may live in any.
  static constexpr std::uint16_t partition = 0;

  /// A message in memory: due within the horizon, or being attempted.
  struct Near {
    enum class State : std::uint8_t { waiting, ready, active };
    State state = State::waiting;
    Space space = Space::hot;  ///< Where its record stands: hot or cold.
    Lanes::LaneId lane = 0;    ///< Valid when ready or active.
    Timestamp due;
    Timestamp due_key;          ///< The time in its key of `due`, when cold.
    std::uint64_t written = 0;  ///< The batch of its newest record; 0: committed long ago.
    std::shared_ptr<MessageRecord> record;  ///< Null: read it back when it is needed.
  };

  /// An attempt under way.
  struct Active {
    std::uint64_t attempt = 0;
    bool cancel_requested = false;
    std::vector<LogRow> rows;  ///< Not in the record yet.
  };

  using NearMap = absl::flat_hash_map<MessageId, Near>;
  using Record = std::shared_ptr<MessageRecord>;

  // engine_state.cpp: the life of a message.
  MessageId next_id(Timestamp now);
  /// Takes a new message in: into memory and `hot` when it is due soon, else into `cold`.
  MessageId accept(Message message, Timestamp now);
  void put_hot(MessageId id, Near& near, Record record, bool body_is_new);
  /// Puts the record, and its body apart when it is large and new. Returns the record's bytes.
  std::string put_record(MessageId id, Space space, MessageRecord& record, bool body_is_new);
  void put_cold(MessageId id, MessageRecord& record, Timestamp due, Timestamp due_key,
                bool body_is_new);
  /// Takes the record's keys away, whichever they are.
  void erase_record(MessageId id, Space space, Timestamp due_key, bool body_outside);
  /// Moves the record's rows to the log.
  void flush_rows(MessageRecord& record, bool ended);
  /// The last row stands in the record: logs it and takes the message out of the store.
  void end(MessageId id, Space space, Timestamp due_key, Record record);
  void add_row(MessageRecord& record, LogState state, Timestamp now, Timestamp next = {});
  void make_ready(MessageId id, Near& near, Timestamp now);
  void wait_until(MessageId id, Near& near, Timestamp due);
  void start_ready(Timestamp now);
  void settle(MessageId id, NearMap::iterator entry, Active active, AttemptResult result,
              Timestamp now);
  void dead_letter(const MessageRecord& record, const std::string& reason,
                   const AttemptResult& result, Timestamp now);

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

  // engine_time.cpp
  Result<void> recover(Timestamp now);
  void tick(Timestamp now);
  void load_due(Timestamp now);
  void sweep_deduplication(Timestamp now);
  void sweep_dead_letters(Timestamp now);
  Timestamp next_tick() const;

  // Effects.
  template <typename T>
  void answer(Reply<T>& reply, Result<T> result, std::uint64_t after);
  /// The batch to wait for so that all decided until now is durable.
  std::uint64_t all_until_now() const { return batch_.empty() ? open_ - 1 : open_; }
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

  std::deque<MessageId> cache_order_;
  std::size_t cache_bytes_ = 0;

  Uncommitted uncommitted_;
  WriteBatch batch_;
  std::vector<Effect> effects_;
  bool somebody_waits_ = false;
  std::uint64_t open_ = 1;
  std::uint64_t committed_ = 0;

  /// All of `due` up to this key and time is in memory.
  std::string loaded_key_;
  Timestamp loaded_until_;
  bool loading_ = false;  ///< The last scan of `due` stopped before its goal.

  Timestamp next_sweep_;
  std::string deduplication_swept_;
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
