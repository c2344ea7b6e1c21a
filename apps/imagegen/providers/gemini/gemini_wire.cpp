#include "imagegen/providers/gemini/gemini_wire.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/ascii.h"
#include "core/json_out.h"
#include "core/url.h"
#include "imagegen/providers/gemini/gemini_error.h"
#include "imagegen/providers/shared/json_reader.h"
#include "imagegen/providers/shared/outcome.h"

namespace godwit::imagegen::gemini {
namespace {

namespace dom = simdjson::dom;

std::string_view thinking_level(std::string_view quality) {
  if (quality == "fast") return "MINIMAL";
  if (quality == "best") return "HIGH";
  return {};
}

/// The wire has 32 bits with a sign.
std::int64_t wire_seed(std::int64_t seed) { return seed & 0x7fff'ffff; }

std::string content_body(const ImageRequest& request, const ImageModel* model) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.key("contents");
  json.begin_array();
  json.begin_object();
  json.member("role", "user");
  json.key("parts");
  json.begin_array();
  json.begin_object();
  json.member("text", with_negative(request.prompt, request.negative_prompt));
  json.end_object();
  json.end_array();
  json.end_object();
  json.end_array();

  json.key("generationConfig");
  json.begin_object();
  json.key("responseModalities");
  json.raw(R"(["TEXT","IMAGE"])");
  if (!request.aspect_ratio.empty() || !request.size.empty()) {
    json.key("imageConfig");
    json.begin_object();
    json.member_unless_empty("aspectRatio", request.aspect_ratio);
    json.member_unless_empty("imageSize", request.size);
    json.end_object();
  }
  if (const std::string_view level = thinking_level(request.quality); !level.empty()) {
    json.key("thinkingConfig");
    json.begin_object();
    json.member("thinkingLevel", level);
    json.end_object();
  }
  if (request.seed && (model == nullptr || model->seed)) {
    json.member("seed", wire_seed(*request.seed));
  }
  json.end_object();
  json.end_object();
  return body;
}

/// Imagen takes neither a seed nor a negative prompt here: it would answer 400.
std::string predict_body(const ImageRequest& request) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.key("instances");
  json.begin_array();
  json.begin_object();
  json.member("prompt", with_negative(request.prompt, request.negative_prompt));
  json.end_object();
  json.end_array();
  json.key("parameters");
  json.begin_object();
  json.member("sampleCount", 1);
  json.member_unless_empty("aspectRatio", request.aspect_ratio);
  json.member_unless_empty("sampleImageSize", request.size);
  json.member("includeRaiReason", true);
  json.end_object();
  json.end_object();
  return body;
}

template <std::size_t size>
bool is_one_of(const std::array<std::string_view, size>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

constexpr std::array<std::string_view, 8> refusing_reasons{
    "SAFETY", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "PROHIBITED_CONTENT", "BLOCKLIST",
    "SPII",   "RECITATION",   "IMAGE_RECITATION"};
constexpr std::array<std::string_view, 3> unfitting_reasons{"MALFORMED_FUNCTION_CALL",
                                                            "UNEXPECTED_TOOL_CALL", "LANGUAGE"};

/// What the parts of an answer hold.
struct Parts {
  std::optional<std::string_view> picture;  ///< Base64.
  std::string caption;
};

Parts read_parts(const dom::element& candidate) {
  Parts read;
  dom::element content;
  if (candidate.at_key("content").get(content) != simdjson::SUCCESS) return read;
  for (const dom::element part : elements_at(content, "parts")) {
    bool thought = false;
    if (part.at_key("thought").get(thought) == simdjson::SUCCESS && thought) continue;
    if (const std::string_view text = text_at(part, "text"); !text.empty()) {
      if (!read.caption.empty()) read.caption += '\n';
      read.caption += text;
    }
    const std::optional<dom::element> data = member_at(part, "inlineData");
    // The last picture is the finished one; earlier ones are drafts.
    if (data && text_at(*data, "mimeType").starts_with("image/")) {
      read.picture = text_at(*data, "data");
    }
  }
  return read;
}

/// Several texts that may be missing, as one.
std::string joined(std::string_view reason, std::string_view sentence) {
  std::string text(reason);
  if (!sentence.empty()) text += (text.empty() ? "" : ": ") + std::string(sentence);
  return text;
}

ImageOutcome read_candidate(const Answerer& who, const dom::element& candidate) {
  const std::string_view reason = text_at(candidate, "finishReason");
  const std::string_view sentence = text_at(candidate, "finishMessage");
  if (is_one_of(refusing_reasons, reason)) {
    return image_refused(who, "Gemini refused to show the picture that it made of this prompt.",
                         joined(reason, sentence));
  }
  const Parts parts = read_parts(candidate);
  if (parts.picture) return image_made(who, *parts.picture, parts.caption);

  const std::string detail = joined(reason, sentence.empty() ? parts.caption : sentence);
  if (is_one_of(unfitting_reasons, reason)) {
    return image_failed(who, "bad_request", "Gemini cannot make a picture of this prompt.", detail);
  }
  if (reason == "MAX_TOKENS") {
    return image_retry(who, "cut_off", "Gemini's answer was cut off before the picture.", detail);
  }
  if (reason == "CONTINUATION") {
    return image_retry(who, "cut_off", "Gemini did not finish its answer.", detail);
  }
  return image_retry(who, "no_image", "Gemini answered without a picture.", detail);
}

ImageOutcome read_content(const Answerer& who, const dom::element& document) {
  const std::vector<dom::element> candidates = elements_at(document, "candidates");
  if (!candidates.empty()) return read_candidate(who, candidates.front());
  const std::optional<dom::element> feedback = member_at(document, "promptFeedback");
  const std::string_view reason = feedback ? text_at(*feedback, "blockReason") : "";
  if (!reason.empty() && reason != "BLOCK_REASON_UNSPECIFIED") {
    return image_refused(who, "Gemini refused the prompt.",
                         joined(reason, text_at(*feedback, "blockReasonMessage")));
  }
  return image_retry(who, "no_image", "Gemini answered without a picture.");
}

ImageOutcome read_predictions(const Answerer& who, const dom::element& document) {
  std::string_view filtered;
  for (const dom::element prediction : elements_at(document, "predictions")) {
    const std::string_view base64 = text_at(prediction, "bytesBase64Encoded");
    if (!base64.empty()) {
      return image_made(who, base64, text_at(prediction, "prompt"));
    }
    if (filtered.empty()) filtered = text_at(prediction, "raiFilteredReason");
  }
  // Without a word from it, too: that is how it answers when all was filtered.
  return image_refused(who, "Imagen refused to show a picture of this prompt.", filtered);
}

}  // namespace

WireRequest build_request(const ImageRequest& request, const ImageModel* model) {
  WireRequest wire;
  wire.path = "/v1beta/models/" + percent_encode(request.model);
  if (model != nullptr && model->provider == ProviderKind::imagen) {
    wire.path += ":predict";
    wire.body = predict_body(request);
  } else {
    wire.path += ":generateContent";
    wire.body = content_body(request, model);
  }
  return wire;
}

ImageOutcome read_response(const IncomingResponse& response, const Asked& asked, Timestamp now) {
  const Answerer who{provider, title, response.status};
  if (response.body_truncated) {
    return image_failed(who, "too_large", "Gemini's answer is larger than this program takes.",
                        "more than " + std::to_string(response.body.size()) + " bytes");
  }
  if (response.status < 200 || response.status > 299) return read_error(response, asked, now);
  dom::parser parser;
  dom::element document;
  if (const auto error = parser.parse(response.body).get(document)) {
    return image_retry(who, "bad_answer", "Gemini's answer cannot be read.",
                       describe_body(response) + ": " + simdjson::error_message(error));
  }
  if (!document.is_object()) {
    return image_retry(who, "bad_answer", "Gemini's answer cannot be read.",
                       describe_body(response) + ": no JSON object");
  }
  return asked.kind == ProviderKind::imagen ? read_predictions(who, document)
                                            : read_content(who, document);
}

Result<std::string> read_models(const IncomingResponse& response, Timestamp now) {
  if (response.status == 200 && !response.body_truncated) {
    dom::parser parser;
    dom::element document;
    dom::array models;
    if (parser.parse(response.body).get(document) != simdjson::SUCCESS ||
        document.at_key("models").get(models) != simdjson::SUCCESS) {
      return fail(ErrorCode::unavailable, "The answer is not Gemini's: " + describe_body(response) +
                                              ". Check the base URL.");
    }
    const bool more = !text_at(document, "nextPageToken").empty();
    const std::size_t count = models.size();
    return std::to_string(count) + (more ? "+" : "") + (count == 1 ? " model" : " models");
  }
  ImageOutcome outcome = read_response(response, {"", ProviderKind::gemini, ""}, now);
  if (const auto* failed = std::get_if<ImageFailed>(&outcome)) {
    if (failed->error.code == "model_gone") {
      return fail(ErrorCode::invalid_argument,
                  "There is no Gemini API at this base URL. " + failed->error.detail);
    }
    return fail(ErrorCode::invalid_argument, failed->error.message + " " + failed->error.detail);
  }
  if (const auto* retry = std::get_if<ImageRetry>(&outcome)) {
    return fail(ErrorCode::unavailable, retry->error.message + " " + retry->error.detail);
  }
  return fail(ErrorCode::unavailable, "HTTP " + std::to_string(response.status));
}

}  // namespace godwit::imagegen::gemini
