#include "payload.h"

#include <doctest/doctest.h>

#include <string>

namespace godwit::bench {

TEST_CASE("a payload is read back as it was written") {
  std::string body(64, 'x');
  write_payload({.sequence = 0xfedcba9876543210u, .due_ns = 12345}, body.data());
  const auto payload = read_payload(body);
  REQUIRE(payload);
  CHECK(payload->sequence == 0xfedcba9876543210u);
  CHECK(payload->due_ns == 12345);
  CHECK(body.substr(Payload::bytes) == std::string(32, 'x'));
}

TEST_CASE("a foreign or short body is no payload") {
  CHECK_FALSE(read_payload("{\"hello\":\"world, this is json\"}.."));
  CHECK_FALSE(read_payload("0000000000000000000000000000000"));
}

}  // namespace godwit::bench
