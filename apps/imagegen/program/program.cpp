#include "imagegen/program/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "config/suggestion.h"
#include "imagegen/program/options.h"
#include "imagegen/program/password_command.h"
#include "imagegen/program/serve.h"
#include "process/process.h"
#include "process/version.h"

namespace godwit::imagegen {
namespace {

constexpr std::string_view usage =
    R"(ImageGenService: batches of images that never pass the provider's limit.

  imagegen                      run it; then open the address that it prints
  imagegen password             set the password that people log in with; --remove takes it away
  imagegen config print         show every option and where it comes from
  imagegen help
  imagegen version

It needs a broker with QStash's wire: `godwit dev` and QSTASH_DEV=true, or QSTASH_URL and
QSTASH_TOKEN. Without a provider's key it draws pictures of its own, to try everything out.

Options, as variables and as flags. Each variable has a twin with _FILE that names a file with the
value:

)";

int print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
  return static_cast<int>(ExitCode::success);
}

/// Each problem on a line of its own, with our name before it.
int refuse(std::string_view problems) {
  while (!problems.empty()) {
    const auto end = std::min(problems.find('\n'), problems.size());
    fmt::print(stderr, "imagegen: {}\n", problems.substr(0, end));
    problems.remove_prefix(std::min(end + 1, problems.size()));
  }
  return static_cast<int>(ExitCode::wrong_usage);
}

bool is_help(std::string_view argument) {
  return argument == "help" || argument == "--help" || argument == "-help" || argument == "-h";
}

}  // namespace

int run_program(int argc, char** argv, char** environment) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  if (std::ranges::any_of(arguments, is_help))
    return print(std::string(usage) + describe_options());

  // Without a command it serves.
  std::string command = "serve";
  if (!arguments.empty() && !arguments.front().starts_with('-')) {
    command = arguments.front();
    arguments.erase(arguments.begin());
  } else if (!arguments.empty() && arguments.front() == "--version") {
    command = "version";
  }
  if (command == "version") return print(fmt::format("imagegen {}\n", godwit_version));
  const auto variables = environment_variables(environment);
  if (command == "password") {
    return static_cast<int>(run_password_command(std::move(arguments), variables));
  }
  const bool prints = command == "config";
  if (prints) {
    if (arguments.empty() || arguments.front() != "print") {
      return refuse("write `imagegen config print`, with flags after it as you like");
    }
    arguments.erase(arguments.begin());
  } else if (command != "serve") {
    const std::vector<std::string> commands{"serve", "password", "config", "help", "version"};
    const std::string hint = did_you_mean(command, commands);
    return refuse(fmt::format("there is no command \"{}\"{}", command,
                              hint.empty() ? "; `imagegen help` lists all" : hint));
  }
  const Result<LoadedOptions> loaded = load_options(arguments, variables);
  if (!loaded) return refuse(loaded.error().message);
  if (prints) return print(print_options(*loaded));
  return static_cast<int>(serve(loaded->options));
}

}  // namespace godwit::imagegen
