#pragma once
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "imagegen/domain/model_catalog.h"
#include "imagegen/providers/image_provider.h"
#include "imagegen/providers/text_model.h"
#include "net/http_client.h"

namespace godwit::imagegen {

inline constexpr std::string_view gemini_base_url = "https://generativelanguage.googleapis.com";
inline constexpr std::string_view openai_base_url = "https://api.openai.com/v1";

struct ProviderAccess {
  std::string base_url;  ///< Without a slash at the end.
  std::string key;       ///< Goes into a header and nowhere else.
};

/// How an HttpClient for providers is made: room for a 4K picture in base64, and a name of its own.
HttpClientSettings provider_client_settings();

/// Gemini's generateContent; Imagen's predict for the models whose provider is `imagen`. The client
/// (made with provider_client_settings()) and the catalog outlive it and its calls.
std::unique_ptr<ImageProvider> make_gemini(HttpClient& client, const ModelCatalog& catalog,
                                           ProviderAccess access);
/// OpenAI's images/generations, or that of a compatible server.
std::unique_ptr<ImageProvider> make_openai_images(HttpClient& client, ProviderAccess access);

struct DemoSettings {
  std::chrono::milliseconds latency{1'500};
  int temporary_error_percent = 0;
  int rate_limit_error_percent = 0;
  int permanent_error_percent = 0;
};
/// Draws a deterministic picture of prompt and seed, labelled as a demo. Needs no key and no
/// network. Which calls fail depends on the prompt, the seed and how often it was asked for them;
/// without a seed, the picture does so too. The count and the thread that draws are the
/// io_context's, so that providers may come and go.
std::unique_ptr<ImageProvider> make_demo(boost::asio::io_context& io, DemoSettings settings);

/// OpenAI's responses, or chat completions where the server knows only those (404 on responses).
std::unique_ptr<TextModel> make_openai_text(HttpClient& client, ProviderAccess access,
                                            std::string model);
inline constexpr std::string_view default_text_model = "gpt-5.4-mini";

}  // namespace godwit::imagegen
