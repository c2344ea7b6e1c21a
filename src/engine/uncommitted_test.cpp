#include "engine/uncommitted.h"

#include <doctest/doctest.h>

namespace godwit {

TEST_CASE("an uncommitted change is seen until its batch is in the store") {
  Uncommitted uncommitted;
  CHECK(uncommitted.find(Space::meta, "k") == nullptr);
  uncommitted.set(Space::meta, "k", "v", 1);
  uncommitted.set(Space::meta, "gone", std::nullopt, 2);
  REQUIRE(uncommitted.find(Space::meta, "k") != nullptr);
  CHECK(*uncommitted.find(Space::meta, "k") == "v");
  CHECK(uncommitted.find(Space::dlq, "k") == nullptr);
  CHECK_FALSE(uncommitted.find(Space::meta, "gone")->has_value());
  uncommitted.committed(1);
  CHECK(uncommitted.find(Space::meta, "k") == nullptr);
  CHECK(uncommitted.find(Space::meta, "gone") != nullptr);
}

TEST_CASE("a later change of a key outlives the commit of an earlier one") {
  Uncommitted uncommitted;
  uncommitted.set(Space::meta, "k", "first", 1);
  uncommitted.set(Space::meta, "k", "second", 3);
  uncommitted.committed(2);
  REQUIRE(uncommitted.find(Space::meta, "k") != nullptr);
  CHECK(*uncommitted.find(Space::meta, "k") == "second");
  uncommitted.committed(3);
  CHECK(uncommitted.find(Space::meta, "k") == nullptr);
}

}  // namespace godwit
