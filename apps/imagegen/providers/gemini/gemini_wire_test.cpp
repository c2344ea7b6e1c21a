#include "imagegen/providers/gemini/gemini_wire.h"

#include <doctest/doctest.h>
#include <simdjson.h>

#include <string>
#include <vector>

#include "core/signature.h"
#include "imagegen/providers/shared/outcome.h"

namespace godwit::imagegen::gemini {
namespace {

namespace dom = simdjson::dom;

// 2026-11-24 10:00:00 UTC, two in the night in California: 22 hours before its next midnight.
constexpr Timestamp now = from_unix_ms(1'795'514'400'000);

const std::string png = "\x89PNG\r\n\x1a\n and more";
const std::string jpeg = "\xff\xd8\xff and more";

IncomingResponse answer(int status, std::string body, Headers headers = {}) {
  IncomingResponse response;
  response.status = status;
  response.headers = std::move(headers);
  response.headers.push_back({"Content-Type", "application/json; charset=UTF-8"});
  response.body = std::move(body);
  return response;
}

ImageOutcome read(const IncomingResponse& response, ProviderKind kind = ProviderKind::gemini) {
  return read_response(response, {"gemini-3.1-flash-image", kind, "gemini-9-image"}, now);
}

std::string picture_part(const std::string& bytes, const std::string& more = "",
                         const std::string& mime = "image/png") {
  return R"({"inlineData":{"mimeType":")" + mime + R"(","data":")" + base64_encode(bytes) + "\"}" +
         more + "}";
}

std::string candidate(const std::string& parts, const std::string& reason = "STOP",
                      const std::string& more = "") {
  return R"({"candidates":[{"content":{"role":"model","parts":[)" + parts +
         R"(]},"finishReason":")" + reason + "\"" + more + R"(,"index":0}],"usageMetadata":{}})";
}

std::string error_json(int code, const std::string& status, const std::string& message,
                       const std::string& details = "") {
  return R"({"error":{"code":)" + std::to_string(code) + R"(,"message":")" + message +
         R"(","status":")" + status + "\"" +
         (details.empty() ? "" : ",\"details\":[" + details + "]") + "}}";
}

std::string quota(const std::string& id, const std::string& value) {
  return R"({"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaMetric":)"
         R"("generativelanguage.googleapis.com/requests","quotaId":")" +
         id + R"(","quotaValue":")" + value + R"("}]})";
}
std::string retry_info(const std::string& delay) {
  return R"({"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":")" + delay + "\"}";
}

const TaskError& error_of(const ImageOutcome& outcome) {
  if (const auto* retry = std::get_if<ImageRetry>(&outcome)) return retry->error;
  if (const auto* refused = std::get_if<ImageRefused>(&outcome)) return refused->error;
  REQUIRE(std::holds_alternative<ImageFailed>(outcome));
  return std::get<ImageFailed>(outcome).error;
}

enum class End { made, retry, refused, failed };
End end_of(const ImageOutcome& outcome) { return static_cast<End>(outcome.index()); }

dom::element parsed(dom::parser& parser, const std::string& json) {
  dom::element document;
  REQUIRE(parser.parse(json).get(document) == simdjson::SUCCESS);
  return document;
}

TEST_CASE(
    "a request says prompt, ratio, size, thinking and seed, and nothing that is not accepted") {
  ImageRequest request;
  request.model = "gemini-3.1-flash-image";
  request.prompt = "a \"goose\"\nin fog";
  request.aspect_ratio = "16:9";
  request.size = "1K";
  request.quality = "fast";
  request.seed = 7;
  const ModelCatalog& catalog = ModelCatalog::built_in();
  const WireRequest wire = build_request(request, catalog.find(request.model));
  CHECK(wire.path == "/v1beta/models/gemini-3.1-flash-image:generateContent");
  CHECK(wire.body == R"({"contents":[{"role":"user","parts":[{"text":"a \"goose\"\nin fog"}]}],)"
                     R"("generationConfig":{"responseModalities":["TEXT","IMAGE"],)"
                     R"("imageConfig":{"aspectRatio":"16:9","imageSize":"1K"},)"
                     R"("thinkingConfig":{"thinkingLevel":"MINIMAL"},"seed":7}})");
}

TEST_CASE("what was not said is not sent, and a negative prompt is a part of the prompt") {
  ImageRequest request;
  request.model = "new-model";
  request.prompt = "a goose";
  request.negative_prompt = "  people ";
  const WireRequest wire = build_request(request, nullptr);
  CHECK(wire.body ==
        R"({"contents":[{"role":"user","parts":[{"text":"a goose\n\nDo not show: people"}]}],)"
        R"("generationConfig":{"responseModalities":["TEXT","IMAGE"]}})");
}

TEST_CASE("quality chooses how much the model thinks") {
  ImageRequest request;
  request.model = "m";
  const auto says = [&](std::string quality, std::string_view level) {
    request.quality = std::move(quality);
    const std::string body = build_request(request, nullptr).body;
    return level.empty()
               ? body.find("thinking") == std::string::npos
               : body.find("\"thinkingLevel\":\"" + std::string(level) + "\"") != std::string::npos;
  };
  CHECK(says("fast", "MINIMAL"));
  CHECK(says("best", "HIGH"));
  CHECK(says("standard", ""));
  CHECK(says("", ""));
}

TEST_CASE("a seed fits the 32 bits of the wire") {
  ImageRequest request;
  request.model = "m";
  for (const std::int64_t seed : {std::int64_t{-1}, std::int64_t{1} << 40, INT64_MAX, INT64_MIN}) {
    request.seed = seed;
    dom::parser parser;
    std::int64_t sent = -1;
    const std::string body = build_request(request, nullptr).body;
    REQUIRE(parsed(parser, body)["generationConfig"]["seed"].get(sent) == simdjson::SUCCESS);
    CHECK(sent >= 0);
    CHECK(sent <= INT32_MAX);
  }
}

TEST_CASE("a model's name cannot leave its place in the path") {
  ImageRequest request;
  request.model = "../x?key=1#%\n";
  CHECK(build_request(request, nullptr).path ==
        "/v1beta/models/..%2Fx%3Fkey%3D1%23%25%0A:generateContent");
}

TEST_CASE("Imagen is asked by predict, with its own names and without a seed") {
  ImageRequest request;
  request.model = "imagen-4.0-generate-001";
  request.prompt = "a goose";
  request.negative_prompt = "people";
  request.aspect_ratio = "4:3";
  request.size = "2K";
  request.seed = 7;
  const WireRequest wire =
      build_request(request, ModelCatalog::built_in().find("imagen-4.0-generate-001"));
  CHECK(wire.path == "/v1beta/models/imagen-4.0-generate-001:predict");
  CHECK(wire.body == R"({"instances":[{"prompt":"a goose\n\nDo not show: people"}],)"
                     R"("parameters":{"sampleCount":1,"aspectRatio":"4:3","sampleImageSize":"2K",)"
                     R"("includeRaiReason":true}})");
}

TEST_CASE("the last picture that is no thought is the one, and texts are its caption") {
  const std::string other = png + "2";
  const std::string thought = picture_part(png + "draft", ",\"thought\":true");
  struct Row {
    std::string parts, bytes, mime, caption;
  };
  for (const Row& row : std::vector<Row>{
           {picture_part(png), png, "image/png", ""},
           {R"({"text":"Here"},)" + picture_part(png, R"(,"thoughtSignature":"Q2l")") +
                R"(,{"text":"it is."})",
            png, "image/png", "Here\nit is."},
           {picture_part(png) + "," + picture_part(other), other, "image/png", ""},
           {thought + "," + picture_part(png), png, "image/png", ""},
           {picture_part(png) + "," + thought, png, "image/png", ""},
           {R"({"text":"hm","thought":true},)" + picture_part(png), png, "image/png", ""},
           // Its own bytes tell what it is, not the label.
           {picture_part(jpeg), jpeg, "image/jpeg", ""},
           {picture_part(png, "", "image/webp"), png, "image/png", ""},
           {picture_part(png) + "," + picture_part("{}", "", "application/json"), png, "image/png",
            ""}}) {
    CAPTURE(row.parts);
    const ImageOutcome outcome = read(answer(200, candidate(row.parts)));
    REQUIRE(end_of(outcome) == End::made);
    CHECK(std::get<ImageMade>(outcome).bytes == row.bytes);
    CHECK(std::get<ImageMade>(outcome).mime == row.mime);
    CHECK(std::get<ImageMade>(outcome).caption == row.caption);
  }
}

TEST_CASE("a 200 without a picture is told apart by its reason") {
  struct Row {
    std::string body;
    End end;
    std::string code, detail;
  };
  std::vector<Row> rows{
      {candidate("", "NO_IMAGE"), End::retry, "no_image", "NO_IMAGE"},
      {candidate("", "IMAGE_OTHER"), End::retry, "no_image", "IMAGE_OTHER"},
      {candidate("", "OTHER"), End::retry, "no_image", "OTHER"},
      {candidate("", "NEW_REASON"), End::retry, "no_image", "NEW_REASON"},
      {candidate(R"({"text":"I would rather not."})"), End::retry, "no_image",
       "STOP: I would rather not."},
      {candidate(picture_part(png, ",\"thought\":true")), End::retry, "no_image", "STOP"},
      {candidate("", "MAX_TOKENS"), End::retry, "cut_off", "MAX_TOKENS"},
      {candidate("", "CONTINUATION", R"(,"continuationToken":"abc")"), End::retry, "cut_off",
       "CONTINUATION"},
      {candidate("", "MALFORMED_FUNCTION_CALL"), End::failed, "bad_request",
       "MALFORMED_FUNCTION_CALL"},
      {candidate("", "UNEXPECTED_TOOL_CALL"), End::failed, "bad_request", "UNEXPECTED_TOOL_CALL"},
      {candidate("", "LANGUAGE"), End::failed, "bad_request", "LANGUAGE"},
      {candidate("", "IMAGE_SAFETY", R"(,"finishMessage":"Try other words.")"), End::refused,
       "blocked", "IMAGE_SAFETY: Try other words."},
      {R"({"candidates":[{"finishReason":"IMAGE_SAFETY"}]})", End::refused, "blocked",
       "IMAGE_SAFETY"},
      {"{}", End::retry, "no_image", ""},
      {R"({"candidates":[]})", End::retry, "no_image", ""},
      {R"({"candidates":{}})", End::retry, "no_image", ""},
      {R"({"candidates":[7]})", End::retry, "no_image", ""},
      {R"({"candidates":[{"content":{"parts":[null,1,"x",{"inlineData":null}]}}]})", End::retry,
       "no_image", ""},
      {R"({"promptFeedback":{"blockReason":"BLOCK_REASON_UNSPECIFIED"}})", End::retry, "no_image",
       ""},
      {R"({"promptFeedback":{"blockReason":"SAFETY","blockReasonMessage":"No."}})", End::refused,
       "blocked", "SAFETY: No."}};
  for (const char* reason :
       {"SAFETY", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "PROHIBITED_CONTENT", "BLOCKLIST",
        "SPII", "RECITATION", "IMAGE_RECITATION"}) {
    rows.push_back({candidate("", reason), End::refused, "blocked", reason});
    rows.push_back({candidate(picture_part(png), reason), End::refused, "blocked", reason});
  }
  for (const char* reason : {"SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_SAFETY",
                             "MODEL_ARMOR", "JAILBREAK"}) {
    rows.push_back({R"({"promptFeedback":{"blockReason":")" + std::string(reason) + "\"}}",
                    End::refused, "blocked", reason});
  }
  for (const Row& row : rows) {
    CAPTURE(row.body);
    const ImageOutcome outcome = read(answer(200, row.body));
    REQUIRE(end_of(outcome) == row.end);
    const TaskError& error = error_of(outcome);
    CHECK(error.code == row.code);
    CHECK(error.detail == row.detail);
    CHECK(error.http_status == 200);
    CHECK(error.provider == "gemini");
    CHECK(error.message.ends_with("."));
  }
}

TEST_CASE("an answer that cannot be read is worth another attempt, one that is too large is not") {
  for (const std::string& body :
       {std::string(), std::string("{\"candidates\": ["), std::string("<html>"), std::string("[]"),
        std::string("null"), std::string("{\"a\":\"\xff\"}"),
        candidate(R"({"inlineData":{"mimeType":"image/png","data":"????"}})"),
        candidate(R"({"inlineData":{"mimeType":"image/png","data":""}})"),
        candidate(R"({"inlineData":{"mimeType":"image/png"}})"), candidate(picture_part("GIF89a")),
        candidate(picture_part("RIFF1234WEB"))}) {
    CAPTURE(body);
    const ImageOutcome outcome = read(answer(200, body));
    REQUIRE(end_of(outcome) == End::retry);
    CHECK(error_of(outcome).code == "bad_answer");
    // Bodies go nowhere.
    CHECK(error_of(outcome).detail.find("candidates") == std::string::npos);
  }
  IncomingResponse truncated = answer(200, candidate(picture_part(png)));
  truncated.body_truncated = true;
  CHECK(end_of(read(truncated)) == End::failed);
  CHECK(error_of(read(truncated)).code == "too_large");
}

TEST_CASE("every error of the service is temporary, permanent or a quota, with its own text") {
  struct Row {
    int status;
    std::string body;
    End end;
    std::string code;
    std::optional<Milliseconds> after = std::nullopt;
    Headers headers = {};
  };
  using std::chrono::hours;
  using std::chrono::seconds;
  const std::string per_minute = quota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "5");
  const std::string per_day = quota("GenerateRequestsPerDayPerProjectPerModel", "100");
  const std::string reason =
      R"({"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"})";
  const std::string exhausted = "RESOURCE_EXHAUSTED";
  const std::vector<Row> rows{
      {400, error_json(400, "INVALID_ARGUMENT", "bad ratio"), End::failed, "bad_request"},
      {400, error_json(400, "INVALID_ARGUMENT", "no", reason), End::failed, "invalid_key"},
      {400, error_json(400, "INVALID_ARGUMENT", "API key not valid. Pass a valid one."),
       End::failed, "invalid_key"},
      {400, error_json(400, "INVALID_ARGUMENT", "API key expired."), End::failed, "invalid_key"},
      {400, error_json(400, "FAILED_PRECONDITION", "User location"), End::failed, "not_allowed"},
      {401, error_json(401, "UNAUTHENTICATED", "who"), End::failed, "invalid_key"},
      {403, error_json(403, "PERMISSION_DENIED", "blocked"), End::failed, "invalid_key"},
      {404, error_json(404, "NOT_FOUND", "models/x is not found"), End::failed, "model_gone"},
      {413, "<html>too large", End::failed, "too_large"},
      {405, "", End::failed, "bad_request"},
      {301, "", End::failed, "bad_base_url"},
      {408, "", End::retry, "timeout"},
      {499, error_json(499, "CANCELLED", "closed"), End::retry, "unavailable"},
      {500, error_json(500, "INTERNAL", "sorry"), End::retry, "unavailable"},
      {502, "<html>Bad Gateway</html>", End::retry, "unavailable"},
      {503, error_json(503, "UNAVAILABLE", "overloaded"), End::retry, "unavailable"},
      {503, "", End::retry, "unavailable", seconds(7), {{"Retry-After", "7"}}},
      {503, error_json(503, "UNAVAILABLE", "overloaded", retry_info("3.5s")), End::retry,
       "unavailable", Milliseconds(3'500)},
      {504, error_json(504, "DEADLINE_EXCEEDED", "slow"), End::retry, "timeout"},
      // 429 by the minute: its RetryInfo, a header before it, or a minute.
      {429, error_json(429, exhausted, "quota", per_minute + "," + retry_info("26s")), End::retry,
       "rate_limited", seconds(26)},
      {429, error_json(429, exhausted, "quota", retry_info("0.5s") + "," + per_minute), End::retry,
       "rate_limited", Milliseconds(500)},
      {429,
       error_json(429, exhausted, "quota", per_minute + "," + retry_info("26s")),
       End::retry,
       "rate_limited",
       seconds(40),
       {{"retry-after", "40"}}},
      {429, error_json(429, exhausted, "quota", per_minute), End::retry, "rate_limited",
       seconds(60)},
      {429, error_json(429, exhausted, "quota", per_minute + "," + retry_info("soon")), End::retry,
       "rate_limited", seconds(60)},
      {429, error_json(429, exhausted, "quota", retry_info("12s")), End::retry, "rate_limited",
       seconds(12)},
      // By the day: the short RetryInfo is not believed.
      {429, error_json(429, exhausted, "quota", per_day + "," + retry_info("36s")), End::retry,
       "quota_day", hours(22)},
      {429,
       error_json(429, exhausted, "quota", per_minute + "," + per_day + "," + retry_info("36s")),
       End::retry, "quota_day", hours(22)},
      // No quota at all for this model.
      {429, error_json(429, exhausted, "q", quota("GenerateRequestsPerDay-FreeTier", "0")),
       End::failed, "no_quota"},
      {429, error_json(429, exhausted, "exceeded, limit: 0, model: x", retry_info("30s")),
       End::failed, "no_quota"},
      {429, error_json(429, exhausted, "exceeded, limit: 0.5, limit: 05"), End::retry,
       "rate_limited"},
      // Shared capacity: no details, no time.
      {429, error_json(429, exhausted, "Resource has been exhausted (e.g. check quota)."),
       End::retry, "rate_limited"},
      {429, "<html>", End::retry, "rate_limited"}};
  for (const Row& row : rows) {
    CAPTURE(row.status);
    CAPTURE(row.body);
    for (const ProviderKind kind : {ProviderKind::gemini, ProviderKind::imagen}) {
      const ImageOutcome outcome = read(answer(row.status, row.body, row.headers), kind);
      REQUIRE(end_of(outcome) == row.end);
      const TaskError& error = error_of(outcome);
      CHECK(error.code == row.code);
      CHECK(error.http_status == row.status);
      CHECK(error.message.ends_with("."));
      if (const auto* retry = std::get_if<ImageRetry>(&outcome)) CHECK(retry->after == row.after);
      dom::parser parser;
      dom::element document;
      std::string_view text;
      if (parser.parse(row.body).get(document) == simdjson::SUCCESS &&
          document["error"]["message"].get(text) == simdjson::SUCCESS) {
        CHECK(error.detail == text);
      } else {
        // A proxy's page is described, not quoted.
        CHECK(error.detail.find("html>") == std::string::npos);
        CHECK(error.detail.find("bytes of application/json") != std::string::npos);
      }
    }
  }
}

TEST_CASE("a passed limit is named in the provider's words") {
  const std::string body = error_json(429, "RESOURCE_EXHAUSTED", "quota",
                                      quota("InputTokensPerMinute", "1000") + "," +
                                          quota("GenerateRequestsPerMinutePerProject", "5"));
  const ImageOutcome outcome = read(answer(429, body));
  const auto& retry = std::get<ImageRetry>(outcome);
  CHECK(retry.quota == "InputTokensPerMinute (limit 1000)");
  CHECK(retry.error.message.starts_with("Rate limit exceeded: InputTokensPerMinute (limit 1000)."));
}

TEST_CASE("an error in a list, as the streaming call has it, is read too") {
  const std::string body = "[" + error_json(404, "NOT_FOUND", "gone") + "]";
  CHECK(error_of(read(answer(404, body))).detail == "gone");
}

TEST_CASE("a model that is gone is named with the one to use instead") {
  const ImageOutcome outcome = read(answer(404, error_json(404, "NOT_FOUND", "x")));
  const std::string& message = error_of(outcome).message;
  CHECK(message.find("gemini-3.1-flash-image") != std::string::npos);
  CHECK(message.find("Choose gemini-9-image instead.") != std::string::npos);
  const ImageOutcome unknown =
      read_response(answer(404, "{}"), {"x", ProviderKind::gemini, ""}, now);
  CHECK(error_of(unknown).message.find("Choose another model.") != std::string::npos);
}

TEST_CASE("a provider's text is kept within its limit and within its characters") {
  std::string text;
  for (int i = 0; i < 1'500; ++i) text += "я";
  const ImageOutcome outcome = read(answer(500, error_json(500, "INTERNAL", "x" + text)));
  CHECK(error_of(outcome).detail.size() == TaskError::detail_max - 1);
}

TEST_CASE("Imagen's pictures and its refusals") {
  const auto predictions = [](const std::string& list) {
    return answer(200, "{\"predictions\":[" + list + "]}");
  };
  const std::string picture =
      R"({"mimeType":"image/png","bytesBase64Encoded":")" + base64_encode(png) + "\"}";
  const std::string filtered = R"({"raiFilteredReason":"It violated the guidelines."})";
  std::string after_filtered = filtered;
  after_filtered += "," + picture;
  std::string before_filtered = picture;
  before_filtered += "," + filtered;
  for (const std::string& list : {picture, after_filtered, before_filtered}) {
    const ImageOutcome outcome = read(predictions(list), ProviderKind::imagen);
    REQUIRE(end_of(outcome) == End::made);
    CHECK(std::get<ImageMade>(outcome).bytes == png);
  }
  const ImageOutcome refused = read(predictions(filtered), ProviderKind::imagen);
  REQUIRE(end_of(refused) == End::refused);
  CHECK(error_of(refused).detail == "It violated the guidelines.");
  CHECK(end_of(read(answer(200, "{}"), ProviderKind::imagen)) == End::refused);
  CHECK(end_of(read(predictions(""), ProviderKind::imagen)) == End::refused);
}

TEST_CASE("a picture of twenty megabytes is read in one go") {
  std::string large = png;
  large.resize(15UL << 20, 'x');
  const ImageOutcome outcome = read(answer(200, candidate(picture_part(large))));
  REQUIRE(end_of(outcome) == End::made);
  CHECK(std::get<ImageMade>(outcome).bytes == large);
}

TEST_CASE("the list of models tells whether the key is accepted") {
  CHECK(read_models(answer(200, R"({"models":[{},{}]})"), now).value() == "2 models");
  CHECK(read_models(answer(200, R"({"models":[{}]})"), now).value() == "1 model");
  CHECK(read_models(answer(200, R"({"models":[{},{}],"nextPageToken":"x"})"), now).value() ==
        "2+ models");
  const auto code = [](int status, const std::string& body) {
    const Result<std::string> models = read_models(answer(status, body), now);
    REQUIRE_FALSE(models.has_value());
    return models.error().code;
  };
  CHECK(code(400, error_json(400, "INVALID_ARGUMENT", "API key not valid.")) ==
        ErrorCode::invalid_argument);
  CHECK(code(403, "") == ErrorCode::invalid_argument);
  CHECK(code(404, "") == ErrorCode::invalid_argument);
  CHECK(code(429, "") == ErrorCode::unavailable);
  CHECK(code(503, "") == ErrorCode::unavailable);
  CHECK(code(200, "<html>") == ErrorCode::unavailable);
  CHECK(code(200, "{}") == ErrorCode::unavailable);
}

}  // namespace
}  // namespace godwit::imagegen::gemini
