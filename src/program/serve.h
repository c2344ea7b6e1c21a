#pragma once
#include "config/configuration.h"
#include "process/process.h"

namespace rocksdb {
class Env;
}

namespace godwit {

/// Runs a broker until a signal ends it. SIGTERM and SIGINT drain it, a second one ends it at once;
/// SIGHUP reads the tokens and the log level again; SIGUSR1 switches debug lines on and off.
/// `sources` are what `configuration` was made of. `store_env`: null for the system's.
ExitCode serve(const ConfigurationSources& sources, const Configuration& configuration,
               rocksdb::Env* store_env);

}  // namespace godwit
