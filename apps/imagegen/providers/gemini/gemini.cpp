#include <random>
#include <utility>

#include "imagegen/providers/gemini/gemini_error.h"
#include "imagegen/providers/gemini/gemini_wire.h"
#include "imagegen/providers/providers.h"
#include "imagegen/providers/shared/exchange.h"
#include "imagegen/providers/shared/outcome.h"
#include "imagegen/providers/shared/waits.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

Headers headers_with(const std::string& key) {
  return {{"Content-Type", "application/json"}, {"x-goog-api-key", key}};
}

asio::awaitable<ImageOutcome> draw(HttpClient& client, const ModelCatalog& catalog,
                                   ProviderAccess access, ImageRequest request) {
  const Answerer nobody{gemini::provider, gemini::title};
  const ImageModel* model = catalog.find(request.model);
  gemini::WireRequest wire = gemini::build_request(request, model);
  Result<Url> url = parse_url(access.base_url + wire.path);
  if (!url) {
    co_return image_failed(nobody, "bad_base_url",
                           "Gemini's base URL cannot be used. Check it in the settings.",
                           url.error().message);
  }
  Exchange what;
  what.url = std::move(*url);
  what.headers = headers_with(access.key);
  what.body = std::move(wire.body);
  what.timeout = request.timeout;
  const Result<IncomingResponse> response = co_await exchange(client, std::move(what));

  ImageOutcome outcome;
  if (response) {
    gemini::Asked asked;
    asked.model = request.model;
    if (model != nullptr) {
      asked.kind = model->provider;
      asked.replacement = model->replacement;
    }
    outcome = gemini::read_response(*response, asked, SystemClock().now());
  } else {
    outcome = image_lost(nobody, response.error());
  }
  if (auto* retry = std::get_if<ImageRetry>(&outcome);
      retry != nullptr && retry->error.code == "rate_limited" && retry->after) {
    retry->after = with_jitter(*retry->after, std::random_device()());
  }
  hide(outcome, access.key);
  co_return outcome;
}

asio::awaitable<Result<std::string>> list_models(HttpClient& client, ProviderAccess access) {
  Result<Url> url = parse_url(access.base_url + "/v1beta/models?pageSize=1000");
  if (!url) co_return fail(ErrorCode::invalid_argument, "Base URL: " + url.error().message);
  Exchange what;
  what.method = "GET";
  what.url = std::move(*url);
  what.headers = headers_with(access.key);
  what.timeout = check_timeout;
  const Result<IncomingResponse> response = co_await exchange(client, std::move(what));
  Result<std::string> models = response ? gemini::read_models(*response, SystemClock().now())
                                        : Result<std::string>(std::unexpected(response.error()));
  if (!models) hide(models.error().message, access.key);
  co_return models;
}

class Gemini final : public ImageProvider {
 public:
  Gemini(HttpClient& client, const ModelCatalog& catalog, ProviderAccess access)
      : client_(client), catalog_(catalog), access_(std::move(access)) {}

  asio::awaitable<ImageOutcome> generate(ImageRequest request) override {
    return draw(client_, catalog_, access_, std::move(request));
  }
  asio::awaitable<Result<std::string>> check() override { return list_models(client_, access_); }

 private:
  HttpClient& client_;
  const ModelCatalog& catalog_;
  const ProviderAccess access_;
};

}  // namespace

std::unique_ptr<ImageProvider> make_gemini(HttpClient& client, const ModelCatalog& catalog,
                                           ProviderAccess access) {
  return std::make_unique<Gemini>(client, catalog, std::move(access));
}

}  // namespace godwit::imagegen
