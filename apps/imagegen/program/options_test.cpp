#include "imagegen/program/options.h"

#include <doctest/doctest.h>

#include <fstream>

#include "testing/temporary_directory.h"

namespace godwit::imagegen {
namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

std::string problems(const std::vector<std::string>& arguments, const Variables& variables = {}) {
  const Result<LoadedOptions> loaded = load_options(arguments, variables);
  return loaded ? std::string() : loaded.error().message;
}

}  // namespace

TEST_CASE("flags beat variables, which beat defaults; each tells where it came from") {
  const Result<LoadedOptions> loaded = load_options({"--listen", "127.0.0.1:0", "--drain-time=5s"},
                                                    {{"IMAGEGEN_LISTEN", "127.0.0.1:9"},
                                                     {"IMAGEGEN_DATA_DIR", "/data"},
                                                     {"IMAGEGEN_HOSTS", "a.lan, b.lan"},
                                                     {"QSTASH_TOKEN", "t"},
                                                     {"QSTASH_DEV", "true"},
                                                     {"VERCEL_URL", "app.example.com"},
                                                     {"GEMINI_API_KEY", ""},
                                                     {"PATH", "/bin"}});
  REQUIRE(loaded);
  CHECK(loaded->options.listen == "127.0.0.1:0");
  CHECK(loaded->options.data_dir == "/data");
  CHECK(loaded->options.drain_time == Milliseconds(5'000));
  CHECK(loaded->options.hosts == std::vector<std::string>{"a.lan", "b.lan"});
  CHECK(loaded->options.environment.qstash_token == "t");
  CHECK(loaded->options.environment.qstash_dev);
  CHECK(loaded->options.environment.vercel_url == "app.example.com");
  CHECK(loaded->options.environment.gemini_api_key.empty());
  const std::string printed = print_options(*loaded);
  CHECK(printed.find("# --listen\n") != std::string::npos);
  CHECK(printed.find("IMAGEGEN_DATA_DIR=/data ") != std::string::npos);
  CHECK(printed.find("QSTASH_TOKEN=******** ") != std::string::npos);
  CHECK(printed.find("=t ") == std::string::npos);
}

TEST_CASE("every variable may name a file instead") {
  const TemporaryDirectory directory;
  const std::string path = (directory.path() / "secret").string();
  std::ofstream(path) << "key-of-a-file\n";
  const auto loaded = load_options({}, {{"OPENAI_API_KEY_FILE", path}});
  REQUIRE(loaded);
  CHECK(loaded->options.environment.openai_api_key == "key-of-a-file");
  const auto by_flag = load_options({"--password-file", path}, {});
  REQUIRE(by_flag);
  CHECK(by_flag->options.password == "key-of-a-file");
  CHECK(problems({}, {{"OPENAI_API_KEY_FILE", path}, {"OPENAI_API_KEY", "x"}}).find("not both") !=
        std::string::npos);
  CHECK(problems({}, {{"OPENAI_API_KEY_FILE", path + "-none"}}).find("OPENAI_API_KEY") == 0);
}

TEST_CASE("what is wrong is told with its place and the remedy") {
  CHECK(problems({"--lisen", "x"}) == "unknown flag \"--lisen\"; did you mean \"--listen\"?");
  CHECK(problems({}, {{"IMAGEGEN_LISTN", "x"}}) ==
        "unknown environment variable IMAGEGEN_LISTN; did you mean \"IMAGEGEN_LISTEN\"?");
  CHECK(problems({"--listen"}) == "--listen needs a value after it");
  CHECK(problems({"--listen", "nowhere"}).starts_with("IMAGEGEN_LISTEN: "));
  CHECK(problems({"--log-level", "loud"}).find("debug, info, warn") != std::string::npos);
  CHECK(problems({"--drain-time", "30"}).find("30s") != std::string::npos);
  CHECK(problems({"--connections-max", "0"}).find("from 1 to") != std::string::npos);
  CHECK(problems({"--provider-answer-max", "1KiB"}).find("1MiB") != std::string::npos);
  CHECK(problems({}, {{"QSTASH_DEV", "maybe"}}).find("neither true nor false") !=
        std::string::npos);
  CHECK(problems({}, {{"QSTASH_CURRENT_SIGNING_KEY", "sig_a"}}).find("come together") !=
        std::string::npos);
  CHECK(problems({}, {{"QSTASH_TOKEN", "a\nb"}}).find("a\nb") == std::string::npos);
  CHECK(problems({}, {{"IMAGEGEN_TEST_X", "1"}, {"IMAGEGEN_BINARY", "x"}}).empty());
}

TEST_CASE("a broker for development may have a port of its own") {
  const auto loaded = load_options({}, {{"QSTASH_DEV", "1"}, {"QSTASH_DEV_PORT", "9090"}});
  REQUIRE(loaded);
  CHECK(loaded->options.environment.qstash_url == "http://127.0.0.1:9090");
  CHECK_FALSE(problems({}, {{"QSTASH_DEV", "1"}, {"QSTASH_DEV_PORT", "x"}}).empty());
}

TEST_CASE("the help names every option") {
  const std::string help = describe_options();
  for (const Option& option : options_table()) {
    INFO(option.variable);
    CHECK(help.find(option.variable) != std::string::npos);
    CHECK(option.help.ends_with("."));
  }
}

}  // namespace godwit::imagegen
