#include <fmt/format.h>

#include <algorithm>

#include "imagegen/http/resources/resources.h"
#include "imagegen/http/services.h"
#include "imagegen/http/wire/answer.h"
#include "imagegen/http/wire/json_in.h"
#include "imagegen/http/wire/requests.h"
#include "imagegen/http/wire/shapes.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

constexpr std::int64_t tasks_max = 2'000;  // Of one answer.

HttpResponse generation_answer(const Outcome<GenerationView>& view) {
  if (!view) return problem_answer(view.error());
  return json_answer_of([&](JsonWriter& out) { write_generation(out, *view); });
}

/// What the form does not say: the retries of the settings.
Outcome<GenerationOptions> default_options(Services& services) {
  const Result<AppSettings> settings = services.world.storage.settings();
  if (!settings) return std::unexpected(storage_problem(settings.error()));
  GenerationOptions options;
  options.retries = settings->retries;
  return options;
}

HttpResponse preview(Services& services, const Call& call) {
  const Outcome<GenerationOptions> defaults = default_options(services);
  if (!defaults) return problem_answer(defaults.error());
  const Outcome<GenerationRequest> request = read_preview_request(call.request.body, *defaults);
  if (!request) return problem_answer(request.error());
  const Timestamp now = services.world.clock.now();
  const Outcome<Preview> preview = services.generations.preview(*request);
  if (!preview) return problem_answer(preview.error());
  return json_answer_of(
      [&](JsonWriter& out) { write_preview(out, *preview, request->options.rate_limit, now); });
}

HttpResponse create(Services& services, const Call& call) {
  const Outcome<GenerationOptions> defaults = default_options(services);
  if (!defaults) return problem_answer(defaults.error());
  const Outcome<GenerationRequest> request = read_generation_request(call.request.body, *defaults);
  if (!request) return problem_answer(request.error());
  return generation_answer(services.generations.create(*request));
}

HttpResponse list(Services& services, const Call& call) {
  const std::string state = call.query.text("state");
  if (!state.empty() && !parse_generation_state(state)) {
    return problem_answer(
        invalid_member("state",
                       "state must be ready, scheduled, sending, running, paused, finished or "
                       "finished_with_errors."));
  }
  const auto views = services.generations.list(call.query.text("search"), state);
  if (!views) return problem_answer(views.error());
  return json_answer_of([&](JsonWriter& out) {
    out.begin_object();
    out.key("generations");
    out.begin_array();
    for (const GenerationView& view : *views) write_generation(out, view);
    out.end_array();
    out.end_object();
  });
}

HttpResponse get(Services& services, const Call& call) {
  return generation_answer(services.generations.view(call.names[0]));
}

asio::awaitable<HttpResponse> remove(Services& services, Call call) {
  const Outcome<int> images = co_await services.generations.remove(call.names[0]);
  if (!images) co_return problem_answer(images.error());
  co_return json_answer(fmt::format("{{\"images\":{}}}", *images));
}

/// For actions without a body: `{}`, or nothing.
Outcome<void> no_members(const Call& call) {
  struct Nothing {};
  const Outcome<Nothing> read =
      read_body<Nothing>(call.request.body, [](JsonMembers&, Nothing&) {});
  if (!read) return std::unexpected(read.error());
  return {};
}

HttpResponse start(Services& services, const Call& call) {
  const Outcome<std::string> mode = read_body<std::string>(
      call.request.body,
      [](JsonMembers& in, std::string& target) { in.choice("mode", target, {"broker", "local"}); });
  if (!mode) return problem_answer(mode.error());
  return generation_answer(services.generations.start_generation(
      call.names[0], *mode == "local" ? Mode::local : Mode::broker));
}

asio::awaitable<HttpResponse> stop(Services& services, Call call) {
  if (const auto nothing = no_members(call); !nothing) co_return problem_answer(nothing.error());
  co_return generation_answer(co_await services.generations.stop_generation(call.names[0]));
}

asio::awaitable<HttpResponse> pause(Services& services, Call call) {
  if (const auto nothing = no_members(call); !nothing) co_return problem_answer(nothing.error());
  co_return generation_answer(co_await services.generations.pause(call.names[0]));
}

asio::awaitable<HttpResponse> resume(Services& services, Call call) {
  if (const auto nothing = no_members(call); !nothing) co_return problem_answer(nothing.error());
  co_return generation_answer(co_await services.generations.resume(call.names[0]));
}

HttpResponse retry_failed(Services& services, const Call& call) {
  if (const auto nothing = no_members(call); !nothing) return problem_answer(nothing.error());
  return generation_answer(services.generations.retry_failed(call.names[0]));
}

asio::awaitable<HttpResponse> replan(Services& services, Call call) {
  const Outcome<int> rate = read_body<int>(call.request.body, [](JsonMembers& in, int& target) {
    in.need("rateLimit").integer("rateLimit", target, 1, GenerationOptions::rate_limit_max);
  });
  if (!rate) co_return problem_answer(rate.error());
  co_return generation_answer(co_await services.generations.replan(call.names[0], *rate));
}

asio::awaitable<HttpResponse> clear(Services& services, Call call) {
  const Outcome<std::string> status =
      read_body<std::string>(call.request.body, [](JsonMembers& in, std::string& target) {
        in.need("status").choice("status", target, {"done", "failed", "canceled", "all"});
      });
  if (!status) co_return problem_answer(status.error());
  const ClearWhat what = *status == "done"       ? ClearWhat::done
                         : *status == "failed"   ? ClearWhat::failed
                         : *status == "canceled" ? ClearWhat::canceled
                                                 : ClearWhat::all;
  co_return generation_answer(co_await services.generations.clear(call.names[0], what));
}

HttpResponse duplicate(Services& services, const Call& call) {
  const Outcome<std::string> name =
      read_body<std::string>(call.request.body, [](JsonMembers& in, std::string& target) {
        in.trimmed("name", target, {.least = 1, .most = 200});
      });
  if (!name) return problem_answer(name.error());
  return generation_answer(services.generations.duplicate(call.names[0], *name));
}

asio::awaitable<HttpResponse> reconcile(Services& services, Call call) {
  if (const auto nothing = no_members(call); !nothing) co_return problem_answer(nothing.error());
  co_return generation_answer(co_await services.generations.reconcile(call.names[0]));
}

HttpResponse tasks(Services& services, const Call& call) {
  TaskFilter filter;
  if (const std::string status = call.query.text("status"); !status.empty()) {
    filter.status = parse_task_status(status);
    if (!filter.status) {
      return problem_answer(invalid_member(
          "status", "status must be pending, processing, done, failed or canceled."));
    }
  }
  const auto offset = call.query.integer("offset", 0, 0, 1'000'000);
  if (!offset) return problem_answer(offset.error());
  const auto limit = call.query.integer("limit", tasks_max, 1, tasks_max);
  if (!limit) return problem_answer(limit.error());

  Storage& storage = services.world.storage;
  const Result<std::optional<Generation>> generation = storage.generation(call.names[0]);
  if (!generation) return problem_answer(storage_problem(generation.error()));
  if (!*generation) return problem_answer(not_found("generation", call.names[0]));
  const Result<std::size_t> total = storage.count_tasks(call.names[0], filter);
  if (!total) return problem_answer(storage_problem(total.error()));
  filter.offset = static_cast<std::size_t>(*offset);
  filter.limit = static_cast<std::size_t>(*limit);
  const Result<std::vector<Task>> tasks = storage.tasks(call.names[0], filter);
  if (!tasks) return problem_answer(storage_problem(tasks.error()));
  const std::string console_url = services.diagnostics.state().console_url;
  return json_answer_of([&](JsonWriter& out) {
    out.begin_object();
    out.key("tasks");
    out.begin_array();
    for (const Task& task : *tasks) write_task(out, task, console_url);
    out.end_array();
    out.member("total", *total);
    out.end_object();
  });
}

constexpr Route routes[] = {
    {.method = "POST",
     .path = "/api/generations/preview",
     .access = Access::writer,
     .handler = &preview,
     .summary = "What a generation would be: images, time, cost, warnings. Nothing is saved.",
     .request = "GenerationRequest",
     .answer = "Preview",
     .body_max = large_body},
    {.method = "POST",
     .path = "/api/generations",
     .access = Access::writer,
     .handler = &create,
     .summary = "Make a generation with all its tasks pending. Nothing is sent.",
     .request = "GenerationRequest",
     .answer = "Generation",
     .body_max = large_body},
    {.method = "GET",
     .path = "/api/generations",
     .handler = &list,
     .summary = "Generations, newest first.",
     .answer = "GenerationList",
     .query = "search,state"},
    {.method = "GET",
     .path = "/api/generations/{id}",
     .handler = &get,
     .summary = "One generation.",
     .answer = "Generation"},
    {.method = "DELETE",
     .path = "/api/generations/{id}",
     .access = Access::writer,
     .handler = &remove,
     .summary = "Delete a generation, its tasks and its images; what is on its way is canceled.",
     .answer = "Removed"},
    {.method = "POST",
     .path = "/api/generations/{id}/start",
     .access = Access::writer,
     .handler = &start,
     .summary = "Send all pending tasks, in the background. 409 qstash_token_missing, "
                "gemini_key_missing, nothing_pending.",
     .request = "Start",
     .answer = "Generation"},
    {.method = "POST",
     .path = "/api/generations/{id}/stop",
     .access = Access::writer,
     .handler = &stop,
     .summary = "Cancel what is not delivered; those tasks are pending again.",
     .request = "Empty",
     .answer = "Generation"},
    {.method = "POST",
     .path = "/api/generations/{id}/pause",
     .access = Access::writer,
     .handler = &pause,
     .summary = "Hold back what is not delivered.",
     .request = "Empty",
     .answer = "Generation"},
    {.method = "POST",
     .path = "/api/generations/{id}/resume",
     .access = Access::writer,
     .handler = &resume,
     .summary = "Go on after a pause.",
     .request = "Empty",
     .answer = "Generation"},
    {.method = "POST",
     .path = "/api/generations/{id}/retry-failed",
     .access = Access::writer,
     .handler = &retry_failed,
     .summary = "Make failed tasks pending again, and send them.",
     .request = "Empty",
     .answer = "Generation"},
    {.method = "POST",
     .path = "/api/generations/{id}/replan",
     .access = Access::writer,
     .handler = &replan,
     .summary = "Change the limit under way: what is not delivered is planned anew.",
     .request = "Replan",
     .answer = "Generation"},
    {.method = "POST",
     .path = "/api/generations/{id}/clear",
     .access = Access::writer,
     .handler = &clear,
     .summary = "Remove tasks of one status, with their images.",
     .request = "Clear",
     .answer = "Generation"},
    {.method = "POST",
     .path = "/api/generations/{id}/duplicate",
     .access = Access::writer,
     .handler = &duplicate,
     .summary = "Make a generation like this one, not started.",
     .request = "Duplicate",
     .answer = "Generation"},
    {.method = "POST",
     .path = "/api/generations/{id}/reconcile",
     .access = Access::writer,
     .handler = &reconcile,
     .summary = "Compare with the broker now; its word counts.",
     .request = "Empty",
     .answer = "Generation"},
    {.method = "GET",
     .path = "/api/generations/{id}/tasks",
     .handler = &tasks,
     .summary = "Tasks of a generation, by index.",
     .answer = "TaskList",
     .query = "status,offset,limit"},
};

}  // namespace

Routes generation_routes() { return routes; }

}  // namespace godwit::imagegen
