#pragma once
#include <cstddef>
#include <string_view>

#include "core/result.h"

namespace godwit {

struct PublishRules;

inline constexpr std::size_t resource_name_length_max = 256;
/// What a refusal says of it.
inline constexpr std::string_view name_rule =
    "expected 1 to 256 letters, digits, dots, hyphens or underscores";

/// Whether `text` may name a queue, a URL group or a schedule: `[A-Za-z0-9._-]+`, not too long.
bool is_resource_name(std::string_view text);

/// What a publish or a schedule is sent to.
enum class Destination { url, group };

/// Tells what `destination` is, without looking whether a group of that name exists. Errors:
/// invalid_argument for a text that is neither, and for a URL that check_url() refuses.
Result<Destination> classify_destination(std::string_view destination, const PublishRules& rules);

/// Errors: invalid_argument, `invalid destination url: ...`, unless it is a valid http(s) URL; also
/// for an address that the rules refuse at publish.
Result<void> check_url(std::string_view url, const PublishRules& rules);

}  // namespace godwit
