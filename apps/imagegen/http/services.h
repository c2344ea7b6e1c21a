#pragma once
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <string>

#include "imagegen/generations/diagnosis.h"
#include "imagegen/generations/generations.h"
#include "imagegen/generations/processing.h"
#include "imagegen/http/archive/archive_tickets.h"
#include "imagegen/http/events/event_stream.h"
#include "imagegen/http/metrics.h"
#include "imagegen/http/routing/router.h"
#include "imagegen/http/safety/gate.h"
#include "imagegen/http/status_board.h"

namespace godwit::imagegen {

/// What the handlers of requests stand on. All outlive the requests.
struct Services {
  World& world;
  Generations& generations;
  Processing& processing;
  Diagnostics& diagnostics;
  Gate& gate;
  EventStream& events;
  StatusBoard& status;
  ArchiveTickets& tickets;
  Counters& counters;
  boost::asio::thread_pool& readers;  ///< For reading files.
  const Router& router;               ///< What /openapi.json describes.
  std::string version;
  std::function<void()> settings_changed;  ///< Settings or secrets were saved.
};

}  // namespace godwit::imagegen
