#include "api/openapi.h"

#include <doctest/doctest.h>
#include <simdjson.h>

#include <set>
#include <string>

#include "api/route_table.h"
#include "core/ascii.h"

namespace godwit {
namespace {

namespace dom = simdjson::dom;

/// Calls visit(name, value) for every member at any depth.
template <typename Visit>
void for_each_member(const dom::element& element, const Visit& visit) {
  if (element.is_object()) {
    for (const auto& [name, value] : dom::object(element)) {
      visit(name, value);
      for_each_member(value, visit);
    }
  } else if (element.is_array()) {
    for (const dom::element value : dom::array(element)) for_each_member(value, visit);
  }
}

/// A JSON pointer's token.
std::string escaped(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

TEST_CASE("the API's description is JSON that has every row of the table") {
  dom::parser parser;
  dom::element root;
  REQUIRE(parser.parse(openapi_json("1.2.3")).get(root) == simdjson::SUCCESS);
  CHECK(std::string_view(root["openapi"]) == "3.1.0");
  CHECK(std::string_view(root["info"]["version"]) == "1.2.3");
  std::size_t operations = 0;
  for (const RouteRow& row : route_table()) {
    std::string path(row.path);
    if (const std::size_t dots = path.find("..."); dots != std::string::npos) path.erase(dots, 3);
    CAPTURE(path);
    std::string_view methods = row.methods;
    while (!methods.empty()) {
      const std::size_t comma = methods.find(',');
      std::string method(methods.substr(0, comma));
      for (char& c : method) c = ascii::to_lower(c);
      CAPTURE(method);
      dom::element operation;
      REQUIRE(root.at_pointer("/paths/" + escaped(path) + "/" + method).get(operation) ==
              simdjson::SUCCESS);
      ++operations;
      CHECK(std::string_view(operation["summary"]) == row.summary);
      CHECK(operation["deprecated"].error() ==
            (row.legacy ? simdjson::SUCCESS : simdjson::NO_SUCH_FIELD));
      // OpenAPI wants each parameter of the path described.
      std::set<std::string> described;
      for (const dom::element parameter : dom::array(operation["parameters"])) {
        std::string_view name;
        if (parameter["name"].get(name) == simdjson::SUCCESS) described.insert(std::string(name));
      }
      std::string_view rest = path;
      for (std::size_t open = rest.find('{'); open != std::string_view::npos;
           open = rest.find('{')) {
        CHECK(described.contains(std::string(rest.substr(open + 1, rest.find('}') - open - 1))));
        rest.remove_prefix(rest.find('}') + 1);
      }
      methods.remove_prefix(comma == std::string_view::npos ? methods.size() : comma + 2);
    }
  }
  std::size_t described = 0;
  for (const auto& [path, methods] : dom::object(root["paths"])) {
    described += dom::object(methods).size();
  }
  CHECK(described == operations);
}

TEST_CASE("what the API's description refers to is there, and its operation ids differ") {
  dom::parser parser;
  dom::element root;
  REQUIRE(parser.parse(openapi_json("1.2.3")).get(root) == simdjson::SUCCESS);
  std::set<std::string> references;
  std::set<std::string> ids;
  for_each_member(root, [&](std::string_view name, const dom::element& value) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) return;
    if (name == "$ref") {
      CAPTURE(text);
      REQUIRE(text.starts_with("#/"));
      CHECK(root.at_pointer(text.substr(1)).error() == simdjson::SUCCESS);
      references.insert(std::string(text));
    } else if (name == "operationId") {
      CAPTURE(text);
      CHECK(ids.insert(std::string(text)).second);
    }
  });
  // Whatever nobody refers to has been forgotten somewhere.
  for (const char* kind : {"parameters", "schemas"}) {
    for (const auto& [name, value] : dom::object(root["components"][kind])) {
      CAPTURE(name);
      CHECK(references.contains("#/components/" + std::string(kind) + "/" + std::string(name)));
    }
  }
}

}  // namespace godwit
