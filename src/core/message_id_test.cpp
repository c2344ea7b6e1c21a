#include "core/message_id.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <unordered_set>
#include <vector>

namespace godwit {
namespace {

constexpr std::string_view alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

std::string random_text(std::mt19937_64& random, std::size_t size) {
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

/// One division per digit, on bytes: slow, and nothing like the code it checks.
std::string base58_by_hand(std::string bytes, std::size_t width) {
  std::string text(width, '1');
  for (std::size_t i = width; i-- > 0;) {
    unsigned remainder = 0;
    for (char& c : bytes) {
      const unsigned value = remainder * 256 + static_cast<unsigned char>(c);
      c = static_cast<char>(value / 58);
      remainder = value % 58;
    }
    text[i] = alphabet[remainder];
  }
  CHECK(bytes == std::string(bytes.size(), '\0'));
  return text;
}

TEST_CASE("base58 writes known values") {
  CHECK(base58_encode("") == "");
  CHECK(base58_encode(std::string(1, '\0')) == "11");
  CHECK(base58_encode(std::string(1, '\x39')) == "1z");
  CHECK(base58_encode(std::string(1, '\xff')) == "5Q");
  CHECK(base58_encode("Hello World!") == "2NEpo7TZRRrLZSi2U");
}

TEST_CASE("base58 agrees with a division by hand and comes back, for every size") {
  std::mt19937_64 random(1);
  for (std::size_t size = 0; size <= 64; ++size) {
    for (int round = 0; round < 20; ++round) {
      std::string bytes = random_text(random, size);
      if (round == 0) bytes.assign(size, '\0');
      if (round == 1) bytes.assign(size, '\xff');
      if (round > 10) bytes.replace(0, size / 2, size / 2, '\0');
      const std::string text = base58_encode(bytes);
      CHECK(text == base58_by_hand(bytes, text.size()));
      CHECK(base58_decode(text, size) == bytes);
      // The largest number uses the first digit: no shorter width would do.
      if (round == 1 && size > 0) CHECK(text.front() != '1');
    }
  }
}

TEST_CASE("base58 refuses what it cannot have written") {
  const std::string text = base58_encode("sixteen bytes!!!");
  CHECK(text.size() == 22);
  CHECK_FALSE(base58_decode(text.substr(1), 16));
  CHECK_FALSE(base58_decode("1" + text, 16));
  CHECK_FALSE(base58_decode(std::string(22, 'z'), 16));  // More than 128 bits.
  CHECK_FALSE(base58_decode("5R", 1));                   // 256.
  CHECK_FALSE(base58_decode("zz", 1));
  for (const char foreign : std::string("0OIl-_ +\xe9") + '\0') {
    std::string wrong = text;
    wrong[10] = foreign;
    CHECK_FALSE(base58_decode(wrong, 16));
  }
}

TEST_CASE("a message id keeps its parts, and its text and bytes come back") {
  std::mt19937_64 random(2);
  for (int round = 0; round < 1000; ++round) {
    const auto partition = static_cast<std::uint16_t>(random());
    const Timestamp created = from_unix_ms(static_cast<std::int64_t>(random() >> 16));
    const MessageId id =
        MessageId::make(partition, created, static_cast<std::uint32_t>(random()), 7);
    CHECK(id.partition() == partition);
    CHECK(id.created() == created);
    CHECK(MessageId::parse(id.to_string()) == id);
    CHECK(MessageId::from_bytes(id.bytes()) == id);
    CHECK(id.to_string() == "msg_" + base58_encode(id.bytes()));
    CHECK(id.to_string().size() == 26);
  }
}

TEST_CASE("the bytes of a message id are big-endian") {
  const MessageId id =
      MessageId::make(0x0102, from_unix_ms(0x030405060708), 0x090a0b0c, 0x0d0e0f10);
  CHECK(id.bytes() == "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10");
}

TEST_CASE("ids of one partition sort by creation, then sequence, as values, bytes and texts") {
  std::mt19937_64 random(3);
  std::vector<MessageId> created;
  for (std::int64_t ms = 1'790'000'000'000; ms < 1'790'000'000'050; ms += 7) {
    for (std::uint32_t sequence : {0U, 1U, 255U, 256U, 70'000U}) {
      created.push_back(
          MessageId::make(9, from_unix_ms(ms), sequence, static_cast<std::uint32_t>(random())));
    }
  }
  CHECK(std::is_sorted(created.begin(), created.end()));
  for (std::size_t i = 1; i < created.size(); ++i) {
    CHECK(created[i - 1].bytes() < created[i].bytes());
    CHECK(created[i - 1].to_string() < created[i].to_string());
  }
}

TEST_CASE("text that is no message id is refused") {
  const std::string good = MessageId::make(1, from_unix_ms(2), 3, 4).to_string();
  REQUIRE(MessageId::parse(good));
  CHECK_FALSE(MessageId::parse(""));
  CHECK_FALSE(MessageId::parse("msg_"));
  CHECK_FALSE(MessageId::parse(good + "1"));
  CHECK_FALSE(MessageId::parse(good.substr(0, 25)));
  CHECK_FALSE(MessageId::parse("MSG_" + good.substr(4)));
  CHECK_FALSE(MessageId::parse("msg_" + std::string(22, 'z')));
  CHECK_FALSE(MessageId::parse("msg_" + std::string(22, '0')));
  CHECK_FALSE(MessageId::from_bytes("fifteen bytes!!"));
  CHECK_FALSE(MessageId::from_bytes(""));
}

TEST_CASE("message ids can be keys of a hash table") {
  std::unordered_set<MessageId> ids;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    ids.insert(MessageId::make(1, from_unix_ms(1'790'000'000'000), i, 0));
    ids.insert(MessageId::make(1, from_unix_ms(1'790'000'000'000), i, 0));
  }
  CHECK(ids.size() == 1000);
}

}  // namespace
}  // namespace godwit
