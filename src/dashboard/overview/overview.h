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

namespace godwit {

/// What the overview of an account is made of; each number as contract.ts's Overview has it.
struct OverviewFacts {
  Timestamp now, started;
  std::string version;

  struct LastMinute {
    std::uint64_t published = 0, delivered = 0, attempts = 0, failed_attempts = 0;
    std::optional<double> attempt_p50_ms = {}, attempt_p99_ms = {}, lateness_p99_ms = {};
  } last_minute;
  struct Backlog {
    std::uint64_t total = 0, time = 0, retry = 0, queue = 0, paused = 0, rate = 0, parallelism = 0,
                  slot = 0, active = 0;
  } backlog;
  struct Totals {
    std::uint64_t published = 0, deduplicated = 0, attempts = 0, failed_attempts = 0, delivered = 0,
                  dead_lettered = 0, canceled = 0;
  } totals;
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
  struct Paused {
    std::string name;
    std::uint64_t waiting = 0;
  };
  std::vector<Paused> paused_queues = {};  ///< With messages that wait for them.
  std::vector<Paused> paused_keys = {};
  std::vector<FailingHost> failing_hosts = {};
  std::vector<std::string> failing_schedules = {};  ///< Whose last run made no message.
  /// Messages beyond those that were there ten minutes ago, a minute; 0: not known, or none.
  std::int64_t backlog_growth_per_minute = 0;
};

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
