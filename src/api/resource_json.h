#pragma once
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json_out.h"
#include "core/time.h"
#include "engine/resources.h"

namespace godwit {

/// The objects of what accounts keep by name, as QStash's read APIs show them.

/// All fields, always.
void write_queue(JsonWriter& json, const QueueInfo& queue);

/// All fields, always.
void write_flow_control_key(JsonWriter& json, const FlowControlInfo& info);

/// `endpoints` have a url and, if any, a name; `headers` if there are any.
void write_url_group(JsonWriter& json, const UrlGroup& group);

/// The messages that a schedule made last, with how each stands.
using RunStates = std::vector<std::pair<MessageId, RunState>>;

/// Redacted as the schedule asks for. `nextScheduleTime` is the first one after `now`.
void write_schedule(JsonWriter& json, const ScheduleView& view, const RunStates& last_states,
                    Timestamp now);

void write_bulk_action(JsonWriter& json, const BulkAction& action);

/// `IN_PROGRESS`, `SUCCESS`, `FAIL`.
std::string_view to_string(RunState state);

}  // namespace godwit
