#include "imagegen/http/metrics.h"
#include "imagegen/http/openapi.h"
#include "imagegen/http/resources/resources.h"
#include "imagegen/http/services.h"
#include "imagegen/http/wire/answer.h"

namespace godwit::imagegen {
namespace {

HttpResponse events(Services& services, const Call& call) {
  HttpResponse response;
  response.headers = {{"Content-Type", "text/event-stream; charset=utf-8"},
                      {"Cache-Control", "no-store"},
                      // Or nginx keeps events until there are enough of them.
                      {"X-Accel-Buffering", "no"}};
  if (call.request.method == "HEAD") return response;
  response.stream = services.events.listen();
  if (response.stream) return response;
  Problem problem{.code = "too_many_pages",
                  .message = "Too many pages listen already: close some. This one goes on asking.",
                  .kind = ErrorCode::unavailable};
  return problem_answer(problem);
}

/// Alive, and the database answers.
HttpResponse healthz(Services& services, const Call& /*call*/) {
  if (const Result<std::int64_t> revision = services.world.storage.revision(); !revision) {
    return problem_answer(storage_problem(revision.error()), 503);
  }
  return text_answer("ok\n");
}

HttpResponse metrics(Services& services, const Call& /*call*/) {
  Result<std::string> text =
      metrics_text(services.world, services.diagnostics, services.events, services.counters);
  if (!text) return problem_answer(storage_problem(text.error()));
  return text_answer(std::move(*text), "text/plain; version=0.0.4; charset=utf-8");
}

HttpResponse openapi(Services& services, const Call& /*call*/) {
  return json_answer(openapi_json(services.router.groups(), services.version));
}

constexpr Route routes[] = {
    {.method = "GET",
     .path = "/api/events",
     .handler = &events,
     .summary = "Server-sent events: task (TaskResult), generation (Generation), status (Status).",
     .answer = "text/event-stream"},
    {.method = "GET",
     .path = "/healthz",
     .access = Access::anybody,
     .handler = &healthz,
     .summary = "200 while the application answers and its database can be read.",
     .answer = "text/plain"},
    {.method = "GET",
     .path = "/metrics",
     .access = Access::measurement,
     .handler = &metrics,
     .summary = "Prometheus metrics. Without a login only from the machine itself.",
     .answer = "text/plain"},
    {.method = "GET",
     .path = "/openapi.json",
     .access = Access::anybody,
     .handler = &openapi,
     .summary = "This description.",
     .answer = "application/json"},
};

}  // namespace

Routes operation_routes() { return routes; }

}  // namespace godwit::imagegen
