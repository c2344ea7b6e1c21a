#include "imagegen/http/resources/resources.h"
#include "imagegen/http/services.h"
#include "imagegen/http/wire/answer.h"

namespace godwit::imagegen {
namespace {

HttpResponse get_status(Services& services, const Call& /*call*/) {
  Result<std::string> status = services.status.json();
  if (!status) return problem_answer(storage_problem(status.error()));
  return json_answer(std::move(*status));
}

constexpr Route routes[] = {
    {.method = "GET",
     .path = "/api/status",
     .handler = &get_status,
     .summary = "How everything is: broker, keys, tasks, what runs. Answered from memory.",
     .answer = "Status"},
};

}  // namespace

Routes status_routes() { return routes; }

}  // namespace godwit::imagegen
