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

#include <cstring>

#include "core/assert.h"
#include "engine/record_format.h"

namespace godwit {
namespace {

using namespace record_format;  // Half of this file is its names.

constexpr Milliseconds unset{0};

// Each record is described once: to a Measure, and then to a Pen that fills exactly that size.

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
  const std::size_t size = measure.size();
  std::string bytes;
  // libstdc++ 12 hands the operation the capacity instead of the size it was asked for: not used.
  bytes.resize_and_overwrite(size, [&record, size](char* at, std::size_t) {
    Pen pen(at);
    describe(pen, record);
    GODWIT_ASSERT(pen.at() == at + size);
    return size;
  });
  return bytes;
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
                                       record.cancel_requested, record.body_outside, record.listed,
                                       record.flushed, record.rows});
}
std::string encode(const LogRecord& record) {
  return encode_view(LogRecordView{record.message, record.retried, record.ended, record.rows});
}
std::string encode(const DeadLetterRecord& record) {
  return encode_view(
      DeadLetterRecordView{record.message, record.retried, record.reason, record.last});
}

}  // namespace godwit
