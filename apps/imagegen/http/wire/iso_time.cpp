#include "imagegen/http/wire/iso_time.h"

#include <fmt/format.h>

#include <chrono>

#include "core/ascii.h"

namespace godwit::imagegen {
namespace {

/// Takes exactly `digits` digits off the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (!ascii::is_digit(text[i])) return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

/// `.120`, or nothing. nullopt: a point without digits, or too many of them.
std::optional<Milliseconds> take_fraction(std::string_view& text) {
  if (!take(text, '.')) return Milliseconds(0);
  std::int64_t ms = 0;
  std::int64_t weight = 100;
  std::size_t digits = 0;
  while (!text.empty() && ascii::is_digit(text.front())) {
    ms += weight * (text.front() - '0');
    weight /= 10;
    text.remove_prefix(1);
    if (++digits > 9) return std::nullopt;
  }
  if (digits == 0) return std::nullopt;
  return Milliseconds(ms);
}

/// `Z` or `+03:00`, which must be all that is left.
std::optional<std::chrono::minutes> take_zone(std::string_view text) {
  if (text == "Z") return std::chrono::minutes(0);
  const bool west = text.starts_with('-');
  if (!take(text, west ? '-' : '+')) return std::nullopt;
  const std::optional<int> hours = take_number(text, 2);
  if (!hours || !take(text, ':')) return std::nullopt;
  const std::optional<int> minutes = take_number(text, 2);
  if (!minutes || !text.empty() || *hours > 14 || *minutes > 59) return std::nullopt;
  const std::chrono::minutes offset(*hours * 60 + *minutes);
  return west ? -offset : offset;
}

}  // namespace

std::string iso_time(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<Milliseconds> clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

std::optional<Timestamp> parse_iso_time(std::string_view text) {
  const std::optional<int> year = take_number(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const std::optional<int> month = take_number(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const std::optional<int> day = take_number(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  const Timestamp midnight = std::chrono::sys_days(date);
  if (text.empty()) return midnight;

  if (!take(text, 'T')) return std::nullopt;
  const std::optional<int> hours = take_number(text, 2);
  if (!hours || *hours > 23 || !take(text, ':')) return std::nullopt;
  const std::optional<int> minutes = take_number(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  int seconds = 0;
  if (take(text, ':')) {
    const std::optional<int> given = take_number(text, 2);
    if (!given || *given > 59) return std::nullopt;
    seconds = *given;
  }
  const std::optional<Milliseconds> fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const std::optional<std::chrono::minutes> zone = take_zone(text);
  if (!zone) return std::nullopt;
  return midnight + std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
         std::chrono::seconds(seconds) + *fraction - *zone;
}

}  // namespace godwit::imagegen
