#pragma once
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "core/result.h"
#include "engine/engine.h"

namespace godwit {

/// Something that happens once and that one coroutine waits for. The coroutine goes on inside
/// set(), on the same stack: set() is for the io_context's thread. Threads: one.
class Event {
 public:
  bool is_set() const { return set_; }

  void set() {
    set_ = true;
    // The coroutine may destroy this object: nothing of it is touched afterwards.
    if (auto resume = std::exchange(resume_, nullptr)) resume();
  }

  /// Only while it is not set: there is nothing to wait for then, and a coroutine must not be
  /// resumed before it has been suspended.
  template <typename Token>
  auto async_wait(Token&& token) {
    return boost::asio::async_initiate<Token, void()>(
        [this](auto handler) { resume_ = std::move(handler); }, token);
  }

 private:
  bool set_ = false;
  std::move_only_function<void()> resume_;
};

/// Awaits a Broker's reply: calls start(Reply<T>) and returns what the reply brings. Costs no
/// suspension when it comes before start() returns, and no trip through the io_context when it
/// comes later.
template <typename T, typename Start>
boost::asio::awaitable<Result<T>> reply_to(Start start) {
  struct Pending {
    std::optional<Result<T>> result;
    Event event;
  };
  const auto pending = std::make_shared<Pending>();
  start(Reply<T>([pending](Result<T> result) {
    pending->result = std::move(result);
    pending->event.set();
  }));
  if (!pending->event.is_set()) co_await pending->event.async_wait(boost::asio::use_awaitable);
  co_return std::move(*pending->result);
}

/// Several replies that one coroutine waits for together, so that all share what makes them
/// durable. Count each in before its callback can run. Lives in a shared_ptr that the callbacks
/// hold too.
class Countdown {
 public:
  void add() { ++left_; }
  void done() {
    if (--left_ == 0) event_.set();
  }
  /// Returns once done() has run for every add(). Once only, after the last add().
  boost::asio::awaitable<void> wait() {
    done();  // The one that has kept the event from coming before anybody waits.
    if (!event_.is_set()) co_await event_.async_wait(boost::asio::use_awaitable);
  }

 private:
  std::size_t left_ = 1;
  Event event_;
};

}  // namespace godwit
