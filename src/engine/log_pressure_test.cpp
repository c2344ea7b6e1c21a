// What the log goes without while the disk is behind, and that nothing else depends on it.
#include "engine/log_pressure.h"

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "engine/message_search.h"
#include "store/memory_store.h"
#include "testing/simulated_node.h"

namespace godwit {
namespace {

constexpr AccountId account = Node::account;
constexpr std::size_t kib = 1024;

/// An engine whose batches are committed when the test says so.
class Held {
 public:
  explicit Held(EngineSettings settings) : engine(settings, *store, 42) {
    engine.set_signing_keys(account, {"sig_a", "sig_b"});
    REQUIRE(engine.recover(now));
    commit();
  }

  MessageId publish(std::string body, int retries = 3) {
    Publish publish = Node::message();
    publish.message.body = std::move(body);
    publish.message.retries_max = retries;
    std::optional<MessageId> id;
    engine.publish(std::move(publish), now, [&](const Result<PublishReceipt>& receipt) {
      REQUIRE(receipt);
      id = receipt->id;
    });
    // Replies and starts run at once here: nothing of this process will be lost.
    for (Engine::Effect& effect : engine.take_effects()) {
      if (effect.reply) {
        effect.reply();
      } else {
        started.push_back(std::move(effect.start));
      }
    }
    REQUIRE(id);
    return *id;
  }
  void answer(int status) {
    REQUIRE_FALSE(started.empty());
    const StartAttempt attempt = std::move(started.front());
    started.pop_front();
    AttemptResult result;
    result.status = status;
    result.response_headers = {{"Server", "x"}};
    result.response_body = "the answer";
    result.timing = AttemptTiming{};
    result.timing->total = Microseconds(1'500);
    engine.attempt_finished(attempt.message->id, attempt.attempt, std::move(result), now);
  }
  /// What only makes bytes, and is never attempted in time.
  void fill(std::size_t bytes) {
    Publish publish = Node::message();
    publish.message.body = std::string(bytes, 'x');
    publish.message.not_before = now + Milliseconds(10'000);
    engine.publish(std::move(publish), now, [](const Result<PublishReceipt>&) {});
    engine.take_effects();
    closed.push_back(engine.take());
  }
  void commit() {
    closed.push_back(engine.take());
    for (Engine::Step& step : closed) {
      store->commit(std::move(step.batch), [](const Result<void>& done) { REQUIRE(done); });
      engine.committed(step.sequence);
    }
    closed.clear();
  }
  MessageHistory read(MessageId id) {
    commit();
    LogQuery query;
    query.account = account;
    query.filter.ids = {id};
    auto found = read_message(*store, 1, account, id, engine.living(query), true);
    REQUIRE(found);
    REQUIRE(*found);
    return std::move(**found);
  }

  Timestamp now = from_unix_ms(1'790'000'000'000);
  std::unique_ptr<Store> store = make_memory_store();
  Engine engine;
  std::deque<StartAttempt> started;
  std::vector<Engine::Step> closed;
};

EngineSettings shedding_from(std::size_t bytes) {
  EngineSettings settings;
  settings.log_shed_bytes = bytes;
  return settings;
}

/// A run of everything that ends messages, with what is on the disk afterwards.
struct WholeRun {
  std::vector<std::string> started;
  SimulatedDisk disk;
  EngineStats stats;
};
WholeRun run_everything(std::size_t shed_bytes) {
  Node node(shedding_from(shed_bytes));
  WholeRun run;
  const auto answer_all = [&](std::vector<int> statuses) {
    for (const int status : statuses) {
      node.run_for(Milliseconds(100));
      if (node.attempts.started.empty()) return;
      run.started.push_back(node.started()[0]);
      node.answer(0, status, "the answer");
    }
  };
  for (int i = 0; i < 6; ++i) {
    Publish publish = Node::message();
    publish.message.body = std::string(100, static_cast<char>('a' + i));
    publish.message.retries_max = 1;
    Callback callback;
    callback.url = "http://b.test/";
    publish.message.callback = std::move(callback);
    if (i % 2 == 0) publish.message.queue = "q";
    if (i == 5) publish.message.not_before = node.time.now() + Milliseconds(200'000);
    node.publish(std::move(publish));
  }
  answer_all({200, 500, 404, 200, 500, 200, 200});
  node.run_for(Milliseconds(300'000));
  answer_all(std::vector<int>(40, 500));
  node.run_for(Milliseconds(300'000));
  answer_all(std::vector<int>(40, 404));
  node.run_for(Milliseconds(1'000));
  run.disk = node.disk;
  run.stats = node.engine->stats();
  return run;
}

}  // namespace

TEST_CASE("bodies go first, then headers, and each comes back at half of what began it") {
  LogPressure pressure(100);
  struct Step {
    std::size_t bytes;
    LogOmission expected;
  };
  using enum LogOmission;
  for (const Step& step :
       {Step{99, nothing}, Step{100, bodies}, Step{199, bodies}, Step{60, bodies}, Step{50, bodies},
        Step{49, nothing}, Step{99, nothing}, Step{200, bodies_and_headers},
        Step{150, bodies_and_headers}, Step{100, bodies_and_headers}, Step{99, bodies},
        Step{150, bodies}, Step{500, bodies_and_headers}, Step{10, nothing}}) {
    INFO(step.bytes);
    CHECK(pressure.omission(step.bytes) == step.expected);
  }
  // Closed batches count until they are committed.
  pressure.closed(1, 80);
  pressure.closed(2, 40);
  CHECK(pressure.omission(0) == bodies);
  pressure.committed(1);
  CHECK(pressure.omission(0) == nothing);
  CHECK(pressure.omission(160) == bodies_and_headers);
  pressure.committed(2);
  CHECK(pressure.omission(0) == nothing);

  LogPressure never(0);
  never.closed(1, 1u << 30);
  CHECK(never.omission(1u << 30) == nothing);
}

TEST_CASE("a log is degraded from its first omission until a minute after its last") {
  LogPressure pressure(100);
  const Timestamp begin = from_unix_ms(1'790'000'000'000);
  CHECK_FALSE(pressure.degraded(account, begin));
  pressure.shed(account, 2, begin);
  pressure.shed(account, 0, begin + Milliseconds(50'000));  // Headers only.
  pressure.shed(account, 1, begin + Milliseconds(100'000));
  const auto degraded = pressure.degraded(account, begin + Milliseconds(159'999));
  REQUIRE(degraded);
  CHECK(degraded->since == begin);
  CHECK(degraded->bodies_shed == 3);
  CHECK_FALSE(pressure.degraded(account + 1, begin));
  CHECK_FALSE(pressure.degraded(account, begin + Milliseconds(160'000)));

  const Timestamp again = begin + Milliseconds(500'000);
  pressure.shed(account, 4, again);
  CHECK(pressure.degraded(account, again)->since == again);
  CHECK(pressure.degraded(account, again)->bodies_shed == 4);
  CHECK(pressure.bodies_shed() == 7);
}

TEST_CASE("records that end while the disk is behind go without bodies, and say so") {
  Held held(shedding_from(50 * kib));
  const MessageId whole = held.publish("hello");
  held.answer(200);
  held.fill(60 * kib);
  const MessageId shed = held.publish("hello");
  held.answer(200);
  const MessageId empty = held.publish("");
  held.answer(200);
  held.fill(60 * kib);
  const MessageId bare = held.publish("hello", 0);
  held.answer(404);
  CHECK(held.engine.stats().log_bodies_shed == 2 + 1 + 2);
  const auto degraded = held.engine.logs_degraded(account, held.now);
  REQUIRE(degraded);
  CHECK(degraded->since == held.now);
  CHECK(degraded->bodies_shed == 5);
  CHECK_FALSE(held.engine.logs_degraded(account, held.now + LogPressure::degraded_for));

  const MessageHistory first = held.read(whole);
  CHECK_FALSE(first.degraded);
  CHECK(first.summary.message->body == "hello");
  CHECK(first.summary.last->response_body == "the answer");

  const MessageHistory second = held.read(shed);
  CHECK(second.degraded);
  CHECK(second.summary.state == MessageState::delivered);
  CHECK(second.summary.message->body.empty());
  CHECK(second.summary.body_size == 5);
  CHECK_FALSE(second.body_whole);
  CHECK(second.rows.size() == first.rows.size());
  CHECK(second.summary.last->response_body.empty());
  CHECK(second.summary.last->response_headers == Headers{{"Server", "x"}});
  CHECK(second.summary.last->status == 200);
  CHECK(second.summary.last->timing == first.summary.last->timing);

  CHECK(held.read(empty).degraded);  // Its response had a body.
  const MessageHistory third = held.read(bare);
  CHECK(third.degraded);
  CHECK(third.summary.state == MessageState::failed);
  CHECK(third.summary.last->status == 404);
  CHECK(third.summary.last->response_headers.empty());
  CHECK(third.summary.last->timing.has_value());

  // Dead letters are no log.
  DeadLetterQuery letters;
  letters.account = account;
  const auto page = list_dead_letters(*held.store, 1, letters);
  REQUIRE(page);
  REQUIRE(page->entries.size() == 1);
  CHECK(page->entries[0].record.message.body == "hello");
  CHECK(page->entries[0].record.last.response_body == "the answer");
  CHECK(page->entries[0].record.last.response_headers == Headers{{"Server", "x"}});

  // The disk has caught up.
  const MessageId later = held.publish("hello");
  held.answer(200);
  CHECK_FALSE(held.read(later).degraded);
  CHECK(held.engine.stats().log_bodies_shed == 5);
}

TEST_CASE("a body that an earlier record has is shown, whatever the last one went without") {
  Held held(shedding_from(50 * kib));
  const MessageId id = held.publish("hello");
  held.answer(500);
  held.fill(60 * kib);
  held.now += Milliseconds(2'000);
  held.engine.tick(held.now);
  for (Engine::Effect& effect : held.engine.take_effects()) {
    if (!effect.reply) held.started.push_back(std::move(effect.start));
  }
  held.answer(200);
  const MessageHistory history = held.read(id);
  CHECK(history.degraded);
  CHECK(history.summary.message->body == "hello");
  CHECK(history.body_whole);
  CHECK(history.summary.attempts == 2);
}

TEST_CASE("but for the log nothing on the disk depends on what the log goes without") {
  const WholeRun kept = run_everything(0);
  const WholeRun shed = run_everything(1);
  CHECK(kept.stats.log_bodies_shed == 0);
  CHECK(shed.stats.log_bodies_shed > 10);
  CHECK(kept.started == shed.started);
  CHECK(kept.stats.delivered == shed.stats.delivered);
  CHECK(kept.stats.retried == shed.stats.retried);
  REQUIRE(kept.stats.dead_lettered > 0);
  CHECK(kept.stats.dead_lettered == shed.stats.dead_lettered);
  std::size_t degraded = 0;
  for (std::size_t space = 0; space < space_count; ++space) {
    INFO(space);
    const auto& one = kept.disk.spaces[space];
    const auto& other = shed.disk.spaces[space];
    REQUIRE(one.size() == other.size());
    if (static_cast<Space>(space) != Space::log) {
      CHECK(one == other);
      continue;
    }
    for (auto [at, same] = std::pair(one.begin(), other.begin()); at != one.end(); ++at, ++same) {
      REQUIRE(at->first == same->first);
      const auto whole = decode_log(at->second, MessageId{});
      if (!whole) continue;  // An index.
      LogRecord expected = *whole;
      LogRecord record = decode_log(same->second, MessageId{}).value();
      if (!record.degraded) continue;
      ++degraded;
      expected.degraded = true;
      expected.body_size = std::exchange(expected.message.body, {}).size();
      for (LogRow& row : expected.rows) {
        row.response_body.clear();
        row.response_headers.clear();
      }
      CHECK(record == expected);
    }
  }
  CHECK(degraded > 5);
}

}  // namespace godwit
