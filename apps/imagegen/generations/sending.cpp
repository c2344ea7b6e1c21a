#include "imagegen/generations/sending.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <map>
#include <unordered_set>
#include <utility>

#include "core/json_out.h"
#include "imagegen/domain/planning.h"
#include "imagegen/generations/problems.h"
#include "imagegen/generations/records.h"
#include "imagegen/generations/transitions.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds wait_min{1};
constexpr std::chrono::seconds wait_max{60};
constexpr std::chrono::minutes patience{10};

std::chrono::seconds delay_until(Timestamp due, Timestamp now) {
  if (due <= now) return std::chrono::seconds(0);
  return std::chrono::ceil<std::chrono::seconds>(due - now);
}

}  // namespace

Milliseconds lease_time(const AppSettings& settings) {
  return settings.image_timeout + std::chrono::seconds(60);
}

std::chrono::seconds delivery_timeout(const AppSettings& settings) {
  return settings.image_timeout + std::chrono::seconds(30);
}

BrokerMessage message_for(const Effective& effective, const Generation& generation,
                          const Task& task, int rate, std::chrono::seconds delay) {
  BrokerMessage message;
  message.destination = effective.webhook_url();
  JsonWriter json(message.body);
  json.begin_object();
  json.member("generationId", generation.id);
  json.member("taskId", task.id);
  json.member("run", task.run);
  if (task.attempt > 0) json.member("attemptsBefore", task.attempt);
  json.end_object();
  message.delay = delay;
  message.retries = std::max(0, task.attempts_max - 1 - task.attempt);
  message.timeout = delivery_timeout(effective.settings);
  message.deduplication_id = task.id + "-" + std::to_string(task.run);
  message.label = generation.label();
  message.failure_callback = effective.results_url();
  if (effective.settings.flow_control) {
    message.flow_control_key = generation.limit_key;
    message.rate_per_hour = rate;
  }
  return message;
}

Result<std::size_t> plan_tasks(World& world, const Generation& generation,
                               const std::vector<std::string>& task_ids, Planning planning) {
  std::size_t planned = 0;
  const int rate = generation.options.rate_limit;
  const Result<void> done = world.storage.transaction([&]() -> Result<void> {
    planned = 0;
    // Their own old times must not push the new ones back.
    for (const std::string& id : task_ids) {
      const Result<std::optional<Task>> task = world.storage.task(id);
      if (!task) return std::unexpected(task.error());
      if (!*task) continue;
      if (Result<bool> held = change_quietly(world, **task, [](const Task& t) { return hold(t); });
          !held) {
        return std::unexpected(held.error());
      }
    }
    const Result<std::optional<Timestamp>> last = world.storage.last_slot(generation.limit_key);
    if (!last) return std::unexpected(last.error());
    const Timestamp now = world.clock.now();
    const Timestamp base = planning.at_once ? now : first_slot(now, *last, rate);
    for (const std::string& id : task_ids) {
      const Result<std::optional<Task>> task = world.storage.task(id);
      if (!task) return std::unexpected(task.error());
      if (!*task) continue;
      const Timestamp due = base + delay_of(static_cast<std::int64_t>(planned), rate);
      const Result<bool> changed = change_quietly(world, **task, [&](const Task& t) {
        std::optional<Task> next = plan(t, due, generation.options.retries + 1, planning.fresh);
        if (next && generation.mode == Mode::local) next->phase = TaskPhase::queued;
        return next;
      });
      if (!changed) return std::unexpected(changed.error());
      if (*changed) ++planned;
    }
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return planned;
}

class Sender::Impl : public std::enable_shared_from_this<Sender::Impl> {
 public:
  explicit Impl(World& world) : world_(world), wait_(world.io) {}

  void send(const std::string& generation_id) {
    Work& work = works_[generation_id];
    const Result<std::vector<std::string>> ids =
        task_ids(world_, generation_id, TaskStatus::pending, is_unsent);
    if (!ids) {
      work.sending.problem = of_storage(ids.error());
      return;
    }
    // Delays are counted from here, so that what arrives is what was planned even if sending takes
    // a while.
    work.anchor = world_.clock.now();
    work.ids.assign(ids->begin(), ids->end());
    if (!work.sending.active) work.sending = {};
    work.sending.total = work.sending.sent + static_cast<int>(ids->size());
    work.sending.active = true;
    work.sending.problem.reset();
    work.failing_since.reset();
    if (std::ranges::find(turns_, generation_id) == turns_.end()) turns_.push_back(generation_id);
    wait_.cancel();  // Whoever presses the button need not wait for an earlier failure.
    if (!running_ && !stopped_) {
      running_ = true;
      asio::co_spawn(world_.io, run(shared_from_this()), asio::detached);
    }
  }

  std::optional<Sending> progress(std::string_view generation_id) const {
    const auto found = works_.find(generation_id);
    if (found == works_.end()) return std::nullopt;
    return found->second.sending;
  }

  void forget(std::string_view generation_id) {
    const auto found = works_.find(generation_id);
    if (found != works_.end()) works_.erase(found);
  }

  void stop() {
    stopped_ = true;
    wait_.cancel();
  }

 private:
  struct Work {
    std::deque<std::string> ids;
    Sending sending;
    Timestamp anchor{};
    std::optional<Timestamp> failing_since;
  };

  static asio::awaitable<void> run(std::shared_ptr<Impl> self) {
    std::chrono::seconds wait{0};
    while (!self->stopped_ && !self->turns_.empty()) {
      const std::string id = self->turns_.front();
      self->turns_.pop_front();
      const Step step = co_await self->send_chunk(id);
      if (step != Step::finished) self->turns_.push_back(id);
      if (step != Step::wait) {
        wait = std::chrono::seconds(0);
        continue;
      }
      wait = std::clamp(wait * 2, wait_min, wait_max);
      self->wait_.expires_after(wait);
      boost::system::error_code ignored;
      co_await self->wait_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    self->running_ = false;
  }

  enum class Step { more, wait, finished };

  struct Chunk {
    std::vector<Task> tasks;
    std::vector<BrokerMessage> messages;
  };

  /// What is next of the generation and still to be sent.
  Result<Chunk> next_chunk(const Effective& effective, const Generation& generation,
                           const Work& work) {
    Chunk chunk;
    const std::size_t count = std::min(BrokerClient::batch_max, work.ids.size());
    const Result<int> rate =
        hourly_limit(world_, effective, generation.limit_key, generation.options.rate_limit);
    if (!rate) return std::unexpected(rate.error());
    for (std::size_t i = 0; i < count; ++i) {
      Result<std::optional<Task>> task = world_.storage.task(work.ids[i]);
      if (!task) return std::unexpected(task.error());
      if (!*task || !is_unsent(**task)) continue;
      chunk.messages.push_back(message_for(effective, generation, **task, *rate,
                                           delay_until(*(*task)->due, work.anchor)));
      chunk.tasks.push_back(std::move(**task));
    }
    return chunk;
  }

  asio::awaitable<Step> send_chunk(std::string id) {
    const auto found = works_.find(id);
    if (found == works_.end()) co_return Step::finished;
    if (found->second.ids.empty()) co_return finish(id, std::nullopt);
    const Result<Generation> generation = load_generation(world_, id);
    const Result<Effective> effective = current(world_);
    if (!generation || !effective) {
      co_return finish(id, of_storage(generation ? effective.error() : generation.error()));
    }
    const BrokerAccess access{.url = effective->broker_url.value,
                              .token = effective->qstash_token.value};
    if (access.token.empty()) co_return finish(id, qstash_token_missing());
    Result<Chunk> chunk = next_chunk(*effective, *generation, found->second);
    if (!chunk) co_return finish(id, of_storage(chunk.error()));
    const std::vector<std::string> taken = first_ids(found->second);
    if (chunk->tasks.empty()) {
      drop(id, taken);
      co_return Step::more;
    }
    const Result<std::vector<Result<Published>>> results =
        co_await world_.broker.publish_batch(access, std::move(chunk->messages));
    if (stopped_) co_return Step::finished;  // The next process finds them unsent, and sends again.
    if (!results) co_return failed(id, results.error());

    std::optional<Problem> problem;
    const std::vector<std::string> strays = record(chunk->tasks, *results, problem);
    drop(id, taken);
    if (const auto work = works_.find(id); work != works_.end()) {
      const auto refused = std::ranges::count_if(*results, [](const auto& r) { return !r; });
      work->second.sending.sent +=
          static_cast<int>(chunk->tasks.size()) - static_cast<int>(refused);
      work->second.failing_since.reset();
      if (!problem) work->second.sending.problem.reset();
    }
    if (!strays.empty()) {
      // Stopped while the batch was on its way: its messages are nobody's. They would be answered
      // and do nothing, so a failure here costs nothing.
      const Result<int> canceled = co_await world_.broker.cancel(access, strays);
      if (!canceled) {
        write_log(world_, "strays_not_canceled", "generation=" + id);
      }
    }
    if (problem) co_return finish(id, std::move(problem));
    tell(world_, id, {});
    co_return Step::more;
  }

  /// Notes who has a message now; returns those messages that nobody waits for any more.
  std::vector<std::string> record(const std::vector<Task>& tasks,
                                  const std::vector<Result<Published>>& results,
                                  std::optional<Problem>& problem) {
    std::vector<std::string> strays;
    const Result<void> saved = world_.storage.transaction([&]() -> Result<void> {
      strays.clear();
      for (std::size_t i = 0; i < tasks.size(); ++i) {
        const Result<std::optional<Task>> now = world_.storage.task(tasks[i].id);
        if (!now) return std::unexpected(now.error());
        if (!results[i]) {
          problem = of_broker(results[i].error());
          if (*now && (*now)->run == tasks[i].run && is_unsent(**now)) {
            const Result<bool> back = change_quietly(world_, **now, withdraw);
            if (!back) return std::unexpected(back.error());
          }
          continue;
        }
        const std::string& message_id = results[i]->message_id;
        if (!*now) {
          strays.push_back(message_id);
          continue;
        }
        const Result<bool> noted = change_quietly(
            world_, **now, [&](const Task& task) { return sent(task, tasks[i].run, message_id); });
        if (!noted) return std::unexpected(noted.error());
        if (!*noted && (*now)->message_id != message_id) {
          strays.push_back(message_id);
        }
      }
      return {};
    });
    if (!saved) problem = of_storage(saved.error());
    return strays;
  }

  static std::vector<std::string> first_ids(const Work& work) {
    const std::size_t count = std::min(BrokerClient::batch_max, work.ids.size());
    return {work.ids.begin(), work.ids.begin() + static_cast<std::ptrdiff_t>(count)};
  }

  /// By id: send() may have made a new list meanwhile.
  void drop(std::string_view id, const std::vector<std::string>& taken) {
    const auto work = works_.find(id);
    if (work == works_.end()) return;
    const std::unordered_set<std::string_view> gone(taken.begin(), taken.end());
    std::erase_if(work->second.ids, [&](const std::string& task) { return gone.contains(task); });
  }

  /// The whole batch failed.
  Step failed(const std::string& id, const Error& error) {
    Problem problem = of_broker(error);
    const auto found = works_.find(id);
    if (found == works_.end()) return Step::finished;
    Work& work = found->second;
    const Timestamp now = world_.clock.now();
    const bool may_pass =
        error.code == ErrorCode::unavailable || error.code == ErrorCode::rate_limited;
    if (!work.failing_since) work.failing_since = now;
    write_log(world_, "sending_failed", "generation=" + id + " code=" + problem.code);
    if (!may_pass || now - *work.failing_since > patience) return finish(id, std::move(problem));
    work.anchor = std::max(work.anchor, now);  // Time has passed that the plan did not know of.
    work.sending.problem = problem;
    report(id, std::move(problem));
    return Step::wait;
  }

  /// Nothing more is sent. With a problem, what is left is a draft again: E1.
  Step finish(const std::string& id, std::optional<Problem> problem) {
    const auto found = works_.find(id);
    if (found == works_.end()) return Step::finished;
    Sending sending = found->second.sending;
    works_.erase(found);
    sending.active = false;
    if (problem) {
      withdraw_unsent(id);
      problem->params.emplace_back("k", std::to_string(sending.total - sending.sent));
      problem->params.emplace_back("n", std::to_string(sending.total));
      sending.problem = problem;
      Work rest;
      rest.sending = sending;
      works_.emplace(id, std::move(rest));
      report(id, std::move(*problem));
    } else {
      log_error(clear_problem(world_, id, is_of_broker), "clear_problem", id);
    }
    log_error(end_sending(id), "end_sending", id);
    tell(world_, id, {});
    return Step::finished;
  }

  void withdraw_unsent(const std::string& id) {
    const Result<std::vector<std::string>> ids =
        task_ids(world_, id, TaskStatus::pending, is_unsent);
    if (!ids) return log_error(std::unexpected(ids.error()), "withdraw", id);
    const Result<void> done = world_.storage.transaction([&]() -> Result<void> {
      for (const std::string& task_id : *ids) {
        const Result<std::optional<Task>> task = world_.storage.task(task_id);
        if (!task) return std::unexpected(task.error());
        if (!*task) continue;
        if (Result<bool> back = change_quietly(world_, **task, withdraw); !back) {
          return std::unexpected(back.error());
        }
      }
      return {};
    });
    log_error(done, "withdraw", id);
  }

  Result<void> end_sending(const std::string& id) {
    Result<Generation> generation = load_generation(world_, id);
    if (!generation) return std::unexpected(generation.error());
    if (generation->state == GenerationState::sending) {
      generation->state = GenerationState::running;
      if (Result<void> saved = world_.storage.update(*generation); !saved) return saved;
    }
    return settle(world_, id);
  }

  void report(const std::string& id, Problem problem) {
    log_error(set_problem(world_, id, std::move(problem)), "set_problem", id);
  }

  void log_error(const Result<void>& result, std::string_view step, const std::string& id) {
    if (result || result.error().code == ErrorCode::not_found) return;  // Deleted meanwhile.
    write_log(world_, "storage_failed",
              "step=" + std::string(step) + " generation=" + id + " error=\"" +
                  result.error().message + "\"");
  }

  World& world_;
  asio::steady_timer wait_;
  std::map<std::string, Work, std::less<>> works_;
  std::deque<std::string> turns_;
  bool running_ = false;
  bool stopped_ = false;
};

Sender::Sender(World& world) : impl_(std::make_shared<Impl>(world)) {}
Sender::~Sender() { impl_->stop(); }
void Sender::send(const std::string& generation_id) { impl_->send(generation_id); }
std::optional<Sending> Sender::progress(std::string_view generation_id) const {
  return impl_->progress(generation_id);
}
void Sender::forget(std::string_view generation_id) { impl_->forget(generation_id); }
void Sender::stop() { impl_->stop(); }

}  // namespace godwit::imagegen
