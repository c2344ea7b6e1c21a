#pragma once
#include <string>
#include <string_view>

#include "core/json_out.h"
#include "core/result.h"
#include "imagegen/domain/problem.h"
#include "net/http.h"

namespace godwit::imagegen {

/// The status that a problem of this kind is answered with.
int status_of(ErrorCode kind);

/// What to tell people about an error of Storage, SecretVault or ImageFiles: `not_found`,
/// `name_taken` (of a conflict), `storage_unavailable`, `storage_corrupt`.
Problem storage_problem(const Error& error);

/// 400 `invalid`, of the member or query parameter `field`.
Problem invalid_member(std::string field, std::string message);
/// 404 `not_found`; `what` is a noun with its article: `a generation`.
Problem not_found(std::string_view what, std::string_view id);

/// `application/json`, never cached.
HttpResponse json_answer(std::string body, int status = 200);
HttpResponse text_answer(std::string body, std::string_view type = "text/plain; charset=utf-8");
/// `{"error": Problem}` with the status of its kind, or with `status` when that is not 0.
HttpResponse problem_answer(const Problem& problem, int status = 0);

/// Appends one as contract.ts's Problem.
void write_problem(JsonWriter& out, const Problem& problem);

/// `write(JsonWriter&)` makes the body.
template <typename Write>
HttpResponse json_answer_of(Write write) {
  std::string body;
  JsonWriter out(body);
  write(out);
  return json_answer(std::move(body));
}

}  // namespace godwit::imagegen
