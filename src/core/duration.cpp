#include "core/duration.h"

#include <array>
#include <cstdint>
#include <optional>

#include "core/ascii.h"

namespace godwit {
namespace {

__extension__ using Wide = unsigned __int128;

struct Unit {
  std::string_view name;
  std::uint64_t nanoseconds;
};

/// The micro sign and the Greek letter mu look alike, and Go takes both.
constexpr std::array<Unit, 9> units{{{"d", 86'400'000'000'000},
                                     {"h", 3'600'000'000'000},
                                     {"m", 60'000'000'000},
                                     {"s", 1'000'000'000},
                                     {"ms", 1'000'000},
                                     {"us", 1'000},
                                     {"\u00b5s", 1'000},
                                     {"\u03bcs", 1'000},
                                     {"ns", 1}}};

constexpr std::uint64_t nanoseconds_max =
    static_cast<std::uint64_t>(duration_max.count()) * 1'000'000;

/// More digits of a fraction would be less than a nanosecond even of a day.
constexpr int fraction_digits_max = 18;

constexpr std::size_t quoted_length_max = 64;

/// As Go quotes it: what is not printable ASCII is shown as `\xNN`. Cut off after a while, since
/// the text comes from a client and ends up in an answer.
std::string quote(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text.substr(0, quoted_length_max)) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (ascii::is_control(c) || !ascii::is_ascii(c)) {
      const auto byte = static_cast<unsigned char>(c);
      quoted += "\\x";
      quoted += digits[byte >> 4];
      quoted += digits[byte & 15];
    } else {
      quoted += c;
    }
  }
  if (text.size() > quoted_length_max) quoted += "...";
  return quoted += '"';
}

std::unexpected<Error> refuse(std::string_view what, std::string_view text) {
  return fail(ErrorCode::invalid_argument, "time: " + std::string(what) + " " + quote(text));
}

std::optional<std::uint64_t> unit_length(std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) return unit.nanoseconds;
  }
  return std::nullopt;
}

/// A number as its whole part (held just above nanoseconds_max when it is larger) and its fraction.
struct Number {
  std::uint64_t whole = 0;
  std::uint64_t fraction = 0;
  std::uint64_t fraction_scale = 1;
};

/// Takes a number off the front of `rest`; nullopt when there is no digit.
std::optional<Number> take_number(std::string_view& rest) {
  Number number;
  bool any = false;
  while (!rest.empty() && ascii::is_digit(rest.front())) {
    any = true;
    number.whole = number.whole > nanoseconds_max / 10
                       ? nanoseconds_max + 1
                       : number.whole * 10 + static_cast<std::uint64_t>(rest.front() - '0');
    rest.remove_prefix(1);
  }
  if (!rest.empty() && rest.front() == '.') {
    rest.remove_prefix(1);
    for (int taken = 0; !rest.empty() && ascii::is_digit(rest.front()); ++taken) {
      any = true;
      if (taken < fraction_digits_max) {
        number.fraction = number.fraction * 10 + static_cast<std::uint64_t>(rest.front() - '0');
        number.fraction_scale *= 10;
      }
      rest.remove_prefix(1);
    }
  }
  if (!any) return std::nullopt;
  return number;
}

}  // namespace

Result<Milliseconds> parse_duration(std::string_view text) {
  text = ascii::trim(text);
  std::string_view rest = text;
  bool negative = false;
  if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) {
    negative = rest.front() == '-';
    rest.remove_prefix(1);
  }
  if (rest == "0" && !negative) return Milliseconds(0);
  if (rest.empty()) return refuse("invalid duration", text);

  std::uint64_t total = 0;
  bool too_long = false;
  while (!rest.empty()) {
    const std::optional<Number> number = take_number(rest);
    if (!number) return refuse("invalid duration", text);

    std::size_t name_length = 0;
    while (name_length < rest.size() && rest[name_length] != '.' &&
           !ascii::is_digit(rest[name_length])) {
      ++name_length;
    }
    if (name_length == 0) return refuse("missing unit in duration", text);
    const std::string_view name = rest.substr(0, name_length);
    rest.remove_prefix(name_length);
    const std::optional<std::uint64_t> unit = unit_length(name);
    if (!unit) return refuse("unknown unit " + quote(name) + " in duration", text);

    const Wide length =
        Wide{number->whole} * *unit + Wide{number->fraction} * *unit / number->fraction_scale;
    // The rest is still read, so that a text that is wrong in two ways is told to be no duration.
    if (length > nanoseconds_max - total) {
      too_long = true;
    } else {
      total += static_cast<std::uint64_t>(length);
    }
  }
  if (negative) return refuse("negative duration", text);
  if (too_long) return refuse("more than 100 years in duration", text);
  return Milliseconds(static_cast<std::int64_t>(total / 1'000'000));
}

std::string format_duration(Milliseconds duration) {
  struct Part {
    std::uint64_t milliseconds;
    std::string_view name;
  };
  constexpr std::array<Part, 5> parts{
      {{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1'000, "s"}, {1, "ms"}}};
  if (duration.count() == 0) return "0s";
  std::string text;
  auto left = static_cast<std::uint64_t>(duration.count());
  if (duration.count() < 0) {
    text += '-';
    left = 0 - left;  // Unsigned, so that the smallest value has a magnitude too.
  }
  for (const Part& part : parts) {
    if (left < part.milliseconds) continue;
    text += std::to_string(left / part.milliseconds);
    text += part.name;
    left %= part.milliseconds;
  }
  return text;
}

}  // namespace godwit
