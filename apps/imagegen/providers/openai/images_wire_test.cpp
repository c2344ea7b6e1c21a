#include "imagegen/providers/openai/images_wire.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/signature.h"
#include "imagegen/providers/openai/openai_error.h"

namespace godwit::imagegen::openai {
namespace {

constexpr Timestamp now = from_unix_ms(1'795'514'400'000);
const std::string png = "\x89PNG\r\n\x1a\n and more";

IncomingResponse answer(int status, std::string body, Headers headers = {}) {
  IncomingResponse response;
  response.status = status;
  response.headers = std::move(headers);
  response.body = std::move(body);
  return response;
}

std::string error_json(const std::string& code, const std::string& type = "invalid_request_error",
                       const std::string& message = "their own words") {
  return R"({"error":{"message":")" + message + R"(","type":")" + type +
         R"(","param":null,"code":)" + (code.empty() ? "null" : "\"" + code + "\"") + "}}";
}

TEST_CASE("a picture is asked for in OpenAI's sizes and qualities") {
  ImageRequest request;
  request.model = "gpt-image-2";
  request.prompt = "a goose";
  request.negative_prompt = "people";
  request.aspect_ratio = "3:2";
  request.size = "1K";
  request.quality = "standard";
  request.seed = 7;
  CHECK(images_body(request) ==
        R"({"model":"gpt-image-2","prompt":"a goose\n\nDo not show: people","n":1,)"
        R"("size":"1536x1024","quality":"medium","output_format":"png"})");
  struct Row {
    const char *ratio, *quality, *size, *level;
  };
  for (const Row& row :
       {Row{"1:1", "fast", "1024x1024", "low"}, Row{"2:3", "best", "1024x1536", "high"},
        Row{"9:16", "", "1024x1536", "auto"}, Row{"21:9", "", "1536x1024", "auto"},
        Row{"", "odd", "auto", "auto"}, Row{"wide", "", "auto", "auto"},
        Row{"0:1", "", "auto", "auto"}, Row{"-1:1", "", "auto", "auto"},
        Row{"1:1x", "", "auto", "auto"}, Row{"99999999999:1", "", "auto", "auto"}}) {
    CAPTURE(row.ratio);
    request.aspect_ratio = row.ratio;
    request.quality = row.quality;
    const std::string body = images_body(request);
    CHECK(body.find("\"size\":\"" + std::string(row.size) + "\"") != std::string::npos);
    CHECK(body.find("\"quality\":\"" + std::string(row.level) + "\"") != std::string::npos);
  }
}

TEST_CASE("a picture comes back in base64") {
  const ImageOutcome outcome =
      read_images(answer(200, R"({"created":1,"data":[{"b64_json":")" + base64_encode(png) +
                                  R"(","revised_prompt":"a fine goose"}],"usage":{}})"),
                  "gpt-image-2", now);
  REQUIRE(std::holds_alternative<ImageMade>(outcome));
  CHECK(std::get<ImageMade>(outcome).bytes == png);
  CHECK(std::get<ImageMade>(outcome).mime == "image/png");
  CHECK(std::get<ImageMade>(outcome).caption == "a fine goose");
}

TEST_CASE("an answer of OpenAI's without a readable picture is worth another attempt") {
  for (const auto& [body, code] : std::vector<std::pair<std::string, std::string>>{
           {"", "bad_answer"},
           {"<html>", "bad_answer"},
           {"{\"data\": [", "bad_answer"},
           {"{}", "no_image"},
           {R"({"data":[]})", "no_image"},
           {R"({"data":[null,7,{}]})", "no_image"},
           {R"({"data":[{"b64_json":"!!"}]})", "bad_answer"},
           {R"({"data":[{"b64_json":"aGVsbG8="}]})", "bad_answer"}}) {
    CAPTURE(body);
    const ImageOutcome outcome = read_images(answer(200, body), "m", now);
    REQUIRE(std::holds_alternative<ImageRetry>(outcome));
    CHECK(std::get<ImageRetry>(outcome).error.code == code);
  }
  IncomingResponse truncated = answer(200, "{}");
  truncated.body_truncated = true;
  CHECK(std::get<ImageFailed>(read_images(truncated, "m", now)).error.code == "too_large");
}

TEST_CASE("every error of OpenAI's is temporary, refused or permanent, with its own text") {
  using Kind = Fault::Kind;
  using std::chrono::seconds;
  struct Row {
    int status;
    std::string body;
    Headers headers;
    Kind kind;
    std::string code;
    std::optional<Milliseconds> after = std::nullopt;
  };
  const std::vector<Row> rows{
      {400, error_json(""), {}, Kind::failed, "bad_request"},
      {400, error_json("context_length_exceeded"), {}, Kind::failed, "bad_request"},
      {400, error_json("content_policy_violation"), {}, Kind::refused, "blocked"},
      {400,
       error_json("moderation_blocked", "image_generation_user_error"),
       {},
       Kind::refused,
       "blocked"},
      {401, error_json("invalid_api_key"), {}, Kind::failed, "invalid_key"},
      {403, error_json("unsupported_country"), {}, Kind::failed, "not_allowed"},
      {404, error_json("model_not_found"), {}, Kind::failed, "model_gone"},
      {408, "", {}, Kind::retry, "timeout"},
      {409, error_json("conflict"), {}, Kind::retry, "unavailable"},
      {413, "", {}, Kind::failed, "too_large"},
      {422, error_json(""), {}, Kind::failed, "bad_request"},
      {302, "", {}, Kind::failed, "bad_base_url"},
      {429,
       error_json("rate_limit_exceeded", "requests"),
       {{"retry-after-ms", "120"}, {"retry-after", "2"}},
       Kind::retry,
       "rate_limited",
       Milliseconds(120)},
      {429,
       error_json("rate_limit_exceeded", "tokens"),
       {{"retry-after", "2"}},
       Kind::retry,
       "rate_limited",
       seconds(2)},
      {429,
       error_json("rate_limit_exceeded", "rate_limit_error"),
       {{"x-ratelimit-remaining-tokens", "0"}, {"x-ratelimit-reset-tokens", "6m0s"}},
       Kind::retry,
       "rate_limited",
       seconds(360)},
      {429,
       error_json("rate_limit_exceeded"),
       {{"x-ratelimit-remaining-tokens", "-1"}, {"x-ratelimit-reset-tokens", "6m0s"}},
       Kind::retry,
       "rate_limited"},
      {429, error_json("slow_down"), {}, Kind::retry, "rate_limited", seconds(30)},
      {429,
       error_json("slow_down"),
       {{"retry-after", "45"}},
       Kind::retry,
       "rate_limited",
       seconds(45)},
      {429, error_json("insufficient_quota"), {}, Kind::failed, "no_quota"},
      {429, error_json("credit_balance_exhausted"), {}, Kind::failed, "no_quota"},
      {429, error_json("some_spend_limit", "insufficient_quota"), {}, Kind::failed, "no_quota"},
      {429, "<html>", {}, Kind::retry, "rate_limited"},
      {500, error_json("server_error"), {}, Kind::retry, "unavailable"},
      {502, "<html>Bad Gateway</html>", {}, Kind::retry, "unavailable"},
      {504, "<html>", {}, Kind::retry, "timeout"},
      {503,
       error_json("server_is_overloaded", "service_unavailable_error"),
       {{"retry-after", "9"}},
       Kind::retry,
       "unavailable",
       seconds(9)},
      // The header knows better than the table.
      {400, error_json(""), {{"x-should-retry", "true"}}, Kind::retry, "bad_request"},
      {500, error_json("server_error"), {{"x-should-retry", "false"}}, Kind::failed, "unavailable"},
      {400,
       error_json("moderation_blocked"),
       {{"x-should-retry", "true"}},
       Kind::refused,
       "blocked"}};
  for (const Row& row : rows) {
    CAPTURE(row.status);
    CAPTURE(row.body);
    const IncomingResponse response = answer(row.status, row.body, row.headers);
    const Fault fault = read_fault(response, "gpt-image-2", now);
    CHECK(fault.kind == row.kind);
    CHECK(fault.code == row.code);
    CHECK(fault.after == row.after);
    CHECK(fault.message.ends_with("."));
    const bool json = row.body.starts_with("{");
    CHECK((fault.detail == "their own words") == json);
    CHECK(fault.detail.find("html>") == std::string::npos);

    const ImageOutcome outcome = read_images(response, "gpt-image-2", now);
    CHECK(std::holds_alternative<ImageRetry>(outcome) == (row.kind == Kind::retry));
    CHECK(std::holds_alternative<ImageRefused>(outcome) == (row.kind == Kind::refused));
    CHECK(std::holds_alternative<ImageFailed>(outcome) == (row.kind == Kind::failed));

    const Error error = to_error(fault);
    CHECK((error.code == ErrorCode::invalid_argument) == (row.kind != Kind::retry));
    if (row.kind == Kind::retry) {
      CHECK((error.code == ErrorCode::rate_limited) == (row.code == "rate_limited"));
    }
  }
}

TEST_CASE("a model that OpenAI does not have is named") {
  const Fault fault = read_fault(answer(404, error_json("model_not_found")), "gpt-image-9", now);
  CHECK(fault.message.find("gpt-image-9") != std::string::npos);
}

TEST_CASE("OpenAI's list of models tells whether the key is accepted") {
  CHECK(read_models(answer(200, R"({"data":[{},{}]})"), now).value() == "2 models");
  CHECK(read_models(answer(200, R"({"data":[{}]})"), now).value() == "1 model");
  const auto code = [](int status, const std::string& body) {
    const Result<std::string> models = read_models(answer(status, body), now);
    REQUIRE_FALSE(models.has_value());
    return models.error().code;
  };
  CHECK(code(401, error_json("invalid_api_key")) == ErrorCode::invalid_argument);
  CHECK(code(404, "") == ErrorCode::invalid_argument);
  CHECK(code(429, "") == ErrorCode::rate_limited);
  CHECK(code(500, "") == ErrorCode::unavailable);
  CHECK(code(200, "<html>") == ErrorCode::unavailable);
  CHECK(code(200, "{}") == ErrorCode::unavailable);
}

}  // namespace
}  // namespace godwit::imagegen::openai
