#include "program/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "config/configuration.h"
#include "config/description.h"
#include "config/suggestion.h"
#include "process/process.h"
#include "process/version.h"
#include "program/publish_command.h"
#include "program/serve.h"
#include "program/token_command.h"

namespace godwit {
namespace {

constexpr std::string_view usage =
    R"(Godwit, a durable HTTP message broker that speaks QStash's wire.

  godwit dev                    a broker to develop against: no token to make, port 8080
  godwit server                 a broker to rely on
  godwit token create           make a token: --account NAME, --name TEXT, --read-only
  godwit token list             show the tokens, but not their secrets
  godwit token revoke ID        remove one; a running server notices on SIGHUP
  godwit publish DESTINATION    publish to QSTASH_URL with QSTASH_TOKEN: --body TEXT, --body-file FILE,
                                --header 'Name: value', --queue NAME, and --delay 10s or whatever
                                else stands after Upstash- in a header of the wire
  godwit config print [dev]     show every setting and where it comes from
  godwit help settings          describe every setting
  godwit version

Flags of dev and server, among others:
  --listen HOST:PORT            default 127.0.0.1:8080; dev also knows --port N
  --data-dir DIR                where everything durable is kept
  --delivery-allow NETWORK      a private CIDR or host that may be a destination; repeatable
  --ephemeral                   keep everything in memory
  --with-imagegen               dev only: ImageGenService beside the broker, port 8081
  --config FILE                 a TOML file
Each is also a variable (GODWIT_DATA_DIR) and a line in the file (data_dir = "...").
)";

int print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
  return static_cast<int>(ExitCode::success);
}

int refuse(std::string_view why) {
  fmt::print(stderr, "godwit: {}\n", why);
  return static_cast<int>(ExitCode::wrong_usage);
}

bool is_help(std::string_view argument) {
  return argument == "help" || argument == "--help" || argument == "-help" || argument == "-h";
}

/// Each problem on a line of its own, with our name before it.
int refuse_configuration(const Error& error) {
  std::string_view rest = error.message;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    fmt::print(stderr, "godwit: {}\n", rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return static_cast<int>(ExitCode::wrong_usage);
}

}  // namespace

int run_program(int argc, char** argv, char** environment, rocksdb::Env* store_env) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  if (arguments.empty() || is_help(arguments.front())) {
    const bool wants_settings = arguments.size() > 1 && arguments[1] == "settings";
    const bool wants_page = wants_settings && arguments.back() == "--markdown";
    return print(wants_page       ? settings_page()
                 : wants_settings ? describe_settings()
                                  : std::string(usage));
  }
  const std::string command = arguments.front();
  arguments.erase(arguments.begin());
  ConfigurationSources sources;
  sources.environment = environment_variables(environment);
  // Its values may look like flags.
  if (command == "publish") {
    return static_cast<int>(run_publish_command(arguments, sources.environment));
  }
  if (std::ranges::any_of(arguments,
                          [](const std::string& a) { return is_help(a) && a != "help"; })) {
    return print(command == "dev" || command == "server"
                     ? std::string(usage) + "\nAll flags:\n\n" + describe_settings()
                     : std::string(usage));
  }
  if (command == "version" || command == "--version" || command == "-version") {
    return print(fmt::format("godwit {}\n", godwit_version));
  }

  if (command == "token") return static_cast<int>(run_token_command(std::move(arguments), sources));

  const bool prints = command == "config";
  if (prints) {
    if (arguments.empty() || arguments.front() != "print") {
      return refuse("write `godwit config print`, with `dev` and flags after it as you like");
    }
    arguments.erase(arguments.begin());
    if (!arguments.empty() && (arguments.front() == "dev" || arguments.front() == "server")) {
      if (arguments.front() == "dev") sources.mode = Mode::dev;
      arguments.erase(arguments.begin());
    }
  } else if (command == "dev") {
    sources.mode = Mode::dev;
  } else if (command != "server") {
    const std::vector<std::string> commands{"dev",    "server", "token",  "publish",
                                            "config", "help",   "version"};
    const std::string hint = did_you_mean(command, commands);
    return refuse(fmt::format("there is no command \"{}\"{}", command,
                              hint.empty() ? "; `godwit help` lists all" : hint));
  }

  sources.arguments = std::move(arguments);
  const Result<Configuration> configuration = load_configuration(sources);
  if (!configuration) return refuse_configuration(configuration.error());
  if (prints) return print(print_configuration(*configuration));
  return static_cast<int>(serve(sources, *configuration, store_env));
}

}  // namespace godwit
