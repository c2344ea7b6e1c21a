#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/message.h"
#include "core/result.h"
#include "engine/listing.h"
#include "engine/record.h"
#include "store/store.h"

namespace godwit {

/// What a message is at, as people see it.
enum class MessageState : std::uint8_t { waiting, retrying, active, delivered, failed, canceled };
/// "waiting", ..., "canceled".
std::string_view to_string(MessageState state);
std::optional<MessageState> parse_message_state(std::string_view text);
constexpr bool is_living(MessageState state) { return state <= MessageState::active; }

/// A message and how far it has come: what one row of a list shows.
struct MessageSummary {
  std::shared_ptr<const Message> message;  ///< The body as far as listings have it.
  MessageState state = MessageState::waiting;
  Timestamp updated;             ///< Of its newest row.
  int retried = 0;               ///< Retries made.
  int attempts = 0;              ///< Attempts that have ended.
  std::size_t body_size = 0;     ///< Of the whole body.
  std::optional<LogRow> last;    ///< Of the newest attempt that has ended.
  std::optional<Timestamp> due;  ///< Of a living message: its next attempt is not before.
  std::optional<Timestamp> active_since;
  bool cancel_requested = false;
  bool listed = false;  ///< It stands in a waiting list.
};

/// All that is kept of one message, rows oldest first.
struct MessageHistory {
  MessageSummary summary;
  std::vector<LogRow> rows;
  bool body_whole = false;  ///< summary.message has the whole body.
  bool degraded = false;    ///< Under load the log went without some of it; see LogOmission.
};

/// What is known of a message by its id; nullopt: nothing, or it is another account's. `living`:
/// Broker::living() of a query for this id. `read_body`: the whole body too, where it is kept.
/// Errors: unavailable, corrupt. Threads: any.
Result<std::optional<MessageHistory>> read_message(const StoreReader& reader,
                                                   std::uint16_t partitions, AccountId account,
                                                   MessageId id, const LivingMessages& living,
                                                   bool read_body);

struct StatusRange {
  int least = 0, most = 0;  ///< Inclusive.
};

/// OR inside one field, AND between fields; an empty field: any.
struct MessageSearch {
  AccountId account = 0;
  MessageFilter filter{};
  std::vector<std::string> url_parts{};
  std::vector<MessageState> states{};
  std::vector<StatusRange> statuses{};  ///< Of the newest attempt.
  /// Bytes of the id, URL, labels, headers or body; not of what is redacted. Of bodies the log has
  /// the first log_body_max bytes.
  std::string text{};
  std::optional<Timestamp> from{}, to{};  ///< Inclusive; when it was created.
  Order order = Order::latest_first;
  std::size_t count = 100;
  std::string cursor{};
  /// What may be looked at for a page, in records; large ones and those that must be looked up
  /// elsewhere count more often.
  std::size_t scan_max = scan_everything;
  bool count_only = false;  ///< Summaries are not kept, MessagePage::count is all that matches.
};
struct MessagePage {
  std::vector<MessageSummary> messages{};
  std::size_t count = 0;
  std::size_t living = 0;  ///< Of `count`.
  std::string cursor{};    ///< Empty: nothing more matches.
  std::size_t scanned = 0;
  std::optional<Timestamp> back{};  ///< How far the page has looked; nullopt: to the end.
  std::size_t skipped = 0;          ///< Records that could not be read.
};

/// What to ask Broker::living() before the snapshot for a search is taken.
LogQuery living_query(const MessageSearch& search);

/// Messages by their creation, living and ended ones, each once. A message's state is that of the
/// snapshot; one that changes its state between pages stays in its place, so none is lost or shown
/// twice. Ended messages are found as long as the log goes back.
/// Errors: invalid_argument for a cursor that no search made; unavailable, corrupt when the store
/// itself cannot go on. Threads: any.
Result<MessagePage> search_messages(const StoreReader& reader, std::uint16_t partitions,
                                    const MessageSearch& search, const LivingMessages& living,
                                    Timestamp log_begin);

/// Whether all of `search` but order, page and times holds for it.
bool matches(const MessageSearch& search, const MessageSummary& summary);

}  // namespace godwit
