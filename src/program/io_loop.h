#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>

#include "engine/broker.h"

namespace godwit {

/// The engine's loop on an io_context, with the system's clock. The clock may be set: an alarm
/// looks at it again at least once a second, so a jump forward delays nobody by more than that, and
/// a jump backward rings none early.
class IoLoop final : public Loop {
 public:
  /// `clock` and `io` outlive it.
  IoLoop(boost::asio::io_context& io, const Clock& clock);

  void post(std::function<void()> work) override;
  void wake_at(Timestamp time, std::function<void()> alarm) override;
  /// Forgets the alarm, so that the io_context may run out of work.
  void stop();

 private:
  void arm();
  void ring();

  boost::asio::io_context& io_;
  const Clock& clock_;
  boost::asio::steady_timer timer_;
  Timestamp time_ = Timestamp::max();
  std::function<void()> alarm_;
  bool armed_ = false;
  Timestamp armed_for_;  // When armed_: what the timer waits for, by the system's clock.
};

}  // namespace godwit
