#include "imagegen/providers/shared/waits.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "core/ascii.h"
#include "core/cron.h"
#include "core/retry.h"

namespace godwit::imagegen {

std::optional<Milliseconds> parse_protobuf_duration(std::string_view text) {
  if (text.size() < 2 || text.size() > 32 || !text.ends_with('s')) return std::nullopt;
  text.remove_suffix(1);
  std::int64_t seconds = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const Milliseconds none(0);
  if (error == std::errc::result_out_of_range && text.front() != '-') return wait_max;
  if (error != std::errc() || !ascii::is_digit(text.front())) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  Milliseconds fraction = none;
  if (!text.empty()) {
    if (text.front() != '.' || text.size() == 1) return std::nullopt;
    text.remove_prefix(1);
    if (!std::ranges::all_of(text, ascii::is_digit)) return std::nullopt;
    std::int64_t scale = 100;
    for (const char digit : text.substr(0, 3)) {
      fraction += Milliseconds((digit - '0') * scale);
      scale /= 10;
    }
    // Too short a wait costs a refused call, a millisecond more costs nothing.
    const bool more = text.size() > 3 && text.find_first_not_of('0', 3) != std::string_view::npos;
    if (more) fraction += Milliseconds(1);
  }
  if (std::chrono::seconds(seconds) >= wait_max) return wait_max;
  return std::chrono::seconds(seconds) + fraction;
}

std::optional<Milliseconds> retry_after(const Headers& headers, Timestamp now) {
  if (const std::string* text = find_header(headers, "Retry-After-Ms")) {
    std::int64_t ms = 0;
    const char* const end = text->data() + text->size();
    const auto [rest, error] = std::from_chars(text->data(), end, ms);
    if (error == std::errc() && rest == end && ms >= 0) {
      return std::min(Milliseconds(ms), wait_max);
    }
  }
  const std::string* text = find_header(headers, "Retry-After");
  if (text == nullptr) return std::nullopt;
  return retry_hint({{"Retry-After", *text}}, now);
}

std::optional<Milliseconds> rate_limit_reset(const Headers& headers, Timestamp now) {
  constexpr std::string_view remaining = "x-ratelimit-remaining-";
  std::optional<Milliseconds> longest;
  for (const Header& header : headers) {
    if (header.name.size() <= remaining.size() || ascii::trim(header.value) != "0" ||
        !equals_ignore_case(std::string_view(header.name).substr(0, remaining.size()), remaining)) {
      continue;
    }
    const std::string kind = header.name.substr(remaining.size());
    const std::string* reset = find_header(headers, "x-ratelimit-reset-" + kind);
    if (reset == nullptr) continue;
    // The same forms as the broker reads under its one name for them.
    const std::optional<Milliseconds> wait =
        retry_hint({{"X-RateLimit-Reset-Requests", *reset}}, now);
    if (wait && *wait > longest.value_or(Milliseconds(0))) longest = wait;
  }
  return longest;
}

Milliseconds until_pacific_midnight(Timestamp now) {
  static const Result<Cron> midnight = Cron::parse("CRON_TZ=America/Los_Angeles 0 0 * * *");
  // Without zone data the eighth hour of UTC is midnight in winter and an hour late in summer.
  static const Result<Cron> fallback = Cron::parse("0 8 * * *");
  const std::optional<Timestamp> next = (midnight ? midnight : fallback)->next(now);
  return std::min(next ? *next - now : wait_max, wait_max);
}

Milliseconds with_jitter(Milliseconds wait, unsigned random) {
  return std::min(wait + wait * (random % 1'001) / 5'000, wait_max);
}

}  // namespace godwit::imagegen
