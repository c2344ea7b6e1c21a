#include "config/configuration.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "config/toml_file.h"

namespace godwit {
namespace {

/// A file that is gone when the test ends.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content) {
    static int counter = 0;
    path_ =
        std::filesystem::temp_directory_path() /
        ("godwit-config-" + std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".toml");
    std::ofstream(path_) << content;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

std::string problem_of(const ConfigurationSources& sources) {
  const Result<Configuration> loaded = load_configuration(sources);
  return loaded ? "" : loaded.error().message;
}

std::string origin_of(const Configuration& configuration, std::string_view name) {
  return configuration
      .origins[static_cast<std::size_t>(find_setting(name) - settings_table().data())];
}

}  // namespace

TEST_CASE("a flag beats a variable, which beats the file, which beats the default") {
  const TemporaryFile file("drain_time = '1s'\nlisten = '127.0.0.1:1'\ndata_dir = 'from-file'\n");
  ConfigurationSources sources{
      .arguments = {"--config", file.path(), "--drain-time=3s"},
      .environment = {
          {"GODWIT_DRAIN_TIME", "2s"}, {"GODWIT_LISTEN", "127.0.0.1:2"}, {"PATH", "/bin"}}};
  const Result<Configuration> loaded = load_configuration(sources);
  REQUIRE(loaded);
  CHECK(loaded->settings.drain_time == Milliseconds(3'000));
  CHECK(origin_of(*loaded, "drain_time") == "--drain-time");
  CHECK(loaded->settings.listen == "127.0.0.1:2");
  CHECK(origin_of(*loaded, "listen") == "GODWIT_LISTEN");
  CHECK(loaded->settings.data_dir == "from-file");
  CHECK(origin_of(*loaded, "data_dir") == file.path() + ":3");
  CHECK(loaded->settings.log.level == "info");
  CHECK(origin_of(*loaded, "log.level") == "default");
  CHECK(loaded->file == file.path());
}

TEST_CASE("flags take one dash or two, a blank or an equals sign") {
  const Result<Configuration> loaded = load_configuration(
      {.arguments = {"-data-dir", "a", "--ephemeral", "--store-sync=false", "--log-level", "debug",
                     "--delivery-allow", "10.0.0.0/8, hooks.internal", "--delivery-allow", "::1"}});
  REQUIRE(loaded);
  CHECK(loaded->settings.data_dir == "a");
  CHECK(loaded->settings.ephemeral);
  CHECK_FALSE(loaded->settings.store.sync);
  CHECK(loaded->settings.log.level == "debug");
  CHECK(loaded->settings.delivery.allow ==
        std::vector<std::string>{"10.0.0.0/8", "hooks.internal", "::1"});
}

TEST_CASE("a list given by a flag replaces the weaker sources' list") {
  const Result<Configuration> loaded =
      load_configuration({.mode = Mode::dev,
                          .arguments = {"--delivery-allow", "10.1.0.0/16"},
                          .environment = {{"GODWIT_DELIVERY_ALLOW", "::1,127.0.0.1"}}});
  REQUIRE(loaded);
  CHECK(loaded->settings.delivery.allow == std::vector<std::string>{"10.1.0.0/16"});
}

TEST_CASE("the developer's broker allows loopback and private networks, the server none") {
  const Result<Configuration> dev = load_configuration({.mode = Mode::dev});
  REQUIRE(dev);
  CHECK(std::ranges::count(dev->settings.delivery.allow, "127.0.0.0/8") == 1);
  CHECK(std::ranges::count(dev->settings.delivery.allow, "169.254.0.0/16") == 0);
  CHECK(dev->settings.data_dir == ".godwit-dev");
  CHECK(origin_of(*dev, "data_dir") == "default of godwit dev");
  const Result<Configuration> server = load_configuration({});
  REQUIRE(server);
  CHECK(server->settings.delivery.allow.empty());
  CHECK(server->settings.listen == "127.0.0.1:8080");
}

TEST_CASE("dev takes a port by flag and by QStash's variable") {
  const auto listen = [](std::vector<std::string> arguments,
                         std::vector<std::pair<std::string, std::string>> environment) {
    const Result<Configuration> loaded =
        load_configuration({Mode::dev, std::move(arguments), std::move(environment)});
    return loaded ? loaded->settings.listen : loaded.error().message;
  };
  CHECK(listen({"--port", "9000"}, {}) == "127.0.0.1:9000");
  CHECK(listen({"-port", "9000"}, {{"QSTASH_DEV_PORT", "9001"}}) == "127.0.0.1:9000");
  CHECK(listen({}, {{"QSTASH_DEV_PORT", "9001"}}) == "127.0.0.1:9001");
  CHECK(listen({}, {{"QSTASH_DEV_PORT", "9001"}, {"GODWIT_LISTEN", "0.0.0.0:1"}}) == "0.0.0.0:1");
  CHECK(listen({"--port", "none"}, {}) ==
        "port: \"none\" is not a number from 0 to 65535 (from --port)");
  CHECK(listen({"--port", "1", "--listen", "127.0.0.1:2"}, {}) ==
        "listen: give --listen or --port, not both");
  CHECK(problem_of({.arguments = {"--port", "1"}}).starts_with("unknown flag --port"));
}

TEST_CASE("unknown names are errors that suggest the right one") {
  CHECK(problem_of({.arguments = {"--data-dri", "x"}}) ==
        "unknown flag --data-dri; did you mean \"--data-dir\"?");
  CHECK(problem_of({.arguments = {"--allow", "x"}}) ==
        "unknown flag --allow; did you mean \"--delivery-allow\"?");
  CHECK(problem_of({.arguments = {"--token", "x"}}) ==
        "unknown flag --token; did you mean \"--token-file\"?");
  CHECK(problem_of({.environment = {{"GODWIT_DATADIR", "x"}}}) ==
        "unknown environment variable GODWIT_DATADIR; did you mean \"GODWIT_DATA_DIR\"?");
  const TemporaryFile file(
      "data-dir = 'x'\n\n[delivery]\nalow = ['::1']\n[delivry]\nallow = ['::1']\n");
  CHECK(problem_of({.arguments = {"--config", file.path()}}) ==
        "unknown setting \"data-dir\"; did you mean \"data_dir\"? (from " + file.path() + ":1)\n" +
            "unknown setting \"delivery.alow\"; did you mean \"delivery.allow\"? (from " +
            file.path() + ":4)\n" +
            "unknown setting \"delivry.allow\"; did you mean \"delivery.allow\"? (from " +
            file.path() + ":6)");
}

TEST_CASE("every problem is told at once, with the setting, the remedy and the place") {
  const TemporaryFile file("drain_time = 30\ndata_dir = 5\n[http]\nconnections_max = 0\n");
  CHECK(problem_of({.arguments = {"--config", file.path(), "--store-memtable-bytes", "1XB"}}) ==
        "data_dir: 5 needs quotation marks, like \"5\" (from " + file.path() + ":2)\n" +
            "drain_time: 30 needs quotation marks and a unit, like \"30s\" (from " + file.path() +
            ":1)\n" + "http.connections_max: 0 is too small; the least is 1 (from " + file.path() +
            ":4)\n" +
            "store.memtable_bytes: \"1XB\" has an unknown unit; write bytes or a unit, like 65536, "
            "64KiB "
            "or 10MB (from --store-memtable-bytes)");
  CHECK(problem_of({.arguments = {"--drain-time"}}) == "--drain-time needs a value after it");
  CHECK(problem_of({.arguments = {"--ephemeral", "false"}}) ==
        "unexpected argument \"false\"; write --ephemeral=false");
  CHECK(problem_of({.environment = {{"GODWIT_LISTEN", "8080"}}}) ==
        "listen: \"8080\" has no port; write HOST:PORT, like 127.0.0.1:8080 or [::1]:8080 (from "
        "GODWIT_LISTEN)");
}

TEST_CASE("a broken or missing file is named with the line") {
  const TemporaryFile file("listen = '127.0.0.1:1'\ndata_dir = \n");
  CHECK(problem_of({.arguments = {"--config", file.path()}})
            .ends_with("(from " + file.path() + ":2)"));
  CHECK(problem_of({.environment = {{"GODWIT_CONFIG", "/nonexistent.toml"}}}) ==
        "cannot read /nonexistent.toml: No such file or directory");
}

TEST_CASE("variables that orchestrators set for a service called godwit are not ours") {
  CHECK(problem_of({.environment = {{"GODWIT_SERVICE_HOST", "10.0.0.1"},
                                    {"GODWIT_PORT", "tcp://10.0.0.1:8080"},
                                    {"GODWIT_PORT_8080_TCP", "tcp://10.0.0.1:8080"},
                                    {"GODWIT_BINARY", "/x"},
                                    {"GODWIT_TOKEN", ""}}}) == "");
  CHECK(problem_of({.environment = {{"GODWIT_PORT", "8080"}}})
            .starts_with("unknown environment variable GODWIT_PORT"));
}

TEST_CASE("secrets come from variables and files, and are never printed") {
  const TemporaryFile secret("s3cret\n");
  const Result<Configuration> loaded =
      load_configuration({.environment = {{"GODWIT_TOKEN_FILE", secret.path()},
                                          {"GODWIT_CURRENT_SIGNING_KEY", "sig_a"},
                                          {"GODWIT_NEXT_SIGNING_KEY", "sig_b"}}});
  REQUIRE(loaded);
  CHECK(loaded->settings.token == "s3cret");
  const std::string printed = print_configuration(*loaded);
  CHECK(printed.find("s3cret") == std::string::npos);
  CHECK(printed.find("sig_a") == std::string::npos);
  CHECK(printed.find("# token = ********") != std::string::npos);

  const TemporaryFile file("token_file = '" + secret.path() + "'\n");
  const Result<Configuration> from_file =
      load_configuration({.arguments = {"--config", file.path()}});
  REQUIRE(from_file);
  CHECK(from_file->settings.token == "s3cret");

  CHECK(
      problem_of({.environment = {{"GODWIT_TOKEN_FILE", secret.path()}, {"GODWIT_TOKEN", "x"}}}) ==
      "token: give GODWIT_TOKEN or GODWIT_TOKEN_FILE, not both");
  CHECK(problem_of({.environment = {{"GODWIT_TOKEN", "se\ncret"}}}).find("cret") ==
        std::string::npos);
  CHECK(problem_of({.environment = {{"GODWIT_CURRENT_SIGNING_KEY", "sig_a"}}})
            .starts_with("next_signing_key is missing"));
  const TemporaryFile empty("\n");
  CHECK(problem_of({.arguments = {"--token-file", empty.path()}}).find("is empty") !=
        std::string::npos);
}

TEST_CASE("settings that contradict each other are refused with both origins") {
  CHECK(problem_of({.arguments = {"--api-message-size-max", "200MiB"}}) ==
        "commit.open_bytes_max: 64MiB is less than api.message_size_max (200MiB); raise the one or "
        "lower the other (from default, --api-message-size-max)\n"
        "http.body_size_max: 100MiB is less than api.message_size_max (200MiB); raise the one or "
        "lower the other (from default, --api-message-size-max)");
}

TEST_CASE("what config print shows is a file that gives the same settings") {
  const Result<Configuration> loaded = load_configuration(
      {.mode = Mode::dev,
       .arguments = {"--api-delay-max=7d", "--delivery-region", "a\"b\\c", "--store-sync=no"}});
  REQUIRE(loaded);
  const TemporaryFile file(print_configuration(*loaded));
  const Result<Configuration> again = load_configuration({.arguments = {"--config", file.path()}});
  REQUIRE_MESSAGE(again, again.error().message);
  CHECK(again->settings.delivery.region == "a\"b\\c");
  CHECK(again->settings.api.delay_max == Milliseconds(7LL * 86'400'000));
  CHECK_FALSE(again->settings.store.sync);
  CHECK(again->settings.delivery.allow == loaded->settings.delivery.allow);
}

TEST_CASE("no two settings share a flag, a variable or a name") {
  std::vector<std::string> flags;
  for (const Setting& setting : settings_table()) {
    flags.push_back(flag_of(setting));
  }
  std::ranges::sort(flags);
  CHECK(std::ranges::adjacent_find(flags) == flags.end());
}

}  // namespace godwit
