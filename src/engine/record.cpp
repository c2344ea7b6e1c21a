// The disk format of records.
//
//     record   | kind 1 | version 1 | field | field | ...
//     field    | tag varint | size varint | size bytes |
//     number   one varint that fills its field; the 64 bits of a negative one as they are
//     time     a number: milliseconds since 1970
//     header   | name size varint | name | value to the end of the field |
//     row      fields again, with the tags of RowTag; the time comes first
//     times    time varints until the end of the field
//     varint   7 bits a byte, the lowest first; the top bit says that another byte follows; at most
//     10
//
// An example, a hot message of 41 bytes:
//
//     01 01 | 01 01 07 | 02 0d "https://a.b/c" | 05 02 "hi" | 09 06 created | 14 .. row
//     kind    account    url                     body         created         rows
//
// A field that would hold its default is not written. An unknown tag is skipped and a repeated
// single field counts the last time, so fields can be added without a new version; the version
// changes when an old program would misread a record.
#include "engine/record.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "core/assert.h"

namespace godwit {
namespace {

enum class Kind : unsigned char { message = 1, log = 2, dead_letter = 3 };
constexpr unsigned char format_version = 1;
constexpr std::size_t head_size = 2;

/// Numbers are never given to another meaning. All are below 128: one byte.
enum class Tag : unsigned char {
  account = 1,
  url = 2,
  method = 3,
  header = 4,  // Repeated, in order.
  body = 5,
  retries_max = 6,
  retry_delay = 7,
  timeout = 8,
  created = 9,
  not_before = 10,  // Absent: as created.
  caller_ip = 11,
  label = 12,  // Repeated, in order.
  redaction = 13,
  redacted_header = 14,  // Repeated, in order.
  id = 15,               // Dead letters only: 16 bytes.
  retried = 16,
  due = 17,  // Absent: as not_before.
  state = 18,
  flushed = 19,
  row = 20,  // Repeated, in order.
  reason = 21,
  last_status = 22,
  last_error = 23,
  last_header = 24,  // Repeated, in order.
  last_body = 25,
};

enum class RowTag : unsigned char {
  time = 1,
  state = 2,
  next_delivery = 3,
  error = 4,
  status = 5,
  response_header = 6,  // Repeated, in order.
  response_body = 7,
};

constexpr std::uint64_t redacts_body = 1;
constexpr std::uint64_t redacts_all_headers = 2;
constexpr std::uint64_t cancel_was_requested = 1;
constexpr std::uint64_t body_is_outside = 2;
constexpr std::uint64_t message_ended = 4;

/// More of anything than a record may repeat: what hostile bytes can make decoding allocate stays
/// within a small multiple of their own size.
constexpr std::size_t list_max = 65'536;

/// Times beyond this (36 million years) are damage; within, sums of two cannot overflow.
constexpr std::int64_t time_ms_max = std::int64_t{1} << 60;

constexpr Milliseconds unset{0};

/// The defaults of fields that are left out are part of the format, whatever Message's may become.
constexpr Method method_unless_written = Method::post;
constexpr int retries_max_unless_written = 3;

void set_defaults(Message& message, MessageId id) {
  message.id = id;
  message.method = method_unless_written;
  message.retries_max = retries_max_unless_written;
}

// --- Writing: each record is described once, to a Measure and then to a Pen of that size. ---

constexpr std::size_t varint_size(std::uint64_t number) {
  std::size_t size = 1;
  for (; number >= 0x80; number >>= 7) ++size;
  return size;
}

class Measure {
 public:
  void byte(unsigned char) { ++size_; }
  void varint(std::uint64_t number) { size_ += varint_size(number); }
  void bytes(std::string_view bytes) { size_ += bytes.size(); }
  template <typename Describe>
  void nested(std::size_t size, Describe&&) {
    size_ += size;
  }
  std::size_t size() const { return size_; }

 private:
  std::size_t size_ = 0;
};

class Pen {
 public:
  explicit Pen(char* at) : at_(at) {}
  void byte(unsigned char byte) { *at_++ = static_cast<char>(byte); }
  void varint(std::uint64_t number) {
    for (; number >= 0x80; number >>= 7) byte(static_cast<unsigned char>(number | 0x80));
    byte(static_cast<unsigned char>(number));
  }
  void bytes(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }
  template <typename Describe>
  void nested(std::size_t, Describe&& describe) {
    describe(*this);
  }
  const char* at() const { return at_; }

 private:
  char* at_;
};

template <typename Sink, typename AnyTag>
void number_field(Sink& sink, AnyTag tag, std::uint64_t number) {
  sink.byte(static_cast<unsigned char>(tag));
  sink.byte(static_cast<unsigned char>(varint_size(number)));
  sink.varint(number);
}

template <typename Sink, typename AnyTag>
void time_field(Sink& sink, AnyTag tag, Timestamp time) {
  number_field(sink, tag, static_cast<std::uint64_t>(to_unix_ms(time)));
}

template <typename Sink, typename AnyTag>
void int_field(Sink& sink, AnyTag tag, int number) {
  number_field(sink, tag, static_cast<std::uint64_t>(static_cast<std::int64_t>(number)));
}

template <typename Sink, typename AnyTag>
void bytes_field(Sink& sink, AnyTag tag, std::string_view bytes) {
  sink.byte(static_cast<unsigned char>(tag));
  sink.varint(bytes.size());
  sink.bytes(bytes);
}

template <typename Sink, typename AnyTag>
void text_field(Sink& sink, AnyTag tag, std::string_view text) {
  if (!text.empty()) bytes_field(sink, tag, text);
}

template <typename Sink, typename AnyTag>
void header_fields(Sink& sink, AnyTag tag, const Headers& headers) {
  for (const Header& header : headers) {
    sink.byte(static_cast<unsigned char>(tag));
    sink.varint(varint_size(header.name.size()) + header.name.size() + header.value.size());
    sink.varint(header.name.size());
    sink.bytes(header.name);
    sink.bytes(header.value);
  }
}

template <typename Sink>
void row_content(Sink& sink, const LogRow& row) {
  time_field(sink, RowTag::time, row.time);
  if (row.state != LogState::created) {
    number_field(sink, RowTag::state, static_cast<std::uint64_t>(row.state));
  }
  if (row.next_delivery.time_since_epoch() != unset) {
    time_field(sink, RowTag::next_delivery, row.next_delivery);
  }
  text_field(sink, RowTag::error, row.error);
  if (row.status != 0) int_field(sink, RowTag::status, row.status);
  header_fields(sink, RowTag::response_header, row.response_headers);
  text_field(sink, RowTag::response_body, row.response_body);
}

template <typename Sink>
void row_fields(Sink& sink, std::span<const LogRow> rows) {
  for (const LogRow& row : rows) {
    Measure measure;
    row_content(measure, row);
    sink.byte(static_cast<unsigned char>(Tag::row));
    sink.varint(measure.size());
    sink.nested(measure.size(), [&row](auto& inner) { row_content(inner, row); });
  }
}

template <typename Sink>
void message_fields(Sink& sink, const Message& message, std::string_view body) {
  if (message.account != 0) number_field(sink, Tag::account, message.account);
  text_field(sink, Tag::url, message.url);
  if (message.method != method_unless_written) {
    number_field(sink, Tag::method, static_cast<std::uint64_t>(message.method));
  }
  header_fields(sink, Tag::header, message.headers);
  text_field(sink, Tag::body, body);
  if (message.retries_max != retries_max_unless_written) {
    int_field(sink, Tag::retries_max, message.retries_max);
  }
  text_field(sink, Tag::retry_delay, message.retry_delay);
  if (message.timeout) {
    number_field(sink, Tag::timeout, static_cast<std::uint64_t>(message.timeout->count()));
  }
  time_field(sink, Tag::created, message.created);
  if (message.not_before != message.created) {
    time_field(sink, Tag::not_before, message.not_before);
  }
  text_field(sink, Tag::caller_ip, message.caller_ip);
  for (const std::string& label : message.labels) bytes_field(sink, Tag::label, label);
  const std::uint64_t redaction = (message.redaction.body ? redacts_body : 0) |
                                  (message.redaction.all_headers ? redacts_all_headers : 0);
  if (redaction != 0) number_field(sink, Tag::redaction, redaction);
  for (const std::string& name : message.redaction.headers) {
    bytes_field(sink, Tag::redacted_header, name);
  }
}

template <typename Sink>
void describe(Sink& sink, const MessageRecordView& record) {
  sink.byte(static_cast<unsigned char>(Kind::message));
  sink.byte(format_version);
  message_fields(sink, record.message,
                 record.body_outside ? std::string_view() : std::string_view(record.message.body));
  if (record.retried != 0) int_field(sink, Tag::retried, record.retried);
  if (record.due != record.message.not_before) time_field(sink, Tag::due, record.due);
  const std::uint64_t state = (record.cancel_requested ? cancel_was_requested : 0) |
                              (record.body_outside ? body_is_outside : 0);
  if (state != 0) number_field(sink, Tag::state, state);
  if (!record.flushed.empty()) {
    std::size_t size = 0;
    for (const Timestamp time : record.flushed) {
      size += varint_size(static_cast<std::uint64_t>(to_unix_ms(time)));
    }
    sink.byte(static_cast<unsigned char>(Tag::flushed));
    sink.varint(size);
    for (const Timestamp time : record.flushed) {
      sink.varint(static_cast<std::uint64_t>(to_unix_ms(time)));
    }
  }
  row_fields(sink, record.rows);
}

template <typename Sink>
void describe(Sink& sink, const LogRecordView& record) {
  sink.byte(static_cast<unsigned char>(Kind::log));
  sink.byte(format_version);
  message_fields(sink, record.message,
                 std::string_view(record.message.body).substr(0, log_body_max));
  if (record.retried != 0) int_field(sink, Tag::retried, record.retried);
  if (record.ended) number_field(sink, Tag::state, message_ended);
  row_fields(sink, record.rows);
}

template <typename Sink>
void describe(Sink& sink, const DeadLetterRecordView& record) {
  sink.byte(static_cast<unsigned char>(Kind::dead_letter));
  sink.byte(format_version);
  // First, so that a search by message id reads no further.
  sink.byte(static_cast<unsigned char>(Tag::id));
  sink.byte(MessageId::size_bytes);
  for (const std::uint64_t half : {record.message.id.high, record.message.id.low}) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      sink.byte(static_cast<unsigned char>(half >> shift));
    }
  }
  message_fields(sink, record.message, record.message.body);
  if (record.retried != 0) int_field(sink, Tag::retried, record.retried);
  text_field(sink, Tag::reason, record.reason);
  if (record.last.status != 0) int_field(sink, Tag::last_status, record.last.status);
  text_field(sink, Tag::last_error, record.last.error);
  header_fields(sink, Tag::last_header, record.last.response_headers);
  text_field(sink, Tag::last_body, record.last.response_body);
}

template <typename View>
std::string encode_view(const View& record) {
  Measure measure;
  describe(measure, record);
  std::string bytes;
  bytes.resize_and_overwrite(measure.size(), [&record](char* at, std::size_t size) {
    Pen pen(at);
    describe(pen, record);
    GODWIT_ASSERT(pen.at() == at + size);
    return size;
  });
  return bytes;
}

// --- Reading. A `Problem` is the end of a sentence, or nullptr. ---

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

Problem check_time(std::uint64_t bits, std::int64_t& ms) {
  ms = static_cast<std::int64_t>(bits);
  return ms >= -time_ms_max && ms <= time_ms_max ? nullptr : "a time is out of range";
}

Problem read(std::string_view bytes, Milliseconds& duration) {
  std::uint64_t bits = 0;
  if (const Problem problem = read(bytes, bits)) return problem;
  std::int64_t ms = 0;
  if (const Problem problem = check_time(bits, ms)) return problem;
  duration = Milliseconds(ms);
  return nullptr;
}

Problem read(std::string_view bytes, Timestamp& time) {
  Milliseconds since_1970{};
  const Problem problem = read(bytes, since_1970);
  time = Timestamp(since_1970);
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
    std::uint64_t bits = 0;
    std::int64_t ms = 0;
    if (!take_varint(bytes, bits)) return "a number is not one varint";
    if (const Problem problem = check_time(bits, ms)) return problem;
    if (times.size() == list_max) return "a list is too long";
    times.push_back(from_unix_ms(ms));
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

std::string_view to_string(LogState state) {
  switch (state) {
    case LogState::created:
      return "CREATED";
    case LogState::active:
      return "ACTIVE";
    case LogState::retry:
      return "RETRY";
    case LogState::error:
      return "ERROR";
    case LogState::delivered:
      return "DELIVERED";
    case LogState::failed:
      return "FAILED";
    case LogState::cancel_requested:
      return "CANCEL_REQUESTED";
    case LogState::canceled:
      return "CANCELED";
  }
  assertion_failed("state is a LogState", __FILE__, __LINE__);
}

std::optional<LogState> parse_log_state(std::string_view text) {
  if (text == "CANCELLED") return LogState::canceled;
  for (int i = 0; i <= static_cast<int>(LogState::canceled); ++i) {
    const auto state = static_cast<LogState>(i);
    if (text == to_string(state)) return state;
  }
  return std::nullopt;
}

std::string encode(const MessageRecordView& record) { return encode_view(record); }
std::string encode(const LogRecordView& record) { return encode_view(record); }
std::string encode(const DeadLetterRecordView& record) { return encode_view(record); }

std::string encode(const MessageRecord& record) {
  return encode_view(MessageRecordView{record.message, record.retried, record.due,
                                       record.cancel_requested, record.body_outside, record.flushed,
                                       record.rows});
}
std::string encode(const LogRecord& record) {
  return encode_view(LogRecordView{record.message, record.retried, record.ended, record.rows});
}
std::string encode(const DeadLetterRecord& record) {
  return encode_view(
      DeadLetterRecordView{record.message, record.retried, record.reason, record.last});
}

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
    if (field.tag != static_cast<std::uint64_t>(Tag::row)) return Problem{nullptr};
    std::string_view rest = field.bytes;
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
