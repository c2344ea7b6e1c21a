#include "testing/simulation/flow_model.h"

#include <algorithm>

namespace godwit::simulation {

FlowModel::FlowModel(const SimulatedTime& time, Journal& journal, const MessageModel& messages,
                     Dice& dice)
    : time_(time), journal_(journal), messages_(messages), dice_(dice) {
  fixed_count_ = dice_.between(1, 3);
  const std::size_t count = fixed_count_ + dice_.between(1, 2);
  for (std::size_t i = 0; i < count; ++i) {
    const bool fixed = i < fixed_count_;
    names_.push_back(fmt::format("{}{}", fixed ? "fixed" : "loose", i));
    Key& key = keys_[names_.back()];
    key.fixed = fixed;
    key.control = draw(names_.back());
  }
}

FlowControl FlowModel::draw(const std::string& name) {
  static constexpr std::int64_t periods[] = {1, 2, 5, 10, 30};
  FlowControl control;
  control.key = name;
  control.rate = static_cast<int>(dice_.between(1, 5));
  control.parallelism = static_cast<int>(dice_.between(1, 4));
  control.period = std::chrono::seconds(periods[dice_.below(std::size(periods))]);
  // Fixed keys may have one limit only. Loose ones have both, so that there is something to check.
  if (keys_.at(name).fixed && dice_.one_in(2)) {
    (dice_.one_in(2) ? control.rate : control.parallelism) = 0;
  }
  return control;
}

const std::string& FlowModel::some_fixed_key() { return names_[dice_.below(fixed_count_)]; }
const std::string& FlowModel::some_loose_key() {
  return names_[fixed_count_ + dice_.below(names_.size() - fixed_count_)];
}

FlowControl FlowModel::asked_by_message(const std::string& name) {
  Key& key = keys_.at(name);
  FlowControl asked = key.control;
  if (!key.fixed && dice_.one_in(20)) asked = draw(name);
  return asked;
}

void FlowModel::add_change(Key& key, Change& change) {
  change.number = key.last_change = ++changes_;
  key.unanswered.insert(change.number);
  key.changes.push_back(time_.now());
}

void FlowModel::set_parallelism(Key& key, Change& change, int parallelism) {
  change.parallelism = key.parallelism.ask(time_.now(), parallelism);
}

void FlowModel::allow(Key& key, int rate, Milliseconds period) {
  key.period_min = key.rate_max == 0 ? period : std::min(key.period_min, period);
  key.rate_max = std::max(key.rate_max, rate);
}

FlowModel::Change FlowModel::publish_asked(const FlowControl& control) {
  Change change;
  change.key = control.key;
  if (control.key.empty()) return change;
  Key& key = keys_.at(control.key);
  if (key.fixed) return change;
  if (key.used_by_message && key.control == control) return change;
  key.used_by_message = true;
  key.control = control;
  allow(key, control.rate, control.period);
  add_change(key, change);
  if (!key.pinned_parallelism) set_parallelism(key, change, control.parallelism);
  return change;
}

FlowModel::Change FlowModel::change_asked(const std::string& name, const FlowControlChange& asked) {
  Key& key = keys_.at(name);
  Change change;
  change.key = name;
  if (asked.paused && *asked.paused) change.pause = key.paused.ask_on();
  if (asked.paused && !*asked.paused) key.paused.ask_off();
  if (key.fixed) return change;
  add_change(key, change);
  if (asked.pin_parallelism) {
    key.pinned_parallelism = asked.pin_parallelism;
    set_parallelism(key, change, *asked.pin_parallelism);
  } else if (asked.unpin_parallelism && key.pinned_parallelism) {
    // The value stays until a message asks for another one, or the newest message's returns.
    const int own = key.used_by_message ? key.control.parallelism : unlimited;
    set_parallelism(key, change, std::max(own, *key.pinned_parallelism));
    key.pinned_parallelism.reset();
  }
  if (asked.pin_rate) {
    allow(key, *asked.pin_rate, asked.pin_period.value_or(Milliseconds(1000)));
  }
  if (asked.reset_parallelism) key.parallelism_reset = time_.now();
  return change;
}

void FlowModel::done(const Change& asked) {
  if (asked.number == 0) return;
  Key& key = keys_.at(asked.key);
  key.unanswered.erase(asked.number);
  if (asked.parallelism) key.parallelism.done(*asked.parallelism);
}

void FlowModel::change_done(const Change& asked, const FlowControlChange& change,
                            const std::optional<FlowControlInfo>& info) {
  done(asked);
  Key& key = keys_.at(asked.key);
  if (asked.pause) key.paused.on(*asked.pause);
  if (!info) {
    if (key.paused.surely_on()) journal_.broken("key {} is paused and unknown", asked.key);
    return;
  }
  if (key.paused.surely_on() && !info->paused) {
    journal_.broken("key {} is paused and says it is not", asked.key);
  }
  if (key.fixed || asked.number != key.last_change) return;
  if (change.pin_parallelism &&
      (!info->pinned_parallelism || info->parallelism_max != *change.pin_parallelism)) {
    journal_.broken("key {} does not show its pinned parallelism", asked.key);
  }
  if (change.pin_rate && (!info->pinned_rate || info->rate_max != *change.pin_rate)) {
    journal_.broken("key {} does not show its pinned rate", asked.key);
  }
  if ((change.unpin_parallelism && !change.pin_parallelism && info->pinned_parallelism) ||
      (change.unpin_rate && !change.pin_rate && info->pinned_rate)) {
    journal_.broken("key {} is still pinned", asked.key);
  }
}

void FlowModel::waits(MessageId id, const std::string& name) {
  if (rules_.in_order && !name.empty() && messages_.find(id)->arrivals.empty()) {
    keys_.at(name).waiting.insert(id);
  }
}

void FlowModel::started(const Message& message, bool first, std::optional<Timestamp> decided,
                        const std::optional<FlowControlInfo>& info) {
  if (message.flow_control.key.empty()) return;
  Key& key = keys_.at(message.flow_control.key);
  if (key.paused.surely_on()) {
    journal_.broken("{} starts while {} is paused", short_id(message.id), message.flow_control.key);
  }
  key.in_flight.insert(decided.value_or(time_.now()));
  if (key.fixed) {
    const int limit = key.control.parallelism;
    if (limit > 0 && key.in_flight.size() > static_cast<std::size_t>(limit)) {
      journal_.broken("{} starts as number {} under {} with parallelism {}", short_id(message.id),
                      key.in_flight.size(), message.flow_control.key, limit);
    }
    if (decided) check_fixed(message, key, *decided, info);
  } else if (decided) {
    check_loose(message, key, *decided);
  }
  if (first && rules_.in_order && decided) check_order(message, key, *decided);
}

void FlowModel::check_fixed(const Message& message, Key& key, Timestamp decided,
                            const std::optional<FlowControlInfo>& info) {
  const int rate = key.control.rate;
  const Milliseconds period = key.control.period;
  if (rate == 0) return;
  const std::string& name = message.flow_control.key;
  if (!info) return journal_.broken("key {} is in use and unknown", name);
  const Timestamp told = info->rate_period_start;
  const bool forgotten = decided - key.used > rules_.forgotten_after;
  if (info->rate_count > rate) {
    return journal_.broken("key {} tells of {} starts with rate {}", name, info->rate_count, rate);
  }
  if (!key.window) {
    // The first start opens the first window; one that a crash hid may have come before.
    key.window = told <= decided && decided < told + period ? told : decided;
    key.window_count = 0;
  } else if (decided >= *key.window + period) {
    const Timestamp next = *key.window + (decided - *key.window) / period * period;
    key.window_count = 0;
    key.window = forgotten && told <= decided && decided < told + period ? told : next;
  }
  if ((told - *key.window) % period != Milliseconds(0)) {
    return journal_.broken("the windows of key {} do not follow each other: {} ms after the last",
                           name, (told - *key.window).count());
  }
  key.used = decided;
  if (++key.window_count > rate) {
    journal_.broken("{} is start {} under {} in a window of {} ms from {} with rate {}",
                    short_id(message.id), key.window_count, name, period.count(),
                    journal_.since_start(*key.window).count(), rate);
  }
}

void FlowModel::check_loose(const Message& message, Key& key, Timestamp decided) {
  // A key without use is forgotten: from then on its limits are those of whoever came first.
  if (!key.starts.empty() && decided - key.starts.back() > rules_.forgotten_after) {
    key.unsure = true;
  }
  key.starts.push_back(decided);
  if (key.unsure || key.rate_max == 0) return;
  // Windows do not overlap and none is shorter than the shortest period, so that no span of that
  // length touches more than two of them, and one more for each change in it.
  const Timestamp from = decided - key.period_min;
  const auto in_span = [&](Timestamp time) { return time > from && time <= decided; };
  const auto starts = std::ranges::count_if(key.starts, in_span);
  const auto changes = std::ranges::count_if(
      key.changes, [&](Timestamp time) { return time >= from && time <= decided; });
  if (starts > (2 + changes) * key.rate_max) {
    journal_.broken("{} is start {} under {} within {} ms with rate {} and {} changes",
                    short_id(message.id), starts, message.flow_control.key, key.period_min.count(),
                    key.rate_max, changes);
  }
  const auto counted = std::ranges::count_if(key.in_flight, [&](Timestamp time) {
    return !key.parallelism_reset || time > *key.parallelism_reset;
  });
  const int limit = key.parallelism.max_since(decided);
  if (counted > limit) {
    journal_.broken("{} starts as number {} under {} with parallelism {}", short_id(message.id),
                    counted, message.flow_control.key, limit);
  }
}

void FlowModel::check_order(const Message& message, Key& key, Timestamp decided) {
  key.waiting.erase(message.id);
  // Those that may start at one time do so in the order of their destinations' turns.
  const auto overtaken = key.overtaken.find(message.id);
  if (overtaken != key.overtaken.end() && overtaken->second < decided) {
    journal_.broken("{} starts under {} {} ms after another that was due later",
                    short_id(message.id), message.flow_control.key,
                    (decided - overtaken->second).count());
  }
  const Known& known = *messages_.find(message.id);
  if (!key.fixed || !known.acknowledged || known.run_now_asked || !message.queue.empty()) return;
  for (const MessageId id : key.waiting) {
    const Known& other = *messages_.find(id);
    if (other.cancel_asked() || other.not_before >= known.not_before) continue;
    key.overtaken.emplace(id, decided);
  }
}

void FlowModel::answered(const Message& message, Timestamp decided) {
  if (message.flow_control.key.empty()) return;
  Key& key = keys_.at(message.flow_control.key);
  const auto found = key.in_flight.find(decided);
  if (found != key.in_flight.end()) key.in_flight.erase(found);
}

void FlowModel::crashed() {
  for (auto& [name, key] : keys_) {
    key.in_flight.clear();
    if (!key.unanswered.empty()) key.unsure = true;
  }
}

void FlowModel::check_end(const std::vector<FlowControlInfo>& infos) {
  for (const FlowControlInfo& info : infos) {
    if (info.waiting != 0 || info.parallelism_count != 0) {
      journal_.broken("key {} tells of {} waiting and {} under way at rest", info.key, info.waiting,
                      info.parallelism_count);
    }
  }
}

}  // namespace godwit::simulation
