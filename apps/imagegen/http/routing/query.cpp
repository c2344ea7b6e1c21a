#include "imagegen/http/routing/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/ascii.h"
#include "core/json_out.h"
#include "imagegen/http/wire/answer.h"

namespace godwit::imagegen {

std::string percent_decode(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = ascii::hex_value(text[i + 1]);
      const int low = ascii::hex_value(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out.push_back(static_cast<char>(high * 16 + low));
        i += 2;
        continue;
      }
    }
    out.push_back(text[i] == '+' && plus_is_blank ? ' ' : text[i]);
  }
  return out;
}

Outcome<QueryString> QueryString::parse(std::string_view text) {
  QueryString query;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    if (query.parameters_.size() == parameters_max) {
      return std::unexpected(invalid_member(
          "", fmt::format("The address has more than {} parameters.", parameters_max)));
    }
    const std::size_t equals = std::min(pair.find('='), pair.size());
    std::string name = percent_decode(pair.substr(0, equals), true);
    std::string value =
        equals == pair.size() ? std::string() : percent_decode(pair.substr(equals + 1), true);
    if (!is_utf8(name) || !is_utf8(value)) {
      return std::unexpected(invalid_member("", "A parameter of the address is not UTF-8."));
    }
    query.parameters_.emplace_back(std::move(name), std::move(value));
  }
  return query;
}

bool QueryString::has(std::string_view name) const {
  return std::ranges::find(parameters_, name, &std::pair<std::string, std::string>::first) !=
         parameters_.end();
}

std::string QueryString::text(std::string_view name) const {
  const auto found =
      std::ranges::find(parameters_, name, &std::pair<std::string, std::string>::first);
  return found == parameters_.end() ? std::string() : found->second;
}

std::vector<std::string> QueryString::list(std::string_view name) const {
  std::vector<std::string> items;
  const std::string all = text(name);
  std::string_view rest = all;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    if (end > 0) items.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return items;
}

Outcome<std::int64_t> QueryString::integer(std::string_view name, std::int64_t otherwise,
                                           std::int64_t least, std::int64_t most) const {
  const std::string given = text(name);
  if (given.empty()) return otherwise;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), value);
  if (error != std::errc() || end != given.data() + given.size() || value < least || value > most) {
    return std::unexpected(
        invalid_member(std::string(name),
                       fmt::format("{} must be a whole number from {} to {}.", name, least, most)));
  }
  return value;
}

Outcome<bool> QueryString::flag(std::string_view name) const {
  const std::string given = text(name);
  if (given == "1" || given == "true") return true;
  if (given.empty() || given == "0" || given == "false") return false;
  return std::unexpected(
      invalid_member(std::string(name), fmt::format("{} must be 1 or 0.", name)));
}

}  // namespace godwit::imagegen
