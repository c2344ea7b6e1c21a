#include "imagegen/providers/gemini/gemini_error.h"

#include <array>
#include <optional>
#include <utility>

#include "core/ascii.h"
#include "imagegen/providers/shared/json_reader.h"
#include "imagegen/providers/shared/outcome.h"
#include "imagegen/providers/shared/waits.h"

namespace godwit::imagegen::gemini {
namespace {

namespace dom = simdjson::dom;

/// Of a limit by the minute that names no time.
constexpr Milliseconds minute_limit_wait{60'000};

struct Violation {
  std::string id;      ///< `GenerateRequestsPerMinutePerProjectPerModel-FreeTier`
  std::string metric;  ///< `generativelanguage.googleapis.com/generate_content_requests`
  std::string value;   ///< `5`
};

/// The error object of the wire.
struct WireError {
  std::string message;
  std::string status;  ///< `RESOURCE_EXHAUSTED`
  std::string reason;  ///< `API_KEY_INVALID`
  std::vector<Violation> violations;
  std::optional<Milliseconds> retry_delay;
};

void read_detail(const dom::element& detail, WireError& error) {
  const std::string_view type = text_at(detail, "@type");
  if (type.ends_with("google.rpc.QuotaFailure")) {
    for (const dom::element violation : elements_at(detail, "violations")) {
      error.violations.push_back({std::string(text_at(violation, "quotaId")),
                                  std::string(text_at(violation, "quotaMetric")),
                                  std::string(text_at(violation, "quotaValue"))});
    }
  } else if (type.ends_with("google.rpc.RetryInfo")) {
    error.retry_delay = parse_protobuf_duration(text_at(detail, "retryDelay"));
  } else if (type.ends_with("google.rpc.ErrorInfo")) {
    error.reason = text_at(detail, "reason");
  }
}

/// nullopt: the body is no error of this API; a proxy's page perhaps.
std::optional<WireError> parse(const std::string& body) {
  dom::parser parser;
  dom::element document;
  if (parser.parse(body).get(document) != simdjson::SUCCESS) return std::nullopt;
  // Some gateways wrap it into an array, as the streaming call does.
  if (document.is_array() && document.at(0).get(document) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  const std::optional<dom::element> object = member_at(document, "error");
  if (!object) return std::nullopt;
  WireError error;
  error.message = text_at(*object, "message");
  error.status = text_at(*object, "status");
  for (const dom::element detail : elements_at(*object, "details")) read_detail(detail, error);
  return error;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// Whether the text says `limit: 0`, and not `limit: 0.5` or `limit: 05`.
bool says_limit_zero(std::string_view text) {
  constexpr std::string_view words = "limit: 0";
  for (std::size_t at = 0; (at = text.find(words, at)) != std::string_view::npos;) {
    at += words.size();
    const std::string_view rest = text.substr(at);
    const bool goes_on =
        !rest.empty() && (ascii::is_digit(rest[0]) ||
                          (rest[0] == '.' && rest.size() > 1 && ascii::is_digit(rest[1])));
    if (!goes_on) return true;
  }
  return false;
}

const Violation* find_violation(const WireError& error, std::string_view period) {
  for (const Violation& violation : error.violations) {
    if (contains(violation.id, period)) return &violation;
  }
  return nullptr;
}

std::string name_of(const Violation& violation) {
  std::string name = violation.id.empty() ? violation.metric : violation.id;
  if (!violation.value.empty()) name += " (limit " + violation.value + ")";
  return name;
}

/// 429. Which of Gemini's limits was passed decides when another attempt has sense.
ImageOutcome read_quota(const Answerer& who, const WireError& error,
                        const IncomingResponse& response, const Asked& asked, Timestamp now) {
  bool none = says_limit_zero(error.message);
  for (const Violation& violation : error.violations) none = none || violation.value == "0";
  if (none) {
    return image_failed(who, "no_quota",
                        "This Gemini account has no quota for the model " +
                            std::string(asked.model) +
                            ". Turn on billing for its project, or choose another model.",
                        error.message);
  }
  if (const Violation* daily = find_violation(error, "PerDay")) {
    // The RetryInfo that comes with it speaks of seconds, and is wrong.
    ImageRetry retry = image_retry(
        who, "quota_day",
        "The daily quota of Gemini is used up. It begins anew at midnight Pacific time.",
        error.message, until_pacific_midnight(now));
    retry.quota = name_of(*daily);
    return retry;
  }
  std::optional<Milliseconds> after = retry_after(response.headers, now);
  if (!after) after = error.retry_delay;
  ImageRetry retry = image_retry(who, "rate_limited", "", error.message, after);
  if (!error.violations.empty()) {
    const Violation* by_minute = find_violation(error, "PerMinute");
    retry.quota = name_of(by_minute == nullptr ? error.violations.front() : *by_minute);
    if (!retry.after) retry.after = minute_limit_wait;
  }
  retry.error.message =
      "Rate limit exceeded" + (retry.quota.empty() ? std::string() : ": " + retry.quota) +
      ". Lower the limit of images an hour, or check the limits of the Gemini account.";
  return retry;
}

bool is_bad_key(int status, const WireError& error) {
  if (status == 401 || status == 403) return true;
  return error.reason == "API_KEY_INVALID" || contains(error.message, "API key not valid") ||
         contains(error.message, "API key expired");
}

ImageOutcome gone(const Answerer& who, const Asked& asked, const WireError& error) {
  std::string message = "Gemini has no model " + std::string(asked.model) + " (any more). ";
  message += asked.replacement.empty() ? "Choose another model."
                                       : "Choose " + std::string(asked.replacement) + " instead.";
  return image_failed(who, "model_gone", std::move(message), error.message);
}

}  // namespace

ImageOutcome read_error(const IncomingResponse& response, const Asked& asked, Timestamp now) {
  const Answerer who{provider, title, response.status};
  const int status = response.status;
  std::optional<WireError> parsed = parse(response.body);
  WireError error = parsed ? std::move(*parsed) : WireError{};
  if (error.message.empty()) {
    error.message = "HTTP " + std::to_string(status) + " with " + describe_body(response);
  }

  if (status == 429) return read_quota(who, error, response, asked, now);
  if (status == 404) return gone(who, asked, error);
  if ((status == 400 || status == 401 || status == 403) && is_bad_key(status, error)) {
    return image_failed(who, "invalid_key",
                        "Gemini does not accept the API key. Check it in the settings.",
                        error.message);
  }
  if (status == 400 && error.status == "FAILED_PRECONDITION") {
    return image_failed(who, "not_allowed",
                        "Gemini does not serve this account: its region is not supported, or "
                        "billing is not turned on.",
                        error.message);
  }
  if (status == 413) {
    return image_failed(who, "too_large", "The request is too large for Gemini.", error.message);
  }
  if (status >= 500 || status == 499 || status == 408) {
    std::optional<Milliseconds> after = retry_after(response.headers, now);
    if (!after) after = error.retry_delay;
    const bool late = status == 504 || status == 408;
    return image_retry(who, late ? "timeout" : "unavailable",
                       late            ? "Gemini did not finish the picture in time."
                       : status == 503 ? "Gemini is overloaded."
                                       : "Gemini failed with HTTP " + std::to_string(status) + ".",
                       error.message, after);
  }
  if (status >= 300 && status < 400) {
    return image_failed(who, "bad_base_url",
                        "Gemini's base URL answers with a redirect. Check it in the settings.",
                        error.message);
  }
  return image_failed(who, "bad_request", "Gemini refused the request as wrong.", error.message);
}

}  // namespace godwit::imagegen::gemini
