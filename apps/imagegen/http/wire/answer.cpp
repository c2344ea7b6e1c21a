#include "imagegen/http/wire/answer.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/ascii.h"
#include "core/quoted.h"

namespace godwit::imagegen {
namespace {

/// Whether `text` is a JSON number that a page may read as one: `12`, `0.5`, `-3`.
bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = point == text.size() ? "0" : text.substr(point + 1);
  const auto digits = [](std::string_view part) {
    return !part.empty() && part.size() <= 15 && std::ranges::all_of(part, ascii::is_digit);
  };
  return digits(whole) && digits(fraction) && (whole.size() == 1 || whole.front() != '0');
}

}  // namespace

int status_of(ErrorCode kind) {
  switch (kind) {
    case ErrorCode::invalid_argument:
      return 400;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::conflict:
    case ErrorCode::quota_exceeded:
      return 409;
    case ErrorCode::rate_limited:
      return 429;
    case ErrorCode::unavailable:
      return 503;
    case ErrorCode::corrupt:
      return 500;
  }
  return 500;
}

Problem storage_problem(const Error& error) {
  Problem problem;
  problem.kind = error.code;
  problem.detail = error.message;
  switch (error.code) {
    case ErrorCode::not_found:
      problem.code = "not_found";
      problem.message = "It does not exist, or not any more. Load the page again.";
      break;
    case ErrorCode::conflict:
      problem.code = "name_taken";
      problem.message = "Another one has this name already. Choose a different name.";
      problem.field = "name";
      break;
    case ErrorCode::invalid_argument:
    case ErrorCode::quota_exceeded:
      problem.code = "invalid";
      problem.message = error.message;
      break;
    case ErrorCode::rate_limited:
    case ErrorCode::unavailable:
      problem.code = "storage_unavailable";
      problem.message =
          "The data directory cannot be read or written now: see whether the disk is full, then "
          "try again.";
      break;
    case ErrorCode::corrupt:
      problem.code = "storage_corrupt";
      problem.message =
          "Stored data cannot be read. Restore the data directory from a back-up, or set the "
          "value again.";
      break;
  }
  return problem;
}

Problem invalid_member(std::string field, std::string message) {
  return {.code = "invalid",
          .message = std::move(message),
          .field = std::move(field),
          .kind = ErrorCode::invalid_argument};
}

Problem not_found(std::string_view what, std::string_view id) {
  return {.code = "not_found",
          .message = fmt::format("There is no {} {}, or not any more. Load the page again.", what,
                                 quoted(id)),
          .kind = ErrorCode::not_found};
}

HttpResponse json_answer(std::string body, int status) {
  HttpResponse response;
  response.status = status;
  response.headers = {{"Content-Type", "application/json; charset=utf-8"},
                      {"Cache-Control", "no-store"}};
  response.body = std::move(body);
  return response;
}

HttpResponse text_answer(std::string body, std::string_view type) {
  HttpResponse response;
  response.headers = {{"Content-Type", std::string(type)}, {"Cache-Control", "no-store"}};
  response.body = std::move(body);
  return response;
}

HttpResponse problem_answer(const Problem& problem, int status) {
  std::string body;
  JsonWriter out(body);
  out.begin_object();
  out.key("error");
  write_problem(out, problem);
  out.end_object();
  HttpResponse response =
      json_answer(std::move(body), status == 0 ? status_of(problem.kind) : status);
  if (response.status == 503) response.headers.push_back({"Retry-After", "5"});
  return response;
}

void write_problem(JsonWriter& out, const Problem& problem) {
  out.begin_object();
  out.member("code", problem.code);
  out.member("message", problem.message);
  out.member_unless_empty("field", problem.field);
  if (!problem.params.empty()) {
    out.key("params");
    out.begin_object();
    for (const auto& [name, value] : problem.params) {
      out.foreign_key(name);
      if (is_number(value)) {
        out.raw(value);
      } else {
        out.string(value);
      }
    }
    out.end_object();
  }
  out.member_unless_empty("detail", problem.detail);
  out.end_object();
}

}  // namespace godwit::imagegen
