#pragma once
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "imagegen/providers/openai/openai_error.h"
#include "imagegen/providers/text_model.h"
#include "net/http_client.h"

// OpenAI's two calls that write, as pure functions:
//
//     POST <base>/responses           the schema stands flat in text.format
//     POST <base>/chat/completions    it is wrapped in response_format.json_schema
//
// Both are asked for structured output: the text of the answer is JSON of the schema.
namespace godwit::imagegen::openai {

/// What the model is asked to write.
struct Assignment {
  std::string instructions;
  std::string input;
  std::string schema_name;  ///< [A-Za-z0-9_-]{1,64}
  std::string schema;       ///< JSON, in the strict form.
  int tokens_max = 2'000;   ///< Of the answer.
};
Assignment values_assignment(const ValuesWanted& wanted);
Assignment prompt_assignment(const PromptWanted& wanted);

std::string responses_body(const Assignment& assignment, std::string_view model);
std::string chat_body(const Assignment& assignment, std::string_view model);

/// The JSON text that the model wrote.
struct Written {
  std::string text;
};
/// It had more to write than tokens_max: another call with more room may help.
struct CutOff {};
using Writing = std::variant<Written, CutOff, Fault>;

Writing read_responses(const IncomingResponse& response, std::string_view model, Timestamp now);
Writing read_chat(const IncomingResponse& response, std::string_view model, Timestamp now);

/// What was written, checked: distinct, trimmed, not empty, none of wanted.existing, at most
/// wanted.count. Errors: unavailable when it does not fit the schema or nothing is left.
Result<std::vector<std::string>> read_values(std::string_view text, const ValuesWanted& wanted);
Result<ProposedPrompt> read_prompt(std::string_view text);

inline constexpr std::size_t value_size_max = 500;
inline constexpr std::size_t prompt_size_max = 10'000;

}  // namespace godwit::imagegen::openai
