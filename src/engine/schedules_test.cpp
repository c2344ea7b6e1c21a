#include <string>
#include <vector>

#include "testing/simulated_node.h"

namespace godwit {
namespace {

Schedule every_minute(const std::string& id = "s") {
  Schedule schedule;
  schedule.id = id;
  schedule.cron = "* * * * *";
  schedule.message.account = Node::account;
  schedule.message.url = "http://a.test/";
  schedule.message.body = "tick";
  return schedule;
}

Result<void> put(Node& node, Schedule schedule) {
  return node.ask<void>(
      [&](Reply<void> reply) { node.broker->put_schedule(std::move(schedule), std::move(reply)); });
}

void pause(Node& node, bool paused) {
  REQUIRE(node.ask<void>([&](Reply<void> reply) {
    node.broker->pause_schedule(Node::account, "s", paused, std::move(reply));
  }));
}

ScheduleView view(const Node& node, const std::string& id = "s") {
  const auto found = find_schedule(*node.store, Node::account, id);
  REQUIRE(found);
  REQUIRE(*found);
  return **found;
}

/// Moves on to the start of a minute.
void align(Node& node) {
  const std::int64_t ms = to_unix_ms(node.time.now()) % 60'000;
  node.run_for(Milliseconds(60'000 - ms));
}

constexpr Milliseconds minute{60'000};

}  // namespace

TEST_CASE("a schedule makes one message at each tick, never twice, through crashes") {
  Node node;
  align(node);
  node.run_for(Milliseconds(1'000));
  REQUIRE(put(node, every_minute()));
  std::size_t runs = 0;
  for (int i = 0; i < 10; ++i) {
    node.run_for(minute);
    // What was not answered before the crash is attempted again: it is the same message.
    for (const StartAttempt& attempt : node.attempts.started) {
      CHECK(attempt.message->schedule_id == "s");
      CHECK(attempt.message->body == "tick");
    }
    runs += node.attempts.started.size();
    while (!node.attempts.started.empty()) node.answer(0, 200);
    node.run_for(Milliseconds(100));
    node.restart();
  }
  CHECK(runs == 10);
  CHECK(to_unix_ms(view(node).state.last_run) % 60'000 == 0);
  CHECK(view(node).state.last_messages.size() == 1);
}

TEST_CASE("runs missed while the process was down are made up for once, the last of them") {
  Node node;
  align(node);
  node.run_for(Milliseconds(1'000));
  REQUIRE(put(node, every_minute()));
  node.crash();
  node.run_for(10 * minute);
  node.boot();
  node.run_for(Milliseconds(100));
  CHECK(node.attempts.started.size() == 1);
  CHECK(to_unix_ms(view(node).state.last_run) == to_unix_ms(node.time.now()) / 60'000 * 60'000);
  node.restart();
  node.run_for(Milliseconds(100));
  CHECK(node.attempts.started.size() == 1);
  node.run_for(minute);
  CHECK(node.attempts.started.size() == 2);
}

TEST_CASE("missed runs are left out when the setting says so") {
  EngineSettings settings;
  settings.run_missed_schedules = false;
  Node node(settings);
  align(node);
  node.run_for(Milliseconds(1'000));
  REQUIRE(put(node, every_minute()));
  node.crash();
  node.run_for(10 * minute);
  node.boot();
  node.run_for(Milliseconds(100));
  CHECK(node.attempts.started.empty());
  node.run_for(minute);
  CHECK(node.attempts.started.size() == 1);
}

TEST_CASE("a paused schedule makes nothing, and nothing is made up for when it resumes") {
  Node node;
  align(node);
  node.run_for(Milliseconds(1'000));
  REQUIRE(put(node, every_minute()));
  pause(node, true);
  node.run_for(3 * minute);
  node.restart();
  node.run_for(2 * minute);
  CHECK(node.attempts.started.empty());
  CHECK(view(node).schedule.paused);
  pause(node, false);
  node.restart();
  node.run_for(Milliseconds(1'000));
  CHECK(node.attempts.started.empty());
  node.run_for(minute);
  CHECK(node.attempts.started.size() == 1);
}

TEST_CASE("an overwrite resets what it is, but not its creation nor its pause") {
  Node node;
  REQUIRE(put(node, every_minute()));
  const Timestamp created = view(node).schedule.created;
  pause(node, true);
  node.run_for(minute);
  Schedule other = every_minute();
  other.cron = "0 0 1 1 *";
  other.message.body.clear();
  REQUIRE(put(node, std::move(other)));
  CHECK(view(node).schedule.created == created);
  CHECK(view(node).schedule.paused);
  CHECK(view(node).schedule.message.body.empty());
  pause(node, false);
  node.run_for(5 * minute);
  CHECK(node.attempts.started.empty());
}

TEST_CASE("a deleted schedule stops, and an unknown one is not found") {
  Node node;
  REQUIRE(put(node, every_minute()));
  const auto remove = [&] {
    return node.ask<void>([&](Reply<void> reply) {
      node.broker->delete_schedule(Node::account, "s", std::move(reply));
    });
  };
  REQUIRE(remove());
  node.run_for(3 * minute);
  CHECK(node.attempts.started.empty());
  CHECK(node.keys(Space::meta) == 0);
  REQUIRE_FALSE(remove());
  CHECK(remove().error().message == "schedule s not found");
}

TEST_CASE("a schedule of a group reaches the endpoints that the group has at each run") {
  Node node;
  align(node);
  node.run_for(Milliseconds(1'000));
  Schedule schedule = every_minute();
  schedule.message.url.clear();
  schedule.message.group = "g";
  REQUIRE(put(node, std::move(schedule)));
  node.run_for(minute);
  CHECK(node.attempts.started.empty());
  CHECK(view(node).state.error == "topic g not found");
  REQUIRE(node.ask<void>([&](Reply<void> reply) {
    node.broker->upsert_endpoints(
        Node::account, "g", {{"http://a.test/", "a"}, {"http://b.test/", ""}}, std::move(reply));
  }));
  node.run_for(minute);
  REQUIRE(node.attempts.started.size() == 2);
  CHECK(node.attempts.started[0].message->endpoint == "a");
  CHECK(node.attempts.started[1].message->url == "http://b.test/");
  CHECK(view(node).state.error.empty());
  CHECK(view(node).state.last_messages.size() == 2);
}

TEST_CASE("a schedule's delay and queue hold for what it makes") {
  Node node;
  align(node);
  node.run_for(Milliseconds(1'000));
  Schedule schedule = every_minute();
  schedule.delay = Milliseconds(10'000);
  schedule.message.queue = "q";
  REQUIRE(put(node, std::move(schedule)));
  node.run_for(Milliseconds(65'000));
  CHECK(node.attempts.started.empty());
  CHECK(node.broker->queue(Node::account, "q")->lag == 1);
  node.run_for(Milliseconds(5'000));
  CHECK(node.attempts.started.size() == 1);
}

TEST_CASE("schedules have a quota that names itself, and a cron that must parse") {
  EngineSettings settings;
  settings.schedules_max = 1;
  Node node(settings);
  REQUIRE(put(node, every_minute()));
  REQUIRE(put(node, every_minute()));
  CHECK(put(node, every_minute("t")).error().message ==
        "quota maxSchedules exceeded, current limit: 1 (setting engine.schedules_max)");
  Schedule broken = every_minute();
  broken.cron = "* * *";
  CHECK(put(node, std::move(broken)).error().code == ErrorCode::invalid_argument);
}

}  // namespace godwit
