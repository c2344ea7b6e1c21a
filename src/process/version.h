#pragma once
#include <string_view>

namespace godwit {

inline constexpr std::string_view godwit_version = GODWIT_VERSION;

}  // namespace godwit
