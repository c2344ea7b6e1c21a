#include "engine/keys.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

namespace godwit {
namespace {

bool inside(const KeyRange& range, const std::string& key) {
  return key >= range.begin && (range.end.empty() || key < range.end);
}

constexpr Timestamp noon = from_unix_ms(1'700'000'000'000);

TEST_CASE("keys are the bytes that the header draws") {
  const MessageId id =
      MessageId::make(0x0102, from_unix_ms(0x030405060708), 0x090a0b0c, 0x0d0e0f10);
  CHECK(keys::message(id) == "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10");
  using namespace std::string_literals;
  CHECK(keys::due(id, from_unix_ms(0x1122)) ==
        "\x01\x02"s + "\0\0\0\0\0\0\x11\x22"s + keys::message(id));
  CHECK(keys::dead_letter(0x0102, 0xa1a2a3a4, {from_unix_ms(0x1122), 0xb1b2b3b4}) ==
        "\x01\x02\xa1\xa2\xa3\xa4\0\0\0\0\0\0\x11\x22\xb1\xb2\xb3\xb4"s);
  CHECK(keys::log(0x0102, 0xa1a2a3a4, from_unix_ms(0x1122), id) ==
        "\x01\x02\xa1\xa2\xa3\xa4\0\0\0\0\0\0\x11\x22\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"s);
  CHECK(
      keys::log_index(0xa1a2a3a4, id) ==
      "\x01\x02\xa1\xa2\xa3\xa4\0\0\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x01"s);
  DeduplicationKey deduplication;
  deduplication.fill('x');
  CHECK(keys::deduplication(0x0102, deduplication) == "\x01\x02xxxxxxxxxxxxxxxx");
  CHECK(keys::meta(0x0102, "keys/1") == "\x01\x02keys/1");
}

TEST_CASE("what a key is made of can be read back") {
  const MessageId id = MessageId::make(7, noon, 8, 9);
  const auto due = keys::parse_due(keys::due(id, noon + Milliseconds(5)));
  REQUIRE(due);
  CHECK(due->due == noon + Milliseconds(5));
  CHECK(due->id == id);
  const DeadLetterId letter{noon, 77};
  CHECK(keys::parse_dead_letter(keys::dead_letter(7, 3, letter)) == letter);
  const auto log = keys::parse_log(keys::log(7, 3, noon, id));
  REQUIRE(log);
  CHECK(log->first_row == noon);
  CHECK(log->id_low == id.low);
  CHECK(keys::decode_time(keys::encode_time(noon)) == noon);
}

TEST_CASE("foreign bytes are no keys") {
  const MessageId id = MessageId::make(7, noon, 8, 9);
  CHECK_FALSE(keys::parse_log(keys::log_index(3, id)));
  for (std::size_t size = 0; size < 30; ++size) {
    const std::string bytes(size, '\xff');
    CHECK_FALSE(keys::parse_due(bytes));
    CHECK_FALSE(keys::parse_dead_letter(bytes));
    CHECK_FALSE(keys::parse_log(bytes));
    CHECK_FALSE(keys::decode_time(bytes));
  }
  // A due key whose two partitions differ was not written by us.
  std::string crossed = keys::due(id, noon);
  crossed[1] = 8;
  CHECK_FALSE(keys::parse_due(crossed));
}

TEST_CASE("the byte order of keys is the order of what they name") {
  std::mt19937_64 random(1);
  struct Named {
    std::uint16_t partition;
    AccountId account;
    DeadLetterId id;
    std::string key;
  };
  std::vector<Named> named;
  for (int i = 0; i < 2000; ++i) {
    // Few distinct values with all byte lengths, so that ties and carries happen.
    const auto partition = static_cast<std::uint16_t>(random() % 3 * 255);
    const auto account = static_cast<AccountId>(random() % 3 << (8 * (random() % 4)));
    const DeadLetterId id{from_unix_ms(static_cast<std::int64_t>(random() >> (24 + random() % 32))),
                          static_cast<std::uint32_t>(random() % 3 * 255)};
    named.push_back({partition, account, id, keys::dead_letter(partition, account, id)});
  }
  for (std::size_t i = 1; i < named.size(); ++i) {
    const Named& a = named[i - 1];
    const Named& b = named[i];
    CHECK((std::tie(a.partition, a.account, a.id) < std::tie(b.partition, b.account, b.id)) ==
          (a.key < b.key));
  }
}

TEST_CASE("a range holds the keys of its partition and account, and no others") {
  for (const int partition : {0, 1, 255, 256, 65'534, 65'535}) {
    for (const AccountId account : {0u, 1u, 255u, 256u, 0xffff'fffeu, 0xffff'ffffu}) {
      const auto of_partition = keys::partition(static_cast<std::uint16_t>(partition));
      const auto of_account = keys::account(static_cast<std::uint16_t>(partition), account);
      for (const int other : {0, 1, 255, 256, 65'534, 65'535}) {
        for (const AccountId somebody : {0u, 1u, 255u, 256u, 0xffff'fffeu, 0xffff'ffffu}) {
          const std::string key =
              keys::dead_letter(static_cast<std::uint16_t>(other), somebody,
                                {from_unix_ms(std::numeric_limits<std::int64_t>::max()), ~0u});
          CHECK(inside(of_partition, key) == (partition == other));
          CHECK(inside(of_account, key) == (partition == other && account == somebody));
        }
      }
    }
  }
}

TEST_CASE("a range of times includes its begin and excludes its end") {
  const auto range = keys::account_times(3, 4, noon, noon + Milliseconds(10));
  const auto key_at = [](int ms) {
    return keys::log(3, 4, noon + Milliseconds(ms), MessageId{0, ~0ull});
  };
  CHECK_FALSE(inside(range, key_at(-1)));
  CHECK(inside(range, key_at(0)));
  CHECK(inside(range, key_at(9)));
  CHECK_FALSE(inside(range, key_at(10)));

  const auto backwards = keys::account_times(3, 4, noon, noon - Milliseconds(10));
  CHECK(backwards.begin == backwards.end);
  const auto before_1970 = keys::account_times(3, 4, from_unix_ms(-5), from_unix_ms(1));
  CHECK(inside(before_1970, keys::log(3, 4, from_unix_ms(0), MessageId{})));
}

TEST_CASE("a dead letter's id has exactly one spelling") {
  const DeadLetterId id{noon, 12};
  CHECK(id.to_string() == "1700000000000-12");
  CHECK(DeadLetterId::parse("1700000000000-12") == id);
  CHECK(DeadLetterId::parse("0-0") == DeadLetterId{});
  CHECK(DeadLetterId::parse("9223372036854775807-4294967295"));
  for (const char* text :
       {"", "-", "1", "1-", "-1", "--1", "1--1", "01-1", "1-01", "+1-1", "1-+1", " 1-1", "1-1 ",
        "1-1-1", "1-4294967296", "9223372036854775808-1", "x-1", "1-x", "-1-1"}) {
    CAPTURE(text);
    CHECK_FALSE(DeadLetterId::parse(text));
  }
}

}  // namespace
}  // namespace godwit
