#include <fmt/format.h>

#include "core/url.h"
#include "imagegen/generations/signing_keys.h"
#include "imagegen/http/resources/resources.h"
#include "imagegen/http/services.h"
#include "imagegen/http/system_prompts.h"
#include "imagegen/http/wire/answer.h"
#include "imagegen/http/wire/json_in.h"
#include "imagegen/http/wire/shapes.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

constexpr TextLimits secret_limits{.least = 1, .most = 2'000};
constexpr TextLimits prompt_limits{.least = 0, .most = 10'000, .lines = true};

std::string_view name_of(Source source) {
  switch (source) {
    case Source::none:
      return "none";
    case Source::default_value:
      return "default";
    case Source::saved:
      return "saved";
    case Source::environment:
      return "environment";
  }
  return "none";
}

void write_secret(JsonWriter& out, std::string_view name, const Sourced& secret) {
  out.key(name);
  out.begin_object();
  out.member("set", !secret.value.empty());
  // The public test user's token is a default; to people it comes from QSTASH_DEV.
  out.member("source",
             secret.source == Source::default_value ? "environment" : name_of(secret.source));
  out.member("masked", masked(secret.value));
  out.end_object();
}

void write_sourced(JsonWriter& out, std::string_view name, const Sourced& sourced) {
  out.key(name);
  out.begin_object();
  out.member("value", sourced.value);
  out.member("source", sourced.source == Source::none ? "default" : name_of(sourced.source));
  out.end_object();
}

void write_optional(JsonWriter& out, std::string_view name, const std::optional<int>& value) {
  out.key(name);
  if (value) {
    out.integer(*value);
  } else {
    out.raw("null");
  }
}

void write_prompts(JsonWriter& out, std::string_view name, const SystemPrompts& prompts) {
  out.key(name);
  out.begin_object();
  out.member("parameters", prompts.parameters);
  out.member("prompts", prompts.prompts);
  out.member("generations", prompts.generations);
  out.end_object();
}

void write_broker(JsonWriter& out, const Effective& effective, const SigningKeySource& keys) {
  const AppSettings& settings = effective.settings;
  out.key("broker");
  out.begin_object();
  write_sourced(out, "url", effective.broker_url);
  write_sourced(out, "publicUrl", effective.public_url);
  out.member("webhookUrl", effective.webhook_url());
  out.key("signingKeys");
  out.begin_object();
  out.member("source", keys.source == Source::saved ? "fetched" : name_of(keys.source));
  write_time_or_null(out, "fetchedAt", keys.fetched);
  out.end_object();
  out.member("retries", settings.retries);
  out.member("defaultRateLimit", settings.default_rate_limit);
  write_optional(out, "accountRateLimit", settings.account_rate_limit);
  out.member("flowControl", settings.flow_control);
  out.member("localProcessing", settings.local_processing);
  out.end_object();
}

void write_providers(JsonWriter& out, const Effective& effective) {
  const AppSettings& settings = effective.settings;
  out.key("providers");
  out.begin_object();
  out.member("imageProvider", to_string(settings.image_provider));
  write_sourced(out, "geminiBaseUrl", effective.gemini_base_url);
  write_sourced(out, "openaiBaseUrl", effective.openai_base_url);
  out.member("imageModel", effective.image_model);
  out.member("textModel", effective.text_model);
  out.member("timeoutSeconds", settings.image_timeout.count());
  out.end_object();
  out.key("demo");
  out.begin_object();
  out.member("latencyMs", settings.demo_latency.count());
  out.member("temporaryErrorPercent", settings.demo_temporary_error_percent);
  out.member("rateLimitErrorPercent", settings.demo_rate_limit_error_percent);
  out.member("permanentErrorPercent", settings.demo_permanent_error_percent);
  out.end_object();
}

HttpResponse settings_answer(Services& services) {
  World& world = services.world;
  const Result<Effective> effective = current(world);
  if (!effective) return problem_answer(storage_problem(effective.error()));
  const Result<SigningKeySource> keys = signing_key_source(world, *effective);
  if (!keys) return problem_answer(storage_problem(keys.error()));
  const Result<StorageUse> use = world.storage.use();
  if (!use) return problem_answer(storage_problem(use.error()));
  const Result<std::uint64_t> free = world.files.free_bytes();
  if (!free) return problem_answer(storage_problem(free.error()));
  return json_answer_of([&](JsonWriter& out) {
    out.begin_object();
    out.key("secrets");
    out.begin_object();
    write_secret(out, "qstashToken", effective->qstash_token);
    write_secret(out, "openaiApiKey", effective->openai_api_key);
    write_secret(out, "geminiApiKey", effective->gemini_api_key);
    out.end_object();
    write_broker(out, *effective, *keys);
    write_providers(out, *effective);
    write_prompts(out, "systemPrompts", system_prompts(effective->settings));
    write_prompts(out, "systemPromptDefaults", default_system_prompts());
    out.key("storage");
    out.begin_object();
    out.member("directory", world.files.directory());
    out.member("images", use->images);
    out.member("imageBytes", use->image_bytes);
    out.member("freeBytes", *free);
    write_optional(out, "retentionDays", effective->settings.retention_days);
    out.end_object();
    out.end_object();
  });
}

HttpResponse get(Services& services, const Call& /*call*/) { return settings_answer(services); }

/// A secret that is to be saved, or cleared.
struct SecretChange {
  Secret which;
  std::optional<std::string> value;
};
struct Change {
  AppSettings settings;
  std::vector<SecretChange> secrets;
};

/// Whether a value that the environment gives may not be changed here.
void refuse_if_fixed(JsonMembers& in, std::string_view name, const Sourced& now) {
  if (now.source == Source::environment && in.has(name)) {
    in.refuse(name, fmt::format("{} is set by the process's environment: change it there.", name));
  }
}

void read_secret(JsonMembers& in, std::string_view name, Secret which, const Sourced& now,
                 std::vector<SecretChange>& out) {
  refuse_if_fixed(in, name, now);
  if (in.is_null(name)) {
    out.push_back({which, std::nullopt});
    return;
  }
  std::string value;
  if (in.trimmed(name, value, secret_limits)) out.push_back({which, std::move(value)});
}

/// An http(s) URL without a slash at its end; null, or nothing, is the default.
void read_url(JsonMembers& in, std::string_view name, const Sourced& now, std::string& target) {
  refuse_if_fixed(in, name, now);
  if (in.is_null(name)) {
    target.clear();
    return;
  }
  std::string value;
  if (!in.trimmed(name, value, {.least = 0, .most = 2'000})) return;
  while (value.ends_with('/')) value.pop_back();
  if (!value.empty()) {
    const Result<Url> url = parse_url(value);
    if (!url) {
      in.refuse(name, fmt::format("{} is no address: write it like https://example.com.", name));
      return;
    }
    if (!url->user_info.empty() || url->target.find('?') != std::string::npos) {
      in.refuse(name, fmt::format("{} must have neither a user name nor a query.", name));
      return;
    }
  }
  target = std::move(value);
}

void read_optional(JsonMembers& in, std::string_view name, std::optional<int>& target, int least,
                   int most) {
  if (in.is_null(name)) {
    target.reset();
    return;
  }
  int value = 0;
  if (in.integer(name, value, least, most)) target = value;
}

void read_broker(JsonMembers& in, const Effective& now, AppSettings& settings) {
  read_url(in, "url", now.broker_url, settings.broker_url);
  read_url(in, "publicUrl", now.public_url, settings.public_url);
  in.integer("retries", settings.retries, 0, 100);
  in.integer("defaultRateLimit", settings.default_rate_limit, 1, GenerationOptions::rate_limit_max);
  read_optional(in, "accountRateLimit", settings.account_rate_limit, 1,
                GenerationOptions::rate_limit_max);
  in.boolean("flowControl", settings.flow_control);
  in.boolean("localProcessing", settings.local_processing);
  in.end();
}

void read_providers(JsonMembers& in, const Effective& now, AppSettings& settings) {
  std::string choice;
  if (in.choice("imageProvider", choice, {"auto", "gemini", "openai", "demo"})) {
    settings.image_provider = *parse_provider_choice(choice);
  }
  read_url(in, "geminiBaseUrl", now.gemini_base_url, settings.gemini_base_url);
  read_url(in, "openaiBaseUrl", now.openai_base_url, settings.openai_base_url);
  in.trimmed("imageModel", settings.image_model, {.least = 0, .most = 200});
  in.trimmed("textModel", settings.text_model, {.least = 0, .most = 200});
  int seconds = static_cast<int>(settings.image_timeout.count());
  in.integer("timeoutSeconds", seconds, 10, 600);
  settings.image_timeout = std::chrono::seconds(seconds);
  in.end();
}

void read_demo(JsonMembers& in, AppSettings& settings) {
  int latency = static_cast<int>(settings.demo_latency.count());
  in.integer("latencyMs", latency, 0, 60'000);
  settings.demo_latency = Milliseconds(latency);
  in.integer("temporaryErrorPercent", settings.demo_temporary_error_percent, 0, 100);
  in.integer("rateLimitErrorPercent", settings.demo_rate_limit_error_percent, 0, 100);
  in.integer("permanentErrorPercent", settings.demo_permanent_error_percent, 0, 100);
  in.end();
}

/// A text that is the default's is not kept, so that it changes with the default.
void read_prompt(JsonMembers& in, std::string_view name, const std::string& otherwise,
                 std::string& target) {
  std::string text;
  if (in.trimmed(name, text, prompt_limits)) {
    target = text == otherwise ? std::string() : std::move(text);
  }
}

void read_change(JsonMembers& in, const Effective& now, Change& change) {
  AppSettings& settings = change.settings;
  if (auto secrets = in.object("secrets")) {
    read_secret(*secrets, "qstashToken", Secret::qstash_token, now.qstash_token, change.secrets);
    read_secret(*secrets, "openaiApiKey", Secret::openai_api_key, now.openai_api_key,
                change.secrets);
    read_secret(*secrets, "geminiApiKey", Secret::gemini_api_key, now.gemini_api_key,
                change.secrets);
    secrets->end();
  }
  if (auto broker = in.object("broker")) read_broker(*broker, now, settings);
  if (auto providers = in.object("providers")) read_providers(*providers, now, settings);
  if (auto demo = in.object("demo")) read_demo(*demo, settings);
  if (auto prompts = in.object("systemPrompts")) {
    const SystemPrompts& defaults = default_system_prompts();
    read_prompt(*prompts, "parameters", defaults.parameters, settings.parameters_prompt);
    read_prompt(*prompts, "prompts", defaults.prompts, settings.prompts_prompt);
    read_prompt(*prompts, "generations", defaults.generations, settings.generations_prompt);
    prompts->end();
  }
  if (auto storage = in.object("storage")) {
    read_optional(*storage, "retentionDays", settings.retention_days, 1, 36'500);
    storage->end();
  }
}

HttpResponse put(Services& services, const Call& call) {
  World& world = services.world;
  const Result<Effective> now = current(world);
  if (!now) return problem_answer(storage_problem(now.error()));
  const Outcome<Change> change =
      read_body<Change>(call.request.body, [&](JsonMembers& in, Change& target) {
        target.settings = now->settings;
        read_change(in, *now, target);
      });
  if (!change) return problem_answer(change.error());
  const Result<void> saved = world.storage.transaction([&]() -> Result<void> {
    if (Result<void> done = world.storage.save_settings(change->settings); !done) return done;
    for (const SecretChange& secret : change->secrets) {
      const std::optional<std::string_view> value =
          secret.value ? std::optional<std::string_view>(*secret.value) : std::nullopt;
      if (Result<void> done = world.vault.set(secret.which, value); !done) return done;
    }
    return {};
  });
  if (!saved) return problem_answer(storage_problem(saved.error()));
  services.settings_changed();
  return settings_answer(services);
}

struct CheckRequest {
  std::string what;
  std::optional<std::string> value;
};

asio::awaitable<HttpResponse> check(Services& services, Call call) {
  Outcome<CheckRequest> request =
      read_body<CheckRequest>(call.request.body, [](JsonMembers& in, CheckRequest& target) {
        in.need("what").choice("what", target.what,
                               {"qstashToken", "openaiApiKey", "geminiApiKey"});
        std::string value;
        if (in.trimmed("value", value, {.least = 0, .most = secret_limits.most}) &&
            !value.empty()) {
          target.value = std::move(value);
        }
      });
  if (!request) co_return problem_answer(request.error());
  const Secret which = request->what == "qstashToken"    ? Secret::qstash_token
                       : request->what == "openaiApiKey" ? Secret::openai_api_key
                                                         : Secret::gemini_api_key;
  const CheckResult result = co_await services.diagnostics.check(which, std::move(request->value));
  co_return json_answer_of([&](JsonWriter& out) { write_check_result(out, result); });
}

HttpResponse callback_test_answer(const Outcome<CallbackTest>& test) {
  if (!test) return problem_answer(test.error());
  return json_answer_of([&](JsonWriter& out) { write_callback_test(out, *test); });
}

asio::awaitable<HttpResponse> test_callback(Services& services, Call /*call*/) {
  co_return callback_test_answer(co_await services.diagnostics.test_callback());
}

HttpResponse get_callback_test(Services& services, const Call& call) {
  return callback_test_answer(services.diagnostics.callback_test(call.names[0]));
}

constexpr Route routes[] = {
    {.method = "GET",
     .path = "/api/settings",
     .handler = &get,
     .summary = "Settings, where each comes from, and secrets masked.",
     .answer = "Settings"},
    {.method = "PUT",
     .path = "/api/settings",
     .access = Access::writer,
     .handler = &put,
     .summary = "Change what is given. What the environment sets cannot be changed.",
     .request = "SettingsChange",
     .answer = "Settings",
     .body_max = form_body},
    {.method = "POST",
     .path = "/api/settings/check",
     .access = Access::writer,
     .handler = &check,
     .summary = "Try a key, saved or not.",
     .request = "CheckRequest",
     .answer = "CheckResult"},
    {.method = "POST",
     .path = "/api/settings/test-callback",
     .access = Access::writer,
     .handler = &test_callback,
     .summary = "Send one real message through the broker to this application.",
     .request = "Empty",
     .answer = "CallbackTest"},
    {.method = "GET",
     .path = "/api/settings/test-callback/{id}",
     .handler = &get_callback_test,
     .summary = "How far it has come.",
     .answer = "CallbackTest"},
};

}  // namespace

Routes settings_routes() { return routes; }

}  // namespace godwit::imagegen
