#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "dashboard/routing/router.h"
#include "dashboard/services.h"
#include "dashboard/session/known_tokens.h"

namespace godwit {

/// The live rows that one page follows: contract.ts's `rows`. Destroyed when its page has gone.
class LiveTail {
 public:
  virtual ~LiveTail() = default;
  /// What came since the last call, as contract.ts's LiveRows in JSON; nullopt: nothing. Called at
  /// most four times a second, on the io_context.
  virtual std::optional<std::string> take() = 0;
};

/// GET /admin/v1/events: server-sent events. `overview` once a second while somebody listens;
/// with `tail=1` also `rows`. A page that reads too slowly gets
/// fewer events, never older ones.
///
/// Threads: the io_context's. stop() before the io_context runs out.
class DashboardEvents {
 public:
  /// The Overview of an account, as JSON. An error leaves the event out.
  using MakeOverview = std::function<boost::asio::awaitable<Result<std::string>>(AccountId)>;
  /// Reads the filters of a call with `tail=1`. Errors: invalid_argument, naming the parameter.
  using MakeTail = std::function<Result<std::unique_ptr<LiveTail>>(const DashboardCall&)>;

  explicit DashboardEvents(const DashboardServices& services);
  ~DashboardEvents();
  void set_overview(MakeOverview make);
  void set_tail(MakeTail make);
  void add_routes(DashboardRouter& router);

  /// Ends the streams of tokens that are not among these (KnownToken::id).
  void keep_only(const std::vector<KnownToken>& tokens);
  /// Ends every stream.
  void stop();

  class Impl;

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace godwit
