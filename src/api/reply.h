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

  /// It will never happen: the coroutine that waits, or comes to wait, is destroyed (by Asio, from
  /// the io_context).
  void abandon() {
    abandoned_ = true;
    const auto dropped = std::exchange(resume_, nullptr);
  }

  /// Only while it is not set: there is nothing to wait for then, and a coroutine must not be
  /// resumed before it has been suspended.
  template <typename Token>
  auto async_wait(Token&& token) {
    return boost::asio::async_initiate<Token, void()>(
        [this](auto handler) {
          if (!abandoned_) resume_ = std::move(handler);
        },
        token);
  }

 private:
  bool set_ = false;
  bool abandoned_ = false;
  std::move_only_function<void()> resume_;
};

/// A result that a callback brings and a coroutine waits for.
template <typename T>
struct Pending {
  std::optional<Result<T>> result;
  Event event;
};

/// The callback's end of a Pending. Dropped unused, it abandons the event: coroutine and Pending
/// hold each other, and nobody else would ever let go of them.
template <typename T>
class Promise {
 public:
  explicit Promise(std::shared_ptr<Pending<T>> pending) : pending_(std::move(pending)) {}
  Promise(Promise&& other) noexcept : pending_(std::move(other.pending_)) {}
  Promise(const Promise&) = delete;
  Promise& operator=(const Promise&) = delete;
  Promise& operator=(Promise&&) = delete;
  ~Promise() {
    if (pending_) pending_->event.abandon();
  }

  void operator()(Result<T> result) {
    const auto pending = std::move(pending_);
    pending->result = std::move(result);
    pending->event.set();
  }

 private:
  std::shared_ptr<Pending<T>> pending_;
};

/// Awaits a Broker's reply: calls start(Reply<T>) and returns what the reply brings. Costs no
/// suspension when it comes before start() returns, and no trip through the io_context when it
/// comes later. If the reply is dropped, the coroutine is too.
template <typename T, typename Start>
boost::asio::awaitable<Result<T>> reply_to(Start start) {
  const auto pending = std::make_shared<Pending<T>>();
  start(Reply<T>(Promise<T>(pending)));
  if (!pending->event.is_set()) co_await pending->event.async_wait(boost::asio::use_awaitable);
  co_return std::move(*pending->result);
}

/// Several replies that one coroutine waits for together, so that all share what makes them
/// durable. Lives in a shared_ptr, as a member of what the replies fill.
class Countdown {
 public:
  /// One reply's share. Dropped unused, it abandons the event, for the reason that Promise has.
  class Ticket {
   public:
    explicit Ticket(std::shared_ptr<Countdown> countdown) : countdown_(std::move(countdown)) {
      ++countdown_->left_;
    }
    Ticket(Ticket&& other) noexcept : countdown_(std::move(other.countdown_)) {}
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    Ticket& operator=(Ticket&&) = delete;
    ~Ticket() {
      if (countdown_) countdown_->event_.abandon();
    }
    void done() {
      const auto countdown = std::move(countdown_);
      countdown->count();
    }

   private:
    std::shared_ptr<Countdown> countdown_;
  };

  /// Returns once every ticket is done. Once only, after the last ticket was made.
  boost::asio::awaitable<void> wait() {
    count();  // The one that has kept the event from coming before anybody waits.
    if (!event_.is_set()) co_await event_.async_wait(boost::asio::use_awaitable);
  }

 private:
  void count() {
    if (--left_ == 0) event_.set();
  }

  std::size_t left_ = 1;
  Event event_;
};

}  // namespace godwit
