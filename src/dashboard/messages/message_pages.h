#pragma once
#include <boost/asio/awaitable.hpp>

#include "core/result.h"
#include "dashboard/messages/message_detail.h"
#include "dashboard/routing/router.h"
#include "dashboard/services.h"

namespace godwit {

/// Lists, counts and pages of messages, their bodies, and who waits in queues and for flow control
/// keys. Lifetime: the services outlive it.
class MessagePages {
 public:
  explicit MessagePages(const DashboardServices& services) : services_(services) {}
  void add_routes(DashboardRouter& router);

 private:
  boost::asio::awaitable<HttpResponse> list(DashboardCall call, bool count_only);
  boost::asio::awaitable<HttpResponse> detail(DashboardCall call);
  boost::asio::awaitable<HttpResponse> body(DashboardCall call, bool of_attempt);
  boost::asio::awaitable<HttpResponse> waiting(DashboardCall call, keys::List kind);
  boost::asio::awaitable<Result<std::optional<MessageDetail>>> read(AccountId account,
                                                                    MessageId id);
  /// Why the message waits, with its position also when that has to be counted in the store.
  boost::asio::awaitable<Result<std::optional<Waiting>>> read_waiting(
      const MessageSummary& summary);

  const DashboardServices& services_;
};

/// What a page of a search may look at, in records: a step of a scan is cheap beside a look-up.
std::size_t search_scan_max(const DashboardServices& services);

/// Members of contract.ts's MessagePage that tell how far the search has come.
void write_search_end(JsonWriter& json, const MessagePage& page);

}  // namespace godwit
