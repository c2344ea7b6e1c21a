#include "imagegen/http/resources/resources.h"
#include "imagegen/http/services.h"
#include "imagegen/http/wire/answer.h"
#include "imagegen/http/wire/shapes.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

asio::awaitable<HttpResponse> diagnosis_answer(Services& services) {
  const Outcome<Diagnosis> diagnosis = co_await services.diagnostics.diagnose();
  if (!diagnosis) co_return problem_answer(diagnosis.error());
  co_return json_answer_of([&](JsonWriter& out) {
    write_diagnosis(out, *diagnosis, services.diagnostics.state().console_url);
  });
}

asio::awaitable<HttpResponse> get(Services& services, Call /*call*/) {
  co_return co_await diagnosis_answer(services);
}

asio::awaitable<HttpResponse> report(Services& services, Call /*call*/) {
  Outcome<std::string> text = co_await services.diagnostics.report();
  if (!text) co_return problem_answer(text.error());
  co_return text_answer(std::move(*text));
}

/// Compares every generation that is under way with the broker, and looks again.
asio::awaitable<HttpResponse> reconcile(Services& services, Call /*call*/) {
  const auto generations = services.world.storage.generations();
  if (!generations) co_return problem_answer(storage_problem(generations.error()));
  for (const Generation& generation : *generations) {
    const bool under_way = generation.state == GenerationState::sending ||
                           generation.state == GenerationState::running ||
                           generation.state == GenerationState::paused;
    if (!under_way) continue;
    const auto reconciled = co_await services.generations.reconcile(generation.id);
    if (!reconciled && reconciled.error().kind != ErrorCode::not_found) {
      co_return problem_answer(reconciled.error());
    }
  }
  co_return co_await diagnosis_answer(services);
}

constexpr Route routes[] = {
    {.method = "GET",
     .path = "/api/diagnostics",
     .handler = &get,
     .summary = "Runs the checks: token, broker, callback, keys, clock, what hangs and why.",
     .answer = "Diagnostics"},
    {.method = "GET",
     .path = "/api/diagnostics/report",
     .handler = &report,
     .summary = "The same as a text without secrets and prompts.",
     .answer = "text/plain"},
    {.method = "POST",
     .path = "/api/diagnostics/reconcile",
     .access = Access::writer,
     .handler = &reconcile,
     .summary = "Compares all generations under way with the broker, then runs the checks.",
     .request = "Empty",
     .answer = "Diagnostics"},
};

}  // namespace

Routes diagnostics_routes() { return routes; }

}  // namespace godwit::imagegen
