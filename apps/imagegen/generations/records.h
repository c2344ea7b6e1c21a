#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "imagegen/domain/generation.h"
#include "imagegen/domain/task.h"
#include "imagegen/generations/world.h"

namespace godwit::imagegen {

// Reading and changing what is stored, and telling those who watch.

/// not_found as an error: for callers that were given an id.
Result<Generation> load_generation(World& world, std::string_view id);
Result<Task> load_task(World& world, std::string_view id);

/// Reads the task, applies `change` and saves what it returns; nullopt: it did not apply, and
/// nothing is saved. Nothing comes between, because all is on one thread.
using Change = std::function<std::optional<Task>(const Task&)>;
Result<std::optional<Task>> change_task(World& world, std::string_view id, const Change& change);

/// The same without telling anybody, for many tasks in one transaction.
Result<bool> change_quietly(World& world, const Task& task, const Change& change);

/// Calls `visit` with each task of the generation of this status, in order of index, page by page.
/// It may save the task (but not into an earlier place of the order).
Result<void> for_each_task(World& world, std::string_view generation_id,
                           std::optional<TaskStatus> status,
                           const std::function<Result<void>(const Task&)>& visit);

/// Ids first, because what visitors change may no longer be on the next page.
Result<std::vector<std::string>> task_ids(World& world, std::string_view generation_id,
                                          std::optional<TaskStatus> status,
                                          const std::function<bool(const Task&)>& wanted);

/// What follows for a generation from its tasks: nothing is left to do -> `finished`; nothing is on
/// its way any more -> ready. Saves and tells if it changed.
Result<void> settle(World& world, std::string_view generation_id);

/// Sets or clears (nullopt) why it does not go on. Clears only a problem for which `clears` holds.
Result<void> set_problem(World& world, std::string_view generation_id, Problem problem);
Result<void> clear_problem(World& world, std::string_view generation_id,
                           const std::function<bool(const Problem&)>& clears);

/// R of the hourly limit: of the account if it is set, else the smallest of the generations that
/// share the key and are under way, `own` among them.
Result<int> hourly_limit(World& world, const Effective& effective, std::string_view limit_key,
                         int own);

void tell(World& world, const std::string& generation_id, const std::string& task_id);
void write_log(World& world, std::string_view event, const std::string& fields);

}  // namespace godwit::imagegen
