#include "imagegen/http/events/event_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <utility>
#include <vector>

#include "core/json_out.h"
#include "imagegen/http/wire/shapes.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

constexpr std::size_t piece_size_max = std::size_t{128} << 10;
// Ids that wait to be told; beyond them pages learn of a change by asking.
constexpr std::size_t dirty_tasks_max = 20'000;
constexpr std::size_t generation_size_large = std::size_t{16} << 10;

/// One event is shared by all clients that wait for it.
using Event = std::shared_ptr<const std::string>;

Event make_event(std::string_view name, std::string_view json) {
  return std::make_shared<const std::string>(fmt::format("event: {}\ndata: {}\n\n", name, json));
}

class Client final : public BodySource {
 public:
  Client(asio::io_context& io, const EventStreamSettings& settings)
      : settings_(settings), timer_(io) {}

  asio::awaitable<Result<std::optional<std::string>>> next() override {
    while (true) {
      if (overrun_) co_return fail(ErrorCode::unavailable, "the client reads too slowly");
      if (!queue_.empty()) co_return take();
      if (stopped_) co_return std::nullopt;
      timer_.expires_after(settings_.heartbeat);
      boost::system::error_code woken;
      co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
      // A comment, which keeps proxies from thinking that the connection is dead.
      if (!woken && queue_.empty()) co_return std::string(": still here\n\n");
    }
  }

  void stop() override {
    stopped_ = true;
    timer_.cancel();
  }

  void push(const Event& event) {
    if (overrun_ || stopped_) return;
    if (waiting_ + event->size() > settings_.queue_size_max) {
      overrun_ = true;
      queue_.clear();
    } else {
      queue_.push_back(event);
      waiting_ += event->size();
    }
    timer_.cancel();
  }

 private:
  std::string take() {
    std::string piece;
    do {
      piece += *queue_.front();
      waiting_ -= queue_.front()->size();
      queue_.pop_front();
    } while (!queue_.empty() && piece.size() + queue_.front()->size() <= piece_size_max);
    return piece;
  }

  const EventStreamSettings settings_;
  asio::steady_timer timer_;
  std::deque<Event> queue_;
  std::size_t waiting_ = 0;  // Bytes in the queue.
  bool overrun_ = false;
  bool stopped_ = false;
};

}  // namespace

class EventStream::Impl : public std::enable_shared_from_this<EventStream::Impl> {
 public:
  Impl(World& world, Generations& generations, EventStreamSettings settings,
       std::function<Result<std::string>()> status)
      : world_(world),
        generations_(generations),
        settings_(settings),
        status_(std::move(status)),
        timer_(world.io) {}

  std::shared_ptr<BodySource> listen() {
    if (stopped_ || live_clients().size() >= settings_.clients_max) return nullptr;
    auto client = std::make_shared<Client>(world_.io, settings_);
    client->push(std::make_shared<const std::string>("retry: 3000\n\n"));
    if (const Result<std::string> status = status_()) client->push(make_event("status", *status));
    clients_.push_back(client);
    return client;
  }

  void changed(const std::string& generation_id, const std::string& task_id) {
    if (stopped_ || live_clients().empty()) return;
    Dirty& dirty = dirty_[generation_id];
    if (!task_id.empty() && dirty_tasks_ < dirty_tasks_max && dirty.tasks.insert(task_id).second) {
      ++dirty_tasks_;
    }
    status_dirty_ = true;
    arm(settings_.interval);
  }

  void status_changed() {
    if (stopped_ || live_clients().empty()) return;
    status_dirty_ = true;
    arm(settings_.interval);
  }

  void stop() {
    stopped_ = true;
    timer_.cancel();
    for (const auto& client : live_clients()) client->stop();
    clients_.clear();
  }

  std::size_t clients() { return live_clients().size(); }

 private:
  struct Dirty {
    std::set<std::string> tasks;
  };

  /// Those whose connection still stands: the server drops a source when its client has gone.
  std::vector<std::shared_ptr<Client>> live_clients() {
    std::vector<std::shared_ptr<Client>> live;
    std::erase_if(clients_, [&](const std::weak_ptr<Client>& each) {
      if (auto client = each.lock()) {
        live.push_back(std::move(client));
        return false;
      }
      return true;
    });
    return live;
  }

  void arm(std::chrono::steady_clock::duration wait) {
    if (armed_) return;
    armed_ = true;
    timer_.expires_after(wait);
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      self->armed_ = false;
      if (!error && !self->stopped_) self->tell();
    });
  }

  void tell() {
    const std::vector<std::shared_ptr<Client>> listeners = live_clients();
    auto dirty = std::exchange(dirty_, {});
    dirty_tasks_ = 0;
    if (listeners.empty()) return next_of_large_.clear();
    for (auto& [generation_id, changes] : dirty) tell_generation(generation_id, changes, listeners);
    // The status costs more to make, and nobody reads it ten times a second.
    const auto now = std::chrono::steady_clock::now();
    if (status_dirty_ && now >= next_status_) {
      status_dirty_ = false;
      next_status_ = now + settings_.status_interval;
      tell_status(listeners);
    }
    if (!dirty_.empty()) {
      arm(settings_.interval);
    } else if (status_dirty_) {
      arm(next_status_ - now);
    }
  }

  void tell_generation(const std::string& generation_id, Dirty& changes,
                       const std::vector<std::shared_ptr<Client>>& listeners) {
    TaskFilter filter;
    while (!changes.tasks.empty() && filter.ids.size() < settings_.tasks_per_interval) {
      filter.ids.push_back(std::move(changes.tasks.extract(changes.tasks.begin()).value()));
    }
    if (!changes.tasks.empty()) {
      dirty_tasks_ += changes.tasks.size();
      dirty_[generation_id] = std::move(changes);
    }
    if (!filter.ids.empty()) {
      filter.limit = filter.ids.size();
      const Result<std::vector<Task>> tasks = world_.storage.tasks(generation_id, filter);
      if (!tasks) return complain(tasks.error().message);
      for (const Task& task : *tasks) {
        std::string json;
        JsonWriter out(json);
        write_task_result(out, task);
        send(make_event("task", json), listeners);
      }
    }
    // One with a thousand prompts is told less often, and one that would fill a client's queue not
    // at all: its page asks for the results as well, which have all that changes.
    const auto now = std::chrono::steady_clock::now();
    if (const auto next = next_of_large_.find(generation_id); next != next_of_large_.end()) {
      if (now < next->second) {
        dirty_.try_emplace(generation_id);
        return;
      }
      next_of_large_.erase(next);
    }
    // A generation that was deleted has nothing more to tell.
    const Outcome<GenerationView> view = generations_.view(generation_id);
    if (!view) return;
    std::string json;
    JsonWriter out(json);
    write_generation(out, *view);
    if (json.size() > generation_size_large) {
      next_of_large_[generation_id] = now + settings_.status_interval;
    }
    if (json.size() <= settings_.queue_size_max / 4) {
      send(make_event("generation", json), listeners);
    }
  }

  void tell_status(const std::vector<std::shared_ptr<Client>>& listeners) {
    const Result<std::string> status = status_();
    if (!status) return complain(status.error().message);
    send(make_event("status", *status), listeners);
  }

  static void send(const Event& event, const std::vector<std::shared_ptr<Client>>& listeners) {
    for (const auto& client : listeners) client->push(event);
  }

  void complain(const std::string& why) {
    world_.log("events_not_told", fmt::format("error={}", why));
  }

  World& world_;
  Generations& generations_;
  EventStreamSettings settings_;
  std::function<Result<std::string>()> status_;
  asio::steady_timer timer_;
  std::vector<std::weak_ptr<Client>> clients_;
  std::map<std::string, Dirty> dirty_;
  std::size_t dirty_tasks_ = 0;
  std::map<std::string, std::chrono::steady_clock::time_point> next_of_large_;
  bool status_dirty_ = false;
  std::chrono::steady_clock::time_point next_status_;
  bool armed_ = false;
  bool stopped_ = false;
};

EventStream::EventStream(World& world, Generations& generations, EventStreamSettings settings,
                         std::function<Result<std::string>()> status)
    : impl_(std::make_shared<Impl>(world, generations, settings, std::move(status))) {}
EventStream::~EventStream() { impl_->stop(); }
std::shared_ptr<BodySource> EventStream::listen() { return impl_->listen(); }
void EventStream::changed(const std::string& generation_id, const std::string& task_id) {
  impl_->changed(generation_id, task_id);
}
void EventStream::status_changed() { impl_->status_changed(); }
void EventStream::stop() { impl_->stop(); }
std::size_t EventStream::clients() const { return impl_->clients(); }

}  // namespace godwit::imagegen
