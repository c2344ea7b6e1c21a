#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "engine/keys.h"
#include "engine/record.h"
#include "store/store.h"

namespace godwit {

/// What selects messages in listings. OR inside one field, AND between fields; an empty vector:
/// any.
struct MessageFilter {
  std::vector<MessageId> ids{};
  std::vector<std::string> urls{};  ///< Exact.
  std::vector<std::string> hosts{};
  std::vector<std::string> paths{};
  std::vector<std::string> labels{};  ///< The message has any of them.
  std::vector<std::string> caller_ips{};
  std::vector<std::string> groups{};
  std::vector<std::string> queues{};
  std::vector<std::string> schedules{};
  std::vector<std::string> flow_control_keys{};
  bool matches(const MessageTraits& traits) const;
  bool matches(const Message& message) const { return matches(traits_of(message)); }
};

/// No bound to what a listing looks at.
inline constexpr std::size_t scan_everything = static_cast<std::size_t>(-1);

enum class Order { earliest_first, latest_first };

struct DeadLetterEntry {
  DeadLetterId id;
  DeadLetterRecord record;
};

struct DeadLetterQuery {
  AccountId account = 0;
  MessageFilter filter{};
  std::vector<DeadLetterId>
      dead_letter_ids{};  ///< When given, nothing else selects, and all are on one page.
  std::vector<int> statuses{};
  std::optional<Timestamp> from{}, to{};  ///< Inclusive; when it entered.
  Order order = Order::earliest_first;
  std::size_t count = 100;
  std::string cursor{};
  /// Records that may be looked at for a page, large ones counted for each KiB. A page that needs
  /// more ends early, even empty, with a cursor.
  std::size_t scan_max = scan_everything;
};
struct DeadLetterPage {
  std::vector<DeadLetterEntry> entries;
  /// Empty on the last page: never set when nothing more matches, unless scan_max ended the page.
  std::string cursor{};
  /// Records that could not be read and were passed over, so that one of them hides no other. One
  /// may be met several times.
  std::size_t skipped = 0;
};
struct DeadLetterIdPage {
  std::vector<DeadLetterId> ids{};
  std::string cursor{};     ///< As DeadLetterPage::cursor.
  std::size_t skipped = 0;  ///< As DeadLetterPage::skipped.
};
/// What a page consists of; the entries carry whole bodies and are better read one at a time. Those
/// asked for by id are not looked for.
/// Errors: invalid_argument for a cursor that no listing made; unavailable, corrupt when the store
/// itself cannot go on.
/// Threads: any. Reads only `reader`, which should be a snapshot.
Result<DeadLetterIdPage> list_dead_letter_ids(const StoreReader& reader, std::uint16_t partitions,
                                              const DeadLetterQuery& query);
/// nullopt: there is none. Errors: corrupt if it cannot be read, or the store cannot go on;
/// unavailable.
Result<std::optional<DeadLetterRecord>> read_dead_letter(const StoreReader& reader,
                                                         std::uint16_t partitions,
                                                         AccountId account, DeadLetterId id);
/// The page with its entries. Errors and threads as list_dead_letter_ids().
Result<DeadLetterPage> list_dead_letters(const StoreReader& reader, std::uint16_t partitions,
                                         const DeadLetterQuery& query);

/// The message that the dead letter of `message` was published again as; nullopt: there was none,
/// or it is longer ago than the log reaches. Errors: corrupt, unavailable. Threads: any.
Result<std::optional<MessageId>> replayed_as(const StoreReader& reader, AccountId account,
                                             MessageId message);

/// A row with the message that it is about (the body cut to log_body_max).
struct LogEntry {
  std::shared_ptr<const Message> message;
  int retried = 0;
  LogRow row;
  bool degraded = false;      ///< The row's record in the log is; see LogOmission.
  std::size_t body_size = 0;  ///< Of the whole body, of a message of the log.
};
struct LogQuery {
  AccountId account = 0;
  MessageFilter filter{};
  std::optional<LogState> state{};
  bool in_progress = false;  ///< state=IN_PROGRESS: the message's latest row is active, retry or
                             ///< error; only that row matches.
  std::optional<Timestamp> from{}, to{};  ///< Inclusive; the row's time.
  Order order = Order::latest_first;
  std::size_t count = 100;
  std::string cursor{};
  bool group_by_message =
      false;  ///< count and order are of messages then, by their newest matching row.
  std::size_t scan_max = scan_everything;  ///< As DeadLetterQuery::scan_max.
};
struct LogPage {
  std::vector<LogEntry>
      entries;              ///< Grouped: the rows of one message stand together, oldest first.
  std::string cursor{};     ///< As DeadLetterPage::cursor.
  std::size_t skipped = 0;  ///< As DeadLetterPage::skipped.
};

/// What only the engine's memory knows of living messages: attempts under way and cancels asked for
/// since.
struct LivingRows {
  MessageId id;
  std::vector<LogRow> rows;
};
struct LivingMessages {
  std::vector<LivingRows> rows{};
  /// Messages that may have a record in `hot`, of any account, in the order of the query; of those
  /// that are not in `rows`, such a record has no row but CREATED, at the time in the id.
  std::vector<MessageId> hot{};
  /// There are more: none before this (latest_first: none after it).
  std::optional<Timestamp> hot_left{};
};

/// Rows of a page lie from `from` to `to`: what the query says, and its cursor. (One that cannot be
/// read says nothing.)
struct LogBounds {
  Timestamp from, to;
};
LogBounds bounds_of(const LogQuery& query);

/// Rows of ended and living messages in one exact time order (rows of one message that share a
/// millisecond stay in their order). Records are found by time: those of `log` (each spans at most
/// log_span), and the rows that living messages carry in `hot` and `cold` records. Only the
/// messages in `living` are read there, by their keys: those in `cold` have no rows of their own
/// unless they are in `living.rows`. Errors and threads as list_dead_letters().
Result<LogPage> list_log(const StoreReader& reader, std::uint16_t partitions, const LogQuery& query,
                         const LivingMessages& living);

/// The first log record of an ended message, for reading it within its grace, with what the last
/// one adds: its `retried`, and its rows after the first one's own, so that the last row tells when
/// and how the message ended. nullopt: there is none, or the message has not ended.
Result<std::optional<LogRecord>> find_ended(const StoreReader& reader, AccountId account,
                                            MessageId id);

}  // namespace godwit
