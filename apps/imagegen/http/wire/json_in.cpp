#include "imagegen/http/wire/json_in.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "config/suggestion.h"
#include "core/ascii.h"
#include "core/quoted.h"
#include "imagegen/domain/unicode.h"
#include "imagegen/http/wire/answer.h"

namespace godwit::imagegen {
namespace {

namespace dom = simdjson::dom;

std::string_view without_blanks(std::string_view text) {
  const auto is_edge = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  while (!text.empty() && is_edge(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_edge(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string JsonMembers::field(std::string_view name) const { return path_ + std::string(name); }

void JsonMembers::refuse(std::string_view name, std::string message) {
  if (problem_) return;
  problem_ = invalid_member(field(name), std::move(message));
}

std::optional<dom::element> JsonMembers::find(std::string_view name) {
  if (std::ranges::find(known_, name) == known_.end()) known_.emplace_back(name);
  dom::element element;
  if (object_.at_key(name).get(element) != simdjson::SUCCESS) return std::nullopt;
  return element;
}

bool JsonMembers::has(std::string_view name) { return find(name).has_value(); }

bool JsonMembers::is_null(std::string_view name) {
  const std::optional<dom::element> element = find(name);
  return element && element->is_null();
}

JsonMembers& JsonMembers::need(std::string_view name) {
  if (!find(name)) refuse(name, fmt::format("{} is missing: give it.", field(name)));
  return *this;
}

bool JsonMembers::check_text(const std::string& field, std::string_view text, TextLimits limits) {
  if (problem_) return false;
  const std::size_t length = count_characters(text);
  if (length < limits.least && length == 0) {
    problem_ = invalid_member(field, fmt::format("{} is empty: write something into it.", field));
  } else if (length < limits.least || length > limits.most) {
    problem_ = invalid_member(field, fmt::format("{} has {} characters: it needs {} to {}.", field,
                                                 length, limits.least, limits.most));
  } else {
    const bool clean = std::ranges::none_of(text, [&](char c) {
      const bool layout = c == '\n' || c == '\r' || c == '\t';
      return ascii::is_control(c) && !(limits.lines && layout);
    });
    if (!clean) {
      problem_ = invalid_member(field, fmt::format("{} holds control characters{}: remove them.",
                                                   field, limits.lines ? "" : " or line breaks"));
    }
  }
  return !problem_;
}

bool JsonMembers::text(std::string_view name, std::string& target, TextLimits limits) {
  const std::optional<dom::element> element = find(name);
  if (!element) return false;
  std::string_view value;
  if (element->get(value) != simdjson::SUCCESS) {
    refuse(name, fmt::format("{} must be a text.", field(name)));
    return false;
  }
  if (!check_text(field(name), value, limits)) return false;
  target = value;
  return true;
}

bool JsonMembers::trimmed(std::string_view name, std::string& target, TextLimits limits) {
  const std::optional<dom::element> element = find(name);
  if (!element) return false;
  std::string_view value;
  if (element->get(value) != simdjson::SUCCESS) {
    refuse(name, fmt::format("{} must be a text.", field(name)));
    return false;
  }
  value = without_blanks(value);
  if (!check_text(field(name), value, limits)) return false;
  target = value;
  return true;
}

bool JsonMembers::integer(std::string_view name, std::int64_t& target, std::int64_t least,
                          std::int64_t most) {
  const std::optional<dom::element> element = find(name);
  if (!element) return false;
  std::int64_t value = 0;
  if (element->get(value) != simdjson::SUCCESS || value < least || value > most) {
    refuse(name, fmt::format("{} must be a whole number from {} to {}.", field(name), least, most));
    return false;
  }
  target = value;
  return true;
}

bool JsonMembers::integer(std::string_view name, int& target, int least, int most) {
  std::int64_t value = 0;
  if (!integer(name, value, least, most)) return false;
  target = static_cast<int>(value);
  return true;
}

bool JsonMembers::boolean(std::string_view name, bool& target) {
  const std::optional<dom::element> element = find(name);
  if (!element) return false;
  if (element->get(target) != simdjson::SUCCESS) {
    refuse(name, fmt::format("{} must be true or false.", field(name)));
    return false;
  }
  return true;
}

bool JsonMembers::texts(std::string_view name, std::vector<std::string>& target, std::size_t least,
                        std::size_t most, TextLimits limits) {
  const std::optional<dom::element> element = find(name);
  if (!element) return false;
  dom::array array;
  if (element->get(array) != simdjson::SUCCESS) {
    refuse(name, fmt::format("{} must be a list of texts.", field(name)));
    return false;
  }
  // size() of the array saturates at 2^24; these lists are far smaller.
  if (array.size() < least || array.size() > most) {
    refuse(name, fmt::format("{} has {} items: it needs {} to {}.", field(name), array.size(),
                             least, most));
    return false;
  }
  std::vector<std::string> values;
  values.reserve(array.size());
  for (const dom::element item : array) {
    const std::string place = fmt::format("{}[{}]", field(name), values.size());
    std::string_view value;
    if (item.get(value) != simdjson::SUCCESS) {
      if (!problem_) problem_ = invalid_member(place, fmt::format("{} must be a text.", place));
      return false;
    }
    if (!check_text(place, value, limits)) return false;
    values.emplace_back(value);
  }
  target = std::move(values);
  return true;
}

bool JsonMembers::choice(std::string_view name, std::string& target,
                         std::initializer_list<std::string_view> choices) {
  const std::optional<dom::element> element = find(name);
  if (!element) return false;
  std::string_view value;
  if (element->get(value) != simdjson::SUCCESS ||
      std::ranges::find(choices, value) == choices.end()) {
    refuse(name, fmt::format("{} must be one of: {}.", field(name), fmt::join(choices, ", ")));
    return false;
  }
  target = value;
  return true;
}

std::optional<JsonMembers> JsonMembers::object(std::string_view name) {
  const std::optional<dom::element> element = find(name);
  if (!element) return std::nullopt;
  dom::object inner;
  if (element->get(inner) != simdjson::SUCCESS) {
    refuse(name, fmt::format("{} must be an object.", field(name)));
    return std::nullopt;
  }
  return JsonMembers(inner, field(name) + ".", problem_);
}

bool JsonMembers::json(std::string_view name, std::string& target, std::size_t size_max) {
  const std::optional<dom::element> element = find(name);
  if (!element) return false;
  std::string text = simdjson::minify(*element);
  if (text.size() > size_max) {
    refuse(name, fmt::format("{} is too large: it may have {} bytes.", field(name), size_max));
    return false;
  }
  target = std::move(text);
  return true;
}

void JsonMembers::end() {
  if (problem_) return;
  for (const auto& [name, ignored] : object_) {
    if (std::ranges::find(known_, name) != known_.end()) continue;
    const std::string shown = quoted(name);
    const std::string hint = did_you_mean(name, known_);
    refuse(std::string_view(shown).substr(1, shown.size() - 2),
           fmt::format("There is no member {} here{}", shown, hint.empty() ? "." : hint));
    return;
  }
}

Outcome<JsonBody> JsonBody::parse(std::string_view body) {
  JsonBody json;
  const std::string_view text = without_blanks(body).empty() ? std::string_view("{}") : body;
  dom::element document;
  if (const auto error = json.parser_->parse(text.data(), text.size()).get(document)) {
    return std::unexpected(invalid_member(
        "", fmt::format("The body is not valid JSON: {}.", simdjson::error_message(error))));
  }
  if (document.get(json.object_) != simdjson::SUCCESS) {
    return std::unexpected(invalid_member("", "The body must be a JSON object."));
  }
  return json;
}

}  // namespace godwit::imagegen
