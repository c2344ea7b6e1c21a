#include "dashboard/overview/destination_health.h"

#include <doctest/doctest.h>

namespace godwit {
namespace {
constexpr Timestamp begin = from_unix_ms(1'790'000'000'000);
constexpr const char* url = "https://a.example/hook";
}  // namespace

TEST_CASE("a host that fails is told until it works again") {
  DestinationHealth health;
  for (int i = 0; i < 4; ++i) health.finished(1, url, false, begin);
  CHECK(health.failing(1, begin, 10).empty());
  health.finished(1, url, false, begin);
  REQUIRE(health.failing(1, begin, 10).size() == 1);
  CHECK(health.failing(1, begin, 10)[0].host == "a.example");
  CHECK(health.failing(1, begin, 10)[0].failed == 5);
  CHECK(health.failing(2, begin, 10).empty());

  for (int i = 0; i < 6; ++i) health.finished(1, url, true, begin);
  CHECK(health.failing(1, begin, 10).empty());
}

TEST_CASE("failures of long ago do not count") {
  DestinationHealth health;
  for (int i = 0; i < 10; ++i) health.finished(1, url, false, begin);
  CHECK(health.failing(1, begin + DestinationHealth::half_window, 10).size() == 1);
  CHECK(health.failing(1, begin + 2 * DestinationHealth::half_window, 10).empty());
  health.finished(1, url, false, begin + 3 * DestinationHealth::half_window);
  CHECK(health.failing(1, begin + 3 * DestinationHealth::half_window, 10).empty());
}

TEST_CASE("hosts that work cost no memory, and those that fail have a bound") {
  DestinationHealth health;
  health.finished(1, url, true, begin);
  CHECK(health.hosts() == 0);
  for (std::size_t i = 0; i <= DestinationHealth::hosts_max; ++i) {
    const std::string each = "http://h" + std::to_string(i) + ".example/";
    const Timestamp at = begin + Milliseconds(static_cast<std::int64_t>(i));
    for (int failure = 0; failure < 5; ++failure) health.finished(1, each, false, at);
  }
  CHECK(health.hosts() == DestinationHealth::hosts_max);
  const auto failing = health.failing(1, begin + Milliseconds(2'000), 10'000);
  CHECK(failing.size() == DestinationHealth::hosts_max);
  for (const FailingHost& host : failing) CHECK(host.host != "h0.example");
}

TEST_CASE("a host is read out of a URL") {
  CHECK(host_of("https://u:p@a.example:8443/x?y") == "a.example");
  CHECK(host_of("http://[::1]:80/") == "[::1]");
  CHECK(host_of("http://a.example") == "a.example");
  CHECK(host_of("http://a.example?x@y") == "a.example");
}

}  // namespace godwit
