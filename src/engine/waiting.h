#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/message.h"
#include "core/result.h"
#include "engine/keys.h"
#include "engine/lanes.h"
#include "store/store.h"

namespace godwit {

/// What a living message waits for. Each is a place in the engine, or what holds all of that place.
enum class WaitingReason : std::uint8_t {
  time,                 ///< Its delay, its schedule, its next retry.
  queue,                ///< Others of its queue stand before it or are on.
  queue_paused,         ///< It is due, or stands in the list.
  flow_control_paused,  ///< Likewise.
  rate,                 ///< It stands in its key's list: the window is used up.
  parallelism,          ///< It stands in its key's list: as many attempts as may are under way.
  slot,                 ///< It is due, in a lane.
  active,               ///< An attempt is under way.
  canceling             ///< Its attempt is, or it goes with its deleted queue.
};

/// The windows of a flow control key that limits its rate.
struct RateWindows {
  int rate = 0;  ///< 0: it does not.
  Milliseconds period{1000};
  Timestamp start;  ///< Of the running window; 1970: the first attempt begins one.
  int taken = 0;    ///< Of it, permits in lanes included.

  /// The begin of the window that has a permit for who stands at `position` (from 1), if nobody
  /// leaves and no retry comes between. nullopt: not within `predicted_for`.
  std::optional<Timestamp> turn_of(std::uint64_t position, Timestamp now) const;
  static constexpr Milliseconds predicted_for{3'650LL * 86'400'000};
};

/// Places of a waiting list that stand in the store only: the position of who stands at `until` is
/// `before` + their number + 1.
struct UncountedPlaces {
  keys::ListName list;
  keys::Place from;  ///< Inclusive.
  keys::Place until;
  std::uint64_t before = 0;
};
/// nullopt: more than `max`. Errors: those of the reader. Threads: any.
Result<std::optional<std::uint64_t>> count_places(const StoreReader& reader,
                                                  std::uint16_t partition,
                                                  const UncountedPlaces& places, std::size_t max);

/// Why a living message is not being delivered this moment, and when it will be.
struct Waiting {
  WaitingReason reason = WaitingReason::time;
  int retried = 0;                          ///< Retries made: more than 0 makes `time` a retry.
  std::optional<Timestamp> since{};         ///< active
  Lanes::Limit limit = Lanes::Limit::all;   ///< slot
  RateWindows windows{};                    ///< rate
  int parallelism = 0;                      ///< parallelism
  std::optional<std::uint64_t> position{};  ///< queue, rate, parallelism; from 1, if it is known.
  std::optional<UncountedPlaces> uncounted{};  ///< What would tell the position.
  std::optional<Timestamp> next{};             ///< The next attempt; nullopt: nobody can say.
  bool estimated = false;                      ///< `next` is what limits allow, no clock's promise.

  /// The position, and what follows from it.
  void stands_at(std::uint64_t position_now, Timestamp now);
};

/// What a reader's snapshot says of a living message. Memory knows better; of those that wait in
/// the store only it knows nothing.
struct LivingMessage {
  const Message& message;
  int retried = 0;
  Timestamp due;
  bool cancel_requested = false;
  std::optional<Timestamp> active_since{};
};

/// A waiting list as memory knows it.
struct WaitingPlaces {
  std::uint64_t total = 0;
  std::vector<keys::Place> window{};         ///< The first that are in memory.
  std::optional<keys::Place> stored_from{};  ///< The others stand in the store, from here on.
  bool paused = false;
  RateWindows windows{};
};

}  // namespace godwit
