// What engine_statistics.cpp keeps counted, counted anew from every message. For tests only: it
// reads all that lives.
#include <map>
#include <set>
#include <string>

#include "engine/engine_state.h"

namespace godwit {
namespace {

using Listed = AccountStatistics::Listed;

struct Counted {
  std::uint64_t living = 0, retried = 0, retried_in_lists = 0, late_retries = 0;
  std::uint64_t active = 0, ready = 0;
  std::map<Listed, std::uint64_t> listed;
};

void compare(std::string& problem, AccountId account, const char* what, std::uint64_t kept,
             std::uint64_t counted) {
  if (kept == counted || !problem.empty()) return;
  problem = "account " + std::to_string(account) + ": " + what + " is kept as " +
            std::to_string(kept) + ", there are " + std::to_string(counted);
}

}  // namespace

std::string Engine::check_statistics() const {
  Impl& state = *impl_;
  state.recount_marked();
  std::map<AccountId, Counted> accounts;
  const auto queue_kind = [&](const Message& message) {
    const Impl::Queue* const queue = state.find_queue(message.account, message.queue);
    const bool paused = queue != nullptr && queue->record.paused && !queue->record.deleted;
    return paused ? Listed::paused : Listed::queue;
  };
  const auto flow_kind = [&](const Message& message) {
    const Impl::FlowKey* const flow = state.find_flow(message.account, message.flow_control.key);
    return flow == nullptr ? Listed::slot : Impl::what_holds_back(*flow);
  };
  const auto add = [&](const MessageRecord& record, Space space) -> Counted& {
    Counted& counted = accounts[record.message.account];
    ++counted.living;
    if (record.retried > 0) {
      ++counted.retried;
      if (space == Space::cold && record.listed && record.message.queue.empty()) {
        ++counted.retried_in_lists;
      }
    }
    return counted;
  };

  for (const auto& [id, near] : state.near_) {
    Impl::Record record = near.record;
    if (!record) {
      const std::optional<std::string> bytes = state.read_past(near.space, keys::message(id));
      Result<MessageRecord> read =
          bytes ? decode_message(*bytes, id) : Result<MessageRecord>(fail(ErrorCode::corrupt, ""));
      if (!read) return "the record of " + id.to_string() + " cannot be read";
      record = std::make_shared<MessageRecord>(std::move(*read));
    }
    const Message& message = record->message;
    Counted& counted = add(*record, near.space);
    switch (near.state) {
      case Impl::Near::State::waiting:
        continue;
      case Impl::Near::State::active:
        ++counted.active;
        break;
      case Impl::Near::State::ready:
        ++counted.ready;
        break;
      case Impl::Near::State::held:
        ++counted.listed[Listed::paused];
        break;
      case Impl::Near::State::listed: {
        const Impl::Queue* const queue =
            message.queue.empty() ? nullptr : state.find_queue(message.account, message.queue);
        const bool in_queue = queue != nullptr && queue->list.window().contains({id.created(), id});
        ++counted.listed[in_queue ? queue_kind(message) : flow_kind(message)];
      }
    }
    if (record->retried > 0) ++counted.late_retries;
  }

  std::map<std::string, std::string> cold;
  const Result<void> scanned = state.store_.scan(Space::cold, keys::partition(Impl::partition),
                                                 StoreReader::Direction::forward,
                                                 [&](std::string_view key, std::string_view value) {
                                                   cold.emplace(key, value);
                                                   return true;
                                                 });
  if (!scanned) return scanned.error().message;
  for (const auto& [key, change] : state.uncommitted_.changes(Space::cold)) {
    if (change.second) {
      cold.insert_or_assign(key, *change.second);
    } else {
      cold.erase(key);
    }
  }
  for (const auto& [key, value] : cold) {
    const auto id = MessageId::from_bytes(key);
    if (!id || state.near_.contains(*id)) continue;
    const Result<MessageRecord> record = decode_message(value, *id);
    if (!record) return "the record of " + id->to_string() + " cannot be read";
    Counted& counted = add(*record, Space::cold);
    if (!record->listed) continue;
    const Message& message = record->message;
    if (!message.queue.empty()) {
      ++counted.listed[queue_kind(message)];
      continue;
    }
    ++counted.listed[flow_kind(message)];
    if (record->retried > 0) ++counted.late_retries;
  }

  std::string problem;
  for (const auto& [account, statistics] : state.statistics_) accounts[account];
  for (auto& [account, counted] : accounts) {
    AccountStatistics& kept = state.statistics_of(account);
    compare(problem, account, "living", kept.record.living, counted.living);
    compare(problem, account, "retried", kept.record.retried, counted.retried);
    compare(problem, account, "retried in lists", kept.record.retried_in_lists,
            counted.retried_in_lists);
    compare(problem, account, "late retries", kept.late_retries, counted.late_retries);
    compare(problem, account, "active", kept.active, counted.active);
    compare(problem, account, "ready", kept.ready, counted.ready);
    compare(problem, account, "in queues", kept.in(Listed::queue), counted.listed[Listed::queue]);
    compare(problem, account, "paused", kept.in(Listed::paused), counted.listed[Listed::paused]);
    compare(problem, account, "held by rate", kept.in(Listed::rate), counted.listed[Listed::rate]);
    compare(problem, account, "held by parallelism", kept.in(Listed::parallelism),
            counted.listed[Listed::parallelism]);
    compare(problem, account, "held by nothing", kept.in(Listed::slot),
            counted.listed[Listed::slot]);
    const AccountCounts& totals = kept.record.totals;
    compare(problem, account, "published", totals.published,
            totals.delivered + totals.dead_lettered + totals.canceled + counted.living);
    const Backlog backlog = kept.backlog();
    compare(problem, account, "total", backlog.total,
            backlog.time + backlog.retry + backlog.queue + backlog.paused + backlog.rate +
                backlog.parallelism + backlog.slot + backlog.active);
  }
  return problem;
}

}  // namespace godwit
