#pragma once
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace godwit {

class DeadlineWheel;

/// Something that has to be over by a certain time. At most one time is set; it is forgotten when
/// the object ends.
class Deadline {
 public:
  Deadline() = default;
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

 protected:
  virtual ~Deadline() { unlink(); }
  /// The time has come. Called once for each set(); may set or clear any deadline, and end this
  /// one.
  virtual void on_deadline() = 0;

 private:
  friend class DeadlineWheel;
  void unlink();

  Deadline* previous_ = nullptr;
  Deadline* next_ = nullptr;
  std::uint64_t tick_ = 0;
  DeadlineWheel* wheel_ = nullptr;  // Null while no time is set.
};

/// All deadlines of one client on one timer. Setting and clearing one costs a few list operations
/// and no system call. A deadline is never early and at most a tick late (and what the loop itself
/// is late).
///
///     slot = deadline / 50 ms, modulo 256; what is not due when its slot comes by waits for the
///     next round
///
/// The timer sleeps until the next slot that holds something. Threads: everything on the
/// io_context.
class DeadlineWheel : public std::enable_shared_from_this<DeadlineWheel> {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds tick_time{50};

  explicit DeadlineWheel(boost::asio::io_context& io);
  /// Forgets every deadline still set.
  ~DeadlineWheel();

  /// Replaces the deadline's time.
  void set(Deadline& deadline, Clock::time_point time);
  void clear(Deadline& deadline);
  /// Forgets every deadline and stops the timer.
  void stop();

 private:
  friend class Deadline;
  static constexpr std::size_t slots = 256;

  // The head of a circular list.
  struct Slot final : Deadline {
    Slot();
    ~Slot() override;
    void on_deadline() override {}
    bool empty() const;
    void push(Deadline& deadline);
    void take(Slot& other);
    Deadline* front();
  };

  std::uint64_t tick_at(Clock::time_point time) const;
  void arm(std::uint64_t tick);
  void arm_next();
  void advance();

  boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>,
                                    boost::asio::io_context::executor_type>
      timer_;
  Clock::time_point origin_;
  std::uint64_t current_ = 0;  // The last tick that was looked at.
  std::size_t count_ = 0;
  bool armed_ = false;
  std::uint64_t armed_tick_ = 0;
  std::array<Slot, slots> wheel_;
};

}  // namespace godwit
