#include <algorithm>
#include <iterator>

#include "core/assert.h"
#include "core/message_change.h"
#include "engine/engine_state.h"

namespace godwit {
namespace {

std::string not_found(MessageId id) { return "message " + id.to_string() + " not found"; }

/// Of `hot`, in one page of the log: some 10 ms of reading, and 50 us of the loop for their ids.
constexpr std::size_t hot_at_once = 4'000;

std::string signing_keys_name(AccountId account) { return "keys/" + std::to_string(account); }

}  // namespace

Engine::Engine(EngineSettings settings, const Store& store, std::uint64_t seed)
    : impl_(std::make_unique<Impl>(settings, store, seed)) {}
Engine::~Engine() = default;

Result<void> Engine::recover(Timestamp now) { return impl_->recover(now); }

void Engine::set_signing_keys(AccountId account, SigningKeys keys) {
  impl_->signing_keys_.insert_or_assign(account, std::move(keys));
}

SigningKeys Engine::signing_keys(AccountId account) const {
  const auto found = impl_->signing_keys_.find(account);
  return found == impl_->signing_keys_.end() ? SigningKeys{} : found->second;
}

Result<std::optional<SigningKeys>> Engine::stored_signing_keys(AccountId account) const {
  const std::string key = keys::meta(Impl::partition, signing_keys_name(account));
  Result<std::optional<std::string>> stored = impl_->store_.get(Space::meta, key);
  if (!stored) return std::unexpected(stored.error());
  if (!*stored) return std::nullopt;
  const std::string& pair = **stored;
  const std::size_t newline = pair.find('\n');
  if (newline == std::string::npos) {
    return fail(ErrorCode::corrupt, "the stored signing keys of an account cannot be read");
  }
  return SigningKeys{pair.substr(0, newline), pair.substr(newline + 1)};
}

void Engine::publish(Publish publish, Timestamp now, Reply<PublishReceipt> reply) {
  Impl& state = *impl_;
  if (Result<void> room = state.check_room(publish.message); !room) {
    return state.answer<PublishReceipt>(reply, std::unexpected(std::move(room.error())), 0);
  }
  Result<PublishReceipt> receipt = state.publish(std::move(publish), now);
  if (state.failure_) return;  // The process is about to stop: nobody is answered any more.
  state.answer<PublishReceipt>(reply, std::move(receipt), state.all_until_now());
  state.start_ready(now);
}

void Engine::publish_all(std::vector<Publish> publishes, Timestamp now,
                         Reply<std::vector<PublishReceipt>> reply) {
  Impl& state = *impl_;
  std::vector<PublishReceipt> receipts;
  receipts.reserve(publishes.size());
  // What could refuse one of them refuses the first: they share their queue.
  if (!publishes.empty()) {
    if (Result<void> room = state.check_room(publishes.front().message); !room) {
      return state.answer<std::vector<PublishReceipt>>(reply,
                                                       std::unexpected(std::move(room.error())), 0);
    }
  }
  for (Publish& publish : publishes) {
    Result<PublishReceipt> receipt = state.publish(std::move(publish), now);
    if (state.failure_) return;
    receipts.push_back(*receipt);
  }
  state.answer<std::vector<PublishReceipt>>(reply, std::move(receipts), state.all_until_now());
  state.start_ready(now);
}

void Engine::cancel(AccountId account, MessageId id, Timestamp now, Reply<void> reply) {
  Impl& state = *impl_;
  const Impl::Canceled canceled = state.cancel(account, id, now);
  if (state.failure_) return;
  if (canceled == Impl::Canceled::not_found) {
    return state.answer<void>(reply, fail(ErrorCode::not_found, not_found(id)), 0);
  }
  state.answer<void>(reply, {}, state.all_until_now());
  state.start_ready(now);
}

void Engine::cancel_all(AccountId account, const std::vector<MessageId>& ids,
                        const std::optional<BulkAction>& action, Timestamp now,
                        Reply<std::size_t> reply) {
  Impl& state = *impl_;
  std::size_t canceled = 0;
  for (const MessageId id : ids) {
    if (state.cancel(account, id, now) == Impl::Canceled::now) ++canceled;
    if (state.failure_) return;
  }
  if (action) {
    BulkAction written = *action;
    written.canceled += canceled;
    state.batch_.put(
        Space::meta,
        keys::resource(Impl::partition, keys::Resource::bulk_action, account, written.id),
        encode(written));
  }
  state.answer<std::size_t>(reply, canceled, state.all_until_now());
  state.start_ready(now);
}

void Engine::run_now(AccountId account, MessageId id, Timestamp now, Reply<void> reply) {
  Impl& state = *impl_;
  const auto refuse = [&] {
    state.answer<void>(reply, fail(ErrorCode::not_found, not_found(id)), 0);
  };
  auto found = state.near_.find(id);
  Impl::Record record;
  Space space = Space::cold;
  if (found != state.near_.end()) {
    Impl::Near& near = found->second;
    record = state.load(id, near);
    if (!record || record->message.account != account) return refuse();
    space = near.space;
  } else {
    const std::optional<std::string> bytes = state.read(Space::cold, keys::message(id));
    record = bytes ? state.decode(id, *bytes) : nullptr;
    if (!record || record->message.account != account) {
      if (!state.failure_) refuse();
      return;
    }
  }
  if (!record->message.queue.empty()) {
    return state.answer<void>(
        reply,
        fail(ErrorCode::invalid_argument, "message " + id.to_string() + " waits in queue " +
                                              record->message.queue +
                                              "; messages of a queue are run in their order"),
        0);
  }
  if (found != state.near_.end()) {
    Impl::Near& near = found->second;
    switch (near.state) {
      case Impl::Near::State::active:
        return state.answer<void>(
            reply,
            fail(ErrorCode::conflict,
                 "message " + id.to_string() +
                     " is being delivered now; only a waiting message can be run"),
            0);
      case Impl::Near::State::ready:
      case Impl::Near::State::listed:  // It is due: only its flow control key holds it back.
        return state.answer<void>(reply, {}, state.all_until_now());
      case Impl::Near::State::held:  // Only messages of queues are.
      case Impl::Near::State::waiting:
        record.reset();
        record = state.take_record(near);
    }
  } else if (record->listed) {
    return state.answer<void>(reply, {}, state.all_until_now());
  } else {
    found = state.near_.try_emplace(id).first;
  }
  if (space == Space::cold) state.erase_record(*record, Space::cold, false);
  record->due = now;
  record->listed = false;
  Impl::Near& near = found->second;
  near = Impl::Near{};
  state.put_hot(id, near, std::move(record), false);
  state.make_ready(id, near, now);
  state.answer<void>(reply, {}, state.open_);
  state.start_ready(now);
}

void Engine::delete_dead_letters(AccountId account, const std::vector<DeadLetterId>& ids,
                                 Timestamp now, Reply<std::size_t> reply) {
  Impl& state = *impl_;
  std::size_t deleted = 0;
  for (const DeadLetterId& id : ids) {
    const std::string key = keys::dead_letter(Impl::partition, account, id);
    if (!state.read(Space::dlq, key)) continue;
    state.erase(Space::dlq, key);
    state.counting(account, now).erase_dead_letters(1);
    ++deleted;
  }
  if (state.failure_) return;
  state.answer<std::size_t>(reply, deleted, state.all_until_now());
}

void Engine::retry_dead_letters(AccountId account, const std::vector<DeadLetterRetry>& retries,
                                Timestamp now, Reply<std::vector<PublishReceipt>> reply) {
  Impl& state = *impl_;
  std::vector<PublishReceipt> receipts;
  for (const DeadLetterRetry& retry : retries) {
    const std::string key = keys::dead_letter(Impl::partition, account, retry.id);
    const std::optional<std::string> bytes = state.read(Space::dlq, key);
    if (!bytes) continue;
    Result<DeadLetterRecord> entry = decode_dead_letter(*bytes);
    if (!entry) {
      ++state.stats_.corrupt;
      continue;
    }
    const Message& before = entry->message;
    Message message = before;
    message.not_before = now;
    message.blocks_queue.clear();  // Its queue has gone on.
    message.deduplication_id.reset();
    retry.change(message);
    message.replay_of = Replay{.dead_letter_id = retry.id.to_string(),
                               .message = before.id,
                               .changes = changes_between(before, message)};
    const MessageId id = state.accept(std::move(message), now);
    receipts.push_back({id, false});
    state.erase(Space::dlq, key);
    state.counting(account, now).erase_dead_letters(1);
    state.batch_.put(Space::log, keys::replayed(account, before.id), id.bytes());
  }
  if (state.failure_) return;
  state.answer<std::vector<PublishReceipt>>(reply, std::move(receipts), state.all_until_now());
  state.start_ready(now);
}

void Engine::rotate_signing_keys(AccountId account, SigningKeys keys_after, Timestamp,
                                 Reply<SigningKeys> reply) {
  Impl& state = *impl_;
  state.batch_.put(Space::meta, keys::meta(Impl::partition, signing_keys_name(account)),
                   keys_after.current + '\n' + keys_after.next);
  state.signing_keys_.insert_or_assign(account, keys_after);
  state.answer<SigningKeys>(reply, std::move(keys_after), state.open_);
}

void Engine::attempt_finished(MessageId id, std::uint64_t attempt, AttemptResult result,
                              Timestamp now) {
  Impl& state = *impl_;
  const auto active = state.active_.find(id);
  const auto entry = state.near_.find(id);
  // Delivery answers once for each attempt: anything else is a bug that must not be hidden.
  GODWIT_ASSERT(active != state.active_.end() && active->second.attempt == attempt);
  GODWIT_ASSERT(entry != state.near_.end() && entry->second.record != nullptr);
  Impl::Active ended = std::move(active->second);
  state.active_.erase(active);
  state.settle(id, entry, std::move(ended), std::move(result), now);
  state.start_ready(now);
}

void Engine::tick(Timestamp now) { impl_->tick(now); }
Timestamp Engine::next_tick() const { return impl_->next_tick(); }
void Engine::stop_starting() { impl_->stopping_ = true; }

Result<std::shared_ptr<const Message>> Engine::find(AccountId account, MessageId id,
                                                    Timestamp now) const {
  Impl& state = *impl_;
  const auto check =
      [&](std::shared_ptr<const Message> message) -> Result<std::shared_ptr<const Message>> {
    if (!message || message->account != account) {
      return fail(ErrorCode::not_found, not_found(id));
    }
    return message;
  };
  if (const auto near = state.near_.find(id); near != state.near_.end()) {
    const Impl::Record record = state.load(id, near->second);
    return check(record ? std::shared_ptr<const Message>(record, &record->message) : nullptr);
  }
  if (const auto ending = state.ending_.find(id); ending != state.ending_.end()) {
    const Impl::Record& record = ending->second.second;
    return check(std::shared_ptr<const Message>(record, &record->message));
  }
  if (const std::optional<std::string> bytes = state.read(Space::cold, keys::message(id))) {
    const Impl::Record record = state.decode(id, *bytes);
    return check(record ? std::shared_ptr<const Message>(record, &record->message) : nullptr);
  }
  Result<std::optional<LogRecord>> ended = find_ended(state.store_, account, id);
  if (!ended) return std::unexpected(ended.error());
  if (!*ended || (*ended)->rows.empty() ||
      (*ended)->rows.back().time + state.settings_.ended_readable < now) {
    return check(nullptr);
  }
  return check(std::make_shared<const Message>(std::move((*ended)->message)));
}

LivingMessages Engine::living(const LogQuery& query) const {
  const Impl& state = *impl_;
  LivingMessages living;
  for (const auto& [id, active] : state.active_) {
    const auto near = state.near_.find(id);
    if (near->second.record->message.account != query.account) continue;
    living.rows.push_back({id, active.rows});
  }
  if (!query.filter.ids.empty()) return living;  // Those are read by their keys anyway.

  const LogBounds bounds = bounds_of(query);
  const Timestamp end_of_time = MessageId{~0ull, 0}.created();
  const auto first_at = [&](Timestamp time) {
    return state.in_hot_.lower_bound(
        MessageId::make(Impl::partition, std::clamp(time, Timestamp{}, end_of_time), 0, 0));
  };
  const auto begin = first_at(bounds.from);
  const auto end =
      bounds.to < end_of_time ? first_at(bounds.to + Milliseconds(1)) : state.in_hot_.end();
  // A page must get further than one millisecond, however many were made in it.
  const auto take = [&living](MessageId id) {
    const std::size_t taken = living.hot.size();
    if (taken >= hot_at_once && id.created() != living.hot.front().created()) {
      living.hot_left = id.created();
      return false;
    }
    living.hot.push_back(id);
    return true;
  };
  if (query.order == Order::earliest_first) {
    for (auto at = begin; at != end && take(*at); ++at) {
    }
  } else {
    for (auto at = end; at != begin && take(*std::prev(at)); --at) {
    }
  }
  return living;
}

bool Engine::has_changes() const { return impl_->has_changes(); }
std::size_t Engine::open_operations() const {
  return impl_->batch_.operations() + impl_->dirty_flows_.size() + impl_->dirty_statistics_.size();
}
std::size_t Engine::open_bytes() const { return impl_->batch_.size_bytes(); }
bool Engine::somebody_waits() const { return impl_->somebody_waits_; }

Engine::Step Engine::take() {
  impl_->put_dirty_flows();
  impl_->put_dirty_statistics();
  Step step;
  step.sequence = impl_->open_++;
  step.batch = std::exchange(impl_->batch_, {});
  impl_->log_pressure_.closed(step.sequence, step.batch.size_bytes());
  impl_->somebody_waits_ = false;
  return step;
}

std::vector<Engine::Effect> Engine::take_effects() { return std::exchange(impl_->effects_, {}); }

void Engine::watch(bool watched) {
  impl_->watched_ = watched;
  if (!watched) impl_->live_rows_.clear();
}

void Engine::tell_live_rows(const Watcher& watcher) {
  impl_->live_rows_.tell(impl_->committed_, watcher);
}

bool Engine::has_live_rows() const { return impl_->live_rows_.has_some(impl_->committed_); }

void Engine::committed(std::uint64_t sequence) {
  Impl& state = *impl_;
  state.committed_ = sequence;
  state.uncommitted_.committed(sequence);
  state.log_pressure_.committed(sequence);
  while (!state.ending_order_.empty() && state.ending_order_.front().first <= sequence) {
    state.ending_.erase(state.ending_order_.front().second);
    state.ending_order_.pop_front();
  }
  while (!state.left_hot_.empty() && state.left_hot_.front().first <= sequence) {
    const MessageId id = state.left_hot_.front().second;
    const auto near = state.near_.find(id);
    // It may be back since.
    if (near == state.near_.end() || near->second.space != Space::hot) state.in_hot_.erase(id);
    state.left_hot_.pop_front();
  }
}

std::vector<AccountId> Engine::accounts() const {
  std::vector<AccountId> accounts;
  for (const auto& [account, keys] : impl_->signing_keys_) accounts.push_back(account);
  return accounts;
}

const std::optional<Error>& Engine::failure() const { return impl_->failure_; }

std::optional<LogsDegraded> Engine::logs_degraded(AccountId account, Timestamp now) const {
  return impl_->log_pressure_.degraded(account, now);
}

EngineStats Engine::stats() const {
  EngineStats stats = impl_->stats_;
  stats.near = impl_->near_.size();
  stats.in_flight = impl_->lanes_.in_flight();
  stats.ready = impl_->lanes_.waiting();
  stats.log_bodies_shed = impl_->log_pressure_.bodies_shed();
  return stats;
}

}  // namespace godwit
