#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "api/route.h"
#include "core/message.h"
#include "core/result.h"

namespace godwit {

inline constexpr std::size_t body_parameters_max = 10'000;

/// One element of `POST /v2/batch`.
struct BatchItem {
  std::string destination;
  Headers headers;  ///< As the client spelled them: nothing is checked yet.
  std::string body;
  std::string queue;     ///< Empty: none.
  std::string callback;  ///< An old spelling of the header; empty: none.
};

/// Reads the body of a batch. An element that is no valid item is an error of its own and stops
/// nothing. Errors: invalid_argument when the body is not a JSON array, or one of more than
/// `items_max` elements (ApiSettings::batch_items_max).
Result<std::vector<Result<BatchItem>>> parse_batch(std::string_view body, std::size_t items_max);

/// A JSON object that stands for query parameters.
struct BodyParameters {
  std::vector<Parameter> parameters;  ///< An array is the same name several times.
  bool empty_list =
      false;  ///< A member was `[]`: it selects nothing, which is not the same as no member.
};

/// Reads the body of bulk requests: an object whose values are strings, whole numbers, booleans, or
/// arrays of those; `null` values, a body `null` and an empty body are nothing. Errors:
/// invalid_argument.
Result<BodyParameters> parse_body_parameters(std::string_view body);

}  // namespace godwit
