#include "engine/listing.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "store/memory_store.h"

namespace godwit {
namespace {

constexpr Timestamp noon = from_unix_ms(1'700'000'000'000);

void put(Store& store, Space space, std::string_view key, std::string_view value) {
  WriteBatch batch;
  batch.put(space, key, value);
  store.commit(std::move(batch), [](const Result<void>& done) { REQUIRE(done); });
}

TEST_CASE("a filter is OR inside one field and AND between fields") {
  Message message;
  message.id = MessageId::make(1, noon, 2, 3);
  message.url = "https://User:pw@Example.COM:8443/hook/a?x=/other";
  message.labels = {"red", "blue"};
  message.caller_ip = "10.0.0.1";
  message.group = "group";
  message.queue = "queue";
  message.schedule_id = "scd_1";
  message.flow_control.key = "key";
  const MessageId other = MessageId::make(1, noon, 2, 4);

  const std::pair<MessageFilter, bool> cases[] = {
      {{}, true},
      {{.ids = {other, message.id}}, true},
      {{.ids = {other}}, false},
      {{.urls = {"https://a.test", message.url}}, true},
      {{.urls = {"https://example.com:8443/hook/a"}}, false},
      {{.hosts = {"example.com"}}, true},
      {{.hosts = {"EXAMPLE.com:8443"}}, true},
      {{.hosts = {"a.test", "example.com"}}, true},
      {{.hosts = {"example.com:443"}}, false},
      {{.hosts = {"xample.com"}}, false},
      {{.paths = {"/hook/a"}}, true},
      {{.paths = {"/hook"}}, false},
      {{.paths = {"/other"}}, false},
      {{.hosts = {"example.com"}, .paths = {"/x"}}, false},
      {{.labels = {"green", "blue"}}, true},
      {{.labels = {"green"}}, false},
      {{.caller_ips = {"10.0.0.1"}}, true},
      {{.caller_ips = {"10.0.0.2"}}, false},
      {{.ids = {message.id}, .labels = {"red"}, .caller_ips = {"10.0.0.1"}}, true},
      {{.ids = {message.id}, .labels = {"red"}, .caller_ips = {"10.0.0.2"}}, false},
      {{.groups = {"other", "group"}}, true},
      {{.groups = {"queue"}}, false},
      {{.queues = {"queue"}}, true},
      {{.queues = {"queu", "Queue"}}, false},
      {{.schedules = {"scd_1", "scd_2"}}, true},
      {{.schedules = {"scd_2"}}, false},
      {{.flow_control_keys = {"key"}}, true},
      {{.flow_control_keys = {"ke"}}, false},
      {{.groups = {"group"}, .queues = {"queue"}, .flow_control_keys = {"key"}}, true},
      {{.groups = {"group"}, .queues = {"other"}, .flow_control_keys = {"key"}}, false},
  };
  for (const auto& [filter, expected] : cases) {
    CAPTURE(&filter - &cases[0].first);
    CHECK(filter.matches(message) == expected);
  }
}

TEST_CASE("a destination that cannot be parsed has neither host nor path") {
  Message message;
  message.url = "nonsense";
  CHECK(MessageFilter{}.matches(message));
  CHECK_FALSE(MessageFilter{.hosts = {"nonsense"}}.matches(message));
  CHECK_FALSE(MessageFilter{.paths = {"/"}}.matches(message));
}

DeadLetterRecord dead_letter(AccountId account, std::uint32_t number, int status) {
  DeadLetterRecord record;
  record.message.id = MessageId::make(0, noon, number, 5);
  record.message.account = account;
  record.message.url = number % 2 == 0 ? "https://even.test/" : "https://odd.test/";
  record.message.created = noon;
  record.message.not_before = noon;
  record.last.status = status;
  return record;
}

DeadLetterId id_at(int ms, std::uint32_t sequence) { return {noon + Milliseconds(ms), sequence}; }

void put_letter(Store& store, std::uint16_t partition, DeadLetterId id,
                const DeadLetterRecord& record) {
  put(store, Space::dlq, keys::dead_letter(partition, record.message.account, id), encode(record));
}

std::vector<DeadLetterId> ids_of(const DeadLetterPage& page) {
  std::vector<DeadLetterId> ids;
  ids.reserve(page.entries.size());
  for (const DeadLetterEntry& entry : page.entries) ids.push_back(entry.id);
  return ids;
}

TEST_CASE("dead letters are listed in the order in which they entered, in every partition") {
  const auto store = make_memory_store();
  put_letter(*store, 1, id_at(5, 0), dead_letter(7, 1, 500));
  put_letter(*store, 0, id_at(5, 1), dead_letter(7, 2, 404));
  put_letter(*store, 0, id_at(2, 9), dead_letter(7, 3, 500));
  put_letter(*store, 0, id_at(3, 0), dead_letter(8, 4, 500));  // Another account's.

  DeadLetterQuery query;
  query.account = 7;
  const DeadLetterPage page = list_dead_letters(*store, 2, query).value();
  CHECK(ids_of(page) == std::vector{id_at(2, 9), id_at(5, 0), id_at(5, 1)});
  CHECK(page.entries[1].record == dead_letter(7, 1, 500));
  CHECK(page.cursor.empty());

  query.order = Order::latest_first;
  CHECK(ids_of(list_dead_letters(*store, 2, query).value()) ==
        std::vector{id_at(5, 1), id_at(5, 0), id_at(2, 9)});
  query.statuses = {404, 405};
  CHECK(ids_of(list_dead_letters(*store, 2, query).value()) == std::vector{id_at(5, 1)});
  query.statuses = {999};
  CHECK(ids_of(list_dead_letters(*store, 2, query).value()).empty());
  query.statuses = {};
  query.filter.hosts = {"odd.test"};
  CHECK(ids_of(list_dead_letters(*store, 2, query).value()) ==
        std::vector{id_at(5, 0), id_at(2, 9)});
}

TEST_CASE("the dates of a dead letter query are inclusive") {
  const auto store = make_memory_store();
  for (int ms = 0; ms < 10; ++ms) {
    put_letter(*store, 0, id_at(ms, 0), dead_letter(7, static_cast<std::uint32_t>(ms), 500));
  }
  DeadLetterQuery query;
  query.account = 7;
  query.from = noon + Milliseconds(3);
  query.to = noon + Milliseconds(5);
  CHECK(ids_of(list_dead_letters(*store, 1, query).value()) ==
        std::vector{id_at(3, 0), id_at(4, 0), id_at(5, 0)});
  query.to = Timestamp::max();
  CHECK(list_dead_letters(*store, 1, query).value().entries.size() == 7);
  query.from = Timestamp::min();
  CHECK(list_dead_letters(*store, 1, query).value().entries.size() == 10);
  query.to = Timestamp::min();
  CHECK(list_dead_letters(*store, 1, query).value().entries.empty());
}

TEST_CASE("named dead letters come on one page, whatever else the query says") {
  const auto store = make_memory_store();
  for (std::uint32_t i = 0; i < 5; ++i) {
    put_letter(*store, static_cast<std::uint16_t>(i % 2), id_at(1, i), dead_letter(7, i, 500));
  }
  DeadLetterQuery query;
  query.account = 7;
  query.dead_letter_ids = {id_at(1, 4), id_at(1, 1), id_at(1, 4), id_at(99, 0)};
  query.statuses = {999};
  query.count = 1;
  query.filter.labels = {"none"};
  const DeadLetterPage page = list_dead_letters(*store, 2, query).value();
  CHECK(ids_of(page) == std::vector{id_at(1, 1), id_at(1, 4)});
  CHECK(page.cursor.empty());
}

TEST_CASE("a cursor that no dead letter listing made is refused") {
  const auto store = make_memory_store();
  for (const char* cursor : {"x", "1", "1-", "-1-1", "1-1-1", "1-99999999999"}) {
    DeadLetterQuery query;
    query.cursor = cursor;
    CHECK(list_dead_letters(*store, 1, query).error().code == ErrorCode::invalid_argument);
  }
}

TEST_CASE("a dead letter that cannot be read is counted and hides no other") {
  const auto store = make_memory_store();
  const std::string readable = encode(DeadLetterRecord{});
  put(*store, Space::dlq, keys::dead_letter(0, 7, id_at(1, 1)), readable);
  put(*store, Space::dlq, keys::dead_letter(0, 7, id_at(2, 1)), "garbage");
  put(*store, Space::dlq, keys::dead_letter(0, 7, id_at(3, 1)), readable);
  put(*store, Space::dlq, keys::dead_letter(0, 7, id_at(4, 1)) + "?", readable);
  DeadLetterQuery query;
  query.account = 7;
  for (const Order order : {Order::earliest_first, Order::latest_first}) {
    query.order = order;
    const DeadLetterPage page = list_dead_letters(*store, 1, query).value();
    CHECK(page.entries.size() == 2);
    CHECK(page.skipped == 2);
    CHECK(page.cursor.empty());
  }
  query.dead_letter_ids = {id_at(2, 1), id_at(3, 1)};
  const DeadLetterPage named = list_dead_letters(*store, 1, query).value();
  REQUIRE(named.entries.size() == 1);
  CHECK(named.entries[0].id == id_at(3, 1));
  CHECK(named.skipped == 1);
}

TEST_CASE("pages of dead letters together are what a sort of all matches gives") {
  // Goal: no page loses or repeats an entry, and a cursor is there exactly when more matches.
  std::mt19937_64 random(11);
  std::size_t early = 0;
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    const auto store = make_memory_store();
    constexpr std::uint16_t partitions = 3;
    std::vector<std::pair<DeadLetterId, DeadLetterRecord>> all;
    const std::uint64_t letters = random() % 40;
    for (std::uint32_t i = 0; i < letters; ++i) {
      const auto account = static_cast<AccountId>(1 + random() % 2);
      const DeadLetterId id = id_at(static_cast<int>(random() % 5), i);
      const DeadLetterRecord record = dead_letter(account, i, random() % 2 == 0 ? 500 : 404);
      put_letter(*store, static_cast<std::uint16_t>(random() % partitions), id, record);
      all.emplace_back(id, record);
    }
    DeadLetterQuery query;
    query.account = 1;
    query.order = random() % 2 == 0 ? Order::earliest_first : Order::latest_first;
    if (random() % 2 == 0) query.statuses = {404};
    if (random() % 3 == 0) query.filter.urls = {"https://even.test/"};
    if (random() % 3 == 0) query.from = noon + Milliseconds(random() % 5);
    if (random() % 3 == 0) query.to = noon + Milliseconds(random() % 5);

    std::erase_if(all, [&](const auto& letter) {
      const auto& [id, record] = letter;
      return record.message.account != 1 ||
             (!query.statuses.empty() && record.last.status != 404) ||
             (!query.filter.urls.empty() && record.message.url != "https://even.test/") ||
             (query.from && id.entered < *query.from) || (query.to && id.entered > *query.to);
    });
    std::ranges::sort(all, {}, [](const auto& letter) { return letter.first; });
    if (query.order == Order::latest_first) std::ranges::reverse(all);

    // Some pages end early, and lead on.
    const bool bounded = round % 2 == 0;
    if (bounded) query.scan_max = 1 + random() % 6;
    std::size_t at = 0;
    do {
      query.count = 1 + random() % 9;
      const DeadLetterPage page = list_dead_letters(*store, partitions, query).value();
      const std::size_t wanted = std::min(query.count, all.size() - at);
      REQUIRE(page.entries.size() <= wanted);
      early += page.entries.size() < wanted ? 1 : 0;
      REQUIRE((bounded || page.entries.size() == wanted));
      for (const DeadLetterEntry& entry : page.entries) {
        CHECK(entry.id == all[at].first);
        CHECK(entry.record == all[at].second);
        ++at;
      }
      REQUIRE((page.cursor.empty() || page.cursor != query.cursor));
      query.cursor = page.cursor;
      REQUIRE((bounded || query.cursor.empty() == (at == all.size())));
    } while (!query.cursor.empty());
    REQUIRE(at == all.size());
  }
  CHECK(early > 20);
}

}  // namespace
}  // namespace godwit
