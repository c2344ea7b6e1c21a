#include "engine/lanes.h"

#include <algorithm>

#include "core/assert.h"

namespace godwit {
namespace {

/// `host:port` as the URL spells it, lower case, without user info. Two spellings of one host may
/// get two lanes: that is a matter of fairness only.
std::string_view authority_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  const std::size_t at = url.rfind('@');
  if (at != std::string_view::npos) url.remove_prefix(at + 1);
  return url;
}

}  // namespace

Lanes::LaneId Lanes::lane_of(AccountId account, std::string_view url) {
  name_.first = account;
  name_.second.assign(authority_of(url));
  std::ranges::transform(name_.second, name_.second.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  });
  if (const auto found = by_name_.find(name_); found != by_name_.end()) return found->second;

  LaneId lane;
  if (free_.empty()) {
    lane = static_cast<LaneId>(lanes_.size());
    lanes_.emplace_back();
  } else {
    lane = free_.back();
    free_.pop_back();
  }
  lanes_[lane].account = account;
  lanes_[lane].host = name_.second;
  lanes_[lane].used = true;
  by_name_.emplace(name_, lane);
  return lane;
}

void Lanes::list(LaneId id) {
  Lane& lane = lanes_[id];
  if (lane.listed || lane.waiting.empty() || lane.in_flight >= limits_.in_flight_per_host_max)
    return;
  lane.listed = true;
  turns_.push_back(id);
}

void Lanes::wait(LaneId lane, MessageId id, Timestamp since) {
  lanes_[lane].waiting.push_back({id, since});
  ++waiting_;
  list(lane);
}

std::optional<Lanes::Turn> Lanes::start_next() {
  std::size_t looks = std::min(turns_.size(), looks_max);
  while (looks-- > 0 && in_flight_ < limits_.in_flight_max) {
    const LaneId id = turns_.front();
    turns_.pop_front();
    Lane& lane = lanes_[id];
    Account& account = accounts_[lane.account];
    if (account.in_flight >= limits_.in_flight_per_account_max) {
      account.blocked.push_back(id);  // Still listed: finished() brings it back.
      continue;
    }
    if (lane.in_flight >= limits_.in_flight_max - in_flight_) {
      turns_.push_back(id);
      continue;
    }
    const Lane::Waiting next = lane.waiting.front();
    lane.waiting.pop_front();
    --waiting_;
    ++lane.in_flight;
    ++account.in_flight;
    ++in_flight_;
    lane.listed = false;
    list(id);
    return Turn{id, next.id, next.since};
  }
  return std::nullopt;
}

void Lanes::finished(LaneId id) {
  Lane& lane = lanes_[id];
  Account& account = accounts_[lane.account];
  GODWIT_ASSERT(lane.in_flight > 0 && account.in_flight > 0 && in_flight_ > 0);
  --lane.in_flight;
  --account.in_flight;
  --in_flight_;
  list(id);
  for (const LaneId blocked : account.blocked) turns_.push_back(blocked);
  account.blocked.clear();
}

Lanes::Limit Lanes::limit_of(LaneId id) const {
  const Lane& lane = lanes_[id];
  if (in_flight_ >= limits_.in_flight_max) return Limit::all;
  const auto account = accounts_.find(lane.account);
  if (account != accounts_.end() &&
      account->second.in_flight >= limits_.in_flight_per_account_max) {
    return Limit::account;
  }
  // The share of what is left counts as the host's: it grows and shrinks with the others' use.
  const std::size_t share = limits_.in_flight_max - in_flight_;
  const std::size_t most = std::min(limits_.in_flight_per_host_max, share);
  return lane.in_flight >= most ? Limit::host : Limit::all;
}

void Lanes::forget_idle() {
  if (by_name_.size() <= idle_lanes_max) return;
  for (LaneId id = 0; id < lanes_.size(); ++id) {
    Lane& lane = lanes_[id];
    if (!lane.used || lane.listed || lane.in_flight > 0 || !lane.waiting.empty()) continue;
    by_name_.erase({lane.account, lane.host});
    lane = Lane{};
    free_.push_back(id);
  }
}

}  // namespace godwit
