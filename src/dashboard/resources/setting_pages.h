#pragma once
#include <string>

#include "config/configuration.h"
#include "dashboard/routing/router.h"
#include "dashboard/services.h"

namespace godwit {

/// What the installation is set to and what a client needs to use it: the effective configuration
/// with origins, an `.env`, and the check of a signature. Lifetime: the references outlive it.
class SettingPages {
 public:
  /// `public_token`: as SessionRoutes.
  SettingPages(const DashboardServices& services, const Configuration& configuration,
               std::string public_token);
  void add_routes(DashboardRouter& router);

 private:
  HttpResponse settings() const;
  HttpResponse environment(const DashboardCall& call) const;
  HttpResponse check_signature(const DashboardCall& call) const;

  const DashboardServices& services_;
  const Configuration& configuration_;
  std::string public_token_;
};

}  // namespace godwit
