#include "core/header_json.h"

#include <doctest/doctest.h>

#include <string>

#include "core/redaction.h"

namespace godwit {
namespace {

std::string header_text(const Headers& headers, const Redaction& redaction = {}) {
  std::string text;
  JsonWriter json(text);
  write_header_object(json, headers, redaction);
  return text;
}

}  // namespace

TEST_CASE("headers are an object of arrays, names and values in order") {
  CHECK(header_text({}) == "{}");
  CHECK(header_text({{"B", "1"}}) == R"({"B":["1"]})");
  CHECK(header_text({{"B", "2"}, {"A", ""}, {"B", "1"}, {"B", "2"}}) ==
        R"({"A":[""],"B":["2","1","2"]})");
  CHECK(header_text({{"b", "1"}, {"B", "2"}}) == R"({"B":["2"],"b":["1"]})");
  CHECK(header_text({{"A\"", "x\"\n\xff"}}) == "{\"A\\\"\":[\"x\\\"\\n\xef\xbf\xbd\"]}");
}

TEST_CASE("headers that are redacted are shown as their digest") {
  const Headers headers{{"A", "1"}, {"B", "2"}};
  Redaction redaction;
  redaction.headers = {"b"};
  CHECK(header_text(headers, redaction) == R"({"A":["1"],"B":[")" + redacted("2") + R"("]})");
  redaction.all_headers = true;
  CHECK(header_text(headers, redaction) ==
        R"({"A":[")" + redacted("1") + R"("],"B":[")" + redacted("2") + R"("]})");
  Redaction body_only;
  body_only.body = true;
  CHECK(header_text(headers, body_only) == R"({"A":["1"],"B":["2"]})");
}

}  // namespace godwit
