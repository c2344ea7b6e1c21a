#include "api/reader_pool.h"

#include <algorithm>

namespace godwit {

ReaderPool::ReaderPool(boost::asio::io_context& io, std::size_t threads, std::size_t waiting_max)
    : io_(io), waiting_max_(waiting_max) {
  threads_.reserve(std::max<std::size_t>(threads, 1));
  while (threads_.size() < threads_.capacity()) threads_.emplace_back([this] { serve(); });
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

void ReaderPool::serve() {
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
