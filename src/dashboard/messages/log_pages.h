#pragma once
#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "dashboard/routing/router.h"
#include "dashboard/services.h"

namespace godwit {

/// A field of a CSV file: quoted whenever it could be read as more than a text, and with a quote
/// before what a spreadsheet would take for a formula. Pure.
std::string csv_field(std::string_view text);

/// Rows of the log by filter, and all of them as a file. Lifetime: the services outlive it.
class LogPages {
 public:
  explicit LogPages(const DashboardServices& services) : services_(services) {}
  void add_routes(DashboardRouter& router);

 private:
  boost::asio::awaitable<HttpResponse> list(DashboardCall call);
  boost::asio::awaitable<HttpResponse> write_file(DashboardCall call);

  const DashboardServices& services_;
};

}  // namespace godwit
