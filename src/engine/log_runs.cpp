#include "engine/log_runs.h"

#include <algorithm>
#include <utility>

#include "engine/decimal.h"
#include "engine/keys.h"

namespace godwit {

std::string to_cursor(const RowPlace& place) {
  std::string cursor = std::to_string(to_unix_ms(place.time));
  cursor += '-';
  cursor += std::to_string(place.index);
  cursor += '-';
  cursor += std::to_string(to_unix_ms(place.run));
  cursor += '-';
  cursor += place.id.to_string();
  return cursor;
}

std::optional<RowPlace> parse_row_cursor(std::string_view text) {
  const auto part = [&text] {
    const std::size_t dash = std::min(text.find('-'), text.size());
    const std::string_view taken = text.substr(0, dash);
    text.remove_prefix(std::min(dash + 1, text.size()));
    return taken;
  };
  const auto time = parse_decimal<std::int64_t>(part());
  const auto index = parse_decimal<std::uint32_t>(part());
  const auto run = parse_decimal<std::int64_t>(part());
  const auto id = MessageId::parse(text);
  if (!time || !index || !run || !id) return std::nullopt;
  return RowPlace{from_unix_ms(*time), *id, from_unix_ms(*run), *index};
}

MessageId id_of_logged(std::uint16_t partition, Timestamp created, std::uint64_t id_low) {
  MessageId id = MessageId::make(partition, created, 0, 0);
  id.low = id_low;
  return id;
}

Result<Run> read_run(std::string_view bytes, std::uint16_t partition, Timestamp first,
                     std::uint64_t id_low) {
  Result<LogRecord> record = decode_log(bytes, MessageId{});
  if (!record) return std::unexpected(record.error());
  record->message.id = id_of_logged(partition, record->message.created, id_low);
  Result<Run> run(std::in_place);
  run->degraded = record->degraded;
  run->body_size = std::max(record->body_size, record->message.body.size());
  run->message = std::make_shared<const Message>(std::move(record->message));
  run->retried = record->retried;
  run->ended = record->ended;
  run->first = first;
  run->rows = std::move(record->rows);
  return run;
}

Result<std::optional<std::string>> get_run(const StoreReader& reader, AccountId account,
                                           MessageId id, Timestamp first) {
  for (const keys::LogReach reach : keys::log_reaches) {
    Result<std::optional<std::string>> bytes =
        reader.get(Space::log, keys::log(id.partition(), account, reach, first, id));
    if (!bytes || *bytes) return bytes;
  }
  return std::nullopt;
}

Result<std::optional<Run>> find_run(const StoreReader& reader, AccountId account, MessageId id,
                                    Timestamp first) {
  const auto bytes = get_run(reader, account, id, first);
  if (!bytes) return std::unexpected(bytes.error());
  if (!*bytes) return std::optional<Run>();
  Result<Run> run = read_run(**bytes, id.partition(), first, id.low);
  if (!run) return std::unexpected(run.error());
  return std::optional<Run>(std::move(*run));
}

Result<std::vector<Timestamp>> read_log_index(const StoreReader& reader, AccountId account,
                                              MessageId id) {
  const auto bytes = reader.get(Space::log, keys::log_index(account, id));
  if (!bytes) return std::unexpected(bytes.error());
  Result<std::vector<Timestamp>> times(std::in_place);
  std::string_view rest = *bytes ? std::string_view(**bytes) : std::string_view();
  while (!rest.empty()) {
    const auto time = keys::decode_time(rest.substr(0, 8));
    if (!time) return fail(ErrorCode::corrupt, "an index of log records cannot be read");
    times->push_back(*time);
    rest.remove_prefix(8);
  }
  return times;
}

std::vector<Run> split_into_runs(MessageRecord record) {
  std::vector<Run> runs;
  const auto message = std::make_shared<const Message>(std::move(record.message));
  std::optional<Timestamp> earlier;
  if (!record.flushed.empty()) earlier = record.flushed.back();
  for (std::size_t at = 0; at < record.rows.size();) {
    Run& run = runs.emplace_back();
    run.message = message;
    run.retried = record.retried;
    run.body_outside = record.body_outside;
    run.body_size = message->body.size();
    run.first = record.rows[at].time;
    if (earlier) run.first = std::max(run.first, *earlier + Milliseconds(1));
    for (; at < record.rows.size() && record.rows[at].time - run.first < log_span; ++at) {
      LogRow& row = run.rows.emplace_back(std::move(record.rows[at]));
      row.time = std::max(row.time, run.first);
    }
    earlier = run.first;
  }
  return runs;
}

}  // namespace godwit
