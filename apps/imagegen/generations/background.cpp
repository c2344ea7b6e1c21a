// What goes on by itself: taking up what a former process left, starts at a set time, comparing
// with the broker each minute.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "imagegen/generations/generations_impl.h"
#include "imagegen/generations/transitions.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds round_interval{60};

}  // namespace

Generations::Impl::Impl(World& world)
    : world_(world),
      sender_(world),
      local_(world),
      reconciler_(world,
                  [this](const std::string& id) {
                    const Result<Generation> generation = load_generation(world_, id);
                    if (generation) send(id, generation->mode);
                  }),
      tick_(world.io) {}

void Generations::Impl::start() {
  if (std::exchange(running_, true)) return;
  take_up();
  asio::co_spawn(world_.io, run(shared_from_this()), asio::detached);
}

void Generations::Impl::stop() {
  stopped_ = true;
  sender_.stop();
  local_.stop();
  tick_.cancel();
}

asio::awaitable<void> Generations::Impl::run(std::shared_ptr<Impl> self) {
  while (!self->stopped_) {
    self->start_scheduled();
    co_await self->reconciler_.round();
    if (self->stopped_) break;
    self->tick_.expires_after(self->next_look());
    boost::system::error_code ignored;
    co_await self->tick_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

/// Nobody else has this database: whoever had a lease has gone with the former process.
void Generations::Impl::take_up() {
  const Timestamp now = world_.clock.now();
  const Result<std::vector<Task>> under_way = world_.storage.tasks_under_way();
  if (!under_way) return log_error(std::unexpected(under_way.error()), "take_up");
  for (const Task& task : *under_way) {
    if (task.status != TaskStatus::processing) continue;
    const Result<std::optional<Task>> released =
        change_task(world_, task.id, [now](const Task& t) { return release(t, now); });
    if (!released) log_error(std::unexpected(released.error()), "release");
  }
  const Result<std::vector<Generation>> generations = world_.storage.generations();
  if (!generations) return log_error(std::unexpected(generations.error()), "take_up");
  for (const Generation& generation : *generations) {
    if (generation.state != GenerationState::running &&
        generation.state != GenerationState::sending) {
      continue;
    }
    // Held while it is not paused: its change of rate was interrupted.
    const Result<std::vector<std::string>> held = task_ids(
        world_, generation.id, TaskStatus::pending,
        [](const Task& task) { return !task.due && task.phase == TaskPhase::waiting_limit; });
    if (held && !held->empty()) {
      const Result<std::size_t> planned =
          plan_tasks(world_, generation, *held, {.fresh = false, .at_once = false});
      if (!planned) log_error(std::unexpected(planned.error()), "plan");
    }
    send(generation.id, generation.mode);
    log_error(settle(world_, generation.id), "settle");
  }
}

void Generations::Impl::start_scheduled() {
  const Result<std::vector<Generation>> generations = world_.storage.generations();
  if (!generations) return log_error(std::unexpected(generations.error()), "scheduled");
  for (Generation generation : *generations) {
    if (generation.state != GenerationState::scheduled || !generation.start_at ||
        *generation.start_at > world_.clock.now()) {
      continue;
    }
    const Outcome<GenerationView> started = start_generation(generation.id, Mode::broker);
    if (started) continue;
    // Not again and again: people see why, and start it themselves.
    generation.state = GenerationState::ready;
    generation.start_at.reset();
    generation.problem = started.error();
    log_error(world_.storage.update(generation), "scheduled");
    tell(world_, generation.id, {});
  }
}

Milliseconds Generations::Impl::next_look() const {
  Milliseconds wait = round_interval;
  const Result<std::vector<Generation>> generations = world_.storage.generations();
  if (!generations) return wait;
  for (const Generation& generation : *generations) {
    if (generation.state != GenerationState::scheduled || !generation.start_at) continue;
    wait = std::min<Milliseconds>(wait, *generation.start_at - world_.clock.now());
  }
  return std::max<Milliseconds>(wait, Milliseconds(10));
}

void Generations::Impl::log_error(const Result<void>& result, std::string_view step) {
  if (result || result.error().code == ErrorCode::not_found) return;
  write_log(world_, "storage_failed",
            "step=" + std::string(step) + " error=\"" + result.error().message + "\"");
}

}  // namespace godwit::imagegen
