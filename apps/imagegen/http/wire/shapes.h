#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/json_out.h"
#include "imagegen/domain/effective.h"
#include "imagegen/domain/generation.h"
#include "imagegen/domain/model_catalog.h"
#include "imagegen/domain/task.h"
#include "imagegen/generations/diagnosis.h"
#include "imagegen/generations/generations.h"
#include "imagegen/storage/storage.h"

/// How web/imagegen/src/api/contract.ts spells what the application knows. Each function appends
/// one value of the interface that it is named after.
namespace godwit::imagegen {

/// Names of things that people may leave out: null when empty.
void write_text_or_null(JsonWriter& out, std::string_view name, std::string_view text);
void write_time_or_null(JsonWriter& out, std::string_view name, std::optional<Timestamp> time);
void write_problem_or_null(JsonWriter& out, std::string_view name,
                           const std::optional<Problem>& problem);
/// `0.039` of 39,000: exact, without zeros at the end.
std::string dollars(std::int64_t microusd);

void write_summary(JsonWriter& out, const Summary& summary);
void write_sending(JsonWriter& out, const std::optional<Sending>& sending);
void write_eta(JsonWriter& out, const std::optional<Eta>& eta);
void write_variant(JsonWriter& out, const Variant& variant);
void write_generation(JsonWriter& out, const GenerationView& view);
void write_preview(JsonWriter& out, const Preview& preview, int rate_limit, Timestamp now);

void write_task_result(JsonWriter& out, const Task& task);
/// `console_url`: the broker's page of messages, or empty.
void write_task(JsonWriter& out, const Task& task, std::string_view console_url);
/// The members of write_task() without the braces, for shapes that extend it.
void write_task_members(JsonWriter& out, const Task& task, std::string_view console_url);
void write_task_debug(JsonWriter& out, const TaskDebug& debug);
void write_webhook_call(JsonWriter& out, const WebhookCall& call);

void write_parameter(JsonWriter& out, const Parameter& parameter);
void write_prompt(JsonWriter& out, const Prompt& prompt, std::span<const Parameter> parameters);
void write_prompt_version(JsonWriter& out, const PromptVersion& version);
void write_template(JsonWriter& out, const Template& form);
void write_model(JsonWriter& out, const ImageModel& model, bool available);
void write_gallery_image(JsonWriter& out, const GalleryItem& item);

void write_broker_state(JsonWriter& out, const BrokerState& state);
void write_check_result(JsonWriter& out, const CheckResult& result);
void write_callback_test(JsonWriter& out, const CallbackTest& test);
void write_diagnosis(JsonWriter& out, const Diagnosis& diagnosis, std::string_view console_url);

/// `gemini`, `openai`, `demo`: Imagen is Gemini's to people.
std::string_view provider_name(ProviderKind kind);
std::string image_url(std::string_view image_id);
std::string thumb_url(std::string_view image_id);

}  // namespace godwit::imagegen
