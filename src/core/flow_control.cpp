#include "core/flow_control.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "core/ascii.h"
#include "core/duration.h"
#include "core/quoted.h"

namespace godwit {
namespace {

using std::chrono::seconds;

std::unexpected<Error> refuse_flow_control(std::string message) {
  return fail(ErrorCode::invalid_argument, std::move(message));
}

/// The value of digits alone; the largest there is when it would be more.
std::optional<std::int64_t> whole_number(std::string_view text) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), ascii::is_digit)) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) return std::numeric_limits<std::int64_t>::max();
  return value;
}

Result<int> parse_limit(std::string_view name, std::string_view text) {
  const std::optional<std::int64_t> value = whole_number(text);
  if (!value || *value < 1 || *value > FlowControl::limit_max) {
    return refuse_flow_control(std::string(name) + " must be a whole number from 1 to " +
                               std::to_string(FlowControl::limit_max) + ", not " + quoted(text));
  }
  return static_cast<int>(*value);
}

Result<Milliseconds> parse_period(std::string_view text) {
  Milliseconds period{0};
  if (const std::optional<std::int64_t> bare = whole_number(text)) {
    // One more than a week is as wrong as any longer time, and its milliseconds do not overflow.
    constexpr std::int64_t beyond = FlowControl::period_max / seconds(1) + 1;
    period = seconds(std::min(*bare, beyond));
  } else {
    Result<Milliseconds> duration = parse_duration(text);
    if (!duration) return refuse_flow_control("period: " + duration.error().message);
    period = *duration;
  }
  if (period < seconds(1) || period > FlowControl::period_max ||
      period % seconds(1) != seconds(0)) {
    return refuse_flow_control("period must be whole seconds from 1s to " +
                               format_duration(FlowControl::period_max) + ", not " + quoted(text));
  }
  return period;
}

Result<void> check_key(std::string_view key) {
  if (key.empty()) return refuse_flow_control("the key is empty");
  if (key.size() > FlowControl::key_length_max) {
    return refuse_flow_control("the key is longer than " +
                               std::to_string(FlowControl::key_length_max) + " bytes");
  }
  if (std::any_of(key.begin(), key.end(), ascii::is_control)) {
    return refuse_flow_control("the key contains a control character");
  }
  return {};
}

/// What a value has named so far.
struct Named {
  std::optional<int> parallelism, rate;
  std::optional<Milliseconds> period;
};

/// Stores a part that was read; the same one twice is refused, whichever spelling it had.
template <typename T>
Result<void> name_once(std::optional<T>& slot, Result<T> value, std::string_view name) {
  if (!value) return std::unexpected(value.error());
  if (slot) return refuse_flow_control(std::string(name) + " is given twice");
  slot = *value;
  return {};
}

Result<void> read_part(Named& named, std::string_view part) {
  const std::size_t equals = part.find('=');
  if (equals == std::string_view::npos)
    return refuse_flow_control("expected name=value, not " + quoted(part));
  const std::string_view name = part.substr(0, equals);
  const std::string_view text = part.substr(equals + 1);
  if (name == "parallelism") return name_once(named.parallelism, parse_limit(name, text), name);
  if (name == "rate") return name_once(named.rate, parse_limit(name, text), name);
  if (name == "period") return name_once(named.period, parse_period(text), name);
  if (name == "ratePerSecond") {
    Result<void> rate = name_once(named.rate, parse_limit(name, text), "rate");
    if (!rate) return rate;
    return name_once(named.period, Result<Milliseconds>(seconds(1)), "period");
  }
  return refuse_flow_control("unknown name " + quoted(name));
}

}  // namespace

Result<FlowControl> parse_flow_control(std::string_view key, std::string_view value) {
  if (Result<void> valid = check_key(key); !valid) return std::unexpected(valid.error());
  Named named;
  // Each round names something new or ends, so there are at most four.
  for (std::string_view rest = ascii::trim(value); !rest.empty();) {
    const std::size_t comma = rest.find(',');
    Result<void> read = read_part(named, ascii::trim(rest.substr(0, comma)));
    if (!read) return std::unexpected(read.error());
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
    if (rest.empty()) return refuse_flow_control("nothing follows the last comma");
  }
  if (!named.parallelism && !named.rate)
    return refuse_flow_control("neither parallelism nor rate is given");
  FlowControl flow;
  flow.key = key;
  flow.parallelism = named.parallelism.value_or(0);
  flow.rate = named.rate.value_or(0);
  flow.period = named.period.value_or(flow.period);
  return flow;
}

}  // namespace godwit
