#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>

#include "core/result.h"
#include "dashboard/messages/actions.h"
#include "dashboard/messages/dead_letter_search.h"
#include "dashboard/routing/json_request.h"
#include "dashboard/routing/router.h"
#include "dashboard/services.h"

namespace godwit {

/// Reads what a person changed of a message before its replay: `url`, `method`, `headers` (an array
/// of {name, value}, or an object; in place of all), `body` or `bodyBase64`. Held against the same
/// rules as a publish. A header whose value is what redaction shows of the old one keeps the old
/// value. Never empty. Errors: invalid_argument, naming the field.
Result<std::function<void(Message&)>> parse_replay_changes(const JsonRequest& request,
                                                           const PublishRules& rules);

/// The dead letter queue: lists, groups, entries, replays one by one and in bulk, deletion.
/// Lifetime: the services outlive it; stop() before the io_context runs out.
class DeadLetterPages {
 public:
  /// `retention`: EngineSettings::dead_letter_retention.
  DeadLetterPages(const DashboardServices& services, Milliseconds retention)
      : services_(services), retention_(retention) {}
  void add_routes(DashboardRouter& router);
  /// For others that go on after their request too: GET /admin/v1/actions/{id} tells of all.
  const std::shared_ptr<DashboardActions>& actions() const { return actions_; }
  /// Actions under way go no further.
  void stop() { actions_->stop(); }

 private:
  boost::asio::awaitable<HttpResponse> list(DashboardCall call);
  boost::asio::awaitable<HttpResponse> groups(DashboardCall call);
  boost::asio::awaitable<HttpResponse> detail(DashboardCall call);
  boost::asio::awaitable<HttpResponse> replay(DashboardCall call);
  HttpResponse begin_action(const DashboardCall& call, bool deletes);
  HttpResponse action(const DashboardCall& call) const;

  const DashboardServices& services_;
  const Milliseconds retention_;
  std::shared_ptr<DashboardActions> actions_ = std::make_shared<DashboardActions>();
};

}  // namespace godwit
