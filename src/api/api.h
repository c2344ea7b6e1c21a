#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/authentication.h"
#include "api/openapi.h"
#include "api/settings.h"
#include "api/tokens.h"
#include "core/time.h"
#include "engine/broker.h"
#include "net/address_guard.h"
#include "net/http.h"
#include "store/store.h"

namespace godwit {

/// The HTTP interface: the /v2 wire of QStash, /healthz, /readyz and /metrics.
///
/// Threads: handle() and everything else on the io_context; listings run on its own reader threads
/// over snapshots. Lifetime: the references outlive it.
class Api {
 public:
  /// `metrics_of_others` is appended to /metrics (Prometheus text); `guard` may be null: no check
  /// at publish. `records_skipped` hears how many stored records listings could not read and passed
  /// over since it was last told, at most once a minute.
  Api(boost::asio::io_context& io, ApiSettings settings, Broker& broker, const Store& store,
      const Clock& clock, const TokenTable& tokens, const AddressPolicy* guard,
      std::function<std::string()> metrics_of_others, std::function<void()> signing_keys_changed,
      std::function<void(std::uint64_t)> records_skipped);
  ~Api();

  boost::asio::awaitable<HttpResponse> handle(HttpRequest request);

  /// Requests without a token may come with a browser's session; `check` outlives the last request.
  void set_sessions(CheckSession check);
  /// Routes of others that stand in /openapi.json.
  void describe_also(std::vector<DescribedRoute> routes);
  /// The table of tokens has changed.
  void tokens_changed();

  /// /readyz answers 503 while not ready: before start and while draining.
  void set_ready(bool ready);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace godwit
