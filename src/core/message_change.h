#pragma once
#include <cstddef>
#include <vector>

#include "core/message.h"

namespace godwit {

inline constexpr std::size_t changes_size_max = 8UL * 1024;  ///< Names and values of all changes.
inline constexpr std::size_t changed_body_max = 2'000;       ///< Bytes kept of a body.
inline constexpr std::size_t changed_value_max = 1'000;      ///< Bytes kept of any other value.

/// What differs in URL, method, body and headers, in this order; headers by name, those of one name
/// joined with ", ". What redaction hides is told as read APIs do. Values are cut to the limits
/// above, and changes that are too much for all of them are left out. Pure.
std::vector<MessageChange> changes_between(const Message& before, const Message& after);

}  // namespace godwit
