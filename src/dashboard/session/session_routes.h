#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "dashboard/routing/router.h"
#include "dashboard/services.h"
#include "dashboard/session/gate.h"

namespace godwit {

/// GET, POST and DELETE /admin/v1/session: who one is, logging in, logging out. Lifetime: the
/// references outlive it.
class SessionRoutes {
 public:
  /// `public_token`: the one that everybody knows, where `godwit dev` listens on loopback only;
  /// else empty.
  SessionRoutes(const DashboardServices& services, DashboardGate& gate, const Sessions& sessions,
                bool dev, std::string public_token);
  void add_routes(DashboardRouter& router);

 private:
  HttpResponse show(const HttpRequest& request) const;
  HttpResponse log_in(const HttpRequest& request);
  HttpResponse log_out(const HttpRequest& request) const;
  HttpResponse session_answer(const KnownToken* token, const std::optional<Session>& session) const;

  const DashboardServices& services_;
  DashboardGate& gate_;
  const Sessions& sessions_;
  bool dev_ = false;
  std::string public_token_;
};

}  // namespace godwit
