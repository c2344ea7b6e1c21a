#include "dashboard/routing/answer.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>

#include "core/assert.h"

namespace godwit {

HttpResponse dashboard_json(std::string json, int status) {
  HttpResponse response;
  response.status = status;
  response.headers = {{.name = "Content-Type", .value = "application/json"},
                      {.name = "Cache-Control", .value = "no-store"},
                      {.name = "X-Content-Type-Options", .value = "nosniff"}};
  response.body = std::move(json);
  return response;
}

HttpResponse dashboard_problem(const DashboardProblem& problem) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.key("error");
  json.begin_object();
  json.member("code", problem.code);
  json.member("message", problem.message);
  json.member_unless_empty("field", problem.field);
  if (!problem.params.empty()) {
    json.key("params");
    json.begin_object();
    for (const auto& [name, value] : problem.params) {
      json.foreign_key(name);
      json.string(value);
    }
    json.end_object();
  }
  json.end_object();
  json.end_object();
  HttpResponse response = dashboard_json(std::move(body), problem.status);
  if (problem.status == 503) response.headers.push_back({.name = "Retry-After", .value = "1"});
  return response;
}

HttpResponse dashboard_problem(const Error& error) {
  DashboardProblem problem{.status = 500, .code = "corrupt", .message = error.message};
  switch (error.code) {
    case ErrorCode::invalid_argument:
      problem.status = 400;
      problem.code = "invalid";
      break;
    case ErrorCode::conflict:
      problem.status = 409;
      problem.code = "conflict";
      break;
    case ErrorCode::not_found:
      problem.status = 404;
      problem.code = "not_found";
      break;
    case ErrorCode::quota_exceeded:
      problem.status = 412;
      problem.code = "quota_exceeded";
      break;
    case ErrorCode::rate_limited:
      problem.status = 429;
      problem.code = "rate_limited";
      break;
    case ErrorCode::unavailable:
      problem.status = 503;
      problem.code = "unavailable";
      break;
    case ErrorCode::corrupt:
      break;
  }
  return dashboard_problem(problem);
}

HttpResponse dashboard_not_found(std::string_view kind, std::string_view id) {
  return dashboard_problem(
      {.status = 404,
       .code = "not_found",
       .message = fmt::format("{} {} is not there (any more).", kind, id.substr(0, 100)),
       .params = {{"kind", std::string(kind)}, {"id", std::string(id.substr(0, 100))}}});
}

std::string iso_time(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

void write_time(JsonWriter& json, std::string_view name, Timestamp time) {
  json.member(name, iso_time(time));
}

void write_time(JsonWriter& json, std::string_view name, const std::optional<Timestamp>& time) {
  if (time) return write_time(json, name, *time);
  json.key(name);
  json.raw("null");
}

void write_text_or_null(JsonWriter& json, std::string_view name, std::string_view text) {
  if (!text.empty()) return json.member(name, text);
  json.key(name);
  json.raw("null");
}

void write_number(JsonWriter& json, std::string_view name, std::optional<double> value) {
  json.key(name);
  if (!value || !std::isfinite(*value)) return json.raw("null");
  json.raw(fmt::format("{}", std::round(*value * 1000) / 1000));
}

}  // namespace godwit
