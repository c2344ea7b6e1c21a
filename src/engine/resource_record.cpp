// The records of what accounts keep by name, in the format that record.cpp draws. The name is not
// in them: the key has it.
#include <string>
#include <utility>

#include "engine/field_codec.h"
#include "engine/message_fields.h"
#include "engine/record_format.h"
#include "engine/resources.h"

namespace godwit {
namespace {

using namespace field_codec;  // Half of this file is their names.
using record_format::Kind;

constexpr KindName queue_kind{Kind::queue, "queue"};
constexpr KindName flow_control_kind{Kind::flow_control, "flow control"};
constexpr KindName url_group_kind{Kind::url_group, "URL group"};
constexpr KindName schedule_kind{Kind::schedule, "schedule"};
constexpr KindName schedule_state_kind{Kind::schedule_state, "schedule state"};
constexpr KindName bulk_action_kind{Kind::bulk_action, "bulk action"};

// Numbers are never given to another meaning. All are below 128: one byte.

enum class QueueTag : unsigned char {
  parallelism = 1,
  paused = 2,
  created = 3,
  updated = 4,
  purge_until = 5,
  deleted = 6,
};

enum class KeyTag : unsigned char {
  parallelism = 1,
  rate = 2,
  period = 3,
  pinned_parallelism = 4,
  pinned_rate = 5,
  pinned_period = 6,
  paused = 7,
  window_start = 8,
  window_count = 9,
  used = 10,
};

enum class GroupTag : unsigned char {
  created = 1,
  updated = 2,
  endpoint = 3,  // A group of EndpointTag; repeated, in order.
  header = 4,    // Repeated, in order.
};
enum class EndpointTag : unsigned char { url = 1, name = 2 };

enum class ScheduleTag : unsigned char {
  cron = 1,
  cron_with_seconds = 2,
  created = 3,
  updated = 4,
  paused = 5,
  delay = 6,
  message = 7,  // A group of record_format::Tag.
};

enum class StateTag : unsigned char {
  last_run = 1,
  last_messages = 2,  // 16 bytes each.
  error = 3,
};

enum class ActionTag : unsigned char {
  created = 1,
  completed = 2,
  total = 3,
  processed = 4,
  canceled = 5,
  filter = 6,  // As headers are; repeated, in order.
};

// The defaults of fields that are left out are part of the format, whatever those of the structs
// may become.
constexpr int queue_parallelism_unless_written = 1;
using record_format::period_unless_written;

template <typename Sink, typename AnyTag>
void time_unless_1970(Sink& sink, AnyTag tag, Timestamp time) {
  if (time != Timestamp{}) time_field(sink, tag, time);
}
template <typename Sink, typename AnyTag>
void flag_field(Sink& sink, AnyTag tag, bool flag) {
  if (flag) number_field(sink, tag, 1);
}
template <typename Sink, typename AnyTag>
void int_unless(Sink& sink, AnyTag tag, int number, int unless_written) {
  if (number != unless_written) int_field(sink, tag, number);
}
template <typename Sink, typename AnyTag>
void period_field(Sink& sink, AnyTag tag, Milliseconds period) {
  if (period != period_unless_written) duration_field(sink, tag, period);
}

Problem read_flag(std::string_view bytes, bool& flag) {
  std::uint64_t number = 0;
  const Problem problem = read(bytes, number);
  flag = number != 0;
  return problem;
}

Problem read_endpoint(std::string_view bytes, std::vector<GroupEndpoint>& endpoints) {
  if (endpoints.size() == list_max) return "a list is too long";
  GroupEndpoint& endpoint = endpoints.emplace_back();
  return read_group(bytes, EndpointTag::name, [&endpoint](const Field& field) {
    switch (static_cast<EndpointTag>(field.tag)) {
      case EndpointTag::url:
        return read(field.bytes, endpoint.url);
      case EndpointTag::name:
        return read(field.bytes, endpoint.name);
    }
    return Problem{nullptr};
  });
}

Problem read_ids(std::string_view bytes, std::vector<MessageId>& ids) {
  ids.clear();
  if (bytes.size() % MessageId::size_bytes != 0) return "a list of ids ends within one";
  if (bytes.size() / MessageId::size_bytes > list_max) return "a list is too long";
  ids.reserve(bytes.size() / MessageId::size_bytes);
  for (; !bytes.empty(); bytes.remove_prefix(MessageId::size_bytes)) {
    if (const Problem problem = read(bytes.substr(0, MessageId::size_bytes), ids.emplace_back())) {
      return problem;
    }
  }
  return nullptr;
}

Problem read_message(std::string_view bytes, Message& message) {
  message = {};
  MessageReading reading(message, MessageId{});
  const Problem problem =
      read_group(bytes, record_format::last_tag,
                 [&reading](const Field& field) { return reading.read(field); });
  reading.finish();
  return problem;
}

}  // namespace

std::string encode(const QueueRecord& record) {
  return write_record(Kind::queue, [&record](auto& sink) {
    int_unless(sink, QueueTag::parallelism, record.parallelism, queue_parallelism_unless_written);
    flag_field(sink, QueueTag::paused, record.paused);
    time_unless_1970(sink, QueueTag::created, record.created);
    time_unless_1970(sink, QueueTag::updated, record.updated);
    if (record.purge_until) time_field(sink, QueueTag::purge_until, *record.purge_until);
    flag_field(sink, QueueTag::deleted, record.deleted);
  });
}

Result<QueueRecord> decode_queue(std::string_view bytes) {
  Result<QueueRecord> decoded(std::in_place);
  QueueRecord& record = *decoded;
  record.parallelism = queue_parallelism_unless_written;
  const auto read_field = [&record](const Field& field) {
    switch (static_cast<QueueTag>(field.tag)) {
      case QueueTag::parallelism:
        return read(field.bytes, record.parallelism);
      case QueueTag::paused:
        return read_flag(field.bytes, record.paused);
      case QueueTag::created:
        return read(field.bytes, record.created);
      case QueueTag::updated:
        return read(field.bytes, record.updated);
      case QueueTag::purge_until:
        return read(field.bytes, record.purge_until.emplace());
      case QueueTag::deleted:
        return read_flag(field.bytes, record.deleted);
    }
    return Problem{nullptr};
  };
  const Result<void> all = read_record(bytes, queue_kind, QueueTag::deleted, read_field);
  if (!all) return std::unexpected(all.error());
  return decoded;
}

std::string encode(const FlowControlRecord& record) {
  return write_record(Kind::flow_control, [&record](auto& sink) {
    int_unless(sink, KeyTag::parallelism, record.parallelism, 0);
    int_unless(sink, KeyTag::rate, record.rate, 0);
    period_field(sink, KeyTag::period, record.period);
    if (record.pinned_parallelism) {
      int_field(sink, KeyTag::pinned_parallelism, *record.pinned_parallelism);
    }
    if (record.pinned_rate) int_field(sink, KeyTag::pinned_rate, *record.pinned_rate);
    period_field(sink, KeyTag::pinned_period, record.pinned_period);
    flag_field(sink, KeyTag::paused, record.paused);
    time_unless_1970(sink, KeyTag::window_start, record.window_start);
    int_unless(sink, KeyTag::window_count, record.window_count, 0);
    time_unless_1970(sink, KeyTag::used, record.used);
  });
}

Result<FlowControlRecord> decode_flow_control(std::string_view bytes) {
  Result<FlowControlRecord> decoded(std::in_place);
  FlowControlRecord& record = *decoded;
  record.period = period_unless_written;
  record.pinned_period = period_unless_written;
  const auto read_field = [&record](const Field& field) {
    switch (static_cast<KeyTag>(field.tag)) {
      case KeyTag::parallelism:
        return read(field.bytes, record.parallelism);
      case KeyTag::rate:
        return read(field.bytes, record.rate);
      case KeyTag::period:
        return read(field.bytes, record.period);
      case KeyTag::pinned_parallelism:
        return read(field.bytes, record.pinned_parallelism.emplace());
      case KeyTag::pinned_rate:
        return read(field.bytes, record.pinned_rate.emplace());
      case KeyTag::pinned_period:
        return read(field.bytes, record.pinned_period);
      case KeyTag::paused:
        return read_flag(field.bytes, record.paused);
      case KeyTag::window_start:
        return read(field.bytes, record.window_start);
      case KeyTag::window_count:
        return read(field.bytes, record.window_count);
      case KeyTag::used:
        return read(field.bytes, record.used);
    }
    return Problem{nullptr};
  };
  const Result<void> all = read_record(bytes, flow_control_kind, KeyTag::used, read_field);
  if (!all) return std::unexpected(all.error());
  return decoded;
}

std::string encode(const UrlGroup& group) {
  return write_record(Kind::url_group, [&group](auto& sink) {
    time_unless_1970(sink, GroupTag::created, group.created);
    time_unless_1970(sink, GroupTag::updated, group.updated);
    for (const GroupEndpoint& endpoint : group.endpoints) {
      group_field(sink, GroupTag::endpoint, [&endpoint](auto& inner) {
        text_field(inner, EndpointTag::url, endpoint.url);
        text_field(inner, EndpointTag::name, endpoint.name);
      });
    }
    header_fields(sink, GroupTag::header, group.headers);
  });
}

Result<UrlGroup> decode_url_group(std::string_view bytes, std::string_view name) {
  Result<UrlGroup> decoded(std::in_place);
  UrlGroup& group = *decoded;
  group.name = name;
  const auto read_field = [&group](const Field& field) {
    switch (static_cast<GroupTag>(field.tag)) {
      case GroupTag::created:
        return read(field.bytes, group.created);
      case GroupTag::updated:
        return read(field.bytes, group.updated);
      case GroupTag::endpoint:
        return read_endpoint(field.bytes, group.endpoints);
      case GroupTag::header:
        return read_more(field.bytes, group.headers);
    }
    return Problem{nullptr};
  };
  const Result<void> all = read_record(bytes, url_group_kind, GroupTag::header, read_field);
  if (!all) return std::unexpected(all.error());
  return decoded;
}

std::string encode(const Schedule& schedule) {
  return write_record(Kind::schedule, [&schedule](auto& sink) {
    text_field(sink, ScheduleTag::cron, schedule.cron);
    flag_field(sink, ScheduleTag::cron_with_seconds, schedule.cron_with_seconds);
    time_unless_1970(sink, ScheduleTag::created, schedule.created);
    time_unless_1970(sink, ScheduleTag::updated, schedule.updated);
    flag_field(sink, ScheduleTag::paused, schedule.paused);
    if (schedule.delay != Milliseconds(0)) {
      duration_field(sink, ScheduleTag::delay, schedule.delay);
    }
    group_field(sink, ScheduleTag::message, [&message = schedule.message](auto& inner) {
      message_fields(inner, message, message.body);
    });
  });
}

Result<Schedule> decode_schedule(std::string_view bytes, std::string_view id) {
  Result<Schedule> decoded(std::in_place);
  Schedule& schedule = *decoded;
  schedule.id = id;
  const auto read_field = [&schedule](const Field& field) {
    switch (static_cast<ScheduleTag>(field.tag)) {
      case ScheduleTag::cron:
        return read(field.bytes, schedule.cron);
      case ScheduleTag::cron_with_seconds:
        return read_flag(field.bytes, schedule.cron_with_seconds);
      case ScheduleTag::created:
        return read(field.bytes, schedule.created);
      case ScheduleTag::updated:
        return read(field.bytes, schedule.updated);
      case ScheduleTag::paused:
        return read_flag(field.bytes, schedule.paused);
      case ScheduleTag::delay:
        return read(field.bytes, schedule.delay);
      case ScheduleTag::message:
        return read_message(field.bytes, schedule.message);
    }
    return Problem{nullptr};
  };
  const Result<void> all = read_record(bytes, schedule_kind, ScheduleTag::message, read_field);
  if (!all) return std::unexpected(all.error());
  return decoded;
}

std::string encode(const ScheduleState& state) {
  return write_record(Kind::schedule_state, [&state](auto& sink) {
    time_unless_1970(sink, StateTag::last_run, state.last_run);
    if (!state.last_messages.empty()) {
      group_field(sink, StateTag::last_messages, [&state](auto& inner) {
        for (const MessageId id : state.last_messages) id_bytes(inner, id);
      });
    }
    text_field(sink, StateTag::error, state.error);
  });
}

Result<ScheduleState> decode_schedule_state(std::string_view bytes) {
  Result<ScheduleState> decoded(std::in_place);
  ScheduleState& state = *decoded;
  const auto read_field = [&state](const Field& field) {
    switch (static_cast<StateTag>(field.tag)) {
      case StateTag::last_run:
        return read(field.bytes, state.last_run);
      case StateTag::last_messages:
        return read_ids(field.bytes, state.last_messages);
      case StateTag::error:
        return read(field.bytes, state.error);
    }
    return Problem{nullptr};
  };
  const Result<void> all = read_record(bytes, schedule_state_kind, StateTag::error, read_field);
  if (!all) return std::unexpected(all.error());
  return decoded;
}

std::string encode(const BulkAction& action) {
  return write_record(Kind::bulk_action, [&action](auto& sink) {
    time_unless_1970(sink, ActionTag::created, action.created);
    time_unless_1970(sink, ActionTag::completed, action.completed);
    count_field(sink, ActionTag::total, action.total);
    count_field(sink, ActionTag::processed, action.processed);
    count_field(sink, ActionTag::canceled, action.canceled);
    header_fields(sink, ActionTag::filter, action.filter);
  });
}

Result<BulkAction> decode_bulk_action(std::string_view bytes, std::string_view id) {
  Result<BulkAction> decoded(std::in_place);
  BulkAction& action = *decoded;
  action.id = id;
  const auto read_field = [&action](const Field& field) {
    switch (static_cast<ActionTag>(field.tag)) {
      case ActionTag::created:
        return read(field.bytes, action.created);
      case ActionTag::completed:
        return read(field.bytes, action.completed);
      case ActionTag::total:
        return read(field.bytes, action.total);
      case ActionTag::processed:
        return read(field.bytes, action.processed);
      case ActionTag::canceled:
        return read(field.bytes, action.canceled);
      case ActionTag::filter:
        return read_more(field.bytes, action.filter);
    }
    return Problem{nullptr};
  };
  const Result<void> all = read_record(bytes, bulk_action_kind, ActionTag::filter, read_field);
  if (!all) return std::unexpected(all.error());
  return decoded;
}

}  // namespace godwit
