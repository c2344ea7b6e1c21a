#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/engine.h"
#include "engine/statistics.h"

namespace godwit {

/// What the HTTP interface counts of itself.
struct ApiStats {
  std::array<std::uint64_t, 6> answers{};  ///< By the first digit of the status; [0] stays 0.
  std::uint64_t unauthenticated = 0;       ///< 401.
  std::uint64_t listings_waiting = 0;
  std::uint64_t listing_records_skipped = 0;  ///< Unreadable; one may be met by several listings.
};

/// Prometheus text (version 0.0.4). Tells nothing of accounts, destinations or contents.
std::string metrics_text(const EngineStats& engine, const ApiStats& api, std::string_view version);
/// What all accounts wait for, and how long attempts took and how late they began.
std::string backlog_metrics_text(const Backlog& backlog, const AttemptTimes& times);

}  // namespace godwit
