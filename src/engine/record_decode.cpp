// Reading of the format that record.cpp draws. The bytes may be anything.
#include <algorithm>
#include <limits>
#include <utility>

#include "engine/record.h"
#include "engine/record_format.h"

namespace godwit {
namespace {

using namespace record_format;  // Half of this file is its names.

/// More of anything than a record may repeat: what hostile bytes can make decoding allocate stays
/// within a small multiple of their own size.
constexpr std::size_t list_max = 65'536;

/// Times beyond this (36 million years) are damage; within, sums of two cannot overflow.
constexpr std::int64_t time_ms_max = std::int64_t{1} << 60;

void set_defaults(Message& message, MessageId id) {
  message.id = id;
  message.method = method_unless_written;
  message.retries_max = retries_max_unless_written;
}

/// What is wrong, as a piece of a sentence; nullptr: nothing.
using Problem = const char*;

struct Field {
  std::uint64_t tag = 0;
  std::string_view bytes;
};

/// Takes a varint off the front of `bytes`.
bool take_varint(std::string_view& bytes, std::uint64_t& number) {
  number = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 10; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (i == 9 && byte > 1) return false;
    number |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      bytes.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

/// Takes a field off the front of `rest`, which is not empty.
Problem take_field(std::string_view& rest, Field& field) {
  std::uint64_t size = 0;
  if (!take_varint(rest, field.tag)) return "a field begins with no readable tag";
  if (!take_varint(rest, size)) return "a field has no readable size";
  if (size > rest.size()) return "a field ends beyond the record";
  field.bytes = rest.substr(0, static_cast<std::size_t>(size));
  rest.remove_prefix(static_cast<std::size_t>(size));
  return nullptr;
}

Problem read(std::string_view bytes, std::uint64_t& number) {
  return take_varint(bytes, number) && bytes.empty() ? nullptr : "a number is not one varint";
}

Problem read(std::string_view bytes, int& number) {
  std::uint64_t bits = 0;
  if (const Problem problem = read(bytes, bits)) return problem;
  const auto wide = static_cast<std::int64_t>(bits);
  if (!std::in_range<int>(wide)) return "a number is out of range";
  number = static_cast<int>(wide);
  return nullptr;
}

/// Takes a time off the front of `bytes`.
Problem take_time(std::string_view& bytes, Timestamp& time) {
  std::uint64_t bits = 0;
  if (!take_varint(bytes, bits)) return "a number is not one varint";
  const auto ms = static_cast<std::int64_t>(bits);
  if (ms < -time_ms_max || ms > time_ms_max) return "a time is out of range";
  time = from_unix_ms(ms);
  return nullptr;
}

Problem read(std::string_view bytes, Timestamp& time) {
  if (const Problem problem = take_time(bytes, time)) return problem;
  return bytes.empty() ? nullptr : "a number is not one varint";
}

Problem read(std::string_view bytes, Milliseconds& duration) {
  Timestamp since_1970;
  const Problem problem = read(bytes, since_1970);
  duration = since_1970.time_since_epoch();
  return problem;
}

Problem read(std::string_view bytes, std::string& text) {
  text = bytes;
  return nullptr;
}

Problem read_more(std::string_view bytes, std::vector<std::string>& texts) {
  if (texts.size() == list_max) return "a list is too long";
  texts.emplace_back(bytes);
  return nullptr;
}

Problem read_more(std::string_view bytes, Headers& headers) {
  std::uint64_t name_size = 0;
  if (!take_varint(bytes, name_size) || name_size > bytes.size()) {
    return "a header's name ends beyond it";
  }
  if (headers.size() == list_max) return "a list is too long";
  const auto split = static_cast<std::size_t>(name_size);
  headers.push_back(Header{std::string(bytes.substr(0, split)), std::string(bytes.substr(split))});
  return nullptr;
}

Problem read_more(std::string_view bytes, std::vector<Timestamp>& times) {
  while (!bytes.empty()) {
    if (times.size() == list_max) return "a list is too long";
    if (const Problem problem = take_time(bytes, times.emplace_back())) return problem;
  }
  return nullptr;
}

Problem read_row_field(const Field& field, LogRow& row) {
  switch (static_cast<RowTag>(field.tag)) {
    case RowTag::time:
      return read(field.bytes, row.time);
    case RowTag::state: {
      std::uint64_t state = 0;
      if (const Problem problem = read(field.bytes, state)) return problem;
      if (state > static_cast<std::uint64_t>(LogState::canceled)) {
        return "a row has an unknown state";
      }
      row.state = static_cast<LogState>(state);
      return nullptr;
    }
    case RowTag::next_delivery:
      return read(field.bytes, row.next_delivery);
    case RowTag::error:
      return read(field.bytes, row.error);
    case RowTag::status:
      return read(field.bytes, row.status);
    case RowTag::response_header:
      return read_more(field.bytes, row.response_headers);
    case RowTag::response_body:
      return read(field.bytes, row.response_body);
  }
  return nullptr;
}

Problem read_more(std::string_view bytes, std::vector<LogRow>& rows) {
  if (rows.size() == list_max) return "a list is too long";
  LogRow& row = rows.emplace_back();
  while (!bytes.empty()) {
    Field field;
    if (const Problem problem = take_field(bytes, field)) return problem;
    if (field.tag > static_cast<std::uint64_t>(RowTag::response_body)) continue;
    if (const Problem problem = read_row_field(field, row)) return problem;
  }
  return nullptr;
}

/// What a message's fields leave open until all are read.
struct Later {
  std::optional<Timestamp> not_before;
};

Problem read_message_field(const Field& field, Message& message, Later& later) {
  switch (static_cast<Tag>(field.tag)) {
    case Tag::account: {
      std::uint64_t account = 0;
      if (const Problem problem = read(field.bytes, account)) return problem;
      if (!std::in_range<AccountId>(account)) return "the account is out of range";
      message.account = static_cast<AccountId>(account);
      return nullptr;
    }
    case Tag::url:
      return read(field.bytes, message.url);
    case Tag::method: {
      std::uint64_t method = 0;
      if (const Problem problem = read(field.bytes, method)) return problem;
      if (method > static_cast<std::uint64_t>(Method::delete_)) return "the method is unknown";
      message.method = static_cast<Method>(method);
      return nullptr;
    }
    case Tag::header:
      return read_more(field.bytes, message.headers);
    case Tag::body:
      return read(field.bytes, message.body);
    case Tag::retries_max:
      return read(field.bytes, message.retries_max);
    case Tag::retry_delay:
      return read(field.bytes, message.retry_delay);
    case Tag::timeout:
      return read(field.bytes, message.timeout.emplace());
    case Tag::created:
      return read(field.bytes, message.created);
    case Tag::not_before:
      return read(field.bytes, later.not_before.emplace());
    case Tag::caller_ip:
      return read(field.bytes, message.caller_ip);
    case Tag::label:
      return read_more(field.bytes, message.labels);
    case Tag::redaction: {
      std::uint64_t redaction = 0;
      if (const Problem problem = read(field.bytes, redaction)) return problem;
      message.redaction.body = (redaction & redacts_body) != 0;
      message.redaction.all_headers = (redaction & redacts_all_headers) != 0;
      return nullptr;
    }
    case Tag::redacted_header:
      return read_more(field.bytes, message.redaction.headers);
    default:
      return nullptr;  // Another record's, or a newer program's.
  }
}

struct KindName {
  Kind kind;
  const char* name;
};
constexpr KindName message_kind{Kind::message, "message"};
constexpr KindName log_kind{Kind::log, "log"};
constexpr KindName dead_letter_kind{Kind::dead_letter, "dead letter"};

std::unexpected<Error> corrupt(const KindName& kind, const std::string& problem) {
  return fail(ErrorCode::corrupt,
              std::string("a stored ") + kind.name + " record cannot be read: " + problem);
}

/// Checks the head and hands every field to `read_field(field) -> Problem`.
template <typename ReadField>
Result<void> read_fields(std::string_view bytes, const KindName& kind, ReadField&& read_field) {
  if (bytes.size() < head_size) return corrupt(kind, "it is shorter than its head");
  const auto first = static_cast<unsigned char>(bytes[0]);
  const auto version = static_cast<unsigned char>(bytes[1]);
  if (first != static_cast<unsigned char>(kind.kind)) {
    return corrupt(kind, "its kind is " + std::to_string(first) + " instead of " +
                             std::to_string(static_cast<unsigned char>(kind.kind)));
  }
  if (version != format_version) {
    return corrupt(kind, "its version is " + std::to_string(version) +
                             " and this program knows only " + std::to_string(format_version));
  }
  std::string_view rest = bytes.substr(head_size);
  while (!rest.empty()) {
    const std::size_t offset = bytes.size() - rest.size();
    Field field;
    Problem problem = take_field(rest, field);
    if (problem == nullptr && field.tag <= static_cast<std::uint64_t>(Tag::last_body)) {
      problem = read_field(field);
    }
    if (problem != nullptr) {
      return corrupt(kind, std::string(problem) + " (field " + std::to_string(field.tag) +
                               " at byte " + std::to_string(offset) + " of " +
                               std::to_string(bytes.size()) + ")");
    }
  }
  return {};
}

}  // namespace

Result<MessageRecord> decode_message(std::string_view bytes, MessageId id) {
  Result<MessageRecord> decoded(std::in_place);
  MessageRecord& record = *decoded;
  set_defaults(record.message, id);
  Later later;
  std::optional<Timestamp> due;
  const Result<void> read_all = read_fields(bytes, message_kind, [&](const Field& field) {
    switch (static_cast<Tag>(field.tag)) {
      case Tag::retried:
        return read(field.bytes, record.retried);
      case Tag::due:
        return read(field.bytes, due.emplace());
      case Tag::state: {
        std::uint64_t state = 0;
        const Problem problem = read(field.bytes, state);
        record.cancel_requested = (state & cancel_was_requested) != 0;
        record.body_outside = (state & body_is_outside) != 0;
        return problem;
      }
      case Tag::flushed:
        return read_more(field.bytes, record.flushed);
      case Tag::row:
        return read_more(field.bytes, record.rows);
      default:
        return read_message_field(field, record.message, later);
    }
  });
  if (!read_all) return std::unexpected(read_all.error());
  if (record.body_outside && !record.message.body.empty()) {
    return corrupt(message_kind, "its body is both inside and outside");
  }
  record.message.not_before = later.not_before.value_or(record.message.created);
  record.due = due.value_or(record.message.not_before);
  return decoded;
}

Result<LogRecord> decode_log(std::string_view bytes, MessageId id) {
  Result<LogRecord> decoded(std::in_place);
  LogRecord& record = *decoded;
  set_defaults(record.message, id);
  Later later;
  const Result<void> read_all = read_fields(bytes, log_kind, [&](const Field& field) {
    switch (static_cast<Tag>(field.tag)) {
      case Tag::retried:
        return read(field.bytes, record.retried);
      case Tag::state: {
        std::uint64_t state = 0;
        const Problem problem = read(field.bytes, state);
        record.ended = (state & message_ended) != 0;
        return problem;
      }
      case Tag::row:
        return read_more(field.bytes, record.rows);
      case Tag::body:
        return read(field.bytes.substr(0, log_body_max), record.message.body);
      default:
        return read_message_field(field, record.message, later);
    }
  });
  if (!read_all) return std::unexpected(read_all.error());
  record.message.not_before = later.not_before.value_or(record.message.created);
  return decoded;
}

Result<DeadLetterRecord> decode_dead_letter(std::string_view bytes) {
  Result<DeadLetterRecord> decoded(std::in_place);
  DeadLetterRecord& record = *decoded;
  set_defaults(record.message, MessageId{});
  Later later;
  bool has_id = false;
  const Result<void> read_all = read_fields(bytes, dead_letter_kind, [&](const Field& field) {
    switch (static_cast<Tag>(field.tag)) {
      case Tag::id: {
        const auto id = MessageId::from_bytes(field.bytes);
        if (!id) return Problem{"the id has not 16 bytes"};
        record.message.id = *id;
        has_id = true;
        return Problem{nullptr};
      }
      case Tag::retried:
        return read(field.bytes, record.retried);
      case Tag::reason:
        return read(field.bytes, record.reason);
      case Tag::last_status:
        return read(field.bytes, record.last.status);
      case Tag::last_error:
        return read(field.bytes, record.last.error);
      case Tag::last_header:
        return read_more(field.bytes, record.last.response_headers);
      case Tag::last_body:
        return read(field.bytes, record.last.response_body);
      default:
        return read_message_field(field, record.message, later);
    }
  });
  if (!read_all) return std::unexpected(read_all.error());
  if (!has_id) return corrupt(dead_letter_kind, "it names no message");
  record.message.not_before = later.not_before.value_or(record.message.created);
  return decoded;
}

Result<MessageOutline> outline_message(std::string_view bytes) {
  MessageOutline outline;
  Message ignored;
  const Result<void> read_all = read_fields(bytes, message_kind, [&](const Field& field) {
    if (field.tag == static_cast<std::uint64_t>(Tag::account)) {
      Later later;
      const Problem problem = read_message_field(field, ignored, later);
      outline.account = ignored.account;
      return problem;
    }
    std::string_view rest = field.bytes;
    if (field.tag == static_cast<std::uint64_t>(Tag::flushed)) {
      while (!rest.empty()) {
        if (const Problem problem = take_time(rest, outline.last_flushed.emplace())) return problem;
      }
    }
    if (field.tag != static_cast<std::uint64_t>(Tag::row)) return Problem{nullptr};
    Timestamp time;
    while (!rest.empty()) {
      Field row_field;
      if (const Problem problem = take_field(rest, row_field)) return problem;
      if (row_field.tag == static_cast<std::uint64_t>(RowTag::time)) {
        if (const Problem problem = read(row_field.bytes, time)) return problem;
      }
    }
    outline.oldest_row = outline.oldest_row ? std::min(*outline.oldest_row, time) : time;
    outline.newest_row = outline.newest_row ? std::max(*outline.newest_row, time) : time;
    return Problem{nullptr};
  });
  if (!read_all) return std::unexpected(read_all.error());
  return outline;
}

}  // namespace godwit
