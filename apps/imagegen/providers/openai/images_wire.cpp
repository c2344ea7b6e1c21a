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

/// The three shapes that every model knows; `auto` when nothing was said or it is no ratio.
std::string_view size_of(std::string_view aspect_ratio) {
  const std::size_t colon = aspect_ratio.find(':');
  if (colon == std::string_view::npos) return "auto";
  int across = 0;
  int down = 0;
  const char* const middle = aspect_ratio.data() + colon;
  const char* const end = aspect_ratio.data() + aspect_ratio.size();
  if (std::from_chars(aspect_ratio.data(), middle, across).ptr != middle ||
      std::from_chars(middle + 1, end, down).ptr != end || across <= 0 || down <= 0) {
    return "auto";
  }
  if (across == down) return "1024x1024";
  return across > down ? "1536x1024" : "1024x1536";
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
      return image_made(who, base64, std::string(text_at(picture, "revised_prompt")));
    }
  }
  return image_retry(who, "no_image", "OpenAI answered without a picture.",
                     describe_body(response));
}

}  // namespace godwit::imagegen::openai
