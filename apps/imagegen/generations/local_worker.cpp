#include "imagegen/generations/local_worker.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <set>
#include <unordered_set>
#include <utility>

#include "imagegen/generations/attempts.h"
#include "imagegen/generations/records.h"
#include "imagegen/generations/transitions.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

/// The system's clock may be set while we wait.
constexpr std::chrono::seconds look_at_clock{30};

}  // namespace

class LocalWorker::Impl : public std::enable_shared_from_this<LocalWorker::Impl> {
 public:
  explicit Impl(World& world) : world_(world), attempts_(world), timer_(world.io) {}

  void work_on(const std::string& generation_id) {
    const Result<void> visited =
        for_each_task(world_, generation_id, TaskStatus::pending, [this](const Task& task) {
          if (task.due) enqueue(task.id, *task.due);
          return Result<void>();
        });
    if (!visited) {
      write_log(world_, "storage_failed", "step=local error=\"" + visited.error().message + "\"");
    }
    wake();
  }

  void stop() {
    stopped_ = true;
    attempts_.stop();
    timer_.cancel();
  }

 private:
  void enqueue(const std::string& task_id, Timestamp due) { queue_.emplace(due, task_id); }

  void wake() {
    if (stopped_) return;
    timer_.cancel();
    if (std::exchange(running_, true)) return;
    asio::co_spawn(world_.io, run(shared_from_this()), asio::detached);
  }

  static asio::awaitable<void> run(std::shared_ptr<Impl> self) {
    while (!self->stopped_ && (!self->queue_.empty() || !self->at_work_.empty())) {
      const Timestamp now = self->world_.clock.now();
      Milliseconds wait = look_at_clock;
      if (!self->queue_.empty() && std::ssize(self->at_work_) < parallel_max) {
        const auto [due, id] = *self->queue_.begin();
        if (due <= now) {
          self->queue_.erase(self->queue_.begin());
          self->begin(id);
          continue;
        }
        wait = std::min(wait, due - now);
      }
      self->timer_.expires_after(wait);
      boost::system::error_code ignored;
      co_await self->timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    self->running_ = false;
  }

  void begin(const std::string& id) {
    if (!at_work_.insert(id).second) return;  // Its end looks what is next for it.
    asio::co_spawn(world_.io, work(shared_from_this(), id), asio::detached);
  }

  static asio::awaitable<void> work(std::shared_ptr<Impl> self, std::string id) {
    co_await self->attempt(id);
    self->at_work_.erase(id);
    self->wake();
  }

  asio::awaitable<void> attempt(std::string id) {
    // The queue is only a reminder: what counts is what is stored.
    const Result<Task> task = load_task(world_, id);
    if (!task || task->status != TaskStatus::pending || !task->due) co_return;
    if (*task->due > world_.clock.now()) {
      enqueue(id, *task->due);
      co_return;
    }
    Delivery delivery;
    delivery.task_id = id;
    delivery.generation_id = task->generation_id;
    delivery.run = task->run;
    delivery.attempts_before = task->attempt;
    const AttemptEnd ended = co_await attempts_.run(std::move(delivery));
    const Result<Task> after = load_task(world_, id);
    if (after && after->status == TaskStatus::pending && after->due) {
      const Timestamp now = world_.clock.now();
      const bool failed_before_it = ended.kind == AttemptEnd::Kind::unavailable;
      const Milliseconds at_least =
          failed_before_it ? ended.after.value_or(std::chrono::seconds(10)) : Milliseconds(0);
      enqueue(id, std::max<Timestamp>(*after->due, now + at_least));
    } else if (ended.kind == AttemptEnd::Kind::running && ended.after) {
      enqueue(id, world_.clock.now() + *ended.after);
    }
  }

  World& world_;
  Attempts attempts_;
  asio::steady_timer timer_;
  std::set<std::pair<Timestamp, std::string>> queue_;
  std::unordered_set<std::string> at_work_;
  bool running_ = false;
  bool stopped_ = false;
};

LocalWorker::LocalWorker(World& world) : impl_(std::make_shared<Impl>(world)) {}
LocalWorker::~LocalWorker() { impl_->stop(); }
void LocalWorker::work_on(const std::string& generation_id) { impl_->work_on(generation_id); }
void LocalWorker::stop() { impl_->stop(); }

}  // namespace godwit::imagegen
