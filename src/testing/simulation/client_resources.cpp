#include <algorithm>
#include <vector>

#include "engine/broker.h"
#include "testing/simulation/client.h"

namespace godwit::simulation {
namespace {

constexpr std::string_view schedule_queue = "queue of schedules";

}  // namespace

void Client::crashed() {
  unanswered_ = 0;
  for (auto& [name, group] : groups_) {
    if (group.unanswered > 0) group.unsure = true;
    group.unanswered = 0;
  }
}

void Client::calm_down() {
  for (const std::string& id : world_.schedules.ids()) delete_schedule(id);
  // In an order of their own: they come in the order of a hash, and a seed gives one run.
  std::vector<QueueInfo> queues = world_.broker->queues(account);
  std::ranges::sort(queues, {}, &QueueInfo::name);
  for (const QueueInfo& queue : queues) pause_queue(queue.name, false);
  for (const FlowControlInfo& key : world_.broker->flow_controls(
           account, list_flow_controls(*world_.store, account, "", 1'000).value(), "")) {
    FlowControlChange resume;
    resume.paused = false;
    change_flow(key.key, resume);
  }
}

void Client::change_queue() {
  Dice& dice = world_.dice;
  const std::string queue = some_queue();
  switch (dice.below(8)) {
    case 0:
      return delete_queue(queue);
    case 1:
    case 2:
      return pause_queue(queue, true);
    case 3:
    case 4:
      return pause_queue(queue, false);
    case 5:
      return upsert_queue(queue, std::nullopt, dice.one_in(2));
    default:
      return upsert_queue(
          queue, queues_are_steady_ ? queue.back() - '0' + 1 : static_cast<int>(dice.between(1, 4)),
          dice.one_in(4) ? std::optional(dice.one_in(2)) : std::nullopt);
  }
}

void Client::upsert_queue(const std::string& queue, std::optional<int> parallelism,
                          std::optional<bool> paused) {
  world_.journal.tell("upsert {} parallelism={} paused={}", queue, parallelism.value_or(0),
                      paused ? (*paused ? "yes" : "no") : "-");
  const QueueModel::Upsert upsert = world_.queues.upsert_asked(queue, parallelism, paused);
  world_.broker->upsert_queue(
      account, queue, parallelism, paused, [this, queue, upsert](const Result<void>& done) {
        world_.journal.tell("upsert {}: {}", queue, done ? "ok" : done.error().message);
        if (done) world_.queues.upsert_done(queue, upsert);
        world_.queues.check_info(queue, world_.broker->queue(account, queue));
      });
}

void Client::pause_queue(const std::string& queue, bool paused) {
  world_.journal.tell("{} {}", paused ? "pause" : "resume", queue);
  const QueueModel::Upsert pause = world_.queues.pause_asked(queue, paused);
  ++unanswered_;
  world_.broker->pause_queue(
      account, queue, paused, [this, queue, pause, paused](const Result<void>& done) {
        --unanswered_;
        world_.journal.tell("{} {}: {}", paused ? "pause" : "resume", queue,
                            done ? "ok" : done.error().message);
        world_.queues.pause_done(queue, pause, done.has_value());
        world_.queues.check_info(queue, world_.broker->queue(account, queue));
      });
}

void Client::delete_queue(const std::string& queue) {
  world_.journal.tell("delete {}", queue);
  const std::uint64_t deletion = world_.queues.delete_asked(queue);
  world_.broker->delete_queue(account, queue, [this, queue, deletion](const Result<void>& done) {
    world_.journal.tell("delete {}: {}", queue, done ? "ok" : done.error().message);
    if (!done) return world_.journal.broken("queue {} cannot be deleted", queue);
    world_.queues.delete_done(queue, deletion);
    world_.queues.check_info(queue, world_.broker->queue(account, queue));
  });
}

void Client::change_flow() {
  Dice& dice = world_.dice;
  FlowControlChange change;
  const std::string key = world_.flows.some_key();
  const bool fixed = key.starts_with("fixed");
  switch (fixed ? dice.below(3) : dice.below(8)) {
    case 0:
      change.paused = true;
      break;
    case 1:
    case 2:
      change.paused = false;
      break;
    case 3:
      change.pin_parallelism = static_cast<int>(dice.between(1, 3));
      break;
    case 4:
      change.pin_rate = static_cast<int>(dice.between(1, 5));
      change.pin_period = std::chrono::seconds(dice.between(1, 10));
      break;
    case 5:
      change.unpin_parallelism = true;
      change.unpin_rate = dice.one_in(2);
      break;
    case 6:
      change.reset_rate = true;
      break;
    default:
      change.reset_rate = true;
      change.reset_parallelism = true;
  }
  change_flow(key, change);
}

void Client::change_flow(const std::string& key, const FlowControlChange& change) {
  const auto text = fmt::format(
      "{}:{}{}{}{}{}{}{}", key, change.paused ? (*change.paused ? " pause" : " resume") : "",
      change.pin_parallelism ? " pin parallelism" : "", change.pin_rate ? " pin rate" : "",
      change.unpin_parallelism ? " unpin parallelism" : "", change.unpin_rate ? " unpin rate" : "",
      change.reset_rate ? " reset rate" : "", change.reset_parallelism ? " reset" : "");
  world_.journal.tell("{}", text);
  const FlowModel::Change asked = world_.flows.change_asked(key, change);
  ++unanswered_;
  world_.broker->change_flow_control(
      account, key, change, [this, key, change, asked, text](const Result<void>& done) {
        --unanswered_;
        world_.journal.tell("{}: {}", text, done ? "ok" : done.error().message);
        if (!done) return world_.flows.done(asked);
        world_.flows.change_done(asked, change, world_.broker->flow_control(account, key));
      });
}

void Client::change_schedule() {
  const std::string id = fmt::format("schedule{}", world_.dice.below(3));
  switch (world_.dice.below(6)) {
    case 0:
      return delete_schedule(id);
    case 1:
      return pause_schedule(id, true);
    case 2:
      return pause_schedule(id, false);
    default:
      return put_schedule(id);
  }
}

void Client::put_schedule(const std::string& id) {
  static constexpr std::string_view crons[] = {"* * * * *", "*/2 * * * *",
                                               "CRON_TZ=Europe/Berlin */5 * * * *",
                                               "CRON_TZ=America/New_York * * * * *"};
  Dice& dice = world_.dice;
  Schedule schedule;
  schedule.id = id;
  schedule.cron = crons[dice.below(std::size(crons))];
  if (dice.one_in(3)) {
    schedule.cron = dice.one_in(2) ? "30 * * * * *" : "*/20 * * * * *";
    schedule.cron_with_seconds = true;
  } else if (dice.one_in(3)) {
    schedule.cron = fmt::format("@every {}s", dice.between(5, 60));
  }
  if (dice.one_in(3)) schedule.delay = dice.time_between(0, 5) * 1000;
  Message& message = schedule.message;
  message.account = account;
  message.body = shared_body;
  message.retries_max = static_cast<int>(dice.below(3));
  message.retry_delay = "500 * (1 + retried)";
  if (dice.one_in(4)) {
    message.flow_control = world_.flows.asked_by_message(world_.flows.some_fixed_key());
  }
  if (dice.one_in(4)) message.callback = draw_callback(0);
  if (dice.one_in(3)) {
    message.group = some_group();
  } else {
    message.url = world_.destinations.some_url();
  }
  if (dice.one_in(3)) {
    message.queue = schedule_queue;
    world_.queues.filled_otherwise(message.queue);
    world_.queues.publish_asked(++publishes_, message.queue);
  }
  const std::uint64_t version =
      world_.schedules.put_asked({.id = id,
                                  .cron = schedule.cron,
                                  .with_seconds = schedule.cron_with_seconds,
                                  .url = message.url,
                                  .may_vanish = !message.queue.empty()});
  message.labels = {fmt::format("v{}", version)};
  world_.journal.tell("put {} version {}: {} -> {}{}{}", id, version, schedule.cron, message.url,
                      message.group, message.queue.empty() ? "" : " in a queue");
  world_.broker->put_schedule(std::move(schedule), [this, id, version](const Result<void>& done) {
    world_.journal.tell("put {} version {}: {}", id, version, done ? "ok" : done.error().message);
    if (!done) return world_.journal.broken("schedule {} cannot be put", id);
    world_.schedules.put_done(version);
    const auto view = find_schedule(*world_.store, account, id);
    if (!view) world_.journal.broken("schedule {} cannot be read: {}", id, view.error().message);
  });
}

void Client::delete_schedule(const std::string& id) {
  world_.journal.tell("delete {}", id);
  const std::uint64_t deletion = world_.schedules.delete_asked(id);
  ++unanswered_;
  world_.broker->delete_schedule(account, id, [this, id, deletion](const Result<void>& done) {
    --unanswered_;
    world_.journal.tell("delete {}: {}", id, done ? "ok" : done.error().message);
    world_.schedules.delete_done(id, deletion);
  });
}

void Client::pause_schedule(const std::string& id, bool paused) {
  world_.journal.tell("{} {}", paused ? "pause" : "resume", id);
  const std::uint64_t pause = world_.schedules.pause_asked(id, paused);
  world_.broker->pause_schedule(account, id, paused,
                                [this, id, pause, paused](const Result<void>& done) {
                                  world_.journal.tell("{} {}: {}", paused ? "pause" : "resume", id,
                                                      done ? "ok" : done.error().message);
                                  world_.schedules.pause_done(id, pause, paused, done.has_value());
                                });
}

void Client::change_group() {
  Dice& dice = world_.dice;
  const std::string name = some_group();
  Group& group = groups_[name];
  ++group.unanswered;
  const auto answered = [this, name](const Result<void>& done) {
    world_.journal.tell("change of {}: {}", name, done ? "ok" : done.error().message);
    --groups_[name].unanswered;
    check_group(name);
  };
  std::vector<GroupEndpoint> endpoints;
  for (std::uint64_t i = 0; i < 4; ++i) {
    if (!dice.one_in(2)) continue;
    endpoints.push_back({fmt::format("https://host{}/{}", i, name), fmt::format("endpoint{}", i)});
  }
  switch (dice.below(8)) {
    case 0:
      world_.journal.tell("delete {}", name);
      group.endpoints.clear();
      return world_.broker->delete_group(account, name, answered);
    case 1:
    case 2:
      world_.journal.tell("remove {} endpoints of {}", endpoints.size(), name);
      for (const GroupEndpoint& endpoint : endpoints) std::erase(group.endpoints, endpoint);
      return world_.broker->remove_endpoints(account, name, endpoints, answered);
    default:
      if (endpoints.empty()) endpoints.push_back({"https://host9/" + name, "endpoint9"});
      world_.journal.tell("upsert {} endpoints of {}", endpoints.size(), name);
      for (const GroupEndpoint& endpoint : endpoints) {
        if (std::ranges::find(group.endpoints, endpoint) == group.endpoints.end()) {
          group.endpoints.push_back(endpoint);
        }
      }
      return world_.broker->upsert_endpoints(account, name, endpoints, answered);
  }
}

void Client::check_group(const std::string& name) {
  const Group& group = groups_[name];
  if (group.unanswered > 0 || group.unsure) return;
  const auto stored = find_url_group(*world_.store, account, name);
  if (!stored) {
    return world_.journal.broken("{} cannot be read: {}", name, stored.error().message);
  }
  const std::vector<GroupEndpoint> endpoints =
      *stored ? (*stored)->endpoints : std::vector<GroupEndpoint>{};
  if (endpoints != group.endpoints) {
    world_.journal.broken("{} has {} endpoints instead of {}, or others", name, endpoints.size(),
                          group.endpoints.size());
  }
}

}  // namespace godwit::simulation
