#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/time.h"

namespace godwit {

/// The quotas of an installation (412 beyond) and what it shows of itself.
struct ApiSettings {
  int retries_max = 999;                     ///< `quota maxRetries exceeded`
  std::optional<Milliseconds> delay_max;     ///< `quota maxDelay exceeded, current limit: <s>`;
                                             ///< nullopt: 10 years.
  std::size_t message_size_max = 10u << 20;  ///< `quota maxMessageSize exceeded`
  std::size_t forwarded_headers_size_max = 64u << 10;  ///< 400
  bool refuse_loopback_destinations = false;           ///< 400 at publish for literal addresses and
                                                       ///< `localhost` that the guard refuses.
  std::size_t listing_threads = 2;
  std::size_t listings_waiting_max = 256;  ///< Beyond: 503 with Retry-After.
  std::uint16_t partitions = 1;            ///< As many as the engine has: listings read each.
  std::string version = "0.1.0";
};

}  // namespace godwit
