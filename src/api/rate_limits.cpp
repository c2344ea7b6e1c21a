#include "api/rate_limits.h"

#include <chrono>

namespace godwit {
namespace {

constexpr std::chrono::seconds second(1);
constexpr std::chrono::days day(1);

template <typename Period>
Timestamp window_of(Timestamp now) {
  return std::chrono::floor<Period>(now);
}

}  // namespace

std::optional<RateLimits::Exceeded> RateLimits::request(AccountId account, Timestamp now) {
  if (limits_.requests_per_second == 0) return std::nullopt;
  Window& window = seconds_[account];
  const Timestamp begin = window_of<std::chrono::seconds>(now);
  if (window.begin != begin) window = {.begin = begin, .count = 0};
  if (window.count >= limits_.requests_per_second) {
    return Exceeded{.limit = limits_.requests_per_second, .reset = begin + second};
  }
  ++window.count;
  return std::nullopt;
}

std::optional<RateLimits::Exceeded> RateLimits::messages(AccountId account, Timestamp now) const {
  if (limits_.messages_per_day == 0) return std::nullopt;
  const auto window = days_.find(account);
  const Timestamp begin = window_of<std::chrono::days>(now);
  if (window == days_.end() || window->second.begin != begin ||
      window->second.count < limits_.messages_per_day) {
    return std::nullopt;
  }
  return Exceeded{.limit = limits_.messages_per_day, .reset = begin + day};
}

void RateLimits::published(AccountId account, std::uint64_t messages, Timestamp now) {
  if (limits_.messages_per_day == 0) return;
  Window& window = days_[account];
  const Timestamp begin = window_of<std::chrono::days>(now);
  if (window.begin != begin) window = {.begin = begin, .count = 0};
  window.count += messages;
}

}  // namespace godwit
