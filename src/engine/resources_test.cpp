#include "engine/resources.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/keys.h"
#include "engine/listing.h"
#include "store/memory_store.h"

namespace godwit {
namespace {

using keys::Resource;

constexpr Timestamp noon = from_unix_ms(1'700'000'000'000);

Timestamp at_ms(std::int64_t ms) { return noon + Milliseconds(ms); }

class World {
 public:
  const Store& store() const { return *store_; }

  void put(Space space, std::string_view key, std::string_view value) {
    WriteBatch batch;
    batch.put(space, key, value);
    store_->commit(std::move(batch), [](const Result<void>& done) { REQUIRE(done); });
  }
  void put(Resource kind, AccountId account, std::string_view name, std::string_view value) {
    put(Space::meta, keys::resource(0, kind, account, name), value);
  }

  /// A living message of `account` that `change` alters before it is stored.
  MessageId living(
      Space space, std::uint16_t partition, AccountId account, Timestamp created,
      const std::function<void(Message&)>& change = [](Message&) {}) {
    MessageRecord record;
    record.message.id = MessageId::make(partition, created, ++sequence_, 5);
    record.message.account = account;
    record.message.url = "https://a.test/hook";
    record.message.created = created;
    record.message.not_before = created;
    record.due = created;
    change(record.message);
    put(space, keys::message(record.message.id), encode(record));
    return record.message.id;
  }

 private:
  std::unique_ptr<Store> store_ = make_memory_store();
  std::uint32_t sequence_ = 0;
};

UrlGroup group_of(const char* name) {
  UrlGroup group;
  group.name = name;
  group.created = group.updated = noon;
  group.endpoints = {{"https://a.test", name}};
  return group;
}

Schedule schedule_of(const char* id) {
  Schedule schedule;
  schedule.id = id;
  schedule.cron = "* * * * *";
  schedule.message.url = "https://a.test";
  return schedule;
}

TEST_CASE("a URL group is found under its name and account only") {
  World world;
  world.put(Resource::url_group, 1, "one", encode(group_of("one")));
  world.put(Resource::url_group, 2, "two", encode(group_of("two")));
  CHECK(find_url_group(world.store(), 1, "one").value() == group_of("one"));
  CHECK_FALSE(find_url_group(world.store(), 2, "one").value());
  CHECK_FALSE(find_url_group(world.store(), 1, "on").value());
  CHECK_FALSE(find_url_group(world.store(), 1, "one ").value());
  world.put(Resource::url_group, 1, "bad", "garbage");
  CHECK(find_url_group(world.store(), 1, "bad").error().code == ErrorCode::corrupt);
}

TEST_CASE("URL groups are listed by name, those of one account, and nothing else of `meta`") {
  World world;
  world.put(Space::meta, keys::meta(0, "keys/1"), "signing keys");
  world.put(Resource::queue, 1, "a", encode(QueueRecord{}));
  world.put(Resource::schedule, 1, "a", encode(schedule_of("a")));
  for (const char* name : {"zoo", "a", "ab", "Z"}) {
    world.put(Resource::url_group, 1, name, encode(group_of(name)));
  }
  world.put(Resource::url_group, 0, "other", encode(group_of("other")));
  world.put(Resource::url_group, 2, "other", encode(group_of("other")));
  CHECK(list_url_groups(world.store(), 1).value() ==
        std::vector{group_of("Z"), group_of("a"), group_of("ab"), group_of("zoo")});
  CHECK(list_url_groups(world.store(), 3).value().empty());
  world.put(Resource::url_group, 1, "b", "garbage");
  CHECK(list_url_groups(world.store(), 1).error().code == ErrorCode::corrupt);
}

TEST_CASE("schedules come with what became of them") {
  World world;
  ScheduleState ran;
  ran.last_run = noon;
  ran.last_messages = {MessageId::make(0, noon, 1, 2)};
  for (const char* id : {"a", "b", "c", "d"}) {
    world.put(Resource::schedule, 1, id, encode(schedule_of(id)));
  }
  // With states that belong to no schedule before, between and behind.
  for (const char* id : {"", "aa", "b", "bb", "d", "e"}) {
    ran.error = id;
    world.put(Resource::schedule_state, 1, id, encode(ran));
  }
  world.put(Resource::schedule, 2, "a", encode(schedule_of("a")));

  const std::vector<ScheduleView> views = list_schedules(world.store(), 1).value();
  REQUIRE(views.size() == 4);
  for (const ScheduleView& view : views) {
    CHECK(view.schedule == schedule_of(view.schedule.id.c_str()));
    const bool has_run = view.schedule.id == "b" || view.schedule.id == "d";
    CHECK(view.state.error == (has_run ? view.schedule.id : ""));
    CHECK(view.state.last_messages.size() == (has_run ? 1 : 0));
    const auto found = find_schedule(world.store(), 1, view.schedule.id).value();
    REQUIRE(found);
    CHECK(found->schedule == view.schedule);
    CHECK(found->state == view.state);
  }
  CHECK_FALSE(find_schedule(world.store(), 1, "aa").value());
  CHECK_FALSE(find_schedule(world.store(), 2, "b").value());
  CHECK(list_schedules(world.store(), 2).value().size() == 1);
  world.put(Resource::schedule_state, 2, "a", "garbage");
  CHECK(find_schedule(world.store(), 2, "a").error().code == ErrorCode::corrupt);
  CHECK(list_schedules(world.store(), 2).error().code == ErrorCode::corrupt);
}

TEST_CASE("a run is in progress while its message lives, and then what became of it") {
  World world;
  const auto ended = [&world](LogState last, std::uint32_t sequence) {
    LogRecord record;
    record.message.id = MessageId::make(0, noon, 1000 + sequence, 9);
    record.message.account = 1;
    record.message.created = record.message.not_before = noon;
    record.ended = true;
    record.rows.resize(2);
    record.rows[0].time = noon;
    record.rows[1].time = at_ms(1);
    record.rows[1].state = last;
    world.put(Space::log, keys::log(0, 1, keys::LogReach::instant, noon, record.message.id),
              encode(record));
    return record.message.id;
  };
  const auto state = [&world](AccountId account, MessageId id) {
    return run_state(world.store(), account, id).value();
  };
  CHECK(state(1, world.living(Space::hot, 0, 1, noon)) == RunState::in_progress);
  CHECK(state(1, world.living(Space::cold, 0, 1, noon)) == RunState::in_progress);
  CHECK_FALSE(state(1, world.living(Space::hot, 0, 2, noon)));
  CHECK(state(1, ended(LogState::delivered, 1)) == RunState::success);
  CHECK(state(1, ended(LogState::failed, 2)) == RunState::fail);
  CHECK(state(1, ended(LogState::canceled, 3)) == RunState::fail);
  CHECK_FALSE(state(2, ended(LogState::delivered, 4)));
  CHECK_FALSE(state(1, MessageId::make(0, noon, 77, 77)));
}

TEST_CASE("pages of bulk actions together are all of them, newest first") {
  World world;
  std::vector<std::string> ids;
  for (int i = 10; i < 30; ++i) {
    BulkAction action;
    action.id = "ba_" + std::to_string(i);
    action.total = static_cast<std::uint64_t>(i);
    world.put(Resource::bulk_action, 1, action.id, encode(action));
    ids.push_back(action.id);
  }
  world.put(Resource::bulk_action, 2, "ba_15", encode(BulkAction{}));
  std::ranges::reverse(ids);
  for (const std::size_t count : {0u, 1u, 3u, 10u, 19u, 20u, 21u}) {
    std::vector<std::string> listed;
    std::string cursor;
    do {
      const auto page = list_bulk_actions(world.store(), 1, count, cursor).value();
      CHECK_FALSE(page.empty());
      CHECK(page.size() <= std::max<std::size_t>(count, 1));
      for (const BulkAction& action : page) {
        listed.push_back(action.id);
        CHECK(action.id == "ba_" + std::to_string(action.total));
      }
      REQUIRE(listed.size() <= ids.size());
    } while (!cursor.empty());
    CHECK(listed == ids);
  }
  CHECK(find_bulk_action(world.store(), 1, "ba_12").value()->total == 12);
  CHECK_FALSE(find_bulk_action(world.store(), 1, "ba_9").value());

  // A page begins where the cursor says, even when what it names has gone since.
  std::string cursor = "ba_115";
  CHECK(list_bulk_actions(world.store(), 1, 1, cursor).value()[0].id == "ba_11");
  CHECK(cursor == "ba_10");
  std::string none;
  CHECK(list_bulk_actions(world.store(), 3, 5, none).value().empty());
  CHECK(none.empty());
  for (std::string bad : {std::string("ba 1"), std::string("\0", 1), std::string("\xff"),
                          std::string("/"), std::string(257, 'a')}) {
    CHECK(list_bulk_actions(world.store(), 1, 1, bad).error().code == ErrorCode::invalid_argument);
  }
}

std::vector<MessageId> sorted(std::vector<MessageId> ids) {
  std::ranges::sort(ids);
  return ids;
}

TEST_CASE("living messages are selected as a look at every one of them would") {
  // Goal: the scan passes over no message that matches, whatever partitions there are, and takes
  // none that does not. Method: random worlds and selections against a plain loop.
  struct Living {
    MessageId id;
    AccountId account;
    Timestamp created;
    std::string queue;
  };
  std::mt19937_64 random(11);
  constexpr int partitions[] = {0, 1, 2, 255, 256, 65'535};
  std::size_t selected_in_all = 0;
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    World world;
    std::vector<Living> all;
    for (std::uint64_t i = random() % 40; i > 0; --i) {
      const auto partition = static_cast<std::uint16_t>(partitions[random() % 6]);
      const auto account = static_cast<AccountId>(random() % 3);
      const Timestamp created = at_ms(static_cast<std::int64_t>(random() % 10));
      const std::string queue = random() % 2 == 0 ? "" : "queue";
      const MessageId id =
          world.living(random() % 2 == 0 ? Space::hot : Space::cold, partition, account, created,
                       [&queue](Message& message) { message.queue = queue; });
      all.push_back({id, account, created, queue});
    }
    MessageFilter filter;
    if (random() % 2 == 0) filter.queues = {"queue"};
    std::optional<Timestamp> from;
    if (random() % 2 == 0) from = at_ms(static_cast<std::int64_t>(random() % 10));
    Timestamp until = at_ms(static_cast<std::int64_t>(random() % 12));
    if (random() % 4 == 0) until = Timestamp::max();
    if (random() % 4 == 0) from = Timestamp::min();
    if (random() % 4 == 0) {
      for (const Living& living : all) {
        if (random() % 2 == 0) filter.ids.push_back(living.id);
      }
      filter.ids.push_back(MessageId::make(0, noon, 999, 999));
      filter.ids.push_back(filter.ids.front());
    }

    std::vector<MessageId> expected;
    for (const Living& living : all) {
      if (living.account != 1 || living.created > until || (from && living.created < *from)) {
        continue;
      }
      if (!filter.queues.empty() && living.queue != "queue") continue;
      if (!filter.ids.empty() && std::ranges::find(filter.ids, living.id) == filter.ids.end()) {
        continue;
      }
      expected.push_back(living.id);
    }
    const auto selected = select_living(world.store(), 1, filter, from, until, 1000).value();
    CHECK(sorted(selected) == sorted(expected));
    selected_in_all += selected.size();

    const std::size_t max = random() % 5;
    const auto some = sorted(select_living(world.store(), 1, filter, from, until, max).value());
    CHECK(some.size() == std::min(max, expected.size()));
    CHECK(std::ranges::includes(sorted(expected), some));
  }
  CHECK(selected_in_all > 500);  // The rounds are not about nothing.
}

TEST_CASE("a record that cannot be read keeps no other message from being selected") {
  World world;
  const MessageId before = world.living(Space::hot, 0, 1, at_ms(0));
  const MessageId broken = world.living(Space::hot, 0, 1, at_ms(1));
  const MessageId after = world.living(Space::hot, 0, 1, at_ms(2));
  world.put(Space::hot, keys::message(broken), "garbage");
  world.put(Space::hot, "short key", "garbage");
  const auto all = select_living(world.store(), 1, {}, {}, at_ms(9), 10).value();
  CHECK(sorted(all) == std::vector{before, after});
  CHECK(select_living(world.store(), 1, {.ids = {broken, after}}, {}, at_ms(9), 10).value() ==
        std::vector{after});
}

}  // namespace
}  // namespace godwit
