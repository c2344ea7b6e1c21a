#include "imagegen/generations/views.h"

#include <algorithm>
#include <utility>

#include "core/ascii.h"
#include "core/url.h"
#include "imagegen/domain/planning.h"
#include "imagegen/generations/problems.h"
#include "imagegen/generations/records.h"
#include "imagegen/generations/transitions.h"

namespace godwit::imagegen {
namespace {

/// The latest due time of those that wait. Tasks are planned in order, so the last ones tell; only
/// waits between attempts may be elsewhere, and those are short.
Result<std::optional<Timestamp>> latest_due(World& world, const Generation& generation,
                                            int pending) {
  constexpr int tail = 50;
  TaskFilter filter;
  filter.status = TaskStatus::pending;
  filter.offset = static_cast<std::size_t>(std::max(0, pending - tail));
  filter.limit = tail;
  const Result<std::vector<Task>> tasks = world.storage.tasks(generation.id, filter);
  if (!tasks) return std::unexpected(tasks.error());
  std::optional<Timestamp> latest;
  for (const Task& task : *tasks) {
    if (task.due && (!latest || *task.due > *latest)) latest = task.due;
  }
  return latest;
}

Result<std::optional<Eta>> eta_of(World& world, const Generation& generation,
                                  const Summary& summary,
                                  std::optional<Milliseconds> mean_duration) {
  const bool moves =
      generation.state == GenerationState::running || generation.state == GenerationState::sending;
  if (!moves || summary.pending + summary.processing == 0) return std::optional<Eta>();
  Timestamp last = world.clock.now();
  if (summary.pending > 0) {
    const Result<std::optional<Timestamp>> due = latest_due(world, generation, summary.pending);
    if (!due) return std::unexpected(due.error());
    if (*due) last = std::max(last, **due);
  }
  const Milliseconds duration = mean_duration.value_or(Milliseconds(0));
  Eta eta;
  eta.at = last + duration;
  eta.limited = duration <= delay_of(1, generation.options.rate_limit);
  return std::optional<Eta>(eta);
}

}  // namespace

GenerationState shown_state(const Generation& generation, const Summary& summary) {
  if (!generation.finished) return generation.state;
  return summary.failed > 0 ? GenerationState::finished_with_errors : GenerationState::finished;
}

std::string console_url(const World& world, const Effective& effective, std::string_view label) {
  if (is_hosted(effective)) return "https://console.upstash.com/qstash";
  const World::Broker& broker = world.known_broker;
  if (!broker.is_godwit || broker.url != effective.broker_url.value) return {};
  std::string url = broker.url + "/messages";
  if (!label.empty()) url += "?label=" + percent_encode(label);
  return url;
}

Result<GenerationView> view_of(World& world, const Effective& effective, Generation generation,
                               const Summary& summary, std::optional<Sending> sending) {
  const Result<Storage::Spent> spent = world.storage.spent(generation.id);
  if (!spent) return std::unexpected(spent.error());
  const Result<std::optional<Eta>> eta = eta_of(world, generation, summary, spent->mean_duration);
  if (!eta) return std::unexpected(eta.error());

  GenerationView view;
  view.summary = summary;
  view.sending = std::move(sending);
  view.eta = *eta;
  const GenerationOptions& options = generation.options;
  if (const ImageModel* model = world.catalog.find(options.model)) {
    view.estimated_microusd = world.catalog.price_microusd(*model, options.size, options.quality) *
                              static_cast<std::int64_t>(summary.total());
  }
  view.actual_microusd = spent->cost_microusd;
  view.mean_duration = spent->mean_duration;
  view.console_url = console_url(world, effective, generation.label());
  generation.state = shown_state(generation, summary);
  view.generation = std::move(generation);
  return view;
}

}  // namespace godwit::imagegen
