#pragma once
#include <string_view>

#include "core/result.h"
#include "imagegen/domain/problem.h"

namespace godwit::imagegen {

/// 409 `too_many`: there is a bound to how many of these may be kept.
Problem too_many(std::string_view what, std::size_t most);

/// What a language model's error means to a person: `invalid_key`, `rate_limited`, `unavailable`.
Problem text_model_problem(const Error& error);

}  // namespace godwit::imagegen
