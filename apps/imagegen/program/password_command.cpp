#include "imagegen/program/password_command.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <optional>

#include "core/signature.h"
#include "imagegen/http/safety/password.h"
#include "imagegen/program/options.h"

namespace godwit::imagegen {
namespace {

ExitCode refuse_password(std::string_view why) {
  fmt::print(stderr, "imagegen: {}\n", why);
  return ExitCode::wrong_usage;
}

/// Hides what is typed, as long as it lives.
class Silence {
 public:
  Silence() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    active_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;
  ~Silence() {
    if (active_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }

 private:
  termios before_{};
  bool active_ = false;
};

std::string read_line() {
  std::string line;
  std::getline(std::cin, line);
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

std::string ask(const char* question) {
  fmt::print(stderr, "{}", question);
  std::string line;
  {
    const Silence silence;
    line = read_line();
  }
  fmt::print(stderr, "\n");
  return line;
}

/// nullopt: the two were not the same.
std::optional<std::string> read_password() {
  if (::isatty(STDIN_FILENO) == 0) return read_line();
  std::string first = ask("New password for ImageGenService: ");
  if (ask("The same again: ") != first) return std::nullopt;
  return first;
}

}  // namespace

ExitCode run_password_command(std::vector<std::string> arguments,
                              const std::vector<std::pair<std::string, std::string>>& environment) {
  const bool removes = std::erase(arguments, "--remove") > 0;
  const Result<LoadedOptions> loaded = load_options(arguments, environment);
  if (!loaded) return refuse_password(loaded.error().message);
  const std::string& directory = loaded->options.data_dir;
  if (removes) {
    if (const Result<void> removed = remove_password_record(directory); !removed) {
      fmt::print(stderr, "imagegen: {}\n", removed.error().message);
      return ExitCode::cannot_start;
    }
    fmt::print("There is no password any more.\n");
    return ExitCode::success;
  }
  const std::optional<std::string> password = read_password();
  if (!password) return refuse_password("the two passwords differ; nothing was changed");
  if (const Result<void> valid = check_password(*password); !valid) {
    return refuse_password(valid.error().message);
  }
  constexpr std::size_t salt_size = 16;
  const Result<std::string> record = password_record(*password, random_bytes(salt_size));
  const Result<void> saved =
      record ? save_password_record(directory, *record) : std::unexpected(record.error());
  if (!saved) {
    fmt::print(stderr, "imagegen: {}\n", saved.error().message);
    return ExitCode::cannot_start;
  }
  fmt::print("The password is set for {}.\n", directory);
  if (!loaded->options.password.empty()) {
    fmt::print(stderr, "imagegen: IMAGEGEN_PASSWORD is set too, and counts before it\n");
  }
  return ExitCode::success;
}

}  // namespace godwit::imagegen
