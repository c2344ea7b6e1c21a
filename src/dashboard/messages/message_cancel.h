#pragma once
#include <memory>

#include "core/result.h"
#include "dashboard/messages/actions.h"
#include "dashboard/routing/router.h"
#include "dashboard/services.h"
#include "engine/message_search.h"

namespace godwit {

struct CancelFilter {
  MessageSearch search;
  bool by_ids = false;  ///< Nothing but ids is asked for: there is no need to look.
};

/// Reads `{"filter": {...}}`: the members of contract.ts's MessageFilter, each a text or a list of
/// texts; `{}` selects all. Errors: invalid_argument, naming the member; for a member that is no
/// filter too, since passing it over would cancel more than was asked for. Pure.
Result<CancelFilter> parse_cancel_filter(const DashboardCall& call, Timestamp now);

/// Cancels what a filter selects, however much it is: POST /admin/v1/messages/cancel. The filters
/// are those of the list of messages, which are wider than /v2's. Messages that are created after
/// the request came are never touched, ended ones stay as they are. Lifetime: the services outlive
/// it; `actions` are stopped before the io_context runs out.
class MessageCancel {
 public:
  MessageCancel(const DashboardServices& services, std::shared_ptr<DashboardActions> actions)
      : services_(services), actions_(std::move(actions)) {}
  void add_routes(DashboardRouter& router);

 private:
  HttpResponse begin(const DashboardCall& call);

  const DashboardServices& services_;
  const std::shared_ptr<DashboardActions> actions_;
};

}  // namespace godwit
