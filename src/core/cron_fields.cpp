#include "core/cron_fields.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <span>
#include <string>
#include <utility>

#include "core/ascii.h"
#include "core/assert.h"
#include "core/message.h"
#include "core/quoted.h"

namespace godwit {
namespace {

namespace chrono = std::chrono;

constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names{"sun", "mon", "tue", "wed",
                                                        "thu", "fri", "sat"};

struct FieldRule {
  std::string_view name;
  int min;
  int max;
  std::span<const std::string_view> names = {};  ///< Of `min`, `min` + 1, ...
};

constexpr std::array<FieldRule, 6> rules{{{"second", 0, 59},
                                          {"minute", 0, 59},
                                          {"hour", 0, 23},
                                          {"day-of-month", 1, 31},
                                          {"month", 1, 12, month_names},
                                          {"day-of-week", 0, 6, weekday_names}}};

/// What one field allows. `any`: it says `*` or `?` somewhere, so it restricts nothing.
struct Numbers {
  std::uint64_t bits = 0;
  bool any = false;
};

/// Bits `first` to `last`, both included.
constexpr std::uint64_t bit_range(int first, int last) {
  return (~std::uint64_t{0} >> (63 - last)) & (~std::uint64_t{0} << first);
}

/// The lowest bit of `bits` that is not below `from`; -1 when there is none.
int bit_from(std::uint64_t bits, int from) {
  if (from > 63) return -1;
  bits &= ~std::uint64_t{0} << from;
  return bits == 0 ? -1 : std::countr_zero(bits);
}

/// Reads one field; the errors name it.
class FieldParser {
 public:
  explicit FieldParser(const FieldRule& rule) : rule_(rule) {}

  Result<Numbers> parse(std::string_view field) const {
    Numbers numbers;
    while (true) {
      const std::size_t comma = field.find(',');
      Result<Numbers> item = parse_item(field.substr(0, comma));
      if (!item) return item;
      numbers.bits |= item->bits;
      numbers.any = numbers.any || item->any;
      if (comma == std::string_view::npos) return numbers;
      field.remove_prefix(comma + 1);
    }
  }

 private:
  std::unexpected<Error> refuse(std::string_view item, const std::string& why) const {
    return fail(ErrorCode::invalid_argument,
                std::string(rule_.name) + " " + quoted(item) + ": " + why);
  }

  /// `*`, `?`, a number, a range, each with a step or without.
  Result<Numbers> parse_item(std::string_view item) const {
    if (item.empty()) return refuse(item, "a number, a range or * is missing");
    const std::size_t slash = item.find('/');
    const std::string_view range = item.substr(0, slash);
    const std::size_t hyphen = range.find('-');
    const bool any = range == "*" || range == "?";
    int first = rule_.min;
    int last = rule_.max;
    if (!any) {
      const Result<int> low = parse_number(item, range.substr(0, hyphen));
      if (!low) return std::unexpected(low.error());
      first = *low;
      // `5/15` goes on to the end of the field, `5` does not.
      if (hyphen != std::string_view::npos) {
        const Result<int> high = parse_number(item, range.substr(hyphen + 1));
        if (!high) return std::unexpected(high.error());
        last = *high;
      } else if (slash == std::string_view::npos) {
        last = first;
      }
      if (first > last) return refuse(item, "the range ends before it begins");
    }
    if (slash == std::string_view::npos) return Numbers{bit_range(first, last), any};

    const Result<int> step = parse_step(item, item.substr(slash + 1));
    if (!step) return std::unexpected(step.error());
    Numbers numbers;
    for (int n = first; n <= last; n += *step) numbers.bits |= std::uint64_t{1} << n;
    // Every second day is a restriction, though it is written with an asterisk.
    numbers.any = any && *step == 1;
    return numbers;
  }

  Result<int> parse_number(std::string_view item, std::string_view text) const {
    const auto name = std::ranges::find_if(
        rule_.names, [text](std::string_view known) { return equals_ignore_case(known, text); });
    if (name != rule_.names.end()) {
      return rule_.min + static_cast<int>(name - rule_.names.begin());
    }
    const std::optional<int> number = whole_number(text);
    if (!number) return refuse(item, quoted(text) + " is no number");
    if (*number < rule_.min) return refuse(item, "less than " + std::to_string(rule_.min));
    if (*number > rule_.max) return refuse(item, "more than " + std::to_string(rule_.max));
    return *number;
  }

  /// Cut off above the field's end, where all steps are the same.
  Result<int> parse_step(std::string_view item, std::string_view text) const {
    const std::optional<int> step = whole_number(text);
    if (!step) return refuse(item, "the step " + quoted(text) + " is no number");
    if (*step == 0) return refuse(item, "the step is zero");
    return std::min(*step, rule_.max + 1);
  }

  /// The value of digits alone, a very large one when it does not fit.
  static std::optional<int> whole_number(std::string_view text) {
    if (text.empty() || !std::all_of(text.begin(), text.end(), ascii::is_digit)) {
      return std::nullopt;
    }
    int value = 0;
    const std::errc error = std::from_chars(text.data(), text.data() + text.size(), value).ec;
    return error == std::errc::result_out_of_range ? std::numeric_limits<int>::max() : value;
  }

  const FieldRule& rule_;
};

}  // namespace

Result<CronFields> CronFields::parse(std::string_view text, bool with_seconds) {
  const std::size_t expected = with_seconds ? 6 : 5;
  std::array<std::string_view, rules.size()> fields;
  std::size_t found = 0;
  for (std::string_view rest = ascii::trim(text); !rest.empty(); rest = ascii::trim(rest)) {
    const std::size_t end = std::min(rest.find_first_of(" \t"), rest.size());
    if (found < expected) fields[found] = rest.substr(0, end);
    ++found;
    rest.remove_prefix(end);
  }
  if (found != expected) {
    return fail(ErrorCode::invalid_argument, "expected " + std::to_string(expected) +
                                                 " fields, found " + std::to_string(found) + ": " +
                                                 quoted(text));
  }

  std::array<Numbers, rules.size()> numbers;
  numbers[0].bits = 1;
  const std::size_t first_rule = rules.size() - expected;
  for (std::size_t i = 0; i < expected; ++i) {
    const FieldRule& rule = rules[first_rule + i];
    const Result<Numbers> parsed = FieldParser(rule).parse(fields[i]);
    if (!parsed) return std::unexpected(parsed.error());
    numbers[first_rule + i] = *parsed;
  }
  CronFields cron;
  cron.seconds_ = numbers[0].bits;
  cron.minutes_ = numbers[1].bits;
  cron.hours_ = numbers[2].bits;
  cron.days_of_month_ = numbers[3].bits;
  cron.months_ = numbers[4].bits;
  cron.days_of_week_ = numbers[5].bits;
  cron.either_day_ = !numbers[3].any && !numbers[5].any;
  return cron;
}

std::optional<CronFields::WallTime> CronFields::next(WallTime from, WallTime until) const {
  const Day day = chrono::floor<chrono::days>(from);
  const Day last_day = chrono::floor<chrono::days>(until);
  std::optional<Day> match = next_day(day, last_day);
  if (!match) return std::nullopt;
  std::optional<Seconds> time = next_time(*match == day ? from - day : Seconds(0));
  if (!time) {
    // Today's last time is over. Every other day has one from midnight on.
    match = next_day(day + chrono::days(1), last_day);
    if (!match) return std::nullopt;
    time = next_time(Seconds(0));
    GODWIT_ASSERT(time.has_value());
  }
  const WallTime found = *match + *time;
  return found <= until ? std::optional(found) : std::nullopt;
}

std::optional<CronFields::Seconds> CronFields::next_time(Seconds from) const {
  const chrono::hh_mm_ss<Seconds> clock(from);
  int hour = static_cast<int>(clock.hours().count());
  int minute = static_cast<int>(clock.minutes().count());
  int second = bit_from(seconds_, static_cast<int>(clock.seconds().count()));
  // Whatever a larger unit has to move on, the smaller ones begin anew.
  if (second < 0) {
    second = bit_from(seconds_, 0);
    ++minute;
  }
  if (const int at = bit_from(minutes_, minute); at != minute) {
    second = bit_from(seconds_, 0);
    if (at < 0) ++hour;
    minute = at < 0 ? bit_from(minutes_, 0) : at;
  }
  if (const int at = bit_from(hours_, hour); at != hour) {
    if (at < 0) return std::nullopt;
    second = bit_from(seconds_, 0);
    minute = bit_from(minutes_, 0);
    hour = at;
  }
  return chrono::hours(hour) + chrono::minutes(minute) + Seconds(second);
}

std::optional<CronFields::Day> CronFields::next_day(Day from, Day until) const {
  if (from > until) return std::nullopt;
  const chrono::year_month_day first(from);
  chrono::year_month month = first.year() / first.month();
  int day = static_cast<int>(static_cast<unsigned>(first.day()));
  // A month at a time, so that five years without a match are sixty rounds.
  for (Day begin = from; begin <= until; begin = Day(month / 1)) {
    if ((months_ >> static_cast<unsigned>(month.month()) & 1) != 0) {
      if (const int at = bit_from(days_of(month), day); at >= 0) {
        const Day match(month / at);
        return match <= until ? std::optional(match) : std::nullopt;
      }
    }
    month += chrono::months(1);
    day = 1;
  }
  return std::nullopt;
}

std::uint64_t CronFields::days_of(chrono::year_month month) const {
  const auto last = static_cast<unsigned>((month / chrono::last).day());
  const unsigned first_weekday = chrono::weekday(Day(month / 1)).c_encoding();
  // The week turned to begin with the first day's weekday, then repeated.
  const std::uint64_t week =
      (days_of_week_ >> first_weekday | days_of_week_ << (7 - first_weekday)) & 0x7f;
  std::uint64_t by_weekday = 0;
  for (unsigned first_day = 1; first_day <= last; first_day += 7) by_weekday |= week << first_day;
  const std::uint64_t days =
      either_day_ ? days_of_month_ | by_weekday : days_of_month_ & by_weekday;
  return days & bit_range(1, static_cast<int>(last));
}

}  // namespace godwit
