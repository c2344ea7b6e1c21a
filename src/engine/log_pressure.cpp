#include "engine/log_pressure.h"

#include <algorithm>

namespace godwit {

void LogPressure::closed(std::uint64_t batch, std::size_t bytes) {
  closed_.emplace_back(batch, bytes);
  closed_bytes_ += bytes;
}

void LogPressure::committed(std::uint64_t batch) {
  while (!closed_.empty() && closed_.front().first <= batch) {
    closed_bytes_ -= closed_.front().second;
    closed_.pop_front();
  }
}

LogOmission LogPressure::omission(std::size_t open_bytes) {
  if (shed_bytes_ == 0) return LogOmission::nothing;
  const std::size_t bytes = closed_bytes_ + open_bytes;
  if (bytes >= 2 * shed_bytes_) {
    omission_ = LogOmission::bodies_and_headers;
  } else if (bytes >= shed_bytes_) {
    if (omission_ == LogOmission::nothing) omission_ = LogOmission::bodies;
  } else if (bytes < shed_bytes_ / 2) {
    omission_ = LogOmission::nothing;
  } else if (omission_ == LogOmission::bodies_and_headers) {
    omission_ = LogOmission::bodies;
  }
  return omission_;
}

void LogPressure::shed(AccountId account, std::uint64_t bodies, Timestamp now) {
  bodies_shed_ += bodies;
  Account& state = accounts_[account];
  if (now - state.last >= degraded_for) state.degraded = {.since = now, .bodies_shed = 0};
  state.degraded.bodies_shed += bodies;
  state.last = std::max(state.last, now);
}

std::optional<LogsDegraded> LogPressure::degraded(AccountId account, Timestamp now) const {
  const auto found = accounts_.find(account);
  if (found == accounts_.end() || now - found->second.last >= degraded_for) return std::nullopt;
  return found->second.degraded;
}

}  // namespace godwit
