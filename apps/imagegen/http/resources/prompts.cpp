#include "core/signature.h"
#include "imagegen/domain/prompt_import.h"
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

constexpr std::size_t prompts_max = 10'000;
constexpr TextLimits name_limits{.least = 1, .most = prompt_name_length_max};
constexpr TextLimits content_limits{.least = 1, .most = prompt_content_length_max, .lines = true};

struct PromptChange {
  std::string name;
  std::string content;
};

Outcome<PromptChange> read_change(std::string_view body) {
  return read_body<PromptChange>(body, [](JsonMembers& in, PromptChange& change) {
    in.need("name").trimmed("name", change.name, name_limits);
    in.need("content").trimmed("content", change.content, content_limits);
  });
}

/// All prompts, or those given, which are judged by the parameters that there are now.
HttpResponse prompts_answer(Services& services, const std::vector<Prompt>& prompts) {
  const auto parameters = services.world.storage.parameters();
  if (!parameters) return problem_answer(storage_problem(parameters.error()));
  return json_answer_of([&](JsonWriter& out) {
    out.begin_object();
    out.key("prompts");
    out.begin_array();
    for (const Prompt& prompt : prompts) write_prompt(out, prompt, *parameters);
    out.end_array();
    out.end_object();
  });
}

HttpResponse prompt_answer(Services& services, const Prompt& prompt) {
  const auto parameters = services.world.storage.parameters();
  if (!parameters) return problem_answer(storage_problem(parameters.error()));
  return json_answer_of([&](JsonWriter& out) { write_prompt(out, prompt, *parameters); });
}

Prompt make_prompt(Services& services, std::string name, std::string content) {
  Prompt prompt;
  prompt.id = make_identifier("prm_", random_bytes(20));
  prompt.name = std::move(name);
  prompt.content = std::move(content);
  prompt.created = services.world.clock.now();
  prompt.updated = prompt.created;
  return prompt;
}

HttpResponse list(Services& services, const Call& /*call*/) {
  const auto prompts = services.world.storage.prompts();
  if (!prompts) return problem_answer(storage_problem(prompts.error()));
  return prompts_answer(services, *prompts);
}

HttpResponse create(Services& services, const Call& call) {
  Outcome<PromptChange> change = read_change(call.request.body);
  if (!change) return problem_answer(change.error());
  Storage& storage = services.world.storage;
  const auto existing = storage.prompts();
  if (!existing) return problem_answer(storage_problem(existing.error()));
  if (existing->size() >= prompts_max) return problem_answer(too_many("prompts", prompts_max));
  const Prompt prompt = make_prompt(services, std::move(change->name), std::move(change->content));
  if (const Result<void> done = storage.insert(prompt); !done) {
    return problem_answer(storage_problem(done.error()));
  }
  return prompt_answer(services, prompt);
}

HttpResponse change(Services& services, const Call& call) {
  Outcome<PromptChange> change = read_change(call.request.body);
  if (!change) return problem_answer(change.error());
  Storage& storage = services.world.storage;
  Result<std::optional<Prompt>> prompt = storage.prompt(call.names[0]);
  if (!prompt) return problem_answer(storage_problem(prompt.error()));
  if (!*prompt) return problem_answer(not_found("prompt", call.names[0]));
  (*prompt)->name = std::move(change->name);
  (*prompt)->content = std::move(change->content);
  (*prompt)->updated = services.world.clock.now();
  const Result<Prompt> saved = storage.update(**prompt);
  if (!saved) return problem_answer(storage_problem(saved.error()));
  return prompt_answer(services, *saved);
}

HttpResponse remove(Services& services, const Call& call) {
  if (const auto done = services.world.storage.remove_prompt(call.names[0]); !done) {
    return problem_answer(storage_problem(done.error()));
  }
  return json_answer("{}");
}

HttpResponse versions(Services& services, const Call& call) {
  Storage& storage = services.world.storage;
  const Result<std::optional<Prompt>> prompt = storage.prompt(call.names[0]);
  if (!prompt) return problem_answer(storage_problem(prompt.error()));
  if (!*prompt) return problem_answer(not_found("prompt", call.names[0]));
  const auto versions = storage.prompt_versions(call.names[0]);
  if (!versions) return problem_answer(storage_problem(versions.error()));
  return json_answer_of([&](JsonWriter& out) {
    out.begin_object();
    out.key("versions");
    out.begin_array();
    for (const PromptVersion& version : *versions) write_prompt_version(out, version);
    out.end_array();
    out.end_object();
  });
}

asio::awaitable<HttpResponse> generate(Services& services, Call call) {
  Outcome<PromptWanted> wanted =
      read_body<PromptWanted>(call.request.body, [](JsonMembers& in, PromptWanted& target) {
        in.need("idea").trimmed("idea", target.idea, {.least = 1, .most = 4'000, .lines = true});
        in.texts("parameters", target.parameters, 0, 100, {.least = 1, .most = 64});
        in.need("language").choice("language", target.language, {"ru", "en"});
      });
  if (!wanted) co_return problem_answer(wanted.error());
  const Result<Effective> effective = current(services.world);
  if (!effective) co_return problem_answer(storage_problem(effective.error()));
  const auto model = text_model(services.world, *effective);
  if (!model) co_return problem_answer(model.error());
  wanted->system_prompt = system_prompts(effective->settings).prompts;
  const Result<ProposedPrompt> proposed = co_await (*model)->propose_prompt(std::move(*wanted));
  if (!proposed) co_return problem_answer(text_model_problem(proposed.error()));
  co_return json_answer_of([&](JsonWriter& out) {
    out.begin_object();
    out.member("name", proposed->name);
    out.member("content", proposed->content);
    out.end_object();
  });
}

struct PromptImport {
  std::string format;
  std::string text;
};

/// `name`, or with a number behind it where others have that name.
std::string free_name(const std::string& name, const std::vector<Prompt>& taken) {
  const auto is_taken = [&](const std::string& candidate) {
    return std::ranges::find(taken, candidate, &Prompt::name) != taken.end();
  };
  if (!is_taken(name)) return name;
  for (std::size_t number = 2;; ++number) {
    std::string candidate = name + " " + std::to_string(number);
    if (!is_taken(candidate)) return candidate;
  }
}

HttpResponse import(Services& services, const Call& call) {
  const Outcome<PromptImport> wanted =
      read_body<PromptImport>(call.request.body, [](JsonMembers& in, PromptImport& target) {
        in.need("format").choice("format", target.format, {"csv", "text"});
        in.need("text").text("text", target.text,
                             {.least = 1, .most = import_size_max, .lines = true});
      });
  if (!wanted) return problem_answer(wanted.error());
  const PromptFormat format = wanted->format == "csv" ? PromptFormat::csv : PromptFormat::text;
  Result<std::vector<PromptRow>> rows = import_prompts(format, wanted->text);
  if (!rows) return problem_answer(invalid_member("text", rows.error().message));

  Storage& storage = services.world.storage;
  Result<std::vector<Prompt>> taken = storage.prompts();
  if (!taken) return problem_answer(storage_problem(taken.error()));
  if (taken->size() + rows->size() > prompts_max) {
    return problem_answer(too_many("prompts", prompts_max));
  }
  std::vector<Prompt> made;
  for (PromptRow& row : *rows) {
    made.push_back(make_prompt(services, free_name(row.name, *taken), std::move(row.content)));
    taken->push_back(made.back());
  }
  const Result<void> saved = storage.transaction([&]() -> Result<void> {
    for (const Prompt& prompt : made) {
      if (Result<void> done = storage.insert(prompt); !done) return done;
    }
    return {};
  });
  if (!saved) return problem_answer(storage_problem(saved.error()));
  return prompts_answer(services, made);
}

constexpr Route routes[] = {
    {.method = "GET",
     .path = "/api/prompts",
     .handler = &list,
     .summary = "All prompts, by name.",
     .answer = "PromptList"},
    {.method = "POST",
     .path = "/api/prompts",
     .access = Access::writer,
     .handler = &create,
     .summary = "Make a prompt. 409 name_taken.",
     .request = "PromptChange",
     .answer = "Prompt",
     .body_max = form_body},
    {.method = "PUT",
     .path = "/api/prompts/{id}",
     .access = Access::writer,
     .handler = &change,
     .summary = "Change a prompt; the text that was there is kept as a version.",
     .request = "PromptChange",
     .answer = "Prompt",
     .body_max = form_body},
    {.method = "DELETE",
     .path = "/api/prompts/{id}",
     .access = Access::writer,
     .handler = &remove,
     .summary = "Delete a prompt. Generations keep the text they were made with.",
     .answer = "Empty"},
    {.method = "GET",
     .path = "/api/prompts/{id}/versions",
     .handler = &versions,
     .summary = "Earlier texts of a prompt, newest first.",
     .answer = "PromptVersionList"},
    {.method = "POST",
     .path = "/api/prompts/generate",
     .access = Access::writer,
     .handler = &generate,
     .summary = "A prompt that a language model writes. Nothing is saved.",
     .request = "PromptIdea",
     .answer = "ProposedPrompt"},
    {.method = "POST",
     .path = "/api/prompts/import",
     .access = Access::writer,
     .handler = &import,
     .summary = "Make prompts of a CSV file or of lines of text: all of them, or none.",
     .request = "PromptImport",
     .answer = "PromptList",
     .body_max = large_body},
};

}  // namespace

Routes prompt_routes() { return routes; }

}  // namespace godwit::imagegen
