#include "program/publish_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <set>
#include <string_view>

#include "api/message_settings.h"
#include "config/suggestion.h"
#include "core/ascii.h"
#include "core/url.h"
#include "net/http_client.h"

namespace godwit {
namespace {

constexpr std::chrono::milliseconds answer_time_max{60'000};

constexpr std::string_view publish_usage =
    R"(godwit publish DESTINATION    a URL, or the name of a URL group

  --body TEXT | --body-file FILE    what it is sent; - is standard input
  --header 'Name: value'            for the destination; repeatable
  --queue NAME                      behind those that wait there
  --SETTING VALUE                   what stands after Upstash- in a header of the wire:
                                    --delay 10s, --retries 5, --label a,b, --deduplication-id X,
                                    --flow-control-key K --flow-control-value 'rate=10, period=1m',
                                    --callback URL, --callback-retries 1, --cron '0 9 * * *', ...

QSTASH_URL is the broker (http://127.0.0.1:8080) and QSTASH_TOKEN its token. Ends with 0 when the
broker has it and printed its answer, with 2 for wrong arguments, and with 3 when it was refused or
no answer came.
)";

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), ascii::to_lower);
  return out;
}

/// As flags: `delay`, `flow-control-key`.
std::vector<std::string> known_settings() {
  std::vector<std::string> names;
  names.reserve(setting_names.size());
  for (const std::string_view name : setting_names) names.push_back(lower(name));
  return names;
}

bool is_known(std::string_view flag) {
  if (flag.starts_with("forward-")) return true;
  for (const std::string_view prefix : {"failure-callback-", "callback-"}) {
    if (flag.starts_with(prefix)) return is_known(flag.substr(prefix.size()));
  }
  return std::ranges::any_of(setting_names,
                             [&](std::string_view name) { return equals_ignore_case(name, flag); });
}

/// Those that are on when no value follows.
bool is_switch(std::string_view flag) {
  for (const MessageSetting setting :
       {MessageSetting::content_based_deduplication, MessageSetting::header_forward,
        MessageSetting::cron_seconds}) {
    if (equals_ignore_case(flag, setting_names[static_cast<std::size_t>(setting)])) return true;
  }
  return false;
}

std::unexpected<Error> wrong(std::string why) {
  return fail(ErrorCode::invalid_argument, std::move(why));
}

/// Destinations that clients pass on as they stand do so here; what else there is in one would end
/// the path or change it.
std::string destination_in_path(const std::string& destination) {
  constexpr std::string_view plain = "-._~:/?&=%+,;@!$*()'";
  const bool is_plain = std::ranges::all_of(destination, [&](char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) || plain.find(c) != std::string_view::npos;
  });
  const std::string small = lower(destination);
  // The broker reads settings out of the query, and takes one that is escaped for another one.
  const bool is_misread = small.find("upstash-") != std::string::npos ||
                          small.find("qstash_token") != std::string::npos ||
                          small.starts_with("http%3a") || small.starts_with("https%3a");
  return is_plain && !is_misread && small.find("/.") == std::string::npos
             ? destination
             : percent_encode(destination);
}

/// `Name: value`, as the destination gets it.
Result<Header> forwarded(const std::string& line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos || colon == 0) {
    return wrong(fmt::format("--header {}: write it as 'Name: value'", line));
  }
  const std::string name = line.substr(0, colon);
  const std::string value(ascii::trim(std::string_view(line).substr(colon + 1)));
  if (!is_sendable(name, value)) {
    return wrong(fmt::format("--header {}: this is no name and value of a header", name));
  }
  // The type is the body's own.
  if (equals_ignore_case(name, "Content-Type")) return Header{name, value};
  return Header{"Upstash-Forward-" + name, value};
}

/// Arguments one after the other.
class Parsing {
 public:
  explicit Parsing(const std::vector<std::string>& arguments) : arguments_(arguments) {}

  Result<PublishCommand> parse() {
    bool flags_end = false;
    for (; next_ < arguments_.size(); ++next_) {
      const std::string& argument = arguments_[next_];
      if (argument == "--" && !flags_end) {
        flags_end = true;
        continue;
      }
      const bool is_flag = argument.starts_with('-') && !flags_end;
      if (Result<void> taken = is_flag ? take(argument) : take_destination(argument); !taken) {
        return std::unexpected(taken.error());
      }
    }
    if (command_.wants_help) return std::move(command_);
    if (!destination_ || destination_->empty()) {
      return wrong("where to? Write godwit publish https://example.com/hook, or a URL group");
    }
    if (given_.contains("body") && command_.body_file) {
      return wrong("--body and --body-file exclude each other");
    }
    const bool is_schedule = std::ranges::any_of(command_.headers, [](const Header& header) {
      return equals_ignore_case(header.name, "Upstash-Cron");
    });
    const std::string destination = destination_in_path(*destination_);
    if (is_schedule) {
      command_.path = "/v2/schedules/" + destination;
      if (queue_) command_.headers.push_back({"Upstash-Queue-Name", *queue_});
    } else if (queue_) {
      command_.path = "/v2/enqueue/" + percent_encode(*queue_) + "/" + destination;
    } else {
      command_.path = "/v2/publish/" + destination;
    }
    return std::move(command_);
  }

 private:
  Result<void> take_destination(const std::string& argument) {
    if (destination_) return wrong(fmt::format("{}: there is a destination already", argument));
    destination_ = argument;
    return {};
  }

  Result<void> take(const std::string& argument) {
    const std::string_view bare =
        std::string_view(argument).substr(argument.starts_with("--") ? 2 : 1);
    const std::size_t equals = bare.find('=');
    const std::string flag = lower(bare.substr(0, equals));
    std::optional<std::string> value;
    if (equals != std::string_view::npos) value = bare.substr(equals + 1);
    return take_flag(flag, std::move(value));
  }

  Result<void> take_flag(const std::string& flag, std::optional<std::string> value) {
    if (flag == "help" || flag == "h") {
      command_.wants_help = true;
      return {};
    }
    constexpr std::array<std::string_view, 4> own = {"header", "queue", "body", "body-file"};
    const bool is_own = std::ranges::find(own, flag) != own.end();
    if (!is_own && !is_known(flag)) {
      std::vector<std::string> names = known_settings();
      names.insert(names.end(), own.begin(), own.end());
      return wrong(fmt::format("there is no --{}{}", flag, did_you_mean(flag, names)));
    }
    const bool may_repeat = flag == "header" || flag.find("forward-") != std::string::npos;
    if (!given_.insert(flag).second && !may_repeat) {
      return wrong(fmt::format("--{} stands twice; labels go into one, with commas", flag));
    }
    if (!value && is_switch(flag)) value = "true";
    if (!value) {
      if (++next_ == arguments_.size()) return wrong(fmt::format("--{} needs a value", flag));
      value = arguments_[next_];
    }
    if (flag == "queue" || flag == "queue-name") {
      queue_ = std::move(value);
    } else if (flag == "body") {
      command_.body = std::move(*value);
    } else if (flag == "body-file") {
      if (value->empty()) return wrong("--body-file names no file; `-` is standard input");
      command_.body_file = std::move(*value);
    } else if (flag == "header") {
      Result<Header> header = forwarded(*value);
      if (!header) return std::unexpected(header.error());
      command_.headers.push_back(std::move(*header));
    } else {
      if (!is_sendable(flag, *value)) {
        return wrong(fmt::format("--{}: a header cannot carry this value", flag));
      }
      command_.headers.push_back({"Upstash-" + canonical_header_name(flag), std::move(*value)});
    }
    return {};
  }

  const std::vector<std::string>& arguments_;
  std::size_t next_ = 0;
  PublishCommand command_;
  std::optional<std::string> destination_;
  std::optional<std::string> queue_;
  std::set<std::string> given_;
};

Result<std::string> read_file(const std::string& name) {
  const bool is_input = name == "-";
  const auto close = [is_input](std::FILE* file) {
    if (!is_input) std::fclose(file);
  };
  const std::unique_ptr<std::FILE, decltype(close)> file(
      is_input ? stdin : std::fopen(name.c_str(), "rb"), close);
  if (file == nullptr) return wrong(fmt::format("--body-file {}: it cannot be opened", name));
  std::string bytes;
  std::array<char, 64UL * 1024> piece;
  while (const std::size_t read = std::fread(piece.data(), 1, piece.size(), file.get())) {
    bytes.append(piece.data(), read);
    if (bytes.size() > published_file_max) {
      return wrong(
          fmt::format("--body-file {}: it is longer than {} MiB", name, published_file_max >> 20));
    }
  }
  if (std::ferror(file.get()) != 0) {
    return wrong(fmt::format("--body-file {}: it cannot be read", name));
  }
  return bytes;
}

ExitCode refuse_publish(std::string_view why) {
  fmt::print(stderr, "godwit publish: {}\n", why);
  return ExitCode::wrong_usage;
}

/// Empty: not set.
std::string variable(const std::vector<std::pair<std::string, std::string>>& environment,
                     std::string_view name) {
  const auto found = std::ranges::find_if(
      environment, [name](const auto& variable) { return variable.first == name; });
  return found == environment.end() ? std::string() : found->second;
}

Result<IncomingResponse> send(const PublishCommand& command, const Url& url) {
  boost::asio::io_context io(1);
  HttpClientSettings settings;
  settings.user_agent = "godwit";
  HttpClient client(io, std::move(settings), [](const Url&, const boost::asio::ip::address&) {
    return std::nullopt;  // The broker may be anywhere.
  });
  std::optional<Result<IncomingResponse>> response;
  client.send({.method = "POST",
               .url = &url,
               .headers = &command.headers,
               .body = command.body,
               .timeout = answer_time_max},
              [&](Result<IncomingResponse> answer) {
                response = std::move(answer);
                client.stop();
              });
  io.run();
  return std::move(*response);
}

}  // namespace

Result<PublishCommand> parse_publish_command(const std::vector<std::string>& arguments) {
  return Parsing(arguments).parse();
}

ExitCode run_publish_command(const std::vector<std::string>& arguments,
                             const std::vector<std::pair<std::string, std::string>>& environment) {
  Result<PublishCommand> command = parse_publish_command(arguments);
  if (!command) return refuse_publish(command.error().message);
  if (command->wants_help) {
    fmt::print("{}", publish_usage);
    return ExitCode::success;
  }
  const std::string token = variable(environment, "QSTASH_TOKEN");
  if (token.empty()) {
    return refuse_publish("set QSTASH_TOKEN to a token of the broker; `godwit dev` prints its own");
  }
  std::string base = variable(environment, "QSTASH_URL");
  if (base.empty()) base = "http://127.0.0.1:8080";
  while (base.ends_with('/')) base.pop_back();
  if (!parse_url(base) || base.find_first_of("?#") != std::string::npos) {
    return refuse_publish(fmt::format(
        "QSTASH_URL {}: give a URL without ? and #, such as http://127.0.0.1:8080", base));
  }
  const Result<Url> url = parse_url(base + command->path);
  if (!url) return refuse_publish(fmt::format("the destination: {}", url.error().message));
  if (command->body_file) {
    Result<std::string> body = read_file(*command->body_file);
    if (!body) return refuse_publish(body.error().message);
    command->body = std::move(*body);
  }
  command->headers.push_back({"Authorization", "Bearer " + token});
  const Result<IncomingResponse> response = send(*command, *url);
  if (!response) {
    fmt::print(stderr,
               "godwit publish: {}: {}\nIf the broker got it all the same, it is published; with "
               "--deduplication-id it can be repeated safely.\n",
               base, response.error().message);
    return ExitCode::publish_failed;
  }
  if (response->status >= 300) {
    fmt::print(stderr, "godwit publish: {} answers {}: {}\n", base, response->status,
               response->body);
    return ExitCode::publish_failed;
  }
  fmt::print("{}\n", response->body);
  return ExitCode::success;
}

}  // namespace godwit
