#pragma once
#include <string>
#include <utility>
#include <vector>

#include "process/process.h"

namespace godwit::imagegen {

/// `imagegen password [--data-dir DIR] [--remove]`: asks for a password twice on the terminal, or
/// takes the first line of standard input, and keeps what proves it in the data directory. A server
/// that runs takes it up at once; everybody has to log in anew.
ExitCode run_password_command(std::vector<std::string> arguments,
                              const std::vector<std::pair<std::string, std::string>>& environment);

}  // namespace godwit::imagegen
