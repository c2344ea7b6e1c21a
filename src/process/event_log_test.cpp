#include "process/event_log.h"

#include <doctest/doctest.h>

namespace godwit {

TEST_CASE("an event is one line of logfmt, quoted only where it must be") {
  CHECK(format_event(LogFormat::logfmt, 1'700'000'000'042, LogLevel::info, "ready",
                     {{"listen", "127.0.0.1:8080"}, {"count", 3}, {"empty", ""}}) ==
        "time=2023-11-14T22:13:20.042Z level=info event=ready listen=127.0.0.1:8080 count=3 "
        "empty=\"\"");
  CHECK(format_event(LogFormat::logfmt, 0, LogLevel::error, "x", {{"a", "b \"c\"\n\x01=\\"}}) ==
        "time=1970-01-01T00:00:00.000Z level=error event=x a=\"b \\\"c\\\"\\n\\u0001=\\\\\"");
}

TEST_CASE("an event is one JSON object with numbers as numbers") {
  CHECK(
      format_event(LogFormat::json, 0, LogLevel::warn, "x",
                   {{"text", "a\"b\\\n"}, {"number", -5}, {"digits", "5"}}) ==
      R"({"time":"1970-01-01T00:00:00.000Z","level":"warn","event":"x","text":"a\"b\\\n","number":-5,"digits":"5"})");
}

TEST_CASE("the level decides what is logged, and changes at once") {
  EventLog log(LogLevel::off, LogFormat::logfmt);
  CHECK_FALSE(log.logs(LogLevel::error));
  log.set_level(LogLevel::warn);
  CHECK(log.logs(LogLevel::error));
  CHECK(log.logs(LogLevel::warn));
  CHECK_FALSE(log.logs(LogLevel::info));
}

TEST_CASE("the names of levels and formats are those of the settings") {
  for (const LogLevel level :
       {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error, LogLevel::off}) {
    CHECK(log_level_of(to_string(level)) == level);
  }
  CHECK(log_format_of("json") == LogFormat::json);
  CHECK(log_format_of("logfmt") == LogFormat::logfmt);
}

}  // namespace godwit
