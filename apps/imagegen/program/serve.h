#pragma once
#include "imagegen/program/options.h"
#include "process/process.h"

namespace godwit::imagegen {

/// Runs the application until a signal ends it: SIGTERM and SIGINT finish what is under way, a
/// second one ends at once. Prints one line when it is ready.
ExitCode serve(const Options& options);

}  // namespace godwit::imagegen
