#include "core/flow_control.h"

#include <doctest/doctest.h>

#include <string>

namespace godwit {
namespace {

using namespace std::chrono_literals;

struct Accepted {
  std::string value;
  int parallelism;
  int rate;
  Milliseconds period;
};

struct Refused {
  std::string key;
  std::string value;
  std::string message;
};

}  // namespace

TEST_CASE("flow control is read in any order, with a duration or seconds as its period") {
  const Accepted table[] = {
      {"parallelism=5, rate=10, period=1m", 5, 10, 60s},
      {"parallelism=5,rate=10,period=1m", 5, 10, 60s},
      {"period=1m ,rate=10\t,\tparallelism=5", 5, 10, 60s},
      {"  rate=10  ", 0, 10, 1s},
      {"parallelism=1", 1, 0, 1s},
      {"rate=1", 0, 1, 1s},
      {"ratePerSecond=7", 0, 7, 1s},
      {"parallelism=3, ratePerSecond=7", 3, 7, 1s},
      {"rate=10, period=60", 0, 10, 60s},
      {"rate=10, period=1", 0, 10, 1s},
      {"rate=10, period=1000ms", 0, 10, 1s},
      {"rate=10, period=1h30m3s", 0, 10, 5403s},
      {"rate=10, period=1d", 0, 10, 86'400s},
      {"rate=10, period=7d", 0, 10, 604'800s},
      {"rate=10, period=604800", 0, 10, 604'800s},
      {"rate=10, period=0.5m", 0, 10, 30s},
      {"rate=10, period=0060", 0, 10, 60s},
      {"parallelism=4, period=1m", 4, 0, 60s},
      {"parallelism=007", 7, 0, 1s},
      {"parallelism=1000000000, rate=1000000000", 1'000'000'000, 1'000'000'000, 1s},
  };
  for (const Accepted& row : table) {
    CAPTURE(row.value);
    const Result<FlowControl> flow = parse_flow_control("acme", row.value);
    REQUIRE(flow);
    CHECK(flow->key == "acme");
    CHECK(flow->parallelism == row.parallelism);
    CHECK(flow->rate == row.rate);
    CHECK(flow->period == row.period);
  }
}

TEST_CASE("a key is taken as it is") {
  for (const std::string& key :
       {std::string(" a "), std::string("a,b=c/d?e"), std::string("M\xc3\xbc"),
        std::string(FlowControl::key_length_max, 'k')}) {
    CAPTURE(key);
    const Result<FlowControl> flow = parse_flow_control(key, "rate=1");
    REQUIRE(flow);
    CHECK(flow->key == key);
  }
}

TEST_CASE("what is no flow control is refused with the part that is wrong") {
  const std::string limits = " must be a whole number from 1 to 1000000000, not ";
  const std::string periods = "period must be whole seconds from 1s to 7d, not ";
  const Refused table[] = {
      {"", "rate=1", "the key is empty"},
      {std::string(257, 'k'), "rate=1", "the key is longer than 256 bytes"},
      {"a\nb", "rate=1", "the key contains a control character"},
      {"k", "", "neither parallelism nor rate is given"},
      {"k", "  ", "neither parallelism nor rate is given"},
      {"k", "period=1m", "neither parallelism nor rate is given"},
      {"k", "5", R"(expected name=value, not "5")"},
      {"k", ",", R"(expected name=value, not "")"},
      {"k", "rate=1,", "nothing follows the last comma"},
      {"k", "rate=1, ", "nothing follows the last comma"},
      {"k", "rate=1,,period=1s", R"(expected name=value, not "")"},
      {"k", "rate=1 period=1s", "rate" + limits + R"("1 period=1s")"},
      {"k", "=1", R"(unknown name "")"},
      {"k", "Rate=1", R"(unknown name "Rate")"},
      {"k", "rate =1", R"(unknown name "rate ")"},
      {"k", "rate=1, burst=2", R"(unknown name "burst")"},
      {"k", "rate=1, b\x01=2", R"(unknown name "b?")"},
      {"k", "rate=", "rate" + limits + R"("")"},
      {"k", "rate=0", "rate" + limits + R"("0")"},
      {"k", "rate=-1", "rate" + limits + R"("-1")"},
      {"k", "rate=+1", "rate" + limits + R"("+1")"},
      {"k", "rate=1.5", "rate" + limits + R"("1.5")"},
      {"k", "rate=1e3", "rate" + limits + R"("1e3")"},
      {"k", "rate=0x10", "rate" + limits + R"("0x10")"},
      {"k", "rate=1000000001", "rate" + limits + R"("1000000001")"},
      {"k", "rate=99999999999999999999", "rate" + limits + R"("99999999999999999999")"},
      {"k", "parallelism=many", "parallelism" + limits + R"("many")"},
      {"k", "ratePerSecond=0", "ratePerSecond" + limits + R"("0")"},
      {"k", "rate=1, rate=1", "rate is given twice"},
      {"k", "parallelism=1, parallelism=2", "parallelism is given twice"},
      {"k", "rate=1, period=1s, period=1s", "period is given twice"},
      {"k", "rate=1, ratePerSecond=1", "rate is given twice"},
      {"k", "ratePerSecond=1, period=1s", "period is given twice"},
      {"k", "rate=1, period=0", periods + R"("0")"},
      {"k", "rate=1, period=0s", periods + R"("0s")"},
      {"k", "rate=1, period=999ms", periods + R"("999ms")"},
      {"k", "rate=1, period=1500ms", periods + R"("1500ms")"},
      {"k", "rate=1, period=7d1s", periods + R"("7d1s")"},
      {"k", "rate=1, period=604801", periods + R"("604801")"},
      {"k", "rate=1, period=99999999999999999999", periods + R"("99999999999999999999")"},
      {"k", "rate=1, period=", R"(period: time: invalid duration "")"},
      {"k", "rate=1, period=-1s", R"(period: time: negative duration "-1s")"},
      {"k", "rate=1, period=1.5", R"(period: time: missing unit in duration "1.5")"},
      {"k", "rate=1, period=1w", R"(period: time: unknown unit "w" in duration "1w")"},
  };
  for (const Refused& row : table) {
    CAPTURE(row.key);
    CAPTURE(row.value);
    const Result<FlowControl> flow = parse_flow_control(row.key, row.value);
    REQUIRE_FALSE(flow);
    CHECK(flow.error().code == ErrorCode::invalid_argument);
    CHECK(flow.error().message == row.message);
  }
}

TEST_CASE("a long flow control value is not sent back whole") {
  const Result<FlowControl> flow = parse_flow_control("k", std::string(100'000, 'x') + "=1");
  REQUIRE_FALSE(flow);
  CHECK(flow.error().message.size() < 200);
}

}  // namespace godwit
