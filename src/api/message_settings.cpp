#include "api/message_settings.h"

#include <algorithm>
#include <optional>

#include "core/ascii.h"

namespace godwit {
namespace {

constexpr std::string_view prefix = "upstash-";

constexpr std::array<std::string_view, setting_count> names = {
    "Upstash-Method",
    "Upstash-Timeout",
    "Upstash-Retries",
    "Upstash-Retry-Delay",
    "Upstash-Delay",
    "Upstash-Not-Before",
    "Upstash-Deduplication-Id",
    "Upstash-Content-Based-Deduplication",
    "Upstash-Header-Forward",
    "Upstash-Label",
    "Upstash-Redact-Fields"};

bool starts_with_ignore_case(std::string_view text, std::string_view start) {
  return text.size() >= start.size() && equals_ignore_case(text.substr(0, start.size()), start);
}

/// `suffix` is the name without `Upstash-`. Names of one length are told apart by comparing.
std::optional<Setting> setting_of(std::string_view suffix) {
  const auto is = [&](std::string_view name) { return equals_ignore_case(suffix, name); };
  switch (suffix.size()) {
    case 5:
      if (is("delay")) return Setting::delay;
      if (is("label")) return Setting::label;
      break;
    case 6:
      if (is("method")) return Setting::method;
      break;
    case 7:
      if (is("retries")) return Setting::retries;
      if (is("timeout")) return Setting::timeout;
      break;
    case 10:
      if (is("not-before")) return Setting::not_before;
      break;
    case 11:
      if (is("retry-delay")) return Setting::retry_delay;
      break;
    case 13:
      if (is("redact-fields")) return Setting::redact_fields;
      break;
    case 14:
      if (is("header-forward")) return Setting::header_forward;
      break;
    case 16:
      if (is("deduplication-id")) return Setting::deduplication_id;
      break;
    case 27:
      if (is("content-based-deduplication")) return Setting::content_based_deduplication;
      break;
    default:
      break;
  }
  return std::nullopt;
}

/// Settings of QStash that change what happens to the message, and that we cannot honour yet.
bool is_unsupported(std::string_view suffix) {
  for (const std::string_view name : {"callback", "failure-callback", "flow-control-key",
                                      "flow-control-value", "queue-name", "cron"}) {
    if (equals_ignore_case(suffix, name)) return true;
  }
  for (const std::string_view start : {"callback-", "failure-callback-", "workflow-"}) {
    if (starts_with_ignore_case(suffix, start)) return true;
  }
  return false;
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

std::string_view header_name(Setting setting) { return names[static_cast<std::size_t>(setting)]; }

std::unexpected<Error> invalid_header(std::string_view name, std::string_view reason) {
  std::string text = "invalid ";
  text.append(name).append(" header: ").append(reason);
  return fail(ErrorCode::invalid_argument, std::move(text));
}

bool is_sendable(std::string_view name, std::string_view value) {
  return is_token(name) && is_header_value(value);
}

Result<SettingValues> SettingValues::gather(const MessageSettings& settings) {
  SettingValues values;
  for (const Header& header : settings.headers) {
    if (starts_with_ignore_case(header.name, prefix)) {
      if (Result<void> added = values.add(header.name, ascii::trim(header.value), false); !added) {
        return std::unexpected(std::move(added.error()));
      }
    } else if (values.content_type_.empty() && equals_ignore_case(header.name, "content-type")) {
      values.content_type_ = ascii::trim(header.value);
      if (!is_header_value(values.content_type_)) {
        return invalid_header("Content-Type", "control characters are not allowed");
      }
    }
  }
  values.forwarded_by_headers_ = values.forwarded_.size();
  for (const Parameter& parameter : settings.query) {
    if (!starts_with_ignore_case(parameter.name, prefix)) continue;
    if (Result<void> added = values.add(parameter.name, ascii::trim(parameter.value), true);
        !added) {
      return std::unexpected(std::move(added.error()));
    }
  }
  return values;
}

Result<void> SettingValues::add(std::string_view name, std::string_view value, bool from_query) {
  if (value.empty()) return {};
  const std::string_view suffix = name.substr(prefix.size());
  if (starts_with_ignore_case(suffix, "forward-")) {
    return add_forwarded(suffix.substr(std::string_view("forward-").size()), value, from_query);
  }
  if (const std::optional<Setting> setting = setting_of(suffix)) {
    std::string_view& slot = values_[static_cast<std::size_t>(*setting)];
    if (slot.empty()) slot = value;
    return {};
  }
  if (is_unsupported(suffix)) {
    return fail(ErrorCode::invalid_argument,
                canonical_header_name(name) + " is not supported by this version of Godwit");
  }
  return {};
}

Result<void> SettingValues::add_forwarded(std::string_view name, std::string_view value,
                                          bool from_query) {
  if (name.empty()) return invalid_header("Upstash-Forward-", "a name must follow the prefix");
  if (!is_token(name)) {
    return invalid_header("Upstash-Forward-", "what follows the prefix is not a header name");
  }
  std::string canonical = canonical_header_name(name);
  if (!is_header_value(value)) {
    return invalid_header("Upstash-Forward-" + canonical, "control characters are not allowed");
  }
  if (from_query) {
    for (std::size_t i = 0; i < forwarded_by_headers_; ++i) {
      if (forwarded_[i].name == canonical) return {};
    }
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
