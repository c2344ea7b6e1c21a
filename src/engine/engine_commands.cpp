#include <algorithm>

#include "core/assert.h"
#include "engine/engine_state.h"

namespace godwit {
namespace {

std::string not_found(MessageId id) { return "message " + id.to_string() + " not found"; }

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
  if (state.stopping_) {
    return state.answer<PublishReceipt>(
        reply, fail(ErrorCode::unavailable, "the server is shutting down; send it again"), 0);
  }
  if (state.disk_full_) {
    return state.answer<PublishReceipt>(
        reply,
        fail(ErrorCode::unavailable,
             "the disk is nearly full: less than " +
                 std::to_string(state.settings_.disk_free_min >> 20) +
                 " MiB (store.disk_free_min) are free; free some space or lower the setting"),
        0);
  }
  std::string deduplication_key;
  if (publish.deduplication) {
    deduplication_key = keys::deduplication(Impl::partition, *publish.deduplication);
    const std::optional<std::string> earlier = state.read(Space::dedup, deduplication_key);
    if (earlier && earlier->size() == MessageId::size_bytes + 8) {
      const auto id =
          MessageId::from_bytes(std::string_view(*earlier).substr(0, MessageId::size_bytes));
      const auto expires =
          keys::decode_time(std::string_view(*earlier).substr(MessageId::size_bytes));
      if (id && expires && *expires > now) {
        ++state.stats_.deduplicated;
        return state.answer<PublishReceipt>(reply, PublishReceipt{*id, true},
                                            state.all_until_now());
      }
    }
  }
  if (state.failure_) return;  // The process is about to stop: nobody is answered any more.

  const MessageId id = state.accept(std::move(publish.message), now);
  if (!deduplication_key.empty()) {
    std::string value = id.bytes();
    value += keys::encode_time(now + state.settings_.deduplication_window);
    state.batch_.put(Space::dedup, deduplication_key, value);
    state.uncommitted_.set(Space::dedup, deduplication_key, std::move(value), state.open_);
  }
  state.answer<PublishReceipt>(reply, PublishReceipt{id, false}, state.open_);
  state.start_ready(now);
}

void Engine::cancel(AccountId account, MessageId id, Timestamp now, Reply<void> reply) {
  Impl& state = *impl_;
  const auto refuse = [&] {
    state.answer<void>(reply, fail(ErrorCode::not_found, not_found(id)), 0);
  };
  const auto found = state.near_.find(id);
  if (found != state.near_.end()) {
    Impl::Near& near = found->second;
    Impl::Record record = state.load(id, near);
    if (!record || record->message.account != account) return refuse();
    if (near.state == Impl::Near::State::active) {
      // The attempt goes on; what it brings decides between DELIVERED and CANCELED.
      Impl::Active& active = state.active_.at(id);
      if (!record->cancel_requested) {
        auto changed = std::make_shared<MessageRecord>(*record);
        for (LogRow& row : active.rows) changed->rows.push_back(std::move(row));
        active.rows.clear();
        state.add_row(*changed, LogState::cancel_requested, now);
        changed->cancel_requested = true;
        active.cancel_requested = true;
        near.record = changed;
        near.written = state.open_;
        state.put_record(id, near.space, *changed, false);
      }
      return state.answer<void>(reply, {}, state.all_until_now());
    }
    record.reset();
    record = state.take_record(near);
    const Space space = near.space;
    const Timestamp due_key = near.due_key;
    state.near_.erase(found);
    state.add_row(*record, LogState::cancel_requested, now);
    state.add_row(*record, LogState::canceled, now);
    ++state.stats_.canceled;
    state.end(id, space, due_key, std::move(record));
    return state.answer<void>(reply, {}, state.open_);
  }

  const std::optional<std::string> bytes = state.read(Space::cold, keys::message(id));
  Impl::Record record = bytes ? state.decode(id, *bytes) : nullptr;
  if (!record || record->message.account != account) {
    if (!state.failure_) refuse();
    return;
  }
  state.add_row(*record, LogState::cancel_requested, now);
  state.add_row(*record, LogState::canceled, now);
  ++state.stats_.canceled;
  const Timestamp due_key = record->due;
  state.end(id, Space::cold, due_key, std::move(record));
  state.answer<void>(reply, {}, state.open_);
}

void Engine::run_now(AccountId account, MessageId id, Timestamp now, Reply<void> reply) {
  Impl& state = *impl_;
  const auto refuse = [&] {
    state.answer<void>(reply, fail(ErrorCode::not_found, not_found(id)), 0);
  };
  auto found = state.near_.find(id);
  Impl::Record record;
  Timestamp due_key;
  Space space = Space::cold;
  if (found != state.near_.end()) {
    Impl::Near& near = found->second;
    record = state.load(id, near);
    if (!record || record->message.account != account) return refuse();
    if (near.state == Impl::Near::State::active) {
      return state.answer<void>(
          reply,
          fail(ErrorCode::conflict,
               "message " + id.to_string() +
                   " is being delivered now; only a waiting message can be run"),
          0);
    }
    if (near.state == Impl::Near::State::ready) {
      return state.answer<void>(reply, {}, state.all_until_now());
    }
    record.reset();
    record = state.take_record(near);
    space = near.space;
    due_key = near.due_key;
  } else {
    const std::optional<std::string> bytes = state.read(Space::cold, keys::message(id));
    record = bytes ? state.decode(id, *bytes) : nullptr;
    if (!record || record->message.account != account) {
      if (!state.failure_) refuse();
      return;
    }
    due_key = record->due;
    found = state.near_.try_emplace(id).first;
  }
  if (space == Space::cold) state.erase_record(id, Space::cold, due_key, false);
  record->due = now;
  Impl::Near& near = found->second;
  near = Impl::Near{};
  state.put_hot(id, near, std::move(record), false);
  state.make_ready(id, near, now);
  state.answer<void>(reply, {}, state.open_);
  state.start_ready(now);
}

void Engine::delete_dead_letters(AccountId account, const std::vector<DeadLetterId>& ids, Timestamp,
                                 Reply<std::size_t> reply) {
  Impl& state = *impl_;
  std::size_t deleted = 0;
  for (const DeadLetterId& id : ids) {
    const std::string key = keys::dead_letter(Impl::partition, account, id);
    if (!state.read(Space::dlq, key)) continue;
    state.batch_.erase(Space::dlq, key);
    state.uncommitted_.set(Space::dlq, key, std::nullopt, state.open_);
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
    Message message = std::move(entry->message);
    message.not_before = now;
    retry.change(message);
    receipts.push_back({state.accept(std::move(message), now), false});
    state.batch_.erase(Space::dlq, key);
    state.uncommitted_.set(Space::dlq, key, std::nullopt, state.open_);
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

std::vector<LivingRows> Engine::living_rows(AccountId account) const {
  std::vector<LivingRows> living;
  for (const auto& [id, active] : impl_->active_) {
    const auto near = impl_->near_.find(id);
    if (near->second.record->message.account != account) continue;
    living.push_back({id, active.rows});
  }
  return living;
}

bool Engine::has_changes() const { return !impl_->batch_.empty(); }
std::size_t Engine::open_operations() const { return impl_->batch_.operations(); }
std::size_t Engine::open_bytes() const { return impl_->batch_.size_bytes(); }
bool Engine::somebody_waits() const { return impl_->somebody_waits_; }

Engine::Step Engine::take() {
  Step step;
  step.sequence = impl_->open_++;
  step.batch = std::exchange(impl_->batch_, {});
  impl_->somebody_waits_ = false;
  return step;
}

std::vector<Engine::Effect> Engine::take_effects() { return std::exchange(impl_->effects_, {}); }

void Engine::committed(std::uint64_t sequence) {
  Impl& state = *impl_;
  state.committed_ = sequence;
  state.uncommitted_.committed(sequence);
  while (!state.ending_order_.empty() && state.ending_order_.front().first <= sequence) {
    state.ending_.erase(state.ending_order_.front().second);
    state.ending_order_.pop_front();
  }
}

std::vector<AccountId> Engine::accounts() const {
  std::vector<AccountId> accounts;
  for (const auto& [account, keys] : impl_->signing_keys_) accounts.push_back(account);
  return accounts;
}

const std::optional<Error>& Engine::failure() const { return impl_->failure_; }

EngineStats Engine::stats() const {
  EngineStats stats = impl_->stats_;
  stats.near = impl_->near_.size();
  stats.in_flight = impl_->lanes_.in_flight();
  stats.ready = impl_->lanes_.waiting();
  return stats;
}

}  // namespace godwit
