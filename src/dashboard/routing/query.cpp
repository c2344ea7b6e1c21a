#include "dashboard/routing/query.h"

#include <algorithm>
#include <charconv>

#include "api/route.h"

namespace godwit {
namespace {

std::string decode(std::string_view text) {
  std::string blanks(text);
  std::ranges::replace(blanks, '+', ' ');
  return percent_decode(blanks);
}

}  // namespace

Result<DashboardQuery> DashboardQuery::parse(std::string_view target) {
  DashboardQuery query;
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return query;
  std::string_view rest = target.substr(mark + 1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (pair.empty()) continue;
    if (query.parameters_.size() == parameters_max) {
      return fail(
          ErrorCode::invalid_argument,
          "the query has more than " + std::to_string(parameters_max) + " parameters; send fewer");
    }
    const std::size_t equals = std::min(pair.find('='), pair.size());
    query.parameters_.push_back({.name = decode(pair.substr(0, equals)),
                                 .value = decode(pair.substr(std::min(equals + 1, pair.size())))});
  }
  return query;
}

const std::string* DashboardQuery::find(std::string_view name) const {
  const auto found = std::ranges::find(parameters_, name, &Parameter::name);
  return found == parameters_.end() ? nullptr : &found->value;
}

std::vector<std::string> DashboardQuery::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const Parameter& parameter : parameters_) {
    if (parameter.name == name) values.push_back(parameter.value);
  }
  return values;
}

Result<std::size_t> DashboardQuery::count(std::string_view name, std::size_t least,
                                          std::size_t most, std::size_t otherwise) const {
  const std::string* const text = find(name);
  if (text == nullptr || text->empty()) return otherwise;
  std::size_t value = 0;
  const char* const end = text->data() + text->size();
  const auto [stop, problem] = std::from_chars(text->data(), end, value);
  if (problem != std::errc() || stop != end || value < least || value > most) {
    return fail(ErrorCode::invalid_argument, std::string(name) + ": give a whole number from " +
                                                 std::to_string(least) + " to " +
                                                 std::to_string(most));
  }
  return value;
}

}  // namespace godwit
