#include "program/imagegen.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <map>

namespace godwit {

TEST_CASE("ImageGenService gets the way to the broker, and no secret that is not its own") {
  Settings settings;
  settings.data_dir = "/data";
  const BrokerAccess broker{.url = "http://127.0.0.1:8080",
                            .token = "token",
                            .current_signing_key = "sig_1",
                            .next_signing_key = "sig_2"};
  const CompanionCommand command =
      imagegen_command(settings, broker,
                       {{"PATH", "/bin"},
                        {"QSTASH_TOKEN", "another"},
                        {"QSTASH_DEV", "true"},
                        {"IMAGEGEN_LOG_LEVEL", "debug"},
                        {"IMAGEGEN_LISTEN", "127.0.0.1:1"},
                        {"IMAGEGEN_GEMINI_BASE_URL", "http://127.0.0.1:9"},
                        {"GODWIT_TOKEN", "secret"}});
  CHECK(command.arguments.empty());
  const std::map<std::string, std::string> environment(command.environment.begin(),
                                                       command.environment.end());
  CHECK(environment.size() == command.environment.size());
  CHECK(environment ==
        std::map<std::string, std::string>{{"QSTASH_URL", "http://127.0.0.1:8080"},
                                           {"QSTASH_TOKEN", "token"},
                                           {"QSTASH_CURRENT_SIGNING_KEY", "sig_1"},
                                           {"QSTASH_NEXT_SIGNING_KEY", "sig_2"},
                                           {"IMAGEGEN_LISTEN", "127.0.0.1:8081"},
                                           {"IMAGEGEN_DATA_DIR", "/data/imagegen"},
                                           {"IMAGEGEN_GEMINI_BASE_URL", "http://127.0.0.1:9"},
                                           {"IMAGEGEN_DRAIN_TIME", "30s"},
                                           {"IMAGEGEN_LOG_LEVEL", "debug"},
                                           {"IMAGEGEN_LOG_FORMAT", "logfmt"},
                                           {"PATH", "/bin"}});
}

TEST_CASE("ImageGenService lies beside godwit, unless the setting says otherwise") {
  Settings settings;
  const std::filesystem::path beside = imagegen_file(settings);
  CHECK(beside.filename() == "imagegen");
  CHECK(std::filesystem::equivalent(beside.parent_path(),
                                    std::filesystem::canonical("/proc/self/exe").parent_path()));
  settings.imagegen.binary = "/elsewhere/imagegen";
  CHECK(imagegen_file(settings) == "/elsewhere/imagegen");
}

}  // namespace godwit
