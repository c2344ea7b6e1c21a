#include "imagegen/http/resources/resources.h"
#include "imagegen/http/services.h"
#include "imagegen/http/wire/answer.h"
#include "imagegen/http/wire/shapes.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

HttpResponse task_answer(Services& services, const Outcome<Task>& task) {
  if (!task) return problem_answer(task.error());
  return json_answer_of(
      [&](JsonWriter& out) { write_task(out, *task, services.diagnostics.state().console_url); });
}

HttpResponse retry(Services& services, const Call& call) {
  return task_answer(services, services.generations.retry_task(call.names[0]));
}

asio::awaitable<HttpResponse> cancel(Services& services, Call call) {
  co_return task_answer(services, co_await services.generations.cancel_task(call.names[0]));
}

HttpResponse mark_failed(Services& services, const Call& call) {
  return task_answer(services, services.generations.fail_task(call.names[0]));
}

asio::awaitable<HttpResponse> remove(Services& services, Call call) {
  const Outcome<void> removed = co_await services.generations.remove_task(call.names[0]);
  if (!removed) co_return problem_answer(removed.error());
  co_return json_answer("{}");
}

constexpr Route routes[] = {
    {.method = "POST",
     .path = "/api/tasks/{id}/retry",
     .access = Access::writer,
     .handler = &retry,
     .summary = "Make a failed or canceled task pending again, and send it.",
     .request = "Empty",
     .answer = "Task"},
    {.method = "POST",
     .path = "/api/tasks/{id}/cancel",
     .access = Access::writer,
     .handler = &cancel,
     .summary = "Cancel a task that is not done.",
     .request = "Empty",
     .answer = "Task"},
    {.method = "POST",
     .path = "/api/tasks/{id}/fail",
     .access = Access::writer,
     .handler = &mark_failed,
     .summary = "Mark a task that hangs as failed.",
     .request = "Empty",
     .answer = "Task"},
    {.method = "DELETE",
     .path = "/api/tasks/{id}",
     .access = Access::writer,
     .handler = &remove,
     .summary = "Remove a task and its image. 409 task_processing.",
     .answer = "Empty"},
};

}  // namespace

Routes task_routes() { return routes; }

}  // namespace godwit::imagegen
