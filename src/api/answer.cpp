#include "api/answer.h"

#include <utility>

#include "core/assert.h"
#include "core/json_out.h"

namespace godwit {
namespace {

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::conflict:
      return 400;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::quota_exceeded:
      return 412;
    case ErrorCode::rate_limited:
      return 429;
    case ErrorCode::unavailable:
      return 503;
    case ErrorCode::corrupt:
      return 500;
  }
  GODWIT_ASSERT(false);
}

}  // namespace

HttpResponse json_answer(int status, std::string json) {
  HttpResponse response;
  response.status = status;
  response.headers.reserve(2);
  response.headers.push_back({.name = "Content-Type", .value = "application/json"});
  response.headers.push_back({.name = "Access-Control-Allow-Origin", .value = "*"});
  response.body = std::move(json);
  return response;
}

HttpResponse error_answer(int status, std::string_view text) {
  std::string body;
  body.reserve(text.size() + 16);
  JsonWriter json(body);
  json.begin_object();
  json.member("error", text);
  json.end_object();
  HttpResponse response = json_answer(status, std::move(body));
  if (status == 429 || status == 503) {
    response.headers.push_back({.name = "Retry-After", .value = "1"});
    response.headers.push_back(
        {.name = "Access-Control-Expose-Headers",
         .value = "Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, "
                  "Burst-RateLimit-Limit, Burst-RateLimit-Remaining, Burst-RateLimit-Reset"});
  }
  return response;
}

HttpResponse error_answer(const Error& error) {
  return error_answer(status_of(error.code), error.message);
}

HttpResponse not_found_answer(std::string_view kind, std::string_view id) {
  std::string text(kind);
  text.append(" ").append(id.substr(0, 100)).append(" not found");
  return error_answer(404, text);
}

HttpResponse change_answer(const Result<void>& done, std::string_view kind, std::string_view id) {
  if (done) return json_answer(200, "{}");
  if (done.error().code == ErrorCode::not_found) return not_found_answer(kind, id);
  return error_answer(done.error());
}

HttpResponse preflight_answer() {
  HttpResponse response;
  response.status = 204;
  response.headers = {
      {.name = "Access-Control-Allow-Origin", .value = "*"},
      {.name = "Access-Control-Allow-Methods", .value = "GET, POST, PUT, PATCH, DELETE, OPTIONS"},
      {.name = "Access-Control-Allow-Headers", .value = "*, Authorization"},
      {.name = "Access-Control-Max-Age", .value = "86400"}};
  return response;
}

}  // namespace godwit
