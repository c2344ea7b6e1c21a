#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "api/listing_json.h"
#include "api/publish_request.h"
#include "api/reader_pool.h"
#include "core/time.h"
#include "dashboard/routing/router.h"
#include "dashboard/settings.h"
#include "engine/broker.h"
#include "store/store.h"

namespace godwit {

/// What the endpoints of /admin/v1 work with; each group of them is a class that gets it in its
/// constructor and adds its rows in `void add_routes(DashboardRouter&)`. Everything outlives them.
/// Threads: the io_context's, but for what readers run.
struct DashboardServices {
  boost::asio::io_context& io;
  const DashboardSettings& settings;
  Broker& broker;
  const Store& store;
  const Clock& clock;
  ReaderPool& readers;        ///< The dashboard's own; see read_snapshot().
  ReaderPool& counters;       ///< For reads that look at everything and keep no row waiting.
  const PublishRules& rules;  ///< As the API publishes.
  std::uint16_t partitions = 1;
  std::string version;
  std::string url;  ///< How this machine reaches the server: `http://127.0.0.1:8080`.

  /// Runs read(const ListingSource&) on a reader thread over a snapshot of now. `scan_max` is
  /// DashboardSettings::scan_max. Errors: unavailable when too many wait; those of `read`.
  template <typename T, typename Read>
  boost::asio::awaitable<Result<T>> read_snapshot(Read read) const {
    return read_snapshot_on<T>(readers, std::move(read));
  }
  /// The same on a thread of `pool`.
  template <typename T, typename Read>
  boost::asio::awaitable<Result<T>> read_snapshot_on(ReaderPool& pool, Read read) const {
    std::move_only_function<Result<T>()> work = [snapshot = store.snapshot(), count = partitions,
                                                 scan_max = settings.scan_max,
                                                 read = std::move(read)]() mutable -> Result<T> {
      std::size_t skipped = 0;
      return read(ListingSource{
          .reader = *snapshot, .partitions = count, .scan_max = scan_max, .skipped = skipped});
    };
    return pool.run<T>(std::move(work));
  }
};

}  // namespace godwit
