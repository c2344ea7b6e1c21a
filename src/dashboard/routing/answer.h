#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json_out.h"
#include "core/result.h"
#include "core/time.h"
#include "net/http.h"

namespace godwit {

/// contract.ts's Problem: what a page shows when something was refused.
struct DashboardProblem {
  int status = 400;
  std::string code = "invalid";
  std::string message;     ///< An English sentence; never a token or a body.
  std::string field = {};  ///< Of the request; empty: none.
  std::vector<std::pair<std::string, std::string>> params = {};  ///< Of the translated text.
};

/// 200 unless told otherwise; never cached, never read by another origin.
HttpResponse dashboard_json(std::string json, int status = 200);
HttpResponse dashboard_problem(const DashboardProblem& problem);
/// The status is what ErrorCode says: 400 invalid, 404 not_found, 409 conflict, 412 quota, 429,
/// 503 unavailable, 500 corrupt.
HttpResponse dashboard_problem(const Error& error);
/// 404 `not_found`.
HttpResponse dashboard_not_found(std::string_view kind, std::string_view id);

/// `2026-11-24T10:15:02.120Z`
std::string iso_time(Timestamp time);
void write_time(JsonWriter& json, std::string_view name, Timestamp time);
/// null when there is none.
void write_time(JsonWriter& json, std::string_view name, const std::optional<Timestamp>& time);
/// A text, or null when it is empty.
void write_text_or_null(JsonWriter& json, std::string_view name, std::string_view text);
/// With at most three digits behind the point; null when there is none.
void write_number(JsonWriter& json, std::string_view name, std::optional<double> value);

}  // namespace godwit
