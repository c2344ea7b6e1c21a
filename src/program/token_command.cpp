#include "program/token_command.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <optional>

#include "config/accounts.h"
#include "config/suggestion.h"

namespace godwit {
namespace {

ExitCode refuse(std::string_view why) {
  fmt::print(stderr, "godwit token: {}\n", why);
  return ExitCode::wrong_usage;
}

ExitCode failed(const Error& error) {
  fmt::print(stderr, "godwit token: {}\n", error.message);
  const bool is_usage =
      error.code == ErrorCode::invalid_argument || error.code == ErrorCode::not_found;
  return is_usage ? ExitCode::wrong_usage : ExitCode::cannot_start;
}

/// Takes `--name value` or `--name=value` out of the arguments; the last one counts.
Result<std::optional<std::string>> take_value(std::vector<std::string>& arguments,
                                              const std::string& name) {
  std::optional<std::string> value;
  for (std::size_t i = 0; i < arguments.size();) {
    const auto at = arguments.begin() + static_cast<std::ptrdiff_t>(i);
    if (arguments[i].starts_with(name + "=")) {
      value = arguments[i].substr(name.size() + 1);
      arguments.erase(at);
    } else if (arguments[i] == name) {
      if (i + 1 == arguments.size()) {
        return fail(ErrorCode::invalid_argument, name + " needs a value after it");
      }
      value = arguments[i + 1];
      arguments.erase(at, at + 2);
    } else {
      ++i;
    }
  }
  return value;
}

ExitCode create(TokenFile& file, const TokenRequest& request) {
  const Result<CreatedToken> created = file.create(request, SystemClock().now());
  if (!created) return failed(created.error());
  // The token alone on standard output, so that scripts can take it from there.
  fmt::print(stderr,
             "{} for the account \"{}\"{}. It is shown this once; godwit keeps only its SHA-256.\n"
             "A server that is running accepts it after SIGHUP.\n",
             created->record.id, created->record.account,
             created->record.read_only ? ", read-only" : "");
  std::fflush(stderr);
  fmt::print("{}\n", created->token);
  return ExitCode::success;
}

ExitCode list(const TokenFile& file) {
  const Result<std::vector<TokenRecord>> records = file.read();
  if (!records) return failed(records.error());
  fmt::print("{:<34}{:<24}{:<12}{:<22}{}\n", "ID", "ACCOUNT", "MAY", "CREATED", "NAME");
  for (const TokenRecord& record : *records) {
    const auto seconds = static_cast<std::time_t>(to_unix_ms(record.created) / 1000);
    fmt::print("{:<34}{:<24}{:<12}{:<22}{}\n", record.id, record.account,
               record.read_only ? "read" : "everything",
               fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(seconds)), record.name);
  }
  return ExitCode::success;
}

ExitCode revoke(TokenFile& file, const std::string& id) {
  const Result<TokenRecord> revoked = file.revoke(id);
  if (!revoked) return failed(revoked.error());
  fmt::print(
      "{} of the account \"{}\" is revoked. A server that is running refuses it after SIGHUP.\n",
      revoked->id, revoked->account);
  return ExitCode::success;
}

}  // namespace

ExitCode run_token_command(std::vector<std::string> arguments, ConfigurationSources sources) {
  const std::string action = arguments.empty() ? "" : arguments.front();
  const std::vector<std::string> actions{"create", "list", "revoke"};
  if (std::ranges::find(actions, action) == actions.end()) {
    return refuse(fmt::format("write create, list or revoke{}", did_you_mean(action, actions)));
  }
  arguments.erase(arguments.begin());

  TokenRequest request;
  std::string id;
  if (action == "create") {
    const auto account = take_value(arguments, "--account");
    const auto name = take_value(arguments, "--name");
    if (!account || !name) return failed((account ? name : account).error());
    request.account = account->value_or(request.account);
    request.name = name->value_or("");
    request.read_only = std::erase(arguments, "--read-only") > 0;
  } else if (action == "revoke") {
    const auto found = std::ranges::find_if(
        arguments, [](const std::string& argument) { return argument.starts_with("tok_"); });
    if (found == arguments.end()) {
      return refuse("which one? Write godwit token revoke tok_...; `godwit token list` shows all");
    }
    id = *found;
    arguments.erase(found);
  }

  sources.arguments = std::move(arguments);
  const Result<Configuration> configuration = load_configuration(sources);
  if (!configuration) return refuse(configuration.error().message);
  TokenFile file(configuration->settings.data_dir);
  if (action == "create") return create(file, request);
  if (action == "list") return list(file);
  return revoke(file, id);
}

}  // namespace godwit
