#include "imagegen/http/resources/refusals.h"

#include <fmt/format.h>

namespace godwit::imagegen {

Problem too_many(std::string_view what, std::size_t most) {
  return {.code = "too_many",
          .message = fmt::format("There may be {} {}: delete one first.", most, what),
          .params = {{"most", std::to_string(most)}}};
}

Problem text_model_problem(const Error& error) {
  Problem problem;
  problem.detail = error.message;
  switch (error.code) {
    case ErrorCode::rate_limited:
      problem.code = "rate_limited";
      problem.message = "The language model's limit is reached. Try again in a minute.";
      problem.kind = ErrorCode::rate_limited;
      break;
    case ErrorCode::unavailable:
      problem.code = "unavailable";
      problem.message = "The language model does not answer. Try again in a minute.";
      problem.kind = ErrorCode::unavailable;
      break;
    default:
      // Not the request's fault: the key, the model's name, or what the model thinks of the topic.
      problem.code = "text_model_refused";
      problem.message =
          "The language model refuses. Check the OpenAI API Key and the text model in Settings.";
      problem.kind = ErrorCode::conflict;
      break;
  }
  return problem;
}

}  // namespace godwit::imagegen
