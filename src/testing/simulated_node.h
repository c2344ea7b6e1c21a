#pragma once
#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/keys.h"
#include "testing/held_attempts.h"
#include "testing/simulated_world.h"

namespace godwit {

/// A node on a simulated disk, with its parts in the test's hands. restart() crashes it first.
class Node {
 public:
  static constexpr AccountId account = 1;

  explicit Node(EngineSettings settings = {}) : settings_(settings) { boot(); }

  void restart() {
    crash();
    boot();
  }
  void crash() {
    loop->stop();
    store->crash();
    broker.reset();
    engine.reset();
    attempts.started.clear();
  }
  void boot() {
    store = std::make_unique<SimulatedStore>(disk, time, random);
    loop = std::make_unique<SimulatedLoop>(time);
    engine = std::make_unique<Engine>(settings_, *store, 42);
    engine->set_signing_keys(account, {"sig_a", "sig_b"});
    REQUIRE(engine->recover(time.now()));
    broker = std::make_unique<Broker>(Broker::Settings{}, *engine, *store, time, *loop, attempts,
                                      [this](const Error& error) { fatal = error.message; });
    broker->start();
  }
  void run_for(Milliseconds duration) {
    const Timestamp end = time.now() + duration;
    while (time.run_next(end)) {
    }
    bool reached = false;
    time.at(end, [&] { reached = true; });
    while (!reached) time.run_next(end);
  }

  static Publish message(const std::string& url = "http://a.test/") {
    Publish publish;
    publish.message.account = account;
    publish.message.url = url;
    publish.message.body = "hello";
    publish.message.retry_delay = "1000";
    return publish;
  }
  /// Gives a command that is answered, and runs until it is. `command(reply)` calls the broker.
  template <typename T, typename Command>
  Result<T> ask(Command&& command) {
    std::optional<Result<T>> answer;
    command(Reply<T>([&answer](Result<T> result) { answer = std::move(result); }));
    for (int steps = 0; steps < 1000 && !answer; ++steps) {
      time.run_next(time.now() + Milliseconds(1000));
    }
    REQUIRE(answer);
    return std::move(*answer);
  }
  /// Publishes and waits for the answer.
  PublishReceipt publish(Publish publish) {
    const Result<PublishReceipt> receipt = ask<PublishReceipt>([&](Reply<PublishReceipt> reply) {
      broker->publish(std::move(publish), std::move(reply));
    });
    REQUIRE(receipt);
    return *receipt;
  }
  void answer(std::size_t attempt, int status, std::string body = {}) {
    AttemptResult result;
    result.status = status;
    result.response_body = std::move(body);
    const StartAttempt ended = attempts.started.at(attempt);
    attempts.started.erase(attempts.started.begin() + static_cast<std::ptrdiff_t>(attempt));
    broker->attempt_finished(ended.message->id, ended.attempt, result);
  }
  /// The bodies of the messages being attempted, in the order of their starts.
  std::vector<std::string> started() const {
    std::vector<std::string> bodies;
    bodies.reserve(attempts.started.size());
    for (const StartAttempt& attempt : attempts.started) bodies.push_back(attempt.message->body);
    return bodies;
  }
  std::size_t keys(Space space) const {
    return disk.spaces[static_cast<std::size_t>(space)].size();
  }

  /// What accounts keep of this kind, on the disk.
  std::size_t resources(keys::Resource kind) const {
    std::size_t count = 0;
    for (const auto& [key, value] : disk.spaces[static_cast<std::size_t>(Space::meta)]) {
      if (keys::parse_resource(kind, key)) ++count;
    }
    return count;
  }

  std::mt19937_64 random{1};
  SimulatedTime time;
  SimulatedDisk disk;
  HeldAttempts attempts;
  std::string fatal;
  std::unique_ptr<SimulatedStore> store;
  std::unique_ptr<SimulatedLoop> loop;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Broker> broker;

 private:
  EngineSettings settings_;
};

}  // namespace godwit
