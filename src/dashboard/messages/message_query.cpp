#include "dashboard/messages/message_query.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string>
#include <utility>

#include "core/ascii.h"
#include "core/duration.h"

namespace godwit {
namespace {

/// Exactly `digits` digits off the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits || !std::ranges::all_of(text.substr(0, digits), ascii::is_digit)) {
    return std::nullopt;
  }
  int value = 0;
  for (const char digit : text.substr(0, digits)) value = value * 10 + (digit - '0');
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(1);
  return true;
}

/// `.120` as 120; more digits are cut.
std::optional<int> take_milliseconds(std::string_view& text) {
  if (!take(text, '.')) return 0;
  int value = 0;
  std::size_t digits = 0;
  for (; !text.empty() && ascii::is_digit(text.front()); text.remove_prefix(1), ++digits) {
    if (digits < 3) value = value * 10 + (text.front() - '0');
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 3; ++digits) value *= 10;
  return value;
}

std::optional<Timestamp> parse_iso(std::string_view text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  Timestamp time = std::chrono::sys_days(date);
  if (text.empty()) return time;
  if (!take(text, 'T')) return std::nullopt;
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  time += std::chrono::hours(*hour) + std::chrono::minutes(*minute);
  if (take(text, ':')) {
    const auto second = take_number(text, 2);
    if (!second || *second > 59) return std::nullopt;
    const auto fraction = take_milliseconds(text);
    if (!fraction) return std::nullopt;
    time += std::chrono::seconds(*second) + Milliseconds(*fraction);
  }
  take(text, 'Z');
  if (!text.empty()) return std::nullopt;
  return time;
}

std::optional<StatusRange> parse_status(std::string_view text) {
  if (text.size() == 3 && text.front() >= '1' && text.front() <= '9' &&
      (text.substr(1) == "xx" || text.substr(1) == "XX")) {
    const int hundred = (text.front() - '0') * 100;
    return StatusRange{hundred, hundred + 99};
  }
  int value = 0;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || stop != text.data() + text.size() || value < 0 || value > 999) {
    return std::nullopt;
  }
  return StatusRange{value, value};
}

Result<std::optional<Timestamp>> read_moment(const DashboardQuery& query, std::string_view name,
                                             Timestamp now) {
  const std::string* const text = query.find(name);
  if (text == nullptr || text->empty()) return std::nullopt;
  const auto moment = parse_moment(*text, now);
  if (!moment) {
    return invalid_field(name, "give a time like 2026-11-24T10:15:00Z or how long ago, like 1h30m");
  }
  return moment;
}

}  // namespace

std::optional<Timestamp> parse_moment(std::string_view text, Timestamp now) {
  if (const auto time = parse_iso(text)) return time;
  const Result<Milliseconds> ago = parse_duration(text);
  if (!ago) return std::nullopt;
  return std::max(now - *ago, Timestamp{});
}

Result<MessageSearch> parse_message_search(const DashboardQuery& query, AccountId account,
                                           Timestamp now) {
  MessageSearch search;
  search.account = account;
  for (const std::string& text : query.all("id")) {
    const auto id = MessageId::parse(text);
    if (!id) return invalid_field("id", "this is no message id; give one like msg_2x3Y...");
    search.filter.ids.push_back(*id);
  }
  for (const std::string& text : query.all("state")) {
    const auto state = parse_message_state(text);
    if (!state) {
      return invalid_field("state",
                           "give waiting, retrying, active, delivered, failed or canceled");
    }
    search.states.push_back(*state);
  }
  for (const std::string& text : query.all("status")) {
    const auto status = parse_status(text);
    if (!status) return invalid_field("status", "give a status like 500 or a class like 5xx");
    search.statuses.push_back(*status);
  }
  search.url_parts = query.all("url");
  search.filter.hosts = query.all("host");
  search.filter.labels = query.all("label");
  search.filter.queues = query.all("queue");
  search.filter.flow_control_keys = query.all("flowControlKey");
  search.filter.schedules = query.all("schedule");
  search.filter.groups = query.all("urlGroup");
  search.filter.caller_ips = query.all("callerIp");
  if (const std::string* const text = query.find("text")) {
    if (text->size() > searched_text_max) {
      return invalid_field("text", "it is longer than 1000 bytes; search for a part of it");
    }
    search.text = *text;
  }
  const auto since = read_moment(query, "since", now);
  if (!since) return std::unexpected(since.error());
  const auto until = read_moment(query, "until", now);
  if (!until) return std::unexpected(until.error());
  search.from = *since;
  search.to = *until;
  if (const std::string* const order = query.find("order"); order != nullptr && !order->empty()) {
    if (*order != "newest" && *order != "oldest")
      return invalid_field("order", "give newest or oldest");
    if (*order == "oldest") search.order = Order::earliest_first;
  }
  const Result<std::size_t> limit = query.count("limit", 1, listed_messages_max, 100);
  if (!limit) return std::unexpected(limit.error());
  search.count = *limit;
  if (const std::string* const cursor = query.find("cursor")) search.cursor = *cursor;
  return search;
}

}  // namespace godwit
