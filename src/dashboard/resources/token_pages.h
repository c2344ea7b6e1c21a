#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>

#include "config/accounts.h"
#include "config/configuration.h"
#include "core/result.h"
#include "dashboard/routing/router.h"
#include "dashboard/services.h"
#include "dashboard/session/sessions.h"

namespace godwit {

/// The tokens of an account: listed, made and revoked. A change is on stable storage and counts,
/// for sessions too, before it is answered. Lifetime: the references outlive it.
class TokenPages {
 public:
  TokenPages(const DashboardServices& services, const Configuration& configuration,
             const Sessions& sessions, std::function<Result<void>()> reload_tokens);
  void add_routes(DashboardRouter& router);

 private:
  HttpResponse list(const DashboardCall& call) const;
  boost::asio::awaitable<HttpResponse> create(DashboardCall call);
  boost::asio::awaitable<HttpResponse> revoke(DashboardCall call);
  const KnownToken* find(const DashboardCall& call, std::string_view id) const;

  const DashboardServices& services_;
  const Configuration& configuration_;
  const Sessions& sessions_;
  std::function<Result<void>()> reload_tokens_;
};

}  // namespace godwit
