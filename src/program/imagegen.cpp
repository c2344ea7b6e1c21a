#include "program/imagegen.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace godwit {

std::string imagegen_file(const Settings& settings) {
  if (!settings.imagegen.binary.empty()) return settings.imagegen.binary;
  std::error_code error;
  const std::filesystem::path own = std::filesystem::read_symlink("/proc/self/exe", error);
  return own.parent_path() / "imagegen";
}

CompanionCommand imagegen_command(
    const Settings& settings, const BrokerAccess& broker,
    const std::vector<std::pair<std::string, std::string>>& environment) {
  CompanionCommand command{
      .name = "imagegen",
      .file = imagegen_file(settings),
      .arguments = {},
      .environment = {
          {"QSTASH_URL", broker.url},
          {"QSTASH_TOKEN", broker.token},
          {"QSTASH_CURRENT_SIGNING_KEY", broker.current_signing_key},
          {"QSTASH_NEXT_SIGNING_KEY", broker.next_signing_key},
          {"IMAGEGEN_LISTEN", settings.imagegen.listen},
          {"IMAGEGEN_DATA_DIR", std::filesystem::path(settings.data_dir) / "imagegen"}}};
  const std::size_t ours = command.environment.size();
  for (const auto& variable : environment) {
    const auto known = command.environment.begin();
    const bool is_given =
        std::any_of(known, known + static_cast<std::ptrdiff_t>(ours),
                    [&](const auto& given) { return given.first == variable.first; });
    if (!is_given && !variable.first.starts_with("GODWIT_")) {
      command.environment.push_back(variable);
    }
  }
  return command;
}

}  // namespace godwit
