// The checks of the page Diagnostics, and what is stuck.
#include <algorithm>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cmath>
#include <utility>

#include "core/signature.h"
#include "imagegen/generations/diagnosis_impl.h"
#include "imagegen/generations/problems.h"
#include "imagegen/generations/records.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds clock_difference_max{30};
constexpr std::uint64_t free_bytes_min = 500UL * 1024 * 1024;
constexpr std::size_t webhook_log_shown = 50;
constexpr std::size_t webhook_log_of_task = 20;
constexpr std::size_t stuck_max = 100;
constexpr std::chrono::minutes troubles_window{10};
constexpr int troubles_min = 3;

using SteadyTime = std::chrono::steady_clock::time_point;

Milliseconds since(SteadyTime began) {
  return std::chrono::ceil<Milliseconds>(std::chrono::steady_clock::now() - began);
}

DiagnosticCheck make(std::string id, std::string state, std::string detail = {}) {
  DiagnosticCheck check;
  check.id = std::move(id);
  check.state = std::move(state);
  check.detail = std::move(detail);
  return check;
}

DiagnosticCheck make(std::string id, std::string state, Problem problem) {
  DiagnosticCheck check = make(std::move(id), std::move(state), problem.detail);
  check.problem = std::move(problem);
  return check;
}

Problem key_problem(const Error& error, std::string_view provider) {
  Problem problem;
  const bool refused = error.code == ErrorCode::invalid_argument;
  problem.code = refused ? "invalid_key" : "provider_unreachable";
  problem.message = refused ? std::string(provider) + " refuses the key; set the right one."
                            : std::string(provider) +
                                  " does not answer; check the network and the provider's address.";
  problem.detail = error.message;
  return problem;
}

/// Half of what was too much, rounded to what people choose.
int slower(int rate) { return std::max(1, rate / 2); }

}  // namespace

asio::awaitable<CheckResult> Diagnostics::Impl::check_token_value(BrokerAccess access) {
  CheckResult result;
  const auto began = std::chrono::steady_clock::now();
  const Result<BrokerClient::About> about = co_await world_.broker.check(access);
  result.duration = since(began);
  if (!about) {
    result.problem = of_broker(about.error());
    co_return result;
  }
  result.ok = true;
  result.detail = about->is_godwit ? "Godwit " + about->version : "QStash";
  co_return result;
}

asio::awaitable<CheckResult> Diagnostics::Impl::check(Secret what,
                                                      std::optional<std::string> value) {
  CheckResult result;
  Result<Effective> effective = current(world_);
  if (!effective) {
    result.problem = of_storage(effective.error());
    co_return result;
  }
  if (what == Secret::qstash_token) {
    BrokerAccess access{.url = effective->broker_url.value,
                        .token = value.value_or(effective->qstash_token.value)};
    if (access.token.empty()) {
      result.problem = qstash_token_missing();
      co_return result;
    }
    co_return co_await check_token_value(std::move(access));
  }
  const bool is_gemini = what == Secret::gemini_api_key;
  Sourced& key = is_gemini ? effective->gemini_api_key : effective->openai_api_key;
  if (value) key.value = std::move(*value);
  if (key.value.empty()) {
    result.problem = is_gemini ? gemini_key_missing() : openai_key_missing();
    co_return result;
  }
  const auto began = std::chrono::steady_clock::now();
  Result<std::string> checked = fail(ErrorCode::unavailable, "");
  if (is_gemini) {
    ProviderAccess access{.base_url = effective->gemini_base_url.value, .key = key.value};
    const std::unique_ptr<ImageProvider> provider =
        make_gemini(world_.provider_client, world_.catalog, std::move(access));
    checked = co_await provider->check();
  } else {
    ProviderAccess access{.base_url = effective->openai_base_url.value, .key = key.value};
    const std::unique_ptr<TextModel> model =
        make_openai_text(world_.provider_client, std::move(access), effective->text_model);
    checked = co_await model->check();
  }
  result.duration = since(began);
  if (checked) {
    result.ok = true;
    result.detail = std::move(*checked);
  } else {
    result.problem = key_problem(checked.error(), is_gemini ? "Gemini" : "OpenAI");
  }
  co_return result;
}

asio::awaitable<DiagnosticCheck> Diagnostics::Impl::check_broker(const Effective& effective) {
  const auto began = std::chrono::steady_clock::now();
  co_await look();
  DiagnosticCheck check;
  if (effective.qstash_token.value.empty()) {
    check = make("broker", "skipped");
  } else if (!state_.reachable.value_or(false)) {
    check = make("broker", "failed",
                 state_.problem.value_or(Problem{.code = "broker_unreachable",
                                                 .message = "The broker does not answer."}));
  } else {
    std::string detail = effective.broker_url.value;
    if (state_.kind == BrokerKind::godwit) detail += " (Godwit " + state_.version + ")";
    check = make("broker", "ok", std::move(detail));
  }
  check.duration = since(began);
  co_return check;
}

DiagnosticCheck Diagnostics::Impl::check_token(const Effective& effective) const {
  if (effective.qstash_token.value.empty()) {
    return make("token", effective.settings.local_processing ? "warning" : "failed",
                qstash_token_missing());
  }
  if (state_.problem && state_.problem->code == "qstash_token_refused") {
    return make("token", "failed", *state_.problem);
  }
  if (!state_.reachable.value_or(false)) return make("token", "skipped");
  return make("token", "ok", masked(effective.qstash_token.value));
}

DiagnosticCheck Diagnostics::Impl::check_clock() const {
  if (!clock_difference_) return make("clock", "skipped");
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*clock_difference_).count();
  const std::string detail = std::to_string(seconds) + " s";
  if (std::abs(seconds) <= clock_difference_max.count()) return make("clock", "ok", detail);
  Problem problem;
  problem.code = "clock_skew";
  problem.message = "The clocks of the broker and of this machine differ by " + detail +
                    "; signatures may be refused. Set the clocks by NTP.";
  problem.params = {{"seconds", std::to_string(seconds)}};
  problem.detail = detail;
  return make("clock", "warning", std::move(problem));
}

asio::awaitable<DiagnosticCheck> Diagnostics::Impl::check_signing_keys(const Effective& effective) {
  const auto began = std::chrono::steady_clock::now();
  DiagnosticCheck check = make("signing_keys", "skipped");
  if (effective.qstash_token.value.empty()) co_return check;
  const BrokerAccess access{.url = effective.broker_url.value,
                            .token = effective.qstash_token.value};
  const Result<BrokerSigningKeys> keys = co_await world_.broker.signing_keys(access);
  if (!keys) {
    check = make("signing_keys", effective.current_signing_key.value.empty() ? "failed" : "skipped",
                 of_broker(keys.error()));
  } else if (effective.current_signing_key.value.empty()) {
    check = make("signing_keys", "ok", "fetched from the broker");
  } else if (effective.current_signing_key.value == keys->current ||
             effective.next_signing_key.value == keys->current) {
    check = make("signing_keys", "ok", "from the environment");
  } else {
    Problem problem;
    problem.code = "signing_keys_differ";
    problem.message =
        "The signing keys of the environment are not those of the broker; correct "
        "QSTASH_CURRENT_SIGNING_KEY and QSTASH_NEXT_SIGNING_KEY or leave them out.";
    check = make("signing_keys", "failed", std::move(problem));
  }
  check.duration = since(began);
  co_return check;
}

asio::awaitable<DiagnosticCheck> Diagnostics::Impl::check_callback(const Effective& effective) {
  if (effective.qstash_token.value.empty() || !state_.reachable.value_or(false)) {
    co_return make("callback", "skipped");
  }
  const Outcome<CallbackTest> begun = co_await test_callback();
  if (!begun) co_return make("callback", "failed", begun.error());
  // It comes back in milliseconds, or not soon: who waits longer looks at the test itself.
  constexpr std::chrono::seconds patience{8};
  const auto began = std::chrono::steady_clock::now();
  CallbackTest test = *begun;
  asio::steady_timer timer(world_.io);
  while (!test.finished() && std::chrono::steady_clock::now() - began < patience && !stopped_) {
    timer.expires_after(std::chrono::milliseconds(50));
    co_await timer.async_wait(asio::use_awaitable);
    const Outcome<CallbackTest> now = callback_test(test.id);
    if (!now) break;
    test = *now;
  }
  DiagnosticCheck check;
  if (test.ok()) {
    check = make("callback", "ok", effective.webhook_url());
  } else {
    Problem problem;
    problem.code = "callback_not_arrived";
    problem.message =
        "A message did not come back to the webhook; check that the broker can reach the public "
        "address.";
    problem.params.emplace_back("url", effective.webhook_url());
    problem.detail = effective.webhook_url();
    for (const CallbackTest::Leg& leg : test.legs) {
      if (leg.problem) problem = *leg.problem;
    }
    check = make("callback", "failed", std::move(problem));
  }
  check.duration = since(began);
  co_return check;
}

asio::awaitable<DiagnosticCheck> Diagnostics::Impl::check_flow_control(const Effective& effective) {
  if (!effective.settings.flow_control) co_return make("flow_control", "skipped", "switched off");
  if (effective.qstash_token.value.empty() || !state_.reachable.value_or(false)) {
    co_return make("flow_control", "skipped");
  }
  const auto began = std::chrono::steady_clock::now();
  ImageModel model;
  model.provider = effective.provider;
  const std::string key = limit_key(effective, model);
  const BrokerAccess access{.url = effective.broker_url.value,
                            .token = effective.qstash_token.value};
  const Result<bool> paused = co_await world_.broker.flow_control_paused(access, key);
  DiagnosticCheck check;
  if (!paused) {
    check = make("flow_control", "warning", of_broker(paused.error()));
  } else if (*paused) {
    Problem problem;
    problem.code = "flow_control_paused";
    problem.message = "The broker holds back all tasks of this key; resume it there.";
    problem.params.emplace_back("key", key);
    problem.detail = key;
    check = make("flow_control", "failed", std::move(problem));
  } else {
    check = make("flow_control", "ok", key);
  }
  check.duration = since(began);
  co_return check;
}

asio::awaitable<DiagnosticCheck> Diagnostics::Impl::check_key(const Effective& effective,
                                                              Secret which) {
  const bool is_gemini = which == Secret::gemini_api_key;
  const std::string id = is_gemini ? "gemini_key" : "openai_key";
  const Sourced& key = is_gemini ? effective.gemini_api_key : effective.openai_api_key;
  const ProviderKind kind = is_gemini ? ProviderKind::gemini : ProviderKind::openai;
  if (key.value.empty()) {
    if (effective.provider != kind) co_return make(id, "skipped");
    co_return make(id, "failed", is_gemini ? gemini_key_missing() : openai_key_missing());
  }
  const CheckResult result = co_await check(which, std::nullopt);
  DiagnosticCheck done = result.ok ? make(id, "ok", result.detail)
                                   : make(id, "failed", result.problem.value_or(Problem()));
  done.duration = result.duration;
  co_return done;
}

DiagnosticCheck Diagnostics::Impl::check_storage() const {
  const Result<std::uint64_t> bytes = world_.files.free_bytes();
  if (!bytes) return make("storage", "failed", of_storage(bytes.error()));
  const std::string detail = std::to_string(*bytes / (1024UL * 1024)) + " MiB free";
  if (*bytes >= free_bytes_min) return make("storage", "ok", detail);
  Problem problem;
  problem.code = "disk_nearly_full";
  problem.message = "There are only " + detail + " for images; make room on the disk.";
  problem.detail = detail;
  return make("storage", "warning", std::move(problem));
}

DiagnosticCheck Diagnostics::Impl::check_model(const Effective& effective) const {
  const ImageModel* model = world_.catalog.find(effective.image_model);
  if (model == nullptr) {
    return make("model", "warning",
                Problem{.code = "model_unknown",
                        .message = "The model " + effective.image_model +
                                   " is not in the list of models; its prices are unknown.",
                        .params = {{"model", effective.image_model}},
                        .detail = effective.image_model});
  }
  if (model->gone_since.empty()) return make("model", "ok", model->id);
  return make("model", "failed",
              Problem{.code = "model_gone",
                      .message = "The model " + model->id + " was switched off on " +
                                 model->gone_since + "; take " + model->replacement + ".",
                      .params = {{"model", model->id},
                                 {"since", model->gone_since},
                                 {"replacement", model->replacement}},
                      .detail = model->id});
}

Result<std::vector<RateLimitTrouble>> Diagnostics::Impl::rate_limit_troubles() const {
  const Timestamp now = world_.clock.now();
  constexpr std::size_t calls_max = 1'000;
  const Result<std::vector<WebhookCall>> calls = world_.storage.webhook_calls({}, calls_max);
  if (!calls) return std::unexpected(calls.error());
  struct Found {
    int count = 0;
    Timestamp at{};
    std::string quota;
  };
  std::map<std::string, Found> found;
  for (const WebhookCall& call : *calls) {
    if (call.at + troubles_window < now) break;  // Newest first.
    if (call.code != "rate_limited" && call.code != "quota_day") continue;
    const Result<std::optional<Task>> task = world_.storage.task(call.task_id);
    if (!task) return std::unexpected(task.error());
    if (!*task) continue;
    Found& trouble = found[(*task)->generation_id];
    ++trouble.count;
    trouble.at = std::max(trouble.at, call.at);
    if (trouble.quota.empty() && (*task)->error) trouble.quota = (*task)->error->detail;
  }
  std::vector<RateLimitTrouble> troubles;
  for (auto& [generation_id, trouble] : found) {
    if (trouble.count < troubles_min) continue;
    const Result<Generation> generation = load_generation(world_, generation_id);
    if (!generation) continue;
    troubles.push_back({.generation_id = generation_id,
                        .name = generation->name,
                        .count = trouble.count,
                        .quota = std::move(trouble.quota),
                        .at = trouble.at,
                        .suggested_rate_limit = slower(generation->options.rate_limit)});
  }
  return troubles;
}

asio::awaitable<Outcome<TaskDebug>> Diagnostics::Impl::debug(std::string task_id) {
  const Result<std::optional<Task>> task = world_.storage.task(task_id);
  if (!task) co_return std::unexpected(of_storage(task.error()));
  if (!*task) co_return std::unexpected(task_not_found(task_id));
  TaskDebug debug;
  debug.lease_until = (*task)->lease_until;
  debug.lease_lapsed = debug.lease_until && *debug.lease_until < world_.clock.now();
  Result<std::vector<WebhookCall>> calls =
      world_.storage.webhook_calls(task_id, webhook_log_of_task);
  if (!calls) co_return std::unexpected(of_storage(calls.error()));
  debug.webhook_log = std::move(*calls);
  const Result<Effective> effective = current(world_);
  if (!effective) co_return std::unexpected(of_storage(effective.error()));
  if ((*task)->message_id.empty() || effective->qstash_token.value.empty()) co_return debug;
  const BrokerAccess access{.url = effective->broker_url.value,
                            .token = effective->qstash_token.value};
  const Result<KnownMessage> message = co_await world_.broker.message(access, (*task)->message_id);
  if (message) {
    debug.broker_state = message->state;
    debug.broker_detail = message->detail;
  } else if (message.error().code != ErrorCode::not_found) {
    debug.broker_detail = message.error().message;
  }
  co_return debug;
}

asio::awaitable<Outcome<Diagnosis>> Diagnostics::Impl::diagnose() {
  const Result<Effective> effective = current(world_);
  if (!effective) co_return std::unexpected(of_storage(effective.error()));
  Diagnosis diagnosis;
  std::vector<DiagnosticCheck>& checks = diagnosis.checks;
  DiagnosticCheck broker = co_await check_broker(*effective);
  checks.push_back(check_token(*effective));
  checks.push_back(std::move(broker));
  checks.push_back(co_await check_callback(*effective));
  checks.push_back(co_await check_signing_keys(*effective));
  checks.push_back(co_await check_flow_control(*effective));
  checks.push_back(check_clock());
  checks.push_back(co_await check_key(*effective, Secret::gemini_api_key));
  checks.push_back(co_await check_key(*effective, Secret::openai_api_key));
  checks.push_back(check_model(*effective));
  checks.push_back(check_storage());

  Result<std::vector<Task>> lapsed = world_.storage.lapsed_tasks(world_.clock.now());
  if (!lapsed) co_return std::unexpected(of_storage(lapsed.error()));
  for (Task& task : *lapsed) {
    if (diagnosis.stuck.size() >= stuck_max) break;
    Outcome<TaskDebug> looked = co_await debug(task.id);
    if (!looked) continue;  // Deleted meanwhile.
    diagnosis.stuck.emplace_back(std::move(task), std::move(*looked));
  }
  Result<std::vector<RateLimitTrouble>> troubles = rate_limit_troubles();
  if (!troubles) co_return std::unexpected(of_storage(troubles.error()));
  diagnosis.rate_limits = std::move(*troubles);
  Result<std::vector<WebhookCall>> calls = world_.storage.webhook_calls({}, webhook_log_shown);
  if (!calls) co_return std::unexpected(of_storage(calls.error()));
  diagnosis.webhook_log = std::move(*calls);
  co_return diagnosis;
}

}  // namespace godwit::imagegen
