#include "core/deduplication.h"

#include <doctest/doctest.h>

#include <functional>
#include <set>

namespace godwit {
namespace {

Message example() {
  Message message;
  message.account = 7;
  message.url = "https://example.com/";
  message.body = "body";
  message.headers = {{"Content-Type", "text/plain"}, {"X-A", "1"}, {"X-B", "2"}};
  return message;
}

TEST_CASE("an explicit id is one key per account") {
  CHECK(deduplication_key_of_id(1, "a") == deduplication_key_of_id(1, "a"));
  CHECK(deduplication_key_of_id(1, "a") != deduplication_key_of_id(2, "a"));
  CHECK(deduplication_key_of_id(1, "a") != deduplication_key_of_id(1, "b"));
  CHECK(deduplication_key_of_id(1, "a") != deduplication_key_of_id(1, std::string("a\0", 2)));
}

TEST_CASE("every part of the content changes its key, and no two changes alike") {
  const std::function<void(Message&)> changes[] = {
      [](Message&) {},
      [](Message& m) { m.account = 8; },
      [](Message& m) { m.url += "x"; },
      [](Message& m) { m.body += "x"; },
      [](Message& m) { m.body.clear(); },
      [](Message& m) { m.headers[0].value = "text/html"; },
      [](Message& m) { m.headers[1].value = "2"; },
      [](Message& m) { m.headers[1].name = "X-C"; },
      [](Message& m) { m.headers.pop_back(); },
      [](Message& m) { m.headers.push_back({"X-B", "2"}); },
      [](Message& m) { m.headers.clear(); },
      // The same bytes, with the borders between the parts elsewhere.
      [](Message& m) { m.url = "https://example.com/b", m.body = "ody"; },
      [](Message& m) { m.headers[1] = {"X-A1", ""}; },
      [](Message& m) { m.headers[1].value = "1x-b2", m.headers.pop_back(); },
  };
  std::set<DeduplicationKey> keys{deduplication_key_of_id(7, "https://example.com/")};
  for (const auto& change : changes) {
    Message message = example();
    change(message);
    CHECK(keys.insert(deduplication_key_of_content(message)).second);
  }
}

TEST_CASE("the order and the case of header names do not change the key, nor do other settings") {
  const DeduplicationKey key = deduplication_key_of_content(example());
  Message message = example();
  message.headers = {{"x-b", "2"}, {"CONTENT-TYPE", "text/plain"}, {"X-a", "1"}};
  message.method = Method::put;
  message.retries_max = 9;
  message.labels = {"label"};
  message.caller_ip = "1.2.3.4";
  message.id = MessageId::make(1, from_unix_ms(2), 3, 4);
  message.created = message.not_before = from_unix_ms(5);
  CHECK(deduplication_key_of_content(message) == key);
}

TEST_CASE("the order of one header's values changes the key") {
  Message message = example();
  message.headers = {{"X-A", "1"}, {"X-A", "2"}};
  const DeduplicationKey key = deduplication_key_of_content(message);
  message.headers = {{"X-A", "2"}, {"X-A", "1"}};
  CHECK(deduplication_key_of_content(message) != key);
}

}  // namespace
}  // namespace godwit
