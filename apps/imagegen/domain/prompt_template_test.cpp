#include "imagegen/domain/prompt_template.h"

#include <doctest/doctest.h>

namespace godwit::imagegen {
namespace {

using Names = std::vector<std::string>;

Parameter parameter(std::string name, std::vector<std::string> values) {
  Parameter made;
  made.name = std::move(name);
  made.values = std::move(values);
  return made;
}

TEST_CASE("parameters are found wherever they stand, once each, in order") {
  CHECK(parameters_of("a {{style}} cat, {{color}}, {{style}}") == Names{"style", "color"});
  CHECK(parameters_of("{{ style }} {{\tcolor\t}}") == Names{"style", "color"});
  CHECK(parameters_of("{{стиль}} {{цвет_2}} {{ёж}}") == Names{"стиль", "цвет_2", "ёж"});
  CHECK(parameters_of("{{色}} {{रंग}}") == Names{"色", "रंग"});
  CHECK(parameters_of("{{{style}}}") == Names{"style"});
  CHECK(parameters_of("{{{{style}}}}") == Names{"style"});
  CHECK(parameters_of("{{a}}{{b}}") == Names{"a", "b"});
  CHECK(parameters_of("no parameters at all").empty());
}

TEST_CASE("what is no parameter is text") {
  for (const char* text : {"{{}}", "{{ }}", "{{2style}}", "{{_style}}", "{{my style}}", "{{style}",
                           "{style}}", "{ {style} }", "{{style\n}}", "{{st.yle}}", "{{", "}}",
                           "{{-}}", "{{\xff}}", "{{style\xff}}"}) {
    CAPTURE(text);
    CHECK(parameters_of(text).empty());
    CHECK(resolve(text, {{"style", "x"}, {"my style", "x"}}) == text);
  }
  CHECK(parameters_of("{{" + std::string(64, 'a') + "}}").size() == 1);
  CHECK(parameters_of("{{" + std::string(65, 'a') + "}}").empty());
}

TEST_CASE("values take the places of their names, and are not read again") {
  CHECK(resolve("a {{style}} cat", {{"style", "pencil"}}) == "a pencil cat");
  CHECK(resolve("{{ стиль }}: {{стиль}}", {{"стиль", "акварель"}}) == "акварель: акварель");
  CHECK(resolve("{{a}}{{b}}", {{"a", "{{b}}"}, {"b", "2"}}) == "{{b}}2");
  CHECK(resolve("{{{a}}}", {{"a", "1"}}) == "{1}");
  CHECK(resolve("{{a}} and {{unknown}}", {{"a", "1"}}) == "1 and {{unknown}}");
  CHECK(resolve("{{a}}", {{"a", ""}}).empty());
}

TEST_CASE("a name is refused with what to do about it") {
  for (const char* name : {"style", "Стиль", "a", "a-b_c9", "色", "й"}) {
    CAPTURE(name);
    CHECK(check_parameter_name(name));
  }
  const auto message = [](std::string_view name) {
    const Result<void> checked = check_parameter_name(name);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code == ErrorCode::invalid_argument);
    return checked.error().message;
  };
  CHECK(message("").find("empty") != std::string::npos);
  CHECK(message("2style").find("begin with a letter") != std::string::npos);
  CHECK(message("_style").find("begin with a letter") != std::string::npos);
  CHECK(message("main color").find("`main_color`") != std::string::npos);
  CHECK(message("a}}").find("letters, digits") != std::string::npos);
  CHECK(message("a\xff").find("letters, digits") != std::string::npos);
  CHECK(message("\xff").find("begin with a letter") != std::string::npos);
  std::string longest;
  for (int i = 0; i < 64; ++i) longest += "ж";
  CHECK(check_parameter_name(longest));
  CHECK(message(longest + "ж").find("longer than 64") != std::string::npos);
}

TEST_CASE("variants are all combinations, the last name changing fastest") {
  const std::vector<Parameter> parameters{
      parameter("a", {"1", "2"}), parameter("unused", {"x", "y"}), parameter("b", {"p", "q", "r"})};
  const std::string content = "{{b}} {{a}} {{b}}";
  REQUIRE(count_variants(content, parameters) == 6);
  std::string all;
  for (std::uint64_t i = 0; i < 6; ++i) {
    all += resolve(content, variant_at(content, parameters, i)) + "; ";
  }
  CHECK(all == "p 1 p; p 2 p; q 1 q; q 2 q; r 1 r; r 2 r; ");
  CHECK(variant_at(content, parameters, 3) == Variant{{"b", "q"}, {"a", "2"}});
  CHECK(count_variants("text", parameters) == 1);
  CHECK(variant_at("text", parameters, 0).empty());
}

TEST_CASE("an unknown parameter, or one without values, makes no variants") {
  const std::vector<Parameter> parameters{parameter("a", {"1", "2"}), parameter("empty", {})};
  CHECK(count_variants("{{a}} {{unknown}}", parameters) == 0);
  CHECK(count_variants("{{a}} {{empty}}", parameters) == 0);
}

TEST_CASE("the number of variants stops at its maximum instead of overflowing") {
  std::vector<Parameter> parameters;
  std::string content;
  for (char name = 'a'; name <= 'z'; ++name) {
    parameters.push_back(parameter(std::string(1, name), std::vector<std::string>(1'000, "v")));
    content += "{{" + std::string(1, name) + "}}";
  }
  CHECK(count_variants("{{a}}{{b}}", parameters) == 1'000'000);
  CHECK(count_variants("{{a}}{{b}}{{c}}", parameters) == variants_count_max);
  CHECK(count_variants(content, parameters) == variants_count_max);
  CHECK(count_variants(content + "{{unknown}}", parameters) == 0);
}

}  // namespace
}  // namespace godwit::imagegen
