#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/flow_control.h"
#include "core/message.h"
#include "core/result.h"
#include "core/time.h"
#include "store/store.h"

namespace godwit {

/// What an account keeps by name, as the space `meta` holds it: one record each, under
/// keys::resource(). Every struct here has encode() and decode_...() (errors: corrupt; any bytes
/// are safe to hand in), in the field format of record.h: absent fields have their defaults,
/// unknown ones are skipped.

/// A FIFO queue (QStash).
struct QueueRecord {
  int parallelism = 1;
  bool paused = false;
  Timestamp created, updated;
  /// Set while a deleted queue still holds messages: those accepted up to this time are cancelled
  /// when they come up. `deleted`: there is nothing else, the queue does not exist for clients.
  std::optional<Timestamp> purge_until;
  bool deleted = false;
  friend bool operator==(const QueueRecord&, const QueueRecord&) = default;
};

/// A flow control key's limits and its rate window. The window stands here with the attempts that
/// it admitted, so that a restart cannot admit them again.
struct FlowControlRecord {
  int parallelism = 0;  ///< As the newest message asked; 0: not limited.
  int rate = 0;
  Milliseconds period{1000};
  std::optional<int> pinned_parallelism;  ///< Counts instead, whatever messages ask.
  std::optional<int> pinned_rate;
  Milliseconds pinned_period{1000};  ///< Goes with pinned_rate.
  bool paused = false;
  Timestamp window_start;  ///< 1970: no window has begun.
  int window_count = 0;    ///< Attempts started in it.
  Timestamp used;          ///< When it last was of use; idle ones are forgotten.
  friend bool operator==(const FlowControlRecord&, const FlowControlRecord&) = default;
};

struct GroupEndpoint {
  std::string url;
  std::string name;  ///< Empty: none.
  friend bool operator==(const GroupEndpoint&, const GroupEndpoint&) = default;
};
/// A URL group ("topic" on the wire).
struct UrlGroup {
  std::string name;  ///< Stands in the key.
  Timestamp created, updated;
  std::vector<GroupEndpoint> endpoints;  ///< In order of insertion, never empty when stored... but
                                         ///< for a group that has only default headers.
  Headers headers;  ///< Defaults of each publish, as given (`Upstash-Retries`, ...); one name may
                    ///< stand several times.
  friend bool operator==(const UrlGroup&, const UrlGroup&) = default;
};

/// What a schedule is. `message` is the template of what it makes: its url is the destination (a
/// URL or, when `message.group` is not empty, left empty), its delays count from each run.
struct Schedule {
  std::string id;  ///< Stands in the key.
  std::string cron;
  bool cron_with_seconds = false;  ///< Cron::Fields::with_seconds
  Timestamp created, updated;
  bool paused = false;
  Milliseconds delay{0};  ///< Of each produced message.
  Message message;
  friend bool operator==(const Schedule&, const Schedule&) = default;
};
/// What became of it so far; a record of its own, because each run rewrites it.
struct ScheduleState {
  Timestamp last_run;  ///< 1970: never. The time it was due, not the clock's.
  std::vector<MessageId> last_messages;
  std::string error;  ///< Of the last run; empty: none.
  friend bool operator==(const ScheduleState&, const ScheduleState&) = default;
};

/// A bulk cancel (QStash: bulk actions).
struct BulkAction {
  std::string id;                ///< Stands in the key.
  Timestamp created, completed;  ///< completed 1970: in progress.
  std::uint64_t total = 0;
  std::uint64_t processed = 0;
  std::uint64_t canceled = 0;
  /// The filter as it was given: name, value; one name may stand several times.
  Headers filter;
  friend bool operator==(const BulkAction&, const BulkAction&) = default;
};

std::string encode(const QueueRecord& record);
std::string encode(const FlowControlRecord& record);
std::string encode(const UrlGroup& group);
std::string encode(const Schedule& schedule);
std::string encode(const ScheduleState& state);
std::string encode(const BulkAction& action);
Result<QueueRecord> decode_queue(std::string_view bytes);
Result<FlowControlRecord> decode_flow_control(std::string_view bytes);
Result<UrlGroup> decode_url_group(std::string_view bytes, std::string_view name);
Result<Schedule> decode_schedule(std::string_view bytes, std::string_view id);
Result<ScheduleState> decode_schedule_state(std::string_view bytes);
Result<BulkAction> decode_bulk_action(std::string_view bytes, std::string_view id);

/// Reads of committed state, of partition 0, where every account's resources are. Errors:
/// unavailable, corrupt. Threads: any that may use `reader`; what reads more than one key wants a
/// snapshot.
Result<std::optional<UrlGroup>> find_url_group(const StoreReader& reader, AccountId account,
                                               std::string_view name);
Result<std::vector<UrlGroup>> list_url_groups(const StoreReader& reader, AccountId account);

struct ScheduleView {
  Schedule schedule;
  ScheduleState state;
};
Result<std::optional<ScheduleView>> find_schedule(const StoreReader& reader, AccountId account,
                                                  std::string_view id);
Result<std::vector<ScheduleView>> list_schedules(const StoreReader& reader, AccountId account);

/// A flow control key as the store has it.
struct NamedFlowControl {
  std::string key;
  FlowControlRecord record;
};
/// Those whose key contains `search`, by key, at most `max`; one that cannot be read is passed
/// over.
Result<std::vector<NamedFlowControl>> list_flow_controls(const StoreReader& reader,
                                                         AccountId account, std::string_view search,
                                                         std::size_t max);

/// How a message that a schedule made stands (QStash: lastScheduleStates).
enum class RunState { in_progress, success, fail };
/// nullopt: nothing of it is left, its log has expired; or it is another account's.
Result<std::optional<RunState>> run_state(const StoreReader& reader, AccountId account,
                                          MessageId id);

Result<std::optional<BulkAction>> find_bulk_action(const StoreReader& reader, AccountId account,
                                                   std::string_view id);
/// Newest first (the greatest id: ids are letters, digits, '-' and '_', and sort by creation), from
/// `cursor` (empty: the beginning) on, at most `count` and at least one; `cursor` is set to where
/// the next page begins, empty when there is none. Errors also: invalid_argument for a cursor that
/// no listing could have made.
Result<std::vector<BulkAction>> list_bulk_actions(const StoreReader& reader, AccountId account,
                                                  std::size_t count, std::string& cursor);

/// The ids of living messages that match `filter` and were created at or before `created_until`, in
/// any order, at most `max` of them. Messages that the filter names by id are read by their keys.
/// Else every living message of the time is read as far as the filter needs it; those of other
/// accounts are passed over. Takes about a second per million of living messages in memory, so it
/// belongs on a reader's thread. Records that cannot be read are passed over too, so that one of
/// them cannot keep all others from being cancelled. Errors: unavailable, corrupt when the store
/// itself cannot go on.
struct MessageFilter;
Result<std::vector<MessageId>> select_living(const StoreReader& reader, AccountId account,
                                             const MessageFilter& filter,
                                             std::optional<Timestamp> created_from,
                                             Timestamp created_until, std::size_t max);

/// A queue as clients see it. Only the engine knows `lag`.
struct QueueInfo {
  std::string name;
  int parallelism = 1;
  bool paused = false;
  Timestamp created, updated;
  std::uint64_t lag = 0;  ///< Messages accepted and not ended.
};

/// A flow control key as clients see it.
struct FlowControlInfo {
  std::string key;
  std::uint64_t waiting = 0;
  int parallelism_max = 0;  ///< 0: not limited.
  int parallelism_count = 0;
  int rate_max = 0;  ///< 0: not limited.
  int rate_count = 0;
  Milliseconds rate_period{1000};
  Timestamp rate_period_start;
  bool paused = false;
  bool pinned_parallelism = false;
  bool pinned_rate = false;
};

/// One change of a flow control key by a person; what is not set stays.
struct FlowControlChange {
  std::optional<bool> paused{};
  std::optional<int> pin_parallelism{};
  std::optional<int> pin_rate{};
  std::optional<Milliseconds> pin_period{};  ///< Only with pin_rate or a pinned rate.
  bool unpin_parallelism = false;
  bool unpin_rate = false;
  bool reset_rate = false;         ///< The window ends, a new one begins now with count 0.
  bool reset_parallelism = false;  ///< Attempts under way no longer count.
};

}  // namespace godwit
