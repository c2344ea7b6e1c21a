#pragma once
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <stdexcept>

namespace godwit {

/// Runs the loop until `condition` holds. Throws when it does not within half a minute: the test
/// has failed.
template <typename Condition>
void run_until(boost::asio::io_context& io, Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    io.restart();
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("waited for 30 s in vain");
    io.run_one_for(std::chrono::seconds(1));
  }
}

}  // namespace godwit
