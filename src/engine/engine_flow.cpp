// Flow control: how many attempts of one key may start in a window and be under way at once.
//
// A message that is due joins its key's list. When the key has a permit to give, the first of the
// list gets it and enters a lane; the permit is used when the attempt starts, and looked at again
// then, because the key may have been paused or narrowed meanwhile. The window's count is in the
// store before the attempt begins.
#include <algorithm>
#include <utility>

#include "core/assert.h"
#include "engine/engine_state.h"

namespace godwit {
namespace {

/// How long a key without use stays in memory.
constexpr Milliseconds in_memory_idle{10'000};
constexpr std::size_t looked_at_once = 1'000;

}  // namespace

Engine::Impl::FlowKey* Engine::Impl::find_flow(AccountId account, std::string_view key) const {
  name_.first = account;
  name_.second.assign(key);
  const auto found = flows_.find(name_);
  return found == flows_.end() ? nullptr : found->second.get();
}

std::optional<FlowControlRecord> Engine::Impl::stored_flow(AccountId account,
                                                           std::string_view key) {
  const std::optional<std::string> bytes =
      read(Space::meta, keys::resource(partition, keys::Resource::flow_control, account, key));
  if (!bytes) return std::nullopt;
  Result<FlowControlRecord> record = decode_flow_control(*bytes);
  if (!record) {
    ++stats_.corrupt;
    return std::nullopt;
  }
  return *record;
}

Engine::Impl::FlowKey& Engine::Impl::flow_of(AccountId account, std::string_view key,
                                             Timestamp now) {
  if (FlowKey* const known = find_flow(account, key)) return *known;
  const std::optional<FlowControlRecord> stored = stored_flow(account, key);
  Name name(account, std::string(key));
  FlowKey& flow = *flows_.emplace(name, std::make_unique<FlowKey>(name)).first->second;
  if (stored) {
    flow.record = *stored;
  } else {
    flow.record.used = now;
    changed(flow);
  }
  flow.last_used = now;
  flows_in_memory_.push_back(&flow);
  return flow;
}

void Engine::Impl::changed(FlowKey& flow) {
  if (!std::exchange(flow.dirty, true)) dirty_flows_.push_back(&flow);
}

void Engine::Impl::put_dirty_flows() {
  for (FlowKey* const flow : std::exchange(dirty_flows_, {})) {
    put(Space::meta,
        keys::resource(partition, keys::Resource::flow_control, flow->name.first,
                       flow->name.second),
        encode(flow->record));
    flow->dirty = false;
    flow->written = open_;
  }
}

void Engine::Impl::mark(FlowKey& flow) {
  if (!std::exchange(flow.marked, true)) to_pump_.push_back(&flow);
}

void Engine::Impl::configure(FlowKey& flow, const FlowControl& wanted) {
  FlowControlRecord& record = flow.record;
  if (record.parallelism == wanted.parallelism && record.rate == wanted.rate &&
      record.period == wanted.period) {
    return;
  }
  // The window goes on with the attempts it has counted: a new period only moves its end.
  record.parallelism = wanted.parallelism;
  record.rate = wanted.rate;
  record.period = wanted.period;
  changed(flow);
  mark(flow);
}

void Engine::Impl::keep_until(FlowKey& flow, Timestamp due) {
  if (due <= flow.record.used + settings_.flow_control_idle / 2) return;
  flow.record.used = due;
  changed(flow);
}

bool Engine::Impl::roll(FlowControlRecord& record, Milliseconds period, Timestamp now) {
  if (record.window_start == Timestamp{} || now - record.window_start < period) return false;
  record.window_start += (now - record.window_start) / period * period;
  record.window_count = 0;
  return true;
}

bool Engine::Impl::has_permit(const FlowKey& flow, int granted) {
  return !flow.record.paused &&
         (flow.parallelism() == 0 || flow.in_flight + granted < flow.parallelism()) &&
         (flow.rate() == 0 || flow.record.window_count + granted < flow.rate());
}

void Engine::Impl::join(FlowKey& flow, MessageId id, Near& near, Timestamp now) {
  const keys::Place place{near.due, id};
  ++flow.waiting;
  flow.last_used = now;
  mark(flow);
  GODWIT_ASSERT(near.record != nullptr);
  // A key that was forgotten while this message waited has no limits but those it brings.
  if (flow.parallelism() == 0 && flow.rate() == 0) {
    configure(flow, near.record->message.flow_control);
  }
  if (stays_in_memory(near.record->message) || window_has_room(flow.list, place)) {
    return enlist(flow.list, place, near);
  }
  // To the list in the store, out of memory.
  const Space space = near.space;
  const Record record = take_record(near);
  near_.erase(id);
  erase_record(*record, space, false);
  record->due = place.time;
  put_listed(flow.list, *record, false);
}

void Engine::Impl::pump(FlowKey& flow, Timestamp now) {
  roll(flow.record, flow.period(), now);
  while (!failure_ && has_permit(flow, flow.granted)) {
    refill(flow.list);
    const keys::Place* head = flow.list.head();
    if (head == nullptr) break;
    const keys::Place place = *head;
    flow.list.remove(place);
    --listed_;
    --flow.waiting;
    const auto found = near_.find(place.id);
    GODWIT_ASSERT(found != near_.end());
    Record record = load(place.id, found->second);
    if (!record) {
      near_.erase(found);  // Corrupt: it stays in the store for people to look at.
      continue;
    }
    found->second.late_retry = record->retried > 0;
    if (record->cancel_requested) {
      record.reset();
      end_canceled(place.id, found->second, now);
      continue;
    }
    ++flow.granted;
    enter_lane(place.id, found->second, record->message, now);
  }
  wake_at_window_end(flow);
  recount(flow);
}

void Engine::Impl::wake_at_window_end(FlowKey& flow) {
  if (flow.waiting == 0 || flow.record.paused || flow.rate() == 0 ||
      flow.record.window_start == Timestamp{} ||
      flow.record.window_count + flow.granted < flow.rate()) {
    return;
  }
  const Timestamp end = flow.record.window_start + flow.period();
  if (flow.wakes == end) return;
  flow.wakes = end;
  flow_timers_.emplace(end, flow.name);
}

void Engine::Impl::wake_flows(Timestamp now) {
  while (!flow_timers_.empty() && flow_timers_.top().first <= now) {
    const FlowTimer timer = flow_timers_.top();
    flow_timers_.pop();
    FlowKey* const flow = find_flow(timer.second.first, timer.second.second);
    if (flow == nullptr || flow->wakes != timer.first) continue;
    flow->wakes = Timestamp{};
    mark(*flow);
  }
}

bool Engine::Impl::use_permit(FlowKey& flow, MessageId id, Near& near, Timestamp now) {
  --flow.granted;
  if (roll(flow.record, flow.period(), now)) mark(flow);
  if (!has_permit(flow, 0)) {
    ++flow.waiting;
    enlist(flow.list, {near.due, id}, near);
    mark(flow);
    return false;
  }
  ++flow.in_flight;
  ++flow.active;
  flow.last_used = now;
  if (flow.rate() > 0) {
    if (flow.record.window_start == Timestamp{}) flow.record.window_start = now;
    ++flow.record.window_count;
    changed(flow);
    wake_at_window_end(flow);
  }
  return true;
}

void Engine::Impl::attempt_left(const Message& message, const Active& active) {
  if (message.flow_control.key.empty()) return;
  FlowKey* const flow = find_flow(message.account, message.flow_control.key);
  GODWIT_ASSERT(flow != nullptr);
  --flow->active;
  if (active.flow_epoch == flow->epoch) --flow->in_flight;
  mark(*flow);
}

void Engine::Impl::forget_idle_flows(Timestamp now) {
  const std::size_t looks = std::min(looked_at_once, flows_in_memory_.size());
  for (std::size_t i = 0; i < looks; ++i) {
    FlowKey* const flow = flows_in_memory_.front();
    flows_in_memory_.pop_front();
    const bool needs_mark = now - flow->record.used >= settings_.flow_control_idle / 2;
    const bool idle = flow->waiting == 0 && flow->granted == 0 && flow->active == 0 &&
                      now - flow->last_used >= in_memory_idle;
    if (idle && !needs_mark && !flow->dirty && !flow->marked && flow->written <= committed_) {
      flows_.erase(Name(flow->name));
      continue;
    }
    // Its record tells now and then that it is in use, so that it is not forgotten there.
    if (needs_mark) {
      flow->record.used = now;
      changed(*flow);
    }
    flows_in_memory_.push_back(flow);
  }
}

void Engine::Impl::sweep_stored_flows(Timestamp now) {
  KeyRange range = keys::resources(partition, keys::Resource::flow_control);
  if (!flows_swept_.empty()) range.begin = flows_swept_;
  flows_swept_.clear();
  std::size_t looked_at = 0;
  const Result<void> scanned = store_.scan(
      Space::meta, range, StoreReader::Direction::forward,
      [&](std::string_view key, std::string_view value) {
        if (++looked_at > looked_at_once) {
          flows_swept_ = key;
          return false;
        }
        if (uncommitted_.find(Space::meta, key) != nullptr) return true;
        const auto name = keys::parse_resource(keys::Resource::flow_control, key);
        const Result<FlowControlRecord> record = decode_flow_control(value);
        if (!name || !record) return true;
        if (record->paused || record->pinned_parallelism || record->pinned_rate ||
            find_flow(name->account, name->name) != nullptr) {
          return true;
        }
        const Timestamp used = std::max(record->used, record->window_start + record->period);
        if (used + settings_.flow_control_idle < now) erase(Space::meta, key);
        return true;
      });
  if (!scanned) failure_ = scanned.error();
}

FlowControlInfo Engine::Impl::info_of(const std::string& key, FlowControlRecord record,
                                      const FlowKey* flow, Timestamp now) {
  const Milliseconds period = record.pinned_rate ? record.pinned_period : record.period;
  roll(record, period, now);
  return {.key = key,
          .waiting = flow == nullptr ? 0 : flow->waiting,
          .parallelism_max = record.pinned_parallelism.value_or(record.parallelism),
          .parallelism_count = flow == nullptr ? 0 : flow->in_flight,
          .rate_max = record.pinned_rate.value_or(record.rate),
          .rate_count = record.window_count,
          .rate_period = period,
          .rate_period_start = record.window_start,
          .paused = record.paused,
          .pinned_parallelism = record.pinned_parallelism.has_value(),
          .pinned_rate = record.pinned_rate.has_value()};
}

// What people ask of flow control keys.

void Engine::change_flow_control(AccountId account, const std::string& key,
                                 const FlowControlChange& change, Timestamp now,
                                 Reply<void> reply) {
  Impl& state = *impl_;
  const bool makes = change.paused || change.pin_parallelism || change.pin_rate;
  if (!makes && state.find_flow(account, key) == nullptr && !state.stored_flow(account, key)) {
    if (state.failure_) return;
    return state.answer<void>(
        reply, fail(ErrorCode::not_found, "flow control key " + key + " not found"), 0);
  }
  Impl::FlowKey& flow = state.flow_of(account, key, now);
  if (state.failure_) return;
  FlowControlRecord& record = flow.record;
  if (change.paused) record.paused = *change.paused;
  if (change.pin_parallelism) record.pinned_parallelism = change.pin_parallelism;
  if (change.pin_rate) {
    record.pinned_rate = change.pin_rate;
    record.pinned_period = change.pin_period.value_or(record.period);
  } else if (change.pin_period && record.pinned_rate) {
    record.pinned_period = *change.pin_period;
  }
  // The pinned values stay until a message asks for others.
  if (change.unpin_parallelism && record.pinned_parallelism) {
    record.parallelism = *std::exchange(record.pinned_parallelism, std::nullopt);
  }
  if (change.unpin_rate && record.pinned_rate) {
    record.rate = *std::exchange(record.pinned_rate, std::nullopt);
    record.period = record.pinned_period;
  }
  if (change.reset_rate || change.pin_rate || change.pin_period) {
    record.window_start = now;
    record.window_count = 0;
  }
  if (change.reset_parallelism) {
    flow.in_flight = 0;
    ++flow.epoch;
  }
  record.used = now;
  flow.last_used = now;
  state.changed(flow);
  state.mark(flow);
  state.answer<void>(reply, {}, state.open_);
  state.start_ready(now);
}

std::optional<FlowControlInfo> Engine::flow_control(AccountId account, std::string_view key,
                                                    Timestamp now) const {
  Impl& state = *impl_;
  const std::string name(key);
  if (const Impl::FlowKey* const flow = state.find_flow(account, key)) {
    return Impl::info_of(name, flow->record, flow, now);
  }
  const std::optional<FlowControlRecord> stored = state.stored_flow(account, key);
  if (!stored) return std::nullopt;
  return Impl::info_of(name, *stored, nullptr, now);
}

std::vector<FlowControlInfo> Engine::flow_controls(AccountId account,
                                                   const std::vector<NamedFlowControl>& stored,
                                                   std::string_view search, Timestamp now) const {
  Impl& state = *impl_;
  std::map<std::string, FlowControlInfo> found;
  for (const auto& [key, record] : stored) {
    // What memory knows is the newest word.
    const Impl::FlowKey* const flow = state.find_flow(account, key);
    found.emplace_hint(found.end(), key,
                       Impl::info_of(key, flow == nullptr ? record : flow->record, flow, now));
  }
  const auto add = [&](const std::string& key) {
    if (!key.contains(search) || found.contains(key)) return;
    if (const Impl::FlowKey* const flow = state.find_flow(account, key)) {
      found.emplace(key, Impl::info_of(key, flow->record, flow, now));
    }
  };
  for (const Impl::FlowKey* const flow : state.dirty_flows_) {
    if (flow->name.first == account) add(flow->name.second);
  }
  const KeyRange range = keys::resources(Impl::partition, keys::Resource::flow_control, account);
  const Uncommitted::Changes& changes = state.uncommitted_.changes(Space::meta);
  for (auto change = changes.lower_bound(range.begin);
       change != changes.end() && (range.end.empty() || change->first < range.end); ++change) {
    const auto name = keys::parse_resource(keys::Resource::flow_control, change->first);
    if (name) add(name->name);
  }
  std::vector<FlowControlInfo> infos;
  infos.reserve(found.size());
  for (auto& [name, info] : found) infos.push_back(std::move(info));
  return infos;
}

}  // namespace godwit
