// What people do with single tasks, or with those of one status.
#include <optional>
#include <utility>

#include "imagegen/generations/generations_impl.h"
#include "imagegen/generations/transitions.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

Problem task_processing() {
  return {.code = "task_processing",
          .message = "The task is being processed; wait until its attempt has ended."};
}

Outcome<Task> found(Result<Task> task, std::string_view id) {
  if (task) return std::move(*task);
  if (task.error().code == ErrorCode::not_found) return std::unexpected(task_not_found(id));
  return std::unexpected(of_storage(task.error()));
}

bool is_cleared(const Task& task, ClearWhat what) {
  switch (what) {
    case ClearWhat::done:
      return task.status == TaskStatus::done;
    case ClearWhat::failed:
      return task.status == TaskStatus::failed;
    case ClearWhat::canceled:
      return task.status == TaskStatus::canceled;
    case ClearWhat::all:
      return task.status != TaskStatus::processing;
  }
  return false;
}

}  // namespace

/// Draws failed ones anew, in the generation's own mode.
Outcome<GenerationView> Generations::Impl::retry_failed(std::string_view id) {
  Outcome<Generation> generation = load(id);
  if (!generation) return std::unexpected(generation.error());
  if (busy_.contains(id)) return std::unexpected(Busy::problem());
  const Outcome<Effective> effective = effective_now();
  if (!effective) return std::unexpected(effective.error());
  Result<std::vector<std::string>> ids =
      task_ids(world_, id, TaskStatus::failed, [](const Task&) { return true; });
  if (!ids) return std::unexpected(of_storage(ids.error()));
  if (ids->empty()) {
    return std::unexpected(Problem{.code = "nothing_failed", .message = "No task has failed."});
  }
  const Outcome<Mode> mode = check_launch(*effective, *generation, generation->mode);
  if (!mode) return std::unexpected(mode.error());
  const Result<void> opened = world_.storage.transaction([&]() -> Result<void> {
    for (const std::string& task_id : *ids) {
      const Result<Task> task = load_task(world_, task_id);
      if (!task) return std::unexpected(task.error());
      if (Result<bool> changed = change_quietly(world_, *task, reopen); !changed) {
        return std::unexpected(changed.error());
      }
    }
    return {};
  });
  if (!opened) return std::unexpected(of_storage(opened.error()));
  if (generation->state != GenerationState::paused) {
    Launch wanted;
    wanted.task_ids = std::move(*ids);
    wanted.mode = *mode;
    const Outcome<void> launched = launch(*effective, std::move(*generation), std::move(wanted));
    if (!launched) return std::unexpected(launched.error());
  }
  tell(world_, std::string(id), {});
  return view(id);
}

Outcome<Task> Generations::Impl::retry_task(std::string_view id) {
  const Outcome<Task> task = found(load_task(world_, id), id);
  if (!task) return task;
  if (!reopen(*task)) {
    return std::unexpected(
        Problem{.code = "task_not_retryable",
                .message = "Only tasks that have failed or were canceled can be retried."});
  }
  Outcome<Generation> generation = load(task->generation_id);
  if (!generation) return std::unexpected(generation.error());
  if (busy_.contains(task->generation_id)) return std::unexpected(Busy::problem());
  const Outcome<Effective> effective = effective_now();
  if (!effective) return std::unexpected(effective.error());
  const Outcome<Mode> mode = check_launch(*effective, *generation, generation->mode);
  if (!mode) return std::unexpected(mode.error());
  if (Result<std::optional<Task>> opened = change_task(world_, id, reopen); !opened) {
    return std::unexpected(of_storage(opened.error()));
  }
  if (generation->state != GenerationState::paused) {
    Launch wanted;
    wanted.task_ids.emplace_back(id);
    wanted.mode = *mode;
    const Outcome<void> launched = launch(*effective, std::move(*generation), std::move(wanted));
    if (!launched) return std::unexpected(launched.error());
  }
  tell(world_, task->generation_id, task->id);
  return found(load_task(world_, id), id);
}

asio::awaitable<Outcome<Task>> Generations::Impl::cancel_task(std::string id) {
  const Outcome<Task> task = found(load_task(world_, id), id);
  if (!task) co_return task;
  if (task->status == TaskStatus::processing) co_return std::unexpected(task_processing());
  const Timestamp now = world_.clock.now();
  Result<std::optional<Task>> canceled =
      change_task(world_, id, [now](const Task& t) { return cancel(t, now); });
  if (!canceled) co_return std::unexpected(of_storage(canceled.error()));
  if (!*canceled) co_return *task;  // Final already: there is nothing to cancel.
  log_error(settle(world_, task->generation_id), "settle");
  if (!task->message_id.empty()) co_await cancel_messages({task->message_id});
  co_return std::move(**canceled);
}

Outcome<Task> Generations::Impl::fail_task(std::string_view id) {
  const Outcome<Task> task = found(load_task(world_, id), id);
  if (!task) return task;
  TaskError error = task->error.value_or(TaskError());
  if (error.code.empty()) {
    error.code = "marked_failed";
    error.message = "The task was marked as failed by hand.";
  }
  const Timestamp now = world_.clock.now();
  Result<std::optional<Task>> failed =
      change_task(world_, id, [&](const Task& t) { return give_up(t, error, now); });
  if (!failed) return std::unexpected(of_storage(failed.error()));
  if (!*failed) return *task;
  log_error(settle(world_, task->generation_id), "settle");
  return std::move(**failed);
}

asio::awaitable<Outcome<void>> Generations::Impl::remove_task(std::string id) {
  const Outcome<Task> task = found(load_task(world_, id), id);
  if (!task) co_return std::unexpected(task.error());
  if (task->status == TaskStatus::processing) co_return std::unexpected(task_processing());
  if (Result<void> removed = world_.storage.remove_task(id); !removed) {
    co_return std::unexpected(of_storage(removed.error()));
  }
  log_error(settle(world_, task->generation_id), "settle");
  tell(world_, task->generation_id, {});
  if (task->status == TaskStatus::pending && !task->message_id.empty()) {
    co_await cancel_messages({task->message_id});
  }
  if (task->image) co_await remove_images({task->image->id});
  co_return Outcome<void>();
}

asio::awaitable<Outcome<GenerationView>> Generations::Impl::clear(std::string id, ClearWhat what) {
  Outcome<Generation> generation = load(id);
  if (!generation) co_return std::unexpected(generation.error());
  const Busy busy(shared_from_this(), id);
  if (!busy.free()) co_return std::unexpected(Busy::problem());
  if (what == ClearWhat::all && !generation->finished) {
    const Outcome<void> stopped = co_await stop_tasks(std::move(*generation));
    if (!stopped) co_return std::unexpected(stopped.error());
  }
  std::vector<std::string> images;
  const Result<std::vector<std::string>> ids = task_ids(
      world_, id, std::nullopt, [what](const Task& task) { return is_cleared(task, what); });
  if (!ids) co_return std::unexpected(of_storage(ids.error()));
  const Result<void> removed = world_.storage.transaction([&]() -> Result<void> {
    images.clear();
    for (const std::string& task_id : *ids) {
      const Result<Task> task = load_task(world_, task_id);
      if (!task) return std::unexpected(task.error());
      if (task->image) images.push_back(task->image->id);
      if (Result<void> gone = world_.storage.remove_task(task_id); !gone) return gone;
    }
    return {};
  });
  if (!removed) co_return std::unexpected(of_storage(removed.error()));
  log_error(settle(world_, id), "settle");
  tell(world_, id, {});
  co_await remove_images(std::move(images));
  co_return view(id);
}

}  // namespace godwit::imagegen
