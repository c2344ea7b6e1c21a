#include <algorithm>
#include <charconv>

#include "core/signature.h"
#include "imagegen/http/resources/resources.h"
#include "imagegen/http/services.h"
#include "imagegen/http/wire/answer.h"
#include "imagegen/http/wire/shapes.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

// With debug=1 each of these asks the broker.
constexpr std::size_t debugged_tasks_max = 20;
constexpr std::size_t named_tasks_max = 2'000;

/// When to ask again: soon while something is made, at the next due time otherwise, rarely when
/// nothing can change by itself.
std::int64_t poll_after(const GenerationView& view, std::optional<Timestamp> next_due,
                        Timestamp now) {
  constexpr std::int64_t soon = 1'000;
  constexpr std::int64_t usual = 5'000;
  constexpr std::int64_t rarely = 15'000;
  switch (view.generation.state) {
    case GenerationState::sending:
      return soon;
    case GenerationState::running:
      if (view.summary.processing > 0) return soon;
      if (!next_due) return usual;
      // A moment later, so that there is something to see.
      return std::clamp<std::int64_t>((*next_due - now).count() + soon / 2, soon, usual);
    default:
      return view.summary.processing > 0 ? soon : rarely;
  }
}

/// What a client saw last; 0: nothing. A cursor from the future is of another database.
Outcome<std::int64_t> read_cursor(const QueryString& query, std::int64_t revision) {
  const std::string since = query.text("since");
  if (since.empty()) return 0;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(since.data(), since.data() + since.size(), value);
  if (error != std::errc() || end != since.data() + since.size() || value < 0) {
    return std::unexpected(invalid_member(
        "since", "since must be a cursor of an earlier answer; leave it out to get everything."));
  }
  return value <= revision ? value : 0;
}

std::optional<Timestamp> next_due_of(const std::vector<Task>& tasks) {
  std::optional<Timestamp> next;
  for (const Task& task : tasks) {
    if (task.status == TaskStatus::pending && task.due && (!next || *task.due < *next)) {
      next = task.due;
    }
  }
  return next;
}

asio::awaitable<HttpResponse> get(Services& services, Call call) {
  const std::string generation_id = call.query.text("generationId");
  if (generation_id.empty()) {
    co_return problem_answer(
        invalid_member("generationId", "generationId is missing: say whose results you want."));
  }
  const Outcome<bool> debug = call.query.flag("debug");
  if (!debug) co_return problem_answer(debug.error());
  const Outcome<GenerationView> view = services.generations.view(generation_id);
  if (!view) co_return problem_answer(view.error());

  // The cursor before the tasks: what changes later is greater.
  Storage& storage = services.world.storage;
  const Result<std::int64_t> revision = storage.revision();
  if (!revision) co_return problem_answer(storage_problem(revision.error()));
  const Outcome<std::int64_t> since = read_cursor(call.query, *revision);
  if (!since) co_return problem_answer(since.error());
  TaskFilter filter;
  filter.limit = GenerationRequest::tasks_max;
  filter.ids = call.query.list("taskIds");
  if (filter.ids.size() > named_tasks_max) {
    co_return problem_answer(invalid_member("taskIds", "taskIds may name 2000 tasks at most."));
  }
  if (*since > 0) filter.after_revision = *since;
  const Result<std::vector<Task>> tasks = storage.tasks(generation_id, filter);
  if (!tasks) co_return problem_answer(storage_problem(tasks.error()));
  TaskFilter pending_filter;
  pending_filter.status = TaskStatus::pending;
  pending_filter.limit = 100;  // By index: the earliest due are among the first.
  const Result<std::vector<Task>> pending = storage.tasks(generation_id, pending_filter);
  if (!pending) co_return problem_answer(storage_problem(pending.error()));

  std::string body;
  JsonWriter out(body);
  out.begin_object();
  out.key("results");
  out.begin_object();
  for (const Task& task : *tasks) {
    out.foreign_key(task.id);
    write_task_result(out, task);
  }
  out.end_object();
  out.key("summary");
  write_summary(out, view->summary);
  out.member("state", to_string(view->generation.state));
  out.key("sending");
  write_sending(out, view->sending);
  out.key("eta");
  write_eta(out, view->eta);
  write_problem_or_null(out, "problem", view->generation.problem);
  if (*debug) {
    out.key("debug");
    out.begin_object();
    std::size_t shown = 0;
    for (const Task& task : *tasks) {
      if (is_final(task.status) || shown == debugged_tasks_max) continue;
      ++shown;
      const Outcome<TaskDebug> found = co_await services.diagnostics.debug(task.id);
      if (!found) continue;  // Deleted meanwhile.
      out.foreign_key(task.id);
      write_task_debug(out, *found);
    }
    out.end_object();
  }
  out.member("cursor", std::to_string(*revision));

  // Equal but for the advice, which is another one each time, is unchanged. The cursor is in: who
  // gets 304 has the newest one.
  constexpr std::size_t etag_length = 32;
  const std::string etag = "\"" + hex_encode(sha256(body)).substr(0, etag_length) + "\"";
  out.member("pollAfterMs", poll_after(*view, next_due_of(*pending), services.world.clock.now()));
  out.end_object();

  const std::string* const known = find_header(call.request.headers, "If-None-Match");
  HttpResponse response;
  if (known != nullptr && known->find(etag) != std::string::npos) {
    response.status = 304;
  } else {
    response = json_answer(std::move(body));
    std::erase_if(response.headers, [](const Header& h) { return h.name == "Cache-Control"; });
  }
  response.headers.push_back({"ETag", etag});
  response.headers.push_back({"Cache-Control", "private, no-cache"});
  co_return response;
}

asio::awaitable<HttpResponse> take_result(Services& services, Call call) {
  co_return co_await services.processing.take_result(std::move(call.request));
}

asio::awaitable<HttpResponse> process(Services& services, Call call) {
  HttpResponse response = co_await services.processing.process(std::move(call.request));
  count_webhook_call(services.counters, response.status, response.body);
  co_return response;
}

constexpr Route routes[] = {
    {.method = "GET",
     .path = "/api/task-results",
     .handler = &get,
     .summary = "Results of a generation, or what changed since a cursor. Reading deletes nothing.",
     .answer = "TaskResults",
     .query = "generationId,taskIds,since,debug"},
    {.method = "POST",
     .path = "/api/task-results",
     .access = Access::broker,
     .handler = &take_result,
     .summary = "For the broker: callbacks and failure callbacks, signed.",
     .request = "Callback",
     .answer = "Taken",
     .body_max = large_body},
    {.method = "POST",
     .path = "/api/process-generation-task",
     .access = Access::broker,
     .handler = &process,
     .summary = "For the broker: make the image of one task. Signed.",
     .request = "TaskMessage",
     .answer = "Processed"},
};

}  // namespace

Routes task_result_routes() { return routes; }

}  // namespace godwit::imagegen
