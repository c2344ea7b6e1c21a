#include "core/message.h"

#include <doctest/doctest.h>

namespace godwit {
namespace {

TEST_CASE("a header is found by its name in any case, the first of several") {
  const Headers headers{{"Content-Type", "text/plain"}, {"X-A", "1"}, {"x-a", "2"}, {"Empty", ""}};
  REQUIRE(find_header(headers, "x-A") != nullptr);
  CHECK(*find_header(headers, "x-A") == "1");
  CHECK(*find_header(headers, "CONTENT-TYPE") == "text/plain");
  CHECK(find_header(headers, "empty")->empty());
  CHECK(find_header(headers, "X-") == nullptr);
  CHECK(find_header(headers, "X-AA") == nullptr);
  CHECK(find_header({}, "X-A") == nullptr);
}

TEST_CASE("header names get the case that Go gives them") {
  const std::pair<std::string, const char*> table[] = {{"content-type", "Content-Type"},
                                                       {"CONTENT-TYPE", "Content-Type"},
                                                       {"x", "X"},
                                                       {"", ""},
                                                       {"x--y", "X--Y"},
                                                       {"-a", "-A"},
                                                       {"x-1a", "X-1a"},
                                                       {"upstash-caller-IP", "Upstash-Caller-Ip"},
                                                       {"a_b", "A_b"},
                                                       {"\xc3\xa4-b", "\xc3\xa4-B"}};
  for (const auto& [given, canonical] : table) CHECK(canonical_header_name(given) == canonical);
}

TEST_CASE("case is ignored for ASCII letters only") {
  CHECK(equals_ignore_case("aZ09-", "Az09-"));
  CHECK_FALSE(equals_ignore_case("a", "ab"));
  CHECK_FALSE(equals_ignore_case("@", "`"));  // 32 apart, as letters are.
  CHECK_FALSE(equals_ignore_case("[", "{"));
  CHECK_FALSE(equals_ignore_case("\xc3\x84", "\xc3\xa4"));
}

TEST_CASE("the five methods are read in any case and written in upper case") {
  for (const Method method :
       {Method::get, Method::post, Method::put, Method::patch, Method::delete_}) {
    CHECK(parse_method(to_string(method)) == method);
  }
  CHECK(parse_method("delete") == Method::delete_);
  CHECK(parse_method("Patch") == Method::patch);
  for (const char* other : {"", "HEAD", "OPTIONS", "POST ", "GETS", "GE"}) {
    CHECK_FALSE(parse_method(other));
  }
}

}  // namespace
}  // namespace godwit
