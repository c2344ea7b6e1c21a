#pragma once
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>

#include "assets/assets.h"
#include "imagegen/generations/diagnosis.h"
#include "imagegen/generations/generations.h"
#include "imagegen/generations/processing.h"
#include "imagegen/http/events/event_stream.h"
#include "imagegen/http/routing/route.h"
#include "imagegen/http/safety/gate.h"
#include "net/http.h"

namespace godwit::imagegen {

/// What a request was and became, for the process's log.
struct Answered {
  std::string method;
  std::string path;  ///< Without the query.
  int status = 0;
};

struct SiteSettings {
  std::string version;
  AssetSet pages;  ///< Of web/imagegen; may be empty.
  EventStreamSettings events = {};
  int archive_readers = 2;  ///< Threads that read files for archives.
};

/// Everything that ImageGenService answers over HTTP: the interface of contract.ts, the broker's
/// two addresses, images, the pages, and what operators ask for.
///
/// Threads: the io_context's. Lifetime: all references outlive it; the server that hands it
/// requests is stopped before it goes.
class Site {
 public:
  /// Of any route: what the server must let through.
  static constexpr std::size_t body_size_max = large_body;

  Site(World& world, Generations& generations, Processing& processing, Diagnostics& diagnostics,
       std::unique_ptr<Gate> gate, SiteSettings settings);
  ~Site();

  boost::asio::awaitable<HttpResponse> handle(HttpRequest request);
  /// What World::changed tells.
  void changed(const std::string& generation_id, const std::string& task_id);
  /// Called after each answer; for the log.
  void on_answered(std::function<void(const Answered&)> answered);
  /// Ends what would keep connections and the io_context busy: the streams of events.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace godwit::imagegen
