#include "dashboard/messages/fingerprint.h"

#include <doctest/doctest.h>

namespace godwit {
namespace {

TEST_CASE("errors that differ in numbers, ids and quoted parts have one fingerprint") {
  const std::string_view same[] = {
      "order 4711 of \"Ann\" not found (request 7f3a9bc01d22)",
      "order 8 of \"Bob the second\" not found (request 00ff)",
  };
  CHECK(error_fingerprint(same[0]) == error_fingerprint(same[1]));
  CHECK(error_pattern(same[0]) == "order # of # not found (request #)");
  CHECK(error_fingerprint("order 1 not found") != error_fingerprint("user 1 not found"));
  CHECK(error_pattern("deadbeefdeadbeef") == "#");
  CHECK(error_pattern("a feedback") == "a feedback");
  CHECK(error_pattern("it's one") == "it's one");
  CHECK(error_fingerprint("").size() == 16);
}

}  // namespace
}  // namespace godwit
