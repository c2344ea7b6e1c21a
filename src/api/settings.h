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
  std::size_t batch_items_max = 100'000;     ///< Messages of one `POST /v2/batch`; 400 beyond.
  /// Bytes of all messages that one publish to a URL group makes, which are written in one piece;
  /// 412 `quota maxMessageSize exceeded`.
  std::size_t group_publish_bytes_max = 64u << 20;
  int queue_parallelism_max = 1'000;     ///< `quota maxParallelism exceeded`
  std::size_t bulk_actions_max = 1'000;  ///< Under way, in all accounts; `quota maxBulkActions`
  std::size_t forwarded_headers_size_max = 64u << 10;  ///< 400
  bool refuse_loopback_destinations = false;           ///< 400 at publish for literal addresses and
                                                       ///< `localhost` that the guard refuses.
  bool allow_callback_delay = false;   ///< Else `Upstash-Callback-Delay` gets 400 (our extension).
  std::uint64_t messages_per_day = 0;  ///< Of an account, UTC days; 429 beyond; 0: no limit.
  std::uint64_t requests_per_second = 0;  ///< Of an account, publishing left out; the same.
  std::size_t parallelism_max = 1'024;    ///< Attempts at once, as `globalParallelism` tells it.
  std::size_t listing_threads = 2;
  bool listings_yield = true;  ///< Readers, the dashboard's too, at ReaderPriority::idle; else low.
  std::size_t listings_waiting_max = 256;  ///< Beyond: 503 with Retry-After.
  std::size_t listing_scan_max = 20'000;   ///< As LogQuery::scan_max: of one page.
  std::uint16_t partitions = 1;            ///< As many as the engine has: listings read each.
  std::string version = "0.1.0";
};

}  // namespace godwit
