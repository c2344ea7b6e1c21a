#pragma once
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>
#include <string_view>

#include "core/result.h"
#include "imagegen/providers/providers.h"
#include "imagegen/providers/shared/exchange.h"

namespace godwit::imagegen::openai {

/// A POST of JSON with the key in its header. Errors: invalid_argument for a base URL that is none.
Result<Exchange> post(const ProviderAccess& access, std::string_view path, std::string body,
                      std::chrono::milliseconds timeout);

/// The key check: `12 models`. Errors as ImageProvider::check().
boost::asio::awaitable<Result<std::string>> list_models(HttpClient& client, ProviderAccess access);

}  // namespace godwit::imagegen::openai
