#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "dashboard/overview/destination_health.h"
#include "dashboard/overview/overview.h"
#include "dashboard/routing/router.h"
#include "dashboard/services.h"

namespace godwit {

/// The installation's numbers that no engine has to count.
struct OverviewInstallation {
  Timestamp started;
  std::uint64_t disk_free_min = 0;
  bool ephemeral = false;
  bool synced = true;
};

/// GET /admin/v1/overview, and the same for the event stream: made at most twice a second for an
/// account, however many pages look. What lies in the store (schedules) is read by a reader at most
/// every few seconds. GET /admin/v1/series: read by a reader. Threads: the io_context's. Lifetime:
/// the references outlive it.
class OverviewPages {
 public:
  OverviewPages(const DashboardServices& services, OverviewInstallation installation,
                const DestinationHealth& health);
  void add_routes(DashboardRouter& router);

  /// contract.ts's Overview. Errors: unavailable.
  boost::asio::awaitable<Result<std::string>> overview(AccountId account);

 private:
  /// What was read of the store.
  struct Stored {
    OverviewFacts::Count schedules;
    std::vector<std::string> failing_schedules;
  };
  struct Account {
    std::string json;
    Timestamp made;
    Stored stored;
    Timestamp read;
    std::deque<std::pair<Timestamp, std::uint64_t>> backlogs;  // A sample a minute, oldest first.
  };

  boost::asio::awaitable<HttpResponse> show(DashboardCall call);
  boost::asio::awaitable<HttpResponse> show_series(DashboardCall call);
  boost::asio::awaitable<Result<void>> read_store(AccountId account);
  static std::int64_t growth(Account& account, std::uint64_t backlog, Timestamp now);

  const DashboardServices& services_;
  const OverviewInstallation installation_;
  const DestinationHealth& health_;
  std::map<AccountId, Account> accounts_;  // Bounded by the accounts that have tokens.
};

}  // namespace godwit
