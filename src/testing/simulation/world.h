#pragma once
#include "testing/simulation/callback_model.h"
#include "testing/simulation/destinations.h"
#include "testing/simulation/flow_model.h"
#include "testing/simulation/journal.h"
#include "testing/simulation/lives.h"
#include "testing/simulation/message_model.h"
#include "testing/simulation/queue_model.h"
#include "testing/simulation/schedule_model.h"
#include "testing/simulation/statistics_model.h"

namespace godwit::simulation {

/// All of a run but its nodes and its clients: the time, the chance, and what the models know.
struct World {
  explicit World(std::uint64_t seed) : dice(seed) {}

  Dice dice;
  SimulatedTime time;
  Journal journal{time};
  Lives lives;
  Destinations destinations{dice};
  MessageModel messages{time, journal, lives};
  CallbackModel callbacks{journal, messages};
  QueueModel queues{time, journal, lives, messages, callbacks};
  FlowModel flows{time, journal, messages, dice};
  ScheduleModel schedules{time, journal, lives};
  StatisticsModel statistics{time, journal};
  EngineSettings engine_settings;

  /// Of the node that lives; null between two lives.
  Broker* broker = nullptr;
  const Store* store = nullptr;
};

/// `p12`: the publish number 12; `v3`: version 3 of a schedule. 0: no such label.
inline std::uint64_t label_number(const std::vector<std::string>& labels, char kind) {
  for (const std::string& label : labels) {
    if (label.size() > 1 && label.front() == kind) return std::stoull(label.substr(1));
  }
  return 0;
}

inline std::string big_body() { return std::string(inline_body_max + 1000, 'b'); }
inline constexpr std::string_view shared_body = "the body of many";

}  // namespace godwit::simulation
