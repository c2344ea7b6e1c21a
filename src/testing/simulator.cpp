#include "testing/simulator.h"

#include <memory>
#include <optional>
#include <utility>

#include "engine/broker.h"
#include "testing/simulated_world.h"
#include "testing/simulation/client.h"
#include "testing/simulation/world.h"

namespace godwit {
namespace {

using namespace simulation;

/// Events between two checks of the statistics, which read everything. Prime: no rhythm of a run
/// can hide from it.
constexpr std::uint64_t statistics_every = 53;

/// The spaces that hold living messages only.
constexpr Space living_spaces[] = {Space::hot, Space::cold, Space::due, Space::body, Space::fifo};

class Simulation final : public AttemptStarter {
 public:
  Simulation(std::uint64_t seed, const SimulationSettings& settings) : world_(seed) {
    Dice& dice = world_.dice;
    disk_.faults.acknowledges_before_sync = settings.lying_disk;
    crashes_ = settings.crashes;
    EngineSettings& engine = world_.engine_settings;
    engine.horizon = dice.time_between(1'000, 60'000);
    engine.near_max = dice.between(4, 300);
    engine.cache_bytes_max = dice.between(0, 20'000);
    engine.in_flight_max = dice.between(1, 40);
    engine.in_flight_per_host_max = dice.between(1, 20);
    engine.in_flight_per_account_max = dice.between(1, 40);
    engine.deduplication_window = dice.time_between(1'000, 60'000);
    engine.dead_letter_retention = std::chrono::hours(24 * 365);
    engine.list_window_max = dice.between(1, 20);
    engine.listed_in_memory_max = dice.between(8, 100);
    if (dice.one_in(2)) engine.flow_control_idle = dice.time_between(1'000, 60'000);
    engine.callback_body_max = dice.between(0, 8'000);
    engine.run_missed_schedules = dice.one_in(2);
    world_.schedules.set_run_missed(engine.run_missed_schedules);
    FlowModel::Rules rules;
    rules.forgotten_after = engine.flow_control_idle;
    if (!settings.lying_disk && dice.one_in(6)) {
      // Nothing but flow control holds messages back: their order can be checked.
      rules.in_order = true;
      crashes_ = false;
      engine.near_max = 100'000;
      engine.in_flight_max = 100'000;
      engine.in_flight_per_host_max = 100'000;
      engine.in_flight_per_account_max = 100'000;
    }
    world_.flows.set_rules(rules);
  }

  SimulationResult run() {
    Journal& journal = world_.journal;
    boot();
    const Timestamp end = world_.time.now() + world_.dice.time_between(20'000, 170'000);
    world_.time.at(world_.time.now(), [this, end] { client_acts(end); });
    while (journal.all_kept() && world_.time.run_next(end)) check_limits();
    // The faults stop; everything that was acknowledged must come to its end.
    quiet_ = true;
    disk_.faults.failing_commit.reset();
    if (!node_ && journal.all_kept()) boot();
    if (journal.all_kept()) client_.calm_down();
    const Timestamp rest = world_.time.now() + std::chrono::hours(24 * 30);
    while (journal.all_kept() && world_.time.now() < rest && !at_rest()) {
      if (!world_.time.run_next(rest)) break;
      check_limits();
    }
    if (journal.all_kept()) check_end();
    SimulationResult result;
    result.broken_promise = journal.broken_promise();
    result.history = journal.take_lines();
    result.published = client_.published();
    result.attempts = attempts_;
    result.crashes = world_.lives.crashed();
    return result;
  }

  void start(StartAttempt attempt) override {
    ++attempts_;
    const Message& message = *attempt.message;
    const MessageId id = message.id;
    const Known* known = world_.messages.find(id);
    const bool first = !known || known->arrivals.empty();
    const std::size_t arrival = world_.messages.started(attempt);
    check_body(message);
    world_.callbacks.started(id, attempt.retried);
    if (first) {
      world_.callbacks.first_started(message);
      world_.schedules.first_started(message, label_number(message.labels, 'v'));
    }
    world_.queues.started(message, label_number(message.labels, 'p'));
    std::optional<Timestamp> decided;
    if (const std::string& key = message.flow_control.key; !key.empty()) {
      decided = when_decided(id);
      world_.flows.started(message, first, decided, world_.broker->flow_control(account, key));
    }
    if (crashes_ && !quiet_ && world_.dice.one_in(300)) crash_soon();
    ++in_flight_;
    ++in_flight_by_host_[host_of(message.url)];

    Destinations::Answer answer = world_.destinations.answer(message.url, attempt.retried, quiet_);
    world_.time.after(
        answer.latency,
        [this, node = world_.lives.node(), id, arrival, attempt = std::move(attempt),
         decided = decided.value_or(world_.time.now()), result = std::move(answer.result)] {
          // A destination's answer to a node that is no more reaches nobody.
          if (node != world_.lives.node() || !node_) return;
          --in_flight_;
          --in_flight_by_host_[host_of(attempt.message->url)];
          world_.messages.answered(id, arrival, *attempt.message, result);
          world_.flows.answered(*attempt.message, decided);
          node_->broker->attempt_finished(id, attempt.attempt, result);
        });
  }

 private:
  struct Node {
    std::unique_ptr<SimulatedStore> store;
    std::unique_ptr<SimulatedLoop> loop;
    std::unique_ptr<Engine> engine;
    std::unique_ptr<Broker> broker;
    Broker::Watch watch;
  };

  void boot() {
    Dice& dice = world_.dice;
    world_.lives.boots(world_.time.now());
    world_.journal.node_is(world_.lives.node());
    in_flight_ = 0;
    in_flight_by_host_.clear();
    node_ = std::make_unique<Node>();
    node_->store = std::make_unique<SimulatedStore>(disk_, world_.time, dice.random());
    node_->loop = std::make_unique<SimulatedLoop>(world_.time);
    node_->engine =
        std::make_unique<Engine>(world_.engine_settings, *node_->store, dice.random()());
    node_->engine->set_signing_keys(account, {"sig_a", "sig_b"});
    const Result<void> recovered = node_->engine->recover(world_.time.now());
    if (!recovered) return world_.journal.broken("recovery failed: {}", recovered.error().message);
    world_.statistics.check(*node_->engine);
    Broker::Settings broker;
    broker.lazy_commit_time = dice.time_between(0, 20);
    broker.lazy_commit_operations = dice.between(1, 256);
    broker.batch_operations_max = dice.between(1, 64);
    broker.log_retention = std::chrono::hours(24 * 365);
    node_->broker = std::make_unique<Broker>(
        broker, *node_->engine, *node_->store, world_.time, *node_->loop, *this,
        [this](const Error& error) {
          world_.journal.tell("the node stops: {}", error.message);
          world_.time.after(Milliseconds(0), [this, node = world_.lives.node()] {
            if (node == world_.lives.node()) crash();
          });
        });
    world_.broker = node_->broker.get();
    world_.store = node_->store.get();
    if (world_.lives.node() % 2 == 1) {
      node_->watch = node_->broker->watch([this](const LiveRows& rows) {
        for (const LiveRow& row : rows.rows) world_.messages.told_live(row);
      });
    }
    world_.journal.tell("boots");
    node_->broker->start();
  }

  void crash() {
    if (!node_) return;
    world_.journal.tell("crashes");
    world_.lives.crashes(world_.time.now());
    node_->loop->stop();
    node_->store->crash();
    world_.broker = nullptr;
    world_.store = nullptr;
    node_.reset();
    client_.crashed();
    world_.flows.crashed();
    disk_.faults.failing_commit.reset();
    // (Never within the same millisecond: ids of two nodes are told apart by their time.) Now and
    // then so long that schedules miss several runs.
    Dice& dice = world_.dice;
    const std::uint64_t down_max = dice.one_in(2) ? 50 : dice.one_in(6) ? 90'000 : 5'000;
    world_.time.after(dice.time_between(1, down_max), [this] {
      if (!node_) boot();
    });
  }

  /// While what was just decided is on its way to the disk, or hardly there.
  void crash_soon() {
    world_.time.after(world_.dice.time_between(0, 30), [this, node = world_.lives.node()] {
      if (node == world_.lives.node() && !quiet_) crash();
    });
  }

  /// A client that does one thing and comes back a little later.
  void client_acts(Timestamp end) {
    Dice& dice = world_.dice;
    if (world_.time.now() >= end) return;
    world_.time.after(dice.one_in(3) ? dice.time_between(0, 3'000) : dice.time_between(0, 20),
                      [this, end] { client_acts(end); });
    if (!node_) return;
    if (crashes_ && dice.one_in(80)) {
      if (dice.one_in(3)) {
        disk_.faults.failing_commit = disk_.commits + dice.between(1, 5);
      } else {
        crash();
      }
      return;
    }
    client_.act();
    if (crashes_ && dice.one_in(150)) crash_soon();
  }

  /// The engine's own time of the attempt that is beginning; nullopt when a cancel has already
  /// moved its row.
  std::optional<Timestamp> when_decided(MessageId id) const {
    LogQuery query;
    query.account = account;
    query.filter.ids = {id};
    for (const LivingRows& living : node_->broker->living(query).rows) {
      if (living.id != id) continue;
      for (const LogRow& row : living.rows) {
        if (row.state == LogState::active) return row.time;
      }
    }
    return std::nullopt;
  }

  void check_body(const Message& message) {
    const bool is_callback = message.body.find("sourceMessageId") != std::string::npos;
    if (!is_callback && message.body != "body of " + message.url && message.body != shared_body &&
        message.body != big_body()) {
      world_.journal.broken("message {} arrived with another body", short_id(message.id));
    }
  }

  static std::string host_of(const std::string& url) {
    return url.substr(0, url.find('/', std::string_view("https://").size()));
  }

  void check_limits() {
    const EngineSettings& engine = world_.engine_settings;
    if (node_ && node_->broker && node_->broker->stats().corrupt > 0) {
      world_.journal.broken("a record that the engine wrote cannot be read back");
    }
    if (node_ && ++looks_ % statistics_every == 0) world_.statistics.check(*node_->engine);
    if (in_flight_ > engine.in_flight_max) {
      world_.journal.broken("more attempts in flight than in_flight_max");
    }
    for (const auto& [host, count] : in_flight_by_host_) {
      if (count > engine.in_flight_per_host_max) {
        world_.journal.broken("too many attempts in flight to {}", host);
      }
    }
  }

  const SimulatedDisk::Space_& space(Space space) const {
    return disk_.spaces[static_cast<std::size_t>(space)];
  }

  bool at_rest() const {
    if (!node_ || in_flight_ > 0 || client_.unanswered() > 0) return false;
    for (const Space living : {Space::hot, Space::cold, Space::due, Space::fifo}) {
      if (!space(living).empty()) return false;
    }
    return !node_->engine->has_changes();
  }

  void check_end() {
    Journal& journal = world_.journal;
    for (const Space living : living_spaces) {
      const std::size_t left = space(living).size();
      if (left > 0) return journal.broken("{} keys are left in {}", left, to_string(living));
    }
    const std::vector<QueueInfo> queues = node_->broker->queues(account);
    std::size_t queues_stored = 0;
    for (const auto& [key, value] : space(Space::meta)) {
      if (keys::parse_resource(keys::Resource::queue, key)) ++queues_stored;
      if (keys::parse_resource(keys::Resource::schedule, key) ||
          keys::parse_resource(keys::Resource::schedule_state, key)) {
        return journal.broken("a deleted schedule is left in the store");
      }
    }
    if (queues_stored != queues.size()) {
      return journal.broken("{} queues are stored, {} listed", queues_stored, queues.size());
    }
    world_.queues.check_end(queues);
    world_.flows.check_end(node_->broker->flow_controls(
        account, list_flow_controls(*node_->store, account, "", 1'000).value(), ""));
    world_.messages.check_end(*node_->store, client_.dead_letters());
    world_.callbacks.check_end();
    world_.schedules.check_end();
    client_.check_end();
    world_.statistics.check_end(*node_->engine, *node_->store);
    // The dearest of the checks, and the one that depends least on what happened.
    if (world_.dice.one_in(4)) check_pages(*node_->store, world_.dice, journal);
  }

  World world_;
  Client client_{world_};
  bool crashes_ = true;
  SimulatedDisk disk_;
  std::unique_ptr<Node> node_;
  std::size_t in_flight_ = 0;
  std::map<std::string, std::size_t> in_flight_by_host_;
  std::uint64_t attempts_ = 0;
  std::uint64_t looks_ = 0;
  bool quiet_ = false;
};

}  // namespace

SimulationResult simulate(std::uint64_t seed, const SimulationSettings& settings) {
  return Simulation(seed, settings).run();
}

}  // namespace godwit
