#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace godwit {

/// What the processes of Godwit end with.
enum class ExitCode : int {
  success = 0,
  cannot_start = 1,    ///< The port, the data directory or its lock.
  wrong_usage = 2,     ///< Flags, variables, the configuration file, or no token.
  publish_failed = 3,  ///< `godwit publish`: refused, or no answer came (it may be there).
  store_failed = 70    ///< The store failed under way; the next start recovers.
};

/// The environment's variables, name and value.
std::vector<std::pair<std::string, std::string>> environment_variables(char** environment);

/// Lets the process open as many files as the system permits it to; returns how many.
std::uint64_t raise_open_files_limit();

/// A write that cannot be made is an error of its call, not the end of the process: to a reader who
/// has gone (SIGPIPE), or beyond a limit of file sizes (SIGXFSZ).
void ignore_write_signals();

/// 0 where the system does not tell.
std::uint64_t resident_memory_bytes();

}  // namespace godwit
