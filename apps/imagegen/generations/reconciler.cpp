#include "imagegen/generations/reconciler.h"

#include <map>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "imagegen/generations/problems.h"
#include "imagegen/generations/records.h"
#include "imagegen/generations/sending.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

bool is_sent(const Task& task) {
  return task.status == TaskStatus::pending && task.due && !task.message_id.empty();
}

bool is_silent(const Task& task, Timestamp now) { return *task.due + silence_max < now; }

}  // namespace

BrokerWord word_of(const KnownMessage& message) {
  return {.state = broker_state_of(message.state),
          .next_delivery = message.next_delivery,
          .detail = message.detail};
}

Reconciler::Reconciler(World& world, std::function<void(const std::string&)> send)
    : world_(world), send_(std::move(send)) {}

Result<void> Reconciler::release_lapsed() {
  const Timestamp now = world_.clock.now();
  const Result<std::vector<Task>> lapsed = world_.storage.lapsed_tasks(now);
  if (!lapsed) return std::unexpected(lapsed.error());
  std::set<std::string> local;
  for (const Task& task : *lapsed) {
    write_log(world_, "lease_lapsed", "task=" + task.id);
    const Result<std::optional<Task>> released =
        change_task(world_, task.id, [now](const Task& t) { return release(t, now); });
    if (!released) return std::unexpected(released.error());
    local.insert(task.generation_id);
  }
  for (const std::string& id : local) {
    const Result<Generation> generation = load_generation(world_, id);
    if (generation && generation->mode == Mode::local) send_(id);
  }
  return {};
}

asio::awaitable<Result<void>> Reconciler::reconcile(std::string generation_id, bool thorough) {
  const Result<Generation> generation = load_generation(world_, generation_id);
  if (!generation) co_return std::unexpected(generation.error());
  if (generation->mode == Mode::local) co_return Result<void>();
  const Result<Effective> effective = current(world_);
  if (!effective) co_return std::unexpected(effective.error());
  const Timestamp now = world_.clock.now();
  std::vector<Task> tasks;
  const Result<void> visited = for_each_task(
      world_, generation_id, TaskStatus::pending, [&](const Task& task) -> Result<void> {
        if (is_sent(task) && (thorough || is_silent(task, now))) tasks.push_back(task);
        return {};
      });
  if (!visited) co_return visited;
  if (tasks.empty() && !thorough) co_return Result<void>();
  if (effective->qstash_token.value.empty()) {
    if (tasks.empty()) co_return Result<void>();
    co_return set_problem(world_, generation_id, qstash_token_missing());
  }
  const Result<void> compared = co_await compare(*effective, *generation, std::move(tasks));
  if (!compared) {
    if (const Result<void> told = set_problem(world_, generation_id, of_broker(compared.error()));
        !told) {
      co_return told;
    }
    co_return compared;
  }
  const Result<void> cleared = clear_problem(world_, generation_id, [](const Problem& problem) {
    return is_of_broker(problem) || problem.code == "qstash_token_missing";
  });
  if (!cleared) co_return cleared;
  co_return settle(world_, generation_id);
}

asio::awaitable<Result<void>> Reconciler::compare(const Effective& effective,
                                                  const Generation& generation,
                                                  std::vector<Task> tasks) {
  const BrokerAccess access{.url = effective.broker_url.value,
                            .token = effective.qstash_token.value};
  const Result<std::vector<KnownMessage>> listed =
      co_await world_.broker.messages_with_label(access, generation.label(), messages_max);
  if (!listed) co_return std::unexpected(listed.error());
  std::unordered_map<std::string_view, const KnownMessage*> known;
  for (const KnownMessage& message : *listed) known.emplace(message.message_id, &message);

  std::vector<std::string> lost;
  int single_looks = 0;
  for (const Task& task : tasks) {
    BrokerWord word;
    if (const auto found = known.find(task.message_id); found != known.end()) {
      word = word_of(*found->second);
    } else if (!is_silent(task, world_.clock.now()) || single_looks++ >= single_looks_max) {
      continue;
    } else {
      const Result<KnownMessage> message = co_await world_.broker.message(access, task.message_id);
      if (message) {
        word = word_of(*message);
      } else if (message.error().code != ErrorCode::not_found) {
        co_return std::unexpected(message.error());
      }
    }
    const Timestamp now = world_.clock.now();
    bool resend = false;
    const Result<std::optional<Task>> changed =
        change_task(world_, task.id, [&](const Task& t) -> std::optional<Task> {
          // The look took a while: it counts for the message that it was about.
          if (t.message_id != task.message_id || t.run != task.run) return std::nullopt;
          Reconciled reconciled = godwit::imagegen::reconcile(t, word, now);
          resend = reconciled.action == Reconciled::Action::resend;
          if (reconciled.action != Reconciled::Action::save) return std::nullopt;
          return std::move(reconciled.task);
        });
    if (!changed && changed.error().code != ErrorCode::not_found) {
      co_return std::unexpected(changed.error());
    }
    if (resend) lost.push_back(task.id);
  }
  if (lost.empty()) co_return Result<void>();
  write_log(world_, "messages_lost",
            "generation=" + generation.id + " count=" + std::to_string(lost.size()));
  const Result<std::size_t> planned =
      plan_tasks(world_, generation, lost, {.fresh = false, .at_once = true});
  if (!planned) co_return std::unexpected(planned.error());
  send_(generation.id);
  co_return Result<void>();
}

asio::awaitable<void> Reconciler::round() {
  const auto log_error = [this](const Result<void>& result) {
    if (result || result.error().code == ErrorCode::not_found) return;
    write_log(world_, "reconciling_failed", "error=\"" + result.error().message + "\"");
  };
  log_error(release_lapsed());
  const Result<std::vector<Task>> under_way = world_.storage.tasks_under_way();
  if (!under_way) {
    log_error(std::unexpected(under_way.error()));
    co_return;
  }
  const Timestamp now = world_.clock.now();
  std::set<std::string> silent;
  for (const Task& task : *under_way) {
    if (is_sent(task) && is_silent(task, now)) silent.insert(task.generation_id);
  }
  // Those that could not be looked at before are looked at until the broker is back.
  const Result<std::vector<Generation>> generations = world_.storage.generations();
  if (!generations) {
    log_error(std::unexpected(generations.error()));
    co_return;
  }
  for (const Generation& generation : *generations) {
    const bool troubled = generation.problem && is_of_broker(*generation.problem) &&
                          generation.state == GenerationState::running;
    if (!troubled && !silent.contains(generation.id)) continue;
    log_error(co_await reconcile(generation.id, troubled));
  }
}

}  // namespace godwit::imagegen
