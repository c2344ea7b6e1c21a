#include "imagegen/generations/processing.h"

#include <doctest/doctest.h>

#include "imagegen/domain/planning.h"
#include "imagegen/generations/results_key.h"
#include "imagegen/generations/test_world.h"
#include "imagegen/generations/transitions.h"

namespace godwit::imagegen {
namespace {

std::string code_of(const HttpResponse& response) {
  simdjson::dom::parser parser;
  std::string_view code;
  if (parser.parse(response.body)["error"]["code"].get(code) == simdjson::SUCCESS) {
    return std::string(code);
  }
  if (parser.parse(response.body)["status"].get(code) == simdjson::SUCCESS) {
    return std::string(code);
  }
  return {};
}

HttpRequest callback(const StoredMessage& message, const std::string& extra,
                     Timestamp now = FakeClock::start) {
  HttpRequest request;
  request.method = "POST";
  request.target = "/api/task-results";
  request.body = R"({"status":503,"body":")" + base64_encode("down") + R"(","retried":3,)" +
                 R"("maxRetries":3,"sourceMessageId":")" + message.id + R"(","sourceBody":")" +
                 base64_encode(message.body) + "\"" + extra + "}";
  Signer signer(TestBroker::current_key);
  request.headers.push_back(
      {"Upstash-Signature",
       signer.sign("http://127.0.0.1:9000/api/task-results", request.body, now, "jwt_2")});
  return request;
}

}  // namespace

TEST_CASE("a delivery draws the image, stores it, and says where it is") {
  TestWorld test;
  const std::string id = test.started(1);
  const HttpResponse response = test.deliver(test.task(id, 0).message_id);
  CHECK(response.status == 200);
  const Task task = test.task(id, 0);
  CHECK(test.state(id, 0) == "done");
  CHECK(response.body == R"({"success":true,"taskId":")" + task.id + R"(","generationId":")" + id +
                             R"(","status":"done","imageUrl":"/images/)" + task.image->id + "\"}");
  CHECK(task.image->mime == "image/png");
  CHECK(task.image->width == 8);
  CHECK(task.attempt == 1);
  CHECK(task.cost_microusd == 0);
  CHECK(task.duration.has_value());
  CHECK(test.run(test.files->read(task.image->id, "image/png")).value() ==
        test_image("image/png", 8, 6));
  CHECK(TestWorld::must(test.run(test.files->spooled(task.id, 0))) == std::nullopt);
  CHECK(test.generation(id).finished.has_value());
  const auto calls = TestWorld::must(test.storage->webhook_calls(task.id, 10));
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].code == "done");
  CHECK(calls[0].status == 200);
  CHECK(calls[0].attempt == 1);
}

TEST_CASE(
    "T5: a call without or with a wrong signature is refused, with the next key it is taken") {
  TestWorld test;
  const std::string id = test.started(1);
  const StoredMessage message = test.broker.messages[0];
  HttpRequest unsigned_call = test.delivery_of(message);
  unsigned_call.headers.erase(unsigned_call.headers.begin());
  HttpResponse response = test.run(test.processing->process(unsigned_call));
  CHECK(response.status == 401);
  CHECK(code_of(response) == "signature_missing");

  response = test.run(test.processing->process(test.delivery_of(message, "sig_of_somebody_else")));
  CHECK(response.status == 401);
  CHECK(code_of(response) == "signature_invalid");

  HttpRequest changed = test.delivery_of(message);
  changed.body.insert(changed.body.size() - 1, " ");
  CHECK(code_of(test.run(test.processing->process(changed))) == "signature_for_another_body");

  StoredMessage elsewhere = message;
  elsewhere.destination = "https://other.example/hook";
  CHECK(code_of(test.run(test.processing->process(test.delivery_of(elsewhere)))) ==
        "signature_for_another_url");
  CHECK(test.provider->requests.empty());
  CHECK(test.state(id, 0) == "pending/queued");

  response = test.run(test.processing->process(test.delivery_of(message, TestBroker::next_key)));
  CHECK(response.status == 200);
  CHECK(test.state(id, 0) == "done");
  CHECK(test.log_text.find("sig_") == std::string::npos);
}

TEST_CASE("keys that the broker rotated are fetched again, at most once a minute") {
  TestWorld test;
  const std::string id = test.started(2);
  test.deliver(test.task(id, 0).message_id);
  const auto fetches = [&] {
    return std::ranges::count(test.broker.requests, std::string("/v2/keys"), &HttpRequest::target);
  };
  CHECK(fetches() == 1);
  test.broker.current = "sig_rotated_twice_0123";
  const StoredMessage message = *test.broker.find(test.task(id, 1).message_id);
  CHECK(test.run(test.processing->process(test.delivery_of(message, "sig_rotated_twice_0123")))
            .status == 401);
  CHECK(fetches() == 1);
  test.clock.advance(std::chrono::seconds(61));
  CHECK(test.run(test.processing->process(test.delivery_of(message, "sig_rotated_twice_0123")))
            .status == 200);
  CHECK(fetches() == 2);
  test.clock.advance(std::chrono::seconds(61));
  CHECK(test.run(test.processing->process(test.delivery_of(message, "sig_of_somebody_else")))
            .status == 401);
  CHECK(test.run(test.processing->process(test.delivery_of(message, "sig_of_somebody_else")))
            .status == 401);
  CHECK(fetches() == 3);
}

TEST_CASE("keys of the environment are used without asking the broker") {
  TestWorld test;
  test.environment.current_signing_key = "sig_environment_1";
  test.environment.next_signing_key = "sig_environment_2";
  const std::string id = test.started(2);
  CHECK(test.run(test.processing->process(
                     test.delivery_of(test.broker.messages[0], "sig_environment_1")))
            .status == 200);
  CHECK(test.run(test.processing->process(
                     test.delivery_of(test.broker.messages[1], "sig_environment_2")))
            .status == 200);
  CHECK(std::ranges::count(test.broker.requests, std::string("/v2/keys"), &HttpRequest::target) ==
        0);
}

TEST_CASE("T6: two temporary errors, then done: the provider is called exactly three times") {
  TestWorld test;
  const std::string id = test.started(1);
  test.provider->outcomes.emplace_back(temporary());
  test.provider->outcomes.emplace_back(temporary("rate_limited", Milliseconds(37'500)));
  const std::string message = test.task(id, 0).message_id;
  HttpResponse response = test.deliver(message);
  CHECK(response.status == 503);
  CHECK(header_of(response, "Retry-After") == nullptr);  // The broker's own wait: 12 s.
  CHECK(test.state(id, 0) == "pending/retry_wait");
  CHECK(test.task(id, 0).due == test.clock.now() + std::chrono::seconds(12));
  CHECK(test.task(id, 0).error->code == "unavailable");
  test.clock.advance(std::chrono::seconds(12));
  response = test.deliver(message);
  CHECK(response.status == 503);
  REQUIRE(header_of(response, "Retry-After") != nullptr);
  CHECK(*header_of(response, "Retry-After") == "38");
  CHECK(test.state(id, 0) == "pending/retry_wait");
  CHECK(test.task(id, 0).attempt == 2);
  test.clock.advance(std::chrono::seconds(38));
  CHECK(test.deliver(message).status == 200);
  CHECK(test.state(id, 0) == "done");
  CHECK(test.task(id, 0).attempt == 3);
  CHECK_FALSE(test.task(id, 0).error.has_value());
  CHECK(test.provider->requests.size() == 3);
}

TEST_CASE("T7: a permanent error ends the task with one call, and the broker's retries with it") {
  TestWorld test;
  const std::string id = test.started(1);
  test.provider->outcomes.emplace_back(permanent());
  const std::string message = test.task(id, 0).message_id;
  const HttpResponse response = test.deliver(message);
  CHECK(response.status == 489);
  CHECK(*header_of(response, "Upstash-NonRetryable-Error") == "true");
  CHECK(code_of(response) == "bad_request");
  CHECK(test.state(id, 0) == "failed/permanent");
  CHECK(test.provider->requests.size() == 1);
  CHECK(test.generation(id).finished.has_value());
  // Its failure callback finds nothing to do.
  const HttpResponse noted = test.run(
      test.processing->take_result(callback(*test.broker.find(message), R"(,"dlqId":"1-0")")));
  CHECK(noted.status == 200);
  CHECK(test.state(id, 0) == "failed/permanent");
}

TEST_CASE("T8: four temporary failures exhaust the task, and the failure callback confirms it") {
  TestWorld test;
  const std::string id = test.started(1);
  const std::string message = test.task(id, 0).message_id;
  for (int attempt = 1; attempt <= 4; ++attempt) {
    test.provider->outcomes.emplace_back(temporary());
    CHECK(test.deliver(message).status == 503);
    CHECK(test.task(id, 0).attempt == attempt);
    test.clock.advance(std::chrono::hours(1));
  }
  CHECK(test.state(id, 0) == "failed/exhausted");
  CHECK(test.broker.find(message)->state == "FAILED");
  CHECK(test.provider->requests.size() == 4);
  CHECK(test.run(test.processing->take_result(
                     callback(*test.broker.find(message), R"(,"dlqId":"1-0")", test.clock.now())))
            .status == 200);
  CHECK(test.task(id, 0).error->code == "unavailable");
}

TEST_CASE("a failure callback ends a task whose webhook was never reached") {
  TestWorld test;
  const std::string id = test.started(1);
  const StoredMessage message = test.broker.messages[0];
  // An ordinary callback is no end.
  CHECK(test.run(test.processing->take_result(callback(message, ""))).status == 200);
  CHECK(test.state(id, 0) == "pending/queued");
  CHECK(test.run(test.processing->take_result(callback(message, R"(,"dlqId":"1-0")"))).status ==
        200);
  CHECK(test.state(id, 0) == "failed/exhausted");
  CHECK(test.task(id, 0).error->code == "webhook_failed");
  CHECK(test.task(id, 0).error->detail == "503: down");
  CHECK(test.generation(id).finished.has_value());

  HttpRequest forged = callback(message, R"(,"dlqId":"1-0")");
  forged.headers.clear();
  CHECK(test.run(test.processing->take_result(forged)).status == 401);
}

TEST_CASE("the failure callback of a message that was replaced is passed over") {
  TestWorld test;
  const std::string id = test.started(1);
  const StoredMessage old = test.broker.messages[0];
  TestWorld::must(test.run(test.generations->stop_generation(id)));
  TestWorld::must(test.generations->start_generation(id, Mode::broker));
  test.wait_sent(id);
  CHECK(test.run(test.processing->take_result(callback(old, R"(,"dlqId":"1-0")"))).status == 200);
  CHECK(test.state(id, 0) == "pending/queued");
}

TEST_CASE("results may be posted with the installation's own key, and with no other") {
  TestWorld test;
  const std::string id = test.started(2);
  const auto post = [&](const std::string& key, const std::string& task_id,
                        const std::string& rest) {
    HttpRequest request;
    request.headers.push_back({"Authorization", "Bearer " + key});
    request.body = R"({"generationId":")" + id + R"(","taskId":")" + task_id + "\"," + rest + "}";
    return test.run(test.processing->take_result(request));
  };
  const Task first = test.task(id, 0);
  CHECK(post("guess", first.id, R"("status":"failed","error":"broken")").status == 401);
  const std::string key = TestWorld::must(results_key(test.world));
  CHECK(
      post(key, first.id, R"("status":"failed","error":{"code":"x","message":"Broken."})").status ==
      200);
  CHECK(test.state(id, 0) == "failed/exhausted");
  CHECK(test.task(id, 0).error->message == "Broken.");
  const Task second = test.task(id, 1);
  REQUIRE(test.run(test.files->save("img_given", test_image("image/png", 4, 4))).has_value());
  CHECK(post(key, second.id, R"("status":"done","imageUrl":"/images/img_other")").status == 400);
  CHECK(post(key, second.id, R"("status":"done","imageUrl":"/images/img_given")").status == 200);
  CHECK(test.state(id, 1) == "done");
  CHECK(test.task(id, 1).image->id == "img_given");
  CHECK(post(key, second.id, R"("status":"failed","error":"late")").status == 200);
  CHECK(test.state(id, 1) == "done");
  CHECK(post(key, "tsk_unknown", R"("status":"failed","error":"x")").status == 404);
}

TEST_CASE("T9: a message that comes twice makes one image") {
  TestWorld test;
  const std::string id = test.started(1);
  const StoredMessage message = test.broker.messages[0];
  std::optional<HttpResponse> second;
  test.provider->during = [&] {
    asio::co_spawn(
        test.io, test.processing->process(test.delivery_of(message)),
        [&](const std::exception_ptr&, HttpResponse response) { second = std::move(response); });
  };
  CHECK(test.deliver(message.id).status == 200);
  run_until(test.io, [&] { return second.has_value(); });
  CHECK(second->status == 503);
  CHECK(code_of(*second) == "already_running");
  CHECK(*header_of(*second, "Retry-After") == "180");
  const std::string image = test.task(id, 0).image->id;
  // A crash right after the end leaves the spooled image behind; the next delivery clears it.
  const std::string task_id = test.task(id, 0).id;
  REQUIRE(test.run(test.files->spool(task_id, 0, test_image("image/png", 8, 6))).has_value());
  const HttpResponse third = test.deliver(message.id);
  CHECK(TestWorld::must(test.run(test.files->spooled(task_id, 0))) == std::nullopt);
  CHECK(third.status == 200);
  CHECK(third.body.find(R"("duplicate":true)") != std::string::npos);
  CHECK(test.provider->requests.size() == 1);
  CHECK(test.task(id, 0).image->id == image);
}

TEST_CASE("T10: an image that was received and not saved is saved without a second call") {
  TestWorld test;
  const std::string id = test.started(1);
  const Task task = test.task(id, 0);
  // What a crash between the provider's answer and the end leaves behind.
  REQUIRE(test.run(test.files->spool(task.id, 0, test_image("image/png", 8, 6))).has_value());
  Task drawing =
      *begin(task, {.task_id = task.id, .run = 1}, test.clock.now(), std::chrono::seconds(180));
  REQUIRE(test.storage->update(drawing).has_value());
  test.restart();
  test.generations->start();
  run_until(test.io, [&] { return test.state(id, 0) == "pending/retry_wait"; });
  CHECK(test.deliver(task.message_id).status == 200);
  CHECK(test.state(id, 0) == "done");
  CHECK(test.provider->requests.empty());
  CHECK(TestWorld::must(test.storage->calls_since("imagegen:demo", Timestamp{})) == 0);
  CHECK(TestWorld::must(test.run(test.files->spooled(task.id, 0))) == std::nullopt);
}

TEST_CASE("what is not an image is asked for again") {
  TestWorld test;
  const std::string id = test.started(1);
  ImageMade broken;
  broken.bytes = "<html>";
  test.provider->outcomes.emplace_back(broken);
  HttpResponse response = test.deliver(test.task(id, 0).message_id);
  CHECK(response.status == 503);
  CHECK(code_of(response) == "bad_image");
  test.clock.advance(std::chrono::hours(1));
  CHECK(test.deliver(test.task(id, 0).message_id).status == 200);
  CHECK(test.provider->requests.size() == 2);
}

TEST_CASE("T14: a lease that ran out is released, and the task goes on") {
  TestWorld test;
  const std::string id = test.started(1);
  Task drawing = *begin(test.task(id, 0), {.task_id = test.task(id, 0).id, .run = 1},
                        test.clock.now(), std::chrono::seconds(180));
  REQUIRE(test.storage->update(drawing).has_value());
  CHECK(test.deliver(drawing.message_id).status == 503);
  test.clock.advance(std::chrono::seconds(181));
  TestWorld::must(test.run(test.generations->reconcile(id)));
  CHECK(test.state(id, 0) == "pending/retry_wait");
  CHECK(test.task(id, 0).error->code == "interrupted");
  CHECK(test.deliver(drawing.message_id).status == 200);
  CHECK(test.state(id, 0) == "done");
}

TEST_CASE("an attempt that finds the limit used up comes later, and loses no attempt by it") {
  TestWorld test;
  const std::string id = test.started(3, 2);  // At 0, 1800 and 3600 s.
  test.deliver(test.task(id, 0).message_id);
  test.deliver(test.task(id, 1).message_id);  // Too early: nobody holds it back.
  const std::string early = test.task(id, 2).message_id;
  HttpResponse response = test.deliver(early);
  CHECK(response.status == 200);
  CHECK(code_of(response) == "rescheduled");
  CHECK(test.provider->requests.size() == 2);
  const Task waiting = test.task(id, 2);
  CHECK(test.state(id, 2) == "pending/waiting_limit");
  CHECK(waiting.run == 2);
  CHECK(waiting.due == test.clock.now() + std::chrono::hours(1) + Milliseconds(1));
  const StoredMessage later = *test.broker.find(waiting.message_id);
  CHECK(later.delay() == 3601);
  CHECK(later.header("Upstash-Retries") == "3");
  CHECK(later.header("Upstash-Deduplication-Id") == waiting.id + "-2");

  CHECK(test.deliver(early).body.find("superseded") != std::string::npos);
  test.clock.advance(std::chrono::seconds(3601));
  CHECK(test.deliver(later.id).status == 200);
  CHECK(test.state(id, 2) == "done");
  CHECK(test.task(id, 2).attempt == 1);
}

TEST_CASE("those who wait for the limit are placed one behind the other") {
  TestWorld test;
  const std::string id = test.started(5, 2);
  const Timestamp begin = test.clock.now();
  test.deliver(test.task(id, 0).message_id);
  test.clock.advance(std::chrono::seconds(600));
  test.deliver(test.task(id, 1).message_id);
  for (std::size_t i = 2; i < 5; ++i) test.deliver(test.task(id, i).message_id);
  CHECK(test.task(id, 2).due == begin + std::chrono::hours(1) + Milliseconds(1));
  CHECK(test.task(id, 3).due ==
        begin + std::chrono::seconds(600) + std::chrono::hours(1) + Milliseconds(1));
  CHECK(test.task(id, 4).due == begin + std::chrono::hours(2) + Milliseconds(1));
}

TEST_CASE("a short wait for the limit is made in the delivery itself") {
  TestWorld test;
  const std::string id = test.started(2, 1);
  test.deliver(test.task(id, 0).message_id);
  test.clock.advance(std::chrono::hours(1) - Milliseconds(20));
  std::optional<HttpResponse> response;
  asio::co_spawn(
      test.io, test.processing->process(test.delivery_of(test.broker.messages[1])),
      [&](const std::exception_ptr&, HttpResponse answer) { response = std::move(answer); });
  run_until(test.io, [&] { return test.state(id, 1) == "pending/waiting_limit"; });
  test.clock.advance(Milliseconds(21));
  run_until(test.io, [&] { return response.has_value(); });
  CHECK(response->status == 200);
  CHECK(test.state(id, 1) == "done");
  CHECK(test.broker.messages.size() == 2);
}

TEST_CASE("T15: two generations with one key never pass its limit in any hour, whatever comes") {
  // Goal: the ledger alone holds the limit. Method: a broker that delivers everything at once, and
  // again and again, while time goes on in odd steps, through restarts.
  TestWorld test;
  const std::string first = test.started(9, 3);
  const std::string second = test.started(9, 5);
  std::vector<Timestamp> calls;
  std::size_t seen = 0;
  for (int step = 0; step < 200; ++step) {
    for (const StoredMessage& message : test.broker.alive()) {
      test.deliver(message.id);
      for (; seen < test.provider->requests.size(); ++seen) calls.push_back(test.clock.now());
    }
    if (step % 50 == 49) {
      test.restart();
      test.generations->start();
    }
    test.clock.advance(std::chrono::seconds(601 + step));
  }
  CHECK(calls.size() == 18);
  for (std::size_t i = 5; i < calls.size(); ++i) {
    CHECK(calls[i] - calls[i - 5] > std::chrono::hours(1));
  }
  // While both had tasks under way, the smaller limit held for both.
  for (std::size_t i = 3; i < 9; ++i) CHECK(calls[i] - calls[i - 3] > std::chrono::hours(1));
  CHECK(test.generation(first).finished.has_value());
  CHECK(test.generation(second).finished.has_value());
}

TEST_CASE("a broker that takes no later message is answered with the wait") {
  TestWorld test;
  const std::string id = test.started(2, 1);
  test.deliver(test.task(id, 0).message_id);
  test.broker.refuse_status = 503;
  const HttpResponse response = test.deliver(test.task(id, 1).message_id);
  CHECK(response.status == 503);
  CHECK(code_of(response) == "limit_used_up");
  CHECK(*header_of(response, "Retry-After") == "3601");
  CHECK(test.state(id, 1) == "pending/waiting_limit");
  test.broker.refuse_status = 0;
  test.clock.advance(std::chrono::seconds(3601));
  CHECK(test.deliver(test.task(id, 1).message_id).status == 200);
}

TEST_CASE("a used up daily quota is waited for, costs no attempts, and is told") {
  TestWorld test;
  const std::string id = test.started(1);
  ImageRetry quota = temporary("quota_day", std::chrono::hours(5));
  quota.quota = "100 images a day";
  test.provider->outcomes.emplace_back(quota);
  const HttpResponse response = test.deliver(test.task(id, 0).message_id);
  CHECK(response.status == 200);
  CHECK(test.state(id, 0) == "pending/waiting_limit");
  CHECK(test.task(id, 0).attempt == 0);
  CHECK(test.task(id, 0).due == test.clock.now() + std::chrono::hours(5));
  CHECK(test.generation(id).problem->code == "quota_day");
  const StoredMessage later = *test.broker.find(test.task(id, 0).message_id);
  CHECK(later.delay() == 5 * 3600);
  CHECK(later.header("Upstash-Retries") == "3");
  test.clock.advance(std::chrono::hours(5));
  CHECK(test.deliver(later.id).status == 200);
  CHECK(test.state(id, 0) == "done");
  CHECK_FALSE(test.generation(id).problem.has_value());
}

TEST_CASE("a refused key ends the task and is told of the generation") {
  TestWorld test;
  const std::string id = test.started(2);
  test.provider->outcomes.emplace_back(permanent("invalid_key"));
  CHECK(test.deliver(test.task(id, 0).message_id).status == 489);
  CHECK(test.generation(id).problem->code == "invalid_key");
  CHECK(test.deliver(test.task(id, 1).message_id).status == 200);
  CHECK_FALSE(test.generation(id).problem.has_value());
}

TEST_CASE("a key that was taken away while tasks wait fails them without a call") {
  TestWorld test;
  const std::string id = test.started(1);
  Generation generation = test.generation(id);
  generation.options.model = std::string(default_model);
  REQUIRE(test.storage->update(generation).has_value());
  test.world.provider = nullptr;
  const HttpResponse response = test.deliver(test.task(id, 0).message_id);
  CHECK(response.status == 489);
  CHECK(code_of(response) == "gemini_key_missing");
  CHECK(test.state(id, 0) == "failed/permanent");
}

TEST_CASE("a task that was deleted, and a body that is none, are not tried again") {
  TestWorld test;
  const std::string id = test.started(1);
  StoredMessage message = test.broker.messages[0];
  REQUIRE(test.storage->remove_task(test.task(id, 0).id).has_value());
  HttpResponse response = test.run(test.processing->process(test.delivery_of(message)));
  CHECK(response.status == 489);
  CHECK(code_of(response) == "task_unknown");
  message.body = "[]";
  response = test.run(test.processing->process(test.delivery_of(message)));
  CHECK(response.status == 489);
  CHECK(code_of(response) == "invalid_body");
  message.body = std::string(70'000, ' ');
  CHECK(test.run(test.processing->process(test.delivery_of(message))).status == 413);
}

TEST_CASE("a task that is deleted while it is drawn leaves no image behind") {
  TestWorld test;
  const std::string id = test.started(1);
  const Task task = test.task(id, 0);
  test.provider->during = [&] { REQUIRE(test.storage->remove_task(task.id).has_value()); };
  CHECK(test.deliver(task.message_id).status == 489);
  CHECK(TestWorld::must(test.run(test.files->spooled(task.id, 0))) == std::nullopt);
  CHECK(TestWorld::must(test.storage->use()).images == 0);
}

TEST_CASE("local processing keeps the times, the limit, the states and the retries") {
  TestWorld test(false);
  const std::string id = test.create(3, 3600);
  test.provider->outcomes.emplace_back(temporary("unavailable", Milliseconds(10)));
  TestWorld::must(test.generations->start_generation(id, Mode::local));
  CHECK(test.task(id, 1).due == test.clock.now() + std::chrono::seconds(1));
  CHECK(test.state(id, 1) == "pending/queued");
  run_until(test.io, [&] { return test.state(id, 0) == "pending/retry_wait"; });
  CHECK(test.provider->requests.size() == 1);
  test.clock.advance(std::chrono::seconds(2));
  test.generations->stop();
  test.restart();
  test.generations->start();
  run_until(test.io, [&] { return test.generation(id).finished.has_value(); });
  CHECK(test.provider->requests.size() == 4);
  CHECK(test.task(id, 0).attempt == 2);
  CHECK(test.broker.requests.empty());
}

TEST_CASE("local tasks stop when they are stopped") {
  TestWorld test(false);
  const std::string id = test.create(3, 60);
  TestWorld::must(test.generations->start_generation(id, Mode::local));
  run_until(test.io, [&] { return test.state(id, 0) == "done"; });
  TestWorld::must(test.run(test.generations->stop_generation(id)));
  CHECK(test.state(id, 1) == "pending/draft");
  CHECK(test.provider->requests.size() == 1);
  CHECK(test.broker.requests.empty());
}

}  // namespace godwit::imagegen
