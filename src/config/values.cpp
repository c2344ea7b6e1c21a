#include "config/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/duration.h"
#include "core/message.h"

namespace godwit {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};
// Ordered by size, so that formatting finds the largest one that divides.
constexpr std::array units{
    Unit{"TiB", 1ULL << 40}, Unit{"TB", 1'000'000'000'000ULL},
    Unit{"GiB", 1ULL << 30}, Unit{"GB", 1'000'000'000ULL},
    Unit{"MiB", 1ULL << 20}, Unit{"MB", 1'000'000ULL},
    Unit{"KiB", 1ULL << 10}, Unit{"KB", 1'000ULL},
    Unit{"B", 1ULL},
};

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

Result<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("\"{}\" is not a whole number; write digits only, like 256", text));
  }
  return value;
}

Result<bool> parse_bool(std::string_view text) {
  for (const std::string_view yes : {"true", "yes", "on", "1"}) {
    if (equals_ignore_case(text, yes)) return true;
  }
  for (const std::string_view no : {"false", "no", "off", "0"}) {
    if (equals_ignore_case(text, no)) return false;
  }
  return fail(ErrorCode::invalid_argument,
              fmt::format("\"{}\" is neither yes nor no; write true or false", text));
}

Result<Milliseconds> parse_time(std::string_view text) {
  Result<Milliseconds> parsed = parse_duration(text);
  if (!parsed) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("\"{}\" is not a duration; write a number with a unit out of ms, s, m, "
                            "h and d, like 30s or 1h30m",
                            text));
  }
  return *parsed;
}

Result<void> check_bounds(const Setting& setting, std::uint64_t value, auto&& format) {
  if (value < setting.least) {
    return fail(ErrorCode::invalid_argument, fmt::format("{} is too small; the least is {}",
                                                         format(value), format(setting.least)));
  }
  if (value > setting.most) {
    return fail(ErrorCode::invalid_argument, fmt::format("{} is too large; the most is {}",
                                                         format(value), format(setting.most)));
  }
  return {};
}

std::string format_ms(std::uint64_t ms) {
  return format_duration(Milliseconds(static_cast<std::int64_t>(ms)));
}

/// One overload for each alternative of SettingField.
struct Assign {
  const Setting& setting;
  std::string_view text;

  Result<void> operator()(bool* field) const {
    const Result<bool> value = parse_bool(text);
    if (!value) return std::unexpected(value.error());
    *field = *value;
    return {};
  }
  Result<void> operator()(std::uint64_t* field) const {
    const Result<std::uint64_t> value = parse_count(text);
    if (!value) return std::unexpected(value.error());
    *field = *value;
    return check_bounds(setting, *value, [](std::uint64_t n) { return std::to_string(n); });
  }
  Result<void> operator()(Bytes* field) const {
    const Result<Bytes> value = parse_size(text);
    if (!value) return std::unexpected(value.error());
    *field = *value;
    return check_bounds(setting, value->count, [](std::uint64_t n) { return format_size({n}); });
  }
  Result<void> operator()(Milliseconds* field) const {
    const Result<Milliseconds> value = parse_time(text);
    if (!value) return std::unexpected(value.error());
    *field = *value;
    return check_bounds(setting, static_cast<std::uint64_t>(value->count()), format_ms);
  }
  Result<void> operator()(std::optional<Milliseconds>* field) const {
    if (text == "none") {
      field->reset();
      return {};
    }
    Milliseconds value{0};
    Result<void> assigned = (*this)(&value);
    if (assigned) *field = value;
    return assigned;
  }
  Result<void> operator()(std::string* field) const {
    if (!setting.choices.empty()) {
      const std::vector<std::string> choices = split_list(setting.choices);
      if (std::ranges::find(choices, text) == choices.end()) {
        return fail(ErrorCode::invalid_argument,
                    fmt::format("\"{}\" is none of {}", text, fmt::join(choices, ", ")));
      }
    }
    // A line break in what becomes a header or a key is never meant.
    if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < ' '; })) {
      return fail(ErrorCode::invalid_argument, "control characters are not allowed");
    }
    *field = text;
    return {};
  }
  Result<void> operator()(std::vector<std::string>* field) const {
    *field = split_list(text);
    return {};
  }
};

struct Format {
  std::string operator()(const bool* field) const { return *field ? "true" : "false"; }
  std::string operator()(const std::uint64_t* field) const { return std::to_string(*field); }
  std::string operator()(const Bytes* field) const { return format_size(*field); }
  std::string operator()(const Milliseconds* field) const { return format_duration(*field); }
  std::string operator()(const std::optional<Milliseconds>* field) const {
    return *field ? format_duration(**field) : "none";
  }
  std::string operator()(const std::string* field) const { return *field; }
  std::string operator()(const std::vector<std::string>* field) const {
    return fmt::format("{}", fmt::join(*field, ","));
  }
};

}  // namespace

Result<Bytes> parse_size(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("\"{}\" {}; write bytes or a unit, like 65536, 64KiB or 10MB", text, why));
  };
  const std::string_view trimmed = trim(text);
  double number = 0;
  const auto [end, error] = std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), number,
                                            std::chars_format::fixed);
  if (error != std::errc() || !std::isfinite(number)) return refuse("is not a size");
  if (number < 0) return refuse("is negative");
  const std::string_view unit =
      trim(trimmed.substr(static_cast<std::size_t>(end - trimmed.data())));
  std::uint64_t factor = 1;
  if (!unit.empty()) {
    const auto* found = std::ranges::find_if(
        units, [&](const Unit& candidate) { return equals_ignore_case(candidate.name, unit); });
    if (found == units.end()) return refuse("has an unknown unit");
    factor = found->bytes;
  }
  const double bytes = number * static_cast<double>(factor);
  // Beyond 2^53 a double skips whole numbers; nobody has such a disk.
  if (bytes > 9'007'199'254'740'992.0) return refuse("is too large");
  if (bytes != std::floor(bytes)) return refuse("is not a whole number of bytes");
  return Bytes{static_cast<std::uint64_t>(bytes)};
}

std::string format_size(Bytes size) {
  for (const Unit& unit : units) {
    if (size.count >= unit.bytes && size.count % unit.bytes == 0) {
      return fmt::format("{}{}", size.count / unit.bytes, unit.name);
    }
  }
  return "0B";
}

Result<ListenAddress> parse_listen(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("\"{}\" {}; write HOST:PORT, like 127.0.0.1:8080 or [::1]:8080", text, why));
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return refuse("has no port");
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.empty()) return refuse("has no host (0.0.0.0 stands for every interface)");
  if (host.front() == '[') {
    if (host.size() < 3 || host.back() != ']') return refuse("has a bracket too few");
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return refuse("needs brackets around an IPv6 address");
  }
  ListenAddress address{std::string(host), 0};
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc() || end != port.data() + port.size()) {
    return refuse("has a port that is not a number from 0 to 65535");
  }
  return address;
}

std::string format_listen(const ListenAddress& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", address.host, v6 ? "]" : "", address.port);
}

std::string local_url(ListenAddress address) {
  if (address.host == "0.0.0.0") address.host = "127.0.0.1";
  if (address.host == "::") address.host = "::1";
  return "http://" + format_listen(address);
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    if (const std::string_view item = trim(text.substr(0, comma)); !item.empty()) {
      items.emplace_back(item);
    }
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

Result<void> assign(const Setting& setting, Settings& settings, std::string_view text) {
  if (setting.name == "listen") {
    if (const Result<ListenAddress> parsed = parse_listen(text); !parsed) {
      return std::unexpected(parsed.error());
    }
  }
  return std::visit(Assign{setting, text}, setting.field(settings));
}

std::string format_value(const Setting& setting, const Settings& settings) {
  // The table has one accessor for reading and writing; Format only reads.
  return std::visit(Format{}, setting.field(const_cast<Settings&>(settings)));
}

}  // namespace godwit
