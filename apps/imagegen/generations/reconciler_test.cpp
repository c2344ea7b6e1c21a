#include "imagegen/generations/reconciler.h"

#include <doctest/doctest.h>

#include "imagegen/generations/test_world.h"

namespace godwit::imagegen {
namespace {

asio::awaitable<bool> run_round(Reconciler& reconciler) {
  co_await reconciler.round();
  co_return true;
}

}  // namespace

TEST_CASE("a task whose message is in the broker's dead letter queue has failed") {
  TestWorld test;
  const std::string id = test.started(2);
  test.broker.find(test.task(id, 0).message_id)->state = "FAILED";
  TestWorld::must(test.run(test.generations->reconcile(id)));
  CHECK(test.state(id, 0) == "failed/exhausted");
  CHECK(test.task(id, 0).error->code == "webhook_unreachable");
  CHECK(test.state(id, 1) == "pending/queued");
}

TEST_CASE("a message that was cancelled in the broker's console cancels its task") {
  TestWorld test;
  const std::string id = test.started(1);
  test.broker.messages[0].state = "CANCELED";
  const GenerationView view = TestWorld::must(test.run(test.generations->reconcile(id)));
  CHECK(test.state(id, 0) == "canceled");
  CHECK(view.generation.state == GenerationState::finished);
}

TEST_CASE("messages that the broker lost are sent again when they are long due, and once") {
  TestWorld test;
  const std::string id = test.started(3);
  for (StoredMessage& message : test.broker.messages) message.state = "LOST";
  TestWorld::must(test.run(test.generations->reconcile(id)));
  CHECK(test.broker.messages.size() == 3);       // They may come yet.
  test.clock.advance(std::chrono::seconds(91));  // The first two are silent, the third is not due.
  TestWorld::must(test.run(test.generations->reconcile(id)));
  run_until(test.io, [&] { return test.broker.messages.size() == 5; });
  run_until(test.io, [&] { return test.state(id, 1) == "pending/queued"; });
  CHECK(test.task(id, 0).run == 2);
  CHECK(test.task(id, 2).run == 1);
  CHECK(test.broker.messages[3].delay() == 0);
  CHECK(test.broker.messages[4].delay() == 60);
  TestWorld::must(test.run(test.generations->reconcile(id)));
  CHECK(test.broker.messages.size() == 5);
}

TEST_CASE("a broker that does not answer is the generation's problem until it is back") {
  TestWorld test;
  const std::string id = test.started(1);
  test.clock.advance(std::chrono::seconds(60));
  const std::string there = test.environment.qstash_url;
  test.environment.qstash_url = "http://127.0.0.1:9";
  TestWorld::must(test.run(test.generations->reconcile(id)));
  CHECK(test.generation(id).problem->code == "broker_unreachable");
  CHECK(test.state(id, 0) == "pending/queued");
  test.environment.qstash_url = there;
  TestWorld::must(test.run(test.generations->reconcile(id)));
  CHECK_FALSE(test.generation(id).problem.has_value());
}

TEST_CASE("the round of every minute looks only at those that are silent") {
  TestWorld test;
  test.started(1);
  std::vector<std::string> sent;
  Reconciler reconciler(test.world, [&](const std::string& id) { sent.push_back(id); });
  const std::size_t before = test.broker.requests.size();
  test.run(run_round(reconciler));
  CHECK(test.broker.requests.size() == before);
  test.clock.advance(std::chrono::seconds(31));
  test.run(run_round(reconciler));
  CHECK(test.broker.requests.size() == before + 2);  // The log and the dead letters.
}

}  // namespace godwit::imagegen
