#include "imagegen/generations/problems.h"

#include <utility>

#include "core/url.h"

namespace godwit::imagegen {
namespace {

std::string host_of(const std::string& url) {
  const Result<Url> parsed = parse_url(url);
  return parsed ? parsed->host : std::string();
}

bool is_private_v4(std::string_view host, std::string_view begin, int from, int to) {
  if (!host.starts_with(begin)) return false;
  int second = 0;
  for (const char c : host.substr(begin.size())) {
    if (c < '0' || c > '9') break;
    second = second * 10 + (c - '0');
    if (second > 255) return false;
  }
  return second >= from && second <= to;
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost") || host == "::1" ||
         host.starts_with("127.") || host == "0.0.0.0" || host == "::";
}

/// Not reachable from the public network. Names are believed: only the broker can resolve them.
bool is_local(std::string_view host) {
  return is_loopback(host) || host.starts_with("10.") || host.starts_with("192.168.") ||
         host.starts_with("169.254.") || is_private_v4(host, "172.", 16, 31) ||
         host.ends_with(".local") || host.ends_with(".internal") || host.starts_with("fe80:") ||
         host.starts_with("fc") || host.starts_with("fd");
}

}  // namespace

Problem qstash_token_missing() {
  return {.code = "qstash_token_missing",
          .message =
              "QStash Token is not set. Set it in Settings, API Keys, or switch on local "
              "processing.",
          .field = "secrets.qstashToken"};
}

Problem gemini_key_missing() {
  return {.code = "gemini_key_missing",
          .message = "Gemini API Key is not set. Set it in Settings, API Keys, or choose the demo.",
          .field = "secrets.geminiApiKey"};
}

Problem openai_key_missing() {
  return {.code = "openai_key_missing",
          .message = "OpenAI API Key is not set. Set it in Settings, API Keys.",
          .field = "secrets.openaiApiKey"};
}

Problem model_unknown(std::string_view model) {
  return {.code = "model_unknown",
          .message = "The model " + std::string(model) +
                     " is not in the list of models; choose another one.",
          .field = "model",
          .params = {{"model", std::string(model)}},
          .kind = ErrorCode::invalid_argument};
}

Problem generation_not_found(std::string_view id) {
  return {.code = "generation_not_found",
          .message = "There is no generation " + std::string(id.substr(0, 100)) +
                     "; it may have been deleted.",
          .kind = ErrorCode::not_found};
}

Problem task_not_found(std::string_view id) {
  return {.code = "task_not_found",
          .message =
              "There is no task " + std::string(id.substr(0, 100)) + "; it may have been deleted.",
          .kind = ErrorCode::not_found};
}

Problem invalid(std::string_view field, std::string message) {
  return {.code = "invalid_value",
          .message = std::move(message),
          .field = std::string(field),
          .kind = ErrorCode::invalid_argument};
}

Problem of_storage(const Error& error) {
  Problem problem;
  problem.code = error.code == ErrorCode::not_found  ? "not_found"
                 : error.code == ErrorCode::conflict ? "changed_meanwhile"
                                                     : "storage_failed";
  problem.message = "The application's data could not be read or written; check the disk.";
  if (error.code == ErrorCode::not_found) problem.message = "It is not there any more.";
  if (error.code == ErrorCode::conflict) {
    problem.message = "It was changed by something else at the same time; try again.";
  }
  problem.detail = error.message;
  problem.kind = error.code;
  return problem;
}

Problem of_broker(const Error& error) {
  Problem problem;
  problem.detail = error.message;
  problem.kind = ErrorCode::conflict;
  switch (error.code) {
    case ErrorCode::invalid_argument:
      if (error.message.starts_with("token")) {
        problem.code = "qstash_token_refused";
        problem.message = "The broker refuses the QStash Token; set the right one in Settings.";
      } else {
        problem.code = "broker_refused";
        problem.message = "The broker refuses the request; its own text says why.";
      }
      break;
    case ErrorCode::not_found:
      problem.code = "broker_refused";
      problem.message = "The broker does not know what it was asked for; check the broker's URL.";
      break;
    case ErrorCode::rate_limited:
      problem.code = "broker_limited";
      problem.message = "The broker takes no more requests now; try again later.";
      break;
    default:
      problem.code = "broker_unreachable";
      problem.message = "The broker does not answer; check that it runs and that its URL is right.";
      problem.kind = ErrorCode::unavailable;
  }
  return problem;
}

bool is_of_broker(const Problem& problem) {
  return problem.code == "broker_unreachable" || problem.code == "broker_limited" ||
         problem.code == "qstash_token_refused" || problem.code == "broker_refused";
}

bool is_of_provider(const Problem& problem) {
  return problem.code == "quota_day" || problem.code == "no_quota" ||
         problem.code == "invalid_key" || problem.code == "not_allowed" ||
         problem.code == "model_gone" || problem.code == "gemini_key_missing" ||
         problem.code == "openai_key_missing";
}

bool webhook_is_unreachable(const Effective& effective) {
  const std::string broker = host_of(effective.broker_url.value);
  const std::string webhook = host_of(effective.public_url.value);
  if (webhook.empty()) return true;
  if (is_loopback(broker)) return false;
  // A broker in the same private network may well reach a private address, but never a loopback.
  return is_local(broker) ? is_loopback(webhook) : is_local(webhook);
}

Problem webhook_unreachable(const Effective& effective) {
  return {.code = "webhook_unreachable",
          .message = "The broker cannot call the webhook: the address " +
                     effective.public_url.value +
                     " cannot be reached from outside. Set a public address in Settings, or use "
                     "Godwit on this machine as the broker.",
          .field = "broker.publicUrl",
          .params = {{"url", effective.public_url.value}}};
}

bool is_hosted(const Effective& effective) {
  const std::string host = host_of(effective.broker_url.value);
  return host == "qstash.upstash.io" || host.ends_with(".upstash.io");
}

}  // namespace godwit::imagegen
