// «Запустить», «Остановить», «Пауза»: what leaves for the broker, and what comes back.
#include <doctest/doctest.h>

#include <set>

#include "imagegen/domain/planning.h"
#include "imagegen/generations/test_world.h"
#include "imagegen/generations/transitions.h"

namespace godwit::imagegen {

TEST_CASE("T1: without a token starting tells so, and no request leaves") {
  TestWorld test(false);
  const std::string id = test.create(3);
  const auto started = test.generations->start_generation(id, Mode::broker);
  REQUIRE_FALSE(started.has_value());
  CHECK(started.error().code == "qstash_token_missing");
  CHECK(test.broker.requests.empty());
  CHECK(test.state(id, 0) == "pending/draft");
  CHECK(test.generation(id).state == GenerationState::ready);
}

TEST_CASE("T3: five images at 60 an hour leave with delays of 0, 60, 120, 180, 240 s") {
  TestWorld test;
  const std::string id = test.started(5, 60);
  REQUIRE(test.broker.messages.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    const StoredMessage& message = test.broker.messages[i];
    CHECK(message.header("Upstash-Delay") == std::to_string(60 * i) + "s");
    const Task task = test.task(id, i);
    CHECK(task.due == test.clock.now() + std::chrono::seconds(60 * i));
    CHECK(task.message_id == message.id);
    CHECK(message.body ==
          R"({"generationId":")" + id + R"(","taskId":")" + task.id + R"(","run":1})");
    CHECK(message.header("Upstash-Deduplication-Id") == task.id + "-1");
    CHECK(test.state(id, i) == "pending/queued");
  }
  const StoredMessage& first = test.broker.messages[0];
  CHECK(first.destination == "http://127.0.0.1:9000/api/process-generation-task");
  CHECK(first.header("Upstash-Retries") == "3");
  CHECK(first.header("Upstash-Timeout") == "150s");
  CHECK(first.header("Upstash-Label") == "imagegen:" + id);
  CHECK(first.header("Upstash-Failure-Callback") == "http://127.0.0.1:9000/api/task-results");
  CHECK(first.header("Upstash-Flow-Control-Key") == "imagegen:demo");
  CHECK(first.header("Upstash-Flow-Control-Value") == "rate=60, period=1h");
  CHECK(test.generation(id).state == GenerationState::running);
  CHECK(test.broker.requests.size() == 1);
}

TEST_CASE("T3: eight images at 7 an hour are spread without adding up rounding") {
  TestWorld test;
  test.started(8, 7);
  const std::vector<long> expected{0, 515, 1029, 1543, 2058, 2572, 3086, 3600};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(test.broker.messages[i].delay() == expected[i]);
  }
}

TEST_CASE("delays do not depend on how long sending takes") {
  TestWorld test;
  test.broker.before_answer = [&] { test.clock.advance(std::chrono::seconds(7)); };
  test.started(250, 3600);
  REQUIRE(test.broker.messages.size() == 250);
  for (std::size_t i = 0; i < 250; ++i) {
    CHECK(test.broker.messages[i].delay() == static_cast<long>(i));
  }
  CHECK(test.broker.requests.size() == 3);  // Batches of a hundred.
}

TEST_CASE("without flow control only delays are sent, as the guide says") {
  TestWorld test;
  AppSettings settings;
  settings.flow_control = false;
  REQUIRE(test.storage->save_settings(settings).has_value());
  test.started(1);
  CHECK(test.broker.messages[0].header("Upstash-Flow-Control-Key").empty());
}

TEST_CASE("T4: only pending tasks are sent, and a second click sends nothing") {
  TestWorld test;
  const std::string id = test.create(3);
  TestWorld::must(test.run(test.generations->cancel_task(test.task(id, 1).id)));
  TestWorld::must(test.generations->start_generation(id, Mode::broker));
  // Before the first has even been sent.
  const auto again = test.generations->start_generation(id, Mode::broker);
  REQUIRE_FALSE(again.has_value());
  CHECK(again.error().code == "nothing_pending");
  test.wait_sent(id);
  CHECK(test.broker.messages.size() == 2);
  CHECK(test.generations->start_generation(id, Mode::broker).error().code == "nothing_pending");
  CHECK(test.broker.messages.size() == 2);
  CHECK(test.state(id, 1) == "canceled");
}

TEST_CASE("a second generation is planned behind the first one of the same key") {
  TestWorld test;
  test.started(3, 60);
  const std::string second = test.started(2, 60);
  CHECK(test.task(second, 0).due == test.clock.now() + std::chrono::seconds(180));
  CHECK(test.broker.messages[3].delay() == 180);
  CHECK(test.broker.messages[4].delay() == 240);
}

TEST_CASE("the limit on the wire is the smallest of the generations under way, or the account's") {
  TestWorld test;
  test.started(2, 30);
  test.started(1, 60);
  CHECK(test.broker.messages.back().header("Upstash-Flow-Control-Value") == "rate=30, period=1h");
  AppSettings settings;
  settings.account_rate_limit = 500;
  REQUIRE(test.storage->save_settings(settings).has_value());
  test.started(1, 60);
  CHECK(test.broker.messages.back().header("Upstash-Flow-Control-Value") == "rate=500, period=1h");
}

TEST_CASE("messages that the broker refuses leave their tasks as drafts, with the reason") {
  TestWorld test;
  test.broker.refuse_items_from = 150;
  const std::string id = test.create(300, 3600);
  TestWorld::must(test.generations->start_generation(id, Mode::broker));
  test.wait_sent(id);
  GenerationView view = TestWorld::must(test.generations->view(id));
  REQUIRE(view.sending.has_value());
  CHECK_FALSE(view.sending->active);
  CHECK(view.sending->sent == 150);
  CHECK(view.sending->total == 300);
  REQUIRE(view.sending->problem.has_value());
  CHECK(view.sending->problem->code == "broker_refused");
  CHECK(view.sending->problem->detail.find("quota maxDelay exceeded") != std::string::npos);
  CHECK(test.state(id, 149) == "pending/queued");
  CHECK(test.state(id, 150) == "pending/draft");
  CHECK(test.state(id, 299) == "pending/draft");
  CHECK_FALSE(test.task(id, 299).due.has_value());
  CHECK(view.generation.state == GenerationState::running);

  test.broker.refuse_items_from = SIZE_MAX;  // «Отправить оставшиеся»
  TestWorld::must(test.generations->start_generation(id, Mode::broker));
  test.wait_sent(id);
  CHECK(test.broker.messages.size() == 300);
  CHECK(test.state(id, 299) == "pending/queued");
  CHECK_FALSE(TestWorld::must(test.generations->view(id)).sending.has_value());
}

TEST_CASE("a broker that refuses the token is told at once") {
  TestWorld test;
  test.environment.qstash_token = "another-token-012345";
  const std::string id = test.create(2);
  TestWorld::must(test.generations->start_generation(id, Mode::broker));
  test.wait_sent(id);
  const GenerationView view = TestWorld::must(test.generations->view(id));
  CHECK(view.sending->problem->code == "qstash_token_refused");
  CHECK(view.generation.problem->code == "qstash_token_refused");
  CHECK(view.generation.state == GenerationState::ready);
  CHECK(test.state(id, 0) == "pending/draft");
  CHECK(test.log_text.find("another-token") == std::string::npos);
}

TEST_CASE("while the broker does not answer, sending waits and goes on with the same messages") {
  TestWorld test;
  test.broker.refuse_status = 503;
  const std::string id = test.create(2);
  TestWorld::must(test.generations->start_generation(id, Mode::broker));
  run_until(test.io, [&] { return test.generation(id).problem.has_value(); });
  CHECK(test.generation(id).problem->code == "broker_unreachable");
  CHECK(test.generation(id).state == GenerationState::sending);
  CHECK(test.state(id, 0) == "pending/draft");
  test.broker.refuse_status = 0;
  test.wait_sent(id);
  CHECK(test.broker.messages.size() == 2);
  CHECK(test.broker.messages[0].header("Upstash-Deduplication-Id").ends_with("-1"));
  CHECK_FALSE(test.generation(id).problem.has_value());
}

TEST_CASE("what a former process had planned and not sent is sent by the next one, once") {
  TestWorld test;
  const std::string id = test.create(3);
  // The broker takes the batch, and the process dies before its answer is noted.
  test.broker.before_answer = [&] { test.generations->stop(); };
  TestWorld::must(test.generations->start_generation(id, Mode::broker));
  run_until(test.io, [&] { return test.broker.messages.size() == 3; });
  test.restart();
  CHECK(test.task(id, 0).message_id.empty());
  test.generations->start();
  test.wait_sent(id);
  CHECK(test.broker.messages.size() == 3);
  CHECK(test.task(id, 2).message_id == test.broker.messages[2].id);
  CHECK(test.state(id, 2) == "pending/queued");
}

TEST_CASE("T16: stopping cancels at the broker, tasks are pending, starting goes on from there") {
  TestWorld test;
  const std::string id = test.started(4);
  const std::string first_message = test.task(id, 1).message_id;
  CHECK(test.deliver(test.task(id, 0).message_id).status == 200);
  const GenerationView stopped = TestWorld::must(test.run(test.generations->stop_generation(id)));
  CHECK(stopped.generation.state == GenerationState::ready);
  CHECK(stopped.summary.done == 1);
  CHECK(stopped.summary.pending == 3);
  CHECK(test.broker.alive().empty());
  CHECK(test.state(id, 1) == "pending/draft");
  CHECK_FALSE(test.task(id, 1).due.has_value());

  // One that was on its way all the same draws nothing.
  test.broker.find(first_message)->state = "CREATED";
  const HttpResponse late = test.deliver(first_message);
  CHECK(late.status == 200);
  CHECK(late.body.find("canceled") != std::string::npos);
  CHECK(test.provider->requests.size() == 1);

  TestWorld::must(test.generations->start_generation(id, Mode::broker));
  test.wait_sent(id);
  CHECK(test.broker.alive().size() == 3);
  CHECK(test.task(id, 1).run == 2);
  CHECK(test.broker.alive()[0].header("Upstash-Deduplication-Id").ends_with("-2"));
  // And now it is an older one than the one that counts.
  const HttpResponse older = test.deliver(first_message);
  CHECK(older.body.find("superseded") != std::string::npos);
  CHECK(test.provider->requests.size() == 1);
}

TEST_CASE("stopping while a batch is on its way leaves no message behind") {
  TestWorld test;
  const std::string id = test.create(3);
  std::optional<Outcome<GenerationView>> stopped;
  test.broker.before_answer = [&] {
    asio::co_spawn(test.io, test.generations->stop_generation(id),
                   [&](const std::exception_ptr&, Outcome<GenerationView> view) {
                     stopped = std::move(view);
                   });
  };
  TestWorld::must(test.generations->start_generation(id, Mode::broker));
  run_until(test.io, [&] {
    return stopped.has_value() && test.broker.messages.size() == 3 && test.broker.alive().empty();
  });
  CHECK(test.state(id, 0) == "pending/draft");
  CHECK(test.generation(id).state == GenerationState::ready);
}

TEST_CASE("a pause holds only its own generation, and resuming keeps the attempts that are left") {
  TestWorld test;
  const std::string id = test.started(3);
  const std::string other = test.started(1);
  test.provider->outcomes.emplace_back(temporary());
  CHECK(test.deliver(test.task(id, 0).message_id).status == 503);
  GenerationView view = TestWorld::must(test.run(test.generations->pause(id)));
  CHECK(view.generation.state == GenerationState::paused);
  CHECK(test.state(id, 0) == "pending/waiting_limit");
  CHECK_FALSE(test.task(id, 2).due.has_value());
  REQUIRE(test.broker.alive().size() == 1);
  CHECK(test.broker.alive()[0].id == test.task(other, 0).message_id);

  view = TestWorld::must(test.run(test.generations->resume(id)));
  test.wait_sent(id);
  CHECK(test.generation(id).state == GenerationState::running);
  CHECK(test.broker.alive().size() == 4);
  const StoredMessage again = *test.broker.find(test.task(id, 0).message_id);
  CHECK(again.header("Upstash-Retries") == "2");
  CHECK(again.body.find(R"("attemptsBefore":1)") != std::string::npos);
}

TEST_CASE("the attempt under way ends although its generation is paused or stopped") {
  TestWorld test;
  const std::string id = test.started(2);
  test.provider->outcomes.emplace_back(temporary());
  std::optional<Outcome<GenerationView>> paused;
  test.provider->during = [&] {
    asio::co_spawn(
        test.io, test.generations->pause(id),
        [&](const std::exception_ptr&, Outcome<GenerationView> view) { paused = std::move(view); });
  };
  CHECK(test.deliver(test.task(id, 0).message_id).status == 503);
  run_until(test.io, [&] { return paused.has_value(); });
  // It failed for now: its next attempt comes when it is resumed.
  CHECK(test.state(id, 0) == "pending/waiting_limit");
  CHECK_FALSE(test.task(id, 0).due.has_value());
  CHECK(test.task(id, 0).error->code == "unavailable");
}

TEST_CASE("a new rate plans again what is not delivered, and nothing else") {
  TestWorld test;
  const std::string id = test.started(3, 60);
  test.deliver(test.task(id, 0).message_id);
  const Outcome<GenerationView> view = test.run(test.generations->replan(id, 120));
  REQUIRE(view.has_value());
  test.wait_sent(id);
  CHECK(view->generation.options.rate_limit == 120);
  CHECK(test.state(id, 0) == "done");
  const std::vector<StoredMessage> alive = test.broker.alive();
  REQUIRE(alive.size() == 2);
  CHECK(alive[0].delay() == 30);  // An interval after the call that was made.
  CHECK(alive[1].delay() == 60);
  CHECK(test.run(test.generations->replan(id, 0)).error().field == "rateLimit");
}

TEST_CASE("a change of rate that a crash interrupted is finished by the next process") {
  TestWorld test;
  const std::string id = test.started(2);
  for (const Task& task : test.tasks(id)) {
    Task held = *hold(task);
    REQUIRE(test.storage->update(held).has_value());
  }
  test.restart();
  test.generations->start();
  run_until(test.io, [&] { return test.state(id, 1) == "pending/queued"; });
  CHECK(test.task(id, 1).run == 2);
}

TEST_CASE("failed tasks are drawn again when people say so") {
  TestWorld test;
  const std::string id = test.started(2);
  test.provider->outcomes.emplace_back(permanent());
  test.deliver(test.task(id, 0).message_id);
  test.deliver(test.task(id, 1).message_id);
  GenerationView view = TestWorld::must(test.generations->view(id));
  CHECK(view.generation.state == GenerationState::finished_with_errors);
  TestWorld::must(test.generations->retry_failed(id));
  test.wait_sent(id);
  CHECK(test.state(id, 0) == "pending/queued");
  CHECK(test.generation(id).state == GenerationState::running);
  test.clock.advance(std::chrono::seconds(120));
  test.deliver(test.task(id, 0).message_id);
  view = TestWorld::must(test.generations->view(id));
  CHECK(view.generation.state == GenerationState::finished);
  CHECK(view.generation.finished.has_value());
  CHECK(test.generations->retry_task(test.task(id, 0).id).error().code == "task_not_retryable");
}

TEST_CASE("a generation that waits for its time starts by itself") {
  TestWorld test;
  GenerationRequest request = TestWorld::request(1, 60);
  request.start_at = test.clock.now() + Milliseconds(5);
  const std::string id = TestWorld::must(test.generations->create(request)).generation.id;
  CHECK(test.generation(id).state == GenerationState::scheduled);
  test.generations->start();
  test.clock.advance(Milliseconds(5));
  run_until(test.io, [&] { return test.state(id, 0) == "pending/queued"; });
  CHECK_FALSE(test.generation(id).start_at.has_value());
}

TEST_CASE("W4: a hosted broker is not sent to an address of this machine") {
  TestWorld test;
  test.environment.qstash_url = "https://qstash.upstash.io";
  const std::string id = test.create(1);
  const auto started = test.generations->start_generation(id, Mode::broker);
  CHECK(started.error().code == "webhook_unreachable");
  const Preview preview = TestWorld::must(test.generations->preview(TestWorld::request(1, 60)));
  REQUIRE(preview.warnings.size() == 1);
  CHECK(preview.warnings[0].code == "webhook_unreachable");
}

TEST_CASE("removing a generation takes its messages, tasks and images with it") {
  TestWorld test;
  const std::string id = test.started(3);
  test.deliver(test.task(id, 0).message_id);
  const std::string image = test.task(id, 0).image->id;
  CHECK(test.run(test.files->read(image, "image/png")).has_value());
  CHECK(TestWorld::must(test.run(test.generations->remove(id))) == 1);
  CHECK(test.broker.alive().empty());
  CHECK(test.run(test.files->read(image, "image/png")).error().code == ErrorCode::not_found);
  CHECK(test.generations->view(id).error().code == "generation_not_found");
}

TEST_CASE("clearing removes tasks of one kind, with their images") {
  TestWorld test;
  const std::string id = test.started(3);
  test.deliver(test.task(id, 0).message_id);
  const std::string image = test.task(id, 0).image->id;
  GenerationView view = TestWorld::must(test.run(test.generations->clear(id, ClearWhat::done)));
  CHECK(view.summary.total() == 2);
  CHECK(test.run(test.files->read(image, "image/png")).error().code == ErrorCode::not_found);
  view = TestWorld::must(test.run(test.generations->clear(id, ClearWhat::all)));
  CHECK(view.summary.total() == 0);
  CHECK(test.broker.alive().empty());
}

TEST_CASE("a copy of a generation has the prompts and values that it had") {
  TestWorld test;
  Parameter animal;
  animal.id = "par_1";
  animal.name = "animal";
  animal.values = {"cat", "dog"};
  REQUIRE(test.storage->insert(animal).has_value());
  GenerationRequest request = TestWorld::request(0, 60);
  request.prompts = {"a {{animal}}"};
  request.options.images_per_variant = 2;
  request.options.style = "oil";
  request.options.seed_policy = SeedPolicy::increment;
  request.options.seed = 7;
  const std::string id = TestWorld::must(test.generations->create(request)).generation.id;
  REQUIRE(test.storage->remove_parameter("par_1").has_value());
  const std::string copy = TestWorld::must(test.generations->duplicate(id, "Again")).generation.id;
  const std::vector<Task> tasks = test.tasks(copy);
  REQUIRE(tasks.size() == 4);
  CHECK(tasks[0].prompt == "a cat, oil");
  CHECK(tasks[3].prompt == "a dog, oil");
  CHECK(tasks[3].seed == 10);
  CHECK(test.generation(copy).name == "Again");
  CHECK(test.generations->create(request).error().code == "unknown_parameter");
  const Preview preview = TestWorld::must(test.generations->preview(request));
  CHECK(preview.unknown_parameters == std::vector<std::string>{"animal"});
}

}  // namespace godwit::imagegen
