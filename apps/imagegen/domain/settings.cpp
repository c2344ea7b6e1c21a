#include "imagegen/domain/settings.h"

#include "imagegen/domain/names.h"

namespace godwit::imagegen {
namespace {

constexpr std::array choices{
    Named{ProviderChoice::automatic, "auto"}, Named{ProviderChoice::gemini, "gemini"},
    Named{ProviderChoice::openai, "openai"}, Named{ProviderChoice::demo, "demo"}};

constexpr std::array secret_names{Named{Secret::qstash_token, "qstash_token"},
                                  Named{Secret::openai_api_key, "openai_api_key"},
                                  Named{Secret::gemini_api_key, "gemini_api_key"}};

}  // namespace

std::string_view to_string(ProviderChoice choice) { return name_of(choices, choice); }
std::optional<ProviderChoice> parse_provider_choice(std::string_view text) {
  return value_of(choices, text);
}

std::string_view to_string(Secret secret) { return name_of(secret_names, secret); }

}  // namespace godwit::imagegen
