#pragma once
#include <boost/asio/awaitable.hpp>
#include <memory>

#include "imagegen/generations/world.h"

namespace godwit::imagegen {

/// Deletes images that are older than the settings want them kept: once an hour, a hundred at a
/// time, files with their rows. Their tasks stay done.
///
/// Threads: the io_context's. The world outlives it.
class Retention {
 public:
  static constexpr std::chrono::minutes interval{60};
  static constexpr std::size_t batch_max = 100;

  explicit Retention(World& world);
  ~Retention();
  void start();
  void stop();

  /// One round; returns how many went. Errors: the storage's.
  static boost::asio::awaitable<Result<int>> run(World& world);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace godwit::imagegen
