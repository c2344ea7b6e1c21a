#include "api/message_settings.h"

#include <algorithm>
#include <optional>

#include "core/ascii.h"

namespace godwit {

constexpr std::array<std::string_view, setting_count> setting_names = {
    "Method",
    "Timeout",
    "Retries",
    "Retry-Delay",
    "Delay",
    "Not-Before",
    "Deduplication-Id",
    "Content-Based-Deduplication",
    "Header-Forward",
    "Label",
    "Redact-Fields",
    "Flow-Control-Key",
    "Flow-Control-Value",
    "Queue-Name",
    "Callback",
    "Failure-Callback",
    "Cron",
    "Cron-Seconds",
    "Schedule-Id"};

namespace {

constexpr std::string_view prefix_of_all = "upstash-";
constexpr std::string_view callback_prefix = "callback-";
constexpr std::string_view failure_callback_prefix = "failure-callback-";

constexpr std::array<std::string_view, 7> scope_prefixes = {
    "Upstash-",
    "Upstash-Callback-",
    "Upstash-Failure-Callback-",
    "Upstash-Callback-Callback-",
    "Upstash-Callback-Failure-Callback-",
    "Upstash-Failure-Callback-Callback-",
    "Upstash-Failure-Callback-Failure-Callback-"};

bool starts_with_ignore_case(std::string_view text, std::string_view start) {
  return text.size() >= start.size() && equals_ignore_case(text.substr(0, start.size()), start);
}

/// `suffix` is the name without `Upstash-`. Names of one length are told apart by comparing.
std::optional<MessageSetting> setting_of(std::string_view suffix) {
  const auto is = [&](std::string_view name) { return equals_ignore_case(suffix, name); };
  switch (suffix.size()) {
    case 4:
      if (is("cron")) return MessageSetting::cron;
      break;
    case 5:
      if (is("delay")) return MessageSetting::delay;
      if (is("label")) return MessageSetting::label;
      break;
    case 6:
      if (is("method")) return MessageSetting::method;
      break;
    case 7:
      if (is("retries")) return MessageSetting::retries;
      if (is("timeout")) return MessageSetting::timeout;
      break;
    case 8:
      if (is("callback")) return MessageSetting::callback;
      break;
    case 10:
      if (is("queue-name")) return MessageSetting::queue_name;
      if (is("not-before")) return MessageSetting::not_before;
      break;
    case 11:
      if (is("retry-delay")) return MessageSetting::retry_delay;
      if (is("schedule-id")) return MessageSetting::schedule_id;
      break;
    case 12:
      if (is("cron-seconds")) return MessageSetting::cron_seconds;
      break;
    case 13:
      if (is("redact-fields")) return MessageSetting::redact_fields;
      break;
    case 14:
      if (is("header-forward")) return MessageSetting::header_forward;
      break;
    case 16:
      if (is("failure-callback")) return MessageSetting::failure_callback;
      if (is("flow-control-key")) return MessageSetting::flow_control_key;
      if (is("deduplication-id")) return MessageSetting::deduplication_id;
      break;
    case 18:
      if (is("flow-control-value")) return MessageSetting::flow_control_value;
      break;
    case 27:
      if (is("content-based-deduplication")) return MessageSetting::content_based_deduplication;
      break;
    default:
      break;
  }
  return std::nullopt;
}

/// Whether a group's defaults may hold it: a publish stays a publish.
bool is_no_default(std::string_view suffix) {
  const std::optional<MessageSetting> setting = setting_of(suffix);
  return setting == MessageSetting::cron || setting == MessageSetting::cron_seconds ||
         setting == MessageSetting::schedule_id;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

/// What a header line can carry: anything but controls. A line break would begin a header of its
/// own.
bool is_header_value(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return ascii::is_control(c) && c != '\t'; });
}

}  // namespace

std::unexpected<Error> invalid_header(std::string_view name, std::string_view reason) {
  std::string text = "invalid ";
  text.append(name).append(" header: ").append(reason);
  return fail(ErrorCode::invalid_argument, std::move(text));
}

bool is_sendable(std::string_view name, std::string_view value) {
  return is_token(name) && is_header_value(value);
}

std::string_view SettingValues::prefix() const { return scope_prefixes[scope_]; }

std::string SettingValues::header_name(MessageSetting setting) const {
  return std::string(prefix()).append(setting_names[static_cast<std::size_t>(setting)]);
}

std::unexpected<Error> SettingValues::invalid(MessageSetting setting,
                                              std::string_view reason) const {
  return invalid_header(header_name(setting), reason);
}

Result<SettingValues> SettingValues::gather(const MessageSettings& settings) {
  SettingValues values;
  for (const Header& header : settings.headers) {
    if (starts_with_ignore_case(header.name, prefix_of_all)) {
      const std::string_view suffix = std::string_view(header.name).substr(prefix_of_all.size());
      if (Result<void> added = values.add(suffix, ascii::trim(header.value)); !added) {
        return std::unexpected(std::move(added.error()));
      }
    } else if (values.content_type_.empty() && equals_ignore_case(header.name, "content-type")) {
      values.content_type_ = ascii::trim(header.value);
      if (!is_header_value(values.content_type_)) {
        return invalid_header("Content-Type", "control characters are not allowed");
      }
    }
  }
  values.begin_place();
  for (const Parameter& parameter : settings.query) {
    if (!starts_with_ignore_case(parameter.name, prefix_of_all)) continue;
    const std::string_view suffix = std::string_view(parameter.name).substr(prefix_of_all.size());
    if (Result<void> added = values.add(suffix, ascii::trim(parameter.value)); !added) {
      return std::unexpected(std::move(added.error()));
    }
  }
  return values;
}

Result<void> SettingValues::gather_defaults(const Headers& defaults) {
  begin_place();
  for (const Header& header : defaults) {
    const std::string_view value = ascii::trim(header.value);
    if (starts_with_ignore_case(header.name, prefix_of_all)) {
      const std::string_view suffix = std::string_view(header.name).substr(prefix_of_all.size());
      if (is_no_default(suffix)) continue;
      if (Result<void> added = add(suffix, value); !added) return added;
    } else if (content_type_.empty() && equals_ignore_case(header.name, "content-type") &&
               is_header_value(value)) {
      content_type_ = value;
    }
  }
  return {};
}

/// From here on comes another place, which may only add names that no earlier one has forwarded.
void SettingValues::begin_place() {
  forwarded_before_ = forwarded_.size();
  for (const std::unique_ptr<SettingValues>& callback : callbacks_) {
    if (callback) callback->begin_place();
  }
}

Result<void> SettingValues::add(std::string_view suffix, std::string_view value) {
  if (value.empty()) return {};
  if (starts_with_ignore_case(suffix, "forward-")) {
    return add_forwarded(suffix.substr(std::string_view("forward-").size()), value);
  }
  if (const std::optional<MessageSetting> setting = setting_of(suffix)) {
    std::string_view& slot = values_[static_cast<std::size_t>(*setting)];
    if (slot.empty()) slot = value;
    return {};
  }
  if (starts_with_ignore_case(suffix, callback_prefix)) {
    return add_to_callback(0, suffix.substr(callback_prefix.size()), value);
  }
  if (starts_with_ignore_case(suffix, failure_callback_prefix)) {
    return add_to_callback(1, suffix.substr(failure_callback_prefix.size()), value);
  }
  if (scope_ == 0 && starts_with_ignore_case(suffix, "workflow-")) {
    return fail(ErrorCode::invalid_argument, "Upstash-" + canonical_header_name(suffix) +
                                                 " is not supported by this version of Godwit");
  }
  return {};
}

Result<void> SettingValues::add_to_callback(std::size_t which, std::string_view suffix,
                                            std::string_view value) {
  // What would configure a callback that cannot be: the callback itself is what gets refused.
  if (is_innermost()) return {};
  std::unique_ptr<SettingValues>& callback = callbacks_[which];
  if (!callback) {
    callback = std::make_unique<SettingValues>();
    callback->scope_ = 2 * scope_ + 1 + which;
  }
  return callback->add(suffix, value);
}

Result<void> SettingValues::add_forwarded(std::string_view name, std::string_view value) {
  const auto invalid_forward = [&](std::string_view shown, std::string_view reason) {
    return invalid_header(std::string(prefix()).append("Forward-").append(shown), reason);
  };
  if (name.empty()) return invalid_forward("", "a name must follow the prefix");
  if (!is_token(name)) return invalid_forward("", "what follows the prefix is not a header name");
  std::string canonical = canonical_header_name(name);
  if (!is_header_value(value)) {
    return invalid_forward(canonical, "control characters are not allowed");
  }
  for (std::size_t i = 0; i < forwarded_before_; ++i) {
    if (forwarded_[i].name == canonical) return {};
  }
  if (forwarded_.size() == forwarded_headers_max) {
    return fail(ErrorCode::invalid_argument, "too many forwarded headers: at most " +
                                                 std::to_string(forwarded_headers_max) +
                                                 " are allowed");
  }
  forwarded_.push_back({.name = std::move(canonical), .value = std::string(value)});
  return {};
}

}  // namespace godwit
