#include "imagegen/http/status_board.h"

#include <algorithm>

#include "core/json_out.h"
#include "imagegen/http/wire/iso_time.h"
#include "imagegen/http/wire/shapes.h"

namespace godwit::imagegen {
namespace {

bool is_under_way(GenerationState state) {
  return state == GenerationState::sending || state == GenerationState::running ||
         state == GenerationState::paused;
}

void add(Summary& sum, const Summary& one) {
  sum.pending += one.pending;
  sum.processing += one.processing;
  sum.done += one.done;
  sum.failed += one.failed;
  sum.canceled += one.canceled;
}

/// Of the tasks that are sent first: those behind them are due later.
Result<std::optional<Timestamp>> next_due_of(Storage& storage, const std::string& generation_id) {
  TaskFilter filter;
  filter.status = TaskStatus::pending;
  filter.limit = 50;
  const Result<std::vector<Task>> tasks = storage.tasks(generation_id, filter);
  if (!tasks) return std::unexpected(tasks.error());
  std::optional<Timestamp> next;
  for (const Task& task : *tasks) {
    if (task.due && (!next || *task.due < *next)) next = task.due;
  }
  return next;
}

}  // namespace

Result<std::string> StatusBoard::json() {
  const Timestamp now = world_.clock.now();
  // A clock that was set back must not keep an old answer for long.
  if (made_ && *made_ <= now && now - *made_ < age_max) return json_;
  Result<std::string> json = make(now);
  if (!json) return json;
  json_ = *json;
  made_ = now;
  return json;
}

Result<std::string> StatusBoard::make(Timestamp now) {
  const Result<Effective> effective = current(world_);
  if (!effective) return std::unexpected(effective.error());
  const auto summaries = world_.storage.summaries();
  if (!summaries) return std::unexpected(summaries.error());
  const auto generations = world_.storage.generations();
  if (!generations) return std::unexpected(generations.error());

  Summary total;
  for (const auto& [id, summary] : *summaries) add(total, summary);
  int waiting = 0;
  std::optional<Timestamp> next_due;
  for (const Generation& generation : *generations) {
    if (!is_under_way(generation.state)) continue;
    if (const auto summary = summaries->find(generation.id); summary != summaries->end()) {
      waiting += summary->second.pending;
    }
    const Result<std::optional<Timestamp>> due = next_due_of(world_.storage, generation.id);
    if (!due) return std::unexpected(due.error());
    if (*due && (!next_due || **due < *next_due)) next_due = *due;
  }

  std::string text;
  JsonWriter out(text);
  out.begin_object();
  out.member("now", iso_time(now));
  out.key("broker");
  write_broker_state(out, diagnostics_.state());
  out.key("keys");
  out.begin_object();
  out.member("qstashToken", !effective->qstash_token.value.empty());
  out.member("openaiApiKey", !effective->openai_api_key.value.empty());
  out.member("geminiApiKey", !effective->gemini_api_key.value.empty());
  out.end_object();
  out.member("imageProvider", provider_name(effective->provider));
  out.member("defaultModel", effective->image_model);
  out.member("localProcessing", effective->settings.local_processing);
  out.key("tasks");
  write_summary(out, total);
  out.key("running");
  out.begin_array();
  std::size_t shown = 0;
  for (const Generation& generation : *generations) {
    if (!is_under_way(generation.state) || shown == running_max) continue;
    const auto summary = summaries->find(generation.id);
    if (summary == summaries->end()) continue;
    ++shown;
    out.begin_object();
    out.member("id", generation.id);
    out.member("name", generation.name);
    out.member("done", summary->second.done);
    out.member("total", summary->second.total());
    out.end_object();
  }
  out.end_array();
  out.member("waiting", waiting);
  write_time_or_null(out, "nextDueAt", next_due);
  out.end_object();
  return text;
}

}  // namespace godwit::imagegen
