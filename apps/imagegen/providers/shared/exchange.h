#pragma once
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>
#include <utility>

#include "core/result.h"
#include "core/url.h"
#include "net/http_client.h"

namespace godwit::imagegen {

/// One request to a provider, with everything that HttpClient only looks at.
struct Exchange {
  std::string method = "POST";
  Url url;
  Headers headers;
  std::string body;
  std::chrono::milliseconds timeout{0};
};

inline boost::asio::awaitable<Result<IncomingResponse>> exchange(HttpClient& client,
                                                                 Exchange what) {
  OutgoingRequest request;
  request.method = what.method;
  request.url = &what.url;
  request.headers = &what.headers;
  request.body = what.body;
  request.timeout = what.timeout;
  co_return co_await client.send(request);
}

/// How long check() waits.
inline constexpr std::chrono::milliseconds check_timeout{15'000};

}  // namespace godwit::imagegen
