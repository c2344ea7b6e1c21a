#include "imagegen/domain/prompt_template.h"

#include <algorithm>

#include "core/ascii.h"
#include "core/assert.h"
#include "imagegen/domain/unicode.h"

namespace godwit::imagegen {
namespace {

constexpr std::size_t name_length_max = 64;  // Characters.

/// The name at the beginning of `text`, as long as it goes; empty: none, or a longer one than may
/// be.
std::string_view name_at(std::string_view text) {
  std::size_t size = 0;
  std::size_t length = 0;
  while (true) {
    const Character next = first_character(text.substr(size));
    if (next.size == 0) break;
    const bool fits =
        is_letter(next.code) || (size > 0 && (is_digit(next.code) || is_mark(next.code) ||
                                              next.code == '_' || next.code == '-'));
    if (!fits) break;
    if (++length > name_length_max) return {};
    size += next.size;
  }
  return text.substr(0, size);
}

/// A `{{name}}` in a text: where it stands and what it names.
struct Place {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string_view name;
};

std::size_t after_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && ascii::is_blank(text[at])) ++at;
  return at;
}

/// The first place at or behind `from`.
std::optional<Place> next_place(std::string_view content, std::size_t from) {
  for (std::size_t at = content.find("{{", from); at != std::string_view::npos;
       at = content.find("{{", at + 1)) {
    const std::size_t begin = after_blanks(content, at + 2);
    const std::string_view name = name_at(content.substr(begin));
    if (name.empty()) continue;
    const std::size_t end = after_blanks(content, begin + name.size());
    if (content.substr(end).starts_with("}}")) return Place{at, end + 2, name};
  }
  return std::nullopt;
}

const Parameter* find_parameter(std::span<const Parameter> parameters, std::string_view name) {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const Parameter& each) { return each.name == name; });
  return found == parameters.end() ? nullptr : &*found;
}

}  // namespace

Result<void> check_parameter_name(std::string_view name) {
  if (name.empty()) {
    return fail(ErrorCode::invalid_argument,
                "the name is empty: give the parameter a name such as `style`");
  }
  if (count_characters(name) > name_length_max) {
    return fail(ErrorCode::invalid_argument,
                "the name is longer than 64 characters: choose a shorter one");
  }
  if (!is_letter(first_character(name).code)) {
    return fail(ErrorCode::invalid_argument,
                "the name must begin with a letter: `style2`, not `2style`");
  }
  if (name_at(name) != name) {
    return fail(ErrorCode::invalid_argument,
                "the name may have letters, digits, `_` and `-` only: write `main_color` instead "
                "of `main color`");
  }
  return {};
}

std::vector<std::string> parameters_of(std::string_view content) {
  std::vector<std::string> names;
  std::size_t at = 0;
  while (const std::optional<Place> place = next_place(content, at)) {
    if (std::find(names.begin(), names.end(), place->name) == names.end()) {
      names.emplace_back(place->name);
    }
    at = place->end;
  }
  return names;
}

std::string resolve(std::string_view content, const Variant& variant) {
  std::string text;
  text.reserve(content.size());
  std::size_t at = 0;
  while (const std::optional<Place> place = next_place(content, at)) {
    const auto value = std::find_if(variant.begin(), variant.end(),
                                    [&](const auto& each) { return each.first == place->name; });
    text += content.substr(at, place->begin - at);
    text += value == variant.end() ? content.substr(place->begin, place->end - place->begin)
                                   : std::string_view(value->second);
    at = place->end;
  }
  text += content.substr(at);
  return text;
}

std::uint64_t count_variants(std::string_view content, std::span<const Parameter> parameters) {
  std::uint64_t count = 1;
  bool too_many = false;
  for (const std::string& name : parameters_of(content)) {
    const Parameter* parameter = find_parameter(parameters, name);
    if (parameter == nullptr || parameter->values.empty()) return 0;
    if (parameter->values.size() > variants_count_max / count) {
      too_many = true;  // Goes on: a later name may be unknown.
    } else {
      count *= parameter->values.size();
    }
  }
  return too_many ? variants_count_max : count;
}

Variant variant_at(std::string_view content, std::span<const Parameter> parameters,
                   std::uint64_t number) {
  const std::vector<std::string> names = parameters_of(content);
  Variant variant(names.size());
  for (std::size_t i = names.size(); i-- > 0;) {
    const Parameter* parameter = find_parameter(parameters, names[i]);
    GODWIT_ASSERT(parameter != nullptr && !parameter->values.empty());
    const std::uint64_t count = parameter->values.size();
    variant[i] = {names[i], parameter->values[number % count]};
    number /= count;
  }
  GODWIT_ASSERT(number == 0);
  return variant;
}

}  // namespace godwit::imagegen
