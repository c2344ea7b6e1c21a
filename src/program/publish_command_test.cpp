#include "program/publish_command.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace godwit {
namespace {

using Arguments = std::vector<std::string>;

std::string error_of(const Arguments& arguments) {
  const Result<PublishCommand> command = parse_publish_command(arguments);
  REQUIRE_FALSE(command);
  CHECK(command.error().code == ErrorCode::invalid_argument);
  return command.error().message;
}

bool same(const Headers& a, const Headers& b) {
  return std::ranges::equal(a, b, [](const Header& one, const Header& other) {
    return one.name == other.name && one.value == other.value;
  });
}

TEST_CASE("a publish is its destination, and each flag a header of the wire") {
  const auto command = parse_publish_command({"https://e.com/hook?a=b",
                                              "--delay",
                                              "10s",
                                              "--retries=3",
                                              "--callback",
                                              "https://e.com/done",
                                              "--callback-forward-X-From",
                                              "us",
                                              "--failure-callback-retries",
                                              "1",
                                              "-header",
                                              "X-Order: 17 ",
                                              "--header",
                                              "Content-Type: text/plain",
                                              "--content-based-deduplication",
                                              "--flow-control-key",
                                              "k",
                                              "--Flow-Control-Value",
                                              "rate=1",
                                              "--body",
                                              "{}"});
  REQUIRE(command);
  CHECK(command->path == "/v2/publish/https://e.com/hook?a=b");
  CHECK(command->body == "{}");
  CHECK(same(command->headers, {{"Upstash-Delay", "10s"},
                                {"Upstash-Retries", "3"},
                                {"Upstash-Callback", "https://e.com/done"},
                                {"Upstash-Callback-Forward-X-From", "us"},
                                {"Upstash-Failure-Callback-Retries", "1"},
                                {"Upstash-Forward-X-Order", "17"},
                                {"Content-Type", "text/plain"},
                                {"Upstash-Content-Based-Deduplication", "true"},
                                {"Upstash-Flow-Control-Key", "k"},
                                {"Upstash-Flow-Control-Value", "rate=1"}}));
}

TEST_CASE("a queue is in the path, but of a schedule in a header") {
  const auto queued = parse_publish_command({"--queue", "a b", "my-group"});
  REQUIRE(queued);
  CHECK(queued->path == "/v2/enqueue/a%20b/my-group");
  CHECK(queued->headers.empty());
  CHECK(parse_publish_command({"--body=x", "--", "-group"})->path == "/v2/publish/-group");
  const auto scheduled =
      parse_publish_command({"https://e.com/", "--cron", "* * * * *", "--queue", "q"});
  REQUIRE(scheduled);
  CHECK(scheduled->path == "/v2/schedules/https://e.com/");
  CHECK(same(scheduled->headers, {{"Upstash-Cron", "* * * * *"}, {"Upstash-Queue-Name", "q"}}));
}

TEST_CASE("a destination that would change the path is escaped as a whole") {
  struct Row {
    const char* destination;
    const char* path;
  };
  for (const Row& row :
       {Row{"https://e.com/a b", "https%3A%2F%2Fe.com%2Fa%20b"},
        Row{"https://e.com/#x", "https%3A%2F%2Fe.com%2F%23x"},
        Row{"https://e.com/../x", "https%3A%2F%2Fe.com%2F..%2Fx"},
        Row{"https://e.com/?Upstash-Delay=1s", "https%3A%2F%2Fe.com%2F%3FUpstash-Delay%3D1s"},
        Row{"https%3A%2F%2Fe.com", "https%253A%252F%252Fe.com"}}) {
    CAPTURE(row.destination);
    const auto command = parse_publish_command({row.destination});
    REQUIRE(command);
    CHECK(command->path == std::string("/v2/publish/") + row.path);
  }
}

TEST_CASE("help is asked for where a flag may stand, and nowhere else") {
  CHECK(parse_publish_command({"--help"})->wants_help);
  CHECK(parse_publish_command({"https://a.com", "-h"})->wants_help);
  const auto command = parse_publish_command({"--body", "-h", "--label=--help", "--", "-help"});
  REQUIRE(command);
  CHECK_FALSE(command->wants_help);
  CHECK(command->body == "-h");
  CHECK(command->path == "/v2/publish/-help");
}

TEST_CASE("what is wrong with the arguments is said, with the remedy") {
  CHECK(error_of({}).starts_with("where to? Write godwit publish https://"));
  CHECK(error_of({"--", ""}).starts_with("where to?"));
  CHECK(error_of({"https://a.com", "https://b.com"}) ==
        "https://b.com: there is a destination already");
  CHECK(error_of({"https://a.com", "--dealy", "1s"}) ==
        "there is no --dealy; did you mean \"delay\"?");
  CHECK(error_of({"https://a.com", "--delay"}) == "--delay needs a value");
  CHECK(error_of({"https://a.com", "--header", "x"}) == "--header x: write it as 'Name: value'");
  CHECK(error_of({"https://a.com", "--header", "a b: x"}) ==
        "--header a b: this is no name and value of a header");
  CHECK(error_of({"https://a.com", "--label", "a\nb"}) ==
        "--label: a header cannot carry this value");
  CHECK(error_of({"https://a.com", "--body", "", "--body-file", "x"}) ==
        "--body and --body-file exclude each other");
  CHECK(error_of({"https://a.com", "--body-file="}) ==
        "--body-file names no file; `-` is standard input");
  CHECK(error_of({"https://a.com", "--delay", "1s", "--Delay=2s"})
            .starts_with("--delay stands twice"));
}

}  // namespace
}  // namespace godwit
