#include "api/parsed_settings.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

#include "api/destination.h"
#include "core/ascii.h"
#include "core/duration.h"
#include "core/quota.h"
#include "core/redaction.h"
#include "core/retry.h"

namespace godwit {
namespace {

constexpr Milliseconds delay_max_default{3650LL * 86'400'000};  // "nullopt: 10 years"

/// A value that core parses: its error, told as that of the header.
template <typename T>
std::unexpected<Error> invalid(const SettingValues& values, MessageSetting setting,
                               const Result<T>& parsed) {
  return values.invalid(setting, parsed.error().message);
}

/// Digits only: signs, blanks and fractions are refused. nullopt also when the value does not fit.
std::optional<std::int64_t> parse_digits(std::string_view text) {
  std::int64_t value = 0;
  if (text.empty() || text.front() == '-') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<int> parse_retries(const SettingValues& values, int retries_max) {
  const std::string_view text = values[MessageSetting::retries];
  if (!std::ranges::all_of(text, ascii::is_digit)) {
    return values.invalid(MessageSetting::retries, "expected a whole number that is not negative");
  }
  const std::optional<std::int64_t> retries = parse_digits(text);
  if (!retries || *retries > retries_max) {
    return quota_exceeded("maxRetries", static_cast<std::uint64_t>(retries_max), "api.retries_max");
  }
  return static_cast<int>(*retries);
}

/// Both halves or none.
Result<FlowControl> flow_control_of(const SettingValues& values) {
  const std::string_view key = values[MessageSetting::flow_control_key];
  const std::string_view value = values[MessageSetting::flow_control_value];
  if (key.empty() && value.empty()) return FlowControl{};
  if (key.empty() || value.empty()) {
    const auto [missing, given] =
        key.empty()
            ? std::pair(MessageSetting::flow_control_key, MessageSetting::flow_control_value)
            : std::pair(MessageSetting::flow_control_value, MessageSetting::flow_control_key);
    return values.invalid(missing, "it is missing; " + values.header_name(given) + " needs it");
  }
  Result<FlowControl> flow_control = parse_flow_control(key, value);
  if (!flow_control) {
    // Which of the two is wrong: the key is when it is with a value that is right.
    const bool key_is_right = parse_flow_control(key, "rate=1").has_value();
    return invalid(
        values,
        key_is_right ? MessageSetting::flow_control_value : MessageSetting::flow_control_key,
        flow_control);
  }
  return flow_control;
}

Result<AttemptSettings> parse_attempt_settings(const SettingValues& values,
                                               const ApiSettings& settings) {
  AttemptSettings parsed;
  if (const std::string_view text = values[MessageSetting::method]; !text.empty()) {
    parsed.method = parse_method(text);
    if (!parsed.method) {
      return values.invalid(MessageSetting::method, "expected GET, POST, PUT, PATCH or DELETE");
    }
  }
  if (const std::string_view text = values[MessageSetting::timeout]; !text.empty()) {
    const Result<Milliseconds> timeout = parse_duration(text);
    if (!timeout) return invalid(values, MessageSetting::timeout, timeout);
    if (*timeout <= Milliseconds{0}) {
      return values.invalid(MessageSetting::timeout,
                            "must be more than zero; leave it out for no limit");
    }
    parsed.timeout = *timeout;
  }
  if (!values[MessageSetting::retries].empty()) {
    const Result<int> retries = parse_retries(values, settings.retries_max);
    if (!retries) return std::unexpected(retries.error());
    parsed.retries = *retries;
  }
  if (const std::string_view text = values[MessageSetting::retry_delay]; !text.empty()) {
    const Result<RetryExpression> expression = RetryExpression::compile(text);
    if (!expression) return invalid(values, MessageSetting::retry_delay, expression);
    parsed.retry_delay = text;
  }
  if (const std::string_view text = values[MessageSetting::label]; !text.empty()) {
    Result<std::vector<std::string>> labels = parse_labels(text);
    if (!labels) return invalid(values, MessageSetting::label, labels);
    parsed.labels = std::move(*labels);
  }
  if (const std::string_view text = values[MessageSetting::redact_fields]; !text.empty()) {
    Result<Redaction> redaction = parse_redaction(text);
    if (!redaction) return invalid(values, MessageSetting::redact_fields, redaction);
    parsed.redaction = std::move(*redaction);
  }
  Result<FlowControl> flow_control = flow_control_of(values);
  if (!flow_control) return std::unexpected(std::move(flow_control.error()));
  parsed.flow_control = std::move(*flow_control);
  return parsed;
}

Milliseconds delay_max(const ApiSettings& settings) {
  return settings.delay_max.value_or(delay_max_default);
}

std::unexpected<Error> delay_too_long(const ApiSettings& settings) {
  const auto limit = std::chrono::floor<std::chrono::seconds>(delay_max(settings)).count();
  return quota_exceeded("maxDelay", static_cast<std::uint64_t>(limit), "api.delay_max");
}

Result<std::optional<Milliseconds>> parse_delay(const SettingValues& values,
                                                const ApiSettings& settings) {
  const std::string_view text = values[MessageSetting::delay];
  if (text.empty()) return std::optional<Milliseconds>{};
  const Result<Milliseconds> delay = parse_duration(text);
  if (!delay) return invalid(values, MessageSetting::delay, delay);
  if (*delay > delay_max(settings)) return delay_too_long(settings);
  return std::optional(*delay);
}

Result<std::optional<std::int64_t>> parse_unix_seconds(const SettingValues& values,
                                                       MessageSetting setting) {
  const std::string_view text = values[setting];
  if (text.empty()) return std::optional<std::int64_t>{};
  const std::optional<std::int64_t> seconds = parse_digits(text);
  if (!seconds) return values.invalid(setting, "expected Unix time in whole seconds");
  return seconds;
}

/// When the message is wanted at the earliest; nullopt: at once.
Result<void> parse_times(const SettingValues& values, SettingsOf whose, Timestamp now,
                         const ApiSettings& settings, ParsedSettings& parsed) {
  if (whose == SettingsOf::message) {
    const Result<std::optional<std::int64_t>> seconds =
        parse_unix_seconds(values, MessageSetting::not_before);
    if (!seconds) return std::unexpected(seconds.error());
    if (*seconds) {
      // Compared in seconds: a number from outside may not fit when counted in milliseconds.
      const std::int64_t latest = to_unix_ms(now + delay_max(settings)) / 1000;
      if (**seconds > latest) return delay_too_long(settings);
      parsed.not_before = from_unix_ms(**seconds * 1000);
      return {};
    }
  }
  Result<std::optional<Milliseconds>> delay = parse_delay(values, settings);
  if (!delay) return std::unexpected(std::move(delay.error()));
  if (*delay && **delay > Milliseconds{0}) parsed.delay = *delay;
  return {};
}

/// A callback's delay, as far as the installation has them.
Result<std::optional<Milliseconds>> parse_callback_delay(const SettingValues& values,
                                                         const ApiSettings& settings) {
  const Result<std::optional<std::int64_t>> seconds =
      parse_unix_seconds(values, MessageSetting::not_before);
  if (!seconds) return std::unexpected(seconds.error());
  if (*seconds && **seconds != 0) {
    return values.invalid(MessageSetting::not_before,
                          "a callback is made when its message has got an answer");
  }
  Result<std::optional<Milliseconds>> delay = parse_delay(values, settings);
  if (!delay) return delay;
  if (!*delay || **delay == Milliseconds{0}) return std::optional<Milliseconds>{};
  if (!settings.allow_callback_delay) {
    return values.invalid(MessageSetting::delay,
                          "callbacks are not delayed unless the installation sets "
                          "api.allow_callback_delay");
  }
  return delay;
}

/// The callback that `values` names in `which`; `own` are its settings, null when it has none.
Result<Boxed<Callback>> parse_callback(const SettingValues& values, MessageSetting which,
                                       SettingValues* own, const PublishRules& rules) {
  const std::string_view url = values[which];
  if (url.empty()) return Boxed<Callback>{};
  if (values.is_innermost()) {
    return values.invalid(which, "a callback of a callback has no callbacks of its own");
  }
  if (const Result<void> checked = check_url(url, rules); !checked) {
    return invalid(values, which, checked);
  }
  Callback callback;
  callback.url = url;
  if (own == nullptr) return Boxed(std::move(callback));

  Result<AttemptSettings> parsed = parse_attempt_settings(*own, rules.settings);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  if (parsed->method) callback.method = *parsed->method;
  callback.timeout = parsed->timeout;
  callback.retries_max = parsed->retries;
  callback.retry_delay = std::move(parsed->retry_delay);
  if (parsed->labels) callback.labels = std::move(*parsed->labels);
  if (parsed->redaction) callback.redaction = std::move(*parsed->redaction);
  callback.flow_control = std::move(parsed->flow_control);

  const Result<std::optional<Milliseconds>> delay = parse_callback_delay(*own, rules.settings);
  if (!delay) return std::unexpected(delay.error());
  callback.delay = *delay;
  callback.headers = own->take_forwarded();

  Result<Boxed<Callback>> nested =
      parse_callback(*own, MessageSetting::callback, own->callback(), rules);
  if (!nested) return nested;
  callback.callback = std::move(*nested);
  nested = parse_callback(*own, MessageSetting::failure_callback, own->failure_callback(), rules);
  if (!nested) return nested;
  callback.failure_callback = std::move(*nested);
  return Boxed(std::move(callback));
}

}  // namespace

Result<bool> parse_boolean(const SettingValues& values, MessageSetting setting) {
  const std::string_view text = values[setting];
  if (text.empty() || equals_ignore_case(text, "false") || text == "0") return false;
  if (equals_ignore_case(text, "true") || text == "1") return true;
  return values.invalid(setting, "expected true or false");
}

Result<ParsedSettings> parse_settings(SettingValues& values, SettingsOf whose,
                                      const PublishRules& rules, Timestamp now) {
  ParsedSettings parsed;
  Result<AttemptSettings> attempt = parse_attempt_settings(values, rules.settings);
  if (!attempt) return std::unexpected(std::move(attempt.error()));
  parsed.attempt = std::move(*attempt);
  if (Result<void> times = parse_times(values, whose, now, rules.settings, parsed); !times) {
    return std::unexpected(std::move(times.error()));
  }
  if (whose == SettingsOf::message) {
    const Result<bool> by_content =
        parse_boolean(values, MessageSetting::content_based_deduplication);
    if (!by_content) return std::unexpected(by_content.error());
    parsed.content_based_deduplication = *by_content;
  }
  const Result<bool> header_forward = parse_boolean(values, MessageSetting::header_forward);
  if (!header_forward) return std::unexpected(header_forward.error());
  parsed.header_forward = *header_forward;

  if (const std::string_view queue = values[MessageSetting::queue_name]; !queue.empty()) {
    if (!is_resource_name(queue)) return values.invalid(MessageSetting::queue_name, name_rule);
    parsed.queue = queue;
  }
  Result<Boxed<Callback>> callback =
      parse_callback(values, MessageSetting::callback, values.callback(), rules);
  if (!callback) return std::unexpected(std::move(callback.error()));
  parsed.callback = std::move(*callback);
  callback =
      parse_callback(values, MessageSetting::failure_callback, values.failure_callback(), rules);
  if (!callback) return std::unexpected(std::move(callback.error()));
  parsed.failure_callback = std::move(*callback);
  return parsed;
}

void apply(ParsedSettings parsed, Message& message, Timestamp now) {
  AttemptSettings& attempt = parsed.attempt;
  if (attempt.method) message.method = *attempt.method;
  if (attempt.timeout) message.timeout = attempt.timeout;
  if (attempt.retries) message.retries_max = *attempt.retries;
  if (!attempt.retry_delay.empty()) message.retry_delay = std::move(attempt.retry_delay);
  if (attempt.labels) message.labels = std::move(*attempt.labels);
  if (attempt.redaction) message.redaction = std::move(*attempt.redaction);
  if (!attempt.flow_control.key.empty()) message.flow_control = std::move(attempt.flow_control);
  if (parsed.not_before) {
    message.not_before = *parsed.not_before;
  } else if (parsed.delay) {
    message.not_before = now + *parsed.delay;
  }
  if (!parsed.queue.empty()) message.queue = std::move(parsed.queue);
  if (parsed.callback) message.callback = std::move(parsed.callback);
  if (parsed.failure_callback) message.failure_callback = std::move(parsed.failure_callback);
}

}  // namespace godwit
