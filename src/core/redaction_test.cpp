#include "core/redaction.h"

#include <doctest/doctest.h>

namespace godwit {
namespace {

using Names = std::vector<std::string>;

TEST_CASE("the fields to redact are read") {
  struct Row {
    std::string text;
    Redaction redaction;
  };
  const Row table[] = {
      {"", {}},
      {" , ,", {}},
      {"body", {.body = true, .headers = {}}},
      {"header", {.all_headers = true, .headers = {}}},
      {"headers", {.all_headers = true, .headers = {}}},
      {"body,headers", {.body = true, .all_headers = true, .headers = {}}},
      {" body \t header ", {.body = true, .all_headers = true, .headers = {}}},
      {"header[X-Trace]", {.headers = {"X-Trace"}}},
      {"headers[X-Trace], header[authorization]", {.headers = {"X-Trace", "authorization"}}},
      {"header[X-Trace],headers[x-TRACE]", {.headers = {"X-Trace"}}},
      {"Body,HEADERS[a]", {.body = true, .headers = {"a"}}},
      {"header,header[a]", {.all_headers = true, .headers = {"a"}}},
      {"header[header]", {.headers = {"header"}}},
  };
  for (const Row& row : table) {
    CAPTURE(row.text);
    const Result<Redaction> redaction = parse_redaction(row.text);
    REQUIRE(redaction);
    CHECK(*redaction == row.redaction);
  }
}

TEST_CASE("a field that cannot be redacted is named") {
  const std::pair<std::string, const char*> table[] = {
      {"url", R"(unknown field "url")"},
      {"body,bodies", R"(unknown field "bodies")"},
      {"header[]", R"(unknown field "header[]")"},
      {"header[a", R"(unknown field "header[a")"},
      {"header[a]b", R"(unknown field "header[a]b")"},
      {"header[a][b]", R"(unknown field "header[a][b]")"},
      {"headera]", R"(unknown field "headera]")"},
      {"[a]", R"(unknown field "[a]")"},
      {"body[a]", R"(unknown field "body[a]")"},
      {"header[a b]", R"(unknown field "header[a")"},
      {"header[a:b]", R"(unknown field "header[a:b]")"},
      {"header[\n]", R"(unknown field "header[?]")"},
      {"\u00e4", R"(unknown field "??")"},
  };
  for (const auto& [text, error] : table) {
    CAPTURE(text);
    const Result<Redaction> redaction = parse_redaction(text);
    REQUIRE_FALSE(redaction);
    CHECK(redaction.error().code == ErrorCode::invalid_argument);
    CHECK(redaction.error().message == error);
  }
  CHECK(parse_redaction(std::string(10'000, 'x')).error().message.size() < 100);
}

TEST_CASE("the number of redacted headers has a limit, and reaches it") {
  std::string text;
  for (std::size_t i = 0; i < redacted_headers_max; ++i)
    text += "header[h" + std::to_string(i) + "],";
  CHECK(parse_redaction(text)->headers.size() == redacted_headers_max);
  CHECK(parse_redaction(text + "header[H0],body"));
  CHECK(parse_redaction(text + "header[another]").error().message == "more than 100 headers");
}

TEST_CASE("a redacted value shows the SHA-256 of the original") {
  CHECK(redacted("abc") ==
        "REDACTED:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("headers are redacted by name in any case, all of them, or not at all") {
  const Headers headers{{"X-Trace", "1"}, {"Other", "2"}, {"x-trace", "3"}};
  CHECK(redact_headers(headers, {}) == headers);
  CHECK(redact_headers(headers, {.body = true, .headers = {}}) == headers);
  CHECK(redact_headers(headers, {.headers = {"X-TRACE"}}) ==
        Headers{{"X-Trace", redacted("1")}, {"Other", "2"}, {"x-trace", redacted("3")}});
  CHECK(redact_headers(headers, {.all_headers = true, .headers = {}}) ==
        Headers{{"X-Trace", redacted("1")}, {"Other", redacted("2")}, {"x-trace", redacted("3")}});
}

TEST_CASE("labels are trimmed, kept in order, and once each") {
  const std::pair<std::string, Names> table[] = {
      {"", {}},
      {" , ,,", {}},
      {"a", {"a"}},
      {"a,b", {"a", "b"}},
      {" b ,\ta b,", {"b", "a b"}},
      {"b,a,b,B", {"b", "a", "B"}},
      {"\u00e4,:;\"", {"\u00e4", ":;\""}},
  };
  for (const auto& [text, labels] : table) {
    CAPTURE(text);
    CHECK(parse_labels(text).value() == labels);
  }
}

TEST_CASE("labels have limits, and reach them") {
  CHECK(parse_labels("1,2,3,4,5,6,7,8,9,10,1,2")->size() == labels_max);
  CHECK(parse_labels("1,2,3,4,5,6,7,8,9,10,11").error().message == "more than 10 labels");
  CHECK(parse_labels("a," + std::string(label_length_max, 'x')));
  CHECK(parse_labels("a," + std::string(label_length_max + 1, 'x')).error().message ==
        "a label is longer than 256 bytes");
  for (const std::string text : {"a\nb", "a,b\x7f", "\x01", "a\tb"}) {
    CHECK(parse_labels(text).error().message == "a label contains a control character");
  }
}

}  // namespace
}  // namespace godwit
