#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"

namespace godwit::imagegen {

enum class ProviderChoice { automatic, gemini, openai, demo };
/// `auto` for automatic.
std::string_view to_string(ProviderChoice choice);
std::optional<ProviderChoice> parse_provider_choice(std::string_view text);

/// What people set on the page «Настройки», without the secrets. An empty text or nullopt: not set.
struct AppSettings {
  std::string broker_url;
  std::string public_url;
  int retries = 3;
  int default_rate_limit = 60;
  std::optional<int> account_rate_limit;  ///< For all generations of one provider key together.
  bool flow_control = true;               ///< false: only delays, as the guide says.
  bool local_processing = false;

  ProviderChoice image_provider = ProviderChoice::automatic;
  std::string gemini_base_url;
  std::string openai_base_url;
  std::string image_model;  ///< Empty: default_model, or demo_model with the demo.
  std::string text_model;
  std::chrono::seconds image_timeout{120};

  Milliseconds demo_latency{1'500};
  int demo_temporary_error_percent = 0;
  int demo_rate_limit_error_percent = 0;
  int demo_permanent_error_percent = 0;

  std::string parameters_prompt;  ///< System prompts; empty: the default texts.
  std::string prompts_prompt;
  std::string generations_prompt;

  std::optional<int> retention_days;  ///< Of images; nullopt: kept.
};

/// The three secrets of the page.
enum class Secret { qstash_token, openai_api_key, gemini_api_key };
std::string_view to_string(Secret secret);

/// What the process was started with; beats what people set, and is shown as such.
struct Environment {
  std::string qstash_url;
  std::string qstash_token;
  std::string current_signing_key;
  std::string next_signing_key;
  std::string openai_api_key;
  std::string gemini_api_key;
  std::string public_url;  ///< IMAGEGEN_PUBLIC_URL
  std::string vercel_url;  ///< A host name without scheme.
  std::string gemini_base_url;
  std::string openai_base_url;
  bool qstash_dev = false;  ///< QSTASH_DEV: a local broker with the public test user.
};

}  // namespace godwit::imagegen
