#pragma once
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "imagegen/generations/world.h"
#include "net/http.h"

namespace godwit::imagegen {

/// The two addresses that the broker calls. They take and give whole HTTP messages, because their
/// statuses and headers are a protocol of their own (requirements 9.1, 9.2.2).
///
/// process(): verify the signature -> find the task -> take its lease and note the call in the
/// ledger (in one transaction, which refuses what would pass the hourly limit) -> spooled image, or
/// one provider call -> spool -> store -> done. 200 done or nothing left to do; 503 with
/// Retry-After for what is worth another attempt; 489 with Upstash-NonRetryable-Error for what is
/// not; 401 for a wrong signature; 500 our own fault. An attempt that finds the limit used up is
/// planned anew with the broker and answered 200, so that waiting costs no retries.
///
/// Threads: the io_context's.
class Processing {
 public:
  explicit Processing(World& world);
  ~Processing();

  boost::asio::awaitable<HttpResponse> process(HttpRequest request);
  /// POST /api/task-results: callbacks and failure callbacks of the broker, and results that the
  /// application's own key vouches for.
  boost::asio::awaitable<HttpResponse> take_result(HttpRequest request);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace godwit::imagegen
