#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/message.h"
#include "core/result.h"

namespace godwit {

/// The states of a message's log rows (QStash: `GET /v2/events`). The numbers are part of the disk
/// format.
enum class LogState : std::uint8_t {
  created = 0,
  active = 1,
  retry = 2,
  error = 3,
  delivered = 4,
  failed = 5,
  cancel_requested = 6,
  canceled = 7
};
/// "CREATED", ..., "CANCELED".
std::string_view to_string(LogState state);
/// Also takes "CANCELLED". nullopt for anything else, "IN_PROGRESS" (a filter, no state) included.
std::optional<LogState> parse_log_state(std::string_view text);

/// One thing that happened to a message.
struct LogRow {
  Timestamp time;
  LogState state = LogState::created;
  Timestamp next_delivery;  ///< created with a delay, error with a retry pending, retry; else 1970.
  std::string error;        ///< error and failed rows.
  int status = 0;           ///< Of the response, 0: none.
  Headers response_headers;   ///< error and delivered rows, like the body and the timing.
  std::string response_body;  ///< Its beginning, as far as settings let it be kept.
  std::optional<AttemptTiming> timing{};
  MessageId callback;  ///< That tells about it: the callback of error and delivered rows, the
                       ///< failure callback of failed ones; zero: none.
  friend bool operator==(const LogRow&, const LogRow&) = default;
};

/// A living message as the spaces `hot` and `cold` keep it. A body over inline_body_max stands in
/// the space `body` under the id and `message.body` is empty there (`body_outside` tells).
struct MessageRecord {
  Message message;
  int retried = 0;  ///< Retries already made: the next attempt's Upstash-Retried.
  Timestamp due;    ///< Of the next attempt.
  bool cancel_requested = false;
  bool body_outside = false;
  /// A record of `cold` that stands in a waiting list of `fifo` (of its queue, else of its flow
  /// control key) and not in `due`.
  bool listed = false;
  std::vector<Timestamp>
      flushed;               ///< First-row times of log records already written for this message.
  std::vector<LogRow> rows;  ///< What happened since, oldest first.
  friend bool operator==(const MessageRecord&, const MessageRecord&) = default;
};
inline constexpr std::size_t inline_body_max = 16'384;

/// A run of rows of one message that lie within log_span of the first. Written once. Carries the
/// message too, its body cut to the first log_body_max bytes, so that reading a listing needs no
/// second look-up.
struct LogRecord {
  Message message;
  int retried = 0;
  bool ended = false;  ///< The message's last record.
  std::vector<LogRow> rows;
  bool degraded = false;      ///< Something was left out under load; see LogOmission.
  std::size_t body_size = 0;  ///< Of the whole body, where the record has less of it; else 0.
  friend bool operator==(const LogRecord&, const LogRecord&) = default;
};
inline constexpr Milliseconds log_span{1000};
inline constexpr std::size_t log_body_max = 16'384;

/// A message whose retries ran out, with its last response.
struct DeadLetterRecord {
  Message message;  ///< Whole, body included.
  int retried = 0;
  std::string reason;
  AttemptResult last;
  friend bool operator==(const DeadLetterRecord&, const DeadLetterRecord&) = default;
};

/// The same records by reference, so that a message that others share is encoded without a copy of
/// it.
struct MessageRecordView {
  const Message& message;  ///< Whole; its body is left out if body_outside.
  int retried = 0;
  Timestamp due;
  bool cancel_requested = false;
  bool body_outside = false;
  bool listed = false;
  std::span<const Timestamp> flushed;
  std::span<const LogRow> rows;
};
/// What a record of the log goes without while the disk is behind.
enum class LogOmission : std::uint8_t {
  nothing,
  bodies,             ///< Of the message and of responses.
  bodies_and_headers  ///< Headers of responses.
};
struct LogRecordView {
  const Message& message;  ///< Whole; encode() cuts the body to log_body_max.
  int retried = 0;
  bool ended = false;
  std::span<const LogRow> rows;
  LogOmission omission = LogOmission::nothing;
  bool degraded = false;      ///< It was before.
  std::size_t body_size = 0;  ///< If it is more than the message has.
};
/// What an omission takes from a record.
struct Omitted {
  std::uint64_t bodies = 0;
  std::uint64_t headers = 0;
};
Omitted omitted_from(const LogRecordView& record);
struct DeadLetterRecordView {
  const Message& message;
  int retried = 0;
  std::string_view reason;
  const AttemptResult& last;
};

/// The disk format. The first byte is the kind, the second a version; then varint-tagged fields
/// (tag << 3 is not used: each field is tag varint | size varint | bytes), unknown tags are
/// skipped, so older programs read what newer ones wrote. Absent fields have their defaults. The 16
/// id bytes of a record are not stored: the key has them.
std::string encode(const MessageRecord& record);
std::string encode(const LogRecord& record);
std::string encode(const DeadLetterRecord& record);
std::string encode(const MessageRecordView& record);
std::string encode(const LogRecordView& record);
std::string encode(const DeadLetterRecordView& record);
/// Errors: corrupt. Any bytes are safe to hand in. `id` goes into message.id.
Result<MessageRecord> decode_message(std::string_view bytes, MessageId id);
/// (Keys of `log` hold the low half of the id only: the rest is the partition and message.created.)
Result<LogRecord> decode_log(std::string_view bytes, MessageId id);
/// The message's id is stored inside dead letters.
Result<DeadLetterRecord> decode_dead_letter(std::string_view bytes);

/// What filters look at of a message. Refers to whatever it was made of.
struct MessageTraits {
  MessageId id;
  std::string_view url, caller_ip, group, queue, schedule_id, flow_control_key;
  std::vector<std::string_view> labels;
  friend bool operator==(const MessageTraits&, const MessageTraits&) = default;
};
MessageTraits traits_of(const Message& message);

/// What tells a reader of many records whether it needs all of one: views into the record's bytes,
/// bodies and headers passed over. Hand the same sketch in again and again: it keeps its memory,
/// and a record costs no allocation.
struct RecordSketch {
  struct Row {
    Timestamp time;
    LogState state = LogState::created;
  };
  AccountId account = 0;
  MessageTraits traits;  ///< The id only of dead letters: the others have it in their key.
  Timestamp created;
  std::vector<Row> rows;
  std::optional<Timestamp> last_flushed;  ///< MessageRecord::flushed.back().
  bool ended = false;                     ///< LogRecord::ended
  bool body_outside = false;              ///< MessageRecord::body_outside
  int retried = 0;                        ///< MessageRecord::retried
  int last_status = 0;                    ///< DeadLetterRecord::last.status
};
/// Errors: corrupt (fewer kinds of damage are found than by decoding); `sketch` is nothing then.
Result<void> sketch_log(std::string_view bytes, RecordSketch& sketch);
Result<void> sketch_dead_letter(std::string_view bytes, RecordSketch& sketch);
/// False: it is another account's, and `sketch` is nothing.
Result<bool> sketch_message(std::string_view bytes, AccountId account, RecordSketch& sketch);

}  // namespace godwit
