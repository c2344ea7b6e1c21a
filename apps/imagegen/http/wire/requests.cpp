#include "imagegen/http/wire/requests.h"

#include "imagegen/domain/prompt_import.h"
#include "imagegen/http/wire/iso_time.h"

namespace godwit::imagegen {
namespace {

constexpr int images_per_variant_max = 10;
constexpr int retries_max = 100;
constexpr std::int64_t seed_max = 4'294'967'295;

}  // namespace

void read_generation_members(JsonMembers& in, GenerationRequest& request) {
  GenerationOptions& options = request.options;
  const TextLimits word{.least = 0, .most = 100};
  in.trimmed("name", request.name, {.least = 0, .most = 200});
  if (!in.is_null("promptId")) in.text("promptId", request.prompt_id, word);
  in.texts("prompts", request.prompts, 1, GenerationRequest::prompts_max,
           {.least = 1, .most = prompt_content_length_max, .lines = true});
  in.integer("rateLimit", options.rate_limit, 1, GenerationOptions::rate_limit_max);
  in.text("model", options.model, {.least = 1, .most = 200});
  in.text("aspectRatio", options.aspect_ratio, word);
  in.text("size", options.size, word);
  in.text("quality", options.quality, word);
  in.integer("imagesPerVariant", options.images_per_variant, 1, images_per_variant_max);
  std::string policy;
  if (in.choice("seedPolicy", policy, {"none", "fixed", "increment"})) {
    options.seed_policy = *parse_seed_policy(policy);
  }
  if (!in.is_null("seed")) in.integer("seed", options.seed, 0, seed_max);
  in.trimmed("negativePrompt", options.negative_prompt,
             {.least = 0, .most = prompt_content_length_max, .lines = true});
  in.trimmed("style", options.style,
             {.least = 0, .most = prompt_content_length_max, .lines = true});
  in.integer("retries", options.retries, 0, retries_max);
  std::string start;
  if (!in.is_null("startAt") && in.text("startAt", start, {.least = 1, .most = 50})) {
    request.start_at = parse_iso_time(start);
    if (!request.start_at) {
      in.refuse("startAt", "startAt must be a time like 2026-11-24T10:15:00Z.");
    }
  }
}

namespace {

/// What tells which images are wanted, and how fast.
void read_plan(JsonMembers& in, GenerationRequest& request) {
  in.need("rateLimit").need("model");
  read_generation_members(in, request);
  if (!in.failed() && request.prompt_id.empty() == request.prompts.empty()) {
    in.refuse(request.prompt_id.empty() ? "promptId" : "prompts",
              "Give promptId or prompts, one of the two.");
  }
}

}  // namespace

Outcome<GenerationRequest> read_generation_request(std::string_view body,
                                                   const GenerationOptions& defaults) {
  return read_body<GenerationRequest>(body, [&](JsonMembers& in, GenerationRequest& request) {
    request.options = defaults;
    in.need("name");
    read_plan(in, request);
    if (request.name.empty()) in.refuse("name", "name is empty: write something into it.");
  });
}

Outcome<GenerationRequest> read_preview_request(std::string_view body,
                                                const GenerationOptions& defaults) {
  return read_body<GenerationRequest>(body, [&](JsonMembers& in, GenerationRequest& request) {
    request.options = defaults;
    read_plan(in, request);
  });
}

}  // namespace godwit::imagegen
