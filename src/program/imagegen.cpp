#include "program/imagegen.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "core/duration.h"

namespace godwit {
namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

bool has(const Variables& variables, const std::string& name) {
  return std::ranges::any_of(variables, [&](const auto& given) { return given.first == name; });
}

/// What would lead ImageGenService to another broker, or is a secret of ours.
bool is_withheld(const std::string& name) {
  return name.starts_with("QSTASH_") || name.starts_with("GODWIT_");
}

}  // namespace

std::string imagegen_file(const Settings& settings) {
  if (!settings.imagegen.binary.empty()) return settings.imagegen.binary;
  std::error_code error;
  const std::filesystem::path own = std::filesystem::read_symlink("/proc/self/exe", error);
  return own.parent_path() / "imagegen";
}

CompanionCommand imagegen_command(const Settings& settings, const BrokerAccess& broker,
                                  const Variables& environment) {
  Variables variables{{"QSTASH_URL", broker.url},
                      {"QSTASH_TOKEN", broker.token},
                      {"QSTASH_CURRENT_SIGNING_KEY", broker.current_signing_key},
                      {"QSTASH_NEXT_SIGNING_KEY", broker.next_signing_key},
                      {"IMAGEGEN_LISTEN", settings.imagegen.listen},
                      {"IMAGEGEN_DATA_DIR", std::filesystem::path(settings.data_dir) / "imagegen"}};
  for (const auto& variable : environment) {
    if (!is_withheld(variable.first) && !has(variables, variable.first)) {
      variables.push_back(variable);
    }
  }
  const Variables defaults{{"IMAGEGEN_DRAIN_TIME", format_duration(settings.drain_time)},
                           {"IMAGEGEN_LOG_LEVEL", settings.log.level},
                           {"IMAGEGEN_LOG_FORMAT", settings.log.format}};
  for (const auto& variable : defaults) {
    if (!has(variables, variable.first)) variables.push_back(variable);
  }
  return {.name = "imagegen",
          .file = imagegen_file(settings),
          .arguments = {},
          .environment = std::move(variables)};
}

}  // namespace godwit
