#include "imagegen/providers/openai/openai_client.h"

#include <utility>

#include "imagegen/providers/openai/openai_error.h"

namespace godwit::imagegen::openai {

Result<Exchange> post(const ProviderAccess& access, std::string_view path, std::string body,
                      std::chrono::milliseconds timeout) {
  Result<Url> url = parse_url(access.base_url + std::string(path));
  if (!url) return fail(ErrorCode::invalid_argument, "Base URL: " + url.error().message);
  Exchange what;
  what.url = std::move(*url);
  what.headers = {{"Content-Type", "application/json"}, {"Authorization", "Bearer " + access.key}};
  what.body = std::move(body);
  what.timeout = timeout;
  return what;
}

boost::asio::awaitable<Result<std::string>> list_models(HttpClient& client, ProviderAccess access) {
  Result<Exchange> what = post(access, "/models", {}, check_timeout);
  if (!what) co_return std::unexpected(what.error());
  what->method = "GET";
  const Result<IncomingResponse> response = co_await exchange(client, std::move(*what));
  Result<std::string> models = response ? read_models(*response, SystemClock().now())
                                        : Result<std::string>(std::unexpected(response.error()));
  if (!models) hide(models.error().message, access.key);
  co_return models;
}

}  // namespace godwit::imagegen::openai
