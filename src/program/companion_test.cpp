#include "program/companion.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include "testing/temporary_directory.h"
#include "testing/until.h"

namespace godwit {
namespace {

/// A companion that is a shell script of the test.
class World {
 public:
  explicit World(const std::string& script, CompanionSettings settings = quick())
      : companion(io, command(script), settings, log,
                  [this](std::string_view line) { lines.emplace_back(line); }) {}

  static CompanionSettings quick() {
    CompanionSettings settings;
    settings.restart_delay_min = Milliseconds(1);
    settings.restart_delay_max = Milliseconds(4);
    return settings;
  }

  CompanionCommand command(const std::string& script) const {
    const std::string file = path("program");
    std::ofstream(file) << "#!/bin/sh\n" << script;
    REQUIRE(::chmod(file.c_str(), 0700) == 0);
    return {.name = "test",
            .file = file,
            .arguments = {"one", "two words"},
            .environment = {{"GIVEN", "a=b"}, {"PATH", "/usr/bin:/bin"}}};
  }

  std::string path(const std::string& name) const { return directory.path() / name; }

  std::ptrdiff_t count(const std::string& line) const { return std::ranges::count(lines, line); }

  void wait_for(const std::string& line, std::ptrdiff_t times = 1) {
    run_until(io, [&] { return count(line) >= times; });
  }

  void stop(Milliseconds patience = Milliseconds(30'000)) {
    bool done = false;
    companion.stop(patience, [&done] { done = true; });
    run_until(io, [&done] { return done; });
  }

  TemporaryDirectory directory;
  boost::asio::io_context io;
  EventLog log{LogLevel::off, LogFormat::logfmt};
  std::vector<std::string> lines;
  Companion companion;
};

bool is_alive(pid_t pid) { return ::kill(pid, 0) == 0; }

}  // namespace

TEST_CASE("a companion gets its arguments and its environment, and nothing else of ours") {
  REQUIRE(::setenv("GODWIT_SECRET_OF_THE_TEST", "1", 1) == 0);
  const std::ifstream open_file("/proc/self/status");
  World world(
      "echo \"$1,$2,$GIVEN,${GODWIT_SECRET_OF_THE_TEST-unset}\"\n"
      "for f in /proc/$$/fd/*; do case $(readlink $f) in *status*) echo leaked;; esac; done\n"
      "read -r line || echo no input\n"
      "echo end\n"
      "exec sleep 1000\n");
  world.companion.start();
  world.wait_for("end");
  CHECK(world.lines == std::vector<std::string>{"one,two words,a=b,unset", "no input", "end"});
  world.stop();
}

TEST_CASE("a companion that ends is started again, whatever it ended with") {
  World world(
      "cd \"$(dirname \"$0\")\"\n"
      "n=$(($(cat count 2>/dev/null || echo 0) + 1)); echo $n >count\n"
      "echo run $n\n"
      "case $n in 1) exit 0;; 2) exit 3;; 3) kill -9 $$;; 4) printf 'last words';; esac\n"
      "[ $n = 5 ] && exec sleep 1000\n");
  world.companion.start();
  world.wait_for("run 5");
  CHECK(world.lines ==
        std::vector<std::string>{"run 1", "run 2", "run 3", "run 4", "last words", "run 5"});
  world.stop();
  world.companion.start();  // After stop() nothing starts any more.
  world.io.run_for(std::chrono::milliseconds(20));
  CHECK(world.count("run 6") == 0);
}

TEST_CASE("a companion hears SIGTERM and has time to end well") {
  World world(
      "trap 'echo ending; exit 0' TERM\n"
      "echo \"pid $$\"\n"
      "echo ready\n"
      "while :; do sleep 0.01; done\n");
  world.companion.start();
  world.wait_for("ready");
  world.stop();
  CHECK(world.lines.back() == "ending");
  CHECK(world.count("ready") == 1);
  CHECK(!is_alive(std::stoi(world.lines.front().substr(4))));
}

TEST_CASE("a companion that does not end in time is killed") {
  World world(
      "trap '' TERM\n"
      "echo ready\n"
      "while :; do sleep 0.01; done\n");
  world.companion.start();
  world.wait_for("ready");
  world.stop(Milliseconds(10));
  CHECK(world.count("ready") == 1);
}

TEST_CASE("a companion can be stopped while it waits to be started again") {
  CompanionSettings settings;
  settings.restart_delay_min = Milliseconds(3'600'000);
  settings.restart_delay_max = Milliseconds(3'600'000);
  World world("echo gone\n", settings);
  world.companion.start();
  world.wait_for("gone");
  world.io.run_for(std::chrono::milliseconds(20));
  world.stop();
  CHECK(world.count("gone") == 1);
}

TEST_CASE("a companion does not outlive us") {
  pid_t pid = 0;
  {
    World world("echo \"pid $$\"\nexec sleep 1000\n");
    world.companion.start();
    run_until(world.io, [&] { return !world.lines.empty(); });
    pid = std::stoi(world.lines.front().substr(4));
    CHECK(is_alive(pid));
  }
  CHECK(!is_alive(pid));
}

TEST_CASE("long lines come in pieces") {
  CompanionSettings settings = World::quick();
  settings.line_size_max = 10;
  World world("echo 0123456789abc\necho end\nexec sleep 1000\n", settings);
  world.companion.start();
  world.wait_for("end");
  CHECK(world.lines == std::vector<std::string>{"0123456789", "abc", "end"});
  world.stop();
}

TEST_CASE("what is no program is refused with its name") {
  const TemporaryDirectory directory;
  const std::string file = directory.path() / "text";
  CHECK(Companion::check(file).error().message == file + ": No such file or directory");
  std::ofstream(file) << "text";
  CHECK(Companion::check(file).error().message == file + " is not a program that may be run");
  CHECK(Companion::check(directory.path()).error().code == ErrorCode::not_found);
  CHECK(Companion::check("/bin/sh").has_value());
}

}  // namespace godwit
