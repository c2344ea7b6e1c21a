#include "api/json_in.h"

#include <simdjson.h>

namespace godwit {
namespace {

namespace dom = simdjson::dom;

std::unexpected<Error> invalid(std::string text) {
  return fail(ErrorCode::invalid_argument, std::move(text));
}

/// Untrusted names go into error texts: cut short, so that an answer stays small.
std::string shown(std::string_view name) { return std::string(name.substr(0, 100)); }

bool is_blank(std::string_view body) {
  return body.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// A string, or null or nothing, which both are the empty string.
Result<std::string> text_of(const dom::object& object, std::string_view name) {
  dom::element value;
  if (object.at_key(name).get(value) != simdjson::SUCCESS || value.is_null()) return std::string();
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) {
    return invalid("invalid batch item: " + std::string(name) + " must be a string");
  }
  return std::string(text);
}

Result<Headers> headers_of(const dom::object& item) {
  Headers headers;
  dom::element value;
  if (item.at_key("headers").get(value) != simdjson::SUCCESS || value.is_null()) return headers;
  dom::object object;
  if (value.get(object) != simdjson::SUCCESS) {
    return invalid("invalid batch item: headers must be an object");
  }
  for (const auto& [name, field] : object) {
    if (field.is_null()) continue;
    std::string_view text;
    if (field.get(text) != simdjson::SUCCESS) {
      return invalid("invalid batch item: the header " + shown(name) + " must be a string");
    }
    headers.push_back({.name = std::string(name), .value = std::string(text)});
  }
  return headers;
}

Result<BatchItem> item_of(const dom::element& element) {
  dom::object object;
  if (element.get(object) != simdjson::SUCCESS) {
    return invalid("invalid batch item: it must be an object with a destination");
  }
  BatchItem item;
  struct Member {
    std::string_view name;
    std::string& value;
  };
  for (const Member& member : {Member{"destination", item.destination}, Member{"body", item.body},
                               Member{"queue", item.queue}, Member{"callback", item.callback}}) {
    Result<std::string> text = text_of(object, member.name);
    if (!text) return std::unexpected(std::move(text.error()));
    member.value = std::move(*text);
  }
  Result<Headers> headers = headers_of(object);
  if (!headers) return std::unexpected(std::move(headers.error()));
  item.headers = std::move(*headers);
  return item;
}

Result<void> add_value(std::string_view name, const dom::element& value, BodyParameters& out) {
  if (out.parameters.size() == body_parameters_max) {
    return invalid("too many values: send at most " + std::to_string(body_parameters_max) +
                   " in one request");
  }
  std::string text;
  std::string_view string;
  std::int64_t integer = 0;
  bool boolean = false;
  if (value.get(string) == simdjson::SUCCESS) {
    text = string;
  } else if (value.get(integer) == simdjson::SUCCESS) {
    text = std::to_string(integer);
  } else if (value.get(boolean) == simdjson::SUCCESS) {
    text = boolean ? "true" : "false";
  } else {
    return invalid("invalid " + shown(name) +
                   ": expected a string, a whole number, a boolean or an array of those");
  }
  out.parameters.push_back({.name = std::string(name), .value = std::move(text)});
  return {};
}

Result<void> add_member(std::string_view name, const dom::element& value, BodyParameters& out) {
  if (value.is_null()) return {};
  dom::array array;
  if (value.get(array) != simdjson::SUCCESS) return add_value(name, value, out);
  bool empty = true;
  for (const dom::element element : array) {
    if (Result<void> added = add_value(name, element, out); !added) return added;
    empty = false;
  }
  out.empty_list = out.empty_list || empty;
  return {};
}

}  // namespace

Result<std::vector<Result<BatchItem>>> parse_batch(std::string_view body, std::size_t items_max) {
  // A parser of its own each time: it keeps the memory of the largest text that it has seen.
  dom::parser parser;
  dom::element document;
  if (const auto error = parser.parse(body.data(), body.size()).get(document)) {
    return invalid(std::string("invalid batch: the body is not valid JSON: ") +
                   simdjson::error_message(error));
  }
  dom::array array;
  if (document.get(array) != simdjson::SUCCESS) {
    return invalid("invalid batch: the body must be a JSON array of messages");
  }
  std::vector<Result<BatchItem>> items;
  for (const dom::element element : array) {
    if (items.size() == items_max) {
      return invalid("invalid batch: send at most " + std::to_string(items_max) +
                     " messages in one request (setting api.batch_items_max)");
    }
    items.push_back(item_of(element));
  }
  return items;
}

Result<BodyParameters> parse_body_parameters(std::string_view body) {
  BodyParameters out;
  if (is_blank(body)) return out;
  dom::parser parser;
  dom::element document;
  if (const auto error = parser.parse(body.data(), body.size()).get(document)) {
    return invalid(std::string("the body is not valid JSON: ") + simdjson::error_message(error));
  }
  if (document.is_null()) return out;
  dom::object object;
  if (document.get(object) != simdjson::SUCCESS) {
    return invalid("the body must be a JSON object");
  }
  for (const auto& [name, value] : object) {
    if (Result<void> added = add_member(name, value, out); !added) {
      return std::unexpected(std::move(added.error()));
    }
  }
  return out;
}

}  // namespace godwit
