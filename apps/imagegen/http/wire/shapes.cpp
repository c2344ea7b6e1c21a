#include "imagegen/http/wire/shapes.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/assert.h"
#include "imagegen/domain/prompt_template.h"
#include "imagegen/http/wire/answer.h"
#include "imagegen/http/wire/iso_time.h"

namespace godwit::imagegen {
namespace {

void write_null(JsonWriter& out, std::string_view name) {
  out.key(name);
  out.raw("null");
}

void write_time(JsonWriter& out, std::string_view name, Timestamp time) {
  out.member(name, iso_time(time));
}

template <typename T>
void write_integer_or_null(JsonWriter& out, std::string_view name, const std::optional<T>& value) {
  if (value) {
    out.member(name, *value);
  } else {
    write_null(out, name);
  }
}

void write_duration_or_null(JsonWriter& out, std::string_view name,
                            const std::optional<Milliseconds>& value) {
  if (value) {
    out.member(name, value->count());
  } else {
    write_null(out, name);
  }
}

template <typename Texts>
void write_texts(JsonWriter& out, std::string_view name, const Texts& texts) {
  out.key(name);
  out.begin_array();
  for (const auto& text : texts) out.string(text);
  out.end_array();
}

void write_task_error(JsonWriter& out, const std::optional<TaskError>& error) {
  if (!error) {
    write_null(out, "error");
    return;
  }
  out.key("error");
  out.begin_object();
  out.member("code", error->code);
  out.member("message", error->message);
  out.member("detail", error->detail);
  if (error->http_status == 0) {
    write_null(out, "httpStatus");
  } else {
    out.member("httpStatus", error->http_status);
  }
  out.member("provider", error->provider);
  write_time(out, "at", error->at);
  out.end_object();
}

void write_options(JsonWriter& out, const GenerationOptions& options) {
  out.begin_object();
  out.member("rateLimit", options.rate_limit);
  out.member("model", options.model);
  out.member("aspectRatio", options.aspect_ratio);
  out.member("size", options.size);
  out.member("quality", options.quality);
  out.member("imagesPerVariant", options.images_per_variant);
  out.member("seedPolicy", to_string(options.seed_policy));
  if (options.seed_policy == SeedPolicy::none) {
    write_null(out, "seed");
  } else {
    out.member("seed", options.seed);
  }
  out.member("negativePrompt", options.negative_prompt);
  out.member("style", options.style);
  out.member("retries", options.retries);
  out.end_object();
}

/// The page of one message: the page of all of them, narrowed to its id.
std::string message_url(std::string_view console_url, std::string_view message_id) {
  if (console_url.empty() || message_id.empty()) return {};
  const bool has_query = console_url.find('?') != std::string_view::npos;
  return fmt::format("{}{}messageId={}", console_url, has_query ? '&' : '?', message_id);
}

void write_task_result_members(JsonWriter& out, const Task& task) {
  out.member("taskId", task.id);
  out.member("generationId", task.generation_id);
  out.member("index", task.index);
  out.member("status", to_string(task.status));
  out.member("phase", to_string(task.phase));
  write_text_or_null(out, "imageUrl", task.image ? image_url(task.image->id) : std::string());
  write_text_or_null(out, "thumbUrl", task.image ? thumb_url(task.image->id) : std::string());
  write_task_error(out, task.error);
  out.member("attempt", task.attempt);
  out.member("maxAttempts", task.attempts_max);
  write_time_or_null(out, "dueAt", task.due);
  write_time_or_null(out, "startedAt", task.started);
  write_time_or_null(out, "completedAt", task.finished);
  write_duration_or_null(out, "durationMs", task.duration);
}

std::string_view to_string(BrokerKind kind) {
  switch (kind) {
    case BrokerKind::godwit:
      return "godwit";
    case BrokerKind::qstash:
      return "qstash";
    case BrokerKind::unknown:
      break;
  }
  return "unknown";
}

std::string_view to_string(LegState state) {
  switch (state) {
    case LegState::ok:
      return "ok";
    case LegState::failed:
      return "failed";
    case LegState::waiting:
      break;
  }
  return "waiting";
}

}  // namespace

void write_text_or_null(JsonWriter& out, std::string_view name, std::string_view text) {
  if (text.empty()) {
    write_null(out, name);
  } else {
    out.member(name, text);
  }
}

void write_time_or_null(JsonWriter& out, std::string_view name, std::optional<Timestamp> time) {
  if (time) {
    write_time(out, name, *time);
  } else {
    write_null(out, name);
  }
}

void write_problem_or_null(JsonWriter& out, std::string_view name,
                           const std::optional<Problem>& problem) {
  if (problem) {
    out.key(name);
    write_problem(out, *problem);
  } else {
    write_null(out, name);
  }
}

std::string dollars(std::int64_t microusd) {
  GODWIT_ASSERT(microusd >= 0);
  std::string text = fmt::format("{}.{:06}", microusd / 1'000'000, microusd % 1'000'000);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string_view provider_name(ProviderKind kind) {
  return to_string(kind == ProviderKind::imagen ? ProviderKind::gemini : kind);
}

std::string image_url(std::string_view image_id) { return fmt::format("/images/{}", image_id); }
std::string thumb_url(std::string_view image_id) {
  return fmt::format("/images/{}/thumb", image_id);
}

void write_summary(JsonWriter& out, const Summary& summary) {
  out.begin_object();
  out.member("pending", summary.pending);
  out.member("processing", summary.processing);
  out.member("done", summary.done);
  out.member("failed", summary.failed);
  out.member("canceled", summary.canceled);
  out.member("total", summary.total());
  out.end_object();
}

void write_sending(JsonWriter& out, const std::optional<Sending>& sending) {
  if (!sending) {
    out.raw("null");
    return;
  }
  out.begin_object();
  out.member("sent", sending->sent);
  out.member("total", sending->total);
  out.member("active", sending->active);
  write_problem_or_null(out, "problem", sending->problem);
  out.end_object();
}

void write_eta(JsonWriter& out, const std::optional<Eta>& eta) {
  if (!eta) {
    out.raw("null");
    return;
  }
  out.begin_object();
  write_time(out, "at", eta->at);
  out.member("bottleneck", eta->limited ? "limit" : "generation");
  out.end_object();
}

void write_variant(JsonWriter& out, const Variant& variant) {
  out.begin_object();
  for (const auto& [name, value] : variant) {
    out.foreign_key(name);
    out.string(value);
  }
  out.end_object();
}

void write_generation(JsonWriter& out, const GenerationView& view) {
  const Generation& generation = view.generation;
  out.begin_object();
  out.member("id", generation.id);
  out.member("name", generation.name);
  out.member("state", to_string(generation.state));
  out.member("mode", generation.mode == Mode::local ? "local" : "broker");
  write_text_or_null(out, "promptId", generation.prompt_id);
  write_texts(out, "prompts", generation.prompts);
  out.key("parameters");
  out.begin_object();
  for (const Parameter& parameter : generation.parameters) {
    out.foreign_key(parameter.name);
    out.begin_array();
    for (const std::string& value : parameter.values) out.string(value);
    out.end_array();
  }
  out.end_object();
  out.key("options");
  write_options(out, generation.options);
  out.key("summary");
  write_summary(out, view.summary);
  out.key("sending");
  write_sending(out, view.sending);
  out.key("eta");
  write_eta(out, view.eta);
  out.key("costUsd");
  out.begin_object();
  out.key("estimated");
  out.raw(dollars(view.estimated_microusd));
  out.key("actual");
  out.raw(dollars(view.actual_microusd));
  out.end_object();
  write_duration_or_null(out, "meanDurationMs", view.mean_duration);
  write_problem_or_null(out, "problem", generation.problem);
  write_text_or_null(out, "consoleUrl", view.console_url);
  out.member("label", generation.label());
  write_time_or_null(out, "startAt", generation.start_at);
  write_time(out, "createdAt", generation.created);
  write_time_or_null(out, "startedAt", generation.started);
  write_time_or_null(out, "finishedAt", generation.finished);
  out.end_object();
}

void write_preview(JsonWriter& out, const Preview& preview, int rate_limit, Timestamp now) {
  const auto until = std::chrono::ceil<std::chrono::seconds>(preview.last_due - now);
  out.begin_object();
  out.member("tasks", preview.tasks);
  out.member("variants", preview.variants);
  out.key("sample");
  out.begin_array();
  for (const Preview::Sample& sample : preview.sample) {
    out.begin_object();
    out.member("prompt", sample.prompt);
    out.key("variant");
    write_variant(out, sample.variant);
    out.end_object();
  }
  out.end_array();
  write_texts(out, "unknownParameters", preview.unknown_parameters);
  // Tenths of a second are enough to read, and 3,600 by the limit is rarely whole.
  out.key("intervalSeconds");
  out.raw(dollars((3'600LL * 1'000 + rate_limit / 2) / rate_limit * 1'000));
  write_time(out, "lastDueAt", preview.last_due);
  out.member("durationSeconds", std::max(until.count(), decltype(until)::rep{0}));
  out.key("costUsd");
  out.raw(dollars(preview.cost_microusd));
  out.key("warnings");
  out.begin_array();
  for (const Problem& warning : preview.warnings) write_problem(out, warning);
  out.end_array();
  out.end_object();
}

void write_task_result(JsonWriter& out, const Task& task) {
  out.begin_object();
  write_task_result_members(out, task);
  out.end_object();
}

void write_task_members(JsonWriter& out, const Task& task, std::string_view console_url) {
  write_task_result_members(out, task);
  out.member("prompt", task.prompt);
  out.key("variant");
  write_variant(out, task.variant);
  write_integer_or_null(out, "seed", task.seed);
  write_text_or_null(out, "messageId", task.message_id);
  write_text_or_null(out, "messageUrl", message_url(console_url, task.message_id));
  if (task.image) {
    out.key("image");
    out.begin_object();
    out.member("id", task.image->id);
    out.member("mime", task.image->mime);
    out.member("width", task.image->width);
    out.member("height", task.image->height);
    out.member("bytes", task.image->bytes);
    out.end_object();
  } else {
    write_null(out, "image");
  }
  if (task.cost_microusd) {
    out.key("costUsd");
    out.raw(dollars(*task.cost_microusd));
  } else {
    write_null(out, "costUsd");
  }
  out.member("starred", task.starred);
}

void write_task(JsonWriter& out, const Task& task, std::string_view console_url) {
  out.begin_object();
  write_task_members(out, task, console_url);
  out.end_object();
}

void write_webhook_call(JsonWriter& out, const WebhookCall& call) {
  out.begin_object();
  write_time(out, "at", call.at);
  write_text_or_null(out, "taskId", call.task_id);
  write_text_or_null(out, "messageId", call.message_id);
  out.member("attempt", call.attempt);
  out.member("status", call.status);
  out.member("code", call.code);
  out.member("durationMs", call.duration.count());
  out.end_object();
}

void write_task_debug(JsonWriter& out, const TaskDebug& debug) {
  out.begin_object();
  // Without a state but with a detail: the broker could not be asked, and this is why.
  if (debug.broker_state.empty() && debug.broker_detail.empty()) {
    write_null(out, "brokerMessage");
  } else {
    out.key("brokerMessage");
    out.begin_object();
    out.member("state", debug.broker_state);
    out.member("detail", debug.broker_detail);
    out.end_object();
  }
  out.key("webhookLog");
  out.begin_array();
  for (const WebhookCall& call : debug.webhook_log) write_webhook_call(out, call);
  out.end_array();
  if (debug.lease_until) {
    out.key("lease");
    out.begin_object();
    write_time(out, "until", *debug.lease_until);
    out.member("lapsed", debug.lease_lapsed);
    out.end_object();
  } else {
    write_null(out, "lease");
  }
  out.end_object();
}

void write_parameter(JsonWriter& out, const Parameter& parameter) {
  out.begin_object();
  out.member("id", parameter.id);
  out.member("name", parameter.name);
  write_texts(out, "values", parameter.values);
  write_time(out, "createdAt", parameter.created);
  write_time(out, "updatedAt", parameter.updated);
  out.end_object();
}

void write_prompt(JsonWriter& out, const Prompt& prompt, std::span<const Parameter> parameters) {
  const std::vector<std::string> names = parameters_of(prompt.content);
  out.begin_object();
  out.member("id", prompt.id);
  out.member("name", prompt.name);
  out.member("content", prompt.content);
  write_texts(out, "parameters", names);
  out.key("unknownParameters");
  out.begin_array();
  for (const std::string& name : names) {
    if (std::ranges::find(parameters, name, &Parameter::name) == parameters.end()) {
      out.string(name);
    }
  }
  out.end_array();
  out.member("variants", count_variants(prompt.content, parameters));
  out.member("version", prompt.version);
  write_time(out, "createdAt", prompt.created);
  write_time(out, "updatedAt", prompt.updated);
  out.end_object();
}

void write_prompt_version(JsonWriter& out, const PromptVersion& version) {
  out.begin_object();
  out.member("version", version.version);
  out.member("content", version.content);
  write_time(out, "createdAt", version.created);
  out.end_object();
}

void write_template(JsonWriter& out, const Template& form) {
  out.begin_object();
  out.member("id", form.id);
  out.member("name", form.name);
  out.key("request");
  out.raw(form.request_json);
  write_time(out, "createdAt", form.created);
  out.end_object();
}

void write_model(JsonWriter& out, const ImageModel& model, bool available) {
  out.begin_object();
  out.member("id", model.id);
  out.member("title", model.title);
  out.member("provider", provider_name(model.provider));
  write_texts(out, "aspectRatios", model.aspect_ratios);
  write_texts(out, "sizes", model.sizes);
  write_texts(out, "qualities", model.qualities);
  out.member("seed", model.seed);
  out.member("negativePrompt", model.negative_prompt);
  out.key("pricesUsd");
  out.begin_object();
  for (const auto& [size, price] : model.prices_microusd) {
    out.foreign_key(size);
    out.raw(dollars(price));
  }
  out.end_object();
  out.member("available", available);
  if (model.gone_since.empty()) {
    write_null(out, "gone");
  } else {
    out.key("gone");
    out.begin_object();
    out.member("since", model.gone_since);
    out.member("replacement", model.replacement);
    out.end_object();
  }
  out.end_object();
}

void write_gallery_image(JsonWriter& out, const GalleryItem& item) {
  const Task& task = item.task;
  GODWIT_ASSERT(task.image.has_value());
  out.begin_object();
  out.member("id", task.image->id);
  out.member("taskId", task.id);
  out.member("generationId", task.generation_id);
  out.member("generationName", item.generation_name);
  write_text_or_null(out, "promptId", item.prompt_id);
  out.member("model", item.model);
  out.member("prompt", task.prompt);
  out.key("variant");
  write_variant(out, task.variant);
  out.member("url", image_url(task.image->id));
  out.member("thumbUrl", thumb_url(task.image->id));
  out.member("mime", task.image->mime);
  out.member("width", task.image->width);
  out.member("height", task.image->height);
  out.member("bytes", task.image->bytes);
  write_integer_or_null(out, "seed", task.seed);
  out.member("starred", task.starred);
  out.member("demo", item.model == demo_model);
  write_time(out, "createdAt", item.created);
  out.end_object();
}

void write_broker_state(JsonWriter& out, const BrokerState& state) {
  out.begin_object();
  out.member("configured", state.configured);
  if (state.reachable) {
    out.member("reachable", *state.reachable);
  } else {
    write_null(out, "reachable");
  }
  out.member("kind", to_string(state.kind));
  write_text_or_null(out, "version", state.version);
  out.member("url", state.url);
  write_text_or_null(out, "consoleUrl", state.console_url);
  write_time_or_null(out, "checkedAt", state.checked);
  write_problem_or_null(out, "problem", state.problem);
  out.end_object();
}

void write_check_result(JsonWriter& out, const CheckResult& result) {
  out.begin_object();
  out.member("ok", result.ok);
  write_problem_or_null(out, "problem", result.problem);
  out.member("detail", result.detail);
  out.member("durationMs", result.duration.count());
  out.end_object();
}

void write_callback_test(JsonWriter& out, const CallbackTest& test) {
  out.begin_object();
  out.member("id", test.id);
  out.member("finished", test.finished());
  out.member("ok", test.ok());
  out.key("legs");
  out.begin_array();
  for (const CallbackTest::Leg& leg : test.legs) {
    out.begin_object();
    out.member("name", leg.name);
    out.member("state", to_string(leg.state));
    write_duration_or_null(out, "durationMs", leg.duration);
    write_problem_or_null(out, "problem", leg.problem);
    out.end_object();
  }
  out.end_array();
  out.end_object();
}

void write_diagnosis(JsonWriter& out, const Diagnosis& diagnosis, std::string_view console_url) {
  out.begin_object();
  out.key("checks");
  out.begin_array();
  for (const DiagnosticCheck& check : diagnosis.checks) {
    out.begin_object();
    out.member("id", check.id);
    out.member("state", check.state);
    out.member("detail", check.detail);
    write_problem_or_null(out, "problem", check.problem);
    out.member("durationMs", check.duration.count());
    out.end_object();
  }
  out.end_array();
  out.key("stuck");
  out.begin_array();
  for (const auto& [task, debug] : diagnosis.stuck) {
    out.begin_object();
    write_task_members(out, task, console_url);
    out.key("debug");
    write_task_debug(out, debug);
    out.end_object();
  }
  out.end_array();
  out.key("rateLimits");
  out.begin_array();
  for (const RateLimitTrouble& trouble : diagnosis.rate_limits) {
    out.begin_object();
    out.member("generationId", trouble.generation_id);
    out.member("name", trouble.name);
    out.member("count", trouble.count);
    out.member("quota", trouble.quota);
    write_time(out, "at", trouble.at);
    out.member("suggestedRateLimit", trouble.suggested_rate_limit);
    out.end_object();
  }
  out.end_array();
  out.key("webhookLog");
  out.begin_array();
  for (const WebhookCall& call : diagnosis.webhook_log) write_webhook_call(out, call);
  out.end_array();
  out.end_object();
}

}  // namespace godwit::imagegen
