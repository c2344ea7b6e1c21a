#include <algorithm>
#include <set>

#include "core/signature.h"
#include "imagegen/domain/prompt_template.h"
#include "imagegen/http/resources/refusals.h"
#include "imagegen/http/resources/resources.h"
#include "imagegen/http/services.h"
#include "imagegen/http/system_prompts.h"
#include "imagegen/http/wire/answer.h"
#include "imagegen/http/wire/json_in.h"
#include "imagegen/http/wire/shapes.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

constexpr std::size_t parameters_max = 1'000;
constexpr std::size_t values_max = 1'000;
constexpr TextLimits name_limits{.least = 1, .most = 64};
constexpr TextLimits value_limits{.least = 1, .most = 500};

struct ParameterChange {
  std::string name;
  std::vector<std::string> values;
};

void drop_duplicates(std::vector<std::string>& values) {
  std::set<std::string> seen;
  std::erase_if(values, [&](const std::string& value) { return !seen.insert(value).second; });
}

Outcome<ParameterChange> read_change(std::string_view body) {
  return read_body<ParameterChange>(body, [](JsonMembers& in, ParameterChange& change) {
    in.need("name").trimmed("name", change.name, name_limits);
    in.need("values").texts("values", change.values, 1, values_max, value_limits);
    if (in.failed()) return;
    if (const Result<void> valid = check_parameter_name(change.name); !valid) {
      in.refuse("name", valid.error().message);
    }
    drop_duplicates(change.values);
  });
}

HttpResponse parameter_answer(const Parameter& parameter) {
  return json_answer_of([&](JsonWriter& out) { write_parameter(out, parameter); });
}

HttpResponse list(Services& services, const Call& /*call*/) {
  const auto parameters = services.world.storage.parameters();
  if (!parameters) return problem_answer(storage_problem(parameters.error()));
  return json_answer_of([&](JsonWriter& out) {
    out.begin_object();
    out.key("parameters");
    out.begin_array();
    for (const Parameter& parameter : *parameters) write_parameter(out, parameter);
    out.end_array();
    out.end_object();
  });
}

HttpResponse create(Services& services, const Call& call) {
  Outcome<ParameterChange> change = read_change(call.request.body);
  if (!change) return problem_answer(change.error());
  Storage& storage = services.world.storage;
  const auto existing = storage.parameters();
  if (!existing) return problem_answer(storage_problem(existing.error()));
  if (existing->size() >= parameters_max)
    return problem_answer(too_many("parameters", parameters_max));
  Parameter parameter;
  parameter.id = make_identifier("par_", random_bytes(20));
  parameter.name = std::move(change->name);
  parameter.values = std::move(change->values);
  parameter.created = services.world.clock.now();
  parameter.updated = parameter.created;
  if (const Result<void> done = storage.insert(parameter); !done) {
    return problem_answer(storage_problem(done.error()));
  }
  return parameter_answer(parameter);
}

HttpResponse change(Services& services, const Call& call) {
  Outcome<ParameterChange> change = read_change(call.request.body);
  if (!change) return problem_answer(change.error());
  Storage& storage = services.world.storage;
  Result<std::optional<Parameter>> parameter = storage.parameter(call.names[0]);
  if (!parameter) return problem_answer(storage_problem(parameter.error()));
  if (!*parameter) return problem_answer(not_found("parameter", call.names[0]));
  (*parameter)->name = std::move(change->name);
  (*parameter)->values = std::move(change->values);
  (*parameter)->updated = services.world.clock.now();
  if (const Result<void> done = storage.update(**parameter); !done) {
    return problem_answer(storage_problem(done.error()));
  }
  return parameter_answer(**parameter);
}

HttpResponse remove(Services& services, const Call& call) {
  if (const auto done = services.world.storage.remove_parameter(call.names[0]); !done) {
    return problem_answer(storage_problem(done.error()));
  }
  return json_answer("{}");
}

asio::awaitable<HttpResponse> generate(Services& services, Call call) {
  Outcome<ValuesWanted> wanted =
      read_body<ValuesWanted>(call.request.body, [](JsonMembers& in, ValuesWanted& target) {
        in.need("name").trimmed("name", target.name, name_limits);
        in.trimmed("topic", target.topic, {.least = 0, .most = 2'000, .lines = true});
        in.need("count").integer("count", target.count, 1, 100);
        in.need("language").choice("language", target.language, {"ru", "en"});
        in.texts("existing", target.existing, 0, values_max, value_limits);
      });
  if (!wanted) co_return problem_answer(wanted.error());
  const Result<Effective> effective = current(services.world);
  if (!effective) co_return problem_answer(storage_problem(effective.error()));
  const auto model = text_model(services.world, *effective);
  if (!model) co_return problem_answer(model.error());
  wanted->system_prompt = system_prompts(effective->settings).parameters;
  const Result<std::vector<std::string>> values =
      co_await (*model)->propose_values(std::move(*wanted));
  if (!values) co_return problem_answer(text_model_problem(values.error()));
  co_return json_answer_of([&](JsonWriter& out) {
    out.begin_object();
    out.key("values");
    out.begin_array();
    for (const std::string& value : *values) out.string(value);
    out.end_array();
    out.end_object();
  });
}

constexpr Route routes[] = {
    {.method = "GET",
     .path = "/api/parameters",
     .handler = &list,
     .summary = "All parameters, by name.",
     .answer = "ParameterList"},
    {.method = "POST",
     .path = "/api/parameters",
     .access = Access::writer,
     .handler = &create,
     .summary = "Make a parameter. 409 name_taken.",
     .request = "ParameterChange",
     .answer = "Parameter",
     .body_max = large_body},
    {.method = "PUT",
     .path = "/api/parameters/{id}",
     .access = Access::writer,
     .handler = &change,
     .summary = "Change a parameter. Generations that exist keep the values they were made with.",
     .request = "ParameterChange",
     .answer = "Parameter",
     .body_max = large_body},
    {.method = "DELETE",
     .path = "/api/parameters/{id}",
     .access = Access::writer,
     .handler = &remove,
     .summary = "Delete a parameter.",
     .answer = "Empty"},
    {.method = "POST",
     .path = "/api/parameters/generate",
     .access = Access::writer,
     .handler = &generate,
     .summary = "Values that a language model proposes. Nothing is saved.",
     .request = "ValuesRequest",
     .answer = "ProposedValues",
     .body_max = large_body},
};

}  // namespace

Routes parameter_routes() { return routes; }

}  // namespace godwit::imagegen
