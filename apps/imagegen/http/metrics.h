#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "core/result.h"
#include "imagegen/generations/diagnosis.h"
#include "imagegen/generations/world.h"
#include "imagegen/http/events/event_stream.h"

namespace godwit::imagegen {

/// What is counted since the process began.
struct Counters {
  std::uint64_t requests = 0;
  std::uint64_t failures = 0;                     ///< Answered with 5xx by the application.
  std::map<int, std::uint64_t> webhook_calls;     ///< By the status that was answered.
  std::map<std::string, std::uint64_t> attempts;  ///< By outcome: `done`, `rate_limited`...
};

/// Notes an answer of the webhook: its status and the code in its body.
void count_webhook_call(Counters& counters, int status, std::string_view body);

/// Prometheus' text format. Errors: the storage's.
Result<std::string> metrics_text(World& world, const Diagnostics& diagnostics,
                                 const EventStream& events, const Counters& counters);

}  // namespace godwit::imagegen
