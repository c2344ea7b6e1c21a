#include "core/retry.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include "core/ascii.h"
#include "core/assert.h"
#include "core/duration.h"

namespace godwit {
namespace {

/// e^(2.5 n) seconds for n = 1 to 4; the fifth would be more than a day. Written out, so that every
/// machine and mathematics library comes to the same milliseconds.
constexpr std::array<Milliseconds, 4> default_delays{
    Milliseconds(12'182), Milliseconds(148'413), Milliseconds(1'808'042), Milliseconds(22'026'466)};

constexpr int status_non_retryable = 489;

/// Takes `count` digits off the front of `rest`; nullopt when they are not there.
std::optional<int> take_digits(std::string_view& rest, std::size_t count) {
  if (rest.size() < count) return std::nullopt;
  int value = 0;
  for (const char c : rest.substr(0, count)) {
    if (!ascii::is_digit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  rest.remove_prefix(count);
  return value;
}

bool take(std::string_view& rest, std::string_view expected) {
  if (!rest.starts_with(expected)) return false;
  rest.remove_prefix(expected.size());
  return true;
}

/// The index of the name that `rest` begins with, which is taken; nullopt when none of them does.
template <std::size_t count>
std::optional<unsigned> take_name(std::string_view& rest,
                                  const std::array<std::string_view, count>& names) {
  for (std::size_t i = 0; i < count; ++i) {
    if (take(rest, names[i])) return static_cast<unsigned>(i);
  }
  return std::nullopt;
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`. A weekday that does not fit the date is forgiven.
std::optional<Timestamp> parse_http_date(std::string_view rest) {
  static constexpr std::array<std::string_view, 7> weekdays{"Mon", "Tue", "Wed", "Thu",
                                                            "Fri", "Sat", "Sun"};
  static constexpr std::array<std::string_view, 12> months{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (!take_name(rest, weekdays) || !take(rest, ", ")) return std::nullopt;
  // RFC 1123 allows a day of one digit; HTTP does not, but some servers write it.
  std::optional<int> day = take_digits(rest, 2);
  if (!day) day = take_digits(rest, 1);
  if (!day || !take(rest, " ")) return std::nullopt;
  const std::optional<unsigned> month = take_name(rest, months);
  if (!month || !take(rest, " ")) return std::nullopt;
  const std::optional<int> year = take_digits(rest, 4);
  if (!year || !take(rest, " ")) return std::nullopt;
  const std::optional<int> hour = take_digits(rest, 2);
  if (!hour || !take(rest, ":")) return std::nullopt;
  const std::optional<int> minute = take_digits(rest, 2);
  if (!minute || !take(rest, ":")) return std::nullopt;
  const std::optional<int> second = take_digits(rest, 2);
  if (!second || (rest != " GMT" && rest != " UTC")) return std::nullopt;

  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(*month + 1),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  // Second 60 is a leap second.
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second);
}

/// `5` or `1.25`. A part of a millisecond counts as a whole one: never earlier than asked.
std::optional<Milliseconds> parse_seconds(std::string_view text) {
  const std::size_t dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  const std::string_view fraction =
      dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
  if (whole.empty() || (dot != std::string_view::npos && fraction.empty())) return std::nullopt;

  constexpr std::int64_t beyond = retry_delay_max.count() + 1;
  std::int64_t ms = 0;
  for (const char c : whole) {
    if (!ascii::is_digit(c)) return std::nullopt;
    ms = std::min<std::int64_t>(ms * 10 + (c - '0') * std::int64_t{1000}, beyond);
  }
  std::int64_t weight = 100;
  bool rest_counts = false;
  for (const char c : fraction) {
    if (!ascii::is_digit(c)) return std::nullopt;
    ms += (c - '0') * weight;
    rest_counts = rest_counts || (weight == 0 && c != '0');
    weight /= 10;
  }
  return Milliseconds(ms + (rest_counts ? 1 : 0));
}

/// The delay that one header asks for; nullopt when it is unreadable or more than a day.
std::optional<Milliseconds> parse_hint(std::string_view text, Timestamp now) {
  text = ascii::trim(text);
  if (text.empty() || text.size() > 64) return std::nullopt;
  std::optional<Milliseconds> delay;
  if (ascii::is_letter(text.front())) {
    if (const std::optional<Timestamp> date = parse_http_date(text)) {
      delay = std::max(*date - now, Milliseconds(0));
    }
  } else if (delay = parse_seconds(text); !delay) {
    if (const Result<Milliseconds> duration = parse_duration(text)) delay = *duration;
  }
  if (delay && *delay > retry_delay_max) return std::nullopt;
  return delay;
}

std::string why_dead(const Message& message, const AttemptResult& result) {
  std::string reason = message.retries_max == 0
                           ? "The only attempt"
                           : "The last of " + std::to_string(message.retries_max + 1) + " attempts";
  if (result.status != 0)
    return reason + " was answered with " + std::to_string(result.status) + ".";
  return reason + " got no response: " + (result.error.empty() ? "unknown" : result.error) + ".";
}

}  // namespace

Milliseconds default_backoff(int retried) {
  GODWIT_ASSERT(retried >= 0);
  const auto index = static_cast<std::size_t>(retried);
  return index < default_delays.size() ? default_delays[index] : retry_delay_max;
}

std::optional<Milliseconds> retry_hint(const Headers& response_headers, Timestamp now) {
  std::optional<Milliseconds> largest;
  for (const Header& header : response_headers) {
    if (equals_ignore_case(header.name, "Retry-After")) {
      if (const std::optional<Milliseconds> delay = parse_hint(header.value, now)) return delay;
    } else if (equals_ignore_case(header.name, "X-RateLimit-Reset") ||
               equals_ignore_case(header.name, "X-RateLimit-Reset-Requests") ||
               equals_ignore_case(header.name, "X-RateLimit-Reset-Tokens")) {
      // An empty optional is less than every delay.
      largest = std::max(largest, parse_hint(header.value, now));
    }
  }
  return largest;
}

Outcome judge(const Message& message, int retried, const AttemptResult& result, Timestamp now) {
  if (result.status >= 200 && result.status < 300) return Delivered{};
  if (result.status == status_non_retryable) {
    const std::string* mark = find_header(result.response_headers, "Upstash-NonRetryable-Error");
    if (mark != nullptr && equals_ignore_case(ascii::trim(*mark), "true")) {
      return DeadLetter{"The destination said that retrying is useless (status 489)."};
    }
  }
  if (retried >= message.retries_max) return DeadLetter{why_dead(message, result)};

  std::optional<Milliseconds> delay = retry_hint(result.response_headers, now);
  if (!delay && !message.retry_delay.empty()) {
    const Result<RetryExpression> expression = RetryExpression::compile(message.retry_delay);
    // Publishing refuses bad ones; a stored one that went bad must not stop the process.
    if (expression) delay = expression->evaluate(retried);
  }
  return RetryAt{now + delay.value_or(default_backoff(retried))};
}

}  // namespace godwit
