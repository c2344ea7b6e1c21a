#include "imagegen/generations/records.h"

#include <algorithm>
#include <utility>

#include "imagegen/generations/transitions.h"

namespace godwit::imagegen {
namespace {

constexpr std::size_t page_size = 500;

/// The last of the pending tasks is due last, because they are planned in order: one look mostly
/// answers for thousands.
Result<bool> any_pending_under_way(World& world, std::string_view generation_id, int pending) {
  TaskFilter last;
  last.status = TaskStatus::pending;
  last.offset = static_cast<std::size_t>(pending - 1);
  last.limit = 1;
  const Result<std::vector<Task>> tail = world.storage.tasks(generation_id, last);
  if (!tail) return std::unexpected(tail.error());
  if (!tail->empty() && is_under_way(tail->front())) return true;
  bool found = false;
  const Result<void> visited =
      for_each_task(world, generation_id, TaskStatus::pending, [&found](const Task& task) {
        found = found || is_under_way(task);
        return Result<void>();
      });
  if (!visited) return std::unexpected(visited.error());
  return found;
}

}  // namespace

Result<Generation> load_generation(World& world, std::string_view id) {
  Result<std::optional<Generation>> found = world.storage.generation(id);
  if (!found) return std::unexpected(found.error());
  if (!*found) return fail(ErrorCode::not_found, "there is no such generation");
  return std::move(**found);
}

Result<Task> load_task(World& world, std::string_view id) {
  Result<std::optional<Task>> found = world.storage.task(id);
  if (!found) return std::unexpected(found.error());
  if (!*found) return fail(ErrorCode::not_found, "there is no such task");
  return std::move(**found);
}

Result<std::optional<Task>> change_task(World& world, std::string_view id, const Change& change) {
  Result<Task> task = load_task(world, id);
  if (!task) return std::unexpected(task.error());
  std::optional<Task> changed = change(*task);
  if (!changed) return std::optional<Task>();
  if (Result<void> saved = world.storage.update(*changed); !saved) {
    return std::unexpected(saved.error());
  }
  tell(world, changed->generation_id, changed->id);
  return changed;
}

Result<bool> change_quietly(World& world, const Task& task, const Change& change) {
  std::optional<Task> changed = change(task);
  if (!changed) return false;
  if (Result<void> saved = world.storage.update(*changed); !saved) {
    return std::unexpected(saved.error());
  }
  return true;
}

Result<void> for_each_task(World& world, std::string_view generation_id,
                           std::optional<TaskStatus> status,
                           const std::function<Result<void>(const Task&)>& visit) {
  TaskFilter filter;
  filter.status = status;
  filter.limit = page_size;
  while (true) {
    const Result<std::vector<Task>> page = world.storage.tasks(generation_id, filter);
    if (!page) return std::unexpected(page.error());
    for (const Task& task : *page) {
      if (Result<void> visited = visit(task); !visited) return visited;
    }
    if (page->size() < page_size) return {};
    filter.offset += page_size;
  }
}

Result<std::vector<std::string>> task_ids(World& world, std::string_view generation_id,
                                          std::optional<TaskStatus> status,
                                          const std::function<bool(const Task&)>& wanted) {
  std::vector<std::string> ids;
  const Result<void> visited = for_each_task(world, generation_id, status, [&](const Task& task) {
    if (wanted(task)) ids.push_back(task.id);
    return Result<void>();
  });
  if (!visited) return std::unexpected(visited.error());
  return ids;
}

Result<void> settle(World& world, std::string_view generation_id) {
  Result<Generation> loaded = load_generation(world, generation_id);
  if (!loaded) return std::unexpected(loaded.error());
  Generation& generation = *loaded;
  const Result<Summary> summary = world.storage.summary(generation_id);
  if (!summary) return std::unexpected(summary.error());

  const bool all_final = summary->pending == 0 && summary->processing == 0;
  if (all_final) {
    if (generation.finished && generation.state == GenerationState::ready) return {};
    // Emptied or canceled before its first start: nothing that could have finished.
    if (summary->total() == 0 || !generation.started) {
      if (generation.state == GenerationState::ready) return {};
    } else if (!generation.finished) {
      generation.finished = world.clock.now();
    }
    generation.state = GenerationState::ready;
    generation.problem.reset();
    write_log(world, "generation_finished",
              "generation=" + generation.id + " done=" + std::to_string(summary->done) +
                  " failed=" + std::to_string(summary->failed));
  } else {
    const bool moves = generation.state == GenerationState::running ||
                       generation.state == GenerationState::sending;
    if (!generation.finished && !moves) return {};
    if (moves && summary->processing == 0) {
      const Result<bool> under_way = any_pending_under_way(world, generation_id, summary->pending);
      if (!under_way) return std::unexpected(under_way.error());
      if (*under_way && !generation.finished) return {};
      if (!*under_way) generation.state = GenerationState::ready;
    } else if (!generation.finished) {
      return {};
    }
    generation.finished.reset();
  }
  if (Result<void> saved = world.storage.update(generation); !saved) return saved;
  tell(world, generation.id, {});
  return {};
}

Result<void> set_problem(World& world, std::string_view generation_id, Problem problem) {
  Result<Generation> generation = load_generation(world, generation_id);
  if (!generation) return std::unexpected(generation.error());
  if (generation->problem && generation->problem->code == problem.code &&
      generation->problem->detail == problem.detail &&
      generation->problem->params == problem.params) {
    return {};
  }
  generation->problem = std::move(problem);
  if (Result<void> saved = world.storage.update(*generation); !saved) return saved;
  tell(world, generation->id, {});
  return {};
}

Result<void> clear_problem(World& world, std::string_view generation_id,
                           const std::function<bool(const Problem&)>& clears) {
  Result<Generation> generation = load_generation(world, generation_id);
  if (!generation) return std::unexpected(generation.error());
  if (!generation->problem || !clears(*generation->problem)) return {};
  generation->problem.reset();
  if (Result<void> saved = world.storage.update(*generation); !saved) return saved;
  tell(world, generation->id, {});
  return {};
}

Result<int> hourly_limit(World& world, const Effective& effective, std::string_view limit_key,
                         int own) {
  if (effective.settings.account_rate_limit) return *effective.settings.account_rate_limit;
  const Result<std::optional<int>> smallest = world.storage.smallest_rate_limit(limit_key);
  if (!smallest) return std::unexpected(smallest.error());
  return *smallest ? std::min(**smallest, own) : own;
}

void tell(World& world, const std::string& generation_id, const std::string& task_id) {
  if (world.changed) world.changed(generation_id, task_id);
}

void write_log(World& world, std::string_view event, const std::string& fields) {
  if (world.log) world.log(event, fields);
}

}  // namespace godwit::imagegen
