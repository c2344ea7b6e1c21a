#include "imagegen/generations/making.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "core/signature.h"
#include "imagegen/domain/planning.h"
#include "imagegen/domain/prompt_template.h"
#include "imagegen/domain/unicode.h"
#include "imagegen/generations/problems.h"
#include "imagegen/generations/records.h"

namespace godwit::imagegen {
namespace {

constexpr std::size_t name_length_max = 200;
constexpr std::size_t prompt_size_max = 20'000;
constexpr std::size_t text_size_max = 5'000;
constexpr int images_per_variant_max = 10;
constexpr int retries_max = 100;
constexpr std::size_t sample_size = 20;
constexpr std::uint64_t many_images = 200;
constexpr std::chrono::hours long_plan{24};
/// QStash: the longest delay of its free plan.
constexpr std::chrono::hours hosted_delay_max{7 * 24};

Problem name_problem(std::string message) { return invalid("name", std::move(message)); }

std::optional<Problem> check_option(std::string_view field, const std::string& value,
                                    const std::vector<std::string>& known) {
  if (value.empty() || known.empty() || std::ranges::find(known, value) != known.end()) {
    return std::nullopt;
  }
  std::string choices;
  for (const std::string& each : known) choices += (choices.empty() ? "" : ", ") + each;
  return invalid(field, "The model does not have it; choose one of " + choices + ".");
}

std::optional<Problem> check_options(const World& world, const Effective& effective,
                                     const GenerationOptions& options) {
  if (options.rate_limit < 1 || options.rate_limit > GenerationOptions::rate_limit_max) {
    return invalid("rateLimit", "The limit must be from 1 to 3600 images an hour.");
  }
  if (options.images_per_variant < 1 || options.images_per_variant > images_per_variant_max) {
    return invalid("imagesPerVariant", "Images per variant must be from 1 to 10.");
  }
  if (options.retries < 0 || options.retries > retries_max) {
    return invalid("retries", "Retries must be from 0 to 100.");
  }
  if (options.style.size() > text_size_max) {
    return invalid("style", "The style must not be longer than 5,000 bytes.");
  }
  if (options.negative_prompt.size() > text_size_max) {
    return invalid("negativePrompt", "The negative prompt must not be longer than 5,000 bytes.");
  }
  const ImageModel* model = world.catalog.find(options.model);
  if (model == nullptr) {
    // Names newer than the catalog are believed, where there is somebody to ask.
    if (options.model.empty() || effective.provider == ProviderKind::demo) {
      return model_unknown(options.model);
    }
    return std::nullopt;
  }
  if (auto problem = check_option("aspectRatio", options.aspect_ratio, model->aspect_ratios)) {
    return problem;
  }
  if (auto problem = check_option("size", options.size, model->sizes)) return problem;
  return check_option("quality", options.quality, model->qualities);
}

/// The prompts of the request, with the parameters that they use as they are now.
struct Material {
  std::vector<std::string> prompts;
  std::vector<Parameter> parameters;
  std::vector<std::string> unknown;
  std::uint64_t variants = 0;
};

Outcome<std::vector<std::string>> prompts_of(World& world, const GenerationRequest& request) {
  if (request.prompt_id.empty() == request.prompts.empty()) {
    return std::unexpected(invalid("promptId", "Choose a prompt, or write one."));
  }
  if (!request.prompt_id.empty()) {
    Result<std::optional<Prompt>> prompt = world.storage.prompt(request.prompt_id);
    if (!prompt) return std::unexpected(of_storage(prompt.error()));
    if (!*prompt) {
      return std::unexpected(
          invalid("promptId", "This prompt does not exist any more; choose another one."));
    }
    return std::vector<std::string>{std::move((*prompt)->content)};
  }
  if (request.prompts.size() > GenerationRequest::prompts_max) {
    return std::unexpected(invalid("prompts", "There may be at most 1,000 prompts."));
  }
  for (const std::string& prompt : request.prompts) {
    if (prompt.find_first_not_of(" \t\r\n") == std::string::npos) {
      return std::unexpected(invalid("prompts", "A prompt is empty; write one or remove it."));
    }
    if (prompt.size() > prompt_size_max) {
      return std::unexpected(invalid("prompts", "A prompt is longer than 20,000 bytes."));
    }
  }
  return request.prompts;
}

Outcome<Material> material_of(World& world, const GenerationRequest& request) {
  Outcome<std::vector<std::string>> prompts = prompts_of(world, request);
  if (!prompts) return std::unexpected(prompts.error());
  Result<std::vector<Parameter>> parameters = world.storage.parameters();
  if (!parameters) return std::unexpected(of_storage(parameters.error()));
  Material material;
  material.prompts = std::move(*prompts);
  std::set<std::string, std::less<>> seen;
  for (const std::string& prompt : material.prompts) {
    for (std::string& name : parameters_of(prompt)) {
      if (!seen.insert(name).second) continue;
      const auto known = std::ranges::find(*parameters, name, &Parameter::name);
      if (known == parameters->end() || known->values.empty()) {
        material.unknown.push_back(std::move(name));
      } else {
        material.parameters.push_back(*known);
      }
    }
  }
  for (const std::string& prompt : material.prompts) {
    material.variants = std::min(variants_count_max,
                                 material.variants + count_variants(prompt, material.parameters));
  }
  return material;
}

std::string with_style(std::string prompt, const std::string& style) {
  if (!style.empty()) prompt += ", " + style;
  return prompt;
}

Problem unknown_parameter(const std::string& name) {
  return {
      .code = "unknown_parameter",
      .message = "There is no parameter " + name + " with values; make it or correct the prompt.",
      .field = "prompts",
      .params = {{"name", name}},
      .kind = ErrorCode::invalid_argument};
}

std::string hours_of(std::chrono::seconds time) {
  return std::to_string(std::chrono::ceil<std::chrono::hours>(time).count());
}

std::vector<Problem> warnings_of(const World& world, const Effective& effective,
                                 const GenerationRequest& request, std::uint64_t tasks,
                                 std::chrono::seconds duration) {
  std::vector<Problem> warnings;
  const std::string n = std::to_string(tasks);
  const std::string rate = std::to_string(request.options.rate_limit);
  if (tasks > many_images) {
    warnings.push_back({.code = "many_images",
                        .message = "This makes " + n + " images; check number and cost.",
                        .params = {{"n", n}}});
  }
  if (duration > long_plan) {
    warnings.push_back({.code = "long_plan",
                        .message = "With " + rate + " images an hour, " + n + " images take " +
                                   hours_of(duration) + " hours.",
                        .field = "rateLimit",
                        .params = {{"rate", rate},
                                   {"n", n},
                                   {"hours", hours_of(duration)},
                                   {"seconds", std::to_string(duration.count())}}});
  }
  if (is_hosted(effective) && duration > hosted_delay_max) {
    warnings.push_back({.code = "delay_too_long",
                        .message = "QStash keeps messages for at most 7 days in its free plan; "
                                   "raise the limit or make several generations.",
                        .field = "rateLimit",
                        .params = {{"days", "7"}}});
  }
  const ImageModel* model = world.catalog.find(request.options.model);
  if (model != nullptr && !model->gone_since.empty()) {
    warnings.push_back({.code = "model_gone",
                        .message = "The model " + model->id +
                                   " was switched off by its provider on " + model->gone_since +
                                   "; take " + model->replacement + ".",
                        .field = "model",
                        .params = {{"model", model->id},
                                   {"since", model->gone_since},
                                   {"replacement", model->replacement}}});
  }
  if (!effective.qstash_token.value.empty() && webhook_is_unreachable(effective)) {
    warnings.push_back(webhook_unreachable(effective));
  }
  return warnings;
}

std::uint64_t images_of(const Material& material, const GenerationOptions& options) {
  return material.variants * static_cast<std::uint64_t>(options.images_per_variant);
}

Problem too_many(std::uint64_t tasks) {
  return {.code = "too_many_tasks",
          .message = "This makes " + std::to_string(tasks) +
                     " images; a generation may have at most 20,000. Use fewer values or prompts.",
          .field = "prompts",
          .params = {{"n", std::to_string(tasks)},
                     {"max", std::to_string(GenerationRequest::tasks_max)}},
          .kind = ErrorCode::invalid_argument};
}

std::optional<std::int64_t> seed_of(const GenerationOptions& options, std::size_t index) {
  switch (options.seed_policy) {
    case SeedPolicy::none:
      return std::nullopt;
    case SeedPolicy::fixed:
      return options.seed;
    case SeedPolicy::increment: {
      // Beyond the largest one it begins again, as seeds do.
      const auto sum = static_cast<std::uint64_t>(options.seed) + index;
      return static_cast<std::int64_t>(
          sum & static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
    }
  }
  return std::nullopt;
}

std::string new_id(std::string_view prefix) { return make_identifier(prefix, random_bytes(20)); }

/// Calls `visit(prompt, variant)` for each variant, in order, until it returns false.
template <typename Visit>
void for_each_variant(const Material& material, Visit visit) {
  for (const std::string& prompt : material.prompts) {
    const std::uint64_t count = count_variants(prompt, material.parameters);
    for (std::uint64_t number = 0; number < count; ++number) {
      if (!visit(prompt, variant_at(prompt, material.parameters, number))) return;
    }
  }
}

/// A task for each image, in order of prompts, variants, images.
void fill_tasks(Made& made, const Material& material, std::uint64_t count) {
  const Generation& generation = made.generation;
  const GenerationOptions& options = generation.options;
  made.tasks.reserve(count);
  for_each_variant(material, [&](const std::string& prompt, const Variant& variant) {
    for (int image = 0; image < options.images_per_variant; ++image) {
      Task task;
      task.id = new_id("tsk_");
      task.generation_id = generation.id;
      task.index = static_cast<int>(made.tasks.size());
      task.variant = variant;
      task.prompt = with_style(resolve(prompt, variant), options.style);
      task.seed = seed_of(options, made.tasks.size());
      task.attempts_max = options.retries + 1;
      task.created = generation.created;
      made.tasks.push_back(std::move(task));
    }
    return true;
  });
}

}  // namespace

Outcome<Preview> preview_of(World& world, const GenerationRequest& request) {
  const Result<Effective> effective = current(world);
  if (!effective) return std::unexpected(of_storage(effective.error()));
  if (auto problem = check_options(world, *effective, request.options)) {
    return std::unexpected(std::move(*problem));
  }
  Outcome<Material> material = material_of(world, request);
  if (!material) return std::unexpected(material.error());

  Preview preview;
  preview.unknown_parameters = material->unknown;
  preview.variants = material->variants;
  preview.tasks = images_of(*material, request.options);
  for_each_variant(*material, [&](const std::string& prompt, Variant variant) {
    std::string resolved = with_style(resolve(prompt, variant), request.options.style);
    preview.sample.push_back({.prompt = std::move(resolved), .variant = std::move(variant)});
    return preview.sample.size() < sample_size;
  });
  const auto last = static_cast<std::int64_t>(std::max<std::uint64_t>(1, preview.tasks)) - 1;
  const std::chrono::seconds duration = delay_of(last, request.options.rate_limit);
  ImageModel model;
  model.provider = effective->provider;
  if (const ImageModel* known = world.catalog.find(request.options.model)) {
    model = *known;
    preview.cost_microusd =
        world.catalog.price_microusd(model, request.options.size, request.options.quality) *
        static_cast<std::int64_t>(std::min(preview.tasks, GenerationRequest::tasks_max));
  }
  const Result<std::optional<Timestamp>> slot =
      world.storage.last_slot(limit_key(*effective, model));
  if (!slot) return std::unexpected(of_storage(slot.error()));
  preview.last_due = first_slot(world.clock.now(), *slot, request.options.rate_limit) + duration;
  preview.warnings = warnings_of(world, *effective, request, preview.tasks, duration);
  if (preview.tasks > GenerationRequest::tasks_max) {
    preview.warnings.push_back(too_many(preview.tasks));
  }
  return preview;
}

Outcome<Made> make_generation(World& world, const GenerationRequest& request) {
  if (request.name.find_first_not_of(" \t\r\n") == std::string::npos) {
    return std::unexpected(name_problem("The generation needs a name."));
  }
  if (count_characters(request.name) > name_length_max) {
    return std::unexpected(name_problem("The name must not be longer than 200 characters."));
  }
  const Result<Effective> effective = current(world);
  if (!effective) return std::unexpected(of_storage(effective.error()));
  if (auto problem = check_options(world, *effective, request.options)) {
    return std::unexpected(std::move(*problem));
  }
  Outcome<Material> material = material_of(world, request);
  if (!material) return std::unexpected(material.error());
  if (!material->unknown.empty()) {
    return std::unexpected(unknown_parameter(material->unknown.front()));
  }
  const std::uint64_t count = images_of(*material, request.options);
  if (count > GenerationRequest::tasks_max) return std::unexpected(too_many(count));

  Made made;
  Generation& generation = made.generation;
  generation.id = new_id("gen_");
  generation.name = request.name;
  generation.prompt_id = request.prompt_id;
  generation.options = request.options;
  generation.created = world.clock.now();
  if (request.start_at) {
    generation.start_at = request.start_at;
    generation.state = GenerationState::scheduled;
  }
  fill_tasks(made, *material, count);
  generation.prompts = std::move(material->prompts);
  generation.parameters = std::move(material->parameters);
  return made;
}

Made copy_generation(World& world, const Generation& original, std::string_view name) {
  Made made;
  Generation& generation = made.generation;
  generation.id = new_id("gen_");
  generation.name = name.empty() ? original.name + " 2" : std::string(name);
  generation.prompt_id = original.prompt_id;
  generation.prompts = original.prompts;
  generation.parameters = original.parameters;
  generation.options = original.options;
  generation.created = world.clock.now();
  Material material;
  material.prompts = original.prompts;
  material.parameters = original.parameters;
  fill_tasks(made, material, 0);
  return made;
}

}  // namespace godwit::imagegen
