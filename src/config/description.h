#pragma once
#include <string>

namespace godwit {

/// Every setting with its spellings, type, default and meaning, for `godwit help settings`.
std::string describe_settings();

/// The same as the page docs/configuration.md. A test keeps the page equal to this.
std::string settings_page();

}  // namespace godwit
