#include "engine/broker.h"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "core/assert.h"

namespace godwit {
namespace {

constexpr Timestamp never = Timestamp::max();
constexpr std::chrono::hours log_expiry_every{1};

}  // namespace

class Broker::Impl : public std::enable_shared_from_this<Broker::Impl> {
 public:
  Impl(Settings settings, Engine& engine, Store& store, const Clock& clock, Loop& loop,
       AttemptStarter& starter, std::function<void(Error)> fatal)
      : settings_(settings),
        engine_(engine),
        store_(store),
        clock_(clock),
        loop_(loop),
        starter_(starter),
        fatal_(std::move(fatal)) {}

  /// After every command: releases what is durable, commits what should be, and sets the alarm.
  void pump() {
    if (pumping_) return;  // A reply that was just released gave a command: the loop below sees it.
    pumping_ = true;
    do {
      while (!stopped_ && release()) {
      }
      if (!stopped_) commit_if_due();
      // While a batch is on its way its end tells: fewer and larger calls.
    } while (!stopped_ && !committing_ && tell_watchers());
    if (!stopped_) {
      check_drained();
      set_alarm();
    }
    pumping_ = false;
  }

  void expire_log() {
    const Timestamp now = clock_.now();
    if (now < next_log_expiry_) return;
    next_log_expiry_ = now + log_expiry_every;
    for (const AccountId account : engine_.accounts()) {
      for (const keys::LogReach reach : keys::log_reaches) {
        const Result<void> dropped = store_.drop_range(
            Space::log,
            keys::log_times(0, account, reach, Timestamp{}, now - settings_.log_retention));
        if (!dropped) return stop(dropped.error());
      }
    }
  }

  void stop(Error error) {
    if (std::exchange(stopped_, true)) return;
    fatal_(std::move(error));
  }

  std::uint64_t watch(Watcher watcher) {
    watchers_.emplace(++watches_, std::make_shared<const Watcher>(std::move(watcher)));
    engine_.watch(true);
    return watches_;
  }

  void unwatch(std::uint64_t number) {
    watchers_.erase(number);
    if (watchers_.empty() && !stopped_) engine_.watch(false);
  }

  bool too_much_open() const {
    return uncommitted_bytes_ + engine_.open_bytes() > settings_.open_bytes_max;
  }

  std::unexpected<Error> disk_is_behind() const {
    return fail(ErrorCode::unavailable,
                "the disk cannot keep up: " + std::to_string(settings_.open_bytes_max >> 20) +
                    " MiB wait to be written; send it again later");
  }

  Settings settings_;
  Engine& engine_;
  Store& store_;
  const Clock& clock_;
  Loop& loop_;
  AttemptStarter& starter_;
  std::function<void(Error)> fatal_;

  bool draining_ = false;
  Timestamp drain_deadline_ = never;
  std::function<void()> drained_;
  std::uint64_t commits_ = 0;
  std::uint64_t operations_ = 0;
  bool stopped_ = false;

 private:
  /// Hands out the effects whose batch is durable. False: there were none.
  bool release() {
    if (engine_.failure()) {
      stop(*engine_.failure());
      return false;
    }
    std::vector<Engine::Effect> effects = engine_.take_effects();
    if (effects.empty()) return false;
    for (Engine::Effect& effect : effects) {
      if (effect.after <= committed_) {
        run(effect);
      } else {
        waiting_[effect.after].push_back(std::move(effect));
      }
    }
    return true;
  }

  void run(Engine::Effect& effect) {
    if (effect.reply) {
      effect.reply();
    } else {
      starter_.start(std::move(effect.start));
    }
  }

  void commit_if_due() {
    // A batch over its limits is closed, so that no commit grows without bound; those behind it
    // follow in order.
    if (engine_.open_operations() >= settings_.batch_operations_max ||
        engine_.open_bytes() >= settings_.batch_bytes_max) {
      close();
    }
    if (committing_) return;
    if (closed_.empty()) {
      if (!engine_.has_changes() && !engine_.somebody_waits()) return;
      const Timestamp now = clock_.now();
      if (lazy_deadline_ == never) lazy_deadline_ = now + settings_.lazy_commit_time;
      if (!engine_.somebody_waits() && !draining_ && now < lazy_deadline_ &&
          engine_.open_operations() < settings_.lazy_commit_operations) {
        return;
      }
      close();
    }
    Engine::Step step = std::move(closed_.front());
    closed_.pop_front();
    committing_ = true;
    ++commits_;
    operations_ += step.batch.operations();
    const std::size_t bytes = step.batch.size_bytes();
    store_.commit(std::move(step.batch), [weak = weak_from_this(), sequence = step.sequence, bytes,
                                          &loop = loop_](Result<void> result) {
      loop.post([weak, sequence, bytes, result = std::move(result)] {
        if (const auto self = weak.lock()) self->committed(sequence, bytes, result);
      });
    });
  }

  void close() {
    lazy_deadline_ = never;
    closed_.push_back(engine_.take());
    uncommitted_bytes_ += closed_.back().batch.size_bytes();
  }

  void committed(std::uint64_t sequence, std::size_t bytes, const Result<void>& result) {
    if (stopped_) return;
    // Never retried: after a failed sync nobody knows what the disk holds. Recovery will.
    if (!result) return stop(result.error());
    committing_ = false;
    committed_ = sequence;
    uncommitted_bytes_ -= bytes;
    engine_.committed(sequence);
    // The next batch goes to the disk before the replies go out: the disk need not wait for them.
    commit_if_due();
    pumping_ = true;
    while (!waiting_.empty() && waiting_.begin()->first <= sequence) {
      std::vector<Engine::Effect> effects = std::move(waiting_.begin()->second);
      waiting_.erase(waiting_.begin());
      for (Engine::Effect& effect : effects) run(effect);
    }
    tell_watchers();
    pumping_ = false;
    pump();
  }

  /// False: there was nothing to tell. Whoever was told may have given commands.
  bool tell_watchers() {
    if (watchers_.empty() || !engine_.has_live_rows()) return false;
    engine_.tell_live_rows([this](const LiveRows& rows) {
      // One of them may end its watch, or another's, from inside.
      for (auto next = watchers_.begin(); next != watchers_.end();) {
        const auto [number, watcher] = *next;
        (*watcher)(rows);
        next = watchers_.upper_bound(number);
      }
    });
    return true;
  }

  void check_drained() {
    if (!draining_ || !drained_) return;
    const bool idle = engine_.stats().in_flight == 0 && !engine_.has_changes() && !committing_ &&
                      closed_.empty() && waiting_.empty();
    if (idle || clock_.now() >= drain_deadline_) std::exchange(drained_, nullptr)();
  }

  void set_alarm() {
    Timestamp next = std::min(engine_.next_tick(), next_log_expiry_);
    if (!committing_) next = std::min(next, lazy_deadline_);
    if (drained_) next = std::min(next, drain_deadline_);
    // An alarm that comes too early costs less than moving it with every command.
    if (alarm_ <= next) return;
    alarm_ = next;
    loop_.wake_at(next, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self || self->stopped_) return;
      self->alarm_ = never;
      self->expire_log();
      const Timestamp now = self->clock_.now();
      if (self->engine_.next_tick() <= now) self->engine_.tick(now);
      self->pump();
    });
  }

  std::map<std::uint64_t, std::vector<Engine::Effect>> waiting_;
  std::deque<Engine::Step> closed_;
  std::size_t uncommitted_bytes_ = 0;  ///< Closed batches and the one being committed.
  bool committing_ = false;
  bool pumping_ = false;
  std::uint64_t committed_ = 0;
  Timestamp lazy_deadline_ = never;
  Timestamp alarm_ = never;
  Timestamp next_log_expiry_{};
  std::map<std::uint64_t, std::shared_ptr<const Watcher>> watchers_;
  std::uint64_t watches_ = 0;
};

Broker::Broker(Settings settings, Engine& engine, Store& store, const Clock& clock, Loop& loop,
               AttemptStarter& starter, std::function<void(Error)> fatal)
    : impl_(std::make_shared<Impl>(settings, engine, store, clock, loop, starter,
                                   std::move(fatal))) {}
Broker::~Broker() { impl_->stopped_ = true; }

void Broker::start() {
  impl_->engine_.tick(impl_->clock_.now());
  impl_->pump();
}

void Broker::publish(Publish publish, Reply<PublishReceipt> reply) {
  if (impl_->too_much_open()) return reply(impl_->disk_is_behind());
  impl_->engine_.publish(std::move(publish), impl_->clock_.now(), std::move(reply));
  impl_->pump();
}

void Broker::cancel(AccountId account, MessageId id, Reply<void> reply) {
  impl_->engine_.cancel(account, id, impl_->clock_.now(), std::move(reply));
  impl_->pump();
}

void Broker::run_now(AccountId account, MessageId id, Reply<void> reply) {
  impl_->engine_.run_now(account, id, impl_->clock_.now(), std::move(reply));
  impl_->pump();
}

void Broker::delete_dead_letters(AccountId account, const std::vector<DeadLetterId>& ids,
                                 Reply<std::size_t> reply) {
  impl_->engine_.delete_dead_letters(account, ids, impl_->clock_.now(), std::move(reply));
  impl_->pump();
}

void Broker::retry_dead_letters(AccountId account, const std::vector<DeadLetterRetry>& retries,
                                Reply<std::vector<PublishReceipt>> reply) {
  impl_->engine_.retry_dead_letters(account, retries, impl_->clock_.now(), std::move(reply));
  impl_->pump();
}

void Broker::rotate_signing_keys(AccountId account, SigningKeys keys_after,
                                 Reply<SigningKeys> reply) {
  impl_->engine_.rotate_signing_keys(account, std::move(keys_after), impl_->clock_.now(),
                                     std::move(reply));
  impl_->pump();
}

void Broker::publish_all(std::vector<Publish> publishes, Reply<std::vector<PublishReceipt>> reply) {
  if (impl_->too_much_open()) return reply(impl_->disk_is_behind());
  impl_->engine_.publish_all(std::move(publishes), impl_->clock_.now(), std::move(reply));
  impl_->pump();
}

void Broker::cancel_all(AccountId account, const std::vector<MessageId>& ids,
                        const std::optional<BulkAction>& action, Reply<std::size_t> reply) {
  impl_->engine_.cancel_all(account, ids, action, impl_->clock_.now(), std::move(reply));
  impl_->pump();
}

void Broker::upsert_queue(AccountId account, const std::string& name,
                          std::optional<int> parallelism, std::optional<bool> paused,
                          Reply<void> reply) {
  impl_->engine_.upsert_queue(account, name, parallelism, paused, impl_->clock_.now(),
                              std::move(reply));
  impl_->pump();
}

void Broker::pause_queue(AccountId account, const std::string& name, bool paused,
                         Reply<void> reply) {
  impl_->engine_.pause_queue(account, name, paused, impl_->clock_.now(), std::move(reply));
  impl_->pump();
}

void Broker::delete_queue(AccountId account, const std::string& name, Reply<void> reply) {
  impl_->engine_.delete_queue(account, name, impl_->clock_.now(), std::move(reply));
  impl_->pump();
}

std::vector<QueueInfo> Broker::queues(AccountId account) const {
  return impl_->engine_.queues(account);
}

std::optional<QueueInfo> Broker::queue(AccountId account, std::string_view name) const {
  return impl_->engine_.queue(account, name);
}

void Broker::change_flow_control(AccountId account, const std::string& key,
                                 const FlowControlChange& change, Reply<void> reply) {
  impl_->engine_.change_flow_control(account, key, change, impl_->clock_.now(), std::move(reply));
  impl_->pump();
}

std::optional<FlowControlInfo> Broker::flow_control(AccountId account, std::string_view key) const {
  auto found = impl_->engine_.flow_control(account, key, impl_->clock_.now());
  if (impl_->engine_.failure()) impl_->stop(*impl_->engine_.failure());
  return found;
}

std::vector<FlowControlInfo> Broker::flow_controls(AccountId account,
                                                   const std::vector<NamedFlowControl>& stored,
                                                   std::string_view search) const {
  return impl_->engine_.flow_controls(account, stored, search, impl_->clock_.now());
}

void Broker::put_schedule(Schedule schedule, Reply<void> reply) {
  impl_->engine_.put_schedule(std::move(schedule), impl_->clock_.now(), std::move(reply));
  impl_->pump();
}

void Broker::pause_schedule(AccountId account, const std::string& id, bool paused,
                            Reply<void> reply) {
  impl_->engine_.pause_schedule(account, id, paused, impl_->clock_.now(), std::move(reply));
  impl_->pump();
}

void Broker::delete_schedule(AccountId account, const std::string& id, Reply<void> reply) {
  impl_->engine_.delete_schedule(account, id, impl_->clock_.now(), std::move(reply));
  impl_->pump();
}

void Broker::upsert_endpoints(AccountId account, const std::string& group,
                              const std::vector<GroupEndpoint>& endpoints, Reply<void> reply) {
  impl_->engine_.upsert_endpoints(account, group, endpoints, impl_->clock_.now(), std::move(reply));
  impl_->pump();
}

void Broker::remove_endpoints(AccountId account, const std::string& group,
                              const std::vector<GroupEndpoint>& endpoints, Reply<void> reply) {
  impl_->engine_.remove_endpoints(account, group, endpoints, impl_->clock_.now(), std::move(reply));
  impl_->pump();
}

void Broker::set_group_headers(AccountId account, const std::string& group, Headers headers,
                               Reply<void> reply) {
  impl_->engine_.set_group_headers(account, group, std::move(headers), impl_->clock_.now(),
                                   std::move(reply));
  impl_->pump();
}

void Broker::delete_group(AccountId account, const std::string& group, Reply<void> reply) {
  impl_->engine_.delete_group(account, group, impl_->clock_.now(), std::move(reply));
  impl_->pump();
}

Result<std::shared_ptr<const Message>> Broker::find(AccountId account, MessageId id) {
  Result<std::shared_ptr<const Message>> found =
      impl_->engine_.find(account, id, impl_->clock_.now());
  if (impl_->engine_.failure()) impl_->stop(*impl_->engine_.failure());
  return found;
}

SigningKeys Broker::signing_keys(AccountId account) const {
  return impl_->engine_.signing_keys(account);
}

LivingMessages Broker::living(const LogQuery& query) const { return impl_->engine_.living(query); }

Waiting Broker::waiting(const LivingMessage& living, std::size_t looks_max) const {
  return impl_->engine_.waiting(living, looks_max, impl_->clock_.now());
}

WaitingPlaces Broker::waiting_places(const keys::ListName& name, std::size_t max) const {
  return impl_->engine_.waiting_places(name, max, impl_->clock_.now());
}

std::optional<LogsDegraded> Broker::logs_degraded(AccountId account) const {
  return impl_->engine_.logs_degraded(account, impl_->clock_.now());
}

Timestamp Broker::log_begin() const { return impl_->clock_.now() - impl_->settings_.log_retention; }

void Broker::attempt_finished(MessageId id, std::uint64_t attempt, AttemptResult result) {
  if (impl_->stopped_) return;
  impl_->engine_.attempt_finished(id, attempt, std::move(result), impl_->clock_.now());
  impl_->pump();
}

Broker::Watch Broker::watch(Watcher watcher) {
  Watch watch;
  watch.number_ = impl_->watch(std::move(watcher));
  watch.impl_ = impl_;
  return watch;
}

Broker::Watch& Broker::Watch::operator=(Watch&& other) noexcept {
  Watch taken(std::move(other));  // What was watched before ends with it.
  std::swap(impl_, taken.impl_);
  std::swap(number_, taken.number_);
  return *this;
}

Broker::Watch::~Watch() {
  if (const std::shared_ptr<Impl> impl = impl_.lock()) impl->unwatch(number_);
}

void Broker::drain(Timestamp deadline, std::function<void()> drained) {
  impl_->engine_.stop_starting();
  impl_->draining_ = true;
  impl_->drain_deadline_ = deadline;
  impl_->drained_ = std::move(drained);
  impl_->pump();
}

AccountNumbers Broker::numbers(AccountId account) const {
  return impl_->engine_.numbers(account, impl_->clock_.now());
}

Backlog Broker::backlog() const { return impl_->engine_.backlog(); }

const AttemptTimes& Broker::attempt_times() const { return impl_->engine_.attempt_times(); }

SeriesEdge Broker::series_edge(AccountId account) const {
  return impl_->engine_.series_edge(account);
}

EngineStats Broker::stats() const {
  EngineStats stats = impl_->engine_.stats();
  stats.commits = impl_->commits_;
  stats.commit_operations = impl_->operations_;
  return stats;
}

}  // namespace godwit
