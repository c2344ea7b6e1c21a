#include "imagegen/http/resources/resources.h"
#include "imagegen/http/services.h"
#include "imagegen/http/wire/answer.h"
#include "imagegen/http/wire/shapes.h"

namespace godwit::imagegen {
namespace {

bool is_available(const ImageModel& model, const Effective& effective) {
  switch (model.provider) {
    case ProviderKind::gemini:
    case ProviderKind::imagen:
      return !effective.gemini_api_key.value.empty();
    case ProviderKind::openai:
      return !effective.openai_api_key.value.empty();
    case ProviderKind::demo:
      break;
  }
  return true;
}

HttpResponse list(Services& services, const Call& /*call*/) {
  const Result<Effective> effective = current(services.world);
  if (!effective) return problem_answer(storage_problem(effective.error()));
  return json_answer_of([&](JsonWriter& out) {
    out.begin_object();
    out.key("models");
    out.begin_array();
    for (const ImageModel& model : services.world.catalog.models()) {
      write_model(out, model, is_available(model, *effective));
    }
    out.end_array();
    out.end_object();
  });
}

constexpr Route routes[] = {
    {.method = "GET",
     .path = "/api/models",
     .handler = &list,
     .summary = "The models that draw, what may be asked of them, and what they cost.",
     .answer = "ImageModelList"},
};

}  // namespace

Routes model_routes() { return routes; }

}  // namespace godwit::imagegen
