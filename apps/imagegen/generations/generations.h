#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "imagegen/domain/generation.h"
#include "imagegen/domain/problem.h"
#include "imagegen/domain/task.h"
#include "imagegen/generations/world.h"

namespace godwit::imagegen {

/// contract.ts's GenerationRequest.
struct GenerationRequest {
  std::string name;
  std::string prompt_id;             ///< One of the two.
  std::vector<std::string> prompts;  ///< 1..prompts_max
  GenerationOptions options;
  std::optional<Timestamp> start_at;
  static constexpr std::size_t prompts_max = 1'000;
  static constexpr std::uint64_t tasks_max = 20'000;
};

struct Preview {
  std::uint64_t tasks = 0;
  std::uint64_t variants = 0;
  struct Sample {
    std::string prompt;
    Variant variant;
  };
  std::vector<Sample> sample;  ///< The first 20.
  std::vector<std::string> unknown_parameters;
  Timestamp last_due{};  ///< If it were started now.
  std::int64_t cost_microusd = 0;
  std::vector<Problem> warnings;
};

struct Sending {
  int sent = 0;
  int total = 0;
  bool active = false;
  std::optional<Problem> problem;
};

struct Eta {
  Timestamp at{};
  bool limited = true;  ///< The limit is the bottleneck, not the provider.
};

/// A generation with what is worked out from its tasks.
struct GenerationView {
  Generation generation;  ///< `state` as people see it: with both kinds of finished.
  Summary summary;
  std::optional<Sending> sending;
  std::optional<Eta> eta;
  std::int64_t estimated_microusd = 0;
  std::int64_t actual_microusd = 0;
  std::optional<Milliseconds> mean_duration;
  std::string console_url;  ///< Empty: the broker has no page.
};

enum class ClearWhat { done, failed, canceled, all };

/// The life of generations: made, sent to the broker (or worked on here), paused, stopped,
/// replanned. What runs in the background goes on after a restart.
///
/// Threads: the io_context's. stop() ends the background work; destroy it after the io_context ran
/// out. Every method that changes something is durable when it returns success.
class Generations {
 public:
  explicit Generations(World& world);
  ~Generations();

  /// Takes up what a former process left: sending under way, scheduled starts, local work, lapsed
  /// leases; then reconciles with the broker every minute.
  void start();
  void stop();

  Outcome<Preview> preview(const GenerationRequest& request);
  /// Errors: invalid_argument with the field; `unknown_parameter`.
  Outcome<GenerationView> create(const GenerationRequest& request);
  Outcome<std::vector<GenerationView>> list(std::string_view search, std::string_view state);
  Outcome<GenerationView> view(std::string_view id);
  Outcome<GenerationView> duplicate(std::string_view id, std::string_view name);
  /// Cancels what is on its way first. Returns how many images went with it.
  boost::asio::awaitable<Outcome<int>> remove(std::string id);

  /// Sends all pending tasks in the background: the first may start at once, the others each an
  /// interval later, behind what others with the same limit have planned. A second call while
  /// nothing is pending fails with `nothing_pending`. Errors: `qstash_token_missing` (nothing
  /// leaves), `gemini_key_missing`, `webhook_unreachable`.
  Outcome<GenerationView> start_generation(std::string_view id, Mode mode);
  boost::asio::awaitable<Outcome<GenerationView>> stop_generation(std::string id);
  boost::asio::awaitable<Outcome<GenerationView>> pause(std::string id);
  boost::asio::awaitable<Outcome<GenerationView>> resume(std::string id);
  Outcome<GenerationView> retry_failed(std::string_view id);
  boost::asio::awaitable<Outcome<GenerationView>> replan(std::string id, int rate_limit);
  boost::asio::awaitable<Outcome<GenerationView>> clear(std::string id, ClearWhat what);
  /// Compares with the broker: its word counts for tasks that are not final.
  boost::asio::awaitable<Outcome<GenerationView>> reconcile(std::string id);

  Outcome<Task> retry_task(std::string_view id);
  boost::asio::awaitable<Outcome<Task>> cancel_task(std::string id);
  Outcome<Task> fail_task(std::string_view id);
  boost::asio::awaitable<Outcome<void>> remove_task(std::string id);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace godwit::imagegen
