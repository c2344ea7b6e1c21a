#include <utility>

#include "imagegen/providers/openai/images_wire.h"
#include "imagegen/providers/openai/openai_client.h"
#include "imagegen/providers/openai/openai_error.h"
#include "imagegen/providers/providers.h"
#include "imagegen/providers/shared/outcome.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

asio::awaitable<ImageOutcome> draw(HttpClient& client, ProviderAccess access,
                                   ImageRequest request) {
  const Answerer nobody{openai::provider, openai::title};
  Result<Exchange> what =
      openai::post(access, "/images/generations", openai::images_body(request), request.timeout);
  if (!what) {
    co_return image_failed(nobody, "bad_base_url",
                           "OpenAI's base URL cannot be used. Check it in the settings.",
                           what.error().message);
  }
  const Result<IncomingResponse> response = co_await exchange(client, std::move(*what));
  ImageOutcome outcome = response
                             ? openai::read_images(*response, request.model, SystemClock().now())
                             : image_lost(nobody, response.error());
  hide(outcome, access.key);
  co_return outcome;
}

class OpenaiImages final : public ImageProvider {
 public:
  OpenaiImages(HttpClient& client, ProviderAccess access)
      : client_(client), access_(std::move(access)) {}

  asio::awaitable<ImageOutcome> generate(ImageRequest request) override {
    return draw(client_, access_, std::move(request));
  }
  asio::awaitable<Result<std::string>> check() override {
    return openai::list_models(client_, access_);
  }

 private:
  HttpClient& client_;
  const ProviderAccess access_;
};

}  // namespace

std::unique_ptr<ImageProvider> make_openai_images(HttpClient& client, ProviderAccess access) {
  return std::make_unique<OpenaiImages>(client, std::move(access));
}

}  // namespace godwit::imagegen
