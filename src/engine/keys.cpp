#include "engine/keys.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>

#include "core/assert.h"
#include "engine/decimal.h"

namespace godwit {
namespace {

constexpr std::size_t partition_size = 2;
constexpr std::size_t account_size = 4;
constexpr std::size_t time_size = 8;
constexpr std::size_t name_size_size = 2;
constexpr char resource_mark = '/';
constexpr std::size_t resource_prefix_size = partition_size + 2;  // With the mark and the letter.

static_assert(std::endian::native == std::endian::little, "keys are swapped to big-endian");

template <typename Number>
void append_number(std::string& key, Number number) {
  const Number big_endian = std::byteswap(number);
  char bytes[sizeof(Number)];
  std::memcpy(bytes, &big_endian, sizeof bytes);
  key.append(bytes, sizeof bytes);
}

template <typename Number>
Number read_number(std::string_view bytes) {
  GODWIT_ASSERT(bytes.size() >= sizeof(Number));
  Number big_endian;
  bytes.copy(reinterpret_cast<char*>(&big_endian), sizeof big_endian);
  return std::byteswap(big_endian);
}

void append_time(std::string& key, Timestamp time) {
  append_number(key, static_cast<std::uint64_t>(std::max<std::int64_t>(to_unix_ms(time), 0)));
}

/// The time of a key of `log` has the reach in its highest byte. Later times than the rest of it
/// can tell (the year 2,285,000) are all one.
constexpr int log_reach_shift = 56;
constexpr std::uint64_t log_time_max = (std::uint64_t{1} << log_reach_shift) - 1;

void append_log_time(std::string& key, keys::LogReach reach, Timestamp time) {
  const std::uint64_t ms = std::min(
      static_cast<std::uint64_t>(std::max<std::int64_t>(to_unix_ms(time), 0)), log_time_max);
  append_number(key, static_cast<std::uint64_t>(reach) << log_reach_shift | ms);
}

std::optional<Timestamp> read_time(std::string_view bytes) {
  const auto ms = read_number<std::uint64_t>(bytes);
  if (ms > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return std::nullopt;
  }
  return from_unix_ms(static_cast<std::int64_t>(ms));
}

std::string account_prefix(std::uint16_t partition, AccountId account, std::size_t capacity) {
  std::string key;
  key.reserve(capacity);
  append_number(key, partition);
  append_number(key, account);
  return key;
}

/// The first key behind all that begin with `prefix`; empty when there is none.
std::string behind(std::string prefix) {
  while (!prefix.empty()) {
    if (prefix.back() != '\xff') {
      prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
      break;
    }
    prefix.pop_back();
  }
  return prefix;
}

KeyRange all_with(std::string prefix) {
  std::string end = behind(prefix);
  return {std::move(prefix), std::move(end)};
}

/// Everything of a list's keys but the place, with room for `more`. The size of the name comes
/// before it, so that no list's keys lie between another's.
std::string list_prefix(std::uint16_t partition, const keys::ListName& list, std::size_t more) {
  GODWIT_ASSERT(list.name.size() <= std::numeric_limits<std::uint16_t>::max());
  std::string key;
  key.reserve(partition_size + 1 + account_size + name_size_size + list.name.size() + more);
  append_number(key, partition);
  key += static_cast<char>(list.kind);
  append_number(key, list.account);
  append_number(key, static_cast<std::uint16_t>(list.name.size()));
  key += list.name;
  return key;
}

/// A key among the records of the log, of another length than theirs.
std::string beside_log(AccountId account, MessageId id, char what) {
  std::string key = account_prefix(id.partition(), account, partition_size + account_size + 17);
  append_time(key, id.created());
  append_number(key, id.low);
  key += what;
  return key;
}

MessageId read_id(std::string_view bytes) {
  return {read_number<std::uint64_t>(bytes), read_number<std::uint64_t>(bytes.substr(8))};
}

}  // namespace

std::string DeadLetterId::to_string() const {
  return std::to_string(to_unix_ms(entered)) + '-' + std::to_string(sequence);
}

std::optional<DeadLetterId> DeadLetterId::parse(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto ms = parse_decimal<std::int64_t>(text.substr(0, dash));
  const auto sequence = parse_decimal<std::uint32_t>(text.substr(dash + 1));
  if (!ms || !sequence) return std::nullopt;
  return DeadLetterId{from_unix_ms(*ms), *sequence};
}

namespace keys {

std::string due(MessageId id, Timestamp due) {
  std::string key;
  key.reserve(partition_size + time_size + MessageId::size_bytes);
  append_number(key, id.partition());
  append_time(key, due);
  append_number(key, id.high);
  append_number(key, id.low);
  return key;
}

std::optional<Due> parse_due(std::string_view key) {
  if (key.size() != partition_size + time_size + MessageId::size_bytes) return std::nullopt;
  const auto due = read_time(key.substr(partition_size));
  const MessageId parsed = read_id(key.substr(partition_size + time_size));
  if (!due || parsed.partition() != read_number<std::uint16_t>(key)) return std::nullopt;
  return Due{*due, parsed};
}

std::string dead_letter(std::uint16_t partition, AccountId account, DeadLetterId id) {
  std::string key = account_prefix(partition, account, partition_size + account_size + 12);
  append_time(key, id.entered);
  append_number(key, id.sequence);
  return key;
}

std::optional<DeadLetterId> parse_dead_letter(std::string_view key) {
  constexpr std::size_t prefix = partition_size + account_size;
  if (key.size() != prefix + time_size + 4) return std::nullopt;
  const auto entered = read_time(key.substr(prefix));
  if (!entered) return std::nullopt;
  return DeadLetterId{*entered, read_number<std::uint32_t>(key.substr(prefix + time_size))};
}

std::optional<AccountId> account_of_dead_letter(std::string_view key) {
  if (!parse_dead_letter(key)) return std::nullopt;
  return read_number<AccountId>(key.substr(partition_size));
}

LogReach reach_of(Milliseconds beyond) {
  GODWIT_ASSERT(beyond < limit_of(LogReach::second));
  for (const LogReach reach : log_reaches) {
    if (beyond < limit_of(reach)) return reach;
  }
  return LogReach::second;
}

std::string log(std::uint16_t partition, AccountId account, LogReach reach, Timestamp first_row,
                MessageId id) {
  std::string key = account_prefix(partition, account, partition_size + account_size + 16);
  append_log_time(key, reach, first_row);
  append_number(key, id.low);
  return key;
}

std::string log_index(AccountId account, MessageId id) { return beside_log(account, id, '\1'); }

std::string replayed(AccountId account, MessageId id) { return beside_log(account, id, '\2'); }

std::optional<Log> parse_log(std::string_view key) {
  constexpr std::size_t prefix = partition_size + account_size;
  if (key.size() != prefix + time_size + 8) return std::nullopt;
  const auto time = read_number<std::uint64_t>(key.substr(prefix));
  const std::uint64_t reach = time >> log_reach_shift;
  if (reach > static_cast<std::uint64_t>(LogReach::instant)) return std::nullopt;
  return Log{static_cast<LogReach>(reach),
             from_unix_ms(static_cast<std::int64_t>(time & log_time_max)),
             read_number<std::uint64_t>(key.substr(prefix + time_size))};
}

std::string deduplication(std::uint16_t partition, const DeduplicationKey& key) {
  std::string bytes;
  bytes.reserve(partition_size + key.size());
  append_number(bytes, partition);
  bytes.append(key.data(), key.size());
  return bytes;
}

std::string meta(std::uint16_t partition, std::string_view name) {
  std::string key;
  key.reserve(partition_size + name.size());
  append_number(key, partition);
  key += name;
  return key;
}

std::string resource(std::uint16_t partition, Resource kind, AccountId account,
                     std::string_view name) {
  std::string key;
  key.reserve(resource_prefix_size + account_size + name.size());
  append_number(key, partition);
  key += resource_mark;
  key += static_cast<char>(kind);
  append_number(key, account);
  key += name;
  return key;
}

std::optional<ResourceName> parse_resource(Resource kind, std::string_view key) {
  if (key.size() < resource_prefix_size + account_size) return std::nullopt;
  if (key[partition_size] != resource_mark || key[partition_size + 1] != static_cast<char>(kind)) {
    return std::nullopt;
  }
  key.remove_prefix(resource_prefix_size);
  return ResourceName{read_number<AccountId>(key), std::string(key.substr(account_size))};
}

KeyRange resources(std::uint16_t partition, Resource kind) {
  std::string begin;
  append_number(begin, partition);
  begin += resource_mark;
  begin += static_cast<char>(kind);
  return all_with(std::move(begin));
}

KeyRange resources(std::uint16_t partition, Resource kind, AccountId account) {
  return all_with(resource(partition, kind, account, {}));
}

std::string statistics_slot(std::uint16_t partition, Resource unit, AccountId account,
                            std::int64_t number) {
  const std::int64_t slots = unit == Resource::minute ? minute_slots : hour_slots;
  std::string slot;
  // Also before 1970: a broken clock's numbers are negative.
  append_number(slot, static_cast<std::uint16_t>((number % slots + slots) % slots));
  return resource(partition, unit, account, slot);
}

std::string fifo(std::uint16_t partition, const ListName& list, const Place& place) {
  std::string key = list_prefix(partition, list, time_size + MessageId::size_bytes);
  append_time(key, place.time);
  append_number(key, place.id.high);
  append_number(key, place.id.low);
  return key;
}

std::optional<Listed> parse_fifo(std::string_view key) {
  constexpr std::size_t head = partition_size + 1 + account_size + name_size_size;
  constexpr std::size_t tail = time_size + MessageId::size_bytes;
  if (key.size() < head + tail) return std::nullopt;
  const auto partition = read_number<std::uint16_t>(key);
  const auto kind = static_cast<List>(key[partition_size]);
  if (kind != List::queue && kind != List::flow_control) return std::nullopt;
  key.remove_prefix(partition_size + 1);
  const auto account = read_number<AccountId>(key);
  key.remove_prefix(account_size);
  const std::size_t name_size = read_number<std::uint16_t>(key);
  key.remove_prefix(name_size_size);
  if (key.size() != name_size + tail) return std::nullopt;
  const auto time = read_time(key.substr(name_size));
  const MessageId id = read_id(key.substr(name_size + time_size));
  if (!time || id.partition() != partition) return std::nullopt;
  return Listed{{kind, account, std::string(key.substr(0, name_size))}, {*time, id}};
}

KeyRange fifo_from(std::uint16_t partition, const ListName& list, const Place& place) {
  return {fifo(partition, list, place), behind(list_prefix(partition, list, 0))};
}

KeyRange partition(std::uint16_t partition) {
  std::string begin;
  append_number(begin, partition);
  return all_with(std::move(begin));
}

KeyRange account(std::uint16_t partition, AccountId account) {
  return all_with(account_prefix(partition, account, partition_size + account_size));
}

KeyRange account_times(std::uint16_t partition, AccountId account, Timestamp from,
                       Timestamp before) {
  constexpr std::size_t size = partition_size + account_size + time_size;
  std::string begin = account_prefix(partition, account, size);
  append_time(begin, from);
  std::string end = account_prefix(partition, account, size);
  // A range that ends before it begins is empty, not backwards.
  append_time(end, std::max(from, before));
  return {std::move(begin), std::move(end)};
}

KeyRange log_times(std::uint16_t partition, AccountId account, LogReach reach, Timestamp from,
                   Timestamp before) {
  constexpr std::size_t size = partition_size + account_size + time_size;
  std::string begin = account_prefix(partition, account, size);
  append_log_time(begin, reach, from);
  std::string end = account_prefix(partition, account, size);
  append_log_time(end, reach, std::max(from, before));
  return {std::move(begin), std::move(end)};
}

std::string encode_time(Timestamp time) {
  std::string bytes;
  append_time(bytes, time);
  return bytes;
}

std::optional<Timestamp> decode_time(std::string_view bytes) {
  if (bytes.size() != time_size) return std::nullopt;
  return read_time(bytes);
}

}  // namespace keys
}  // namespace godwit
