#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "imagegen/domain/problem.h"

namespace godwit::imagegen {

/// Percent-escapes become bytes, and with `plus_is_blank` each `+` a blank; a `%` without two hex
/// digits stands for itself.
std::string percent_decode(std::string_view text, bool plus_is_blank);

/// The parameters behind the `?` of a request's target. Those that nobody asks for are ignored:
/// proxies and links add their own.
class QueryString {
 public:
  QueryString() = default;
  /// Errors: 400, when there are more than parameters_max or one is not UTF-8.
  static Outcome<QueryString> parse(std::string_view text);

  bool has(std::string_view name) const;
  /// The first value of that name; empty: there is none.
  std::string text(std::string_view name) const;
  /// Items between commas; empty ones are dropped.
  std::vector<std::string> list(std::string_view name) const;
  /// `otherwise` when it is not given. Errors: 400 with the field.
  Outcome<std::int64_t> integer(std::string_view name, std::int64_t otherwise, std::int64_t least,
                                std::int64_t most) const;
  /// `1` and `true` are true; `0`, `false` and nothing are not. Errors: 400 with the field.
  Outcome<bool> flag(std::string_view name) const;

  static constexpr std::size_t parameters_max = 100;

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace godwit::imagegen
