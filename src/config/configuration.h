#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/settings.h"
#include "core/result.h"

namespace godwit {

enum class Mode { server, dev };

/// What a process was started with.
struct ConfigurationSources {
  Mode mode = Mode::server;
  std::vector<std::string> arguments = {};  ///< After the command.
  std::vector<std::pair<std::string, std::string>> environment = {};
};

/// Settings, and where each came from.
struct Configuration {
  Mode mode = Mode::server;
  Settings settings;
  std::vector<std::string>
      origins;  ///< As settings_table(): `--listen`, `GODWIT_LISTEN`, `godwit.toml:3`, `default`.
  std::string file;  ///< The configuration file; empty: none.
};

/// Flags over environment over the file of `--config` (or GODWIT_CONFIG) over defaults.
///
/// Flags: `--name value`, `--name=value`, one dash or two; `--flag` alone is true for yes-or-no
/// settings; lists may be repeated. `dev` also knows `--port N` and QSTASH_DEV_PORT, which change
/// the port of `listen`. An empty variable counts as unset. GODWIT_* variables that no setting has
/// are errors, except those that orchestrators and our tests set (GODWIT_SERVICE_*, GODWIT_PORT* of
/// container links, GODWIT_BINARY, GODWIT_POWERCUT_BINARY, GODWIT_TEST_*).
///
/// Errors: invalid_argument; every problem on a line of its own: the setting, what is wrong, the
/// remedy, and where it was said.
Result<Configuration> load_configuration(const ConfigurationSources& sources);

/// The settings as a TOML file, each with its origin in a comment. Secrets are comments with stars.
std::string print_configuration(const Configuration& configuration);

}  // namespace godwit
