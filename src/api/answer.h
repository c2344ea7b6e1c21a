#pragma once
#include <string>
#include <string_view>

#include "core/result.h"
#include "net/http.h"

namespace godwit {

/// Every answer may be read by pages of any origin: tokens travel in a header that no browser adds
/// by itself.
HttpResponse json_answer(int status, std::string json);

/// `{"error": text}`, as every answer that is not a success.
HttpResponse error_answer(int status, std::string_view text);

/// The status is what ErrorCode says; 429 and 503 tell when to come again.
HttpResponse error_answer(const Error& error);

/// 404: `<kind> <id> not found`. Ids come from outside: an answer does not repeat a long one.
HttpResponse not_found_answer(std::string_view kind, std::string_view id);

/// What a change of `<kind> <id>` came to: 200 `{}`, or its error, not_found told as above.
HttpResponse change_answer(const Result<void>& done, std::string_view kind, std::string_view id);

/// The answer to a browser that asks before it sends.
HttpResponse preflight_answer();

}  // namespace godwit
