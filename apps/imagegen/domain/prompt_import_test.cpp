#include "imagegen/domain/prompt_import.h"

#include <doctest/doctest.h>

#include "imagegen/domain/unicode.h"

namespace godwit::imagegen {
namespace {

using Rows = std::vector<PromptRow>;

std::string refusal(PromptFormat format, std::string_view text) {
  const Result<Rows> rows = import_prompts(format, text);
  REQUIRE_FALSE(rows);
  CHECK(rows.error().code == ErrorCode::invalid_argument);
  return rows.error().message;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a CSV file is read as spreadsheets write it") {
  const Rows expected{{"Cat", "a {{style}} cat, sitting"}, {"Кот", "кот в \"шляпе\"\nна крыше"}};
  for (const char* text : {
           "name,prompt\nCat,\"a {{style}} cat, sitting\"\nКот,\"кот в \"\"шляпе\"\"\nна крыше\"\n",
           "\xef\xbb\xbfname,prompt\r\nCat,\"a {{style}} cat, sitting\"\r\n"
           "Кот,\"кот в \"\"шляпе\"\"\nна крыше\"",
           "Name;Prompt\nCat;a {{style}} cat, sitting\n\n"
           "Кот;\"кот в \"\"шляпе\"\"\nна крыше\"\n",
           "name\tprompt\rCat\ta {{style}} cat, sitting\r"
           "Кот\t\"кот в \"\"шляпе\"\"\nна крыше\"\r",
           "id,PROMPT, name \n1,\"a {{style}} cat, sitting\",Cat\n"
           "2,\"кот в \"\"шляпе\"\"\nна крыше\",Кот\n",
           "\"name\",\"prompt\"\n\"Cat\",\" a {{style}} cat, sitting \"\n"
           "\"Кот\",\"кот в \"\"шляпе\"\"\nна крыше\"\n",
       }) {
    CAPTURE(text);
    const Result<Rows> rows = import_prompts(PromptFormat::csv, text);
    REQUIRE_MESSAGE(rows, rows.error().message);
    CHECK(*rows == expected);
  }
}

TEST_CASE("a fault in a CSV file is told with its line and what to do") {
  struct Row {
    const char* text;
    const char* line;
    const char* what;
  };
  const Row rows[] = {
      {"a,b\n1,2\n", "line 1: ", "no column `name`"},
      {"name,text\n1,2\n", "line 1: ", "no column `prompt`"},
      {"name,prompt\nCat,a\nDog\n", "line 3: ", "1 fields where the header has 2"},
      {"name,prompt\nCat,a, b\n", "line 2: ", "3 fields where the header has 2"},
      {"name,prompt\nCat,\"a\nb\nc\"\nDog,\n", "line 5: ", "the prompt is empty"},
      {"name,prompt\n,a\n", "line 2: ", "the name is empty"},
      {"name,prompt\nCat,a\nDog,\"never closed\nBird,b\n", "line 3: ", "never ends"},
      {"name,prompt\nCat,\"a\"b\n", "line 2: ", "behind a closing quote"},
      {"name,prompt\nCat,\"a\n\"b\n", "line 3: ", "behind a closing quote"},
      {"name,prompt\nCat,the \"red\" one\n", "line 2: ", "a quote stands inside a field"},
      {"name,prompt\nCat,a\n\nCat,b\n", "line 4: ", "stands in line 2 already"},
      {"name,prompt\nCat,\xcf\xf0\n", "line 2: ", "save the file as UTF-8"},
      {"\xff\xfen\0a\0", "line 1: ", "save the file as UTF-8"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const std::string message = refusal(PromptFormat::csv, row.text);
    CAPTURE(message);
    CHECK(message.starts_with(row.line));
    CHECK(has(message, row.what));
  }
  CHECK(has(refusal(PromptFormat::csv, ""), "no prompt in the file"));
  CHECK(has(refusal(PromptFormat::csv, "name,prompt\n\n"), "no prompt in the file"));
  CHECK(has(refusal(PromptFormat::csv, std::string_view("name,prompt\na,b\0c", 17)), "line 2: "));
}

TEST_CASE("lines of text are prompts that name themselves") {
  const Result<Rows> rows = import_prompts(
      PromptFormat::text,
      "\xef\xbb\xbf  a cat\t\r\n\r\na dog\n\u00a0\na cat\nодин очень длинный промпт про кота, "
      "который долго-долго сидел на окне и смотрел на птиц\na cat");
  REQUIRE(rows);
  REQUIRE(rows->size() == 5);
  CHECK((*rows)[0] == PromptRow{"a cat", "a cat"});
  CHECK((*rows)[1] == PromptRow{"a dog", "a dog"});
  CHECK((*rows)[2] == PromptRow{"a cat (2)", "a cat"});
  CHECK((*rows)[3].name == "один очень длинный промпт про кота, который долго-долго…");
  CHECK((*rows)[3].content.ends_with("смотрел на птиц"));
  CHECK((*rows)[4] == PromptRow{"a cat (3)", "a cat"});
  CHECK(has(refusal(PromptFormat::text, " \n\t\n"), "write one a line"));
}

TEST_CASE("an import has limits and says which was passed") {
  std::string lines;
  for (std::size_t i = 0; i < import_rows_max; ++i) lines += "prompt " + std::to_string(i) + "\n";
  const Result<Rows> rows = import_prompts(PromptFormat::text, lines);
  REQUIRE(rows);
  CHECK(rows->size() == import_rows_max);
  CHECK(refusal(PromptFormat::text, lines + "one more").starts_with("line 1001: more than 1000"));
  CHECK(has(refusal(PromptFormat::csv, std::string(import_size_max + 1, 'x')), "4 MiB"));
  CHECK(has(refusal(PromptFormat::text, std::string(prompt_content_length_max + 1, 'x')),
            "longer than 20000"));
  CHECK(has(refusal(PromptFormat::csv, "name,prompt\n" + std::string(201, 'x') + ",a"),
            "longer than 200"));
  CHECK(has(refusal(PromptFormat::csv, std::string(2'000, ',')), "more than 1000 fields"));
}

}  // namespace
}  // namespace godwit::imagegen
