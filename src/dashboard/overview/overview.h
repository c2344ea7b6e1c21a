#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/time.h"
#include "dashboard/overview/destination_health.h"
#include "engine/statistics.h"

namespace godwit {

/// What the overview of an account is made of; each number as contract.ts's Overview has it.
struct OverviewFacts {
  Timestamp now, started;
  std::string version;

  AccountNumbers::Minute last_minute;
  Backlog backlog;
  AccountCounts totals;
  struct Count {
    std::uint64_t total = 0, paused = 0;
  };
  std::uint64_t dead_letters = 0;
  std::uint64_t dead_letters_last_hour = 0;
  Count schedules, queues;
  std::uint64_t disk_free = 0, disk_used = 0, disk_free_min = 0;
  bool ephemeral = false;
  bool synced = true;  ///< store.sync
  struct Degraded {
    Timestamp since;
    std::uint64_t bodies_shed = 0;
  };
  std::optional<Degraded> logs_degraded = {};

  // For what needs attention.
  std::vector<AccountNumbers::Paused> paused_queues = {};  ///< With messages that wait for them.
  std::vector<AccountNumbers::Paused> paused_keys = {};
  std::vector<FailingHost> failing_hosts = {};
  std::vector<std::string> failing_schedules = {};  ///< Whose last run made no message.
  /// Messages beyond those that were there ten minutes ago, a minute; 0: not known, or none.
  std::int64_t backlog_growth_per_minute = 0;
};

/// Fills in what the engine counts: last_minute, backlog, totals, dead letters, queues and what of
/// them and of the flow control keys is paused.
void add_numbers(const AccountNumbers& numbers, OverviewFacts& facts);

/// A sentence of a page: contract.ts's Attention.
struct Attention {
  std::string_view code;
  bool is_error = false;
  std::vector<std::pair<std::string_view, std::variant<std::string, std::uint64_t>>> params = {};
  std::string href = {};  ///< Empty: none.
};

/// What needs a person, the most serious first; of each kind as many as the facts name. Pure.
std::vector<Attention> attention_of(const OverviewFacts& facts);
/// contract.ts's Overview. Pure.
std::string overview_json(const OverviewFacts& facts);

}  // namespace godwit
