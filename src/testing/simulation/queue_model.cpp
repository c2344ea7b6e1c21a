#include "testing/simulation/queue_model.h"

namespace godwit::simulation {

void QueueModel::may_make(Queue& queue) {
  ++queue.made_times;
  queue.surely_gone = false;
}

void QueueModel::made(Queue& queue, std::uint64_t deletions) {
  // A deletion that was asked for since may have undone it.
  if (queue.deletions.size() == deletions) queue.surely_exists = true;
}

void QueueModel::publish_asked(std::uint64_t number, const std::string& name) {
  if (name.empty()) return;
  Queue& queue = queues_[name];
  may_make(queue);
  asked_[number] = {name, queue.deletions.size()};
}

void QueueModel::publish_refused(std::uint64_t number) { asked_.erase(number); }

void QueueModel::accepted(MessageId id, std::uint64_t number, const std::string& name) {
  if (name.empty()) return;
  Queue& queue = queues_[name];
  if (const auto asked = asked_.find(number); asked != asked_.end()) {
    made(queue, asked->second.deletions);
    asked_.erase(asked);
  }
  // Who asks first stands before: ids of one queue grow in the order of acceptance.
  if (queue.last_accepted && queue.last_accepted->first < number &&
      queue.last_accepted->second > id) {
    journal_.broken("{} was accepted by {} before {} and stands behind it",
                    short_id(queue.last_accepted->second), name, short_id(id));
  }
  queue.last_accepted = {number, id};
  joins(id, name);
}

void QueueModel::joins(MessageId id, const std::string& name) {
  if (name.empty()) return;
  Queue& queue = queues_[name];
  if (queue.ids.insert(id).second) mark_deleted(queue, id);
}

void QueueModel::mark_deleted(const Queue& queue, MessageId id) {
  for (const Deletion& deletion : queue.deletions) {
    if (deletion.asked < id.created()) continue;
    Known& known = messages_.at(id);
    messages_.cancel_asked(id);
    // Within one millisecond nobody can tell which came first, and a former node may have forgotten
    // that it was asked.
    if (deletion.asked == id.created() ||
        (deletion.node != lives_.node() && !deletion.acknowledged)) {
      known.cancel_is_unsure = true;
    }
  }
}

bool QueueModel::occupies(MessageId id, MessageId beside) const {
  const Known& known = *messages_.find(id);
  // After a restart the slots are given anew, from the front.
  if (known.arrivals.empty()) return false;
  if (id > beside && known.arrivals.back().node != lives_.node()) return false;
  switch (messages_.stand(known)) {
    case Stand::busy:
      return true;
    case Stand::ended:
      return !known.cancel_asked() && !callbacks_.all_ended(id, known);
    case Stand::waiting:
    case Stand::unsure:
      return false;
  }
  return false;
}

void QueueModel::started(const Message& message, std::uint64_t number) {
  if (message.queue.empty()) return;
  Queue& queue = queues_[message.queue];
  const std::string name = short_id(message.id);
  asked_.erase(number);
  joins(message.id, message.queue);
  if (queue.paused.surely_on()) {
    journal_.broken("{} starts while {} is paused", name, message.queue);
  }
  for (const Deletion& deletion : queue.deletions) {
    if (deletion.acknowledged && message.id.created() < deletion.asked) {
      journal_.broken("{} starts after its queue {} was deleted", name, message.queue);
    }
  }
  if (messages_.at(message.id).arrivals.size() > 1) return;

  // Slots are given in order. Whoever has one starts as soon as its destination, its delay and its
  // flow control key let it, and keeps it when the slots become fewer. So those that wait before
  // have slots too, and there are as many as there were at any time since it was accepted.
  const int slots = queue.parallelism.max_since(message.id.created());
  if (slots == 1) {
    if (queue.last_started && *queue.last_started > message.id) {
      journal_.broken("FIFO inversion in {}: {} was accepted before {} and starts after it",
                      message.queue, name, short_id(*queue.last_started));
    }
    queue.last_started = message.id;
  }
  int occupied = 0;
  std::string others;
  for (const MessageId id : queue.ids) {
    if (id == message.id) continue;
    const bool waits_before =
        id < message.id && messages_.stand(*messages_.find(id)) == Stand::waiting;
    if (!waits_before && !occupies(id, message.id)) continue;
    ++occupied;
    others += (waits_before ? " waiting " : " ") + short_id(id);
  }
  if (occupied + 1 > slots) {
    journal_.broken("FIFO inversion: {} starts as number {} of {} with parallelism {}, beside{}",
                    name, occupied + 1, message.queue, slots, others);
  }
}

QueueModel::Upsert QueueModel::upsert_asked(const std::string& name, std::optional<int> parallelism,
                                            std::optional<bool> paused) {
  Queue& queue = queues_[name];
  may_make(queue);
  Upsert upsert;
  upsert.deletes = queue.deletions.size();
  if (parallelism) upsert.parallelism = queue.parallelism.ask(time_.now(), *parallelism);
  if (paused && *paused) upsert.pause = queue.paused.ask_on();
  if (paused && !*paused) queue.paused.ask_off();
  return upsert;
}

void QueueModel::upsert_done(const std::string& name, const Upsert& upsert) {
  Queue& queue = queues_[name];
  made(queue, upsert.deletes);
  if (upsert.parallelism) queue.parallelism.done(*upsert.parallelism);
  if (upsert.pause) queue.paused.on(*upsert.pause);
}

QueueModel::Upsert QueueModel::pause_asked(const std::string& name, bool paused) {
  Queue& queue = queues_[name];
  Upsert pause;
  pause.deletes = queue.deletions.size();
  if (paused) {
    pause.pause = queue.paused.ask_on();
  } else {
    queue.paused.ask_off();
  }
  return pause;
}

void QueueModel::pause_done(const std::string& name, const Upsert& pause, bool done) {
  Queue& queue = queues_[name];
  if (done && pause.pause) queue.paused.on(*pause.pause);
  if (!done && queue.surely_exists && queue.deletions.size() == pause.deletes) {
    journal_.broken("{} exists and cannot be paused or resumed", name);
  }
}

std::size_t QueueModel::delete_asked(const std::string& name) {
  Queue& queue = queues_[name];
  queue.surely_exists = false;
  queue.paused.ask_off();
  Deletion deletion;
  deletion.asked = time_.now();
  deletion.node = lives_.node();
  deletion.parallelism = queue.parallelism.ask(time_.now(), 1);
  for (const MessageId id : queue.ids) {
    const Known& known = *messages_.find(id);
    if (messages_.stand(known) == Stand::ended) {
      const Arrival& last = known.arrivals.back();
      const bool alive_again = last.node != lives_.node() && messages_.result_may_be_lost(last);
      if (!alive_again) continue;
    }
    messages_.cancel_asked(id);
    deletion.canceled.push_back(id);
  }
  queue.deletions.push_back(std::move(deletion));
  return queue.made_times << 32 | (queue.deletions.size() - 1);
}

void QueueModel::delete_done(const std::string& name, std::size_t token) {
  Queue& queue = queues_[name];
  Deletion& deletion = queue.deletions[token & 0xffff'ffff];
  deletion.acknowledged = true;
  queue.parallelism.done(deletion.parallelism);
  for (const MessageId id : deletion.canceled) messages_.cancel_done(id);
  if (queue.made_times == token >> 32) queue.surely_gone = true;
}

std::pair<std::uint64_t, std::uint64_t> QueueModel::lag_between(const std::string& name,
                                                                const Queue& queue) const {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  for (const MessageId id : queue.ids) {
    const Known& known = *messages_.find(id);
    switch (messages_.stand(known)) {
      case Stand::waiting:
      case Stand::busy:
        if (known.cancel_asked()) {
          ++high;
        } else {
          ++low;
        }
        break;
      case Stand::ended: {
        // A former node may have forgotten how it ended.
        const Arrival& last = known.arrivals.back();
        if (last.node != lives_.node() && messages_.result_may_be_lost(last)) ++high;
        break;
      }
      case Stand::unsure:
        if (!known.canceled) ++high;
        break;
    }
  }
  for (const auto& [number, asked] : asked_) {
    if (asked.queue == name) ++high;
  }
  return {low, low + high};
}

void QueueModel::check_info(const std::string& name, const std::optional<QueueInfo>& info) {
  const Queue& queue = queues_[name];
  if (!info) {
    if (queue.surely_exists) journal_.broken("queue {} exists and cannot be read", name);
    return;
  }
  if (queue.surely_gone) return journal_.broken("queue {} was deleted and can be read", name);
  const auto [low, high] = lag_between(name, queue);
  if (info->lag < low || (info->lag > high && !queue.lag_is_unsure)) {
    journal_.broken("the lag of {} is {} instead of {} to {}", name, info->lag, low, high);
  }
  if (queue.paused.surely_on() && !info->paused) {
    journal_.broken("queue {} is paused and says it is not", name);
  }
  const std::optional<int> parallelism = queue.parallelism.sure();
  if (queue.surely_exists && parallelism && info->parallelism != *parallelism) {
    journal_.broken("the parallelism of {} is {} instead of {}", name, info->parallelism,
                    *parallelism);
  }
}

void QueueModel::check_end(const std::vector<QueueInfo>& infos) {
  for (const QueueInfo& info : infos) {
    if (info.lag != 0) {
      return journal_.broken("the lag of {} is {} at rest", info.name, info.lag);
    }
    if (!queues_.contains(info.name)) journal_.broken("nobody made the queue {}", info.name);
  }
  for (const auto& [name, queue] : queues_) {
    const bool listed =
        std::ranges::any_of(infos, [&](const QueueInfo& info) { return info.name == name; });
    if (queue.surely_exists && !listed) journal_.broken("queue {} is not listed", name);
    if (queue.surely_gone && listed) journal_.broken("queue {} is deleted and listed", name);
  }
}

}  // namespace godwit::simulation
