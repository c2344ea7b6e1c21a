#include "core/message_change.h"

#include <doctest/doctest.h>

#include <string>

#include "core/redaction.h"

namespace godwit {
namespace {

using What = MessageChange::What;
using Changes = std::vector<MessageChange>;

Message some_message() {
  Message message;
  message.url = "https://a.test/1";
  message.headers = {{"Content-Type", "text/plain"}, {"X-One", "1"}, {"X-One", "2"}};
  message.body = "old";
  return message;
}

}  // namespace

TEST_CASE("what a person changed is told, and nothing else") {
  const Message before = some_message();
  Message after = before;
  after.id = {1, 2};
  after.labels = {"not told"};
  CHECK(changes_between(before, after).empty());

  after.url = "https://a.test/2";
  after.method = Method::put;
  after.body = "new";
  after.headers = {{"content-type", "text/plain"}, {"X-One", "1"}, {"X-Two", ""}};
  CHECK(changes_between(before, after) ==
        Changes{{What::url, "", "https://a.test/1", "https://a.test/2"},
                {What::method, "", "POST", "PUT"},
                {What::body, "", "old", "new"},
                {What::header, "X-One", "1, 2", "1"},
                {What::header, "X-Two", std::nullopt, ""}});
}

TEST_CASE("a change shows nothing that redaction hides") {
  Message before = some_message();
  before.redaction.body = true;
  before.redaction.headers = {"x-one"};
  Message after = before;
  after.body = "new";
  after.headers = {{"Content-Type", "text/html"}, {"X-One", "3"}};
  const Changes changes = changes_between(before, after);
  REQUIRE(changes.size() == 3);
  CHECK(changes[0] == MessageChange{What::body, "", redacted("old"), redacted("new")});
  CHECK(changes[1] == MessageChange{What::header, "Content-Type", "text/plain", "text/html"});
  CHECK(changes[2] ==
        MessageChange{What::header, "X-One", redacted("1") + ", " + redacted("2"), redacted("3")});
}

TEST_CASE("changes are bounded, and cut between characters") {
  Message before = some_message();
  before.body = std::string(changed_body_max - 1, 'a') + "\xd1\x8f" + "end";
  Message after = before;
  after.body = std::string(1UL << 20, 'b');
  after.url = "https://a.test/" + std::string(100'000, 'u');
  for (int i = 0; i < 100; ++i) {
    after.headers.push_back({"X-" + std::to_string(i), std::string(90, 'h')});
  }
  const Changes changes = changes_between(before, after);
  std::size_t size = 0;
  for (const MessageChange& change : changes) {
    size +=
        change.name.size() + change.before.value_or("").size() + change.after.value_or("").size();
  }
  CHECK(size <= changes_size_max);
  CHECK(size > changes_size_max - 100);
  CHECK(changes[0].after->size() == changed_value_max);
  CHECK(changes[1].what == What::body);
  CHECK(*changes[1].before == std::string(changed_body_max - 1, 'a'));
  CHECK(changes[1].after->size() == changed_body_max);
}

}  // namespace godwit
