#include "core/json_out.h"

#include <doctest/doctest.h>
#include <simdjson.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>

namespace godwit {
namespace {

std::string json_text(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

TEST_CASE("strings are escaped where JSON asks for it and nowhere else") {
  CHECK(json_text("") == R"("")");
  CHECK(json_text("plain / text") == R"("plain / text")");
  CHECK(json_text("a\"b\\c") == R"("a\"b\\c")");
  CHECK(json_text("\b\f\n\r\t") == R"("\b\f\n\r\t")");
  CHECK(json_text(std::string_view("\0\x01\x1f\x7f", 4)) == R"("\u0000\u0001\u001f\u007f")");
  CHECK(json_text("\u00e9 \u20ac \U0001f600") == "\"\u00e9 \u20ac \U0001f600\"");
}

TEST_CASE("bytes that are no UTF-8 become U+FFFD, and what stands around them stays") {
  CHECK_FALSE(is_utf8("\xff"));
  CHECK(is_utf8("\u20ac"));
  CHECK(json_text("a\xff"
                  "b") == "\"a\ufffdb\"");
  CHECK(json_text("caf\xe9") == "\"caf\ufffd\"");
  CHECK(json_text("\xe2\x82") == "\"\ufffd\ufffd\"");            // A torn sequence.
  CHECK(json_text("\xc0\xaf") == "\"\ufffd\ufffd\"");            // Overlong.
  CHECK(json_text("\xed\xa0\x80") == "\"\ufffd\ufffd\ufffd\"");  // A surrogate.
  CHECK(json_text("\xf5\x80\x80\x80\"") == "\"\ufffd\ufffd\ufffd\ufffd\\\"\"");
  CHECK(json_text("\u20ac\xff\n") == "\"\u20ac\ufffd\\n\"");
}

TEST_CASE("any bytes give a string that a JSON parser reads, and UTF-8 survives") {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string text(random() % 40, '\0');
    for (char& c : text) c = static_cast<char>(random() % (round % 2 == 0 ? 256 : 128));
    simdjson::dom::parser parser;
    simdjson::dom::element value;
    const std::string json = json_text(text);
    REQUIRE(parser.parse(json).get(value) == simdjson::SUCCESS);
    std::string_view read;
    REQUIRE(value.get(read) == simdjson::SUCCESS);
    if (is_utf8(text)) CHECK(read == text);
  }
}

TEST_CASE("the writer puts commas between values and nowhere else") {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("empty");
  json.begin_array();
  json.end_array();
  json.key("list");
  json.begin_array();
  json.integer(std::numeric_limits<std::int64_t>::min());
  json.string("x");
  json.begin_object();
  json.end_object();
  json.begin_array();
  json.boolean(true);
  json.end_array();
  json.end_array();
  json.member("n", 7);
  json.member("flag", false);
  json.member_unless_empty("absent", "");
  json.foreign_key("a\"b");
  json.raw("{}");
  json.member("text", "t");
  json.key("bytes");
  json.base64("\xff\"");
  json.member("last", 1);
  json.end_object();
  CHECK(out == R"({"empty":[],"list":[-9223372036854775808,"x",{},[true]],"n":7,"flag":false,)"
               R"("a\"b":{},"text":"t","bytes":"/yI=","last":1})");
}

}  // namespace godwit
