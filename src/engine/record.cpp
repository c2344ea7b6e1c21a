// The disk format of records.
//
//     record   | kind 1 | version 1 | field | field | ...
//     field    | tag varint | size varint | size bytes |
//     number   one varint that fills its field; the 64 bits of a negative one as they are
//     time     a number: milliseconds since 1970
//     header   | name size varint | name | value to the end of the field |
//     group    fields again, with tags of their own: a row (RowTag; the time comes first), flow
//              control (FlowControlTag), a callback (CallbackTag; in it once more at most)
//     timing   | flags varint | total varint | a varint for each step in flags | address 0, 4 or 16
//              |: microseconds
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

#include "core/assert.h"
#include "engine/field_codec.h"
#include "engine/message_fields.h"
#include "engine/record_format.h"

namespace godwit {
namespace {

using namespace field_codec;  // Half of this file is their names.
using namespace record_format;

constexpr Milliseconds unset{0};

/// Handed out in the order in which they are written, with the flag of each.
template <typename Visit>
void each_step(const AttemptTiming& timing, const Visit& visit) {
  visit(timing_has_resolve, timing.resolve);
  visit(timing_has_connect, timing.connect);
  visit(timing_has_tls, timing.tls);
  visit(timing_has_first_byte, timing.first_byte);
  visit(timing_has_body, timing.body);
}

/// A group of fields would be twice as long, and there is one for every attempt.
template <typename Sink, typename AnyTag>
void timing_field(Sink& sink, AnyTag tag, const std::optional<AttemptTiming>& timing) {
  if (!timing) return;
  group_field(sink, tag, [&timing = *timing](auto& inner) {
    std::uint64_t flags = timing.reused_connection ? connection_was_reused : 0;
    each_step(timing, [&flags](std::uint64_t flag, Microseconds time) {
      if (time >= Microseconds(0)) flags |= flag;
    });
    inner.varint(flags);
    inner.varint(static_cast<std::uint64_t>(timing.total.count()));
    each_step(timing, [&inner](std::uint64_t, Microseconds time) {
      if (time >= Microseconds(0)) inner.varint(static_cast<std::uint64_t>(time.count()));
    });
    const PeerAddress& address = timing.address;
    inner.bytes({reinterpret_cast<const char*>(address.bytes.data()), address.size});
  });
}

template <typename Sink>
void row_content(Sink& sink, const LogRow& row, LogOmission omission) {
  time_field(sink, RowTag::time, row.time);
  if (row.state != LogState::created) {
    number_field(sink, RowTag::state, static_cast<std::uint64_t>(row.state));
  }
  if (row.next_delivery.time_since_epoch() != unset) {
    time_field(sink, RowTag::next_delivery, row.next_delivery);
  }
  text_field(sink, RowTag::error, row.error);
  if (row.status != 0) int_field(sink, RowTag::status, row.status);
  if (omission != LogOmission::bodies_and_headers) {
    header_fields(sink, RowTag::response_header, row.response_headers);
  }
  if (omission == LogOmission::nothing) {
    text_field(sink, RowTag::response_body, row.response_body);
  }
  timing_field(sink, RowTag::timing, row.timing);
  if (row.callback != MessageId{}) id_field(sink, RowTag::callback, row.callback);
}

template <typename Sink>
void row_fields(Sink& sink, std::span<const LogRow> rows,
                LogOmission omission = LogOmission::nothing) {
  for (const LogRow& row : rows) {
    group_field(sink, Tag::row, [&](auto& inner) { row_content(inner, row, omission); });
  }
}

template <typename Sink>
void describe(Sink& sink, const MessageRecordView& record) {
  message_fields(sink, record.message,
                 record.body_outside ? std::string_view() : std::string_view(record.message.body));
  if (record.retried != 0) int_field(sink, Tag::retried, record.retried);
  if (record.due != record.message.not_before) time_field(sink, Tag::due, record.due);
  const std::uint64_t state = (record.cancel_requested ? cancel_was_requested : 0) |
                              (record.body_outside ? body_is_outside : 0) |
                              (record.listed ? stands_in_list : 0);
  if (state != 0) number_field(sink, Tag::state, state);
  if (!record.flushed.empty()) {
    group_field(sink, Tag::flushed, [&record](auto& inner) {
      for (const Timestamp time : record.flushed) {
        inner.varint(static_cast<std::uint64_t>(to_unix_ms(time)));
      }
    });
  }
  row_fields(sink, record.rows);
}

template <typename Sink>
void describe(Sink& sink, const LogRecordView& record) {
  const std::size_t body_max = record.omission == LogOmission::nothing ? log_body_max : 0;
  const std::string_view body = std::string_view(record.message.body).substr(0, body_max);
  message_fields(sink, record.message, body);
  if (record.retried != 0) int_field(sink, Tag::retried, record.retried);
  const Omitted omitted = omitted_from(record);
  const bool degraded = record.degraded || omitted.bodies > 0 || omitted.headers > 0;
  const std::uint64_t state = (record.ended ? message_ended : 0) | (degraded ? log_is_degraded : 0);
  if (state != 0) number_field(sink, Tag::state, state);
  const std::size_t whole = std::max(record.message.body.size(), record.body_size);
  if (whole > body.size()) number_field(sink, Tag::body_size, whole);
  row_fields(sink, record.rows, record.omission);
}

template <typename Sink>
void describe(Sink& sink, const DeadLetterRecordView& record) {
  // First, so that a search by message id reads no further.
  id_field(sink, Tag::id, record.message.id);
  message_fields(sink, record.message, record.message.body);
  if (record.retried != 0) int_field(sink, Tag::retried, record.retried);
  text_field(sink, Tag::reason, record.reason);
  if (record.last.status != 0) int_field(sink, Tag::last_status, record.last.status);
  text_field(sink, Tag::last_error, record.last.error);
  header_fields(sink, Tag::last_header, record.last.response_headers);
  text_field(sink, Tag::last_body, record.last.response_body);
  timing_field(sink, Tag::last_timing, record.last.timing);
}

template <typename View>
std::string encode_view(Kind kind, const View& record) {
  return write_record(kind, [&record](auto& sink) { describe(sink, record); });
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

Omitted omitted_from(const LogRecordView& record) {
  Omitted omitted;
  if (record.omission == LogOmission::nothing) return omitted;
  if (!record.message.body.empty()) ++omitted.bodies;
  for (const LogRow& row : record.rows) {
    if (!row.response_body.empty()) ++omitted.bodies;
    if (record.omission == LogOmission::bodies_and_headers) {
      omitted.headers += row.response_headers.size();
    }
  }
  return omitted;
}

std::string encode(const MessageRecordView& record) { return encode_view(Kind::message, record); }
std::string encode(const LogRecordView& record) { return encode_view(Kind::log, record); }
std::string encode(const DeadLetterRecordView& record) {
  return encode_view(Kind::dead_letter, record);
}

std::string encode(const MessageRecord& record) {
  return encode(MessageRecordView{record.message, record.retried, record.due,
                                  record.cancel_requested, record.body_outside, record.listed,
                                  record.flushed, record.rows});
}
std::string encode(const LogRecord& record) {
  return encode(LogRecordView{.message = record.message,
                              .retried = record.retried,
                              .ended = record.ended,
                              .rows = record.rows,
                              .degraded = record.degraded,
                              .body_size = record.body_size});
}
std::string encode(const DeadLetterRecord& record) {
  return encode(DeadLetterRecordView{record.message, record.retried, record.reason, record.last});
}

}  // namespace godwit
