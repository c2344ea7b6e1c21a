#include "imagegen/generations/transitions.h"

#include <algorithm>
#include <utility>

namespace godwit::imagegen {
namespace {

/// Ends what belongs to one attempt or one message.
void put_down(Task& task) {
  task.due.reset();
  task.lease_until.reset();
}

void set(Task& task, TaskStatus status, TaskPhase phase) {
  task.status = status;
  task.phase = phase;
}

bool holds_lease(const Task& task, Timestamp lease_until) {
  return task.status == TaskStatus::processing && task.lease_until == lease_until;
}

void take_message(Task& task, const std::optional<NewMessage>& message) {
  if (!message) return;
  task.run = message->run;
  task.message_id = message->id;
}

Task end_failed(Task task, TaskPhase phase, TaskError error, Timestamp now) {
  set(task, TaskStatus::failed, phase);
  put_down(task);
  error.at = now;
  task.error = std::move(error);
  task.finished = now;
  return task;
}

/// Sent, and the time for its delivery is past by more than deliveries take.
bool is_silent(const Task& task, Timestamp now) {
  return task.due && *task.due + silence_max < now;
}

}  // namespace

Arrival arrival_of(const Task& task, const Delivery& delivery, Timestamp now) {
  switch (task.status) {
    case TaskStatus::done:
      return Arrival::done;
    case TaskStatus::canceled:
      return Arrival::canceled;
    case TaskStatus::failed:
      // A message that is newer than what is known was published in the last moment of a process.
      return Arrival::failed;
    case TaskStatus::pending:
      if (delivery.run && *delivery.run < task.run) return Arrival::superseded;
      return task.due ? Arrival::begins : Arrival::canceled;
    case TaskStatus::processing:
      if (task.lease_until && *task.lease_until > now) return Arrival::running;
      return delivery.run && *delivery.run < task.run ? Arrival::superseded : Arrival::begins;
  }
  return Arrival::superseded;
}

bool is_unsent(const Task& task) {
  return task.status == TaskStatus::pending && task.due && task.message_id.empty();
}

bool is_under_way(const Task& task) {
  return task.status == TaskStatus::processing ||
         (task.status == TaskStatus::pending && task.due.has_value());
}

std::optional<Task> plan(Task task, Timestamp due, int attempts_max, bool fresh) {
  if (task.status != TaskStatus::pending) return std::nullopt;
  set(task, TaskStatus::pending, TaskPhase::draft);
  put_down(task);
  task.due = due;
  ++task.run;
  task.message_id.clear();
  if (fresh) {
    task.attempt = 0;
    task.error.reset();
    task.started.reset();
  }
  // What is left of the attempts, and at least one: it would not be pending otherwise.
  task.attempts_max = std::max(attempts_max, task.attempt + 1);
  return task;
}

std::optional<Task> sent(Task task, int run, std::string_view message_id) {
  // Stopped or ended meanwhile: the message is nobody's.
  if (task.run != run || !task.message_id.empty() || !is_under_way(task)) return std::nullopt;
  if (task.phase == TaskPhase::draft) task.phase = TaskPhase::queued;
  task.message_id = message_id;
  return task;
}

std::optional<Task> withdraw(Task task) {
  if (task.status != TaskStatus::pending) return std::nullopt;
  if (task.phase == TaskPhase::draft && !task.due) return std::nullopt;
  set(task, TaskStatus::pending, TaskPhase::draft);
  put_down(task);
  task.message_id.clear();
  task.attempt = 0;
  task.error.reset();
  return task;
}

std::optional<Task> hold(Task task) {
  if (task.status != TaskStatus::pending || !task.due) return std::nullopt;
  set(task, TaskStatus::pending, TaskPhase::waiting_limit);
  put_down(task);
  task.message_id.clear();
  return task;
}

std::optional<Task> wait_for_limit(Task task, Timestamp due,
                                   const std::optional<NewMessage>& message) {
  if (task.status != TaskStatus::pending || !task.due) return std::nullopt;
  set(task, TaskStatus::pending, TaskPhase::waiting_limit);
  task.due = due;
  take_message(task, message);
  return task;
}

std::optional<Task> skip_run(Task task, int run) {
  if (task.run >= run) return std::nullopt;
  task.run = run;
  return task;
}

std::optional<Task> begin(Task task, const Delivery& delivery, Timestamp now,
                          Milliseconds lease_time) {
  if (arrival_of(task, delivery, now) != Arrival::begins) return std::nullopt;
  set(task, TaskStatus::processing, TaskPhase::generating);
  task.due.reset();
  task.lease_until = now + lease_time;
  task.attempt = delivery.attempt();
  task.attempts_max = std::max(task.attempts_max, task.attempt);
  if (delivery.run) task.run = std::max(task.run, *delivery.run);
  if (task.message_id.empty()) task.message_id = delivery.message_id;
  if (!task.started) task.started = now;
  return task;
}

std::optional<Task> begin_saving(Task task) {
  if (task.status != TaskStatus::processing) return std::nullopt;
  task.phase = TaskPhase::saving;
  return task;
}

std::optional<Task> finish(Task task, const Drawn& drawn, Timestamp now) {
  if (task.status == TaskStatus::done) return std::nullopt;
  set(task, TaskStatus::done, TaskPhase::none);
  put_down(task);
  task.error.reset();
  task.image = drawn.image;
  task.duration = drawn.duration;
  task.cost_microusd = drawn.cost_microusd;
  if (!task.started) task.started = now;
  task.finished = now;
  return task;
}

std::optional<Task> fail_for_now(Task task, Timestamp lease_until, TaskError error, Timestamp now,
                                 Milliseconds next_in, Afterwards afterwards) {
  if (!holds_lease(task, lease_until)) return std::nullopt;
  if (afterwards == Afterwards::stopped) {
    set(task, TaskStatus::pending, TaskPhase::draft);
    put_down(task);
    task.message_id.clear();
    task.attempt = 0;
  } else if (task.attempt >= task.attempts_max) {
    return end_failed(std::move(task), TaskPhase::exhausted, std::move(error), now);
  } else if (afterwards == Afterwards::paused) {
    set(task, TaskStatus::pending, TaskPhase::waiting_limit);
    put_down(task);
    task.message_id.clear();
  } else {
    set(task, TaskStatus::pending, TaskPhase::retry_wait);
    put_down(task);
    task.due = now + next_in;
  }
  error.at = now;
  task.error = std::move(error);
  return task;
}

std::optional<Task> fail_for_good(Task task, Timestamp lease_until, TaskError error,
                                  Timestamp now) {
  if (!holds_lease(task, lease_until)) return std::nullopt;
  return end_failed(std::move(task), TaskPhase::permanent, std::move(error), now);
}

std::optional<Task> give_back(Task task, Timestamp lease_until, TaskError error, Timestamp due,
                              const std::optional<NewMessage>& message) {
  if (!holds_lease(task, lease_until)) return std::nullopt;
  set(task, TaskStatus::pending, TaskPhase::waiting_limit);
  put_down(task);
  task.due = due;
  if (task.attempt > 0) --task.attempt;  // Waiting for a quota is no attempt.
  task.error = std::move(error);
  take_message(task, message);
  return task;
}

std::optional<Task> give_up(Task task, TaskError error, Timestamp now) {
  if (is_final(task.status)) return std::nullopt;
  return end_failed(std::move(task), TaskPhase::exhausted, std::move(error), now);
}

std::optional<Task> cancel(Task task, Timestamp now) {
  if (task.status != TaskStatus::pending) return std::nullopt;
  set(task, TaskStatus::canceled, TaskPhase::none);
  put_down(task);
  task.finished = now;
  return task;
}

std::optional<Task> reopen(Task task) {
  if (task.status != TaskStatus::failed && task.status != TaskStatus::canceled) {
    return std::nullopt;
  }
  set(task, TaskStatus::pending, TaskPhase::draft);
  put_down(task);
  task.attempt = 0;
  task.error.reset();
  task.message_id.clear();
  task.started.reset();
  task.finished.reset();
  return task;
}

std::optional<Task> release(Task task, Timestamp now) {
  if (task.status != TaskStatus::processing) return std::nullopt;
  set(task, TaskStatus::pending, TaskPhase::retry_wait);
  put_down(task);
  task.due = now;
  TaskError error;
  error.code = "interrupted";
  error.message =
      "The last attempt was interrupted before it could tell its result; it will be repeated.";
  error.at = now;
  task.error = std::move(error);
  return task;
}

BrokerWord::State broker_state_of(std::string_view state) {
  if (state == "DELIVERED") return BrokerWord::State::delivered;
  if (state == "FAILED") return BrokerWord::State::failed;
  if (state == "CANCELED" || state == "CANCELLED") return BrokerWord::State::canceled;
  return BrokerWord::State::waiting;
}

Reconciled reconcile(Task task, const BrokerWord& word, Timestamp now) {
  const bool sent_pending =
      task.status == TaskStatus::pending && task.due && !task.message_id.empty();
  if (!sent_pending) return {};
  switch (word.state) {
    case BrokerWord::State::failed: {
      TaskError error = task.error.value_or(TaskError());
      if (error.code.empty()) error.code = "webhook_unreachable";
      if (error.message.empty()) {
        error.message =
            "The broker could not reach the webhook and has used up its attempts; check the public "
            "address on the page Diagnostics and retry the task.";
      }
      if (!word.detail.empty()) error.detail = word.detail;
      return {.action = Reconciled::Action::save,
              .task = end_failed(std::move(task), TaskPhase::exhausted, std::move(error), now)};
    }
    case BrokerWord::State::canceled:
      return {.action = Reconciled::Action::save, .task = *cancel(std::move(task), now)};
    case BrokerWord::State::waiting:
      // Its attempts fail before they reach us, or wait for a limit of the broker's: show when the
      // next one comes.
      if (is_silent(task, now) && word.next_delivery && *word.next_delivery > now &&
          *word.next_delivery != *task.due) {
        task.due = word.next_delivery;
        if (!word.detail.empty()) {
          task.phase = TaskPhase::retry_wait;
          TaskError error = task.error.value_or(TaskError());
          if (error.code.empty()) {
            error.code = "webhook_unreachable";
            error.message =
                "The broker could not reach the webhook; it tries again. Check the public address "
                "on the page Diagnostics.";
          }
          error.detail = word.detail;
          error.at = now;
          task.error = std::move(error);
        }
        return {.action = Reconciled::Action::save, .task = std::move(task)};
      }
      if (is_silent(task, now) && task.phase == TaskPhase::queued) {
        // Due, held by the broker, and no failure is known: its flow control makes it wait.
        task.phase = TaskPhase::waiting_limit;
        return {.action = Reconciled::Action::save, .task = std::move(task)};
      }
      return {};
    case BrokerWord::State::delivered:
    case BrokerWord::State::unknown:
      if (!is_silent(task, now)) return {};
      if (task.attempt >= task.attempts_max) {
        TaskError error = task.error.value_or(TaskError());
        if (error.code.empty()) error.code = "result_lost";
        if (error.message.empty()) {
          error.message =
              "The last attempt ended without a result that could be saved; look at the calls of "
              "the "
              "webhook on the page Diagnostics and retry the task.";
        }
        return {.action = Reconciled::Action::save,
                .task = end_failed(std::move(task), TaskPhase::exhausted, std::move(error), now)};
      }
      return {.action = Reconciled::Action::resend, .task = std::move(task)};
  }
  return {};
}

}  // namespace godwit::imagegen
