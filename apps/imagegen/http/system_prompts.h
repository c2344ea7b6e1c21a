#pragma once
#include <string>

#include "imagegen/domain/settings.h"

namespace godwit::imagegen {

/// What language models are told before each kind of request; people may change them in «Системные
/// промпты».
struct SystemPrompts {
  std::string parameters;   ///< Proposing values.
  std::string prompts;      ///< Writing prompts.
  std::string generations;  ///< Planning batches.
};

const SystemPrompts& default_system_prompts();
/// With the defaults in place of what was not set.
SystemPrompts system_prompts(const AppSettings& settings);

}  // namespace godwit::imagegen
