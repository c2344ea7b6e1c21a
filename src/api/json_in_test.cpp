#include "api/json_in.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace godwit {

TEST_CASE("batch items are read with their headers, and null is as good as absent") {
  const auto items = parse_batch(R"([
    {"destination":"https://a.example/1","headers":{"content-type":"application/json","x":null},
     "body":"{\"n\":1}"},
    {"destination":"ftp://bad","headers":{},"body":null,"queue":null},
    {"destination":"g","queue":"q1","callback":"https://c.example","extra":{"ignored":[1]}}])",
                                 100);
  REQUIRE(items);
  REQUIRE(items->size() == 3);
  REQUIRE((*items)[0]);
  CHECK((*items)[0]->destination == "https://a.example/1");
  CHECK((*items)[0]->headers == Headers{{"content-type", "application/json"}});
  CHECK((*items)[0]->body == R"({"n":1})");
  REQUIRE((*items)[1]);
  CHECK((*items)[1]->body.empty());
  CHECK((*items)[1]->queue.empty());
  REQUIRE((*items)[2]);
  CHECK((*items)[2]->queue == "q1");
  CHECK((*items)[2]->callback == "https://c.example");
}

TEST_CASE("an item that is wrong does not stop the others") {
  const auto items = parse_batch(
      R"([7,{"destination":1},{"headers":[]},{"headers":{"A":1}},{"body":{}},{}])", 100);
  REQUIRE(items);
  REQUIRE(items->size() == 6);
  for (std::size_t i = 0; i < 5; ++i) {
    CAPTURE(i);
    REQUIRE_FALSE((*items)[i]);
    CHECK((*items)[i].error().code == ErrorCode::invalid_argument);
  }
  CHECK((*items)[5]);
}

TEST_CASE("a body that is no array of items is refused") {
  for (const char* body : {"", "{}", "null", "[", "[1,]", "\"x\"", "[\"\xff\"]"}) {
    CAPTURE(body);
    const auto items = parse_batch(body, 100);
    REQUIRE_FALSE(items);
    CHECK(items.error().code == ErrorCode::invalid_argument);
  }
  CHECK(parse_batch("[]", 100)->empty());
}

TEST_CASE("a batch has a most") {
  CHECK(parse_batch("[0,0,0]", 3));
  const auto refused = parse_batch("[0,0,0,0]", 3);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::invalid_argument);
  CHECK(refused.error().message ==
        "invalid batch: send at most 3 messages in one request (setting api.batch_items_max)");
}

TEST_CASE("a JSON body stands for query parameters") {
  const auto parameters = parse_body_parameters(
      R"({"dlqIds":["1-0","2-0"],"label":"a","count":5,"async":true,"cursor":null})");
  REQUIRE(parameters);
  CHECK(
      parameters->parameters ==
      std::vector<Parameter>{
          {"dlqIds", "1-0"}, {"dlqIds", "2-0"}, {"label", "a"}, {"count", "5"}, {"async", "true"}});
  CHECK_FALSE(parameters->empty_list);
}

TEST_CASE("an empty list is told apart from no list") {
  CHECK(parse_body_parameters(R"({"dlqIds":[]})")->empty_list);
  for (const char* nothing : {"", " \r\n", "null", "{}", R"({"dlqIds":null})"}) {
    CAPTURE(nothing);
    const auto parameters = parse_body_parameters(nothing);
    REQUIRE(parameters);
    CHECK(parameters->parameters.empty());
    CHECK_FALSE(parameters->empty_list);
  }
}

TEST_CASE("a body of another shape is refused") {
  for (const char* body :
       {"[]", "7", "{", R"({"a":{}})", R"({"a":[[]]})", R"({"a":[null]})", R"({"a":1.5})"}) {
    CAPTURE(body);
    CHECK_FALSE(parse_body_parameters(body));
  }
  std::string many = R"({"a":[)";
  for (std::size_t i = 0; i <= body_parameters_max; ++i) many += "1,";
  many.back() = ']';
  many += '}';
  CHECK_FALSE(parse_body_parameters(many));
}

}  // namespace godwit
