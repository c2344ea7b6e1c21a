#include "api/reader_pool.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

namespace godwit {
namespace {

/// The kernel's own (linux/sched/types.h), whose header cannot stand beside <sched.h>.
struct SchedulingAttributes {
  std::uint32_t size = sizeof(SchedulingAttributes);
  std::uint32_t policy = SCHED_BATCH;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime_ns = 0;  ///< The slice, where the kernel has slices of one's own (6.12).
  std::uint64_t deadline_ns = 0;
  std::uint64_t period_ns = 0;
};

/// A listing may take its time; a message may not. On Linux a thread has a priority of its own.
///
/// An idle one steps back at once when any other wakes up, and the kernel counts the processor that
/// it uses as free when it looks for one. At the low one it gets a tenth of a processor that others
/// want; the short slice is for those that wake up: newer kernels let a thread finish its slice
/// first, which is 3 ms if nobody says otherwise. Where this is refused the listings are as they
/// would be without.
void yield_to_others(ReaderPriority priority) {
  pthread_setname_np(pthread_self(), "godwit-reader");
  if (priority == ReaderPriority::idle) {
    constexpr sched_param none{};
    (void)::sched_setscheduler(0, SCHED_IDLE, &none);
    return;
  }
  constexpr int nice = 10;
  SchedulingAttributes attributes;
  attributes.nice = nice;
  attributes.runtime_ns = 100'000;  // The shortest there is.
  constexpr unsigned no_flags = 0;
  if (::syscall(SYS_sched_setattr, 0, &attributes, no_flags) != 0) {
    (void)::setpriority(PRIO_PROCESS, 0, nice);
  }
}

}  // namespace

ReaderPool::ReaderPool(boost::asio::io_context& io, std::size_t threads, std::size_t waiting_max,
                       ReaderPriority priority)
    : io_(io), waiting_max_(waiting_max) {
  threads_.reserve(std::max<std::size_t>(threads, 1));
  while (threads_.size() < threads_.capacity())
    threads_.emplace_back([this, priority] { serve(priority); });
}

ReaderPool::~ReaderPool() { stop(); }

void ReaderPool::stop() {
  std::deque<Job> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(jobs_);
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

std::size_t ReaderPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

bool ReaderPool::submit(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || jobs_.size() >= waiting_max_) return false;
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
  return true;
}

void ReaderPool::serve(ReaderPriority priority) {
  yield_to_others(priority);
  while (true) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (stopping_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job();
  }
}

}  // namespace godwit
