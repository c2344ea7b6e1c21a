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
  bool matches(const Message& message) const;
};

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
};
struct DeadLetterPage {
  std::vector<DeadLetterEntry> entries;
  std::string cursor{};  ///< Empty on the last page: never set when nothing more matches.
  /// Records that could not be read and were passed over, so that one of them hides no other. One
  /// may be met several times.
  std::size_t skipped = 0;
};
/// Errors: invalid_argument for a cursor that no listing made; unavailable, corrupt when the store
/// itself cannot go on.
/// Threads: any. Reads only `reader`, which should be a snapshot.
Result<DeadLetterPage> list_dead_letters(const StoreReader& reader, std::uint16_t partitions,
                                         const DeadLetterQuery& query);

/// A row with the message that it is about (the body cut to log_body_max).
struct LogEntry {
  std::shared_ptr<const Message> message;
  int retried = 0;
  LogRow row;
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
};
struct LogPage {
  std::vector<LogEntry>
      entries;              ///< Grouped: the rows of one message stand together, oldest first.
  std::string cursor{};     ///< Empty on the last page.
  std::size_t skipped = 0;  ///< As DeadLetterPage::skipped.
};

/// What only the engine's memory knows of living messages: attempts under way and cancels asked for
/// since.
struct LivingRows {
  MessageId id;
  std::vector<LogRow> rows;
};

/// Rows of ended and living messages in one exact time order (rows of one message that share a
/// millisecond stay in their order). Records are found by time: those of `log` (each spans at most
/// log_span), and the rows that living messages carry in `hot` and `cold` records. Of `cold` only
/// the messages in `living` are read: the others have no rows of their own. Errors and threads as
/// list_dead_letters().
Result<LogPage> list_log(const StoreReader& reader, std::uint16_t partitions, const LogQuery& query,
                         const std::vector<LivingRows>& living);

/// The first log record of an ended message, for reading it within its grace, with what the last
/// one adds: its `retried`, and its rows after the first one's own, so that the last row tells when
/// and how the message ended. nullopt: there is none, or the message has not ended.
Result<std::optional<LogRecord>> find_ended(const StoreReader& reader, AccountId account,
                                            MessageId id);

}  // namespace godwit
