#include "imagegen/generations/diagnosis.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

#include "core/json_out.h"
#include "core/signature.h"
#include "imagegen/generations/diagnosis_impl.h"
#include "imagegen/generations/problems.h"
#include "imagegen/generations/records.h"
#include "imagegen/generations/views.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds look_interval{30};
constexpr std::size_t tests_max = 20;
constexpr std::chrono::hours test_kept{1};
constexpr std::chrono::seconds test_patience{60};

CallbackTest::Leg& leg(CallbackTest& test, std::string_view name) {
  return *std::ranges::find(test.legs, name, &CallbackTest::Leg::name);
}

void end_leg(CallbackTest::Leg& leg, LegState state, Milliseconds duration,
             std::optional<Problem> problem = std::nullopt) {
  leg.state = state;
  leg.duration = duration;
  leg.problem = std::move(problem);
}

Problem test_not_found() {
  return {.code = "test_not_found",
          .message = "There is no such test; tests are kept for an hour.",
          .kind = ErrorCode::not_found};
}

}  // namespace

bool CallbackTest::finished() const {
  return ok() ||
         std::ranges::any_of(legs, [](const Leg& leg) { return leg.state == LegState::failed; });
}

bool CallbackTest::ok() const {
  return std::ranges::all_of(legs, [](const Leg& leg) { return leg.state == LegState::ok; });
}

Diagnostics::Impl::Impl(World& world) : world_(world), keys_(world), tick_(world.io) {}

void Diagnostics::Impl::start() {
  if (std::exchange(running_, true)) return;
  asio::co_spawn(world_.io, watch(shared_from_this()), asio::detached);
}

void Diagnostics::Impl::stop() {
  stopped_ = true;
  tick_.cancel();
}

BrokerState Diagnostics::Impl::state() const {
  BrokerState state = state_;
  const Result<Effective> effective = current(world_);
  if (!effective) return state;
  state.url = effective->broker_url.value;
  state.configured = !effective->qstash_token.value.empty();
  state.console_url = console_url(world_, *effective, {});
  return state;
}

void Diagnostics::Impl::settings_changed() {
  ++settings_version_;
  state_ = BrokerState();
  clock_difference_.reset();
  tick_.cancel();
}

asio::awaitable<void> Diagnostics::Impl::watch(std::shared_ptr<Impl> self) {
  while (!self->stopped_) {
    const std::uint64_t version = self->settings_version_;
    co_await self->look();
    if (self->stopped_) break;
    if (version != self->settings_version_) continue;  // It looked at what is no longer set.
    self->tick_.expires_after(look_interval);
    boost::system::error_code ignored;
    co_await self->tick_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

asio::awaitable<void> Diagnostics::Impl::look() {
  const Result<Effective> effective = current(world_);
  if (!effective) co_return;
  BrokerState state;
  state.url = effective->broker_url.value;
  if (effective->qstash_token.value.empty()) {
    state_ = std::move(state);
    co_return;
  }
  const std::uint64_t version = settings_version_;
  const BrokerAccess access{.url = effective->broker_url.value,
                            .token = effective->qstash_token.value};
  const Result<BrokerClient::About> about = co_await world_.broker.check(access);
  if (version != settings_version_) co_return;  // About a broker that is no longer ours.
  const Timestamp now = world_.clock.now();
  state.checked = now;
  if (!about) {
    state.problem = of_broker(about.error());
    // Who refuses a token is there.
    state.reachable = about.error().code != ErrorCode::unavailable;
    const World::Broker& known = world_.known_broker;
    if (known.url == state.url && known.is_godwit) {
      state.kind = BrokerKind::godwit;
      state.version = known.version;
    }
  } else {
    state.reachable = true;
    state.kind = about->is_godwit        ? BrokerKind::godwit
                 : is_hosted(*effective) ? BrokerKind::qstash
                                         : BrokerKind::unknown;
    state.version = about->version;
    if (about->date) clock_difference_ = *about->date - now;
    world_.known_broker = {
        .url = state.url, .is_godwit = about->is_godwit, .version = about->version};
  }
  const bool changed = state.reachable != state_.reachable || state.kind != state_.kind;
  state_ = std::move(state);
  if (changed) tell(world_, {}, {});
}

asio::awaitable<Outcome<CallbackTest>> Diagnostics::Impl::test_callback() {
  const Result<Effective> effective = current(world_);
  if (!effective) co_return std::unexpected(of_storage(effective.error()));
  if (effective->qstash_token.value.empty()) co_return std::unexpected(qstash_token_missing());
  drop_old_tests();
  const std::string id = make_identifier("test_", random_bytes(20));
  Test& test = tests_[id];
  test.began = world_.clock.now();
  test.shown.id = id;
  for (const char* name : {"publish", "delivery", "signature"}) {
    CallbackTest::Leg waiting;
    waiting.name = name;
    test.shown.legs.push_back(std::move(waiting));
  }
  BrokerMessage message;
  message.destination = effective->webhook_url();
  JsonWriter json(message.body);
  json.begin_object();
  json.member("test", id);
  json.end_object();
  message.retries = 0;
  message.timeout = std::chrono::seconds(30);
  message.label = "imagegen:test";
  const BrokerAccess access{.url = effective->broker_url.value,
                            .token = effective->qstash_token.value};
  const auto began = std::chrono::steady_clock::now();
  const Result<Published> published = co_await world_.broker.publish(access, std::move(message));
  const auto took = std::chrono::ceil<Milliseconds>(std::chrono::steady_clock::now() - began);
  const auto found = tests_.find(id);
  if (found == tests_.end()) co_return std::unexpected(test_not_found());
  found->second.published = world_.clock.now();
  CallbackTest::Leg& publish = leg(found->second.shown, "publish");
  if (!published) {
    Problem problem = of_broker(published.error());
    if (webhook_is_unreachable(*effective)) problem = webhook_unreachable(*effective);
    end_leg(publish, LegState::failed, took, std::move(problem));
  } else if (publish.state == LegState::waiting) {
    end_leg(publish, LegState::ok, took);
  }
  co_return shown(found->second);
}

void Diagnostics::Impl::drop_old_tests() {
  const Timestamp now = world_.clock.now();
  std::erase_if(tests_, [&](const auto& entry) { return entry.second.began + test_kept < now; });
  while (tests_.size() >= tests_max) {
    tests_.erase(
        std::ranges::min_element(tests_, {}, [](const auto& entry) { return entry.second.began; }));
  }
}

CallbackTest Diagnostics::Impl::shown(const Test& test) const {
  CallbackTest copy = test.shown;
  CallbackTest::Leg& delivery = leg(copy, "delivery");
  const Milliseconds waited = world_.clock.now() - test.began;
  if (!copy.finished() && delivery.state == LegState::waiting && waited > test_patience) {
    Problem problem;
    problem.code = "callback_not_arrived";
    problem.message =
        "The broker took the message, but it did not arrive within a minute. Check that the public "
        "address leads to this application and that the broker may deliver to it.";
    if (const Result<Effective> effective = current(world_)) {
      problem.params.emplace_back("url", effective->webhook_url());
      problem.detail = effective->webhook_url();
    }
    end_leg(delivery, LegState::failed, waited, std::move(problem));
  }
  return copy;
}

Outcome<CallbackTest> Diagnostics::Impl::callback_test(std::string_view id) const {
  const auto found = tests_.find(id);
  if (found == tests_.end() || found->second.began + test_kept < world_.clock.now()) {
    return std::unexpected(test_not_found());
  }
  return shown(found->second);
}

void Diagnostics::Impl::callback_arrived(const std::string& id,
                                         const std::optional<Problem>& signature_problem) {
  const auto found = tests_.find(id);
  if (found == tests_.end()) return;
  CallbackTest& test = found->second.shown;
  const Milliseconds took = world_.clock.now() - found->second.began;
  // The message may be faster than the answer that tells us of it.
  CallbackTest::Leg& publish = leg(test, "publish");
  if (publish.state == LegState::waiting) end_leg(publish, LegState::ok, took);
  end_leg(leg(test, "delivery"), LegState::ok, took);
  if (signature_problem) {
    end_leg(leg(test, "signature"), LegState::failed, Milliseconds(0), signature_problem);
  } else {
    end_leg(leg(test, "signature"), LegState::ok, Milliseconds(0));
  }
}

Diagnostics::Diagnostics(World& world) : impl_(std::make_shared<Impl>(world)) {
  world.callback_arrived = [impl = std::weak_ptr<Impl>(impl_)](
                               const std::string& id, const std::optional<Problem>& problem) {
    if (const auto held = impl.lock()) held->callback_arrived(id, problem);
  };
}
Diagnostics::~Diagnostics() { impl_->stop(); }
void Diagnostics::start() { impl_->start(); }
void Diagnostics::stop() { impl_->stop(); }
BrokerState Diagnostics::state() const { return impl_->state(); }
void Diagnostics::settings_changed() { impl_->settings_changed(); }

asio::awaitable<CheckResult> Diagnostics::check(Secret what, std::optional<std::string> value) {
  return impl_->check(what, std::move(value));
}
asio::awaitable<Outcome<CallbackTest>> Diagnostics::test_callback() {
  return impl_->test_callback();
}
Outcome<CallbackTest> Diagnostics::callback_test(std::string_view id) const {
  return impl_->callback_test(id);
}
void Diagnostics::callback_arrived(std::string_view id,
                                   const std::optional<Problem>& signature_problem) {
  impl_->callback_arrived(std::string(id), signature_problem);
}
asio::awaitable<Outcome<TaskDebug>> Diagnostics::debug(std::string task_id) {
  return impl_->debug(std::move(task_id));
}
asio::awaitable<Outcome<Diagnosis>> Diagnostics::diagnose() { return impl_->diagnose(); }
asio::awaitable<Outcome<std::string>> Diagnostics::report() { return impl_->report(); }

}  // namespace godwit::imagegen
