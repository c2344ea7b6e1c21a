#pragma once
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "core/time.h"

namespace godwit {

/// How many wrong passwords or tokens are listened to in any window of time. Both are at least one.
struct LoginLimitSettings {
  std::size_t per_address = 5;
  std::size_t in_all = 100;
  Milliseconds window{15 * 60'000};
};

/// Counts wrong logins: a few from one address, and a number in all so that many addresses together
/// cannot guess on. The /64 of an IPv6 address counts as one. Pure but for its memory, which is
/// bounded.
class LoginLimit {
 public:
  explicit LoginLimit(LoginLimitSettings settings = {}) : settings_(settings) {}

  /// How long `address` has to wait before it may try; nullopt: not at all.
  std::optional<Milliseconds> wait(const std::string& address, Timestamp now);
  void failed(const std::string& address, Timestamp now);
  void succeeded(const std::string& address);

 private:
  void forget(Timestamp now);

  LoginLimitSettings settings_;
  std::deque<std::pair<Timestamp, std::string>>
      failures_;  // Oldest first; at most settings_.in_all.
};

}  // namespace godwit
