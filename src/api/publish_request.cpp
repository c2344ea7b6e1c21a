#include "api/publish_request.h"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "api/message_settings.h"
#include "core/ascii.h"
#include "core/deduplication.h"
#include "core/duration.h"
#include "core/redaction.h"
#include "core/retry.h"
#include "core/url.h"
#include "net/address_guard.h"

namespace godwit {
namespace {

constexpr Milliseconds delay_max_default{3650LL * 86'400'000};  // "nullopt: 10 years"
constexpr std::size_t group_name_length_max = 256;

bool starts_with_ignore_case(std::string_view text, std::string_view start) {
  return text.size() >= start.size() && equals_ignore_case(text.substr(0, start.size()), start);
}

std::unexpected<Error> invalid_setting(Setting setting, std::string_view reason) {
  return invalid_header(header_name(setting), reason);
}

/// A value that core parses: its error, told as that of the header.
template <typename T>
std::unexpected<Error> invalid_setting(Setting setting, const Result<T>& parsed) {
  return invalid_header(header_name(setting), parsed.error().message);
}

Result<bool> parse_boolean(Setting setting, std::string_view text) {
  if (text.empty() || equals_ignore_case(text, "false") || text == "0") return false;
  if (equals_ignore_case(text, "true") || text == "1") return true;
  return invalid_setting(setting, "expected true or false");
}

/// Digits only: signs, blanks and fractions are refused. nullopt also when the value does not fit.
std::optional<std::int64_t> parse_digits(std::string_view text) {
  std::int64_t value = 0;
  if (text.empty() || text.front() == '-') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<int> parse_retries(std::string_view text, int retries_max) {
  if (text.empty() || !std::ranges::all_of(text, ascii::is_digit)) {
    return invalid_setting(Setting::retries, "expected a whole number that is not negative");
  }
  const std::optional<std::int64_t> retries = parse_digits(text);
  if (!retries || *retries > retries_max) {
    return fail(ErrorCode::quota_exceeded, "quota maxRetries exceeded");
  }
  return static_cast<int>(*retries);
}

/// When the message is wanted at the earliest; nullopt: at once.
Result<std::optional<Timestamp>> parse_not_before(const SettingValues& values, Timestamp now,
                                                  const ApiSettings& settings) {
  const Milliseconds delay_max = settings.delay_max.value_or(delay_max_default);
  const auto over = [&]() {
    const auto limit = std::chrono::floor<std::chrono::seconds>(delay_max).count();
    return fail(ErrorCode::quota_exceeded,
                "quota maxDelay exceeded, current limit: " + std::to_string(limit));
  };
  if (const std::string_view text = values[Setting::not_before]; !text.empty()) {
    const std::optional<std::int64_t> seconds = parse_digits(text);
    if (!seconds) {
      return invalid_setting(Setting::not_before, "expected Unix time in whole seconds");
    }
    // Compared in seconds: a number from outside may not fit when counted in milliseconds.
    const std::int64_t latest = to_unix_ms(now + delay_max) / 1000;
    if (*seconds > latest) return over();
    return std::optional(from_unix_ms(*seconds * 1000));
  }
  if (const std::string_view text = values[Setting::delay]; !text.empty()) {
    const Result<Milliseconds> delay = parse_duration(text);
    if (!delay) return invalid_setting(Setting::delay, delay);
    if (*delay > delay_max) return over();
    if (*delay > Milliseconds{0}) return std::optional(now + *delay);
  }
  return std::optional<Timestamp>{};
}

/// The settings of a message once read; what is not set stands empty.
struct ParsedSettings {
  std::optional<Method> method;
  std::optional<Milliseconds> timeout;
  std::optional<int> retries;
  std::string retry_delay;
  std::optional<Timestamp> not_before;
  std::optional<std::vector<std::string>> labels;
  std::optional<Redaction> redaction;
  bool header_forward = false;
  bool content_based_deduplication = false;
};

/// In the order of the wire's reference: the first that is wrong is the one told.
Result<ParsedSettings> parse_settings(const SettingValues& values, Timestamp now,
                                      const ApiSettings& settings) {
  ParsedSettings parsed;
  if (const std::string_view text = values[Setting::method]; !text.empty()) {
    parsed.method = parse_method(text);
    if (!parsed.method) {
      return invalid_setting(Setting::method, "expected GET, POST, PUT, PATCH or DELETE");
    }
  }
  if (const std::string_view text = values[Setting::timeout]; !text.empty()) {
    const Result<Milliseconds> timeout = parse_duration(text);
    if (!timeout) return invalid_setting(Setting::timeout, timeout);
    if (*timeout <= Milliseconds{0}) {
      return invalid_setting(Setting::timeout, "must be more than zero; leave it out for no limit");
    }
    parsed.timeout = *timeout;
  }
  if (const std::string_view text = values[Setting::retries]; !text.empty()) {
    const Result<int> retries = parse_retries(text, settings.retries_max);
    if (!retries) return std::unexpected(retries.error());
    parsed.retries = *retries;
  }
  if (const std::string_view text = values[Setting::retry_delay]; !text.empty()) {
    const Result<RetryExpression> expression = RetryExpression::compile(text);
    if (!expression) return invalid_setting(Setting::retry_delay, expression);
    parsed.retry_delay = text;
  }
  Result<std::optional<Timestamp>> not_before = parse_not_before(values, now, settings);
  if (!not_before) return std::unexpected(std::move(not_before.error()));
  parsed.not_before = *not_before;

  Result<bool> flag = parse_boolean(Setting::content_based_deduplication,
                                    values[Setting::content_based_deduplication]);
  if (!flag) return std::unexpected(std::move(flag.error()));
  parsed.content_based_deduplication = *flag;

  if (const std::string_view text = values[Setting::label]; !text.empty()) {
    Result<std::vector<std::string>> labels = parse_labels(text);
    if (!labels) return invalid_setting(Setting::label, labels);
    parsed.labels = std::move(*labels);
  }
  if (const std::string_view text = values[Setting::redact_fields]; !text.empty()) {
    Result<Redaction> redaction = parse_redaction(text);
    if (!redaction) return invalid_setting(Setting::redact_fields, redaction);
    parsed.redaction = std::move(*redaction);
  }
  flag = parse_boolean(Setting::header_forward, values[Setting::header_forward]);
  if (!flag) return std::unexpected(std::move(flag.error()));
  parsed.header_forward = *flag;
  return parsed;
}

void apply(ParsedSettings parsed, Message& message) {
  if (parsed.method) message.method = *parsed.method;
  if (parsed.timeout) message.timeout = parsed.timeout;
  if (parsed.retries) message.retries_max = *parsed.retries;
  if (!parsed.retry_delay.empty()) message.retry_delay = std::move(parsed.retry_delay);
  if (parsed.not_before) message.not_before = *parsed.not_before;
  if (parsed.labels) message.labels = std::move(*parsed.labels);
  if (parsed.redaction) message.redaction = std::move(*parsed.redaction);
}

bool contains(const Headers& headers, std::string_view name) {
  return find_header(headers, name) != nullptr;
}

/// Headers that belong to one connection, or that the delivery makes itself.
bool is_hop_by_hop(std::string_view name) {
  for (const std::string_view known :
       {"connection", "keep-alive", "te", "trailer", "trailers", "transfer-encoding", "upgrade",
        "host", "content-length", "expect"}) {
    if (equals_ignore_case(name, known)) return true;
  }
  return starts_with_ignore_case(name, "proxy-");
}

/// Whether the Connection header names `name` as one for this connection only.
bool is_named_by_connection(const Headers& headers, std::string_view name) {
  for (const Header& header : headers) {
    if (!equals_ignore_case(header.name, "connection")) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const std::size_t end = rest.find(',');
      const std::string_view option = ascii::trim(rest.substr(0, end));
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      if (equals_ignore_case(option, name)) return true;
    }
  }
  return false;
}

/// `Upstash-Header-Forward: true`: all that came with the request, except what spoke to us alone.
/// Those that were forwarded by name stand in `forwarded` and win.
Result<void> append_incoming(const MessageSettings& settings, const Headers& forwarded,
                             Headers& out) {
  for (const Header& header : settings.headers) {
    if (is_hop_by_hop(header.name) || starts_with_ignore_case(header.name, "upstash-") ||
        equals_ignore_case(header.name, "content-type") || contains(forwarded, header.name) ||
        is_named_by_connection(settings.headers, header.name)) {
      continue;
    }
    if (settings.authorization_is_credential && equals_ignore_case(header.name, "authorization")) {
      continue;
    }
    if (!is_sendable(header.name, header.value)) {
      return invalid_setting(Setting::header_forward,
                             "one of the headers to forward has a name or value that HTTP does "
                             "not allow");
    }
    out.push_back({.name = canonical_header_name(header.name), .value = header.value});
  }
  return {};
}

Result<void> check_size(const Headers& headers, const ApiSettings& settings) {
  std::size_t size = 0;
  for (const Header& header : headers) size += header.name.size() + header.value.size();
  if (headers.size() <= forwarded_headers_max && size <= settings.forwarded_headers_size_max) {
    return {};
  }
  return fail(ErrorCode::invalid_argument, "the forwarded headers are too large: send at most " +
                                               std::to_string(forwarded_headers_max) + " with " +
                                               std::to_string(settings.forwarded_headers_size_max) +
                                               " bytes in all");
}

/// Refuses what the guard would refuse at delivery, as far as that can be told without asking DNS.
Result<void> check_address(const Url& url, const AddressPolicy& guard) {
  std::array<std::string_view, 2> candidates;
  if (url.host_is_address) {
    candidates[0] = url.host;
  } else if (url.host == "localhost" || url.host.ends_with(".localhost")) {
    candidates = {"127.0.0.1", "::1"};
  }
  for (const std::string_view candidate : candidates) {
    if (candidate.empty()) continue;
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(candidate, error);
    if (error) continue;  // Not in the notation that Asio reads: delivery vets what it connects to.
    const std::optional<std::string> reason = guard.refuse(url.host, address);
    if (!reason) continue;
    if (address.is_loopback()) {
      return fail(ErrorCode::invalid_argument,
                  "invalid destination url: endpoint resolves to a loopback address: " +
                      address.to_string());
    }
    return fail(ErrorCode::invalid_argument, "invalid destination url: " + *reason);
  }
  return {};
}

bool is_group_name(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) || c == '_' || c == '-' || c == '.';
  });
}

Result<void> check_destination(std::string_view destination, const PublishRules& rules) {
  if (destination.empty()) {
    return fail(ErrorCode::invalid_argument, "a non-empty destination must be provided");
  }
  if (starts_with_ignore_case(destination, "http://") ||
      starts_with_ignore_case(destination, "https://")) {
    const Result<Url> url = parse_url(destination);
    if (!url) return std::unexpected(url.error());
    if (!rules.settings.refuse_loopback_destinations || rules.guard == nullptr) return {};
    return check_address(*url, *rules.guard);
  }
  if (starts_with_ignore_case(destination, "api/")) {
    return fail(ErrorCode::invalid_argument, "api destinations are not supported");
  }
  if (is_group_name(destination) && destination.size() <= group_name_length_max) {
    return fail(ErrorCode::not_found, "topic " + std::string(destination) + " not found");
  }
  return fail(ErrorCode::invalid_argument,
              "invalid destination url: endpoint has invalid scheme, add http:// or https://");
}

Result<std::optional<DeduplicationKey>> deduplication_key(const Message& message,
                                                          std::string_view id, bool by_content) {
  if (!id.empty()) {
    if (id.find(':') != std::string_view::npos) {
      return fail(ErrorCode::invalid_argument, "DeduplicationId cannot contain ':'");
    }
    if (id.size() > deduplication_id_length_max) {
      return invalid_setting(Setting::deduplication_id,
                             "longer than " + std::to_string(deduplication_id_length_max) +
                                 " bytes; shorten or hash it");
    }
    return std::optional(deduplication_key_of_id(message.account, id));
  }
  if (by_content) return std::optional(deduplication_key_of_content(message));
  return std::optional<DeduplicationKey>{};
}

}  // namespace

Result<Publish> parse_publish(PublishRequest request, Timestamp now, const PublishRules& rules) {
  if (Result<void> checked = check_destination(request.destination, rules); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  Result<SettingValues> values = SettingValues::gather(request.settings);
  if (!values) return std::unexpected(std::move(values.error()));
  Result<ParsedSettings> parsed = parse_settings(*values, now, rules.settings);
  if (!parsed) return std::unexpected(std::move(parsed.error()));

  Publish publish;
  Message& message = publish.message;
  message.account = request.account;
  message.url = std::move(request.destination);
  message.caller_ip = std::move(request.caller_ip);
  const bool header_forward = parsed->header_forward;
  const bool by_content = parsed->content_based_deduplication;

  Headers forwarded = values->take_forwarded();
  if (!values->content_type().empty() && !contains(forwarded, "content-type")) {
    message.headers.push_back(
        {.name = "Content-Type", .value = std::string(values->content_type())});
  }
  if (header_forward) {
    Result<void> appended = append_incoming(request.settings, forwarded, message.headers);
    if (!appended) return std::unexpected(std::move(appended.error()));
  }
  std::ranges::move(forwarded, std::back_inserter(message.headers));
  if (Result<void> checked = check_size(message.headers, rules.settings); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  if (request.body.size() > rules.settings.message_size_max) {
    return fail(ErrorCode::quota_exceeded, "quota maxMessageSize exceeded");
  }
  message.body = std::move(request.body);
  apply(std::move(*parsed), message);

  Result<std::optional<DeduplicationKey>> key =
      deduplication_key(message, (*values)[Setting::deduplication_id], by_content);
  if (!key) return std::unexpected(std::move(key.error()));
  publish.deduplication = *key;
  return publish;
}

Result<std::function<void(Message&)>> parse_retry_changes(const MessageSettings& settings,
                                                          Timestamp now,
                                                          const PublishRules& rules) {
  Result<SettingValues> values = SettingValues::gather(settings);
  if (!values) return std::unexpected(std::move(values.error()));
  Result<ParsedSettings> parsed = parse_settings(*values, now, rules.settings);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  if (!(*values)[Setting::deduplication_id].empty() || parsed->content_based_deduplication) {
    return invalid_setting((*values)[Setting::deduplication_id].empty()
                               ? Setting::content_based_deduplication
                               : Setting::deduplication_id,
                           "not supported when a dead letter is retried; leave it out");
  }
  if (parsed->header_forward) {
    return invalid_setting(Setting::header_forward,
                           "not supported when a dead letter is retried; leave it out");
  }
  Headers forwarded = values->take_forwarded();
  if (Result<void> checked = check_size(forwarded, rules.settings); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  return std::function<void(Message&)>(
      [parsed = std::move(*parsed), forwarded = std::move(forwarded)](Message& message) {
        apply(parsed, message);
        std::erase_if(message.headers,
                      [&](const Header& header) { return contains(forwarded, header.name); });
        std::ranges::copy(forwarded, std::back_inserter(message.headers));
      });
}

}  // namespace godwit
