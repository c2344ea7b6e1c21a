#include "core/duration.h"

#include <doctest/doctest.h>

#include <random>

namespace godwit {
namespace {

TEST_CASE("durations are read as Go reads them, and days too") {
  const std::pair<std::string, std::int64_t> table[] = {
      {"0s", 0},
      {"0", 0},
      {"+0", 0},
      {"1s", 1'000},
      {"+1s", 1'000},
      {"100s", 100'000},
      {"3m", 180'000},
      {"2h", 7'200'000},
      {"1d", 86'400'000},
      {"1d10h30m", 124'200'000},
      {"1h30m3s", 5'403'000},
      {"3d5h12m", 277'920'000},
      {"3s2m", 123'000},  // Any order, as in Go.
      {"1m1m", 120'000},
      {" \t1s ", 1'000},
      {"1.5h", 5'400'000},
      {".5s", 500},
      {"1.s", 1'000},
      {"0.5d", 43'200'000},
      {"250ms", 250},
      {"1500us", 1},
      {"1500\u00b5s", 1},
      {"1500\u03bcs", 1},
      {"999999ns", 0},
      {"1000000ns", 1},
      {"0.0009s", 0},
      {"0.3333333333333333333333333333h", 1'199'999},
      {"500us500us", 1},
      {"00001s", 1'000},
      {"36525d", 36'525LL * 86'400'000},
      {"3155760000000000000ns", 3'155'760'000'000},
  };
  for (const auto& [text, ms] : table) {
    CAPTURE(text);
    const Result<Milliseconds> duration = parse_duration(text);
    REQUIRE(duration);
    CHECK(duration->count() == ms);
  }
}

TEST_CASE("what is no duration is refused in Go's words") {
  const std::pair<std::string, const char*> table[] = {
      {"1", R"(time: missing unit in duration "1")"},
      {" 1 ", R"(time: missing unit in duration "1")"},
      {"1s5", R"(time: missing unit in duration "1s5")"},
      {"00", R"(time: missing unit in duration "00")"},
      {"1.5", R"(time: missing unit in duration "1.5")"},
      {"", R"(time: invalid duration "")"},
      {"+", R"(time: invalid duration "+")"},
      {"s", R"(time: invalid duration "s")"},
      {".s", R"(time: invalid duration ".s")"},
      {"tomorrow", R"(time: invalid duration "tomorrow")"},
      {"1.2.3s", R"(time: missing unit in duration "1.2.3s")"},
      {"--1s", R"(time: invalid duration "--1s")"},
      {"1x", R"(time: unknown unit "x" in duration "1x")"},
      {"1S", R"(time: unknown unit "S" in duration "1S")"},
      {"1 s", R"(time: unknown unit " s" in duration "1 s")"},
      {"1s 2m", R"(time: unknown unit "s " in duration "1s 2m")"},
      {"1h-1m", R"(time: unknown unit "h-" in duration "1h-1m")"},
      {"1\"\\", R"(time: unknown unit "\"\\" in duration "1\"\\")"},
      {"1\n", R"(time: unknown unit "\x0a" in duration "1\x0a")"},
      {"1\u00b5", R"(time: unknown unit "\xc2\xb5" in duration "1\xc2\xb5")"},
      {"-1s", R"(time: negative duration "-1s")"},
      {"-0s", R"(time: negative duration "-0s")"},
      {"-1", R"(time: missing unit in duration "-1")"},
      {"36525d1ns", R"(time: more than 100 years in duration "36525d1ns")"},
      {"36526d", R"(time: more than 100 years in duration "36526d")"},
      {"3155760000000000001ns", R"(time: more than 100 years in duration "3155760000000000001ns")"},
      {"99999999999999999999999d",
       R"(time: more than 100 years in duration "99999999999999999999999d")"},
      {"30000000000000000000ns",
       R"(time: more than 100 years in duration "30000000000000000000ns")"},
      {"99999999999d1x", R"(time: unknown unit "x" in duration "99999999999d1x")"},
  };
  for (const auto& [text, error] : table) {
    CAPTURE(text);
    const Result<Milliseconds> duration = parse_duration(text);
    REQUIRE_FALSE(duration);
    CHECK(duration.error().code == ErrorCode::invalid_argument);
    CHECK(duration.error().message == error);
  }
}

TEST_CASE("a long text is not sent back whole") {
  const Result<Milliseconds> duration = parse_duration(std::string(100'000, '1'));
  REQUIRE_FALSE(duration);
  CHECK(duration.error().message.size() < 200);
}

TEST_CASE("durations are written in their shortest exact form") {
  CHECK(format_duration(Milliseconds(0)) == "0s");
  CHECK(format_duration(Milliseconds(1)) == "1ms");
  CHECK(format_duration(Milliseconds(1'000)) == "1s");
  CHECK(format_duration(Milliseconds(93'784'005)) == "1d2h3m4s5ms");
  CHECK(format_duration(Milliseconds(86'400'001)) == "1d1ms");
  CHECK(format_duration(Milliseconds(-1'500)) == "-1s500ms");
  CHECK(format_duration(Milliseconds::min()) == "-106751991167d7h12m55s808ms");
}

TEST_CASE("a written duration is read back as the same one") {
  std::mt19937_64 random(4);
  for (int round = 0; round < 10'000; ++round) {
    // Shifted, so that short durations come as often as long ones.
    const auto ms = static_cast<std::int64_t>((random() >> (random() % 64)) %
                                              static_cast<std::uint64_t>(duration_max.count() + 1));
    const std::string text = format_duration(Milliseconds(ms));
    CAPTURE(text);
    const Result<Milliseconds> duration = parse_duration(text);
    REQUIRE(duration);
    CHECK(duration->count() == ms);
  }
}

}  // namespace
}  // namespace godwit
