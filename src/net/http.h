#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/message.h"

namespace godwit {

/// A request as the server hands it over: the head is parsed and checked, the body is whole.
struct HttpRequest {
  std::string method;          ///< As sent; a token.
  std::string target;          ///< The raw request target, not decoded or normalised.
  Headers headers;             ///< In order, as spelled by the client.
  std::string body;            ///< De-chunked.
  std::string remote_address;  ///< The peer's address without port, IPv4-mapped IPv6 as IPv4.
};

class BodySource;

struct HttpResponse {
  int status = 200;
  Headers headers;  ///< Without Content-Length, Connection and Date: the server adds them.
  std::string body;
  bool close = false;  ///< Close the connection after this response.

  /// A body that is made while it is sent (net/body_source.h), in place of `body`.
  std::shared_ptr<BodySource> stream;
};

}  // namespace godwit
