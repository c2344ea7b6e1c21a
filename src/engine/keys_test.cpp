#include "engine/keys.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "engine/record.h"

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
  CHECK(keys::log(0x0102, 0xa1a2a3a4, keys::LogReach::second, from_unix_ms(0x1122), id) ==
        "\x01\x02\xa1\xa2\xa3\xa4\0\0\0\0\0\0\x11\x22\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"s);
  CHECK(keys::log(0x0102, 0xa1a2a3a4, keys::LogReach::instant, from_unix_ms(0x1122), id) ==
        "\x01\x02\xa1\xa2\xa3\xa4\x02\0\0\0\0\0\x11\x22\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"s);
  CHECK(
      keys::log_index(0xa1a2a3a4, id) ==
      "\x01\x02\xa1\xa2\xa3\xa4\0\0\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x01"s);
  DeduplicationKey deduplication;
  deduplication.fill('x');
  CHECK(keys::deduplication(0x0102, deduplication) == "\x01\x02xxxxxxxxxxxxxxxx");
  CHECK(keys::meta(0x0102, "keys/1") == "\x01\x02keys/1");
  CHECK(keys::resource(0x0102, keys::Resource::url_group, 0xa1a2a3a4, "name") ==
        "\x01\x02/g\xa1\xa2\xa3\xa4name");
  CHECK(keys::fifo(0x0102, {keys::List::queue, 0xa1a2a3a4, "ab"}, {from_unix_ms(0x1122), id}) ==
        "\x01\x02q\xa1\xa2\xa3\xa4\0\x02"s + "ab\0\0\0\0\0\0\x11\x22"s + keys::message(id));
}

TEST_CASE("what a key is made of can be read back") {
  const MessageId id = MessageId::make(7, noon, 8, 9);
  const auto due = keys::parse_due(keys::due(id, noon + Milliseconds(5)));
  REQUIRE(due);
  CHECK(due->due == noon + Milliseconds(5));
  CHECK(due->id == id);
  const DeadLetterId letter{noon, 77};
  CHECK(keys::parse_dead_letter(keys::dead_letter(7, 3, letter)) == letter);
  for (const keys::LogReach reach : keys::log_reaches) {
    const auto log = keys::parse_log(keys::log(7, 3, reach, noon, id));
    REQUIRE(log);
    CHECK(log->reach == reach);
    CHECK(log->first_row == noon);
    CHECK(log->id_low == id.low);
  }
  std::string unknown = keys::log(7, 3, keys::LogReach::instant, noon, id);
  ++unknown[6];
  CHECK_FALSE(keys::parse_log(unknown));
  CHECK(keys::decode_time(keys::encode_time(noon)) == noon);
}

TEST_CASE("steps of statistics share a slot with those that are a day or a month older only") {
  using keys::Resource;
  const auto slot = [](Resource unit, std::int64_t number) {
    return keys::statistics_slot(0, unit, 1, number);
  };
  for (const std::int64_t first : {std::int64_t{29'833'333}, std::int64_t{-700}}) {
    std::set<std::string> slots;
    for (std::int64_t i = 0; i < 24 * 60; ++i) slots.insert(slot(Resource::minute, first + i));
    CHECK(slots.size() == 24 * 60);
    CHECK(slot(Resource::minute, first + 24 * 60) == slot(Resource::minute, first));
    slots.clear();
    for (std::int64_t i = 0; i < 31 * 24; ++i) slots.insert(slot(Resource::hour, first + i));
    CHECK(slots.size() == 31 * 24);
    CHECK(slot(Resource::hour, first + 31 * 24) == slot(Resource::hour, first));
  }
  CHECK(keys::parse_resource(Resource::minute, slot(Resource::minute, 5))->account == 1);
}

TEST_CASE("whose a dead letter is stands in its key") {
  const DeadLetterId id{noon, 7};
  CHECK(keys::account_of_dead_letter(keys::dead_letter(3, 0xffff'fffe, id)) == 0xffff'fffe);
  CHECK_FALSE(keys::account_of_dead_letter("short"));
}

TEST_CASE("names of resources come back with their accounts, under their kind only") {
  using keys::Resource;
  constexpr Resource kinds[] = {
      Resource::queue,      Resource::flow_control,   Resource::url_group,
      Resource::schedule,   Resource::schedule_state, Resource::bulk_action,
      Resource::statistics, Resource::minute,         Resource::hour};
  using namespace std::string_literals;
  const std::string names[] = {"", "a", "\0\xff/q"s, std::string(70'000, 'n')};
  for (const Resource kind : kinds) {
    for (const std::string& name : names) {
      const std::string key = keys::resource(3, kind, 0xffff'fffe, name);
      for (const Resource other : kinds) {
        const auto parsed = keys::parse_resource(other, key);
        REQUIRE(parsed.has_value() == (other == kind));
        CHECK(inside(keys::resources(3, other), key) == (other == kind));
        CHECK(inside(keys::resources(3, other, 0xffff'fffe), key) == (other == kind));
        if (!parsed) continue;
        CHECK(parsed->account == 0xffff'fffe);
        CHECK(parsed->name == name);
      }
      CHECK_FALSE(inside(keys::resources(2, kind), key));
      CHECK_FALSE(inside(keys::resources(3, kind, 0xffff'ffff), key));
      CHECK_FALSE(inside(keys::resources(3, kind, 0xffff'fffd), key));
    }
    CHECK_FALSE(keys::parse_resource(kind, keys::meta(3, "cursor")));
    CHECK_FALSE(inside(keys::resources(3, kind), keys::meta(3, "keys/1")));
  }
}

TEST_CASE("a list's places are ordered, and no other list's lie between them") {
  // Goal: reading a list from a place on gives its own messages only, whatever the lists' names
  // are. Method: names that are beginnings of each other and look like numbers of keys.
  using keys::List;
  using keys::ListName;
  using namespace std::string_literals;
  std::vector<ListName> lists;
  for (const std::string& name :
       {""s, "a"s, "ab"s, "a\0"s, "\0"s, "\xff"s, "\xff\xff"s, std::string(255, '\xff'),
        std::string(256, '\0'), std::string(65'535, '\xff')}) {
    for (const AccountId account : {0u, 1u, 0xffff'ffffu}) {
      lists.push_back({List::queue, account, name});
      lists.push_back({List::flow_control, account, name});
    }
  }
  std::vector<keys::Place> places;
  for (const int ms : {0, 1, 255, 256, 65'536}) {
    for (const std::uint32_t sequence : {0u, 1u, 256u}) {
      places.push_back({noon + Milliseconds(ms), MessageId::make(7, noon, sequence, 5)});
    }
  }
  for (const ListName& list : lists) {
    std::string earlier;
    for (const keys::Place& place : places) {
      const std::string key = keys::fifo(7, list, place);
      CHECK(earlier < key);
      earlier = key;
      const auto listed = keys::parse_fifo(key);
      REQUIRE(listed);
      CHECK(listed->list == list);
      CHECK(listed->place == place);
    }
    const KeyRange range = keys::fifo_from(7, list, places[4]);
    for (const ListName& other : lists) {
      for (std::size_t i = 0; i < places.size(); ++i) {
        CHECK(inside(range, keys::fifo(7, other, places[i])) == (other == list && i >= 4));
      }
    }
    const KeyRange whole = keys::fifo_from(7, list, {});
    CHECK(inside(whole, keys::fifo(7, list, {from_unix_ms(0), MessageId::make(7, {}, 0, 0)})));
  }
}

TEST_CASE("foreign bytes are no places in lists") {
  const keys::Place place{noon, MessageId::make(7, noon, 8, 9)};
  const std::string key = keys::fifo(7, {keys::List::queue, 3, "name"}, place);
  REQUIRE(keys::parse_fifo(key));
  for (std::size_t size = 0; size < key.size(); ++size) {
    CHECK_FALSE(keys::parse_fifo(std::string_view(key).substr(0, size)));
  }
  CHECK_FALSE(keys::parse_fifo(key + '\0'));
  CHECK_FALSE(keys::parse_fifo(std::string(200, '\xff')));
  std::string crossed = key;
  crossed[1] = 8;  // The list's partition is not the message's.
  CHECK_FALSE(keys::parse_fifo(crossed));
  std::string strange = key;
  strange[2] = 'x';
  CHECK_FALSE(keys::parse_fifo(strange));
}

TEST_CASE("foreign bytes are no keys") {
  const MessageId id = MessageId::make(7, noon, 8, 9);
  CHECK_FALSE(keys::parse_log(keys::log_index(3, id)));
  CHECK_FALSE(keys::parse_log(keys::replayed(3, id)));
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
    return keys::dead_letter(3, 4, {noon + Milliseconds(ms), ~0u});
  };
  CHECK_FALSE(inside(range, key_at(-1)));
  CHECK(inside(range, key_at(0)));
  CHECK(inside(range, key_at(9)));
  CHECK_FALSE(inside(range, key_at(10)));

  const auto backwards = keys::account_times(3, 4, noon, noon - Milliseconds(10));
  CHECK(backwards.begin == backwards.end);
  const auto before_1970 = keys::account_times(3, 4, from_unix_ms(-5), from_unix_ms(1));
  CHECK(inside(before_1970, keys::dead_letter(3, 4, {})));
}

TEST_CASE("each reach of the log has its own range of times") {
  const MessageId last{0, ~0ull};
  for (const keys::LogReach reach : keys::log_reaches) {
    const auto range = keys::log_times(3, 4, reach, noon, noon + Milliseconds(10));
    for (const keys::LogReach other : keys::log_reaches) {
      const auto key_at = [&](int ms) {
        return keys::log(3, 4, other, noon + Milliseconds(ms), last);
      };
      CHECK_FALSE(inside(range, key_at(-1)));
      CHECK(inside(range, key_at(0)) == (reach == other));
      CHECK(inside(range, key_at(9)) == (reach == other));
      CHECK_FALSE(inside(range, key_at(10)));
    }
    const auto backwards = keys::log_times(3, 4, reach, noon, noon - Milliseconds(10));
    CHECK(backwards.begin == backwards.end);
    const auto all = keys::log_times(3, 4, reach, Timestamp::min(), Timestamp::max());
    CHECK(inside(all, keys::log(3, 4, reach, Timestamp{}, MessageId{})));
    CHECK(inside(all, keys::log(3, 4, reach, noon + std::chrono::years(100'000), last)));
    CHECK(inside(keys::account(3, 4), keys::log(3, 4, reach, noon, last)));
  }
}

TEST_CASE("a record of the log has the narrowest reach that holds its rows") {
  using keys::LogReach;
  CHECK(keys::reach_of(Milliseconds(0)) == LogReach::instant);
  CHECK(keys::reach_of(Milliseconds(15)) == LogReach::instant);
  CHECK(keys::reach_of(Milliseconds(16)) == LogReach::tenth);
  CHECK(keys::reach_of(Milliseconds(127)) == LogReach::tenth);
  CHECK(keys::reach_of(Milliseconds(128)) == LogReach::second);
  CHECK(keys::reach_of(log_span - Milliseconds(1)) == LogReach::second);
  CHECK(limit_of(LogReach::second) == log_span);
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
