#include "imagegen/generations/diagnosis.h"

#include <doctest/doctest.h>

#include "imagegen/generations/test_world.h"
#include "imagegen/generations/transitions.h"

namespace godwit::imagegen {
namespace {

const DiagnosticCheck& check_of(const Diagnosis& diagnosis, std::string_view id) {
  return *std::ranges::find(diagnosis.checks, id, &DiagnosticCheck::id);
}

/// Delivers what the broker holds as soon as it is there, as a real broker does.
asio::awaitable<bool> deliver_next(TestWorld& test, std::string key) {
  while (test.broker.alive().empty()) co_await asio::post(asio::use_awaitable);
  StoredMessage& message = *test.broker.find(test.broker.alive().front().id);
  message.state = "DELIVERED";
  const HttpResponse response =
      co_await test.processing->process(test.delivery_of(message, std::move(key)));
  co_return response.status == 200;
}

void deliver_in_background(TestWorld& test, std::string key = TestBroker::current_key) {
  asio::co_spawn(test.io, deliver_next(test, std::move(key)),
                 [](const std::exception_ptr&, bool) {});
}

}  // namespace

TEST_CASE("what the broker is, is learned once and told from memory") {
  TestWorld test;
  Diagnostics diagnostics(test.world);
  CHECK_FALSE(diagnostics.state().reachable.has_value());
  CHECK(diagnostics.state().configured);
  diagnostics.start();
  run_until(test.io, [&] { return diagnostics.state().reachable.has_value(); });
  const BrokerState state = diagnostics.state();
  CHECK(state.kind == BrokerKind::godwit);
  CHECK(state.version == "0.9");
  CHECK(state.console_url == test.broker.url() + "/messages");
  const std::string id = test.create(1);
  CHECK(TestWorld::must(test.generations->view(id)).console_url ==
        test.broker.url() + "/messages?label=imagegen%3A" + id);
  diagnostics.stop();
}

TEST_CASE("settings that change while the broker is looked at have it looked at again at once") {
  TestWorld test;
  Diagnostics diagnostics(test.world);
  diagnostics.start();
  // The first look is on its way: it is about what was set before.
  run_until(test.io, [&] { return !test.broker.requests.empty(); });
  diagnostics.settings_changed();
  CHECK_FALSE(diagnostics.state().reachable.has_value());
  run_until(test.io, [&] { return diagnostics.state().reachable.has_value(); });
  CHECK(diagnostics.state().kind == BrokerKind::godwit);
  diagnostics.stop();
}

TEST_CASE("a token is tried before it is saved") {
  TestWorld test;
  Diagnostics diagnostics(test.world);
  CheckResult result = test.run(diagnostics.check(Secret::qstash_token, std::nullopt));
  CHECK(result.ok);
  CHECK(result.detail == "Godwit 0.9");
  result = test.run(diagnostics.check(Secret::qstash_token, std::string("wrong-token-0123")));
  CHECK_FALSE(result.ok);
  CHECK(result.problem->code == "qstash_token_refused");
  CHECK(result.problem->detail.find("wrong-token") == std::string::npos);
  result = test.run(diagnostics.check(Secret::gemini_api_key, std::nullopt));
  CHECK(result.problem->code == "gemini_key_missing");
}

TEST_CASE("a test message comes back, and each leg of its way is shown") {
  TestWorld test;
  Diagnostics diagnostics(test.world);
  const CallbackTest begun = TestWorld::must(test.run(diagnostics.test_callback()));
  CHECK_FALSE(begun.finished());
  CHECK(begun.legs[0].state == LegState::ok);
  CHECK(begun.legs[1].state == LegState::waiting);
  const StoredMessage message = test.broker.messages[0];
  CHECK(message.body == R"({"test":")" + begun.id + "\"}");
  CHECK(test.deliver(message.id).status == 200);
  const CallbackTest ended = TestWorld::must(diagnostics.callback_test(begun.id));
  CHECK(ended.finished());
  CHECK(ended.ok());
  test.clock.advance(std::chrono::hours(2));
  CHECK(diagnostics.callback_test(begun.id).error().code == "test_not_found");
}

TEST_CASE("a test says which leg of its way failed") {
  TestWorld test;
  Diagnostics diagnostics(test.world);
  // Nothing arrives.
  CallbackTest begun = TestWorld::must(test.run(diagnostics.test_callback()));
  test.clock.advance(std::chrono::seconds(61));
  CallbackTest ended = TestWorld::must(diagnostics.callback_test(begun.id));
  CHECK(ended.finished());
  CHECK(ended.legs[1].problem->code == "callback_not_arrived");
  // It arrives with another key.
  begun = TestWorld::must(test.run(diagnostics.test_callback()));
  const StoredMessage message = test.broker.messages.back();
  CHECK(test.run(test.processing->process(test.delivery_of(message, "sig_wrong"))).status == 401);
  ended = TestWorld::must(diagnostics.callback_test(begun.id));
  CHECK(ended.legs[1].state == LegState::ok);
  CHECK(ended.legs[2].problem->code == "signature_invalid");
  // It is not taken.
  test.broker.refuse_status = 400;
  begun = TestWorld::must(test.run(diagnostics.test_callback()));
  CHECK(begun.legs[0].problem->code == "broker_refused");
}

TEST_CASE("the diagnosis of a healthy installation is all ok, and its report has no secrets") {
  TestWorld test;
  Diagnostics diagnostics(test.world);
  const std::string id = test.started(1);
  test.deliver(test.task(id, 0).message_id);
  deliver_in_background(test);
  const Diagnosis diagnosis = TestWorld::must(test.run(diagnostics.diagnose()));
  for (const char* ok :
       {"token", "broker", "callback", "signing_keys", "flow_control", "model", "storage"}) {
    CAPTURE(ok);
    CHECK(check_of(diagnosis, ok).state == "ok");
  }
  CHECK(check_of(diagnosis, "gemini_key").state == "skipped");
  CHECK(diagnosis.stuck.empty());
  CHECK(diagnosis.webhook_log.size() == 2);
  deliver_in_background(test);
  const std::string report = TestWorld::must(test.run(diagnostics.report()));
  CHECK(report.find("broker: ok") != std::string::npos);
  CHECK(report.find(id) != std::string::npos);
  CHECK(report.find(TestBroker::token) == std::string::npos);
  CHECK(report.find("sig_") == std::string::npos);
  CHECK(report.find("cat 0") == std::string::npos);
}

TEST_CASE("without a token the checks say so and ask nobody") {
  TestWorld test(false);
  Diagnostics diagnostics(test.world);
  const Diagnosis diagnosis = TestWorld::must(test.run(diagnostics.diagnose()));
  CHECK(check_of(diagnosis, "token").problem->code == "qstash_token_missing");
  CHECK(check_of(diagnosis, "broker").state == "skipped");
  CHECK(check_of(diagnosis, "callback").state == "skipped");
  CHECK(test.broker.requests.empty());
}

TEST_CASE("signing keys of the environment that are not the broker's are found") {
  TestWorld test;
  test.environment.current_signing_key = "sig_of_another_broker";
  Diagnostics diagnostics(test.world);
  deliver_in_background(test, "sig_of_another_broker");
  const Diagnosis diagnosis = TestWorld::must(test.run(diagnostics.diagnose()));
  CHECK(check_of(diagnosis, "signing_keys").problem->code == "signing_keys_differ");
}

TEST_CASE("T14: a task beyond its lease is among the stuck ones, with what is known of it") {
  TestWorld test;
  Diagnostics diagnostics(test.world);
  const std::string id = test.started(1);
  Task drawing = *begin(test.task(id, 0), {.task_id = test.task(id, 0).id, .run = 1},
                        test.clock.now(), std::chrono::seconds(180));
  REQUIRE(test.storage->update(drawing).has_value());
  CHECK(test.deliver(drawing.message_id).status == 503);
  test.broker.messages[0].state = "RETRY";
  test.clock.advance(std::chrono::seconds(181));
  deliver_in_background(test);
  const Diagnosis diagnosis = TestWorld::must(test.run(diagnostics.diagnose()));
  REQUIRE(diagnosis.stuck.size() == 1);
  const TaskDebug& debug = diagnosis.stuck[0].second;
  CHECK(debug.lease_lapsed);
  CHECK(debug.broker_state == "RETRY");
  REQUIRE(debug.webhook_log.size() == 1);
  CHECK(debug.webhook_log[0].code == "already_running");
}

TEST_CASE("three limits in ten minutes suggest a lower rate") {
  TestWorld test;
  Diagnostics diagnostics(test.world);
  const std::string id = test.started(4, 60);
  for (std::size_t i = 0; i < 3; ++i) {
    test.provider->outcomes.emplace_back(temporary("rate_limited"));
    test.deliver(test.task(id, i).message_id);
  }
  deliver_in_background(test);
  Diagnosis diagnosis = TestWorld::must(test.run(diagnostics.diagnose()));
  REQUIRE(diagnosis.rate_limits.size() == 1);
  CHECK(diagnosis.rate_limits[0].generation_id == id);
  CHECK(diagnosis.rate_limits[0].count == 3);
  CHECK(diagnosis.rate_limits[0].suggested_rate_limit == 30);
  test.clock.advance(std::chrono::minutes(11));
  for (StoredMessage& message : test.broker.messages) message.state = "DELIVERED";
  deliver_in_background(test);
  diagnosis = TestWorld::must(test.run(diagnostics.diagnose()));
  CHECK(diagnosis.rate_limits.empty());
}

}  // namespace godwit::imagegen
