#pragma once
#include <boost/asio/awaitable.hpp>

#include "dashboard/routing/router.h"
#include "dashboard/services.h"

namespace godwit {

/// What the page of schedules needs beside /v2/schedules: a preview of an expression, a run out of
/// turn, the calendar of the days ahead. Lifetime: the services outlive it.
class ScheduleExtras {
 public:
  explicit ScheduleExtras(const DashboardServices& services) : services_(services) {}
  void add_routes(DashboardRouter& router);

 private:
  HttpResponse preview(const DashboardCall& call) const;
  boost::asio::awaitable<HttpResponse> run(DashboardCall call);
  boost::asio::awaitable<HttpResponse> calendar(DashboardCall call);

  const DashboardServices& services_;
};

}  // namespace godwit
