#include "core/signature.h"
#include "imagegen/http/resources/refusals.h"
#include "imagegen/http/resources/resources.h"
#include "imagegen/http/services.h"
#include "imagegen/http/wire/answer.h"
#include "imagegen/http/wire/json_in.h"
#include "imagegen/http/wire/requests.h"
#include "imagegen/http/wire/shapes.h"

namespace godwit::imagegen {
namespace {

constexpr std::size_t templates_max = 500;

HttpResponse list(Services& services, const Call& /*call*/) {
  const auto templates = services.world.storage.templates();
  if (!templates) return problem_answer(storage_problem(templates.error()));
  return json_answer_of([&](JsonWriter& out) {
    out.begin_object();
    out.key("templates");
    out.begin_array();
    for (const Template& form : *templates) write_template(out, form);
    out.end_array();
    out.end_object();
  });
}

HttpResponse create(Services& services, const Call& call) {
  Outcome<Template> form =
      read_body<Template>(call.request.body, [](JsonMembers& in, Template& target) {
        in.need("name").trimmed("name", target.name, {.least = 1, .most = 200});
        in.need("request").json("request", target.request_json, form_body);
        // What will be a generation's members one day is checked as they are.
        GenerationRequest ignored;
        if (auto request = in.object("request")) {
          read_generation_members(*request, ignored);
          request->end();
        }
      });
  if (!form) return problem_answer(form.error());
  Storage& storage = services.world.storage;
  const auto existing = storage.templates();
  if (!existing) return problem_answer(storage_problem(existing.error()));
  if (existing->size() >= templates_max) {
    return problem_answer(too_many("templates", templates_max));
  }
  form->id = make_identifier("tpl_", random_bytes(20));
  form->created = services.world.clock.now();
  if (const Result<void> done = storage.insert(*form); !done) {
    return problem_answer(storage_problem(done.error()));
  }
  return json_answer_of([&](JsonWriter& out) { write_template(out, *form); });
}

HttpResponse remove(Services& services, const Call& call) {
  if (const auto done = services.world.storage.remove_template(call.names[0]); !done) {
    return problem_answer(storage_problem(done.error()));
  }
  return json_answer("{}");
}

constexpr Route routes[] = {
    {.method = "GET",
     .path = "/api/templates",
     .handler = &list,
     .summary = "Named fillings of the form that makes generations.",
     .answer = "TemplateList"},
    {.method = "POST",
     .path = "/api/templates",
     .access = Access::writer,
     .handler = &create,
     .summary = "Keep a filling. 409 name_taken.",
     .request = "TemplateChange",
     .answer = "Template",
     .body_max = large_body},
    {.method = "DELETE",
     .path = "/api/templates/{id}",
     .access = Access::writer,
     .handler = &remove,
     .summary = "Delete a filling.",
     .answer = "Empty"},
};

}  // namespace

Routes template_routes() { return routes; }

}  // namespace godwit::imagegen
