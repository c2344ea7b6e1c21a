// What is counted of an account, through everything that can happen to its messages, and restarts.
#include "engine/statistics.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "testing/simulated_node.h"

namespace godwit {
namespace {

constexpr AccountId account = Node::account;
constexpr Milliseconds minute{ms_of_minute};
constexpr Milliseconds hour = 60 * minute;

Publish limited(int parallelism, int rate, const std::string& key = "k") {
  Publish publish = Node::message();
  publish.message.flow_control = {
      .key = key, .parallelism = parallelism, .rate = rate, .period = minute};
  return publish;
}

Publish queued(const std::string& queue = "q") {
  Publish publish = Node::message();
  publish.message.queue = queue;
  return publish;
}

Publish delayed(const Node& node, Milliseconds delay) {
  Publish publish = Node::message();
  publish.message.not_before = node.time.now() + delay;
  return publish;
}

/// Ends the first attempt.
void finish(Node& node, int status, Microseconds took = Microseconds(2'000)) {
  AttemptResult result;
  result.status = status;
  result.timing = AttemptTiming{};
  result.timing->total = took;
  const StartAttempt ended = node.attempts.started.at(0);
  node.attempts.started.erase(node.attempts.started.begin());
  node.broker->attempt_finished(ended.message->id, ended.attempt, std::move(result));
  node.run_for(Milliseconds(50));
}

void pause_queue(Node& node, bool paused) {
  REQUIRE(node.ask<void>([&](Reply<void> reply) {
    node.broker->upsert_queue(account, "q", {}, paused, std::move(reply));
  }));
}

void pause_key(Node& node, bool paused) {
  FlowControlChange change;
  change.paused = paused;
  REQUIRE(node.ask<void>([&](Reply<void> reply) {
    node.broker->change_flow_control(account, "k", change, std::move(reply));
  }));
}

std::size_t cancel(Node& node, const std::vector<MessageId>& ids) {
  const auto canceled = node.ask<std::size_t>([&](Reply<std::size_t> reply) {
    node.broker->cancel_all(account, ids, {}, std::move(reply));
  });
  REQUIRE(canceled);
  return *canceled;
}

std::vector<DeadLetterId> dead_letters(const Node& node) {
  DeadLetterQuery query;
  query.account = account;
  const Result<DeadLetterPage> page = list_dead_letters(*node.store, 1, query);
  REQUIRE(page);
  std::vector<DeadLetterId> ids;
  for (const DeadLetterEntry& entry : page->entries) ids.push_back(entry.id);
  return ids;
}

AccountNumbers numbers(const Node& node) {
  REQUIRE(node.engine->check_statistics() == "");
  return node.broker->numbers(account);
}

Backlog backlog(const Node& node) { return numbers(node).backlog; }

std::vector<SeriesStep> series(const Node& node, SeriesUnit unit, std::size_t steps) {
  std::size_t skipped = 0;
  Result<std::vector<SeriesStep>> read =
      read_series(*node.store, account, node.broker->series_edge(account), unit, steps,
                  node.time.now(), skipped);
  REQUIRE(read);
  REQUIRE(read->size() == steps);
  CHECK(skipped == 0);
  return std::move(*read);
}

AccountCounts sum(const std::vector<SeriesStep>& steps) {
  AccountCounts sum;
  for (const SeriesStep& step : steps) sum += step.counts;
  return sum;
}

/// To the first moment of the next minute.
void to_next_minute(Node& node) {
  const Timestamp next = from_unix_ms((minute_of(node.time.now()) + 1) * ms_of_minute);
  node.run_for(next - node.time.now());
}

}  // namespace

TEST_CASE("an account that never published has zeros and no series") {
  Node node;
  CHECK(numbers(node).totals == AccountCounts{});
  CHECK(numbers(node).backlog == Backlog{});
  CHECK_FALSE(numbers(node).last_minute.attempt_p50_ms);
  for (const SeriesStep& step : series(node, SeriesUnit::minute, 15)) {
    CHECK_FALSE(step.backlog);
    CHECK(step.counts == AccountCounts{});
  }
}

TEST_CASE("totals count each end once, and survive a restart") {
  Node node;
  Publish fails = Node::message();
  fails.message.retries_max = 1;
  node.publish(Node::message());
  node.run_for(Milliseconds(50));
  finish(node, 200);
  node.publish(fails);
  node.run_for(Milliseconds(50));
  finish(node, 500);
  node.run_for(Milliseconds(1'500));
  finish(node, 500);
  const MessageId canceled = node.publish(delayed(node, hour)).id;
  CHECK(cancel(node, {canceled, canceled}) == 1);
  Publish once = Node::message();
  once.deduplication = DeduplicationKey{};
  node.publish(once);
  CHECK(node.publish(once).deduplicated);
  const AccountCounts wanted{.published = 4,
                             .deduplicated = 1,
                             .attempts = 3,
                             .failed_attempts = 2,
                             .delivered = 1,
                             .dead_lettered = 1,
                             .canceled = 1};
  CHECK(numbers(node).totals == wanted);
  CHECK(numbers(node).dead_letters == 1);
  CHECK(numbers(node).dead_letters_last_hour == 1);
  node.restart();
  CHECK(numbers(node).totals == wanted);
  CHECK(numbers(node).dead_letters == 1);
  CHECK(numbers(node).dead_letters_last_hour == 1);
  CHECK(sum(series(node, SeriesUnit::minute, 15)) == wanted);
  CHECK(sum(series(node, SeriesUnit::hour, 2)) == wanted);
}

TEST_CASE("what a crash takes back is not counted, what was acknowledged is") {
  Node node;
  for (int round = 0; round < 20; ++round) {
    std::size_t acknowledged = 0;
    const std::uint64_t before = numbers(node).totals.published;
    for (int i = 0; i < 10; ++i) {
      node.broker->publish(delayed(node, hour), [&](const Result<PublishReceipt>& receipt) {
        if (receipt) ++acknowledged;
      });
    }
    // Batches end in the middle of it, or not yet.
    for (int step = 0; step < round; ++step) node.time.run_next(node.time.now() + minute);
    node.restart();
    const AccountNumbers after = numbers(node);  // Compared with every message in the store.
    node.run_for(Milliseconds(2));               // Ids of two lives are told apart by their time.
    CHECK(after.totals.published >= before + acknowledged);
    CHECK(after.backlog.total == after.totals.published);
    CHECK(after.backlog.time == after.backlog.total);
  }
}

TEST_CASE("an attempt that a crash cuts off counts when it is made again") {
  Node node;
  node.publish(Node::message());
  node.run_for(Milliseconds(100));
  CHECK(backlog(node).active == 1);
  CHECK(numbers(node).totals.attempts == 0);
  node.restart();
  node.run_for(Milliseconds(100));
  CHECK(backlog(node).active == 1);
  finish(node, 200);
  CHECK(numbers(node).totals.attempts == 1);
  CHECK(backlog(node) == Backlog{});
}

TEST_CASE("messages wait for their time, in memory or in the store only") {
  Node node;
  node.publish(delayed(node, Milliseconds(30'000)));
  node.publish(delayed(node, 5 * hour));
  CHECK(node.keys(Space::cold) == 1);
  CHECK(backlog(node) == Backlog{.total = 2, .time = 2});
  node.restart();
  CHECK(backlog(node) == Backlog{.total = 2, .time = 2});
  node.run_for(5 * hour);
  CHECK(backlog(node) == Backlog{.total = 2, .active = 2});
}

TEST_CASE("retries wait for their next try, near and far, through restarts") {
  Node node;
  Publish soon = Node::message();
  Publish late = Node::message();
  late.message.retry_delay = std::to_string((5 * hour).count());
  node.publish(soon);
  node.publish(late);
  node.run_for(Milliseconds(50));
  finish(node, 500);
  finish(node, 500);
  CHECK(node.keys(Space::cold) == 1);
  CHECK(backlog(node) == Backlog{.total = 2, .retry = 2});
  node.restart();
  CHECK(backlog(node) == Backlog{.total = 2, .retry = 2});
  node.run_for(Milliseconds(2'000));
  CHECK(backlog(node) == Backlog{.total = 2, .retry = 1, .active = 1});
  finish(node, 500);  // Again: it is not counted twice.
  CHECK(backlog(node) == Backlog{.total = 2, .retry = 2});
  node.run_for(Milliseconds(2'000));
  finish(node, 200);
  CHECK(backlog(node) == Backlog{.total = 1, .retry = 1});
  node.run_for(6 * hour);
  finish(node, 200);
  CHECK(backlog(node) == Backlog{});
}

TEST_CASE("messages of a queue wait for their place, also those in the store only") {
  EngineSettings settings;
  settings.list_window_max = 3;
  Node node(settings);
  std::vector<MessageId> ids;
  for (int i = 0; i < 10; ++i) ids.push_back(node.publish(queued()).id);
  node.run_for(Milliseconds(50));
  CHECK(node.keys(Space::cold) > 0);
  CHECK(backlog(node) == Backlog{.total = 10, .queue = 9, .active = 1});
  CHECK(cancel(node, {ids[1], ids[9]}) == 2);
  CHECK(backlog(node) == Backlog{.total = 8, .queue = 7, .active = 1});
  node.restart();
  node.run_for(Milliseconds(50));
  CHECK(backlog(node) == Backlog{.total = 8, .queue = 7, .active = 1});
  finish(node, 200);
  CHECK(backlog(node) == Backlog{.total = 7, .queue = 6, .active = 1});

  pause_queue(node, true);
  CHECK(backlog(node) == Backlog{.total = 7, .paused = 6, .active = 1});
  CHECK(numbers(node).queues == 1);
  CHECK(numbers(node).queues_paused == 1);
  REQUIRE(numbers(node).paused_queues.size() == 1);
  CHECK(numbers(node).paused_queues[0].name == "q");
  CHECK(numbers(node).paused_queues[0].waiting == 6);
  // On, failed, and due again: the pause holds it too.
  finish(node, 500);
  CHECK(backlog(node) == Backlog{.total = 7, .retry = 1, .paused = 6});
  node.run_for(Milliseconds(2'000));
  CHECK(backlog(node) == Backlog{.total = 7, .paused = 7});
  node.restart();
  node.run_for(Milliseconds(2'000));
  CHECK(backlog(node) == Backlog{.total = 7, .paused = 7});
  CHECK(numbers(node).queues_paused == 1);
  pause_queue(node, false);
  node.run_for(Milliseconds(50));
  CHECK(backlog(node) == Backlog{.total = 7, .queue = 6, .active = 1});
  CHECK(numbers(node).paused_queues.empty());
  CHECK(numbers(node).queues_paused == 0);

  pause_queue(node, true);
  REQUIRE(node.ask<void>(
      [&](Reply<void> reply) { node.broker->delete_queue(account, "q", std::move(reply)); }));
  node.run_for(Milliseconds(500));
  CHECK(backlog(node) == Backlog{.total = 1, .active = 1});
  CHECK(numbers(node).queues_paused == 0);
  finish(node, 500);
  CHECK(backlog(node) == Backlog{});
  CHECK(numbers(node).totals.canceled == 9);
}

TEST_CASE("a message that is held by its paused queue can be cancelled") {
  Node node;
  const MessageId id = node.publish(queued()).id;
  node.run_for(Milliseconds(50));
  pause_queue(node, true);
  finish(node, 500);
  node.run_for(Milliseconds(2'000));
  CHECK(backlog(node) == Backlog{.total = 1, .paused = 1});
  CHECK(cancel(node, {id}) == 1);
  CHECK(backlog(node) == Backlog{});
  pause_queue(node, false);
  CHECK(backlog(node) == Backlog{});
}

TEST_CASE("messages wait for the limits of their flow control key, or for its pause") {
  EngineSettings settings;
  settings.list_window_max = 3;
  Node node(settings);
  std::vector<MessageId> ids;
  SUBCASE("for its window") {
    for (int i = 0; i < 10; ++i) ids.push_back(node.publish(limited(0, 2)).id);
    node.run_for(Milliseconds(50));
    CHECK(node.keys(Space::cold) > 0);
    CHECK(backlog(node) == Backlog{.total = 10, .rate = 8, .active = 2});
    pause_key(node, true);
    CHECK(backlog(node) == Backlog{.total = 10, .paused = 8, .active = 2});
    REQUIRE(numbers(node).paused_keys.size() == 1);
    CHECK(numbers(node).paused_keys[0].waiting == 8);
    node.restart();
    CHECK(backlog(node).paused == 10);
    pause_key(node, false);
    CHECK(backlog(node) == Backlog{.total = 10, .rate = 10});
    CHECK(cancel(node, ids) == 10);
    CHECK(backlog(node) == Backlog{});
    CHECK(numbers(node).paused_keys.empty());
  }
  SUBCASE("for its parallelism, retries too") {
    for (int i = 0; i < 10; ++i) ids.push_back(node.publish(limited(1, 0)).id);
    node.run_for(Milliseconds(50));
    CHECK(backlog(node) == Backlog{.total = 10, .parallelism = 9, .active = 1});
    finish(node, 500);
    CHECK(backlog(node) == Backlog{.total = 10, .retry = 1, .parallelism = 8, .active = 1});
    node.run_for(Milliseconds(2'000));
    // It stands behind all others, in the store, and is no retry that waits for its time.
    CHECK(backlog(node) == Backlog{.total = 10, .parallelism = 9, .active = 1});
    node.restart();
    node.run_for(Milliseconds(50));
    CHECK(backlog(node) == Backlog{.total = 10, .parallelism = 9, .active = 1});
    for (int i = 0; i < 10; ++i) finish(node, 200);
    CHECK(backlog(node) == Backlog{});
  }
  SUBCASE("and a retry in the store is cancelled like any other") {
    for (int i = 0; i < 10; ++i) ids.push_back(node.publish(limited(1, 0)).id);
    node.run_for(Milliseconds(50));
    finish(node, 500);
    node.run_for(Milliseconds(2'000));
    CHECK(cancel(node, {ids[0]}) == 1);
    CHECK(backlog(node) == Backlog{.total = 9, .parallelism = 8, .active = 1});
    CHECK(cancel(node, ids) == 9);
    CHECK(backlog(node) == Backlog{.total = 1, .active = 1});
    finish(node, 500);
    CHECK(backlog(node) == Backlog{});
    CHECK(numbers(node).totals.canceled == 10);
  }
}

TEST_CASE("messages that are due wait for a slot") {
  EngineSettings settings;
  settings.in_flight_max = 4;  // Of which one host gets half.
  Node node(settings);
  std::vector<MessageId> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(node.publish(Node::message()).id);
  node.publish(limited(3, 0));
  node.run_for(Milliseconds(50));
  CHECK(backlog(node) == Backlog{.total = 6, .slot = 4, .active = 2});
  CHECK(cancel(node, {ids[3]}) == 1);
  CHECK(backlog(node) == Backlog{.total = 5, .slot = 3, .active = 2});
  for (int i = 0; i < 5; ++i) finish(node, 200);
  CHECK(backlog(node) == Backlog{});
}

TEST_CASE("run now takes a message out of its time, and a retry too") {
  Node node;
  const MessageId far = node.publish(delayed(node, 5 * hour)).id;
  const auto run_now = [&] {
    REQUIRE(node.ask<void>(
        [&](Reply<void> reply) { node.broker->run_now(account, far, std::move(reply)); }));
    node.run_for(Milliseconds(50));
  };
  run_now();
  CHECK(backlog(node) == Backlog{.total = 1, .active = 1});
  finish(node, 500);
  CHECK(backlog(node) == Backlog{.total = 1, .retry = 1});
  run_now();
  CHECK(backlog(node) == Backlog{.total = 1, .active = 1});
  finish(node, 200);
  CHECK(backlog(node) == Backlog{});
}

TEST_CASE("callbacks are messages of the account, also those that hold a queue") {
  Node node;
  Publish publish = queued();
  publish.message.callback = Callback{};
  publish.message.callback->url = "http://callback.test/";
  node.publish(publish);
  node.publish(queued());
  node.run_for(Milliseconds(50));
  finish(node, 200);
  CHECK(backlog(node) == Backlog{.total = 2, .queue = 1, .active = 1});
  node.restart();
  node.run_for(Milliseconds(50));
  CHECK(backlog(node) == Backlog{.total = 2, .queue = 1, .active = 1});
  finish(node, 200);
  finish(node, 200);
  CHECK(backlog(node) == Backlog{});
  CHECK(numbers(node).totals.published == 3);
  CHECK(numbers(node).totals.delivered == 3);
}

TEST_CASE("dead letters are counted in, and out when they are deleted, retried or too old") {
  EngineSettings settings;
  settings.dead_letter_retention = 2 * hour;
  Node node(settings);
  Publish fails = Node::message();
  fails.message.retries_max = 0;
  for (int i = 0; i < 4; ++i) node.publish(fails);
  node.run_for(Milliseconds(50));
  for (int i = 0; i < 4; ++i) finish(node, 500);
  CHECK(numbers(node).dead_letters == 4);
  const std::vector<DeadLetterId> ids = dead_letters(node);
  REQUIRE(ids.size() == 4);
  const auto deleted = node.ask<std::size_t>([&](Reply<std::size_t> reply) {
    node.broker->delete_dead_letters(account, {ids[0], ids[0]}, std::move(reply));
  });
  CHECK(deleted.value() == 1);
  const auto retried =
      node.ask<std::vector<PublishReceipt>>([&](Reply<std::vector<PublishReceipt>> reply) {
        node.broker->retry_dead_letters(account, {{ids[1], [](Message&) {}}}, std::move(reply));
      });
  CHECK(retried.value().size() == 1);
  CHECK(numbers(node).dead_letters == 2);
  CHECK(numbers(node).dead_letters_last_hour == 4);
  node.run_for(Milliseconds(50));
  finish(node, 200);
  CHECK(numbers(node).totals.published == 5);
  CHECK(numbers(node).totals.dead_lettered == 4);
  node.restart();
  CHECK(numbers(node).dead_letters == 2);
  node.run_for(hour + minute);
  CHECK(numbers(node).dead_letters_last_hour == 0);
  CHECK(numbers(node).dead_letters == 2);
  node.run_for(hour);
  CHECK(numbers(node).dead_letters == 0);
  CHECK(dead_letters(node).empty());
}

TEST_CASE("minutes and hours roll over, with what happened in each") {
  Node node;
  to_next_minute(node);
  const Timestamp first = node.time.now();
  for (int i = 1; i <= 3; ++i) {
    for (int n = 0; n < i; ++n) node.publish(Node::message());
    node.run_for(Milliseconds(50));
    for (int n = 0; n < i; ++n) finish(node, 200, Microseconds(i * 10'000));
    to_next_minute(node);
  }
  // Nothing happens for two minutes, and then something.
  node.run_for(2 * minute);
  node.publish(delayed(node, hour));
  const std::vector<SeriesStep> steps = series(node, SeriesUnit::minute, 7);
  CHECK(steps[0].begin == first - minute);
  CHECK_FALSE(steps[0].backlog);
  for (std::size_t i = 1; i <= 3; ++i) {
    CHECK(steps[i].counts.published == i);
    CHECK(steps[i].counts.delivered == i);
    CHECK(steps[i].backlog == 0);
    REQUIRE(steps[i].attempt_p50_ms);
    CHECK(*steps[i].attempt_p50_ms == doctest::Approx(10.0 * static_cast<double>(i)).epsilon(0.03));
    CHECK(steps[i].lateness_p99_ms == 0.0);
  }
  CHECK(steps[4].counts == AccountCounts{});
  CHECK(steps[5].backlog == 0);
  CHECK_FALSE(steps[5].attempt_p50_ms);
  CHECK(steps[6].counts.published == 1);
  CHECK(steps[6].backlog == 1);
  CHECK(sum(steps) == numbers(node).totals);

  node.restart();
  CHECK(sum(series(node, SeriesUnit::minute, 7)) == numbers(node).totals);
  node.run_for(2 * hour);
  finish(node, 200);
  const std::vector<SeriesStep> hours = series(node, SeriesUnit::hour, 4);
  CHECK(sum(hours) == numbers(node).totals);
  CHECK(hours[1].counts.published == 7);
  CHECK(hours[1].backlog == 1);
  CHECK(hours[3].counts.delivered == 1);
  CHECK(hours[3].backlog == 0);
  REQUIRE(hours[1].attempt_p99_ms);
  CHECK(*hours[1].attempt_p99_ms == doctest::Approx(30.0).epsilon(0.03));
}

TEST_CASE("the last full minute is the one before this, whatever happened since") {
  Node node;
  to_next_minute(node);
  for (int i = 0; i < 4; ++i) node.publish(Node::message());
  node.run_for(Milliseconds(50));
  for (int i = 0; i < 4; ++i) finish(node, i == 0 ? 500 : 200, Microseconds(8'000));
  CHECK(numbers(node).last_minute.counts == AccountCounts{});  // It is not over.
  to_next_minute(node);
  const auto check = [&] {
    const AccountNumbers::Minute last = numbers(node).last_minute;
    CHECK(last.counts.published == 4);
    CHECK(last.counts.attempts >= 4);
    CHECK(last.counts.failed_attempts == 1);
    REQUIRE(last.attempt_p50_ms);
    CHECK(*last.attempt_p50_ms == doctest::Approx(8.0).epsilon(0.03));
    CHECK(last.lateness_p99_ms == 0.0);
  };
  check();
  node.publish(delayed(node, hour));
  check();
  node.restart();
  check();
  node.run_for(minute);
  CHECK(numbers(node).last_minute.counts.published == 1);
  node.run_for(minute);
  CHECK(numbers(node).last_minute.counts == AccountCounts{});
}

TEST_CASE("steps of a day or a month ago are not taken for new ones") {
  Node node;
  node.publish(delayed(node, 400 * 24 * hour));
  to_next_minute(node);
  node.publish(delayed(node, 400 * 24 * hour));
  node.run_for(minute);
  // As long as the ring is, and through a downtime that no step was made in.
  node.crash();
  node.run_for(24 * hour - 2 * minute);
  node.boot();
  CHECK(sum(series(node, SeriesUnit::minute, 1'440)).published == 1);  // The first one is too old.
  node.publish(delayed(node, 400 * 24 * hour));
  CHECK(sum(series(node, SeriesUnit::minute, 15)).published == 1);
  CHECK(sum(series(node, SeriesUnit::hour, 720)).published == 3);
  node.crash();
  node.run_for(31 * 24 * hour);
  node.boot();
  CHECK(sum(series(node, SeriesUnit::minute, 1'440)) == AccountCounts{});
  CHECK(sum(series(node, SeriesUnit::hour, 720)) == AccountCounts{});
  for (const SeriesStep& step : series(node, SeriesUnit::hour, 720)) CHECK(step.backlog == 3);
  node.publish(delayed(node, 400 * 24 * hour));
  CHECK(sum(series(node, SeriesUnit::hour, 720)).published == 1);
  CHECK(numbers(node).totals.published == 4);
}

TEST_CASE("lateness tells of slots, not of the limits that people set") {
  EngineSettings settings;
  settings.in_flight_max = 1;
  Node node(settings);
  to_next_minute(node);
  SUBCASE("a message that waited for a slot was late") {
    node.publish(Node::message());
    node.publish(Node::message());
    node.run_for(Milliseconds(5'000));
    finish(node, 200);
    finish(node, 200);
    to_next_minute(node);
    REQUIRE(numbers(node).last_minute.lateness_p99_ms);
    CHECK(*numbers(node).last_minute.lateness_p99_ms == doctest::Approx(5'000).epsilon(0.04));
  }
  SUBCASE("one that waited for its key or its queue was not") {
    node.publish(limited(1, 0));
    node.publish(limited(1, 0));
    node.publish(queued());
    node.run_for(Milliseconds(50));
    node.run_for(Milliseconds(5'000));
    finish(node, 200);
    // The queue's message had its turn at once, but not the slot.
    finish(node, 200);
    finish(node, 200);
    to_next_minute(node);
    const AccountNumbers::Minute last = numbers(node).last_minute;
    CHECK(last.counts.attempts == 3);
    CHECK(*last.lateness_p99_ms == doctest::Approx(5'050).epsilon(0.04));
    const std::vector<SeriesStep> steps = series(node, SeriesUnit::minute, 2);
    CHECK(steps[0].counts.attempts == 3);
  }
}

TEST_CASE("a data directory that nothing was counted in is counted once") {
  EngineSettings settings;
  settings.list_window_max = 3;
  Node node(settings);
  Publish fails = Node::message();
  fails.message.retries_max = 0;
  node.publish(fails);
  node.run_for(Milliseconds(50));
  finish(node, 500);
  for (int i = 0; i < 6; ++i) node.publish(limited(1, 0));
  node.run_for(Milliseconds(50));
  finish(node, 500);
  node.run_for(Milliseconds(2'000));  // A retry in the key's list, in the store.
  node.publish(delayed(node, 5 * hour));
  for (int i = 0; i < 6; ++i) node.publish(queued());
  node.run_for(Milliseconds(50));
  const Backlog before = backlog(node);
  CHECK(before.total == 13);
  node.crash();
  // As an earlier version would have left it.
  auto& meta = node.disk.spaces[static_cast<std::size_t>(Space::meta)];
  std::erase_if(meta, [](const auto& entry) {
    for (const auto kind :
         {keys::Resource::statistics, keys::Resource::minute, keys::Resource::hour}) {
      if (keys::parse_resource(kind, entry.first)) return true;
    }
    return entry.first == keys::meta(0, "counted");
  });
  node.boot();
  node.run_for(Milliseconds(50));
  CHECK(backlog(node) == before);
  CHECK(numbers(node).dead_letters == 1);
  CHECK(numbers(node).totals == AccountCounts{.published = 14, .dead_lettered = 1});
  // Once: what is counted from now on is not counted again.
  node.publish(delayed(node, hour));
  node.restart();
  node.run_for(Milliseconds(50));
  CHECK(numbers(node).totals.published == 15);
  CHECK(backlog(node).total == 14);
}

TEST_CASE("accounts are counted apart, and together for the whole") {
  Node node;
  Publish theirs = delayed(node, hour);
  theirs.message.account = 2;
  node.publish(theirs);
  node.publish(delayed(node, hour));
  node.publish(delayed(node, hour));
  CHECK(numbers(node).backlog.total == 2);
  CHECK(node.broker->numbers(2).backlog.total == 1);
  CHECK(node.broker->numbers(3).backlog.total == 0);
  CHECK(node.broker->backlog() == Backlog{.total = 3, .time = 3});
}

TEST_CASE("a damaged step is left out and told") {
  Node node;
  node.publish(delayed(node, 5 * hour));
  to_next_minute(node);
  node.publish(delayed(node, 5 * hour));
  node.run_for(5 * minute);
  auto& meta = node.disk.spaces[static_cast<std::size_t>(Space::meta)];
  std::size_t damaged = 0;
  for (auto& [key, value] : meta) {
    if (!keys::parse_resource(keys::Resource::minute, key)) continue;
    value = "garbage";
    ++damaged;
  }
  REQUIRE(damaged == 1);
  node.restart();
  std::size_t skipped = 0;
  const auto steps = read_series(*node.store, account, node.broker->series_edge(account),
                                 SeriesUnit::minute, 15, node.time.now(), skipped);
  REQUIRE(steps);
  CHECK(skipped == 1);
  CHECK(sum(*steps).published == 1);
}

}  // namespace godwit
