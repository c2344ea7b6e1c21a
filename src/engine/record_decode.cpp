// Reading of the format that record.cpp draws. The bytes may be anything.
#include <algorithm>
#include <limits>
#include <utility>

#include "engine/field_codec.h"
#include "engine/message_fields.h"
#include "engine/record.h"
#include "engine/record_format.h"

namespace godwit {
namespace {

using namespace field_codec;  // Half of this file is their names.
using namespace record_format;

constexpr KindName message_kind{Kind::message, "message"};
constexpr KindName log_kind{Kind::log, "log"};
constexpr KindName dead_letter_kind{Kind::dead_letter, "dead letter"};

Problem read_state(std::string_view bytes, LogState& state) {
  std::uint64_t number = 0;
  if (const Problem problem = read(bytes, number)) return problem;
  if (number > static_cast<std::uint64_t>(LogState::canceled)) return "a row has an unknown state";
  state = static_cast<LogState>(number);
  return nullptr;
}

Problem take_duration(std::string_view& bytes, Microseconds& time) {
  std::uint64_t number = 0;
  if (!take_varint(bytes, number)) return "a number is not one varint";
  if (number > std::uint64_t{time_ms_max}) return "a time is out of range";
  time = Microseconds(static_cast<std::int64_t>(number));
  return nullptr;
}

Problem read_timing(std::string_view bytes, std::optional<AttemptTiming>& timing) {
  AttemptTiming& times = timing.emplace();
  std::uint64_t flags = 0;
  if (!take_varint(bytes, flags)) return "a number is not one varint";
  if ((flags & ~timing_bits) != 0) return "a timing has unknown parts";
  if (const Problem problem = take_duration(bytes, times.total)) return problem;
  const std::pair<std::uint64_t, Microseconds&> steps[] = {
      {timing_has_resolve, times.resolve},
      {timing_has_connect, times.connect},
      {timing_has_tls, times.tls},
      {timing_has_first_byte, times.first_byte},
      {timing_has_body, times.body}};
  for (const auto& [flag, time] : steps) {
    if ((flags & flag) == 0) continue;
    if (const Problem problem = take_duration(bytes, time)) return problem;
  }
  times.reused_connection = (flags & connection_was_reused) != 0;
  if (bytes.size() != 0 && bytes.size() != 4 && bytes.size() != 16) {
    return "an address has not 4 or 16 bytes";
  }
  std::ranges::copy(bytes, times.address.bytes.begin());
  times.address.size = static_cast<std::uint8_t>(bytes.size());
  return nullptr;
}

Problem read_row_field(const Field& field, LogRow& row) {
  switch (static_cast<RowTag>(field.tag)) {
    case RowTag::time:
      return read(field.bytes, row.time);
    case RowTag::state:
      return read_state(field.bytes, row.state);
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
    case RowTag::timing:
      return read_timing(field.bytes, row.timing);
    case RowTag::callback:
      return read(field.bytes, row.callback);
  }
  return nullptr;
}

Problem read_row(std::string_view bytes, std::vector<LogRow>& rows) {
  if (rows.size() == list_max) return "a list is too long";
  LogRow& row = rows.emplace_back();
  return read_group(bytes, RowTag::callback,
                    [&row](const Field& field) { return read_row_field(field, row); });
}

Problem read_account(std::string_view bytes, AccountId& account) {
  std::uint64_t number = 0;
  if (const Problem problem = read(bytes, number)) return problem;
  if (!std::in_range<AccountId>(number)) return "the account is out of range";
  account = static_cast<AccountId>(number);
  return nullptr;
}

Problem read_method(std::string_view bytes, Method& method) {
  std::uint64_t number = 0;
  if (const Problem problem = read(bytes, number)) return problem;
  if (number > static_cast<std::uint64_t>(Method::delete_)) return "the method is unknown";
  method = static_cast<Method>(number);
  return nullptr;
}

Problem read_redaction(std::string_view bytes, Redaction& redaction) {
  std::uint64_t bits = 0;
  if (const Problem problem = read(bytes, bits)) return problem;
  redaction.body = (bits & redacts_body) != 0;
  redaction.all_headers = (bits & redacts_all_headers) != 0;
  return nullptr;
}

Problem read_flow_control(std::string_view bytes, FlowControl& flow_control) {
  flow_control = {};
  flow_control.period = period_unless_written;
  const Problem problem =
      read_group(bytes, FlowControlTag::period, [&flow_control](const Field& field) {
        switch (static_cast<FlowControlTag>(field.tag)) {
          case FlowControlTag::key:
            return read(field.bytes, flow_control.key);
          case FlowControlTag::parallelism:
            return read(field.bytes, flow_control.parallelism);
          case FlowControlTag::rate:
            return read(field.bytes, flow_control.rate);
          case FlowControlTag::period:
            return read(field.bytes, flow_control.period);
        }
        return Problem{nullptr};
      });
  if (flow_control.key.empty()) flow_control = {};  // Limits of nothing.
  return problem;
}

Problem read_callback(std::string_view bytes, Boxed<Callback>& callback, int depth);

Problem read_callback_field(const Field& field, Callback& callback, int depth) {
  switch (static_cast<CallbackTag>(field.tag)) {
    case CallbackTag::url:
      return read(field.bytes, callback.url);
    case CallbackTag::method:
      return read_method(field.bytes, callback.method);
    case CallbackTag::header:
      return read_more(field.bytes, callback.headers);
    case CallbackTag::retries_max:
      return read(field.bytes, callback.retries_max.emplace());
    case CallbackTag::retry_delay:
      return read(field.bytes, callback.retry_delay);
    case CallbackTag::timeout:
      return read(field.bytes, callback.timeout.emplace());
    case CallbackTag::delay:
      return read(field.bytes, callback.delay.emplace());
    case CallbackTag::flow_control:
      return read_flow_control(field.bytes, callback.flow_control);
    case CallbackTag::label:
      return read_more(field.bytes, callback.labels);
    case CallbackTag::redaction:
      return read_redaction(field.bytes, callback.redaction);
    case CallbackTag::redacted_header:
      return read_more(field.bytes, callback.redaction.headers);
    case CallbackTag::callback:
      return read_callback(field.bytes, callback.callback, depth + 1);
    case CallbackTag::failure_callback:
      return read_callback(field.bytes, callback.failure_callback, depth + 1);
  }
  return nullptr;
}

/// `depth` counts the callbacks around and with this one.
Problem read_callback(std::string_view bytes, Boxed<Callback>& callback, int depth) {
  if (depth > callback_depth_max) return "callbacks are nested too deep";
  callback = Callback{};
  callback->method = method_unless_written;
  return read_group(bytes, CallbackTag::failure_callback, [&](const Field& field) {
    return read_callback_field(field, *callback, depth);
  });
}

Problem read_change(std::string_view bytes, MessageChange& change) {
  return read_group(bytes, ChangeTag::after, [&change](const Field& field) {
    switch (static_cast<ChangeTag>(field.tag)) {
      case ChangeTag::what: {
        std::uint64_t what = 0;
        if (const Problem problem = read(field.bytes, what)) return problem;
        if (what > static_cast<std::uint64_t>(MessageChange::What::body)) {
          return Problem{"a change is of something unknown"};
        }
        change.what = static_cast<MessageChange::What>(what);
        return Problem{nullptr};
      }
      case ChangeTag::name:
        return read(field.bytes, change.name);
      case ChangeTag::before:
        return read(field.bytes, change.before.emplace());
      case ChangeTag::after:
        return read(field.bytes, change.after.emplace());
    }
    return Problem{nullptr};
  });
}

Problem read_replay(std::string_view bytes, Boxed<Replay>& replay) {
  replay = Replay{};
  return read_group(bytes, ReplayTag::change, [&replay = *replay](const Field& field) {
    switch (static_cast<ReplayTag>(field.tag)) {
      case ReplayTag::dead_letter_id:
        return read(field.bytes, replay.dead_letter_id);
      case ReplayTag::message:
        return read(field.bytes, replay.message);
      case ReplayTag::change:
        if (replay.changes.size() == list_max) return Problem{"a list is too long"};
        return read_change(field.bytes, replay.changes.emplace_back());
    }
    return Problem{nullptr};
  });
}

Problem sketch_row(std::string_view bytes, std::vector<RecordSketch::Row>& rows) {
  if (rows.size() == list_max) return "a list is too long";
  RecordSketch::Row& row = rows.emplace_back();
  return read_group(bytes, RowTag::state, [&row](const Field& field) {
    if (field.tag == static_cast<std::uint64_t>(RowTag::time)) return read(field.bytes, row.time);
    return read_state(field.bytes, row.state);
  });
}

Problem sketch_field(const Field& field, RecordSketch& sketch) {
  MessageTraits& traits = sketch.traits;
  switch (static_cast<Tag>(field.tag)) {
    case Tag::account:
      return read_account(field.bytes, sketch.account);
    case Tag::id:
      return read(field.bytes, traits.id);
    case Tag::url:
      traits.url = field.bytes;
      return nullptr;
    case Tag::caller_ip:
      traits.caller_ip = field.bytes;
      return nullptr;
    case Tag::label:
      if (traits.labels.size() == list_max) return "a list is too long";
      traits.labels.push_back(field.bytes);
      return nullptr;
    case Tag::queue:
      traits.queue = field.bytes;
      return nullptr;
    case Tag::group:
      traits.group = field.bytes;
      return nullptr;
    case Tag::schedule_id:
      traits.schedule_id = field.bytes;
      return nullptr;
    case Tag::flow_control:
      traits.flow_control_key = {};
      return read_group(field.bytes, FlowControlTag::key, [&traits](const Field& inner) {
        traits.flow_control_key = inner.bytes;
        return Problem{nullptr};
      });
    case Tag::created:
      return read(field.bytes, sketch.created);
    case Tag::state: {
      std::uint64_t state = 0;
      const Problem problem = read(field.bytes, state);
      sketch.ended = (state & message_ended) != 0;
      sketch.body_outside = (state & body_is_outside) != 0;
      return problem;
    }
    case Tag::flushed:
      for (std::string_view rest = field.bytes; !rest.empty();) {
        if (const Problem problem = take_time(rest, sketch.last_flushed.emplace())) return problem;
      }
      return nullptr;
    case Tag::retried:
      return read(field.bytes, sketch.retried);
    case Tag::row:
      return sketch_row(field.bytes, sketch.rows);
    case Tag::last_status:
      return read(field.bytes, sketch.last_status);
    default:
      return nullptr;
  }
}

Result<void> sketch_record(std::string_view bytes, const KindName& kind, RecordSketch& sketch) {
  std::vector<std::string_view> labels = std::move(sketch.traits.labels);
  std::vector<RecordSketch::Row> rows = std::move(sketch.rows);
  labels.clear();
  rows.clear();
  sketch = {};
  sketch.traits.labels = std::move(labels);
  sketch.rows = std::move(rows);
  return read_record(bytes, kind, last_tag,
                     [&sketch](const Field& field) { return sketch_field(field, sketch); });
}

}  // namespace

MessageReading::MessageReading(Message& message, MessageId id) : message_(message) {
  message.id = id;
  message.method = method_unless_written;
  message.retries_max = retries_max_unless_written;
}

Problem MessageReading::read(const Field& field) {
  using field_codec::read;
  switch (static_cast<Tag>(field.tag)) {
    case Tag::account:
      return read_account(field.bytes, message_.account);
    case Tag::url:
      return read(field.bytes, message_.url);
    case Tag::method:
      return read_method(field.bytes, message_.method);
    case Tag::header:
      return read_more(field.bytes, message_.headers);
    case Tag::body:
      return read(field.bytes, message_.body);
    case Tag::retries_max:
      return read(field.bytes, message_.retries_max);
    case Tag::retry_delay:
      return read(field.bytes, message_.retry_delay);
    case Tag::timeout:
      return read(field.bytes, message_.timeout.emplace());
    case Tag::created:
      return read(field.bytes, message_.created);
    case Tag::not_before:
      return read(field.bytes, not_before_.emplace());
    case Tag::caller_ip:
      return read(field.bytes, message_.caller_ip);
    case Tag::label:
      return read_more(field.bytes, message_.labels);
    case Tag::redaction:
      return read_redaction(field.bytes, message_.redaction);
    case Tag::redacted_header:
      return read_more(field.bytes, message_.redaction.headers);
    case Tag::queue:
      return read(field.bytes, message_.queue);
    case Tag::flow_control:
      return read_flow_control(field.bytes, message_.flow_control);
    case Tag::group:
      return read(field.bytes, message_.group);
    case Tag::endpoint:
      return read(field.bytes, message_.endpoint);
    case Tag::schedule_id:
      return read(field.bytes, message_.schedule_id);
    case Tag::callback:
      return read_callback(field.bytes, message_.callback, 1);
    case Tag::failure_callback:
      return read_callback(field.bytes, message_.failure_callback, 1);
    case Tag::callback_of:
      return read(field.bytes, message_.callback_of);
    case Tag::blocks_queue:
      return read(field.bytes, message_.blocks_queue);
    case Tag::tells_failure:
      message_.tells_failure = true;
      return nullptr;
    case Tag::replay_of:
      return read_replay(field.bytes, message_.replay_of);
    case Tag::deduplication_id:
      return read(field.bytes, message_.deduplication_id.emplace());
    default:
      return nullptr;  // Another record's, or a newer program's.
  }
}

void MessageReading::finish() { message_.not_before = not_before_.value_or(message_.created); }

Result<MessageRecord> decode_message(std::string_view bytes, MessageId id) {
  Result<MessageRecord> decoded(std::in_place);
  MessageRecord& record = *decoded;
  MessageReading message(record.message, id);
  std::optional<Timestamp> due;
  const Result<void> read_all = read_record(bytes, message_kind, last_tag, [&](const Field& field) {
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
        record.listed = (state & stands_in_list) != 0;
        return problem;
      }
      case Tag::flushed:
        return read_more(field.bytes, record.flushed);
      case Tag::row:
        return read_row(field.bytes, record.rows);
      default:
        return message.read(field);
    }
  });
  if (!read_all) return std::unexpected(read_all.error());
  if (record.body_outside && !record.message.body.empty()) {
    return corrupt(message_kind, "its body is both inside and outside");
  }
  message.finish();
  record.due = due.value_or(record.message.not_before);
  return decoded;
}

Result<LogRecord> decode_log(std::string_view bytes, MessageId id) {
  Result<LogRecord> decoded(std::in_place);
  LogRecord& record = *decoded;
  MessageReading message(record.message, id);
  const Result<void> read_all = read_record(bytes, log_kind, last_tag, [&](const Field& field) {
    switch (static_cast<Tag>(field.tag)) {
      case Tag::retried:
        return read(field.bytes, record.retried);
      case Tag::state: {
        std::uint64_t state = 0;
        const Problem problem = read(field.bytes, state);
        record.ended = (state & message_ended) != 0;
        record.degraded = (state & log_is_degraded) != 0;
        return problem;
      }
      case Tag::body_size: {
        std::uint64_t size = 0;
        const Problem problem = read(field.bytes, size);
        record.body_size = size;
        return problem;
      }
      case Tag::row:
        return read_row(field.bytes, record.rows);
      case Tag::body:
        return read(field.bytes.substr(0, log_body_max), record.message.body);
      default:
        return message.read(field);
    }
  });
  if (!read_all) return std::unexpected(read_all.error());
  message.finish();
  if (record.body_size <= record.message.body.size()) record.body_size = 0;
  return decoded;
}

Result<DeadLetterRecord> decode_dead_letter(std::string_view bytes) {
  Result<DeadLetterRecord> decoded(std::in_place);
  DeadLetterRecord& record = *decoded;
  MessageReading message(record.message, MessageId{});
  bool has_id = false;
  const Result<void> read_all =
      read_record(bytes, dead_letter_kind, last_tag, [&](const Field& field) {
        switch (static_cast<Tag>(field.tag)) {
          case Tag::id:
            has_id = true;
            return read(field.bytes, record.message.id);
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
          case Tag::last_timing:
            return read_timing(field.bytes, record.last.timing);
          default:
            return message.read(field);
        }
      });
  if (!read_all) return std::unexpected(read_all.error());
  if (!has_id) return corrupt(dead_letter_kind, "it names no message");
  message.finish();
  return decoded;
}

MessageTraits traits_of(const Message& message) {
  return {.id = message.id,
          .url = message.url,
          .caller_ip = message.caller_ip,
          .group = message.group,
          .queue = message.queue,
          .schedule_id = message.schedule_id,
          .flow_control_key = message.flow_control.key,
          .labels = {message.labels.begin(), message.labels.end()}};
}

Result<void> sketch_log(std::string_view bytes, RecordSketch& sketch) {
  return sketch_record(bytes, log_kind, sketch);
}

Result<void> sketch_dead_letter(std::string_view bytes, RecordSketch& sketch) {
  return sketch_record(bytes, dead_letter_kind, sketch);
}

Result<bool> sketch_message(std::string_view bytes, AccountId account, RecordSketch& sketch) {
  // The account stands first, if it is not 0: most messages of others are passed over here.
  std::string_view rest = bytes.substr(std::min(head_size, bytes.size()));
  Field first;
  if (!rest.empty() && take_field(rest, first) == nullptr &&
      first.tag == static_cast<std::uint64_t>(Tag::account)) {
    AccountId owner = 0;
    if (read_account(first.bytes, owner) == nullptr && owner != account) return false;
  }
  if (Result<void> sketched = sketch_record(bytes, message_kind, sketch); !sketched) {
    return std::unexpected(std::move(sketched.error()));
  }
  return sketch.account == account;
}

}  // namespace godwit
