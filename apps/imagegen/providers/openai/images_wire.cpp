#include "imagegen/providers/openai/images_wire.h"

#include <charconv>
#include <optional>
#include <vector>

#include "core/json_out.h"
#include "imagegen/providers/openai/openai_error.h"
#include "imagegen/providers/shared/json_reader.h"
#include "imagegen/providers/shared/outcome.h"

namespace godwit::imagegen::openai {
namespace {

/// A whole number above 0, and nothing else.
std::optional<int> number(std::string_view text) {
  int value = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [rest, error] = std::from_chars(begin, end, value);
  if (error != std::errc() || rest != end || value <= 0) return std::nullopt;
  return value;
}

/// The three shapes that every model knows; `auto` when nothing was said or it is no ratio.
std::string_view size_of(std::string_view aspect_ratio) {
  const std::size_t colon = aspect_ratio.find(':');
  if (colon == std::string_view::npos) return "auto";
  const std::optional<int> across = number(aspect_ratio.substr(0, colon));
  const std::optional<int> down = number(aspect_ratio.substr(colon + 1));
  if (!across || !down) return "auto";
  if (*across == *down) return "1024x1024";
  return *across > *down ? "1536x1024" : "1024x1536";
}

std::string_view quality_of(std::string_view quality) {
  if (quality == "fast") return "low";
  if (quality == "standard") return "medium";
  if (quality == "best") return "high";
  return "auto";
}

}  // namespace

std::string images_body(const ImageRequest& request) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("model", request.model);
  json.member("prompt", with_negative(request.prompt, request.negative_prompt));
  json.member("n", 1);
  json.member("size", size_of(request.aspect_ratio));
  json.member("quality", quality_of(request.quality));
  json.member("output_format", "png");
  json.end_object();
  return body;
}

ImageOutcome read_images(const IncomingResponse& response, std::string_view model, Timestamp now) {
  const Answerer who{provider, title, response.status};
  if (response.body_truncated) {
    return image_failed(who, "too_large", "OpenAI's answer is larger than this program takes.",
                        "more than " + std::to_string(response.body.size()) + " bytes");
  }
  if (response.status < 200 || response.status > 299) {
    return to_outcome(read_fault(response, model, now), response.status);
  }
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (parser.parse(response.body).get(document) != simdjson::SUCCESS) {
    return image_retry(who, "bad_answer", "OpenAI's answer cannot be read.",
                       describe_body(response));
  }
  for (const simdjson::dom::element picture : elements_at(document, "data")) {
    const std::string_view base64 = text_at(picture, "b64_json");
    if (!base64.empty()) {
      return image_made(who, base64, text_at(picture, "revised_prompt"));
    }
  }
  return image_retry(who, "no_image", "OpenAI answered without a picture.",
                     describe_body(response));
}

}  // namespace godwit::imagegen::openai
