#include "imagegen/domain/effective.h"

#include <algorithm>

#include "config/accounts.h"
#include "core/ascii.h"
#include "imagegen/domain/unicode.h"

namespace godwit::imagegen {
namespace {

Sourced environment_or_saved(std::string_view environment, std::string_view saved) {
  // A key pasted with a blank or the end of its line is that key.
  const auto trimmed = [](std::string_view text) {
    const auto visible = [](char c) { return !ascii::is_blank(c) && c != '\n' && c != '\r'; };
    const auto* const begin = std::find_if(text.begin(), text.end(), visible);
    const auto end = std::find_if(text.rbegin(), text.rend(), visible);
    return begin == text.end() ? std::string() : std::string(begin, end.base());
  };
  if (std::string value = trimmed(environment); !value.empty()) {
    return {std::move(value), Source::environment};
  }
  if (std::string value = trimmed(saved); !value.empty()) return {std::move(value), Source::saved};
  return {};
}

Sourced or_default(Sourced sourced, std::string_view value) {
  if (sourced.source != Source::none || value.empty()) return sourced;
  return {std::string(value), Source::default_value};
}

Sourced without_slashes(Sourced url) {
  while (url.value.ends_with('/')) url.value.pop_back();
  return url;
}

Sourced public_url(const AppSettings& settings, const Environment& environment,
                   const std::string& listen_url) {
  Sourced url = environment_or_saved(environment.public_url, settings.public_url);
  if (url.source == Source::none) {
    url = environment_or_saved(environment.vercel_url, {});
    // Vercel gives a host name; people who set it by hand often give a URL.
    if (!url.value.empty() && url.value.find("://") == std::string::npos) {
      url.value.insert(0, "https://");
    }
  }
  return without_slashes(or_default(std::move(url), listen_url));
}

ProviderKind provider_of(ProviderChoice choice, bool has_gemini_key) {
  switch (choice) {
    case ProviderChoice::gemini:
      return ProviderKind::gemini;
    case ProviderChoice::openai:
      return ProviderKind::openai;
    case ProviderChoice::demo:
      return ProviderKind::demo;
    case ProviderChoice::automatic:
      break;
  }
  return has_gemini_key ? ProviderKind::gemini : ProviderKind::demo;
}

/// `imagen` and `gemini` are two calls of one provider.
bool serves(ProviderKind provider, const ImageModel& model) {
  return model.provider == provider ||
         (provider == ProviderKind::gemini && model.provider == ProviderKind::imagen);
}

std::string default_model_of(ProviderKind provider) {
  if (provider == ProviderKind::demo) return std::string(demo_model);
  if (provider == ProviderKind::gemini) return std::string(default_model);
  for (const ImageModel& model : ModelCatalog::built_in().models()) {
    if (serves(provider, model) && model.gone_since.empty()) return model.id;
  }
  return std::string(default_model);
}

std::string image_model(ProviderKind provider, const std::string& saved) {
  if (saved.empty()) return default_model_of(provider);
  const ImageModel* known = ModelCatalog::built_in().find(saved);
  // A name that is newer than the catalog is believed, but the demo has no models of others.
  const bool fits = known == nullptr ? provider != ProviderKind::demo : serves(provider, *known);
  return fits ? saved : default_model_of(provider);
}

}  // namespace

std::string Effective::webhook_url() const {
  return public_url.value + "/api/process-generation-task";
}

std::string Effective::results_url() const { return public_url.value + "/api/task-results"; }

Effective effective(const AppSettings& settings, const Secrets& saved,
                    const Environment& environment, const std::string& listen_url) {
  Effective now;
  now.broker_url =
      without_slashes(or_default(environment_or_saved(environment.qstash_url, settings.broker_url),
                                 Effective::broker_url_default));
  now.qstash_token = environment_or_saved(environment.qstash_token, saved.qstash_token);
  if (environment.qstash_dev) {
    now.qstash_token = or_default(std::move(now.qstash_token), public_users().front().token);
  }
  now.current_signing_key = environment_or_saved(environment.current_signing_key, {});
  now.next_signing_key = environment_or_saved(environment.next_signing_key, {});
  now.public_url = public_url(settings, environment, listen_url);
  now.openai_api_key = environment_or_saved(environment.openai_api_key, saved.openai_api_key);
  now.gemini_api_key = environment_or_saved(environment.gemini_api_key, saved.gemini_api_key);
  now.openai_base_url = without_slashes(
      or_default(environment_or_saved(environment.openai_base_url, settings.openai_base_url),
                 Effective::openai_base_url_default));
  now.gemini_base_url = without_slashes(
      or_default(environment_or_saved(environment.gemini_base_url, settings.gemini_base_url),
                 Effective::gemini_base_url_default));
  now.provider = provider_of(settings.image_provider, !now.gemini_api_key.value.empty());
  now.image_model = image_model(now.provider, settings.image_model);
  now.text_model =
      settings.text_model.empty() ? Effective::text_model_default : settings.text_model;
  now.settings = settings;
  return now;
}

std::string masked(std::string_view secret) {
  if (secret.empty()) return {};
  constexpr std::size_t length_min = 12;  // Of fewer characters four would tell too much.
  constexpr std::size_t shown = 4;
  std::string text = "\u2022\u2022\u2022\u2022";
  const std::size_t length = count_characters(secret);
  if (length >= length_min) {
    text += secret.substr(first_characters(secret, length - shown).size());
  }
  return text;
}

}  // namespace godwit::imagegen
