#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/message.h"
#include "core/result.h"
#include "engine/record.h"
#include "store/store.h"

namespace godwit {

/// Where a row stands in the listing. `run` and `index` keep the rows of one millisecond in their
/// order, and are the same before and after the rows of a living message go to the log.
struct RowPlace {
  Timestamp time;
  MessageId id;
  Timestamp run;  ///< The time of the first row of its record in the log.
  std::uint32_t index = 0;
  friend auto operator<=>(const RowPlace&, const RowPlace&) = default;

  /// Before and behind all rows of that millisecond.
  static RowPlace before_all(Timestamp time) { return {time, {}, {}, 0}; }
  static RowPlace behind_all(Timestamp time) { return {time, {~0ull, ~0ull}, {}, 0}; }
};

/// `<ms>-<index>-<ms of the run>-<message id>`.
std::string to_cursor(const RowPlace& place);
/// nullopt for what to_cursor() did not print.
std::optional<RowPlace> parse_row_cursor(std::string_view text);

/// The rows of one record of the log, or those that a living message will have in one.
struct Run {
  std::shared_ptr<const Message> message;
  int retried = 0;
  bool body_outside = false;
  bool ended = false;
  bool degraded = false;      ///< As LogRecord::degraded.
  std::size_t body_size = 0;  ///< Of the whole body; 0: it stands outside.
  Timestamp first;
  std::vector<LogRow> rows;

  RowPlace place(std::size_t row) const {
    return {rows[row].time, message->id, first, static_cast<std::uint32_t>(row)};
  }
};

/// The message of a record of the log. Its key has the low half of the id; the rest of it is the
/// partition and the time of creation.
MessageId id_of_logged(std::uint16_t partition, Timestamp created, std::uint64_t id_low);

/// Decodes a record of the log found under `first`. Errors: corrupt.
Result<Run> read_run(std::string_view bytes, std::uint16_t partition, Timestamp first,
                     std::uint64_t id_low);

/// The bytes of the record of `id` under `first`, if it is there. Errors: those of the reader.
Result<std::optional<std::string>> get_run(const StoreReader& reader, AccountId account,
                                           MessageId id, Timestamp first);
/// As get_run(), decoded. Errors: corrupt too.
Result<std::optional<Run>> find_run(const StoreReader& reader, AccountId account, MessageId id,
                                    Timestamp first);

/// The first-row times of the records after the first, oldest first. Errors: corrupt; those of the
/// reader.
Result<std::vector<Timestamp>> read_log_index(const StoreReader& reader, AccountId account,
                                              MessageId id);

/// Cuts the rows of a living message into the runs that the log will have: each reaches less than
/// log_span beyond its first row, and no two begin in the same millisecond.
std::vector<Run> split_into_runs(MessageRecord record);

}  // namespace godwit
