#pragma once
#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/message.h"
#include "core/time.h"

namespace godwit {

/// Who may start next. Messages that are due wait in one lane for each account and destination
/// host; lanes take turns, so that a long backlog for one destination never stands before another's
/// messages.
///
/// A lane may start a message while the attempts in flight are below the bounds of the whole, of
/// the host, of the account, and while its own are below the slots still free. The last rule is
/// what keeps slow hosts from taking everything: each further one gets at most half of what is
/// left.
class Lanes {
 public:
  struct Limits {
    std::size_t in_flight_max;
    std::size_t in_flight_per_host_max;
    std::size_t in_flight_per_account_max;
  };
  using LaneId = std::uint32_t;

  explicit Lanes(Limits limits) : limits_(limits) {}

  /// The lane of a destination; made when it is new. Valid while it holds a waiting or started
  /// message.
  LaneId lane_of(AccountId account, std::string_view url);

  /// `id` waits at the end of its lane; it could have begun at `since`.
  void wait(LaneId lane, MessageId id, Timestamp since = {});

  struct Turn {
    LaneId lane;
    MessageId id;
    Timestamp since;
  };
  /// Takes the next message that may start and counts it as started; nullopt: none may now.
  std::optional<Turn> start_next();
  /// A message that start_next() gave has ended its attempt (or was not worth one).
  void finished(LaneId lane);

  enum class Limit : std::uint8_t { all, account, host };
  /// What keeps the first message of a lane; `all` also when its turn only has to come.
  Limit limit_of(LaneId lane) const;

  AccountId account_of(LaneId lane) const { return lanes_[lane].account; }
  std::size_t in_flight() const { return in_flight_; }
  std::size_t waiting() const { return waiting_; }
  std::size_t size() const { return by_name_.size(); }

  /// Forgets lanes that hold nothing, when they have become many.
  void forget_idle();

 private:
  struct Lane {
    AccountId account = 0;
    std::string host;
    struct Waiting {
      MessageId id;
      Timestamp since;
    };
    std::deque<Waiting> waiting;
    std::size_t in_flight = 0;
    bool listed = false;  ///< Stands in turns_ or in its account's blocked list.
    bool used = false;
  };
  struct Account {
    std::size_t in_flight = 0;
    std::vector<LaneId> blocked;
  };
  void list(LaneId lane);

  static constexpr std::size_t idle_lanes_max = 1024;
  /// Lanes looked at in a row without a start, before the next call goes on from there.
  static constexpr std::size_t looks_max = 64;

  Limits limits_;
  std::vector<Lane> lanes_;
  std::vector<LaneId> free_;
  absl::flat_hash_map<std::pair<AccountId, std::string>, LaneId> by_name_;
  absl::flat_hash_map<AccountId, Account> accounts_;
  std::deque<LaneId> turns_;
  std::size_t in_flight_ = 0;
  std::size_t waiting_ = 0;
  std::pair<AccountId, std::string> name_;  ///< Reused by lane_of().
};

}  // namespace godwit
