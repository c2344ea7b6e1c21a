// Why a message waits, told from where it stands; and who stands in a waiting list.
#include <algorithm>
#include <ranges>

#include "engine/engine_state.h"

namespace godwit {

namespace {

/// The position of who stands at `place`, if at most `looks_max` stand before it in the window.
void find_position(const WaitingList& list, const keys::Place& place, std::size_t looks_max,
                   Timestamp now, Waiting& waiting) {
  std::uint64_t before = 0;
  for (const keys::Place& other : list.window()) {
    if (other >= place) break;
    if (++before > looks_max) return;
  }
  if (const auto& stored = list.stored_from(); stored && *stored < place) {
    waiting.uncounted = {.list = list.name(), .from = *stored, .until = place, .before = before};
    return;
  }
  waiting.stands_at(before + 1, now);
}

bool may_be_stored(const WaitingList& list, const keys::Place& place) {
  return list.stored_from() && *list.stored_from() <= place;
}

}  // namespace

bool Engine::Impl::is_on(const Queue& queue, MessageId id) {
  const auto slot = queue.slots.find(id);
  return slot != queue.slots.end() && slot->second.living;
}

RateWindows Engine::Impl::windows_of(const FlowKey& flow, Timestamp now) {
  FlowControlRecord record = flow.record;
  roll(record, flow.period(), now);
  return {.rate = flow.rate(),
          .period = flow.period(),
          .start = record.window_start,
          .taken = record.window_count + flow.granted};
}

void Engine::Impl::tell_limit(const FlowKey& flow, Timestamp now, Waiting& waiting) {
  waiting.windows = windows_of(flow, now);
  waiting.parallelism = flow.parallelism();
  switch (what_holds_back(flow)) {
    case AccountStatistics::Listed::rate:
      waiting.reason = WaitingReason::rate;
      break;
    case AccountStatistics::Listed::parallelism:
      waiting.reason = WaitingReason::parallelism;
      break;
    default:  // The process is stopping: nothing is let on.
      waiting.reason = WaitingReason::slot;
  }
}

Waiting Engine::Impl::waiting(const LivingMessage& living, std::size_t looks_max,
                              Timestamp now) const {
  const Message& message = living.message;
  const MessageId id = message.id;
  const auto found = near_.find(id);
  const Near* const near = found == near_.end() ? nullptr : &found->second;
  Waiting waiting;
  waiting.retried = near != nullptr && near->record ? near->record->retried : living.retried;
  if (near != nullptr && near->state == Near::State::active) {
    const Active& active = active_.at(id);
    waiting.reason = active.cancel_requested ? WaitingReason::canceling : WaitingReason::active;
    // A cancel has moved the row into the record.
    const auto& rows = active.rows.empty() ? near->record->rows : active.rows;
    for (const LogRow& row : rows) {
      if (row.state == LogState::active) waiting.since = row.time;
    }
    return waiting;
  }
  if (near == nullptr && (living.cancel_requested || living.active_since)) {
    // It ended since the snapshot: told as the snapshot has it.
    waiting.reason = living.cancel_requested ? WaitingReason::canceling : WaitingReason::active;
    waiting.since = living.active_since;
    return waiting;
  }

  const Queue* const queue =
      message.queue.empty() ? nullptr : find_queue(message.account, message.queue);
  if (queue != nullptr && queue->record.purge_until && id.created() <= *queue->record.purge_until) {
    waiting.reason = WaitingReason::canceling;
    return waiting;
  }
  const std::string& key = message.flow_control.key;
  const FlowKey* const flow = key.empty() ? nullptr : find_flow(message.account, key);
  const Timestamp due = near == nullptr ? living.due : near->due;
  const keys::Place in_queue{id.created(), id};
  const keys::Place in_flow{due, id};
  bool waits_for_queue = false;
  bool waits_for_flow = false;
  if (near == nullptr) {
    waits_for_queue = queue != nullptr && may_be_stored(queue->list, in_queue);
    waits_for_flow =
        queue == nullptr && flow != nullptr && due <= now && may_be_stored(flow->list, in_flow);
  } else if (near->state == Near::State::listed) {
    // Who is on has left the queue's list.
    waits_for_queue = queue != nullptr && !is_on(*queue, id);
    waits_for_flow = !waits_for_queue && flow != nullptr;
  }
  const bool is_ready = near != nullptr && near->state == Near::State::ready;
  const bool is_paused = queue != nullptr && queue->record.paused;
  if (due > now && !waits_for_queue && !waits_for_flow && !is_ready) {
    waiting.next = due;
    waiting.estimated = is_paused || !key.empty();
    return waiting;
  }
  // It is due, or others are before it: then a pause is what must end first.
  if (is_paused) {
    waiting.reason = WaitingReason::queue_paused;
  } else if (waits_for_queue) {
    waiting.reason = WaitingReason::queue;
    find_position(queue->list, in_queue, looks_max, now, waiting);
  } else if (flow != nullptr && flow->record.paused) {
    waiting.reason = WaitingReason::flow_control_paused;
  } else if (waits_for_flow) {
    tell_limit(*flow, now, waiting);
    find_position(flow->list, in_flow, looks_max, now, waiting);
  } else {
    waiting.reason = WaitingReason::slot;
    if (is_ready) waiting.limit = lanes_.limit_of(near->lane);
  }
  return waiting;
}

Waiting Engine::waiting(const LivingMessage& living, std::size_t looks_max, Timestamp now) const {
  return impl_->waiting(living, looks_max, now);
}

WaitingPlaces Engine::waiting_places(const keys::ListName& name, std::size_t max,
                                     Timestamp now) const {
  const Impl& state = *impl_;
  WaitingPlaces places;
  const WaitingList* list = nullptr;
  if (name.kind == keys::List::queue) {
    const Impl::Queue* const queue = state.find_queue(name.account, name.name);
    if (queue == nullptr || queue->record.deleted) return places;
    list = &queue->list;
    places.paused = queue->record.paused;
    places.total = queue->lag;
    for (const auto& [id, slot] : queue->slots) {
      if (slot.living) --places.total;
    }
    places.stored_from = list->stored_from();
    // Those of the queue that had this name before only wait to be cancelled.
    if (const auto& until = queue->record.purge_until; until && places.stored_from) {
      places.stored_from =
          std::max(*places.stored_from, keys::Place{*until + Milliseconds(1), MessageId{}});
    }
  } else {
    const Impl::FlowKey* const flow = state.find_flow(name.account, name.name);
    if (flow == nullptr) return places;
    list = &flow->list;
    places.paused = flow->record.paused;
    places.total = flow->waiting;
    places.windows = Impl::windows_of(*flow, now);
    places.stored_from = list->stored_from();
  }
  for (const keys::Place& place : list->window() | std::views::take(max)) {
    places.window.push_back(place);
  }
  return places;
}

}  // namespace godwit
