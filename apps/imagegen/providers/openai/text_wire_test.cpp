#include "imagegen/providers/openai/text_wire.h"

#include <doctest/doctest.h>
#include <simdjson.h>

#include <string>
#include <vector>

#include "core/json_out.h"

namespace godwit::imagegen::openai {
namespace {

namespace dom = simdjson::dom;

constexpr Timestamp now = from_unix_ms(1'795'514'400'000);

IncomingResponse answer(std::string body, int status = 200) {
  IncomingResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

std::string in_json(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string response_with(const std::string& blocks, const std::string& status = "completed",
                          const std::string& more = "") {
  return R"({"status":")" + status +
         R"(","error":null,"output":[{"type":"reasoning","summary":[]},)"
         R"({"type":"message","content":[)" +
         blocks + "]}]" + more + "}";
}

std::string block(const std::string& text) {
  return R"({"type":"output_text","annotations":[],"text":)" + in_json(text) + "}";
}

std::string chat_with(const std::string& message, const std::string& reason = "stop") {
  return R"({"choices":[{"index":0,"finish_reason":")" + reason + R"(","message":)" + message +
         "}]}";
}

ValuesWanted values_wanted() {
  ValuesWanted wanted;
  wanted.system_prompt = "Propose values.";
  wanted.name = "breed";
  wanted.topic = "cats";
  wanted.count = 3;
  wanted.language = "ru";
  wanted.existing = {"Сиамская"};
  return wanted;
}

TEST_CASE("a request in responses has the strict schema flat in its format, and is not stored") {
  const std::string body = responses_body(values_assignment(values_wanted()), "gpt-5.4-mini");
  dom::parser parser;
  dom::element document;
  REQUIRE(parser.parse(body).get(document) == simdjson::SUCCESS);
  CHECK(std::string_view(document["model"]) == "gpt-5.4-mini");
  CHECK(std::string_view(document["instructions"]) == "Propose values.");
  CHECK_FALSE(bool(document["store"]));
  CHECK(std::int64_t(document["max_output_tokens"]) >= 500);
  CHECK(std::string_view(document["reasoning"]["effort"]) == "low");
  const dom::element format = document["text"]["format"];
  CHECK(std::string_view(format["type"]) == "json_schema");
  CHECK(bool(format["strict"]));
  CHECK_FALSE(bool(format["schema"]["additionalProperties"]));
  CHECK(document["temperature"].error() == simdjson::NO_SUCH_FIELD);
  const std::string input{std::string_view(document["input"])};
  for (const char* part : {"breed", "cats", "Russian", "Сиамская", "Number of values: 3"}) {
    CHECK(input.find(part) != std::string::npos);
  }
}

TEST_CASE("models that do not reason are not told how much to") {
  CHECK(responses_body(values_assignment(values_wanted()), "gpt-4.1-mini").find("reasoning") ==
        std::string::npos);
}

TEST_CASE("a request in chat wraps the schema") {
  PromptWanted wanted;
  wanted.system_prompt = "Write a prompt.";
  wanted.idea = "a goose";
  wanted.parameters = {"breed"};
  const std::string body = chat_body(prompt_assignment(wanted), "gpt-4.1-mini");
  dom::parser parser;
  dom::element document;
  REQUIRE(parser.parse(body).get(document) == simdjson::SUCCESS);
  const dom::element format = document["response_format"];
  CHECK(std::string_view(format["type"]) == "json_schema");
  CHECK(bool(format["json_schema"]["strict"]));
  CHECK(std::string_view(format["json_schema"]["schema"]["type"]) == "object");
  CHECK(std::string_view(document["messages"].at(0)["role"]) == "system");
  CHECK(std::string_view(document["messages"].at(1)["role"]) == "user");
  const std::string input{std::string_view(document["messages"].at(1)["content"])};
  CHECK(input.find("{{breed}}") != std::string::npos);
}

TEST_CASE("schemas keep the rules of strict output") {
  for (const Assignment& assignment :
       {values_assignment(values_wanted()), prompt_assignment(PromptWanted{})}) {
    dom::parser parser;
    dom::element schema;
    REQUIRE(parser.parse(assignment.schema).get(schema) == simdjson::SUCCESS);
    CHECK(std::string_view(schema["type"]) == "object");
    CHECK_FALSE(bool(schema["additionalProperties"]));
    std::vector<std::string_view> required;
    for (const dom::element name : dom::array(schema["required"])) {
      required.emplace_back(std::string_view(name));
    }
    std::vector<std::string_view> properties;
    for (const auto& [name, property] : dom::object(schema["properties"])) {
      properties.push_back(name);
    }
    CHECK(required == properties);
    CHECK(assignment.schema_name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") ==
          std::string::npos);
  }
}

TEST_CASE("every end of a response is told apart") {
  const auto text_of = [](const std::string& body) {
    const Writing writing = read_responses(answer(body), "m", now);
    REQUIRE(std::holds_alternative<Written>(writing));
    return std::get<Written>(writing).text;
  };
  CHECK(text_of(response_with(block("{}"))) == "{}");
  CHECK(text_of(response_with(block("{") + "," + block("}"))) == "{}");

  CHECK(std::holds_alternative<CutOff>(read_responses(
      answer(response_with(block("{"), "incomplete",
                           R"(,"incomplete_details":{"reason":"max_output_tokens"})")),
      "m", now)));

  using Kind = Fault::Kind;
  struct Row {
    std::string body;
    Kind kind;
    std::string code, detail;
  };
  const auto failed = [](const std::string& code) {
    return R"({"status":"failed","error":{"code":")" + code + R"(","message":"why"},"output":[]})";
  };
  for (const Row& row : std::vector<Row>{
           {response_with(R"({"type":"refusal","refusal":"I cannot."})"), Kind::refused, "blocked",
            "I cannot."},
           {response_with("", "incomplete", R"(,"incomplete_details":{"reason":"content_filter"})"),
            Kind::refused, "blocked", "content_filter"},
           {failed("server_error"), Kind::retry, "unavailable", "why"},
           {failed("rate_limit_exceeded"), Kind::retry, "rate_limited", "why"},
           {failed("invalid_prompt"), Kind::refused, "blocked", "why"},
           {failed("bio_policy"), Kind::refused, "blocked", "why"},
           {failed("image_content_policy_violation"), Kind::refused, "blocked", "why"}}) {
    CAPTURE(row.body);
    const Writing writing = read_responses(answer(row.body), "m", now);
    REQUIRE(std::holds_alternative<Fault>(writing));
    const Fault& fault = std::get<Fault>(writing);
    CHECK(fault.kind == row.kind);
    CHECK(fault.code == row.code);
    CHECK(fault.detail == row.detail);
  }
  for (const std::string& body :
       {std::string(), std::string("<html>"), std::string("{\"id\":\"resp_"), std::string("[]"),
        std::string("{}"), response_with(""),
        std::string(R"({"output":[null,{"type":"message"}]})"),
        std::string(R"({"status":"failed","error":null})")}) {
    CAPTURE(body);
    const Writing writing = read_responses(answer(body), "m", now);
    REQUIRE(std::holds_alternative<Fault>(writing));
    CHECK(std::get<Fault>(writing).kind == Kind::retry);
  }
  const Writing limited = read_responses(answer("{}", 429), "m", now);
  CHECK(std::get<Fault>(limited).code == "rate_limited");
}

TEST_CASE("every end of a chat is told apart") {
  const auto ends = [](const std::string& body) { return read_chat(answer(body), "m", now); };
  const Writing written = ends(chat_with(R"({"content":"{}","refusal":null})"));
  REQUIRE(std::holds_alternative<Written>(written));
  CHECK(std::get<Written>(written).text == "{}");
  CHECK(std::holds_alternative<CutOff>(ends(chat_with(R"({"content":"{"})", "length"))));
  const Writing refused = ends(chat_with(R"({"content":null,"refusal":"No."})"));
  CHECK(std::get<Fault>(refused).kind == Fault::Kind::refused);
  CHECK(std::get<Fault>(refused).detail == "No.");
  CHECK(std::get<Fault>(ends(chat_with(R"({"content":""})", "content_filter"))).code == "blocked");
  for (const std::string& body : {std::string("{}"), std::string("<html>"), chat_with("null"),
                                  chat_with("{}"), std::string(R"({"choices":[]})")}) {
    CHECK(std::get<Fault>(ends(body)).code == "bad_answer");
  }
}

TEST_CASE("values are trimmed, distinct, new and not more than were asked for") {
  const ValuesWanted wanted = values_wanted();
  const auto values = [&](const std::string& text) { return read_values(text, wanted); };
  CHECK(values(R"({"values":[" Мейн-кун ","","Мейн-кун","Сиамская",7,"Рэгдолл"]})").value() ==
        std::vector<std::string>{"Мейн-кун", "Рэгдолл"});
  CHECK(values(R"({"values":["a","b","c","d"]})").value().size() == 3);
  for (const char* text : {"", "no JSON", "{}", "[]", R"({"values":"a"})", R"({"values":[]})",
                           R"({"values":["Сиамская"," "]})"}) {
    CAPTURE(text);
    const Result<std::vector<std::string>> none = values(text);
    REQUIRE_FALSE(none.has_value());
    CHECK(none.error().code == ErrorCode::unavailable);
  }
  const std::string longest(2 * value_size_max, 'x');
  CHECK(values(R"({"values":[")" + longest + "\"]}").value().front().size() == value_size_max);
}

TEST_CASE("a proposed prompt has its text, if not its name") {
  const Result<ProposedPrompt> prompt =
      read_prompt(R"({"name":" Cats ","content":"A {{breed}} cat "})");
  REQUIRE(prompt.has_value());
  CHECK(prompt->name == "Cats");
  CHECK(prompt->content == "A {{breed}} cat");
  CHECK(read_prompt(R"({"content":"A cat"})").has_value());
  for (const char* text : {"", "{}", R"({"name":"Cats","content":" "})", R"({"content":7})"}) {
    CHECK_FALSE(read_prompt(text).has_value());
  }
}

}  // namespace
}  // namespace godwit::imagegen::openai
