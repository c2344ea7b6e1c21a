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
  const std::string_view id = key.substr(partition_size + time_size);
  const MessageId parsed{read_number<std::uint64_t>(id), read_number<std::uint64_t>(id.substr(8))};
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

std::string log(std::uint16_t partition, AccountId account, Timestamp first_row, MessageId id) {
  std::string key = account_prefix(partition, account, partition_size + account_size + 16);
  append_time(key, first_row);
  append_number(key, id.low);
  return key;
}

std::string log_index(AccountId account, MessageId id) {
  std::string key = account_prefix(id.partition(), account, partition_size + account_size + 17);
  append_time(key, id.created());
  append_number(key, id.low);
  key += '\1';
  return key;
}

std::optional<Log> parse_log(std::string_view key) {
  constexpr std::size_t prefix = partition_size + account_size;
  if (key.size() != prefix + time_size + 8) return std::nullopt;
  const auto first_row = read_time(key.substr(prefix));
  if (!first_row) return std::nullopt;
  return Log{*first_row, read_number<std::uint64_t>(key.substr(prefix + time_size))};
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

KeyRange partition(std::uint16_t partition) {
  std::string begin;
  append_number(begin, partition);
  std::string end = behind(begin);
  return {std::move(begin), std::move(end)};
}

KeyRange account(std::uint16_t partition, AccountId account) {
  std::string begin = account_prefix(partition, account, partition_size + account_size);
  std::string end = behind(begin);
  return {std::move(begin), std::move(end)};
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
