#include "testing/simulation/schedule_model.h"

#include <algorithm>

#include "core/assert.h"

namespace godwit::simulation {
namespace {

/// The rules of the simulation fire at least this often.
constexpr Milliseconds fires_within{11 * 60'000};

Milliseconds every(const Cron& cron, Timestamp from) { return *cron.next(from) - from; }

}  // namespace

std::uint64_t ScheduleModel::put_asked(const Put& put) {
  const Result<Cron> cron =
      Cron::parse(put.cron, put.with_seconds ? Cron::Fields::with_seconds : Cron::Fields::five);
  GODWIT_ASSERT(cron.has_value());
  ends(put.id);
  Definition definition{.id = put.id,
                        .cron = *cron,
                        .is_every = put.cron.starts_with("@every"),
                        .url = put.url,
                        .may_vanish = put.may_vanish,
                        .asked = time_.now(),
                        .acknowledged = {},
                        .over_asked = {},
                        .over = {},
                        .runs = {}};
  definitions_.emplace(++versions_, std::move(definition));
  named_[put.id].versions.push_back(versions_);
  return versions_;
}

void ScheduleModel::ends(const std::string& id) {
  for (const std::uint64_t version : named_[id].versions) {
    Definition& definition = definitions_.at(version);
    if (!definition.over_asked) definition.over_asked = time_.now();
  }
}

void ScheduleModel::put_done(std::uint64_t version) {
  definitions_.at(version).acknowledged = time_.now();
  for (const std::uint64_t other : named_[definitions_.at(version).id].versions) {
    Definition& definition = definitions_.at(other);
    if (other < version && !definition.over) definition.over = time_.now();
  }
}

std::uint64_t ScheduleModel::delete_asked(const std::string& id) {
  ends(id);
  Named& named = named_[id];
  for (Pause& pause : named.pauses) {
    if (!pause.resume_asked) pause.resume_asked = time_.now();
  }
  return versions_;
}

void ScheduleModel::delete_done(const std::string& id, std::uint64_t deletion) {
  for (const std::uint64_t version : named_[id].versions) {
    Definition& definition = definitions_.at(version);
    if (version <= deletion && !definition.over) definition.over = time_.now();
  }
  for (Pause& pause : named_[id].pauses) {
    if (!pause.resume_acknowledged) pause.resume_acknowledged = time_.now();
  }
}

std::uint64_t ScheduleModel::pause_asked(const std::string& id, bool paused) {
  Named& named = named_[id];
  if (paused) {
    named.pauses.push_back({time_.now(), {}, {}, {}});
  } else {
    for (Pause& pause : named.pauses) {
      if (!pause.resume_asked) pause.resume_asked = time_.now();
    }
  }
  return named.pauses.size();
}

void ScheduleModel::pause_done(const std::string& id, std::uint64_t number, bool paused,
                               bool done) {
  Named& named = named_[id];
  if (paused) {
    Pause& pause = named.pauses[number - 1];
    (done ? pause.acknowledged : pause.resume_acknowledged) = time_.now();
    return;
  }
  if (!done) return;
  for (std::size_t i = 0; i < number; ++i) {
    if (!named.pauses[i].resume_acknowledged) named.pauses[i].resume_acknowledged = time_.now();
  }
}

std::vector<std::string> ScheduleModel::ids() const {
  std::vector<std::string> ids;
  ids.reserve(named_.size());
  for (const auto& [id, named] : named_) ids.push_back(id);
  return ids;
}

std::optional<Timestamp> ScheduleModel::last_fire(const Definition& definition,
                                                  Timestamp until) const {
  std::optional<Timestamp> last;
  Timestamp at = std::max(definition.asked, until - fires_within);
  while (const std::optional<Timestamp> next = definition.cron.next(at)) {
    if (*next > until) break;
    last = at = *next;
  }
  return last;
}

void ScheduleModel::first_started(const Message& message, std::uint64_t version) {
  // (The retry of a dead letter belongs to the schedule too, but has lost its label.)
  if (message.schedule_id.empty() || version == 0) return;
  const std::string name = short_id(message.id);
  const auto found = definitions_.find(version);
  if (found == definitions_.end() || found->second.id != message.schedule_id) {
    return journal_.broken("{} is of no known definition of {}", name, message.schedule_id);
  }
  Definition& definition = found->second;
  const Timestamp made = message.id.created();
  journal_.tell("{} was made by {} version {} at {}", name, message.schedule_id, version,
                journal_.since_start(made).count());
  if (made < definition.asked || (definition.over && made > *definition.over)) {
    return journal_.broken("{} was made by {} which was over", name, message.schedule_id);
  }
  if (is_paused(definition.id, made)) {
    return journal_.broken("{} was made by {} while that was paused", name, message.schedule_id);
  }
  if (definition.is_every) return check_every(definition, message);

  const std::optional<Timestamp> due = last_fire(definition, made);
  if (!due) return journal_.broken("{} was made by {} and none was due", name, definition.id);
  if (*due != made && !(run_missed_ && lives_.booted_at(made))) {
    return journal_.broken("{} was made by {} {} ms late", name, definition.id,
                           (made - *due).count());
  }
  if (is_paused(definition.id, *due)) {
    journal_.broken("{} makes up for a time at which {} was paused", name, message.schedule_id);
  }
  if (!definition.runs.emplace(message.url, *due).second) {
    journal_.broken("the run of {} at {} made two messages for {}", definition.id,
                    journal_.since_start(*due).count(), message.url);
  }
}

void ScheduleModel::check_every(Definition& definition, const Message& message) {
  if (!definition.runs.emplace(message.url, message.id.created()).second) {
    return journal_.broken("a run of {} made two messages for {}", definition.id, message.url);
  }
  // Runs count from the last one, in whole seconds. One after a restart may be late, and the next
  // one counts from when it was due.
  const Milliseconds spacing = every(definition.cron, Timestamp{});
  std::optional<Timestamp> earlier;
  for (const auto& [url, run] : definition.runs) {
    if (url != message.url) continue;
    const bool late = lives_.booted_at(run);
    if (earlier && !late && run - *earlier < spacing - Milliseconds(1000)) {
      journal_.broken("runs of {} are {} ms apart", definition.id, (run - *earlier).count());
    }
    earlier = late ? std::nullopt : std::optional(run);
  }
}

bool ScheduleModel::is_paused(const std::string& id, Timestamp time) const {
  return std::ranges::any_of(named_.at(id).pauses, [&](const Pause& pause) {
    return pause.acknowledged && time > *pause.acknowledged &&
           (!pause.resume_asked || time < *pause.resume_asked);
  });
}

bool ScheduleModel::may_be_paused(const Named& named, Timestamp time) const {
  return std::ranges::any_of(named.pauses, [&](const Pause& pause) {
    return time >= pause.asked &&
           (!pause.resume_acknowledged || time <= *pause.resume_acknowledged);
  });
}

void ScheduleModel::check_complete(const Definition& definition) {
  if (definition.is_every || definition.may_vanish || definition.url.empty() ||
      !definition.acknowledged) {
    return;
  }
  const Timestamp end = definition.over_asked.value_or(time_.now());
  for (auto due = definition.cron.next(*definition.acknowledged); due && *due < end;
       due = definition.cron.next(*due)) {
    if (may_be_paused(named_[definition.id], *due)) continue;
    if (!lives_.lived_through(*due, *due + Lives::commit_time_max)) continue;
    if (!definition.runs.contains({definition.url, *due})) {
      return journal_.broken("the run of {} at {} made no message", definition.id,
                             journal_.since_start(*due).count());
    }
  }
}

void ScheduleModel::check_end() {
  for (const auto& [version, definition] : definitions_) check_complete(definition);
}

}  // namespace godwit::simulation
