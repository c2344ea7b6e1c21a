#pragma once
#include <string>
#include <string_view>

#include "imagegen/domain/model_catalog.h"
#include "imagegen/domain/settings.h"

namespace godwit::imagegen {

/// In clear, in memory only.
struct Secrets {
  std::string qstash_token;
  std::string openai_api_key;
  std::string gemini_api_key;
};

enum class Source { none, default_value, saved, environment };

/// A value and where it came from.
struct Sourced {
  std::string value;
  Source source = Source::none;
};

/// What counts now: environment over what people saved over defaults.
struct Effective {
  Sourced broker_url;           ///< Default `http://127.0.0.1:8080`. Without a slash at the end.
  Sourced qstash_token;         ///< With QSTASH_DEV and none: the public test user's.
  Sourced current_signing_key;  ///< Only from the environment; otherwise fetched with the token.
  Sourced next_signing_key;
  Sourced public_url;  ///< Explicit over `https://` + VERCEL_URL over `listen_url`.
  Sourced openai_api_key;
  Sourced gemini_api_key;
  Sourced openai_base_url;
  Sourced gemini_base_url;
  ProviderKind provider = ProviderKind::demo;  ///< Never `imagen`.
  /// The one that was set if `provider` knows it, or nobody does; else the provider's default.
  std::string image_model;
  std::string text_model;
  AppSettings settings;  ///< The rest.

  static constexpr std::string_view broker_url_default = "http://127.0.0.1:8080";
  static constexpr std::string_view openai_base_url_default = "https://api.openai.com/v1";
  static constexpr std::string_view gemini_base_url_default =
      "https://generativelanguage.googleapis.com";
  static constexpr std::string_view text_model_default = "gpt-5.4-mini";

  std::string webhook_url() const;  ///< public_url + /api/process-generation-task
  std::string results_url() const;  ///< public_url + /api/task-results
};

/// Pure. `listen_url`: where this process can be reached on this machine.
Effective effective(const AppSettings& settings, const Secrets& saved,
                    const Environment& environment, const std::string& listen_url);

/// Shown in place of a secret: `••••` and its last four characters, if it has at least twelve.
std::string masked(std::string_view secret);

}  // namespace godwit::imagegen
