#include "core/boxed.h"

#include <doctest/doctest.h>

#include <string>
#include <type_traits>
#include <utility>

#include "core/message.h"

namespace godwit {
namespace {

struct Chain {
  std::string name;
  Boxed<Chain> next;
  friend bool operator==(const Chain&, const Chain&) = default;
};

Boxed<Chain> chain_of_two() {
  Chain head;
  head.name = "head";
  head.next = Chain{"tail", {}};
  return head;
}

}  // namespace

TEST_CASE("an empty box costs a pointer, and is like any other empty one") {
  static_assert(sizeof(Boxed<Chain>) == sizeof(void*));
  static_assert(std::is_nothrow_move_constructible_v<Boxed<Chain>>);
  static_assert(std::is_nothrow_move_assignable_v<Boxed<Chain>>);
  const Boxed<int> empty;
  CHECK_FALSE(empty);
  CHECK(empty == Boxed<int>());
  CHECK_FALSE(empty == Boxed<int>(0));
  CHECK_FALSE(Boxed<int>(0) == empty);
}

TEST_CASE("a box holds its value, even one of the type that has the box") {
  Boxed<Chain> chain = chain_of_two();
  REQUIRE(chain);
  CHECK(chain->name == "head");
  REQUIRE(chain->next);
  CHECK((*chain->next).name == "tail");
  CHECK_FALSE(chain->next->next);
  (*chain).next->name = "changed";
  CHECK(std::as_const(chain)->next->name == "changed");
}

TEST_CASE("a copied box has a value of its own, equal at first") {
  const Boxed<Chain> original = chain_of_two();
  Boxed<Chain> copy = original;
  CHECK(copy == original);
  CHECK(&*copy != &*original);
  copy->next->name = "other";
  CHECK_FALSE(copy == original);
  CHECK(original->next->name == "tail");

  Boxed<Chain> assigned;
  assigned = original;
  CHECK(assigned == original);
  assigned = Boxed<Chain>();
  CHECK_FALSE(assigned);
  assigned = copy;
  CHECK(assigned == copy);
  const Boxed<Chain> empty;
  assigned = empty;
  CHECK_FALSE(assigned);
  CHECK(copy);
}

TEST_CASE("a box that is assigned to itself, or a box inside itself, keeps the value") {
  Boxed<Chain> chain = chain_of_two();
  const Boxed<Chain>& same = chain;
  chain = same;
  REQUIRE(chain);
  CHECK(chain->next->name == "tail");
  // The value to keep belongs to the one that goes.
  const Boxed<Chain>& inner = chain->next;
  chain = inner;
  REQUIRE(chain);
  CHECK(chain->name == "tail");
}

TEST_CASE("a moved box takes its value along and leaves nothing") {
  Boxed<Chain> from = chain_of_two();
  const Chain* value = &*from;
  Boxed<Chain> to = std::move(from);
  CHECK(&*to == value);
  CHECK_FALSE(from);  // NOLINT(bugprone-use-after-move): that it is empty is what is checked.
  from = std::move(to);
  CHECK(&*from == value);
  // As with a copy, what is inside may take the place of the whole.
  Boxed<Chain> inner = std::move(from->next);
  from = std::move(inner);
  REQUIRE(from);
  CHECK(from->name == "tail");
}

TEST_CASE("messages with callbacks are copied and compared with them") {
  Message message;
  Callback callback;
  callback.url = "https://a.example";
  Callback failure;
  failure.url = "https://b.example";
  callback.failure_callback = failure;
  message.callback = callback;
  const Message copy = message;
  CHECK(copy == message);
  message.callback->failure_callback->url += "/";
  CHECK_FALSE(copy == message);
}

}  // namespace godwit
