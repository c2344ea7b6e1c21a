// «Copy report»: what helps whoever is asked for help, without secrets and without prompts.
#include <ctime>
#include <utility>

#include "imagegen/generations/diagnosis_impl.h"
#include "imagegen/generations/problems.h"
#include "imagegen/generations/records.h"
#include "imagegen/generations/views.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

std::string shown_time(Timestamp time) {
  const std::int64_t ms = to_unix_ms(time);
  const auto seconds = static_cast<std::time_t>(ms / 1'000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, size};
}

/// Keys have no place in what is shown, whoever echoed them.
std::string without(std::string text, const std::string& secret) {
  if (secret.size() < 4) return text;
  for (std::size_t at = 0; (at = text.find(secret, at)) != std::string::npos;) {
    text.replace(at, secret.size(), "[secret]");
  }
  return text;
}

std::string line(std::string_view name, std::string_view value) {
  return std::string(name) + ": " + std::string(value) + "\n";
}

std::string_view source_of(const Sourced& sourced) {
  switch (sourced.source) {
    case Source::none:
      return "not set";
    case Source::default_value:
      return "default";
    case Source::saved:
      return "saved";
    case Source::environment:
      return "environment";
  }
  return "";
}

}  // namespace

asio::awaitable<Outcome<std::string>> Diagnostics::Impl::report() {
  const Outcome<Diagnosis> diagnosis = co_await diagnose();
  if (!diagnosis) co_return std::unexpected(diagnosis.error());
  const Result<Effective> effective = current(world_);
  if (!effective) co_return std::unexpected(of_storage(effective.error()));
  std::string text = "ImageGenService report, " + shown_time(world_.clock.now()) + "\n\n";
  text += line("broker", effective->broker_url.value);
  text += line("public address", effective->public_url.value);
  text += line("QStash Token", source_of(effective->qstash_token));
  text += line("Gemini API Key", source_of(effective->gemini_api_key));
  text += line("OpenAI API Key", source_of(effective->openai_api_key));
  text += line("image model", effective->image_model);
  text += line("flow control", effective->settings.flow_control ? "on" : "off");
  text += "\nChecks\n";
  for (const DiagnosticCheck& check : diagnosis->checks) {
    text += "  " + check.id + ": " + check.state;
    if (check.problem) {
      text += " (" + check.problem->code + ") " + check.problem->message;
      if (!check.problem->detail.empty()) text += " [" + check.problem->detail + "]";
    } else if (!check.detail.empty()) {
      text += " " + check.detail;
    }
    text += "\n";
  }
  const Result<std::vector<Generation>> generations = world_.storage.generations();
  const Result<std::map<std::string, Summary>> summaries = world_.storage.summaries();
  if (!generations || !summaries) {
    co_return std::unexpected(of_storage(generations ? summaries.error() : generations.error()));
  }
  text += "\nGenerations (newest 20)\n";
  constexpr std::size_t shown = 20;
  for (std::size_t i = 0; i < std::min(shown, generations->size()); ++i) {
    const Generation& generation = (*generations)[i];
    const auto found = summaries->find(generation.id);
    const Summary summary = found == summaries->end() ? Summary() : found->second;
    text += "  " + generation.id + " " + std::string(to_string(shown_state(generation, summary))) +
            " rate=" + std::to_string(generation.options.rate_limit) +
            " model=" + generation.options.model + " pending=" + std::to_string(summary.pending) +
            " processing=" + std::to_string(summary.processing) +
            " done=" + std::to_string(summary.done) + " failed=" + std::to_string(summary.failed) +
            " canceled=" + std::to_string(summary.canceled);
    if (generation.problem) text += " problem=" + generation.problem->code;
    text += "\n";
  }
  text += "\nStuck tasks\n";
  for (const auto& [task, debug] : diagnosis->stuck) {
    text += "  " + task.id + " broker=" +
            (debug.broker_state.empty() ? std::string("unknown") : debug.broker_state) +
            " attempt=" + std::to_string(task.attempt) + "\n";
  }
  text += "\nCalls of the webhook (newest first)\n";
  for (const WebhookCall& call : diagnosis->webhook_log) {
    text += "  " + shown_time(call.at) + " " + std::to_string(call.status) + " " + call.code +
            " task=" + call.task_id + " attempt=" + std::to_string(call.attempt) + " " +
            std::to_string(call.duration.count()) + " ms\n";
  }
  for (const Sourced* secret :
       {&effective->qstash_token, &effective->gemini_api_key, &effective->openai_api_key,
        &effective->current_signing_key, &effective->next_signing_key}) {
    text = without(std::move(text), secret->value);
  }
  co_return text;
}

}  // namespace godwit::imagegen
