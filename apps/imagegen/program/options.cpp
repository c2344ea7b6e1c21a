#include "imagegen/program/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "config/suggestion.h"
#include "config/toml_file.h"
#include "config/values.h"
#include "core/ascii.h"
#include "core/duration.h"
#include "core/quoted.h"

namespace godwit::imagegen {
namespace {

constexpr std::size_t value_size_max = 64u << 10;
constexpr std::string_view prefix = "IMAGEGEN_";

constexpr std::array table{
    Option{.variable = "IMAGEGEN_LISTEN",
           .field = [](Options& o) -> OptionField { return &o.listen; },
           .help = "Where to listen: HOST:PORT. Beyond this machine a password is needed."},
    Option{.variable = "IMAGEGEN_DATA_DIR",
           .field = [](Options& o) -> OptionField { return &o.data_dir; },
           .help = "Where the database, the images and the key of the secrets are kept."},
    Option{.variable = "IMAGEGEN_PUBLIC_URL",
           .field = [](Options& o) -> OptionField { return &o.environment.public_url; },
           .help = "Where the broker and people reach this server, like https://images.example."
                   "com. Default: https://VERCEL_URL, else where it listens."},
    Option{.variable = "IMAGEGEN_PASSWORD",
           .field = [](Options& o) -> OptionField { return &o.password; },
           .help = "What people log in with; in place of the one of `imagegen password`.",
           .secret = true},
    Option{.variable = "IMAGEGEN_HOSTS",
           .field = [](Options& o) -> OptionField { return &o.hosts; },
           .help = "Further host names that people reach this server by."},
    Option{.variable = "IMAGEGEN_TRUSTED_PROXIES",
           .field = [](Options& o) -> OptionField { return &o.trusted_proxies; },
           .help = "Addresses and networks of proxies whose X-Forwarded-* headers are believed."},
    Option{.variable = "IMAGEGEN_MODELS_FILE",
           .field = [](Options& o) -> OptionField { return &o.models_file; },
           .help = "A JSON file with models and prices beside the built-in ones."},
    Option{.variable = "IMAGEGEN_DRAIN_TIME",
           .field = [](Options& o) -> OptionField { return &o.drain_time; },
           .help = "How long images that are being made may take when the process is to end."},
    Option{.variable = "IMAGEGEN_LOG_LEVEL",
           .field = [](Options& o) -> OptionField { return &o.log_level; },
           .help = "What is logged.",
           .choices = "debug,info,warn,error,off"},
    Option{.variable = "IMAGEGEN_LOG_FORMAT",
           .field = [](Options& o) -> OptionField { return &o.log_format; },
           .help = "How it is logged.",
           .choices = "logfmt,json"},
    Option{.variable = "IMAGEGEN_CA",
           .field = [](Options& o) -> OptionField { return &o.ca; },
           .help = "A PEM file of authorities to trust in place of the system's."},
    Option{.variable = "IMAGEGEN_CONNECTIONS_MAX",
           .field = [](Options& o) -> OptionField { return &o.connections_max; },
           .help = "Connections at a time; beyond: 503.",
           .least = 1},
    Option{.variable = "IMAGEGEN_CONNECTIONS_PER_ADDRESS_MAX",
           .field = [](Options& o) -> OptionField { return &o.connections_per_address_max; },
           .help = "Of one address. Behind a proxy all come from its.",
           .least = 1},
    Option{.variable = "IMAGEGEN_BODIES_IN_MEMORY_MAX",
           .field = [](Options& o) -> OptionField { return &o.bodies_in_memory_max; },
           .help = "Sum of the bodies of requests under way; beyond: 503.",
           .least = 16u << 20},
    Option{.variable = "IMAGEGEN_EVENT_CLIENTS_MAX",
           .field = [](Options& o) -> OptionField { return &o.event_clients_max; },
           .help = "Pages that may listen to events at a time; further ones ask instead.",
           .least = 1},
    Option{.variable = "IMAGEGEN_PROVIDER_ANSWER_MAX",
           .field = [](Options& o) -> OptionField { return &o.provider_answer_max; },
           .help = "The largest answer of a provider that is taken.",
           .least = 1u << 20},
    Option{.variable = "QSTASH_URL",
           .field = [](Options& o) -> OptionField { return &o.environment.qstash_url; },
           .help = "The broker. Default: http://127.0.0.1:8080, or what is set in the pages."},
    Option{.variable = "QSTASH_TOKEN",
           .field = [](Options& o) -> OptionField { return &o.environment.qstash_token; },
           .help = "The broker's token.",
           .secret = true},
    Option{.variable = "QSTASH_CURRENT_SIGNING_KEY",
           .field = [](Options& o) -> OptionField { return &o.environment.current_signing_key; },
           .help = "What deliveries are signed with. Default: fetched with the token.",
           .secret = true},
    Option{.variable = "QSTASH_NEXT_SIGNING_KEY",
           .field = [](Options& o) -> OptionField { return &o.environment.next_signing_key; },
           .help = "What they will be signed with after a rotation.",
           .secret = true},
    Option{.variable = "QSTASH_DEV",
           .field = [](Options& o) -> OptionField { return &o.environment.qstash_dev; },
           .help = "true: a broker on this machine that was started with `godwit dev`, with its "
                   "public token."},
    Option{.variable = "QSTASH_DEV_PORT",
           .field = [](Options& o) -> OptionField { return &o.qstash_dev_port; },
           .help = "Its port, where it is not 8080."},
    Option{.variable = "OPENAI_API_KEY",
           .field = [](Options& o) -> OptionField { return &o.environment.openai_api_key; },
           .help = "For values of parameters and prompts, and for OpenAI's image models.",
           .secret = true},
    Option{.variable = "GEMINI_API_KEY",
           .field = [](Options& o) -> OptionField { return &o.environment.gemini_api_key; },
           .help = "For images.",
           .secret = true},
    Option{.variable = "OPENAI_BASE_URL",
           .field = [](Options& o) -> OptionField { return &o.environment.openai_base_url; },
           .help = "A server that speaks OpenAI's API. Default: https://api.openai.com/v1."},
    Option{.variable = "GEMINI_BASE_URL",
           .field = [](Options& o) -> OptionField { return &o.environment.gemini_base_url; },
           .help = "Likewise. Default: https://generativelanguage.googleapis.com."},
    Option{.variable = "VERCEL_URL",
           .field = [](Options& o) -> OptionField { return &o.environment.vercel_url; },
           .help = "The host name that Vercel and services like it give: the public URL, unless "
                   "IMAGEGEN_PUBLIC_URL is set."},
};

/// Variables that others and our own tests set, which happen to begin like ours.
bool is_foreign(std::string_view name, std::string_view value) {
  return name == "IMAGEGEN_BINARY" || name == "IMAGEGEN_URL" ||
         name.starts_with("IMAGEGEN_TEST_") || name.starts_with("IMAGEGEN_SERVICE_") ||
         name.starts_with("IMAGEGEN_PORT_") || (name == "IMAGEGEN_PORT" && value.find("://") < 5);
}

Result<void> assign_bool(bool& target, std::string_view text) {
  for (const std::string_view yes : {"true", "yes", "on", "1"}) {
    if (text == yes) {
      target = true;
      return {};
    }
  }
  for (const std::string_view no : {"false", "no", "off", "0"}) {
    if (text == no) {
      target = false;
      return {};
    }
  }
  return fail(ErrorCode::invalid_argument,
              fmt::format("{} is neither true nor false", godwit::quoted(text)));
}

Result<void> assign_count(const Option& option, std::uint64_t& target, std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  constexpr std::uint64_t most = 1'000'000;
  if (error != std::errc() || end != text.data() + text.size() || value < option.least ||
      value > most) {
    return fail(ErrorCode::invalid_argument, fmt::format("{} is not a whole number from {} to {}",
                                                         godwit::quoted(text), option.least, most));
  }
  target = value;
  return {};
}

Result<void> assign_text(const Option& option, std::string& target, std::string_view text) {
  if (std::ranges::any_of(text, ascii::is_control)) {
    return fail(ErrorCode::invalid_argument, "it holds control characters");
  }
  if (!option.choices.empty()) {
    const std::vector<std::string> choices = split_list(option.choices);
    if (std::ranges::find(choices, text) == choices.end()) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("{} is none of: {}", godwit::quoted(text), fmt::join(choices, ", ")));
    }
  }
  target = text;
  return {};
}

Result<void> assign(const Option& option, Options& options, std::string_view text) {
  const OptionField field = option.field(options);
  if (bool* const* target = std::get_if<bool*>(&field)) return assign_bool(**target, text);
  if (std::uint64_t* const* target = std::get_if<std::uint64_t*>(&field)) {
    return assign_count(option, **target, text);
  }
  if (Bytes* const* target = std::get_if<Bytes*>(&field)) {
    const Result<Bytes> size = parse_size(text);
    if (!size) return std::unexpected(size.error());
    if (size->count < option.least) {
      return fail(
          ErrorCode::invalid_argument,
          fmt::format("{} is less than {}", godwit::quoted(text), format_size({option.least})));
    }
    **target = *size;
    return {};
  }
  if (Milliseconds* const* target = std::get_if<Milliseconds*>(&field)) {
    const Result<Milliseconds> duration = parse_duration(text);
    if (!duration) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("{} is no duration; write it like 30s or 2m", godwit::quoted(text)));
    }
    **target = *duration;
    return {};
  }
  if (std::vector<std::string>* const* target = std::get_if<std::vector<std::string>*>(&field)) {
    **target = split_list(text);
    return {};
  }
  return assign_text(option, *std::get<std::string*>(field), text);
}

class Loader {
 public:
  Loader() { loaded_.origins.assign(table.size(), "default"); }

  Result<LoadedOptions> load(const std::vector<std::string>& arguments,
                             const std::vector<std::pair<std::string, std::string>>& environment) {
    apply_environment(environment);
    apply_flags(arguments);
    if (problems_.empty()) check();
    if (problems_.empty()) return std::move(loaded_);
    return fail(ErrorCode::invalid_argument, fmt::format("{}", fmt::join(problems_, "\n")));
  }

 private:
  void set(const Option& option, std::string_view value, const std::string& origin) {
    if (const Result<void> assigned = assign(option, loaded_.options, value); !assigned) {
      // A secret that is refused must not be shown either.
      const std::string why =
          option.secret ? "it holds control characters" : assigned.error().message;
      problems_.push_back(fmt::format("{}: {} (from {})", option.variable, why, origin));
      return;
    }
    loaded_.origins[static_cast<std::size_t>(&option - table.data())] = origin;
  }

  void set_from_file(const Option& option, const std::string& path, const std::string& origin) {
    const Result<std::string> value = read_file(path, value_size_max, true);
    if (!value) {
      problems_.push_back(
          fmt::format("{}: {} (from {})", option.variable, value.error().message, origin));
    } else if (value->empty()) {
      problems_.push_back(fmt::format("{}: the file {} is empty; write the value into it (from {})",
                                      option.variable, path, origin));
    } else {
      set(option, *value, origin);
    }
  }

  void apply_environment(const std::vector<std::pair<std::string, std::string>>& environment) {
    std::set<std::string_view> seen;
    for (const auto& [name, value] : environment) {
      if (value.empty()) continue;
      const Option* found = nullptr;
      bool by_file = false;
      for (const Option& option : table) {
        by_file = name == std::string(option.variable) + "_FILE";
        if (by_file || name == option.variable) {
          found = &option;
          break;
        }
      }
      if (found == nullptr) {
        if (name.starts_with(prefix) && !is_foreign(name, value)) complain_of_variable(name);
      } else if (!seen.insert(found->variable).second) {
        problems_.push_back(fmt::format("{0}: give {0} or {0}_FILE, not both", found->variable));
      } else if (by_file) {
        set_from_file(*found, value, name);
      } else {
        set(*found, value, name);
      }
    }
  }

  void complain_of_variable(const std::string& name) {
    std::vector<std::string> names;
    names.reserve(table.size());
    for (const Option& option : table) names.emplace_back(option.variable);
    std::string hint = did_you_mean(name, names);
    if (hint.empty()) hint = "; `imagegen help` lists all";
    problems_.push_back(fmt::format("unknown environment variable {}{}", name, hint));
  }

  void apply_flags(const std::vector<std::string>& arguments) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const std::string& argument = arguments[i];
      const std::size_t equals = argument.find('=');
      const std::string name = argument.substr(0, equals);
      const auto option =
          std::ranges::find_if(table, [&](const Option& row) { return flag_of(row) == name; });
      if (name.empty() || option == table.end()) {
        complain_of_argument(name);
        return;
      }
      std::string value;
      if (equals != std::string::npos) {
        value = argument.substr(equals + 1);
      } else if (i + 1 < arguments.size()) {
        value = arguments[++i];
      } else {
        problems_.push_back(fmt::format("{} needs a value after it", name));
        return;
      }
      if (option->secret) {
        set_from_file(*option, value, name);
      } else {
        set(*option, value, name);
      }
    }
  }

  void complain_of_argument(const std::string& name) {
    std::vector<std::string> flags;
    for (const Option& option : table) {
      if (std::string flag = flag_of(option); !flag.empty()) flags.push_back(std::move(flag));
    }
    std::string hint = did_you_mean(name, flags);
    if (hint.empty()) hint = "; `imagegen help` lists all";
    problems_.push_back(fmt::format("unknown {} {}{}", name.starts_with("-") ? "flag" : "argument",
                                    godwit::quoted(std::string_view(name)), hint));
  }

  void check() {
    Options& options = loaded_.options;
    if (const Result<ListenAddress> listen = parse_listen(options.listen); !listen) {
      problems_.push_back(fmt::format("IMAGEGEN_LISTEN: {}", listen.error().message));
    }
    const Environment& environment = options.environment;
    if (environment.current_signing_key.empty() != environment.next_signing_key.empty()) {
      problems_.emplace_back(
          "QSTASH_CURRENT_SIGNING_KEY and QSTASH_NEXT_SIGNING_KEY come together: give both, or "
          "neither");
    }
    if (!options.qstash_dev_port.empty() && environment.qstash_dev &&
        environment.qstash_url.empty()) {
      const Result<ListenAddress> broker =
          parse_listen(fmt::format("127.0.0.1:{}", options.qstash_dev_port));
      if (!broker) {
        problems_.push_back(fmt::format("QSTASH_DEV_PORT: {} is no port",
                                        godwit::quoted(std::string_view(options.qstash_dev_port))));
      } else {
        options.environment.qstash_url = "http://" + format_listen(*broker);
      }
    }
  }

  LoadedOptions loaded_;
  std::vector<std::string> problems_;
};

}  // namespace

std::span<const Option> options_table() { return table; }

std::string flag_of(const Option& option) {
  if (!option.variable.starts_with(prefix)) return {};
  std::string flag = "--";
  for (const char c : option.variable.substr(prefix.size())) {
    flag.push_back(c == '_' ? '-' : ascii::to_lower(c));
  }
  if (option.secret) flag += "-file";
  return flag;
}

std::string format_value(const Option& option, const Options& options) {
  const OptionField field = option.field(const_cast<Options&>(options));
  if (bool* const* value = std::get_if<bool*>(&field)) return **value ? "true" : "false";
  if (std::uint64_t* const* value = std::get_if<std::uint64_t*>(&field)) {
    return std::to_string(**value);
  }
  if (Bytes* const* value = std::get_if<Bytes*>(&field)) return format_size(**value);
  if (Milliseconds* const* value = std::get_if<Milliseconds*>(&field)) {
    return format_duration(**value);
  }
  if (std::vector<std::string>* const* value = std::get_if<std::vector<std::string>*>(&field)) {
    return fmt::format("{}", fmt::join(**value, ","));
  }
  return *std::get<std::string*>(field);
}

Result<LoadedOptions> load_options(
    const std::vector<std::string>& arguments,
    const std::vector<std::pair<std::string, std::string>>& environment) {
  return Loader().load(arguments, environment);
}

std::string describe_options() {
  std::string text;
  const Options defaults;
  for (const Option& option : table) {
    const std::string flag = flag_of(option);
    const std::string value = option.secret ? std::string() : format_value(option, defaults);
    text += fmt::format("  {}{}{}\n      {}", option.variable, flag.empty() ? "" : ", ", flag,
                        option.help);
    if (!option.choices.empty()) {
      text += fmt::format(" One of: {}.", fmt::join(split_list(option.choices), ", "));
    }
    if (!value.empty() && value != "false") text += fmt::format(" Default: {}.", value);
    text += "\n";
  }
  return text;
}

std::string print_options(const LoadedOptions& loaded) {
  std::string text;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const Option& option = table[i];
    std::string value = format_value(option, loaded.options);
    if (option.secret) value = value.empty() ? "" : "********";
    text += fmt::format("{:<50} # {}\n", fmt::format("{}={}", option.variable, value),
                        loaded.origins[i]);
  }
  return text;
}

}  // namespace godwit::imagegen
