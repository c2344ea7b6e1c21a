#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "imagegen/domain/generation.h"
#include "imagegen/domain/task.h"

namespace godwit::imagegen {

/// Whether `name` may name a parameter: begins with a letter of any script, goes on with letters,
/// digits, `_` and `-`, at most 64 characters. Errors: invalid_argument with the remedy.
Result<void> check_parameter_name(std::string_view name);

/// The names in `{{name}}` (blanks around the name are allowed), each once, in order of first use.
/// `{{` without a name and `}}` that follows is literal text.
std::vector<std::string> parameters_of(std::string_view content);

/// `content` with each `{{name}}` replaced by its value; names without one stay as they are.
std::string resolve(std::string_view content, const Variant& variant);

/// How many variants `content` has with the values of `parameters`; 0 when one is unknown or has no
/// values. Saturates at variants_count_max.
std::uint64_t count_variants(std::string_view content, std::span<const Parameter> parameters);
inline constexpr std::uint64_t variants_count_max = 1'000'000'000;

/// The variant at `number` (from 0, below count_variants): the last parameter's values change
/// fastest.
Variant variant_at(std::string_view content, std::span<const Parameter> parameters,
                   std::uint64_t number);

}  // namespace godwit::imagegen
