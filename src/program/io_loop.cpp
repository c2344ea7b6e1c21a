#include "program/io_loop.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace godwit {
namespace {

constexpr Milliseconds look_again{1'000};

}  // namespace

IoLoop::IoLoop(boost::asio::io_context& io, const Clock& clock)
    : io_(io), clock_(clock), timer_(io) {}

void IoLoop::post(std::function<void()> work) { boost::asio::post(io_, std::move(work)); }

void IoLoop::wake_at(Timestamp time, std::function<void()> alarm) {
  time_ = time;
  alarm_ = std::move(alarm);
  // The alarm is set after every command, and mostly later than it was: then the timer under way
  // looks at the new time when it rings, and the common case costs no system call.
  if (armed_ && armed_for_ <= time) return;
  arm();
}

void IoLoop::stop() {
  alarm_ = nullptr;
  time_ = Timestamp::max();
  timer_.cancel();
}

void IoLoop::arm() {
  const Timestamp now = clock_.now();
  const Milliseconds wait = std::clamp(time_ - now, Milliseconds(0), look_again);
  armed_ = true;
  armed_for_ = now + wait;
  timer_.expires_after(wait);  // Cancels a wait under way, whose handler then has an error.
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    armed_ = false;
    ring();
  });
}

void IoLoop::ring() {
  if (!alarm_) return;
  if (clock_.now() < time_) return arm();
  // The alarm may set the next one.
  const std::function<void()> alarm = std::exchange(alarm_, nullptr);
  time_ = Timestamp::max();
  alarm();
}

}  // namespace godwit
