#include "imagegen/generations/attempts.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <map>
#include <set>
#include <utility>
#include <variant>

#include "core/signature.h"
#include "imagegen/domain/planning.h"
#include "imagegen/generations/problems.h"
#include "imagegen/generations/records.h"
#include "imagegen/generations/sending.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;
using Kind = AttemptEnd::Kind;

/// An image belongs to its task, whatever run brought it.
constexpr int spool_run = 0;
constexpr std::chrono::hours window{1};
constexpr std::chrono::seconds unavailable_wait{10};
/// A quota that says no time is asked again this much later,
constexpr std::chrono::hours quota_wait{1};
/// and for this long; then an answer like it is a failure as any other.
constexpr std::chrono::hours quota_patience{48};
/// Rounds of waiting for the limit in one delivery: others may be faster each time.
constexpr int rounds_max = 10;

AttemptEnd end(Kind kind, std::string code, std::string message,
               std::optional<Milliseconds> after = std::nullopt) {
  return {.kind = kind,
          .code = std::move(code),
          .message = std::move(message),
          .after = after,
          .task = std::nullopt};
}

AttemptEnd unavailable(const Error& error) {
  return end(Kind::unavailable, "storage_failed",
             "The application's data could not be read or written: " + error.message,
             unavailable_wait);
}

std::optional<AttemptEnd> answer_at_once(const Task& task, Arrival arrival, Timestamp now) {
  switch (arrival) {
    case Arrival::begins:
      return std::nullopt;
    case Arrival::done:
      return end(Kind::nothing_to_do, "done", "The image is stored already.");
    case Arrival::failed:
      return end(Kind::nothing_to_do, "failed", "The task has failed already.");
    case Arrival::canceled:
      return end(Kind::nothing_to_do, "canceled", "The task was stopped.");
    case Arrival::superseded:
      return end(Kind::nothing_to_do, "superseded", "A newer message has taken its place.");
    case Arrival::running: {
      const Milliseconds rest = *task.lease_until - now;
      return end(Kind::running, "already_running", "Another delivery is at work on the task.",
                 rest);
    }
  }
  return std::nullopt;
}

/// The same image of the same run has the same id, so that storing it again leaves no orphan.
std::string image_id_of(const Task& task) {
  return make_identifier("img_", sha256(task.id + "-" + std::to_string(task.run)));
}

TaskError error_of(std::string code, std::string message, std::string detail = {}) {
  TaskError error;
  error.code = std::move(code);
  error.message = std::move(message);
  error.detail = std::move(detail);
  if (error.detail.size() > TaskError::detail_max) error.detail.resize(TaskError::detail_max);
  return error;
}

}  // namespace

class Attempts::Impl : public std::enable_shared_from_this<Attempts::Impl> {
 public:
  explicit Impl(World& world) : world_(world) {}

  static asio::awaitable<AttemptEnd> run(std::shared_ptr<Impl> self, Delivery delivery) {
    AttemptEnd ended = co_await self->attempt(delivery);
    if (ended.kind == Kind::done || ended.kind == Kind::refused || ended.kind == Kind::exhausted ||
        ended.kind == Kind::retry) {
      self->log_error(settle(self->world_, delivery.generation_id), "settle");
    }
    co_return ended;
  }

  void stop() {
    stopped_ = true;
    for (asio::steady_timer* timer : sleeping_) timer->cancel();
  }

 private:
  /// What an attempt needs, read anew for each round.
  struct Scene {
    Effective effective;
    Generation generation;
    Task task;
    std::shared_ptr<ImageProvider> provider;
    std::optional<std::string> spooled;
    Mode mode() const { return generation.mode; }
  };

  asio::awaitable<AttemptEnd> attempt(Delivery& delivery) {
    for (int round = 0;; ++round) {
      Scene scene;
      if (std::optional<AttemptEnd> ended = look(delivery, scene)) {
        // A process that died right after the end has left the image in the spool.
        if (ended->code == "done") {
          log_error(co_await world_.files.remove_spooled(delivery.task_id, spool_run),
                    "remove_spooled");
        }
        co_return std::move(*ended);
      }
      Result<std::optional<std::string>> spooled =
          co_await world_.files.spooled(delivery.task_id, spool_run);
      if (!spooled) co_return unavailable(spooled.error());
      scene.spooled = std::move(*spooled);
      if (!scene.spooled) {
        Outcome<std::shared_ptr<ImageProvider>> provider =
            image_provider(world_, scene.effective, scene.generation.options.model);
        if (!provider) co_return refuse(delivery, scene, provider.error());
        scene.provider = std::move(*provider);
      }
      // Nothing waits from here to the end of the transaction, so its look counts.
      Taken taken;
      const Result<void> done =
          world_.storage.transaction([&] { return take(delivery, scene, taken); });
      if (!done) co_return unavailable(done.error());
      if (taken.ended) co_return std::move(*taken.ended);
      if (taken.task) {
        scene.task = std::move(*taken.task);
        tell(world_, scene.task.generation_id, scene.task.id);
        if (scene.spooled) co_return co_await store(scene, std::move(*scene.spooled), std::nullopt);
        co_return co_await draw(scene);
      }
      // The limit is used up until then.
      const Milliseconds wait = taken.slot - world_.clock.now();
      if (wait > short_wait_max || round >= rounds_max || sleeping_.size() >= short_waits_max ||
          stopped_) {
        co_return co_await postpone(scene, taken.slot);
      }
      log_error(note_waiting(scene.task.id, taken.slot), "wait");
      co_await sleep(wait);
    }
  }

  /// Reads what there is; an end, if there is nothing to attempt.
  std::optional<AttemptEnd> look(Delivery& delivery, Scene& scene) {
    Result<Effective> effective = current(world_);
    if (!effective) return unavailable(effective.error());
    scene.effective = std::move(*effective);
    Result<std::optional<Task>> task = world_.storage.task(delivery.task_id);
    if (!task) return unavailable(task.error());
    if (!*task ||
        (!delivery.generation_id.empty() && delivery.generation_id != (*task)->generation_id)) {
      return end(Kind::refused, "task_unknown",
                 "The task does not exist; it may have been deleted.");
    }
    scene.task = std::move(**task);
    delivery.generation_id = scene.task.generation_id;
    Result<Generation> generation = load_generation(world_, delivery.generation_id);
    if (!generation) return unavailable(generation.error());
    scene.generation = std::move(*generation);
    const Timestamp now = world_.clock.now();
    std::optional<AttemptEnd> ended =
        answer_at_once(scene.task, arrival_of(scene.task, delivery, now), now);
    if (ended) ended->task = scene.task;
    return ended;
  }

  struct Taken {
    std::optional<AttemptEnd> ended;
    std::optional<Task> task;  ///< With the lease.
    Timestamp slot{};          ///< Neither: the limit is used up until then.
  };

  /// Inside a transaction: the look, the limit, the lease and the ledger.
  Result<void> take(const Delivery& delivery, const Scene& scene, Taken& taken) {
    taken = {};
    const Timestamp now = world_.clock.now();
    Result<Task> task = load_task(world_, delivery.task_id);
    if (!task) return std::unexpected(task.error());
    taken.ended = answer_at_once(*task, arrival_of(*task, delivery, now), now);
    if (taken.ended) {
      taken.ended->task = std::move(*task);
      return {};
    }
    const Generation& generation = scene.generation;
    if (!scene.spooled) {
      const Result<int> limit = hourly_limit(world_, scene.effective, generation.limit_key,
                                             generation.options.rate_limit);
      if (!limit) return std::unexpected(limit.error());
      const Result<std::int64_t> calls =
          world_.storage.calls_since(generation.limit_key, now - window);
      if (!calls) return std::unexpected(calls.error());
      if (*calls >= *limit) {
        const Result<Timestamp> slot = free_slot(generation.limit_key, *limit, 0, now);
        if (!slot) return std::unexpected(slot.error());
        taken.slot = *slot;
        return {};
      }
      if (Result<void> noted = world_.storage.add_call(generation.limit_key, task->id, now);
          !noted) {
        return noted;
      }
    }
    taken.task = begin(*task, delivery, now, lease_time(scene.effective.settings));
    if (!taken.task) return {};
    return world_.storage.update(*taken.task);
  }

  /// When the limit has room for one more call, behind `ahead` others that wait for the same.
  Result<Timestamp> free_slot(std::string_view limit_key, int limit, std::int64_t ahead,
                              Timestamp now) {
    const std::int64_t hours = ahead / limit;
    const Result<std::optional<Timestamp>> leaves =
        world_.storage.nth_latest_call(limit_key, limit - ahead % limit);
    if (!leaves) return std::unexpected(leaves.error());
    // A millisecond more: a window of exactly an hour has both of its ends.
    const Timestamp slot = *leaves ? **leaves + window + Milliseconds(1) : now;
    return std::max(slot, now + Milliseconds(1)) + hours * window;
  }

  Result<void> note_waiting(const std::string& task_id, Timestamp slot) {
    const Result<std::optional<Task>> noted = change_task(
        world_, task_id, [&](const Task& task) { return wait_for_limit(task, slot, {}); });
    if (!noted) return std::unexpected(noted.error());
    return {};
  }

  asio::awaitable<void> sleep(Milliseconds wait) {
    if (wait <= Milliseconds(0)) co_return;
    asio::steady_timer timer(world_.io, wait);
    sleeping_.insert(&timer);
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    sleeping_.erase(&timer);
  }

  /// How many tasks of this limit wait for a slot already.
  Result<std::int64_t> waiting_ahead(const Scene& scene) {
    const Result<std::vector<Task>> under_way = world_.storage.tasks_under_way();
    if (!under_way) return std::unexpected(under_way.error());
    std::map<std::string, bool> shares;
    std::int64_t ahead = 0;
    for (const Task& task : *under_way) {
      if (task.phase != TaskPhase::waiting_limit || task.id == scene.task.id) continue;
      const auto [found, is_new] = shares.try_emplace(task.generation_id, false);
      if (is_new) {
        const Result<Generation> other = load_generation(world_, task.generation_id);
        found->second = other && other->limit_key == scene.generation.limit_key;
      }
      if (found->second) ++ahead;
    }
    return ahead;
  }

  /// A new message for when the limit has room, so that waiting uses up no attempt.
  asio::awaitable<AttemptEnd> postpone(Scene& scene, Timestamp slot) {
    const Timestamp now = world_.clock.now();
    const Result<std::int64_t> ahead = waiting_ahead(scene);
    const Result<int> limit = hourly_limit(world_, scene.effective, scene.generation.limit_key,
                                           scene.generation.options.rate_limit);
    if (!ahead || !limit) co_return unavailable(ahead ? limit.error() : ahead.error());
    const Result<Timestamp> free = free_slot(scene.generation.limit_key, *limit, *ahead, now);
    if (!free) co_return unavailable(free.error());
    const Timestamp due = std::max(slot, *free);
    // Attempts that were made count on; this delivery made none.
    scene.task.attempt = std::min(scene.task.attempt, scene.task.attempts_max - 1);
    Result<std::optional<NewMessage>> message = co_await replace_message(scene, *limit, due - now);
    if (!message) {
      log_error(note_waiting(scene.task.id, due), "wait");
      co_return end(Kind::unavailable, "limit_used_up",
                    "The hourly limit is used up, and the broker did not take a later message.",
                    due - now);
    }
    const Result<std::optional<Task>> saved =
        change_task(world_, scene.task.id,
                    [&](const Task& task) { return wait_for_limit(task, due, *message); });
    if (!saved) co_return unavailable(saved.error());
    if (!*saved && *message) {
      // Stopped while it was published: nobody may use its number, and so its deduplication id,
      // again.
      const Result<std::optional<Task>> skipped = change_task(
          world_, scene.task.id, [&](const Task& task) { return skip_run(task, (*message)->run); });
      if (!skipped) co_return unavailable(skipped.error());
    }
    AttemptEnd ended =
        end(Kind::postponed, "rescheduled", "The hourly limit is used up; the task comes later.");
    ended.task = *saved;
    co_return ended;
  }

  /// Published first, noted afterwards: whatever ends the process in between, one of the two
  /// messages is believed, and the other one answered without drawing.
  asio::awaitable<Result<std::optional<NewMessage>>> replace_message(const Scene& scene, int rate,
                                                                     Milliseconds delay) {
    if (scene.mode() == Mode::local) co_return std::optional<NewMessage>();
    Task next = scene.task;
    ++next.run;
    BrokerMessage message = message_for(scene.effective, scene.generation, next, rate,
                                        std::chrono::ceil<std::chrono::seconds>(delay));
    const BrokerAccess access{.url = scene.effective.broker_url.value,
                              .token = scene.effective.qstash_token.value};
    const Result<Published> published = co_await world_.broker.publish(access, std::move(message));
    if (!published) co_return std::unexpected(published.error());
    co_return NewMessage{.run = next.run, .id = published->message_id};
  }

  asio::awaitable<AttemptEnd> draw(Scene& scene) {
    const GenerationOptions& options = scene.generation.options;
    ImageRequest request;
    request.model = options.model;
    request.prompt = scene.task.prompt;
    request.negative_prompt = options.negative_prompt;
    request.aspect_ratio = options.aspect_ratio;
    request.size = options.size;
    request.quality = options.quality;
    request.seed = scene.task.seed;
    request.timeout = scene.effective.settings.image_timeout;
    const auto began = std::chrono::steady_clock::now();
    ImageOutcome outcome = co_await scene.provider->generate(std::move(request));
    const auto took = std::chrono::ceil<Milliseconds>(std::chrono::steady_clock::now() - began);

    if (auto* made = std::get_if<ImageMade>(&outcome)) {
      // On disk before anything else: from here on it is never paid for again.
      const Result<void> spooled =
          co_await world_.files.spool(scene.task.id, spool_run, made->bytes);
      if (!spooled) {
        write_log(world_, "spool_failed", "task=" + scene.task.id);
      }
      log_error(clear_problem(world_, scene.generation.id,
                              [](const Problem& problem) {
                                return problem.code == "quota_day" || problem.code == "invalid_key";
                              }),
                "clear_problem");
      co_return co_await store(scene, std::move(made->bytes), took);
    }
    if (auto* refused = std::get_if<ImageRefused>(&outcome)) {
      co_return fail(scene, std::move(refused->error));
    }
    if (auto* failed = std::get_if<ImageFailed>(&outcome)) {
      co_return fail(scene, std::move(failed->error));
    }
    ImageRetry& again = std::get<ImageRetry>(outcome);
    if (again.error.code == "quota_day" && scene.task.started &&
        world_.clock.now() - *scene.task.started < quota_patience) {
      co_return co_await wait_for_quota(scene, std::move(again));
    }
    co_return try_again(scene, std::move(again.error), again.after);
  }

  /// Stores an image that is in the spool (or, when the disk is full, at least in memory).
  asio::awaitable<AttemptEnd> store(Scene& scene, std::string bytes,
                                    std::optional<Milliseconds> duration) {
    log_error(note_saving(scene.task.id), "saving");
    const Result<ImageInfo> info =
        co_await world_.files.save(image_id_of(scene.task), std::move(bytes));
    if (!info) {
      if (info.error().code != ErrorCode::invalid_argument) {
        co_return try_again(scene, not_saved(info.error()), std::nullopt);
      }
      const Result<void> removed = co_await world_.files.remove_spooled(scene.task.id, spool_run);
      if (!removed) log_error(removed, "remove_spooled");
      co_return try_again(scene,
                          error_of("bad_image", "The provider sent something that is not an image.",
                                   info.error().message),
                          std::nullopt);
    }
    Drawn drawn;
    drawn.image = *info;
    drawn.duration = duration;
    drawn.cost_microusd = cost_of(scene.generation);
    const Timestamp now = world_.clock.now();
    Result<std::optional<Task>> finished = change_task(
        world_, scene.task.id, [&](const Task& task) { return finish(task, drawn, now); });
    if (!finished) {
      if (finished.error().code == ErrorCode::not_found) {
        // Deleted while it was drawn, and its image with it.
        log_error(co_await world_.files.remove(info->id), "remove_image");
        log_error(co_await world_.files.remove_spooled(scene.task.id, spool_run), "remove_spooled");
        co_return end(Kind::refused, "task_unknown", "The task was deleted.");
      }
      co_return try_again(scene, not_saved(finished.error()), std::nullopt);
    }
    log_error(co_await world_.files.remove_spooled(scene.task.id, spool_run), "remove_spooled");
    AttemptEnd ended = end(Kind::done, "done", "The image is stored.");
    ended.task = std::move(*finished);
    co_return ended;
  }

  Result<void> note_saving(const std::string& task_id) {
    const Result<std::optional<Task>> noted =
        change_task(world_, task_id, [](const Task& task) { return begin_saving(task); });
    if (!noted) return std::unexpected(noted.error());
    return {};
  }

  static TaskError not_saved(const Error& error) {
    return error_of("not_saved",
                    "The image was received but not saved; it will be saved without drawing it "
                    "again.",
                    error.message);
  }

  std::optional<std::int64_t> cost_of(const Generation& generation) const {
    const GenerationOptions& options = generation.options;
    const ImageModel* model = world_.catalog.find(options.model);
    if (model == nullptr) return std::nullopt;
    return world_.catalog.price_microusd(*model, options.size, options.quality);
  }

  AttemptEnd fail(Scene& scene, TaskError error) {
    if (is_of_provider(problem_of(error))) {
      log_error(set_problem(world_, scene.generation.id, problem_of(error)), "set_problem");
    }
    AttemptEnd ended = end(Kind::refused, error.code, error.message);
    const Timestamp now = world_.clock.now();
    Result<std::optional<Task>> saved = change_task(world_, scene.task.id, [&](const Task& task) {
      return fail_for_good(task, *scene.task.lease_until, error, now);
    });
    if (!saved) return unavailable(saved.error());
    ended.task = std::move(*saved);
    return ended;
  }

  /// Before the lease: key or model are missing, so that no attempt can succeed.
  AttemptEnd refuse(const Delivery& delivery, const Scene& scene, const Problem& problem) {
    TaskError error = error_of(problem.code, problem.message, problem.detail);
    const Timestamp now = world_.clock.now();
    Result<std::optional<Task>> saved =
        change_task(world_, scene.task.id, [&](const Task& task) -> std::optional<Task> {
          std::optional<Task> begun =
              begin(task, delivery, now, lease_time(scene.effective.settings));
          if (!begun) return std::nullopt;
          const Timestamp lease = *begun->lease_until;
          return fail_for_good(std::move(*begun), lease, error, now);
        });
    if (!saved) return unavailable(saved.error());
    log_error(set_problem(world_, scene.generation.id, problem), "set_problem");
    AttemptEnd ended = end(Kind::refused, problem.code, problem.message);
    ended.task = std::move(*saved);
    return ended;
  }

  AttemptEnd try_again(Scene& scene, TaskError error, std::optional<Milliseconds> after) {
    Afterwards afterwards = Afterwards::broker_retries;
    if (const Result<Generation> now = load_generation(world_, scene.generation.id)) {
      if (now->state == GenerationState::paused) afterwards = Afterwards::paused;
      if (now->state == GenerationState::ready) afterwards = Afterwards::stopped;
    }
    const Milliseconds next_in = after.value_or(backoff_after(std::max(0, scene.task.attempt - 1)));
    AttemptEnd ended = end(Kind::retry, error.code, error.message, after);
    const Timestamp now = world_.clock.now();
    Result<std::optional<Task>> saved = change_task(world_, scene.task.id, [&](const Task& task) {
      return fail_for_now(task, *scene.task.lease_until, error, now, next_in, afterwards);
    });
    if (!saved) return unavailable(saved.error());
    ended.task = std::move(*saved);
    if (ended.task && ended.task->status == TaskStatus::failed) ended.kind = Kind::exhausted;
    return ended;
  }

  asio::awaitable<AttemptEnd> wait_for_quota(Scene& scene, ImageRetry again) {
    const Milliseconds wait = again.after.value_or(quota_wait);
    Problem problem = problem_of(again.error);
    if (!again.quota.empty()) problem.params.emplace_back("quota", again.quota);
    log_error(set_problem(world_, scene.generation.id, std::move(problem)), "set_problem");
    const Timestamp due = world_.clock.now() + wait;
    const Result<int> limit = hourly_limit(world_, scene.effective, scene.generation.limit_key,
                                           scene.generation.options.rate_limit);
    Task before = scene.task;
    scene.task.attempt = std::max(0, scene.task.attempt - 1);
    Result<std::optional<NewMessage>> message =
        co_await replace_message(scene, limit.value_or(scene.generation.options.rate_limit), wait);
    scene.task = std::move(before);
    if (!message) co_return try_again(scene, std::move(again.error), wait);
    Result<std::optional<Task>> saved = change_task(world_, scene.task.id, [&](const Task& task) {
      return give_back(task, *scene.task.lease_until, again.error, due, *message);
    });
    if (!saved) co_return unavailable(saved.error());
    AttemptEnd ended = end(Kind::postponed, again.error.code, again.error.message);
    ended.task = std::move(*saved);
    co_return ended;
  }

  static Problem problem_of(const TaskError& error) {
    Problem problem;
    problem.code = error.code;
    problem.message = error.message;
    problem.detail = error.detail;
    return problem;
  }

  void log_error(const Result<void>& result, std::string_view step) {
    if (result || result.error().code == ErrorCode::not_found) return;
    write_log(world_, "storage_failed",
              "step=" + std::string(step) + " error=\"" + result.error().message + "\"");
  }

  World& world_;
  std::set<asio::steady_timer*> sleeping_;
  bool stopped_ = false;
};

Attempts::Attempts(World& world) : impl_(std::make_shared<Impl>(world)) {}
Attempts::~Attempts() { impl_->stop(); }
asio::awaitable<AttemptEnd> Attempts::run(Delivery delivery) {
  return Impl::run(impl_, std::move(delivery));
}
void Attempts::stop() { impl_->stop(); }

}  // namespace godwit::imagegen
