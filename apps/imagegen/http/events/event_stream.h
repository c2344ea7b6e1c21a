#pragma once
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "imagegen/generations/generations.h"
#include "imagegen/generations/world.h"
#include "net/body_source.h"

namespace godwit::imagegen {

struct EventStreamSettings {
  std::size_t clients_max = 100;
  std::size_t queue_size_max = std::size_t{1} << 20;  ///< Bytes that one client may be behind.
  std::chrono::milliseconds interval{100};            ///< Between events of one generation.
  /// Between two of the status, and of a generation with many prompts.
  std::chrono::milliseconds status_interval{1'000};
  std::chrono::milliseconds heartbeat{15'000};
  std::size_t tasks_per_interval =
      500;  ///< Of one generation; the others follow an interval later.
};

/// GET /api/events: what changed, to all who listen, as server-sent events `task`, `generation` and
/// `status`. Changes are gathered and told at most ten times a second; a client that is too far
/// behind is cut off, and its browser comes again. Nothing here is needed for correctness: pages
/// that miss events see the same in /api/task-results.
///
/// Threads: the io_context's. Lifetime: world and generations outlive it; stop() before the
/// io_context runs out.
class EventStream {
 public:
  /// `status`: contract.ts's Status as JSON, as it is now.
  EventStream(World& world, Generations& generations, EventStreamSettings settings,
              std::function<Result<std::string>()> status);
  ~EventStream();

  /// nullptr: clients_max listen already.
  std::shared_ptr<BodySource> listen();
  /// A task, or with an empty id the generation itself.
  void changed(const std::string& generation_id, const std::string& task_id);
  /// Keys, broker, settings.
  void status_changed();
  /// Ends every client's stream, and the timers.
  void stop();
  std::size_t clients() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace godwit::imagegen
