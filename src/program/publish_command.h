#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "net/http.h"
#include "process/process.h"

namespace godwit {

/// What a file or standard input may hold for `godwit publish`; the broker's own limit is mostly
/// lower (`api.message_size_max`).
inline constexpr std::size_t published_file_max = std::size_t{256} << 20;

/// One publish as its request: the program's arguments mean what the wire's headers mean.
struct PublishCommand {
  std::string path;      ///< `/v2/publish/...`, `/v2/enqueue/...` or `/v2/schedules/...`.
  Headers headers = {};  ///< Without Authorization.
  std::string body = {};
  std::optional<std::string> body_file = {};  ///< What holds the body instead; `-`: standard input.
  bool wants_help = false;                    ///< Then the rest is nothing.
};

/// `DESTINATION [--SETTING VALUE]... [--header 'Name: value']... [--queue NAME] [--body TEXT |
/// --body-file FILE]`. A SETTING is what stands after `Upstash-` in a header of the wire, in lower
/// case: `--delay 10s`, `--callback-retries 1`; each stands once. Errors: invalid_argument.
Result<PublishCommand> parse_publish_command(const std::vector<std::string>& arguments);

/// `godwit publish ...`: to the broker of QSTASH_URL (http://127.0.0.1:8080) with QSTASH_TOKEN,
/// Godwit or another that speaks the wire. Prints its answer on standard output if that is a
/// receipt, else what went wrong on standard error.
ExitCode run_publish_command(const std::vector<std::string>& arguments,
                             const std::vector<std::pair<std::string, std::string>>& environment);

}  // namespace godwit
