#include "net/deadline_wheel.h"

#include <algorithm>

#include "core/assert.h"

namespace godwit {

namespace asio = boost::asio;

void Deadline::unlink() {
  if (wheel_ == nullptr) return;
  previous_->next_ = next_;
  next_->previous_ = previous_;
  previous_ = next_ = nullptr;
  --wheel_->count_;
  wheel_ = nullptr;
}

DeadlineWheel::Slot::Slot() { previous_ = next_ = this; }

DeadlineWheel::Slot::~Slot() {
  while (!empty()) front()->unlink();
}

bool DeadlineWheel::Slot::empty() const { return next_ == this; }

Deadline* DeadlineWheel::Slot::front() { return next_; }

void DeadlineWheel::Slot::push(Deadline& deadline) {
  deadline.previous_ = previous_;
  deadline.next_ = this;
  previous_->next_ = &deadline;
  previous_ = &deadline;
}

void DeadlineWheel::Slot::take(Slot& other) {
  GODWIT_ASSERT(empty());
  if (other.empty()) return;
  next_ = other.next_;
  previous_ = other.previous_;
  next_->previous_ = this;
  previous_->next_ = this;
  other.next_ = other.previous_ = &other;
}

DeadlineWheel::DeadlineWheel(asio::io_context& io)
    : timer_(io.get_executor()), origin_(Clock::now()) {}

DeadlineWheel::~DeadlineWheel() = default;

std::uint64_t DeadlineWheel::tick_at(Clock::time_point time) const {
  if (time <= origin_) return 0;
  return static_cast<std::uint64_t>((time - origin_) / tick_time);
}

void DeadlineWheel::set(Deadline& deadline, Clock::time_point time) {
  deadline.unlink();
  if (count_ == 0) {
    // Nothing was watched meanwhile, so no slot holds anything that the jump could miss.
    current_ = std::max(current_, tick_at(Clock::now()));
  }
  // One tick more than the quotient: never early.
  deadline.tick_ = std::max(tick_at(time) + 1, current_ + 1);
  deadline.wheel_ = this;
  wheel_[deadline.tick_ % slots].push(deadline);
  ++count_;
  if (!armed_ || deadline.tick_ < armed_tick_) arm(deadline.tick_);
}

void DeadlineWheel::clear(Deadline& deadline) { deadline.unlink(); }

void DeadlineWheel::stop() {
  for (Slot& slot : wheel_) {
    while (!slot.empty()) slot.front()->unlink();
  }
  armed_ = false;
  timer_.cancel();
}

void DeadlineWheel::arm(std::uint64_t tick) {
  armed_ = true;
  armed_tick_ = tick;
  timer_.expires_at(origin_ + tick * tick_time);
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    const auto self = weak.lock();
    if (error || self == nullptr) return;
    self->armed_ = false;
    self->advance();
    self->arm_next();
  });
}

void DeadlineWheel::arm_next() {
  if (count_ == 0) return;
  std::uint64_t tick = current_ + 1;
  while (wheel_[tick % slots].empty()) ++tick;
  if (!armed_ || tick < armed_tick_) arm(tick);
}

void DeadlineWheel::advance() {
  const std::uint64_t target = tick_at(Clock::now());
  // After a stall of more than a round, one round sees every slot.
  if (target > current_ + slots) current_ = target - slots;
  while (current_ < target) {
    ++current_;
    Slot& slot = wheel_[current_ % slots];
    if (slot.empty()) continue;
    Slot due;
    due.take(slot);
    while (!due.empty()) {
      Deadline& deadline = *due.front();
      deadline.unlink();
      if (deadline.tick_ <= target) {
        deadline.on_deadline();
      } else {
        deadline.wheel_ = this;
        slot.push(deadline);
        ++count_;
      }
    }
  }
}

}  // namespace godwit
