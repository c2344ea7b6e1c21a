#include "imagegen/generations/world.h"

#include <utility>

#include "core/signature.h"
#include "imagegen/generations/problems.h"

namespace godwit::imagegen {
namespace {

/// Whose call draws with `model`: names that are newer than the catalog go to whom was chosen.
ProviderKind provider_of(const World& world, const Effective& effective, std::string_view model) {
  const ImageModel* known = world.catalog.find(model);
  return known == nullptr ? effective.provider : known->provider;
}

DemoSettings demo_settings(const AppSettings& settings) {
  return {.latency = settings.demo_latency,
          .temporary_error_percent = settings.demo_temporary_error_percent,
          .rate_limit_error_percent = settings.demo_rate_limit_error_percent,
          .permanent_error_percent = settings.demo_permanent_error_percent};
}

}  // namespace

Result<Effective> current(World& world) {
  const Result<AppSettings> settings = world.storage.settings();
  if (!settings) return std::unexpected(settings.error());
  const Result<Secrets> secrets = world.vault.secrets();
  if (!secrets) return std::unexpected(secrets.error());
  return effective(*settings, *secrets, world.environment, world.listen_url);
}

Outcome<std::shared_ptr<ImageProvider>> image_provider(World& world, const Effective& effective,
                                                       std::string_view model) {
  if (world.provider) return world.provider;
  switch (provider_of(world, effective, model)) {
    case ProviderKind::gemini:
    case ProviderKind::imagen: {
      if (effective.gemini_api_key.value.empty()) return std::unexpected(gemini_key_missing());
      ProviderAccess access{.base_url = effective.gemini_base_url.value,
                            .key = effective.gemini_api_key.value};
      return make_gemini(world.provider_client, world.catalog, std::move(access));
    }
    case ProviderKind::openai: {
      if (effective.openai_api_key.value.empty()) return std::unexpected(openai_key_missing());
      ProviderAccess access{.base_url = effective.openai_base_url.value,
                            .key = effective.openai_api_key.value};
      return make_openai_images(world.provider_client, std::move(access));
    }
    case ProviderKind::demo:
      if (world.catalog.find(model) == nullptr) return std::unexpected(model_unknown(model));
      return make_demo(world.io, demo_settings(effective.settings));
  }
  return std::unexpected(model_unknown(model));
}

Outcome<std::shared_ptr<TextModel>> text_model(World& world, const Effective& effective) {
  if (effective.openai_api_key.value.empty()) return std::unexpected(openai_key_missing());
  ProviderAccess access{.base_url = effective.openai_base_url.value,
                        .key = effective.openai_api_key.value};
  return make_openai_text(world.provider_client, std::move(access), effective.text_model);
}

std::string limit_key(const Effective& effective, const ImageModel& model) {
  const auto with_key = [](std::string_view provider, const std::string& key) {
    constexpr std::size_t fingerprint = 12;
    return "imagegen:" + std::string(provider) + ":" +
           hex_encode(sha256(key)).substr(0, fingerprint);
  };
  switch (model.provider) {
    case ProviderKind::gemini:
    case ProviderKind::imagen:
      return with_key("gemini", effective.gemini_api_key.value);
    case ProviderKind::openai:
      return with_key("openai", effective.openai_api_key.value);
    case ProviderKind::demo:
      break;
  }
  return "imagegen:demo";
}

}  // namespace godwit::imagegen
