#include "imagegen/providers/openai/text_wire.h"

#include <algorithm>
#include <utility>

#include "core/json_out.h"
#include "imagegen/providers/shared/json_reader.h"

namespace godwit::imagegen::openai {
namespace {

namespace dom = simdjson::dom;

std::string_view language_name(std::string_view language) {
  return language == "ru" ? "Russian" : "English";
}

/// gpt-5 models think before they write, which this work does not need; others refuse the member.
bool can_reason(std::string_view model) { return model.starts_with("gpt-5"); }

Fault unreadable(const IncomingResponse& response) {
  Fault fault;
  fault.kind = Fault::Kind::retry;
  fault.code = "bad_answer";
  fault.message = "OpenAI's answer cannot be read.";
  fault.detail = describe_body(response);
  return fault;
}

Fault refusal(std::string_view text) {
  Fault fault;
  fault.kind = Fault::Kind::refused;
  fault.code = "blocked";
  fault.message = "OpenAI refused to write this.";
  fault.detail = text;
  return fault;
}

/// Parses a 2xx answer into `document`; a Fault when it is none or no JSON.
std::optional<Fault> open(const IncomingResponse& response, std::string_view model, Timestamp now,
                          dom::parser& parser, dom::element& document) {
  if (response.status < 200 || response.status > 299) return read_fault(response, model, now);
  if (response.body_truncated || parser.parse(response.body).get(document) != simdjson::SUCCESS ||
      !document.is_object()) {
    return unreadable(response);
  }
  return std::nullopt;
}

}  // namespace

Assignment values_assignment(const ValuesWanted& wanted) {
  Assignment assignment;
  assignment.instructions = wanted.system_prompt;
  std::string& input = assignment.input;
  input = "Parameter: " + wanted.name + "\n";
  if (!wanted.topic.empty()) input += "Topic: " + wanted.topic + "\n";
  input += "Language of the values: " + std::string(language_name(wanted.language)) + "\n";
  if (!wanted.existing.empty()) {
    input += "Do not repeat these:\n";
    for (const std::string& value : wanted.existing) input += "- " + value + "\n";
  }
  input += "Number of values: " + std::to_string(wanted.count);
  assignment.schema_name = "parameter_values";
  assignment.schema = R"({"type":"object","additionalProperties":false,"required":["values"],)"
                      R"("properties":{"values":{"type":"array","items":{"type":"string"}}}})";
  // A value is a few words; with room for scripts that need a token a letter.
  assignment.tokens_max = 500 + wanted.count * 60;
  return assignment;
}

Assignment prompt_assignment(const PromptWanted& wanted) {
  Assignment assignment;
  assignment.instructions = wanted.system_prompt;
  assignment.input = "Idea: " + wanted.idea + "\n";
  assignment.input += "Language: " + std::string(language_name(wanted.language)) + "\n";
  if (!wanted.parameters.empty()) {
    assignment.input += "Parameters that the prompt may contain, spelled exactly so:\n";
    for (const std::string& name : wanted.parameters) assignment.input += "- {{" + name + "}}\n";
  }
  assignment.schema_name = "image_prompt";
  assignment.schema =
      R"({"type":"object","additionalProperties":false,"required":["name","content"],)"
      R"("properties":{"name":{"type":"string","description":"a title of a few words"},)"
      R"("content":{"type":"string","description":"the complete prompt"}}})";
  assignment.tokens_max = 2'000;
  return assignment;
}

std::string responses_body(const Assignment& assignment, std::string_view model) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("model", model);
  json.member("instructions", assignment.instructions);
  json.member("input", assignment.input);
  json.member("max_output_tokens", assignment.tokens_max);
  json.member("store", false);
  if (can_reason(model)) {
    json.key("reasoning");
    json.begin_object();
    json.member("effort", "low");
    json.end_object();
  }
  json.key("text");
  json.begin_object();
  json.key("format");
  json.begin_object();
  json.member("type", "json_schema");
  json.member("name", assignment.schema_name);
  json.member("strict", true);
  json.key("schema");
  json.raw(assignment.schema);
  json.end_object();
  json.end_object();
  json.end_object();
  return body;
}

std::string chat_body(const Assignment& assignment, std::string_view model) {
  std::string body;
  JsonWriter json(body);
  const auto message = [&json](std::string_view role, std::string_view content) {
    json.begin_object();
    json.member("role", role);
    json.member("content", content);
    json.end_object();
  };
  json.begin_object();
  json.member("model", model);
  json.key("messages");
  json.begin_array();
  message("system", assignment.instructions);
  message("user", assignment.input);
  json.end_array();
  json.member("max_completion_tokens", assignment.tokens_max);
  json.key("response_format");
  json.begin_object();
  json.member("type", "json_schema");
  json.key("json_schema");
  json.begin_object();
  json.member("name", assignment.schema_name);
  json.member("strict", true);
  json.key("schema");
  json.raw(assignment.schema);
  json.end_object();
  json.end_object();
  json.end_object();
  return body;
}

Writing read_responses(const IncomingResponse& response, std::string_view model, Timestamp now) {
  dom::parser parser;
  dom::element document;
  if (auto fault = open(response, model, now, parser, document)) return std::move(*fault);
  const std::string_view status = text_at(document, "status");
  if (status == "failed") {
    const std::optional<dom::element> error = member_at(document, "error");
    if (!error) return failed_later("", "without a reason");
    return failed_later(text_at(*error, "code"), text_at(*error, "message"));
  }
  if (status == "incomplete") {
    const std::optional<dom::element> details = member_at(document, "incomplete_details");
    const std::string_view reason = details ? text_at(*details, "reason") : std::string_view();
    if (reason == "content_filter") return refusal("content_filter");
    return CutOff{};
  }
  Written written;
  for (const dom::element item : elements_at(document, "output")) {
    if (text_at(item, "type") != "message") continue;
    for (const dom::element block : elements_at(item, "content")) {
      const std::string_view type = text_at(block, "type");
      if (type == "refusal") return refusal(text_at(block, "refusal"));
      if (type == "output_text") written.text += text_at(block, "text");
    }
  }
  if (written.text.empty()) return unreadable(response);
  return written;
}

Writing read_chat(const IncomingResponse& response, std::string_view model, Timestamp now) {
  dom::parser parser;
  dom::element document;
  if (auto fault = open(response, model, now, parser, document)) return std::move(*fault);
  for (const dom::element choice : elements_at(document, "choices")) {
    const std::string_view reason = text_at(choice, "finish_reason");
    const std::optional<dom::element> message = member_at(choice, "message");
    if (reason == "content_filter") return refusal("content_filter");
    if (!message) break;
    const std::string_view refused = text_at(*message, "refusal");
    if (!refused.empty()) return refusal(refused);
    if (reason == "length") return CutOff{};
    const std::string_view content = text_at(*message, "content");
    if (content.empty()) break;
    return Written{std::string(content)};
  }
  return unreadable(response);
}

Result<std::vector<std::string>> read_values(std::string_view text, const ValuesWanted& wanted) {
  dom::parser parser;
  dom::element document;
  if (parser.parse(text.data(), text.size()).get(document) != simdjson::SUCCESS) {
    return fail(ErrorCode::unavailable, "OpenAI wrote no JSON. Try again.");
  }
  Result<std::vector<std::string>> values(std::in_place);
  for (const dom::element element : elements_at(document, "values")) {
    std::string_view value;
    if (element.get(value) != simdjson::SUCCESS) continue;
    std::string trimmed = shortened(value, value_size_max);
    if (trimmed.empty() || std::ranges::find(*values, trimmed) != values->end() ||
        std::ranges::find(wanted.existing, trimmed) != wanted.existing.end()) {
      continue;
    }
    values->push_back(std::move(trimmed));
    if (values->size() >= static_cast<std::size_t>(std::max(wanted.count, 0))) break;
  }
  if (values->empty()) {
    return fail(ErrorCode::unavailable, "OpenAI proposed no new values. Try again.");
  }
  return values;
}

Result<ProposedPrompt> read_prompt(std::string_view text) {
  dom::parser parser;
  dom::element document;
  if (parser.parse(text.data(), text.size()).get(document) != simdjson::SUCCESS) {
    return fail(ErrorCode::unavailable, "OpenAI wrote no JSON. Try again.");
  }
  Result<ProposedPrompt> prompt(std::in_place);
  prompt->name = shortened(text_at(document, "name"), 200);
  prompt->content = shortened(text_at(document, "content"), prompt_size_max);
  if (prompt->content.empty()) {
    return fail(ErrorCode::unavailable, "OpenAI proposed an empty prompt. Try again.");
  }
  return prompt;
}

}  // namespace godwit::imagegen::openai
