#pragma once
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "core/time.h"

namespace godwit::imagegen {

/// How many wrong passwords are listened to: a few from one address, and a number in all so that
/// many addresses together cannot guess on. Pure but for its memory, which is bounded.
class LoginLimit {
 public:
  static constexpr std::size_t per_address = 5;
  static constexpr std::size_t in_all = 100;
  static constexpr Milliseconds window{15 * 60'000};

  /// How long `address` has to wait before it may try; nullopt: not at all.
  std::optional<Milliseconds> wait(const std::string& address, Timestamp now);
  void failed(const std::string& address, Timestamp now);
  void succeeded(const std::string& address);

 private:
  void forget(Timestamp now);

  std::deque<std::pair<Timestamp, std::string>> failures_;  // Oldest first; at most in_all.
};

}  // namespace godwit::imagegen
