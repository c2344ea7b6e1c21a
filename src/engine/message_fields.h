#pragma once
// The fields of a message, as every record that carries one has them: message, log and dead letter
// records, and schedules.
#include <optional>
#include <string_view>

#include "core/assert.h"
#include "core/message.h"
#include "engine/field_codec.h"
#include "engine/record_format.h"

namespace godwit {

template <typename Sink, typename AnyTag>
void redaction_fields(Sink& sink, AnyTag tag, AnyTag header_tag, const Redaction& redaction) {
  const std::uint64_t bits = (redaction.body ? record_format::redacts_body : 0) |
                             (redaction.all_headers ? record_format::redacts_all_headers : 0);
  if (bits != 0) field_codec::number_field(sink, tag, bits);
  field_codec::list_fields(sink, header_tag, redaction.headers);
}

/// Left out when there is no key.
template <typename Sink, typename AnyTag>
void flow_control_field(Sink& sink, AnyTag tag, const FlowControl& flow_control) {
  if (flow_control.key.empty()) return;
  field_codec::group_field(sink, tag, [&flow_control](auto& inner) {
    using record_format::FlowControlTag;
    field_codec::bytes_field(inner, FlowControlTag::key, flow_control.key);
    if (flow_control.parallelism != 0) {
      field_codec::int_field(inner, FlowControlTag::parallelism, flow_control.parallelism);
    }
    if (flow_control.rate != 0) {
      field_codec::int_field(inner, FlowControlTag::rate, flow_control.rate);
    }
    if (flow_control.period != record_format::period_unless_written) {
      field_codec::duration_field(inner, FlowControlTag::period, flow_control.period);
    }
  });
}

/// `depth` counts the callbacks around and with this one.
template <typename Sink, typename AnyTag>
void callback_field(Sink& sink, AnyTag tag, const Boxed<Callback>& callback, int depth = 1) {
  if (!callback) return;
  GODWIT_ASSERT(depth <= record_format::callback_depth_max);
  field_codec::group_field(sink, tag, [&callback = *callback, depth](auto& inner) {
    using record_format::CallbackTag;
    field_codec::text_field(inner, CallbackTag::url, callback.url);
    if (callback.method != record_format::method_unless_written) {
      field_codec::number_field(inner, CallbackTag::method,
                                static_cast<std::uint64_t>(callback.method));
    }
    field_codec::header_fields(inner, CallbackTag::header, callback.headers);
    if (callback.retries_max) {
      field_codec::int_field(inner, CallbackTag::retries_max, *callback.retries_max);
    }
    field_codec::text_field(inner, CallbackTag::retry_delay, callback.retry_delay);
    if (callback.timeout) {
      field_codec::duration_field(inner, CallbackTag::timeout, *callback.timeout);
    }
    if (callback.delay) field_codec::duration_field(inner, CallbackTag::delay, *callback.delay);
    flow_control_field(inner, CallbackTag::flow_control, callback.flow_control);
    field_codec::list_fields(inner, CallbackTag::label, callback.labels);
    redaction_fields(inner, CallbackTag::redaction, CallbackTag::redacted_header,
                     callback.redaction);
    callback_field(inner, CallbackTag::callback, callback.callback, depth + 1);
    callback_field(inner, CallbackTag::failure_callback, callback.failure_callback, depth + 1);
  });
}

/// Left out when empty.
template <typename Sink, typename AnyTag>
void replay_field(Sink& sink, AnyTag tag, const Boxed<Replay>& replay) {
  if (!replay) return;
  field_codec::group_field(sink, tag, [&replay = *replay](auto& inner) {
    using record_format::ChangeTag;
    using record_format::ReplayTag;
    field_codec::text_field(inner, ReplayTag::dead_letter_id, replay.dead_letter_id);
    if (replay.message != MessageId{}) {
      field_codec::id_field(inner, ReplayTag::message, replay.message);
    }
    for (const MessageChange& change : replay.changes) {
      field_codec::group_field(inner, ReplayTag::change, [&change](auto& of_change) {
        field_codec::number_field(of_change, ChangeTag::what,
                                  static_cast<std::uint64_t>(change.what));
        field_codec::text_field(of_change, ChangeTag::name, change.name);
        if (change.before) field_codec::bytes_field(of_change, ChangeTag::before, *change.before);
        if (change.after) field_codec::bytes_field(of_change, ChangeTag::after, *change.after);
      });
    }
  });
}

/// What most messages have nothing of.
template <typename Sink>
void special_fields(Sink& sink, const Message& message) {
  using record_format::Tag;
  field_codec::text_field(sink, Tag::queue, message.queue);
  flow_control_field(sink, Tag::flow_control, message.flow_control);
  field_codec::text_field(sink, Tag::group, message.group);
  field_codec::text_field(sink, Tag::endpoint, message.endpoint);
  field_codec::text_field(sink, Tag::schedule_id, message.schedule_id);
  callback_field(sink, Tag::callback, message.callback);
  callback_field(sink, Tag::failure_callback, message.failure_callback);
  if (message.callback_of != MessageId{}) {
    field_codec::id_field(sink, Tag::callback_of, message.callback_of);
  }
  field_codec::text_field(sink, Tag::blocks_queue, message.blocks_queue);
  if (message.tells_failure) field_codec::number_field(sink, Tag::tells_failure, 1);
  replay_field(sink, Tag::replay_of, message.replay_of);
  if (message.deduplication_id) {
    field_codec::bytes_field(sink, Tag::deduplication_id, *message.deduplication_id);
  }
}

inline bool has_special_fields(const Message& message) {
  // One branch for the plain message.
  const std::size_t sizes = message.queue.size() | message.flow_control.key.size() |
                            message.group.size() | message.endpoint.size() |
                            message.schedule_id.size() | message.blocks_queue.size();
  const std::uint64_t id = message.callback_of.high | message.callback_of.low;
  return (sizes | id) != 0 || message.tells_failure || message.callback ||
         message.failure_callback || message.replay_of || message.deduplication_id;
}

/// All but the id. `body` stands for the message's own.
template <typename Sink>
void message_fields(Sink& sink, const Message& message, std::string_view body) {
  using record_format::Tag;
  if (message.account != 0) field_codec::number_field(sink, Tag::account, message.account);
  field_codec::text_field(sink, Tag::url, message.url);
  if (message.method != record_format::method_unless_written) {
    field_codec::number_field(sink, Tag::method, static_cast<std::uint64_t>(message.method));
  }
  field_codec::header_fields(sink, Tag::header, message.headers);
  field_codec::text_field(sink, Tag::body, body);
  if (message.retries_max != record_format::retries_max_unless_written) {
    field_codec::int_field(sink, Tag::retries_max, message.retries_max);
  }
  field_codec::text_field(sink, Tag::retry_delay, message.retry_delay);
  if (message.timeout) field_codec::duration_field(sink, Tag::timeout, *message.timeout);
  field_codec::time_field(sink, Tag::created, message.created);
  if (message.not_before != message.created) {
    field_codec::time_field(sink, Tag::not_before, message.not_before);
  }
  field_codec::text_field(sink, Tag::caller_ip, message.caller_ip);
  field_codec::list_fields(sink, Tag::label, message.labels);
  redaction_fields(sink, Tag::redaction, Tag::redacted_header, message.redaction);
  if (has_special_fields(message)) special_fields(sink, message);
}

/// Reads a message field by field; the owner hands in those that are not its own.
class MessageReading {
 public:
  /// Sets what absent fields mean.
  MessageReading(Message& message, MessageId id);
  field_codec::Problem read(const field_codec::Field& field);
  /// After the last field.
  void finish();

 private:
  Message& message_;
  std::optional<Timestamp> not_before_;
};

}  // namespace godwit
