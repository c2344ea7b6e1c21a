#include "config/configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "config/suggestion.h"
#include "config/toml_file.h"
#include "config/values.h"

namespace godwit {
namespace {

constexpr std::size_t secret_size_max = 64u << 10;

/// Applies the sources from the weakest to the strongest, and gathers what is wrong instead of
/// stopping at the first.
class Loader {
 public:
  explicit Loader(const ConfigurationSources& sources) : sources_(sources) {
    result_.mode = sources.mode;
    result_.origins.assign(settings_table().size(), "default");
  }

  Result<Configuration> load() {
    apply_dev_defaults();
    const std::vector<Flag> flags = read_flags();
    choose_file(flags);
    if (!result_.file.empty()) apply_file();
    apply_environment();
    apply_flags(flags);
    check_together();
    if (problems_.empty()) return std::move(result_);
    return fail(ErrorCode::invalid_argument, fmt::format("{}", fmt::join(problems_, "\n")));
  }

 private:
  struct Flag {
    std::string name;  ///< With two dashes.
    std::string value;
  };

  std::size_t index_of(const Setting& setting) const {
    return static_cast<std::size_t>(&setting - settings_table().data());
  }
  bool is_list(const Setting& setting) {
    return std::holds_alternative<std::vector<std::string>*>(setting.field(result_.settings));
  }
  bool is_bool(const Setting& setting) {
    return std::holds_alternative<bool*>(setting.field(result_.settings));
  }

  void set(const Setting& setting, std::string_view value, const std::string& origin) {
    if (const Result<void> assigned = assign(setting, result_.settings, value); !assigned) {
      // A secret that is refused must not be shown either; assign() quotes what it was given.
      const std::string why =
          setting.secret ? "it holds control characters" : assigned.error().message;
      problems_.push_back(fmt::format("{}: {} (from {})", setting.name, why, origin));
      return;
    }
    result_.origins[index_of(setting)] = origin;
  }

  void set_from_file(const Setting& setting, const std::string& path, const std::string& origin) {
    const Result<std::string> secret = read_file(path, secret_size_max, true);
    if (!secret) {
      problems_.push_back(
          fmt::format("{}: {} (from {})", setting.name, secret.error().message, origin));
    } else if (secret->empty()) {
      problems_.push_back(
          fmt::format("{}: the file {} is empty; write the secret into it (from {})", setting.name,
                      path, origin));
    } else {
      set(setting, *secret, origin);
    }
  }

  void set_port(std::string_view port, const std::string& origin) {
    const Result<ListenAddress> now = parse_listen(result_.settings.listen);
    if (!now) return;  // Reported where it was set.
    const Result<ListenAddress> changed = parse_listen(fmt::format("host:{}", port));
    if (!changed) {
      problems_.push_back(
          fmt::format("port: \"{}\" is not a number from 0 to 65535 (from {})", port, origin));
      return;
    }
    set(*find_setting("listen"), format_listen({now->host, changed->port}), origin);
  }

  void apply_dev_defaults() {
    if (sources_.mode != Mode::dev) return;
    for (const Setting& setting : settings_table()) {
      if (!setting.dev_default.empty()) set(setting, setting.dev_default, "default of godwit dev");
    }
  }

  std::vector<std::string> flag_names() const {
    std::vector<std::string> names{"--config", "--help"};
    if (sources_.mode == Mode::dev) names.emplace_back("--port");
    for (const Setting& setting : settings_table()) names.push_back(flag_of(setting));
    return names;
  }

  const Setting* find_flag(std::string_view name) const {
    const auto table = settings_table();
    const auto found = std::ranges::find(table, name, flag_of);
    return found == table.end() ? nullptr : &*found;
  }

  std::vector<Flag> read_flags() {
    const std::vector<std::string> names = flag_names();
    std::vector<Flag> flags;
    const auto& arguments = sources_.arguments;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const std::string& argument = arguments[i];
      if (argument.size() < 2 || argument[0] != '-') {
        std::string hint;
        if (i > 0 && (argument == "true" || argument == "false")) {
          hint = fmt::format("; write {}={}", arguments[i - 1], argument);
        }
        problems_.push_back(fmt::format("unexpected argument \"{}\"{}", argument, hint));
        continue;
      }
      const auto equals = argument.find('=');
      Flag flag{argument.substr(0, equals), {}};
      if (flag.name[1] != '-') flag.name.insert(0, "-");
      const Setting* setting = find_flag(flag.name);
      if (setting == nullptr && std::ranges::find(names, flag.name) == names.end()) {
        std::string hint = did_you_mean(flag.name, names);
        if (hint.empty()) hint = "; `godwit help settings` lists all";
        problems_.push_back(fmt::format("unknown flag {}{}", flag.name, hint));
        // Its value, if it has one, is not to blame too.
        if (equals == std::string::npos && i + 1 < arguments.size() && arguments[i + 1][0] != '-') {
          ++i;
        }
        continue;
      }
      if (equals != std::string::npos) {
        flag.value = argument.substr(equals + 1);
      } else if (setting != nullptr && is_bool(*setting)) {
        flag.value = "true";
      } else if (i + 1 < arguments.size()) {
        flag.value = arguments[++i];
      } else {
        problems_.push_back(fmt::format("{} needs a value after it", flag.name));
        continue;
      }
      flags.push_back(std::move(flag));
    }
    return flags;
  }

  void choose_file(const std::vector<Flag>& flags) {
    for (const auto& [name, value] : sources_.environment) {
      if (name == "GODWIT_CONFIG") result_.file = value;
    }
    for (const Flag& flag : flags) {
      if (flag.name == "--config") result_.file = flag.value;
    }
  }

  void apply_file() {
    const Result<std::vector<TomlEntry>> entries = read_toml_file(result_.file);
    if (!entries) {
      problems_.push_back(entries.error().message);
      return;
    }
    std::vector<std::string> names;
    for (const Setting& setting : settings_table()) {
      names.emplace_back(setting.name);
      if (setting.secret) names.push_back(std::string(setting.name) + "_file");
    }
    std::set<std::string_view> seen;
    for (const TomlEntry& entry : *entries) {
      const std::string_view name = entry.name;
      const bool by_file = name.ends_with("_file") && find_setting(name) == nullptr;
      const Setting* setting = find_setting(
          by_file ? name.substr(0, name.size() - std::string_view("_file").size()) : name);
      if (setting == nullptr || (by_file && !setting->secret)) {
        problems_.push_back(fmt::format("unknown setting \"{}\"{} (from {})", name,
                                        did_you_mean(name, names), entry.where));
      } else if (!seen.insert(setting->name).second) {
        problems_.push_back(fmt::format("{}: give it or {}_file, not both (from {})", setting->name,
                                        setting->name, entry.where));
      } else if (by_file) {
        set_from_file(*setting, entry.value, entry.where);
      } else {
        apply_entry(*setting, entry);
      }
    }
  }

  void apply_entry(const Setting& setting, const TomlEntry& entry) {
    // `drain_time = 30` would leave the unit to guessing, and `data_dir = 5` is a slip.
    const SettingField field = setting.field(result_.settings);
    const bool is_time = std::holds_alternative<Milliseconds*>(field) ||
                         std::holds_alternative<std::optional<Milliseconds>*>(field);
    const bool is_text = std::holds_alternative<std::string*>(field) || is_list(setting);
    if (!entry.is_quoted && (is_time || is_text)) {
      problems_.push_back(fmt::format(
          "{}: {} needs quotation marks{} (from {})", setting.name, entry.value,
          is_time ? " and a unit, like \"30s\"" : fmt::format(", like \"{}\"", entry.value),
          entry.where));
      return;
    }
    set(setting, entry.value, entry.where);
  }

  /// Variables that others set and that happen to begin like ours.
  static bool is_foreign(std::string_view name, std::string_view value) {
    if (name == "GODWIT_CONFIG" || name == "GODWIT_BINARY" || name == "GODWIT_POWERCUT_BINARY") {
      return true;
    }
    // Kubernetes and Docker describe a service called "godwit" to every container beside it.
    return name.starts_with("GODWIT_SERVICE_") || name.starts_with("GODWIT_TEST_") ||
           name.starts_with("GODWIT_PORT_") || (name == "GODWIT_PORT" && value.find("://") < 5);
  }

  void apply_environment() {
    std::vector<std::string> names{"GODWIT_CONFIG"};
    for (const Setting& setting : settings_table()) {
      names.push_back(environment_of(setting));
      if (setting.secret) names.push_back(environment_of(setting) + "_FILE");
    }
    for (const auto& [name, value] : sources_.environment) {
      if (name == "QSTASH_DEV_PORT" && sources_.mode == Mode::dev && !value.empty()) {
        set_port(value, name);
      }
    }
    std::set<std::string_view> seen;
    for (const auto& [name, value] : sources_.environment) {
      if (!name.starts_with("GODWIT_") || value.empty() || is_foreign(name, value)) continue;
      const Setting* setting = nullptr;
      bool by_file = false;
      for (const Setting& candidate : settings_table()) {
        const std::string variable = environment_of(candidate);
        by_file = candidate.secret && name == variable + "_FILE";
        if (by_file || name == variable) {
          setting = &candidate;
          break;
        }
      }
      if (setting == nullptr) {
        problems_.push_back(
            fmt::format("unknown environment variable {}{}", name, did_you_mean(name, names)));
      } else if (!seen.insert(setting->name).second) {
        problems_.push_back(fmt::format("{0}: give {1} or {1}_FILE, not both", setting->name,
                                        environment_of(*setting)));
      } else if (by_file) {
        set_from_file(*setting, value, name);
      } else {
        set(*setting, value, name);
      }
    }
  }

  void apply_flags(const std::vector<Flag>& flags) {
    std::set<std::string_view> lists_begun;
    bool has_listen = false;
    bool has_port = false;
    for (const Flag& flag : flags) {
      if (flag.name == "--config") continue;
      if (flag.name == "--port") {
        has_port = true;
        set_port(flag.value, flag.name);
        continue;
      }
      const Setting* setting = find_flag(flag.name);
      if (setting == nullptr) continue;  // `--help` is the command's own.
      has_listen = has_listen || setting->name == "listen";
      if (setting->secret) {
        set_from_file(*setting, flag.value, flag.name);
      } else if (is_list(*setting) && !lists_begun.insert(setting->name).second) {
        set(*setting, format_value(*setting, result_.settings) + "," + flag.value, flag.name);
      } else {
        set(*setting, flag.value, flag.name);
      }
    }
    if (has_listen && has_port) {
      problems_.emplace_back("listen: give --listen or --port, not both");
    }
  }

  /// Settings that are right alone and wrong together.
  void check_together() {
    if (!problems_.empty()) return;
    const Settings& s = result_.settings;
    if (s.current_signing_key.empty() != s.next_signing_key.empty()) {
      const bool lacks_next = s.next_signing_key.empty();
      problems_.push_back(fmt::format(
          "{} is missing; the two signing keys come together: give GODWIT_CURRENT_SIGNING_KEY and "
          "GODWIT_NEXT_SIGNING_KEY, or neither",
          lacks_next ? "next_signing_key" : "current_signing_key"));
    }
    check_imagegen();
    at_least("store.commit_queue_bytes_max", s.store.commit_queue_bytes_max,
             "commit.open_bytes_max", s.commit.open_bytes_max);
    at_least("commit.open_bytes_max", s.commit.open_bytes_max, "api.message_size_max",
             s.api.message_size_max);
    at_least("http.body_size_max", s.http.body_size_max, "api.message_size_max",
             s.api.message_size_max);
    at_least("http.bodies_in_memory_max", s.http.bodies_in_memory_max, "http.body_size_max",
             s.http.body_size_max);
    at_least("delivery.response_body_read_max", s.delivery.response_body_read_max,
             "delivery.response_body_max", s.delivery.response_body_max);
  }

  void check_imagegen() {
    const Settings& s = result_.settings;
    if (!s.with_imagegen) return;
    const std::string& origin = result_.origins[index_of(*find_setting("with_imagegen"))];
    if (result_.mode != Mode::dev) {
      problems_.push_back(fmt::format(
          "with_imagegen: it is for `godwit dev`; beside a server, start `imagegen` by itself with "
          "QSTASH_URL and QSTASH_TOKEN (from {})",
          origin));
    }
    if (s.ephemeral) {
      problems_.push_back(fmt::format(
          "with_imagegen: ImageGenService keeps its images below data_dir; leave out one of "
          "with_imagegen and ephemeral (from {})",
          origin));
    }
  }

  void at_least(std::string_view large, Bytes large_value, std::string_view small,
                Bytes small_value) {
    if (large_value >= small_value) return;
    problems_.push_back(
        fmt::format("{}: {} is less than {} ({}); raise the one or lower the other (from {}, {})",
                    large, format_size(large_value), small, format_size(small_value),
                    result_.origins[index_of(*find_setting(large))],
                    result_.origins[index_of(*find_setting(small))]));
  }

  const ConfigurationSources& sources_;
  Configuration result_;
  std::vector<std::string> problems_;
};

/// A value as TOML writes it.
std::string toml_value(const Setting& setting, const Settings& settings) {
  std::string text = format_value(setting, settings);
  const SettingField field = setting.field(const_cast<Settings&>(settings));
  if (std::holds_alternative<bool*>(field) || std::holds_alternative<std::uint64_t*>(field)) {
    return text;
  }
  if (!std::holds_alternative<std::vector<std::string>*>(field)) return toml_quoted(text);
  std::vector<std::string> items = split_list(text);
  std::ranges::transform(items, items.begin(), toml_quoted);
  return fmt::format("[{}]", fmt::join(items, ", "));
}

}  // namespace

Result<Configuration> load_configuration(const ConfigurationSources& sources) {
  return Loader(sources).load();
}

std::string print_configuration(const Configuration& configuration) {
  std::string out;
  std::string section;
  const auto table = settings_table();
  for (std::size_t i = 0; i < table.size(); ++i) {
    const Setting& setting = table[i];
    std::string_view name = setting.name;
    if (const auto dot = name.find('.'); dot != std::string_view::npos) {
      if (name.substr(0, dot) != section) {
        section = name.substr(0, dot);
        out += fmt::format("\n[{}]\n", section);
      }
      name.remove_prefix(dot + 1);
    }
    std::string line;
    if (setting.secret) {
      const bool is_set = !format_value(setting, configuration.settings).empty();
      line = fmt::format("# {} = {}", name, is_set ? "********" : "(not set)");
    } else {
      line = fmt::format("{} = {}", name, toml_value(setting, configuration.settings));
    }
    out += fmt::format("{:<44} # {}\n", line, configuration.origins[i]);
  }
  return out;
}

}  // namespace godwit
