#pragma once
#include <span>
#include <string>
#include <string_view>

namespace godwit {

/// The candidate that `wrong` was most likely meant to be, by edit distance; empty when none is
/// near.
std::string nearest(std::string_view wrong, std::span<const std::string> candidates);

/// `; did you mean "x"?`, or nothing when no candidate is near.
std::string did_you_mean(std::string_view wrong, std::span<const std::string> candidates);

}  // namespace godwit
