#include "imagegen/domain/effective.h"

#include <doctest/doctest.h>

#include "config/accounts.h"
#include "imagegen/domain/unicode.h"

namespace godwit::imagegen {
namespace {

const std::string listen_url = "http://127.0.0.1:8090";

TEST_CASE("without any setting a local broker and the demo are used") {
  const Effective now = effective({}, {}, {}, listen_url);
  CHECK(now.broker_url.value == "http://127.0.0.1:8080");
  CHECK(now.broker_url.source == Source::default_value);
  CHECK(now.qstash_token.value.empty());
  CHECK(now.qstash_token.source == Source::none);
  CHECK(now.public_url.value == listen_url);
  CHECK(now.public_url.source == Source::default_value);
  CHECK(now.openai_base_url.value == "https://api.openai.com/v1");
  CHECK(now.gemini_base_url.value == "https://generativelanguage.googleapis.com");
  CHECK(now.current_signing_key.source == Source::none);
  CHECK(now.provider == ProviderKind::demo);
  CHECK(now.image_model == demo_model);
  CHECK_FALSE(now.text_model.empty());
}

TEST_CASE("the address of the webhook is made of VERCEL_URL") {
  Environment environment;
  environment.vercel_url = "app.example.com";
  const Effective now = effective({}, {}, environment, listen_url);
  CHECK(now.webhook_url() == "https://app.example.com/api/process-generation-task");
  CHECK(now.results_url() == "https://app.example.com/api/task-results");
  CHECK(now.public_url.source == Source::environment);
}

TEST_CASE("an explicit public address counts before VERCEL_URL") {
  struct Row {
    const char* environment;
    const char* saved;
    const char* vercel;
    const char* expected;
    Source source;
  };
  const Row rows[] = {
      {"", "", "", "http://127.0.0.1:8090", Source::default_value},
      {"", "", "app.vercel.app", "https://app.vercel.app", Source::environment},
      {"", "", "https://app.vercel.app/", "https://app.vercel.app", Source::environment},
      {"", "https://saved.example/", "app.vercel.app", "https://saved.example", Source::saved},
      {"https://set.example", "https://saved.example", "app.vercel.app", "https://set.example",
       Source::environment},
      {" https://set.example//\n", "", "", "https://set.example", Source::environment},
      {"https://set.example/images/", "", "", "https://set.example/images", Source::environment},
  };
  for (const Row& row : rows) {
    CAPTURE(row.expected);
    AppSettings settings;
    settings.public_url = row.saved;
    Environment environment;
    environment.public_url = row.environment;
    environment.vercel_url = row.vercel;
    const Effective now = effective(settings, {}, environment, listen_url);
    CHECK(now.public_url.value == row.expected);
    CHECK(now.public_url.source == row.source);
  }
}

TEST_CASE("the environment counts before what was saved") {
  AppSettings settings;
  settings.broker_url = "https://saved.example/";
  settings.gemini_base_url = "https://gemini.saved/";
  settings.openai_base_url = "https://openai.saved/v1/";
  const Secrets saved{"saved-token", "saved-openai", "saved-gemini"};
  Environment environment;

  Effective now = effective(settings, saved, environment, listen_url);
  for (const Sourced* value : {&now.broker_url, &now.qstash_token, &now.openai_api_key,
                               &now.gemini_api_key, &now.gemini_base_url, &now.openai_base_url}) {
    CHECK(value->source == Source::saved);
  }
  CHECK(now.broker_url.value == "https://saved.example");
  CHECK(now.openai_base_url.value == "https://openai.saved/v1");
  CHECK(now.gemini_base_url.value == "https://gemini.saved");
  CHECK(now.qstash_token.value == "saved-token");

  environment.qstash_url = "https://qstash.upstash.io/";
  environment.qstash_token = "token\n";
  environment.openai_api_key = "openai";
  environment.gemini_api_key = " gemini";
  environment.gemini_base_url = "http://127.0.0.1:9/";
  environment.openai_base_url = "http://127.0.0.1:9/v1";
  environment.current_signing_key = "sig_current";
  environment.next_signing_key = "sig_next";
  now = effective(settings, saved, environment, listen_url);
  for (const Sourced* value : {&now.broker_url, &now.qstash_token, &now.openai_api_key,
                               &now.gemini_api_key, &now.gemini_base_url, &now.openai_base_url,
                               &now.current_signing_key, &now.next_signing_key}) {
    CHECK(value->source == Source::environment);
  }
  CHECK(now.broker_url.value == "https://qstash.upstash.io");
  CHECK(now.qstash_token.value == "token");
  CHECK(now.gemini_api_key.value == "gemini");
  CHECK(now.openai_api_key.value == "openai");
  CHECK(now.next_signing_key.value == "sig_next");
}

TEST_CASE("with QSTASH_DEV the public test user's token is the last resort") {
  Environment environment;
  environment.qstash_dev = true;
  Effective now = effective({}, {}, environment, listen_url);
  CHECK(is_public_token(now.qstash_token.value));
  CHECK(now.qstash_token.source == Source::default_value);
  CHECK(now.broker_url.value == "http://127.0.0.1:8080");

  now = effective({}, {.qstash_token = "mine", .openai_api_key = {}, .gemini_api_key = {}},
                  environment, listen_url);
  CHECK(now.qstash_token.value == "mine");
}

TEST_CASE("the provider follows the choice, and automatic the key") {
  struct Row {
    ProviderChoice choice;
    const char* gemini_key;
    const char* model;
    ProviderKind provider;
    std::string_view expected_model;
  };
  const Row rows[] = {
      {ProviderChoice::automatic, "", "", ProviderKind::demo, demo_model},
      {ProviderChoice::automatic, "key", "", ProviderKind::gemini, default_model},
      {ProviderChoice::gemini, "", "", ProviderKind::gemini, default_model},
      {ProviderChoice::demo, "key", "", ProviderKind::demo, demo_model},
      // A model of the provider stays, one of another does not.
      {ProviderChoice::automatic, "", "gemini-3.1-flash-image", ProviderKind::demo, demo_model},
      {ProviderChoice::automatic, "key", "demo", ProviderKind::gemini, default_model},
      {ProviderChoice::gemini, "key", "imagen-4.0-generate-001", ProviderKind::gemini,
       "imagen-4.0-generate-001"},
      // A name that is newer than the catalog is believed.
      {ProviderChoice::gemini, "key", "gemini-9-image", ProviderKind::gemini, "gemini-9-image"},
      {ProviderChoice::openai, "", "gpt-image-99", ProviderKind::openai, "gpt-image-99"},
      {ProviderChoice::demo, "", "gemini-9-image", ProviderKind::demo, demo_model},
  };
  for (const Row& row : rows) {
    CAPTURE(row.model);
    AppSettings settings;
    settings.image_provider = row.choice;
    settings.image_model = row.model;
    Secrets saved;
    saved.gemini_api_key = row.gemini_key;
    const Effective now = effective(settings, saved, {}, listen_url);
    CHECK(now.provider == row.provider);
    CHECK(now.image_model == row.expected_model);
  }

  AppSettings settings;
  settings.image_provider = ProviderChoice::openai;
  const Effective now = effective(settings, {}, {}, listen_url);
  const ImageModel* model = ModelCatalog::built_in().find(now.image_model);
  REQUIRE(model != nullptr);
  CHECK(model->provider == ProviderKind::openai);
}

TEST_CASE("a secret is shown by its last four characters, a short one not at all") {
  CHECK(masked("").empty());
  CHECK(masked("short") == "••••");
  CHECK(masked("12345678901") == "••••");
  CHECK(masked("123456789012") == "••••9012");
  CHECK(masked("sk-proj-abcdefghijkWXYZ") == "••••WXYZ");
  CHECK(masked("ключключключ") == "••••ключ");
}

}  // namespace
}  // namespace godwit::imagegen
