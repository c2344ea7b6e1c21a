#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "api/reply.h"
#include "api/settings.h"
#include "core/result.h"

namespace godwit {

/// Which share of the processors reads get beside everything else (ADR 22).
enum class ReaderPriority {
  idle,  ///< What nobody else wants, in this process or in its control group: little may be left.
  low,   ///< At least a tenth of one that others want too. Who publishes feels it.
};

constexpr ReaderPriority reader_priority(const ApiSettings& settings) {
  return settings.listings_yield ? ReaderPriority::idle : ReaderPriority::low;
}

/// A few threads for reads that take long, so that listings never hold up the io_context.
///
/// Threads: everything on the io_context, except the work that is handed in. Lifetime: the
/// io_context outlives it.
class ReaderPool {
 public:
  ReaderPool(boost::asio::io_context& io, std::size_t threads, std::size_t waiting_max,
             ReaderPriority priority);
  /// Stops as stop() does.
  ~ReaderPool();

  /// Waits for the work under way and drops what waits; their coroutines never go on. A later run()
  /// is refused as when too many wait.
  void stop();

  /// Runs `work` on a thread of the pool and returns its result on the io_context.
  /// Errors: unavailable when `waiting_max` others wait already; those of `work`.
  template <typename T>
  boost::asio::awaitable<Result<T>> run(std::move_only_function<Result<T>()> work) {
    const auto pending = std::make_shared<Pending<T>>();
    const bool accepted =
        submit([this, promise = Promise<T>(pending), work = std::move(work)]() mutable {
          Result<T> result = work();
          boost::asio::post(io_, [promise = std::move(promise), result = std::move(result),
                                  work = std::move(work)]() mutable {
            // What the work held (a snapshot) goes before anybody can see the result; and not on
            // the reader, where the store's lock would be kept by a thread that may be out of
            // processor.
            work = nullptr;
            promise(std::move(result));
          });
        });
    if (!accepted) {
      co_return fail(ErrorCode::unavailable, "too many listings wait already; send it again later");
    }
    // The result comes through the io_context, whose thread this is: not before the wait.
    co_await pending->event.async_wait(boost::asio::use_awaitable);
    co_return std::move(*pending->result);
  }

  /// Work that no thread has taken yet.
  std::size_t waiting() const;

 private:
  using Job = std::move_only_function<void()>;

  /// False when the queue is full.
  bool submit(Job job);
  void serve(ReaderPriority priority);

  boost::asio::io_context& io_;
  const std::size_t waiting_max_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace godwit
