#include "core/attempt_timing.h"

#include <doctest/doctest.h>

namespace godwit {

TEST_CASE("the address of a destination is told in its usual form") {
  CHECK(PeerAddress{}.to_string().empty());
  CHECK(PeerAddress{{127, 0, 0, 1}, 4}.to_string() == "127.0.0.1");
  CHECK(PeerAddress{{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 16}.to_string() ==
        "2001:db8::1");
}

}  // namespace godwit
