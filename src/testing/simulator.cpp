#include "testing/simulator.h"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <utility>

#include "core/retry.h"
#include "engine/broker.h"
#include "engine/listing.h"
#include "testing/simulated_world.h"

namespace godwit {
namespace {

constexpr AccountId account = 7;

/// How a destination host behaves.
struct Destination {
  enum class Kind { answers, fails_first, always_fails, stalls, odd } kind;
  int failures = 0;  ///< fails_first: attempts before it succeeds.
  Milliseconds latency_max;
};

/// One attempt as the destination saw it.
struct Arrival {
  Timestamp started;
  std::optional<Timestamp> finished;
  int retried = 0;
  std::uint64_t node = 0;
  bool delivered = false;
  Timestamp due_after;  ///< After a failure: when the next may come.
};

/// What the model knows of one message.
struct Known {
  Timestamp not_before;
  Timestamp published;
  std::vector<Arrival> arrivals;
  bool cancel_asked = false;  ///< It may be canceled: a crash can take the answer away.
  bool canceled = false;      ///< A cancel was acknowledged...
  Timestamp canceled_at;      ///< ... then.
  bool acknowledged = false;
  bool run_now_asked = false;
  bool left_dead_letters = false;  ///< Its dead letter was retried or deleted.
};

class Simulation final : public AttemptStarter {
 public:
  Simulation(std::uint64_t seed, const SimulationSettings& settings)
      : settings_(settings), random_(seed) {
    disk_.faults.acknowledges_before_sync = settings.lying_disk;
    engine_settings_.horizon = Milliseconds(between(1'000, 60'000));
    engine_settings_.near_max = between(4, 300);
    engine_settings_.cache_bytes_max = between(0, 20'000);
    engine_settings_.in_flight_max = between(1, 40);
    engine_settings_.in_flight_per_host_max = between(1, 20);
    engine_settings_.in_flight_per_account_max = between(1, 40);
    engine_settings_.rows_max = between(3, 30);
    engine_settings_.deduplication_window = Milliseconds(between(1'000, 60'000));
    engine_settings_.dead_letter_retention = std::chrono::hours(24 * 365);
    const std::uint64_t hosts = between(1, 8);
    for (std::uint64_t i = 0; i < hosts; ++i) {
      destinations_.push_back({static_cast<Destination::Kind>(random_() % 5),
                               static_cast<int>(random_() % 4),
                               Milliseconds(between(1, chance(4) ? 20'000 : 200))});
    }
  }

  SimulationResult run() {
    boot();
    const Timestamp end = time_.now() + Milliseconds(between(20'000, 200'000));
    time_.at(time_.now(), [this, end] { client_acts(end); });
    while (broken_.empty() && time_.run_next(end)) check_limits();
    // The faults stop; everything that was acknowledged must come to its end.
    quiet_ = true;
    disk_.faults.failing_commit.reset();
    if (!node_) boot();
    const Timestamp rest = time_.now() + std::chrono::hours(24 * 30);
    while (broken_.empty() && time_.now() < rest && !at_rest()) {
      if (!time_.run_next(rest)) break;
      check_limits();
    }
    if (broken_.empty()) check_end();
    SimulationResult result;
    result.broken_promise = broken_;
    result.history = std::move(history_);
    result.published = known_.size();
    result.attempts = attempts_;
    result.crashes = crashes_;
    return result;
  }

  void start(StartAttempt attempt) override {
    ++attempts_;
    const MessageId id = attempt.message->id;
    Known& known = known_[id];
    tell("attempt {} retried={} at {}", short_id(id), attempt.retried, attempt.message->url);
    check_arrival(id, known, attempt.retried);
    if (attempt.message->body != "body of " + attempt.message->url &&
        attempt.message->body != big_body()) {
      broken("message {} arrived with another body", short_id(id));
    }
    Arrival arrival;
    arrival.started = time_.now();
    arrival.retried = attempt.retried;
    arrival.node = node_number_;
    known.arrivals.push_back(arrival);
    const std::size_t index = known.arrivals.size() - 1;
    ++in_flight_;
    ++in_flight_by_host_[attempt.message->url];

    const std::size_t host = host_of(attempt.message->url);
    const Destination& destination = destinations_[host];
    Milliseconds latency(between(0, static_cast<std::uint64_t>(destination.latency_max.count())));
    if (destination.kind == Destination::Kind::stalls && !quiet_) latency += Milliseconds(30'000);
    AttemptResult result = answer_of(destination, attempt.retried);
    time_.after(
        latency, [this, node = node_number_, id, index, attempt, result = std::move(result)] {
          // A destination's answer to a node that is no more reaches nobody.
          if (node != node_number_ || !node_) return;
          --in_flight_;
          --in_flight_by_host_[attempt.message->url];
          Arrival& ended = known_[id].arrivals[index];
          ended.finished = time_.now();
          ended.delivered = result.status >= 200 && result.status < 300;
          const Outcome outcome = judge(*attempt.message, attempt.retried, result, time_.now());
          ended.due_after = time_.now();
          if (const auto* retry = std::get_if<RetryAt>(&outcome)) ended.due_after = retry->time;
          tell("answer {} retried={} status={} {}", short_id(id), attempt.retried, result.status,
               result.error);
          node_->broker->attempt_finished(id, attempt.attempt, result);
        });
  }

 private:
  struct Node {
    std::unique_ptr<SimulatedStore> store;
    std::unique_ptr<SimulatedLoop> loop;
    std::unique_ptr<Engine> engine;
    std::unique_ptr<Broker> broker;
  };

  std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    return low + random_() % (high - low + 1);
  }
  bool chance(std::uint64_t one_in) { return random_() % one_in == 0; }

  template <typename... Args>
  void tell(fmt::format_string<Args...> format, Args&&... args) {
    history_.push_back(fmt::format("{:>9} node {} ", (time_.now() - start_).count(), node_number_) +
                       fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void broken(fmt::format_string<Args...> format, Args&&... args) {
    if (!broken_.empty()) return;
    broken_ = fmt::format(format, std::forward<Args>(args)...);
    tell("BROKEN PROMISE: {}", broken_);
  }
  static std::string short_id(MessageId id) {
    return fmt::format("m{}", id.low >> 32) + fmt::format("@{:x}", id.low & 0xffff);
  }
  static std::string big_body() { return std::string(inline_body_max + 1000, 'b'); }
  std::size_t host_of(const std::string& url) const {
    return std::stoul(url.substr(std::string("https://host").size())) % destinations_.size();
  }

  void boot() {
    ++node_number_;
    in_flight_ = 0;
    in_flight_by_host_.clear();
    node_ = std::make_unique<Node>();
    node_->store = std::make_unique<SimulatedStore>(disk_, time_, random_);
    node_->loop = std::make_unique<SimulatedLoop>(time_);
    node_->engine = std::make_unique<Engine>(engine_settings_, *node_->store, random_());
    node_->engine->set_signing_keys(account, {"sig_a", "sig_b"});
    const Result<void> recovered = node_->engine->recover(time_.now());
    if (!recovered) return broken("recovery failed: {}", recovered.error().message);
    Broker::Settings broker;
    broker.lazy_commit_time = Milliseconds(between(0, 20));
    broker.lazy_commit_operations = between(1, 256);
    broker.batch_operations_max = between(1, 64);
    broker.log_retention = std::chrono::hours(24 * 365);
    node_->broker =
        std::make_unique<Broker>(broker, *node_->engine, *node_->store, time_, *node_->loop, *this,
                                 [this](const Error& error) {
                                   tell("the node stops: {}", error.message);
                                   time_.after(Milliseconds(0), [this, n = node_number_] {
                                     if (n == node_number_) crash();
                                   });
                                 });
    tell("boots");
    node_->broker->start();
  }

  void crash() {
    if (!node_) return;
    ++crashes_;
    tell("crashes");
    crash_times_.push_back({node_number_, time_.now()});
    node_->loop->stop();
    node_->store->crash();
    node_.reset();
    disk_.faults.failing_commit.reset();
    time_.after(Milliseconds(between(0, 5'000)), [this] {
      if (!node_) boot();
    });
  }

  AttemptResult answer_of(const Destination& destination, int retried) {
    AttemptResult result;
    using Kind = Destination::Kind;
    Kind kind = destination.kind;
    if (kind == Kind::odd) {
      switch (random_() % 6) {
        case 0:
          result.status = 302;
          break;
        case 1:
          result.status = 489;
          result.response_headers = {{"Upstash-Nonretryable-Error", "true"}};
          break;
        case 2:
          result.status = 489;
          break;
        case 3:
          result.status = 429;
          result.response_headers = {{"Retry-After", std::to_string(random_() % 200)}};
          break;
        case 4:
          result.error = "the connection was reset";
          break;
        default:
          result.status = 204;
      }
      return result;
    }
    const bool fails = kind == Kind::always_fails ||
                       (kind == Kind::fails_first && retried < destination.failures) ||
                       (kind == Kind::stalls && retried == 0);
    if (!fails) {
      result.status = 200;
      result.response_body = "ok";
    } else if (chance(3)) {
      result.error = "timeout after 30s";
    } else {
      result.status = 500;
      result.response_body = std::string(random_() % 6000, 'e');
    }
    return result;
  }

  /// A client that does one thing and comes back a little later.
  void client_acts(Timestamp end) {
    if (time_.now() >= end) return;
    time_.after(Milliseconds(chance(3) ? between(0, 3'000) : between(0, 20)),
                [this, end] { client_acts(end); });
    if (!node_) return;
    if (settings_.crashes && chance(60)) {
      if (chance(3)) {
        disk_.faults.failing_commit = disk_.commits + between(1, 5);
      } else {
        crash();
      }
      return;
    }
    switch (random_() % 10) {
      case 0:
        return cancel();
      case 1:
        return run_now();
      case 2:
        return dead_letters();
      case 3:
        return read();
      default:
        return publish();
    }
  }

  void publish() {
    Publish publish;
    Message& message = publish.message;
    message.account = account;
    message.url = fmt::format("https://host{}/hook", random_() % destinations_.size());
    message.body = chance(10) ? big_body() : "body of " + message.url;
    message.retries_max = static_cast<int>(random_() % 5);
    if (!chance(3)) message.retry_delay = fmt::format("{} * (1 + retried)", random_() % 30'000);
    if (chance(2)) message.not_before = time_.now() + Milliseconds(between(0, 90'000));
    std::optional<std::uint64_t> name;
    if (chance(4)) {
      name = random_() % 6;
      publish.deduplication = deduplication_key_of_id(account, fmt::format("d{}", *name));
    }
    const Timestamp not_before = message.not_before;
    const Timestamp asked = time_.now();
    node_->broker->publish(
        std::move(publish), [this, not_before, asked, name](Result<PublishReceipt> receipt) {
          if (!receipt) {
            tell("publish refused: {}", receipt.error().message);
            return;
          }
          tell("published {}{} not_before={}", short_id(receipt->id),
               receipt->deduplicated ? " (duplicate)" : "", (not_before - start_).count());
          if (receipt->deduplicated) {
            if (!name) broken("a publish without a deduplication id was deduplicated");
            return;
          }
          Known& known = known_[receipt->id];
          known.acknowledged = true;
          known.not_before = std::max(not_before, asked);
          known.published = asked;
          for (const Arrival& arrival : known.arrivals) {
            // An attempt may start before the client hears, but not before it was asked for.
            if (arrival.started < known.not_before)
              broken("{} arrived early", short_id(receipt->id));
          }
          if (name) {
            auto& accepted = deduplicated_[*name];
            for (const Timestamp earlier : accepted) {
              if (earlier <= asked && asked - earlier < engine_settings_.deduplication_window) {
                broken("deduplication id d{} was accepted twice within its window", *name);
              }
            }
            accepted.push_back(asked);
          }
        });
  }

  std::optional<MessageId> some_message() {
    if (known_.empty()) return std::nullopt;
    auto at = known_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(random_() % known_.size()));
    return at->first;
  }

  void cancel() {
    const std::optional<MessageId> id = some_message();
    if (!id) return;
    known_[*id].cancel_asked = true;
    node_->broker->cancel(account, *id, [this, id = *id](Result<void> done) {
      tell("cancel {}: {}", short_id(id), done ? "ok" : done.error().message);
      if (!done) return;
      Known& known = known_[id];
      if (known.canceled) return;
      known.canceled = true;
      known.canceled_at = time_.now();
    });
  }

  void run_now() {
    const std::optional<MessageId> id = some_message();
    if (!id) return;
    tell("run now {}", short_id(*id));
    // From here on an early arrival is what was asked for, whether or not the answer comes.
    known_[*id].run_now_asked = true;
    node_->broker->run_now(account, *id, [this, id = *id](const Result<void>& done) {
      tell("run now {}: {}", short_id(id), done ? "ok" : done.error().message);
    });
  }

  void read() {
    const std::optional<MessageId> id = some_message();
    if (!id) return;
    const Known& known = known_[*id];
    const Result<std::shared_ptr<const Message>> found = node_->broker->find(account, *id);
    if (!found && found.error().code != ErrorCode::not_found) {
      broken("reading {} failed: {}", short_id(*id), found.error().message);
    }
    if (found && (*found)->id != *id) broken("reading {} gave another message", short_id(*id));
    const bool surely_alive = known.acknowledged && known.arrivals.empty() && !known.cancel_asked;
    if (!found && surely_alive && crash_times_.empty()) {
      broken("{} is alive and cannot be read", short_id(*id));
    }
    if (node_->broker->find(account + 1, *id)) broken("another account can read {}", short_id(*id));
  }

  std::vector<DeadLetterEntry> list_dead_letters_now() {
    DeadLetterQuery query;
    query.account = account;
    query.count = 1'000'000;
    Result<DeadLetterPage> page = list_dead_letters(*node_->store, 1, query);
    if (!page) {
      broken("listing dead letters failed: {}", page.error().message);
      return {};
    }
    return std::move(page->entries);
  }

  void dead_letters() {
    const std::vector<DeadLetterEntry> entries = list_dead_letters_now();
    if (entries.empty()) return;
    const DeadLetterEntry& entry = entries[random_() % entries.size()];
    const MessageId id = entry.record.message.id;
    // A crash may take the answer away: from here on the entry may be gone.
    known_[id].left_dead_letters = true;
    if (chance(2)) {
      node_->broker->delete_dead_letters(
          account, {entry.id}, [this, id](Result<std::size_t> count) {
            tell("dead letter of {} deleted: {}", short_id(id), count ? *count : 0);
          });
      return;
    }
    std::vector<DeadLetterRetry> retries;
    retries.push_back({entry.id, [](Message& message) { message.retries_max = 1; }});
    const Timestamp asked = time_.now();
    node_->broker->retry_dead_letters(
        account, retries, [this, id, asked](Result<std::vector<PublishReceipt>> receipts) {
          if (!receipts || receipts->empty()) return;
          tell("dead letter of {} retried as {}", short_id(id), short_id(receipts->front().id));
          Known& known = known_[receipts->front().id];
          known.acknowledged = true;
          known.published = asked;
          known.not_before = asked;
        });
  }

  /// Whether a crash came between the end of an attempt and the time at which its result was surely
  /// durable.
  bool result_may_be_lost(const Arrival& arrival) const {
    for (const auto& [node, when] : crash_times_) {
      if (node != arrival.node) continue;
      if (!arrival.finished) return true;
      // Lazy commits ride at most 20 ms, and two syncs of at most 40 ms may stand before theirs,
      // one is theirs, per batch in the queue.
      return when - *arrival.finished < Milliseconds(2'000);
    }
    return false;
  }

  void check_arrival(MessageId id, const Known& known, int retried) {
    if (known.acknowledged && time_.now() < known.not_before && !known.run_now_asked) {
      return broken("{} arrived early", short_id(id));
    }
    if (known.canceled && known.canceled_at < time_.now()) {
      return broken("{} was attempted after its cancel was acknowledged", short_id(id));
    }
    for (const Arrival& earlier : known.arrivals) {
      if (result_may_be_lost(earlier)) continue;
      if (!earlier.finished) return broken("{} is attempted twice at once", short_id(id));
      if (earlier.delivered) return broken("{} was delivered and comes again", short_id(id));
      if (earlier.retried >= retried) {
        return broken("attempt {} of {} comes again", retried, short_id(id));
      }
      if (earlier.retried == retried - 1 && time_.now() < earlier.due_after &&
          !known.run_now_asked) {
        return broken("retry {} of {} came early", retried, short_id(id));
      }
    }
  }

  void check_limits() {
    if (node_ && node_->broker && node_->broker->stats().corrupt > 0) {
      broken("a record that the engine wrote cannot be read back");
    }
    if (in_flight_ > engine_settings_.in_flight_max)
      broken("more attempts in flight than in_flight_max");
    for (const auto& [url, count] : in_flight_by_host_) {
      if (count > engine_settings_.in_flight_per_host_max)
        broken("too many attempts in flight to {}", url);
    }
  }

  bool at_rest() const {
    if (!node_ || in_flight_ > 0) return false;
    for (const Space space : {Space::hot, Space::cold, Space::due}) {
      if (!disk_.spaces[static_cast<std::size_t>(space)].empty()) return false;
    }
    return !node_->engine->has_changes();
  }

  void check_end() {
    for (const Space space : {Space::hot, Space::cold, Space::due, Space::body}) {
      const std::size_t left = disk_.spaces[static_cast<std::size_t>(space)].size();
      if (left > 0) return broken("{} keys are left in {}", left, to_string(space));
    }
    std::map<MessageId, int> dead;
    for (const DeadLetterEntry& entry : list_dead_letters_now()) ++dead[entry.record.message.id];
    for (const auto& [id, known] : known_) {
      if (!known.acknowledged) continue;
      const auto delivered = std::ranges::count_if(known.arrivals, &Arrival::delivered);
      const int letters = dead.contains(id) ? dead[id] : 0;
      if (letters > 1) return broken("{} has {} dead letters", short_id(id), letters);
      if (delivered == 0 && letters == 0 && !known.cancel_asked && !known.left_dead_letters) {
        return broken("{} was acknowledged and is lost", short_id(id));
      }
      check_rows(id, known);
      if (!broken_.empty()) return;
    }
    check_pages();
  }

  /// The whole history of a message stands in the log, legal and with one end.
  void check_rows(MessageId id, const Known& known) {
    LogQuery query;
    query.account = account;
    query.filter.ids = {id};
    query.order = Order::earliest_first;
    query.count = 1'000'000;
    const Result<LogPage> page =
        list_log(*node_->store, 1, query, node_->broker->living_rows(account));
    if (!page) return broken("listing the log failed: {}", page.error().message);
    const auto rows_of = [&](LogState state) {
      return std::ranges::count_if(page->entries,
                                   [&](const LogEntry& entry) { return entry.row.state == state; });
    };
    if (page->entries.empty() || page->entries.front().row.state != LogState::created) {
      return broken("the log of {} does not begin with CREATED", short_id(id));
    }
    const auto ends =
        rows_of(LogState::delivered) + rows_of(LogState::failed) + rows_of(LogState::canceled);
    if (ends != 1) return broken("{} ended {} times in the log", short_id(id), ends);
    const LogState last = page->entries.back().row.state;
    if (last != LogState::delivered && last != LogState::failed && last != LogState::canceled) {
      return broken("the log of {} goes on after its end", short_id(id));
    }
    const auto attempts = rows_of(LogState::active);
    if (attempts > static_cast<std::ptrdiff_t>(known.arrivals.size())) {
      return broken("the log of {} knows of {} attempts, the destination of {}", short_id(id),
                    attempts, known.arrivals.size());
    }
    if (!std::ranges::is_sorted(page->entries, {},
                                [](const LogEntry& entry) { return entry.row.time; })) {
      return broken("the log of {} is out of order", short_id(id));
    }
  }

  /// Paging through the whole log gives each row once, in order.
  void check_pages() {
    LogQuery query;
    query.account = account;
    query.count = between(1, 50);
    std::size_t rows = 0;
    std::optional<Timestamp> last;
    for (int pages = 0; pages < 100'000; ++pages) {
      const Result<LogPage> page = list_log(*node_->store, 1, query, {});
      if (!page) return broken("listing the log failed: {}", page.error().message);
      for (const LogEntry& entry : page->entries) {
        if (last && entry.row.time > *last) return broken("the pages of the log are out of order");
        last = entry.row.time;
      }
      rows += page->entries.size();
      query.cursor = page->cursor;
      if (page->cursor.empty()) break;
    }
    query.count = 1'000'000;
    query.cursor.clear();
    const Result<LogPage> whole = list_log(*node_->store, 1, query, {});
    if (!whole || whole->entries.size() != rows) {
      broken("paging through the log gave {} rows, one page {}", rows,
             whole ? whole->entries.size() : 0);
    }
  }

  SimulationSettings settings_;
  std::mt19937_64 random_;
  SimulatedTime time_;
  const Timestamp start_ = time_.now();
  SimulatedDisk disk_;
  EngineSettings engine_settings_;
  std::vector<Destination> destinations_;
  std::unique_ptr<Node> node_;
  std::uint64_t node_number_ = 0;
  std::map<MessageId, Known> known_;
  std::map<std::uint64_t, std::vector<Timestamp>> deduplicated_;
  std::vector<std::pair<std::uint64_t, Timestamp>> crash_times_;
  std::size_t in_flight_ = 0;
  std::map<std::string, std::size_t> in_flight_by_host_;
  std::uint64_t attempts_ = 0;
  std::uint64_t crashes_ = 0;
  bool quiet_ = false;
  std::string broken_;
  std::vector<std::string> history_;
};

}  // namespace

SimulationResult simulate(std::uint64_t seed, const SimulationSettings& settings) {
  return Simulation(seed, settings).run();
}

}  // namespace godwit
