#include "imagegen/generations/generations.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "imagegen/domain/unicode.h"
#include "imagegen/generations/generations_impl.h"
#include "imagegen/generations/making.h"
#include "imagegen/generations/transitions.h"
#include "imagegen/generations/views.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

Problem nothing_pending() {
  return {.code = "nothing_pending",
          .message = "There is nothing to start: no task is pending and not on its way already."};
}

Problem wrong_state(std::string code, std::string message) {
  return {.code = std::move(code), .message = std::move(message)};
}

bool is_idle_draft(const Task& task) { return task.status == TaskStatus::pending && !task.due; }

}  // namespace

Outcome<Effective> Generations::Impl::effective_now() {
  Result<Effective> effective = current(world_);
  if (!effective) return std::unexpected(of_storage(effective.error()));
  return std::move(*effective);
}

Outcome<Generation> Generations::Impl::load(std::string_view id) {
  Result<Generation> generation = load_generation(world_, id);
  if (generation) return std::move(*generation);
  if (generation.error().code == ErrorCode::not_found) {
    return std::unexpected(generation_not_found(id));
  }
  return std::unexpected(of_storage(generation.error()));
}

Outcome<GenerationView> Generations::Impl::create(const GenerationRequest& request) {
  Outcome<Made> made = make_generation(world_, request);
  if (!made) return std::unexpected(made.error());
  if (Result<void> saved = world_.storage.insert(made->generation, made->tasks); !saved) {
    return std::unexpected(of_storage(saved.error()));
  }
  tell(world_, made->generation.id, {});
  tick_.cancel();  // It may be the next to start by itself.
  return view(made->generation.id);
}

Outcome<GenerationView> Generations::Impl::duplicate(std::string_view id, std::string_view name) {
  const Outcome<Generation> original = load(id);
  if (!original) return std::unexpected(original.error());
  const Made made = copy_generation(world_, *original, name);
  if (Result<void> saved = world_.storage.insert(made.generation, made.tasks); !saved) {
    return std::unexpected(of_storage(saved.error()));
  }
  tell(world_, made.generation.id, {});
  return view(made.generation.id);
}

Outcome<std::vector<GenerationView>> Generations::Impl::list(std::string_view search,
                                                             std::string_view state) {
  const Outcome<Effective> effective = effective_now();
  if (!effective) return std::unexpected(effective.error());
  Result<std::vector<Generation>> generations = world_.storage.generations();
  if (!generations) return std::unexpected(of_storage(generations.error()));
  const Result<std::map<std::string, Summary>> summaries = world_.storage.summaries();
  if (!summaries) return std::unexpected(of_storage(summaries.error()));
  const std::string wanted = folded(search);
  std::vector<GenerationView> views;
  for (Generation& generation : *generations) {
    const auto found = summaries->find(generation.id);
    const Summary summary = found == summaries->end() ? Summary() : found->second;
    if (!state.empty() && to_string(shown_state(generation, summary)) != state) continue;
    if (!wanted.empty() && folded(generation.name).find(wanted) == std::string::npos) continue;
    std::optional<Sending> sending = sender_.progress(generation.id);
    Result<GenerationView> view =
        view_of(world_, *effective, std::move(generation), summary, std::move(sending));
    if (!view) return std::unexpected(of_storage(view.error()));
    views.push_back(std::move(*view));
  }
  return views;
}

Outcome<GenerationView> Generations::Impl::view(std::string_view id) {
  Outcome<Generation> generation = load(id);
  if (!generation) return std::unexpected(generation.error());
  const Outcome<Effective> effective = effective_now();
  if (!effective) return std::unexpected(effective.error());
  const Result<Summary> summary = world_.storage.summary(id);
  if (!summary) return std::unexpected(of_storage(summary.error()));
  Result<GenerationView> view =
      view_of(world_, *effective, std::move(*generation), *summary, sender_.progress(id));
  if (!view) return std::unexpected(of_storage(view.error()));
  return std::move(*view);
}

Outcome<Mode> Generations::Impl::check_launch(const Effective& effective,
                                              const Generation& generation, Mode mode) {
  if (const auto provider = image_provider(world_, effective, generation.options.model);
      !provider) {
    return std::unexpected(provider.error());
  }
  if (mode == Mode::local) return mode;
  if (effective.qstash_token.value.empty()) {
    if (effective.settings.local_processing) return Mode::local;
    return std::unexpected(qstash_token_missing());
  }
  if (webhook_is_unreachable(effective)) return std::unexpected(webhook_unreachable(effective));
  return mode;
}

Outcome<void> Generations::Impl::launch(const Effective& effective, Generation generation,
                                        Launch launch) {
  ImageModel model;
  model.provider = effective.provider;
  if (const ImageModel* known = world_.catalog.find(generation.options.model)) model = *known;
  generation.limit_key = limit_key(effective, model);
  generation.mode = launch.mode;
  generation.problem.reset();
  generation.finished.reset();
  generation.start_at.reset();
  generation.state =
      launch.mode == Mode::broker ? GenerationState::sending : GenerationState::running;
  if (!generation.started) generation.started = world_.clock.now();
  const Result<void> done = world_.storage.transaction([&]() -> Result<void> {
    if (Result<void> saved = world_.storage.update(generation); !saved) return saved;
    const Result<std::size_t> planned =
        plan_tasks(world_, generation, launch.task_ids, launch.planning);
    if (!planned) return std::unexpected(planned.error());
    return {};
  });
  if (!done) return std::unexpected(of_storage(done.error()));
  tell(world_, generation.id, {});
  write_log(world_, "generation_started",
            "generation=" + generation.id + " tasks=" + std::to_string(launch.task_ids.size()));
  send(generation.id, launch.mode);
  return {};
}

void Generations::Impl::send(const std::string& id, Mode mode) {
  if (mode == Mode::local) {
    local_.work_on(id);
  } else {
    sender_.send(id);
  }
}

Outcome<GenerationView> Generations::Impl::start_generation(std::string_view id, Mode mode) {
  Outcome<Generation> generation = load(id);
  if (!generation) return std::unexpected(generation.error());
  if (busy_.contains(id)) return std::unexpected(Busy::problem());
  const Outcome<Effective> effective = effective_now();
  if (!effective) return std::unexpected(effective.error());
  Result<std::vector<std::string>> ids = task_ids(world_, id, TaskStatus::pending, is_idle_draft);
  if (!ids) return std::unexpected(of_storage(ids.error()));
  if (ids->empty()) return std::unexpected(nothing_pending());
  const Outcome<Mode> checked = check_launch(*effective, *generation, mode);
  if (!checked) return std::unexpected(checked.error());
  const bool moves = generation->state == GenerationState::running ||
                     generation->state == GenerationState::sending;
  if (moves && generation->mode != *checked) {
    return std::unexpected(wrong_state("running_in_other_mode",
                                       "The generation runs in another mode; stop it first."));
  }
  Launch wanted;
  wanted.task_ids = std::move(*ids);
  // What was paused goes on with the attempts that it has left.
  wanted.planning.fresh = generation->state != GenerationState::paused;
  wanted.mode = *checked;
  const Outcome<void> launched = launch(*effective, std::move(*generation), std::move(wanted));
  if (!launched) return std::unexpected(launched.error());
  return view(id);
}

Outcome<std::vector<std::string>> Generations::Impl::take_back(Generation generation, bool hold) {
  sender_.forget(generation.id);
  const Result<std::vector<std::string>> ids =
      task_ids(world_, generation.id, TaskStatus::pending, [hold](const Task& task) {
        return hold ? task.due.has_value() : task.due || task.phase != TaskPhase::draft;
      });
  if (!ids) return std::unexpected(of_storage(ids.error()));
  std::vector<std::string> message_ids;
  const Result<void> done = world_.storage.transaction([&]() -> Result<void> {
    message_ids.clear();
    if (Result<void> saved = world_.storage.update(generation); !saved) return saved;
    for (const std::string& id : *ids) {
      const Result<Task> task = load_task(world_, id);
      if (!task) return std::unexpected(task.error());
      if (!task->message_id.empty()) message_ids.push_back(task->message_id);
      const Result<bool> changed = change_quietly(world_, *task, [hold](const Task& t) {
        return hold ? godwit::imagegen::hold(t) : withdraw(t);
      });
      if (!changed) return std::unexpected(changed.error());
    }
    return {};
  });
  if (!done) return std::unexpected(of_storage(done.error()));
  tell(world_, generation.id, {});
  return message_ids;
}

asio::awaitable<void> Generations::Impl::cancel_label(std::string label) {
  const Result<Effective> effective = current(world_);
  if (!effective || effective->qstash_token.value.empty()) co_return;
  const BrokerAccess access{.url = effective->broker_url.value,
                            .token = effective->qstash_token.value};
  const Result<std::optional<int>> canceled =
      co_await world_.broker.cancel_by_label(access, std::move(label));
  // What the broker still delivers is answered and draws nothing.
  if (!canceled) {
    write_log(world_, "messages_not_canceled", "error=\"" + canceled.error().message + "\"");
  }
}

asio::awaitable<void> Generations::Impl::cancel_messages(std::vector<std::string> message_ids) {
  if (message_ids.empty()) co_return;
  const Result<Effective> effective = current(world_);
  if (!effective || effective->qstash_token.value.empty()) co_return;
  const BrokerAccess access{.url = effective->broker_url.value,
                            .token = effective->qstash_token.value};
  const Result<int> canceled = co_await world_.broker.cancel(access, std::move(message_ids));
  if (!canceled) {
    write_log(world_, "messages_not_canceled", "error=\"" + canceled.error().message + "\"");
  }
}

/// Everything pending is a draft again, the generation ready.
asio::awaitable<Outcome<void>> Generations::Impl::stop_tasks(Generation generation) {
  const std::string label = generation.label();
  const bool by_broker = generation.mode == Mode::broker && generation.started;
  generation.state = GenerationState::ready;
  generation.start_at.reset();
  generation.problem.reset();
  const Outcome<std::vector<std::string>> messages = take_back(std::move(generation), false);
  if (!messages) co_return std::unexpected(messages.error());
  if (by_broker && !messages->empty()) co_await cancel_label(label);
  co_return Outcome<void>();
}

asio::awaitable<Outcome<GenerationView>> Generations::Impl::stop_generation(std::string id) {
  Outcome<Generation> generation = load(id);
  if (!generation) co_return std::unexpected(generation.error());
  const Busy busy(shared_from_this(), id);
  if (!busy.free()) co_return std::unexpected(Busy::problem());
  if (!generation->finished) {
    const Outcome<void> stopped = co_await stop_tasks(std::move(*generation));
    if (!stopped) co_return std::unexpected(stopped.error());
  }
  co_return view(id);
}

asio::awaitable<Outcome<GenerationView>> Generations::Impl::pause(std::string id) {
  Outcome<Generation> generation = load(id);
  if (!generation) co_return std::unexpected(generation.error());
  const Busy busy(shared_from_this(), id);
  if (!busy.free()) co_return std::unexpected(Busy::problem());
  if (generation->state == GenerationState::paused) co_return view(id);
  if (generation->state != GenerationState::running &&
      generation->state != GenerationState::sending) {
    co_return std::unexpected(
        wrong_state("not_running", "Only a generation that runs can be paused."));
  }
  const std::string label = generation->label();
  const bool by_broker = generation->mode == Mode::broker;
  generation->state = GenerationState::paused;
  const Outcome<std::vector<std::string>> messages = take_back(std::move(*generation), true);
  if (!messages) co_return std::unexpected(messages.error());
  if (by_broker && !messages->empty()) co_await cancel_label(label);
  co_return view(id);
}

asio::awaitable<Outcome<GenerationView>> Generations::Impl::resume(std::string id) {
  Outcome<Generation> generation = load(id);
  if (!generation) co_return std::unexpected(generation.error());
  if (busy_.contains(id)) co_return std::unexpected(Busy::problem());
  if (generation->state != GenerationState::paused) {
    co_return std::unexpected(
        wrong_state("not_paused", "Only a generation that is paused can be resumed."));
  }
  const Outcome<Effective> effective = effective_now();
  if (!effective) co_return std::unexpected(effective.error());
  const Outcome<Mode> mode = check_launch(*effective, *generation, generation->mode);
  if (!mode) co_return std::unexpected(mode.error());
  Result<std::vector<std::string>> ids = task_ids(
      world_, id, TaskStatus::pending,
      [](const Task& task) { return !task.due && task.phase == TaskPhase::waiting_limit; });
  if (!ids) co_return std::unexpected(of_storage(ids.error()));
  Launch wanted;
  wanted.task_ids = std::move(*ids);
  wanted.planning.fresh = false;
  wanted.mode = *mode;
  const Outcome<void> launched = launch(*effective, std::move(*generation), std::move(wanted));
  if (!launched) co_return std::unexpected(launched.error());
  if (Result<void> settled = settle(world_, id); !settled) {
    co_return std::unexpected(of_storage(settled.error()));
  }
  co_return view(id);
}

asio::awaitable<Outcome<GenerationView>> Generations::Impl::replan(std::string id, int rate_limit) {
  if (rate_limit < 1 || rate_limit > GenerationOptions::rate_limit_max) {
    co_return std::unexpected(
        invalid("rateLimit", "The limit must be from 1 to 3600 images an hour."));
  }
  Outcome<Generation> generation = load(id);
  if (!generation) co_return std::unexpected(generation.error());
  const Busy busy(shared_from_this(), id);
  if (!busy.free()) co_return std::unexpected(Busy::problem());
  generation->options.rate_limit = rate_limit;
  const bool moves = generation->state == GenerationState::running ||
                     generation->state == GenerationState::sending;
  if (!moves) {
    if (Result<void> saved = world_.storage.update(*generation); !saved) {
      co_return std::unexpected(of_storage(saved.error()));
    }
    tell(world_, id, {});
    co_return view(id);
  }
  // Held first: whatever ends the process in between, the next one plans what is held.
  Outcome<std::vector<std::string>> messages = take_back(*generation, true);
  if (!messages) co_return std::unexpected(messages.error());
  if (generation->mode == Mode::broker) co_await cancel_messages(std::move(*messages));

  generation = load(id);
  if (!generation) co_return std::unexpected(generation.error());
  const Outcome<Effective> effective = effective_now();
  if (!effective) co_return std::unexpected(effective.error());
  Result<std::vector<std::string>> ids = task_ids(
      world_, id, TaskStatus::pending,
      [](const Task& task) { return !task.due && task.phase == TaskPhase::waiting_limit; });
  if (!ids) co_return std::unexpected(of_storage(ids.error()));
  Launch wanted;
  wanted.task_ids = std::move(*ids);
  wanted.planning.fresh = false;
  wanted.mode = generation->mode;
  const Outcome<void> launched = launch(*effective, std::move(*generation), std::move(wanted));
  if (!launched) co_return std::unexpected(launched.error());
  co_return view(id);
}

asio::awaitable<Outcome<GenerationView>> Generations::Impl::reconcile(std::string id) {
  const Outcome<Generation> generation = load(id);
  if (!generation) co_return std::unexpected(generation.error());
  if (Result<void> released = reconciler_.release_lapsed(); !released) {
    co_return std::unexpected(of_storage(released.error()));
  }
  const Result<void> done = co_await reconciler_.reconcile(id, true);
  // What the broker said is in the generation's problem; the page shows it with the rest.
  if (!done) log_error(done, "reconcile");
  co_return view(id);
}

asio::awaitable<void> Generations::Impl::remove_images(std::vector<std::string> image_ids) {
  for (std::string& id : image_ids) {
    log_error(co_await world_.files.remove(std::move(id)), "remove_image");
  }
}

asio::awaitable<Outcome<int>> Generations::Impl::remove(std::string id) {
  Outcome<Generation> generation = load(id);
  if (!generation) co_return std::unexpected(generation.error());
  const Busy busy(shared_from_this(), id);
  if (!busy.free()) co_return std::unexpected(Busy::problem());
  const Outcome<void> stopped = co_await stop_tasks(std::move(*generation));
  if (!stopped) co_return std::unexpected(stopped.error());
  Result<std::vector<std::string>> images = world_.storage.remove_generation(id);
  if (!images) co_return std::unexpected(of_storage(images.error()));
  tell(world_, id, {});
  const int count = static_cast<int>(images->size());
  co_await remove_images(std::move(*images));
  co_return count;
}

Generations::Generations(World& world) : impl_(std::make_shared<Impl>(world)) {}
Generations::~Generations() { impl_->stop(); }
void Generations::start() { impl_->start(); }
void Generations::stop() { impl_->stop(); }

Outcome<Preview> Generations::preview(const GenerationRequest& request) {
  return preview_of(impl_->world(), request);
}
Outcome<GenerationView> Generations::create(const GenerationRequest& request) {
  return impl_->create(request);
}
Outcome<std::vector<GenerationView>> Generations::list(std::string_view search,
                                                       std::string_view state) {
  return impl_->list(search, state);
}
Outcome<GenerationView> Generations::view(std::string_view id) { return impl_->view(id); }
Outcome<GenerationView> Generations::duplicate(std::string_view id, std::string_view name) {
  return impl_->duplicate(id, name);
}
asio::awaitable<Outcome<int>> Generations::remove(std::string id) {
  return impl_->remove(std::move(id));
}
Outcome<GenerationView> Generations::start_generation(std::string_view id, Mode mode) {
  return impl_->start_generation(id, mode);
}
asio::awaitable<Outcome<GenerationView>> Generations::stop_generation(std::string id) {
  return impl_->stop_generation(std::move(id));
}
asio::awaitable<Outcome<GenerationView>> Generations::pause(std::string id) {
  return impl_->pause(std::move(id));
}
asio::awaitable<Outcome<GenerationView>> Generations::resume(std::string id) {
  return impl_->resume(std::move(id));
}
Outcome<GenerationView> Generations::retry_failed(std::string_view id) {
  return impl_->retry_failed(id);
}
asio::awaitable<Outcome<GenerationView>> Generations::replan(std::string id, int rate_limit) {
  return impl_->replan(std::move(id), rate_limit);
}
asio::awaitable<Outcome<GenerationView>> Generations::clear(std::string id, ClearWhat what) {
  return impl_->clear(std::move(id), what);
}
asio::awaitable<Outcome<GenerationView>> Generations::reconcile(std::string id) {
  return impl_->reconcile(std::move(id));
}
Outcome<Task> Generations::retry_task(std::string_view id) { return impl_->retry_task(id); }
asio::awaitable<Outcome<Task>> Generations::cancel_task(std::string id) {
  return impl_->cancel_task(std::move(id));
}
Outcome<Task> Generations::fail_task(std::string_view id) { return impl_->fail_task(id); }
asio::awaitable<Outcome<void>> Generations::remove_task(std::string id) {
  return impl_->remove_task(std::move(id));
}

}  // namespace godwit::imagegen
