#pragma once
#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"

namespace godwit::imagegen {

/// Something wrong, told to a person: pages translate `code` with `params` and fall back to
/// `message`. Never contains keys or tokens.
struct Problem {
  std::string code;        ///< `qstash_token_missing`
  std::string message;     ///< A whole sentence in English with the remedy.
  std::string field = {};  ///< Of the request, as the wire spells it: `rateLimit`.
  std::vector<std::pair<std::string, std::string>> params = {};
  std::string detail = {};               ///< The broker's or provider's own text.
  ErrorCode kind = ErrorCode::conflict;  ///< What http/ makes a status of.
};

/// A T, or what to tell the person who asked for it.
template <typename T>
using Outcome = std::expected<T, Problem>;

}  // namespace godwit::imagegen
