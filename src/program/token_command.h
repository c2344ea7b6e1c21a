#pragma once
#include <string>
#include <vector>

#include "config/configuration.h"
#include "process/process.h"

namespace godwit {

/// `godwit token create|list|revoke`. Of the settings only the data directory counts, by flag,
/// variable or file.
ExitCode run_token_command(std::vector<std::string> arguments, ConfigurationSources sources);

}  // namespace godwit
