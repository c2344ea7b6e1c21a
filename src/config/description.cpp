#include "config/description.h"

#include <fmt/format.h>

#include <string_view>

#include "config/settings.h"
#include "config/values.h"

namespace godwit {
namespace {

constexpr std::string_view page_begin = R"(# Configuration

<!-- Written by `godwit help settings --markdown`. Change src/config/settings.cpp instead. -->

Every setting has one name in three spellings: a flag (`--delivery-allow`), a variable (`GODWIT_DELIVERY_ALLOW`) and a key of a TOML file
(`allow` under `[delivery]`). Flags beat variables, variables beat the file, the file beats the default. `--config FILE` or
`GODWIT_CONFIG` names the file; without, there is none.

* `godwit config print` (or `config print dev`) shows every value and where it came from, as a TOML file, with secrets masked.
* Unknown flags, keys and `GODWIT_` variables are errors. An empty variable counts as not set.
* Durations have units: `250ms`, `30s`, `1h30m`, `7d`. Sizes too: `64KiB` is 65536 bytes, `64KB` is 64000.
* Lists are given by repeating the flag, or with commas between; in TOML as an array of texts.
* Secrets have no flag, because every process can read another's flags: `--token-file`, `GODWIT_TOKEN_FILE` and `token_file` name a file instead.
* Relative paths start at the working directory.
* `godwit dev` also knows `--port N` and `QSTASH_DEV_PORT`.

```toml
# godwit.toml
listen = "127.0.0.1:8080"
data_dir = "/var/lib/godwit"
token_file = "/run/secrets/godwit-token"

[delivery]
allow = ["10.1.0.0/16", "hooks.internal"]
```
)";

std::string default_of(const Setting& setting) {
  const std::string value = format_value(setting, Settings());
  return value.empty() ? "none" : value;
}

std::string_view section_of(const Setting& setting) {
  const auto dot = setting.name.find('.');
  return dot == std::string_view::npos ? std::string_view() : setting.name.substr(0, dot);
}

}  // namespace

std::string describe_settings() {
  std::string out;
  for (const Setting& setting : settings_table()) {
    out += fmt::format("{}\n      {}\n      {} in TOML, {}{} in the environment; {}",
                       flag_of(setting), setting.help, setting.name, environment_of(setting),
                       setting.secret ? " or the same with _FILE" : "", type_of(setting));
    if (!setting.choices.empty()) out += fmt::format(" out of {}", setting.choices);
    out += fmt::format("; default {}", default_of(setting));
    if (!setting.dev_default.empty()) out += fmt::format(" ({} for dev)", setting.dev_default);
    out += '\n';
  }
  return out;
}

std::string settings_page() {
  std::string out(page_begin);
  std::string_view section = "-";
  for (const Setting& setting : settings_table()) {
    if (section_of(setting) != section) {
      section = section_of(setting);
      out += section.empty() ? "\n## At the top\n\n" : fmt::format("\n## [{}]\n\n", section);
      out += "| key | type | default | |\n|---|---|---|---|\n";
    }
    std::string_view key = setting.name;
    if (!section.empty()) key.remove_prefix(section.size() + 1);
    std::string value = default_of(setting);
    if (!setting.dev_default.empty()) value += fmt::format("; dev: {}", setting.dev_default);
    std::string type(type_of(setting));
    if (!setting.choices.empty()) type = setting.choices;
    out += fmt::format("| `{}` | {} | {} | {} |\n", key, type, value, setting.help);
  }
  return out;
}

}  // namespace godwit
