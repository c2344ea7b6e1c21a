// Schedules: when each runs next, and what a run makes. The definition and what became of it are
// two records, so that a run writes only the small one; it does so in the batch of the messages it
// makes, and no tick is made twice.
#include <algorithm>
#include <utility>

#include "core/quota.h"
#include "engine/engine_state.h"

namespace godwit {
namespace {

constexpr std::size_t runs_at_once = 1'000;

std::string schedule_key(const std::pair<AccountId, std::string>& name) {
  return keys::resource(0, keys::Resource::schedule, name.first, name.second);
}
std::string state_key(const std::pair<AccountId, std::string>& name) {
  return keys::resource(0, keys::Resource::schedule_state, name.first, name.second);
}

Result<Cron> parse_cron(const Schedule& schedule) {
  return Cron::parse(schedule.cron,
                     schedule.cron_with_seconds ? Cron::Fields::with_seconds : Cron::Fields::five);
}

}  // namespace

void Engine::Impl::arm(const Name& name, ScheduleEntry& entry, Timestamp next) {
  entry.next = next;
  if (next != Timestamp::max()) schedule_timers_.emplace(next, name);
}

void Engine::Impl::recover_schedules(Timestamp now) {
  const Result<void> scanned = store_.scan(
      Space::meta, keys::resources(partition, keys::Resource::schedule),
      StoreReader::Direction::forward, [&](std::string_view key, std::string_view value) {
        const auto resource = keys::parse_resource(keys::Resource::schedule, key);
        const Result<Schedule> schedule =
            resource ? decode_schedule(value, resource->name)
                     : Result<Schedule>(fail(ErrorCode::corrupt, "no schedule's key"));
        const Result<Cron> cron =
            schedule ? parse_cron(*schedule) : Result<Cron>(std::unexpected(schedule.error()));
        if (!cron) {
          ++stats_.corrupt;
          return true;
        }
        const Name name(resource->account, resource->name);
        const ScheduleState state = schedule_state(name);
        ScheduleEntry& entry =
            schedules_.emplace(name, ScheduleEntry{*cron, Timestamp::max(), schedule->paused})
                .first->second;
        ++schedule_counts_[name.first];
        if (schedule->paused) return true;
        const Timestamp since = std::max(state.last_run, schedule->updated);
        const std::optional<Timestamp> missed = last_missed(*cron, since, now);
        if (missed && settings_.run_missed_schedules) {
          arm(name, entry, *missed);
        } else {
          arm(name, entry, cron->next(now).value_or(Timestamp::max()));
        }
        return true;
      });
  if (!scanned) failure_ = scanned.error();
}

/// The last time after `since`, until now, at which `cron` fired. Looks back from now in growing
/// steps, because a whole downtime may hold millions of ticks.
std::optional<Timestamp> Engine::Impl::last_missed(const Cron& cron, Timestamp since,
                                                   Timestamp now) {
  for (Milliseconds span{1'000};; span *= 4) {
    const Timestamp from = now - since > span ? now - span : since;
    std::optional<Timestamp> tick = cron.next(from);
    if (tick && *tick <= now) {
      while (const std::optional<Timestamp> later = cron.next(*tick)) {
        if (*later > now) break;
        tick = later;
      }
      return tick;
    }
    if (from == since) return std::nullopt;
  }
}

ScheduleState Engine::Impl::schedule_state(const Name& name) {
  const std::optional<std::string> bytes = read(Space::meta, state_key(name));
  if (!bytes) return {};
  Result<ScheduleState> state = decode_schedule_state(*bytes);
  if (!state) {
    ++stats_.corrupt;
    return {};
  }
  return std::move(*state);
}

std::optional<Schedule> Engine::Impl::read_schedule(const Name& name) {
  const std::optional<std::string> bytes = read(Space::meta, schedule_key(name));
  if (!bytes) return std::nullopt;
  Result<Schedule> schedule = decode_schedule(*bytes, name.second);
  if (!schedule) {
    ++stats_.corrupt;
    return std::nullopt;
  }
  schedule->message.account = name.first;
  return std::move(*schedule);
}

void Engine::Impl::run_schedules(Timestamp now) {
  if (stopping_) return;
  for (std::size_t i = 0;
       i < runs_at_once && !schedule_timers_.empty() && schedule_timers_.top().first <= now; ++i) {
    const auto [due, name] = schedule_timers_.top();
    schedule_timers_.pop();
    const auto found = schedules_.find(name);
    // Timers are not taken back: one that no longer tells its schedule's next run is passed over.
    if (found == schedules_.end() || found->second.paused || found->second.next != due) continue;
    ScheduleEntry& entry = found->second;
    // Ticks that passed while the process stood still count once, as the last of them.
    const Timestamp tick = last_missed(entry.cron, due, now).value_or(due);
    run_schedule(name, tick, now);
    if (failure_) return;
    arm(name, entry, entry.cron.next(tick).value_or(Timestamp::max()));
  }
}

void Engine::Impl::run_schedule(const Name& name, Timestamp due, Timestamp now) {
  std::optional<Schedule> schedule = read_schedule(name);
  if (!schedule) return;
  ScheduleState state;
  state.last_run = due;
  Message& base = schedule->message;
  base.schedule_id = name.second;
  base.not_before = schedule->delay > Milliseconds(0) ? now + schedule->delay : Timestamp{};
  const std::string group_name = base.group;
  std::vector<Message> messages;
  if (group_name.empty()) {
    messages.push_back(std::move(base));
  } else if (const std::optional<UrlGroup> group = read_group(name.first, group_name)) {
    for (const GroupEndpoint& endpoint : group->endpoints) {
      Message& message = messages.emplace_back(base);
      message.url = endpoint.url;
      message.endpoint = endpoint.name;
    }
  }
  if (messages.empty()) state.error = "topic " + group_name + " not found";
  if (!messages.empty()) {
    if (const Result<void> room = check_room(messages.front()); !room) {
      state.error = room.error().message;
      messages.clear();
    }
  }
  for (Message& message : messages) state.last_messages.push_back(accept(std::move(message), now));
  put(Space::meta, state_key(name), encode(state));
}

// What people ask of schedules.

void Engine::put_schedule(Schedule schedule, Timestamp now, Reply<void> reply) {
  Impl& state = *impl_;
  const Result<Cron> cron = parse_cron(schedule);
  if (!cron) return state.answer<void>(reply, std::unexpected(cron.error()), 0);
  const Impl::Name name(schedule.message.account, schedule.id);
  const auto known = state.schedules_.find(name);
  if (known == state.schedules_.end()) {
    std::size_t& count = state.schedule_counts_[name.first];
    if (count >= state.settings_.schedules_max) {
      return state.answer<void>(
          reply,
          quota_exceeded("maxSchedules", state.settings_.schedules_max, "engine.schedules_max"), 0);
    }
    ++count;
    schedule.created = now;
  } else {
    // An overwrite resets what is not sent, but not who it is and whether it rests.
    const std::optional<Schedule> earlier = state.read_schedule(name);
    if (state.failure_) return;
    schedule.created = earlier ? earlier->created : now;
    schedule.paused = known->second.paused;
  }
  schedule.updated = now;
  state.put(Space::meta, schedule_key(name), encode(schedule));
  Impl::ScheduleEntry& entry =
      state.schedules_
          .insert_or_assign(name, Impl::ScheduleEntry{*cron, Timestamp::max(), schedule.paused})
          .first->second;
  if (!entry.paused) state.arm(name, entry, cron->next(now).value_or(Timestamp::max()));
  state.answer<void>(reply, {}, state.open_);
}

void Engine::pause_schedule(AccountId account, const std::string& id, bool paused, Timestamp now,
                            Reply<void> reply) {
  Impl& state = *impl_;
  const Impl::Name name(account, id);
  const auto found = state.schedules_.find(name);
  std::optional<Schedule> schedule;
  if (found != state.schedules_.end()) schedule = state.read_schedule(name);
  if (state.failure_) return;
  if (!schedule) {
    return state.answer<void>(reply, fail(ErrorCode::not_found, "schedule " + id + " not found"),
                              0);
  }
  if (schedule->paused != paused) {
    schedule->paused = paused;
    schedule->updated = now;  // Ticks before a resume are never made up for.
    state.put(Space::meta, schedule_key(name), encode(*schedule));
    Impl::ScheduleEntry& entry = found->second;
    entry.paused = paused;
    state.arm(name, entry,
              paused ? Timestamp::max() : entry.cron.next(now).value_or(Timestamp::max()));
  }
  state.answer<void>(reply, {}, state.all_until_now());
}

void Engine::delete_schedule(AccountId account, const std::string& id, Timestamp,
                             Reply<void> reply) {
  Impl& state = *impl_;
  const Impl::Name name(account, id);
  if (state.schedules_.erase(name) == 0) {
    return state.answer<void>(reply, fail(ErrorCode::not_found, "schedule " + id + " not found"),
                              0);
  }
  --state.schedule_counts_[account];
  state.erase(Space::meta, schedule_key(name));
  state.erase(Space::meta, state_key(name));
  state.answer<void>(reply, {}, state.open_);
}

}  // namespace godwit
