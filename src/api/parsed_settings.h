#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/message_settings.h"
#include "api/publish_request.h"
#include "core/boxed.h"
#include "core/message.h"
#include "core/result.h"

namespace godwit {

/// What messages and callbacks have in common. What is not set stands empty.
struct AttemptSettings {
  std::optional<Method> method;
  std::optional<Milliseconds> timeout;
  std::optional<int> retries;
  std::string retry_delay;
  std::optional<std::vector<std::string>> labels;
  std::optional<Redaction> redaction;
  FlowControl flow_control;
};

/// The settings of a message or a schedule, once read. What is not set stands empty.
struct ParsedSettings {
  AttemptSettings attempt;
  std::optional<Milliseconds> delay;
  std::optional<Timestamp> not_before;  ///< Counts instead of the delay.
  bool content_based_deduplication = false;
  bool header_forward = false;
  std::string queue;
  Boxed<Callback> callback, failure_callback;
};

/// Whose settings they are. A schedule has no `Upstash-Not-Before`: it is passed over.
enum class SettingsOf { message, schedule };

/// Reads everything but forwarded headers and what deduplication ids and schedules alone have.
/// Takes the forwarded headers of the callbacks out of `values`. The first thing that is wrong is
/// the error, in a text that names the header. Errors: invalid_argument, quota_exceeded.
Result<ParsedSettings> parse_settings(SettingValues& values, SettingsOf whose,
                                      const PublishRules& rules, Timestamp now);

/// `true`, `1`, `false`, `0`, in any case; unset is false.
Result<bool> parse_boolean(const SettingValues& values, MessageSetting setting);

/// Puts what is set into `message`, in place of what stands there. A delay counts from `now`.
void apply(ParsedSettings parsed, Message& message, Timestamp now);

}  // namespace godwit
