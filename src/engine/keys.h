#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/deduplication.h"
#include "core/message.h"
#include "store/store.h"

namespace godwit {

/// The keys of every space. All numbers big-endian, so that byte order is their order; the
/// partition comes first.
///
///     hot, cold, body   partition 2 | rest of the message id 14                     (the id's own
///     bytes) due               partition 2 | due ms 8 | message id 16    value: the true due ms 8
///     dlq               partition 2 | account 4 | entered ms 8 | sequence 4
///     log               partition 2 | account 4 | reach 1 | first row ms 7 | id.low 8    a record
///                       partition 2 | account 4 | created ms 8 | id.low 8 | 1       its index: the
///                       first-row ms (8 each)
///                                                                                   of the
///                                                                                   message's
///                                                                                   later records
///                       partition 2 | account 4 | created ms 8 | id.low 8 | 2       the id of the
///                       message that its dead letter was published again as
///     dedup             partition 2 | key 16                      value: message id 16 | expires
///     ms 8 meta              partition 2 | name                        (`keys/<account>`,
///     `cursor`, ...)
struct DeadLetterId {
  Timestamp entered;
  std::uint32_t sequence = 0;
  /// `<ms>-<sequence>` (QStash).
  std::string to_string() const;
  static std::optional<DeadLetterId> parse(std::string_view text);
  friend auto operator<=>(const DeadLetterId&, const DeadLetterId&) = default;
};

namespace keys {

inline std::string message(MessageId id) { return id.bytes(); }

std::string due(MessageId id, Timestamp due);
struct Due {
  Timestamp due;
  MessageId id;
};
std::optional<Due> parse_due(std::string_view key);

std::string dead_letter(std::uint16_t partition, AccountId account, DeadLetterId id);
std::optional<DeadLetterId> parse_dead_letter(std::string_view key);
/// Whose a key of `dlq` is; nullopt for foreign bytes.
std::optional<AccountId> account_of_dead_letter(std::string_view key);

/// How far the rows of a record of `log` reach beyond the first: less than limit_of(). Each reach
/// has a range of keys of its own, so that a reader who has come to some time in one of them knows
/// how much earlier it must look for rows of that time. The numbers are part of the disk format.
enum class LogReach : std::uint8_t { second = 0, tenth = 1, instant = 2 };
inline constexpr LogReach log_reaches[] = {LogReach::instant, LogReach::tenth, LogReach::second};
constexpr Milliseconds limit_of(LogReach reach) {
  return Milliseconds(reach == LogReach::instant ? 16 : reach == LogReach::tenth ? 128 : 1000);
}
/// The narrowest for a last row that lies `beyond` the first; less than a second.
LogReach reach_of(Milliseconds beyond);

std::string log(std::uint16_t partition, AccountId account, LogReach reach, Timestamp first_row,
                MessageId id);
/// The index of the records of `message` after the first; see above.
std::string log_index(AccountId account, MessageId id);
/// What became of the dead letter of `message`. Ends with the log of the time of its creation.
std::string replayed(AccountId account, MessageId id);
struct Log {
  LogReach reach = LogReach::second;
  Timestamp first_row;
  std::uint64_t id_low = 0;
};
/// nullopt for index keys and foreign bytes.
std::optional<Log> parse_log(std::string_view key);

std::string deduplication(std::uint16_t partition, const DeduplicationKey& key);
std::string meta(std::uint16_t partition, std::string_view name);

/// What accounts keep by name, in `meta`. The letters are part of the disk format.
enum class Resource : char {
  queue = 'q',
  flow_control = 'f',
  url_group = 'g',
  schedule = 's',
  schedule_state = 't',
  bulk_action = 'b',
  // Of an account as a whole: what is counted, and the finished steps (see statistics_slot()).
  statistics = 'n',
  minute = 'm',
  hour = 'h'
};
/// partition 2 | '/' | letter 1 | account 4 | name. Names of signing keys and cursors never begin
/// with
/// '/', so the two kinds of `meta` keys do not mix.
std::string resource(std::uint16_t partition, Resource kind, AccountId account,
                     std::string_view name);
struct ResourceName {
  AccountId account = 0;
  std::string name;
};
/// nullopt unless it is a key of that kind.
std::optional<ResourceName> parse_resource(Resource kind, std::string_view key);
/// All of a kind; all of a kind and account.
KeyRange resources(std::uint16_t partition, Resource kind);
KeyRange resources(std::uint16_t partition, Resource kind, AccountId account);

/// Where a finished step (Resource::minute or hour, by its number since 1970) of an account's
/// statistics stands: in one of minute_slots or hour_slots, where it takes the place of the step
/// that is as much older. `name` of the key: 2 bytes.
inline constexpr std::int64_t minute_slots = std::int64_t{24} * 60;
inline constexpr std::int64_t hour_slots = std::int64_t{31} * 24;
std::string statistics_slot(std::uint16_t partition, Resource unit, AccountId account,
                            std::int64_t number);

/// A message's place in a waiting list of `fifo`:
///
///     partition 2 | kind 1 | account 4 | name size 2 | name | time ms 8 | message id 16   value:
///     empty
///
/// A queue's list is ordered by acceptance (`time` is the message's creation), a flow control key's
/// by when the message became due.
enum class List : char { queue = 'q', flow_control = 'f' };
struct ListName {
  List kind = List::queue;
  AccountId account = 0;
  std::string name;  ///< At most 65,535 bytes.
  friend auto operator<=>(const ListName&, const ListName&) = default;
};
struct Place {
  Timestamp time;
  MessageId id;
  friend auto operator<=>(const Place&, const Place&) = default;
};
std::string fifo(std::uint16_t partition, const ListName& list, const Place& place);
struct Listed {
  ListName list;
  Place place;
};
std::optional<Listed> parse_fifo(std::string_view key);
/// All of a list from a place on (inclusive).
KeyRange fifo_from(std::uint16_t partition, const ListName& list, const Place& place);

/// All records of one reach, and the indexes among them, with their first row from a time on,
/// before another.
KeyRange log_times(std::uint16_t partition, AccountId account, LogReach reach, Timestamp from,
                   Timestamp before);

/// All keys of a partition (and account, in dlq and log), from a time on, before another (in dlq).
KeyRange partition(std::uint16_t partition);
KeyRange account(std::uint16_t partition, AccountId account);
KeyRange account_times(std::uint16_t partition, AccountId account, Timestamp from,
                       Timestamp before);

std::string encode_time(Timestamp time);  ///< 8 bytes.
std::optional<Timestamp> decode_time(std::string_view bytes);

}  // namespace keys
}  // namespace godwit
