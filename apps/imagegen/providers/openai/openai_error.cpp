#include "imagegen/providers/openai/openai_error.h"

#include <algorithm>
#include <array>
#include <utility>

#include "imagegen/providers/shared/json_reader.h"
#include "imagegen/providers/shared/waits.h"

namespace godwit::imagegen::openai {
namespace {

namespace dom = simdjson::dom;

/// After a warning that traffic grew too fast.
constexpr Milliseconds slow_down_wait{30'000};

struct WireError {
  std::string message;
  std::string type;
  std::string code;
};

/// Empty members when the body is no error of this API: a proxy's page perhaps.
WireError parse(const IncomingResponse& response) {
  WireError error;
  dom::parser parser;
  dom::element document;
  if (parser.parse(response.body).get(document) == simdjson::SUCCESS) {
    if (const std::optional<dom::element> object = member_at(document, "error")) {
      error.message = text_at(*object, "message");
      error.type = text_at(*object, "type");
      error.code = text_at(*object, "code");
    }
  }
  if (error.message.empty()) {
    error.message = "HTTP " + std::to_string(response.status) + " with " + describe_body(response);
  }
  return error;
}

bool is_one_of(std::string_view text, std::span<const std::string_view> all) {
  return std::ranges::find(all, text) != all.end();
}

/// The account's money, which no waiting brings back.
bool is_spent(const WireError& error) {
  constexpr std::array<std::string_view, 4> codes{"insufficient_quota", "credit_balance_exhausted",
                                                  "billing_hard_limit_reached",
                                                  "spend_limit_exceeded"};
  return is_one_of(error.code, codes) || error.type == "insufficient_quota";
}

bool is_refusal(std::string_view code) {
  constexpr std::array<std::string_view, 6> codes{
      "content_policy_violation", "moderation_blocked", "image_content_policy_violation",
      "invalid_prompt",           "bio_policy",         "content_filter"};
  return is_one_of(code, codes);
}

Fault fault(Fault::Kind kind, std::string_view code, std::string message, std::string detail) {
  Fault made;
  made.kind = kind;
  made.code = code;
  made.message = std::move(message);
  made.detail = std::move(detail);
  return made;
}

Fault read_limit(const IncomingResponse& response, WireError error, Timestamp now) {
  if (is_spent(error)) {
    return fault(Fault::Kind::failed, "no_quota",
                 "The OpenAI account has no credit left, or has reached its spending limit. Check "
                 "its billing.",
                 std::move(error.message));
  }
  Fault limited = fault(Fault::Kind::retry, "rate_limited",
                        "Rate limit exceeded. Lower the limit of requests an hour, or check the "
                        "limits of the OpenAI account.",
                        error.message);
  limited.quota = error.type.empty() ? error.code : error.type;
  limited.after = retry_after(response.headers, now);
  if (!limited.after) limited.after = rate_limit_reset(response.headers, now);
  if (error.code == "slow_down") {
    limited.after = std::max(limited.after.value_or(slow_down_wait), slow_down_wait);
  }
  return limited;
}

Fault by_status(const IncomingResponse& response, std::string_view model, Timestamp now) {
  const int status = response.status;
  WireError error = parse(response);
  if (status == 429) return read_limit(response, std::move(error), now);
  if (is_refusal(error.code)) {
    return fault(Fault::Kind::refused, "blocked", "OpenAI refused this prompt.",
                 std::move(error.message));
  }
  if (status == 401) {
    return fault(Fault::Kind::failed, "invalid_key",
                 "OpenAI does not accept the API key. Check it in the settings.",
                 std::move(error.message));
  }
  if (status == 403) {
    return fault(Fault::Kind::failed, "not_allowed",
                 "OpenAI does not allow this account to use the model: its country is not "
                 "supported, or the organization must be verified.",
                 std::move(error.message));
  }
  if (status == 404) {
    return fault(Fault::Kind::failed, "model_gone",
                 "OpenAI has no model " + std::string(model) + " (any more). Choose another model.",
                 std::move(error.message));
  }
  if (status == 413) {
    return fault(Fault::Kind::failed, "too_large", "The request is too large for OpenAI.",
                 std::move(error.message));
  }
  if (status == 408 || status == 409 || status >= 500) {
    const bool late = status == 408 || status == 504;
    Fault later = fault(Fault::Kind::retry, late ? "timeout" : "unavailable",
                        late            ? "OpenAI did not answer in time."
                        : status == 503 ? "OpenAI is overloaded."
                                        : "OpenAI failed with HTTP " + std::to_string(status) + ".",
                        std::move(error.message));
    later.after = retry_after(response.headers, now);
    return later;
  }
  if (status >= 300 && status < 400) {
    return fault(Fault::Kind::failed, "bad_base_url",
                 "OpenAI's base URL answers with a redirect. Check it in the settings.",
                 std::move(error.message));
  }
  return fault(Fault::Kind::failed, "bad_request", "OpenAI refused the request as wrong.",
               std::move(error.message));
}

}  // namespace

Fault read_fault(const IncomingResponse& response, std::string_view model, Timestamp now) {
  Fault read = by_status(response, model, now);
  const std::string* advice = find_header(response.headers, "x-should-retry");
  if (advice == nullptr || read.kind == Fault::Kind::refused) return read;
  if (*advice == "true" && read.kind == Fault::Kind::failed) {
    read.kind = Fault::Kind::retry;
    read.after = retry_after(response.headers, now);
  } else if (*advice == "false" && read.kind == Fault::Kind::retry) {
    read.kind = Fault::Kind::failed;
  }
  return read;
}

Fault failed_later(std::string_view code, std::string_view message) {
  if (is_refusal(code)) {
    return fault(Fault::Kind::refused, "blocked", "OpenAI refused this prompt.",
                 std::string(message));
  }
  if (code == "rate_limit_exceeded") {
    return fault(Fault::Kind::retry, "rate_limited", "Rate limit exceeded.", std::string(message));
  }
  return fault(Fault::Kind::retry, "unavailable", "OpenAI failed while it answered.",
               std::string(message));
}

ImageOutcome to_outcome(Fault fault, int http_status) {
  const Answerer who{provider, title, http_status};
  switch (fault.kind) {
    case Fault::Kind::refused:
      return image_refused(who, std::move(fault.message), fault.detail);
    case Fault::Kind::failed:
      return image_failed(who, fault.code, std::move(fault.message), fault.detail);
    case Fault::Kind::retry:
      break;
  }
  ImageRetry retry =
      image_retry(who, fault.code, std::move(fault.message), fault.detail, fault.after);
  retry.quota = std::move(fault.quota);
  return retry;
}

Error to_error(const Fault& fault) {
  const ErrorCode code = fault.kind != Fault::Kind::retry ? ErrorCode::invalid_argument
                         : fault.code == "rate_limited"   ? ErrorCode::rate_limited
                                                          : ErrorCode::unavailable;
  std::string text = fault.message;
  if (!fault.detail.empty()) text += " " + shortened(fault.detail, TaskError::detail_max);
  return {code, std::move(text)};
}

Result<std::string> read_models(const IncomingResponse& response, Timestamp now) {
  if (response.status != 200) {
    if (response.status == 404) {
      return fail(ErrorCode::invalid_argument,
                  "There is no OpenAI API at this base URL. It usually ends with /v1.");
    }
    return std::unexpected(to_error(read_fault(response, "", now)));
  }
  dom::parser parser;
  dom::element document;
  dom::array models;
  if (response.body_truncated || parser.parse(response.body).get(document) != simdjson::SUCCESS ||
      document.at_key("data").get(models) != simdjson::SUCCESS) {
    return fail(ErrorCode::unavailable,
                "The answer is not OpenAI's: " + describe_body(response) + ". Check the base URL.");
  }
  const std::size_t count = models.size();
  return std::to_string(count) + (count == 1 ? " model" : " models");
}

}  // namespace godwit::imagegen::openai
