#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <string>

namespace godwit {

using Microseconds = std::chrono::duration<std::int64_t, std::micro>;

/// The address of a destination, in network order.
struct PeerAddress {
  std::array<unsigned char, 16> bytes{};
  std::uint8_t size = 0;  ///< 4 (IPv4), 16 (IPv6), 0: none; the bytes behind it are 0.
  /// `127.0.0.1`, `2001:db8::1`, or empty.
  std::string to_string() const;
  friend bool operator==(const PeerAddress&, const PeerAddress&) = default;
};

/// How long the steps of one exchange with a destination took, by a steady clock: resolve ->
/// connect -> TLS -> (request sent) -> first byte -> body. Between them lies what is not measured
/// apart, so they sum up to `total` or less.
struct AttemptTiming {
  /// Of a step that was not taken, or that the exchange did not get to the end of.
  static constexpr Microseconds not_taken{-1};

  Microseconds resolve = not_taken;  ///< Not taken for addresses and for names in the cache.
  Microseconds connect = not_taken;  ///< To the address that answered; earlier ones are in total.
  Microseconds tls = not_taken;
  Microseconds first_byte = not_taken;  ///< From the request's last byte to the response's first.
  Microseconds body = not_taken;        ///< From there to the response's last.
  Microseconds total{0};
  bool reused_connection = false;
  PeerAddress address;  ///< Of the connection, or the one that was tried last.
  friend bool operator==(const AttemptTiming&, const AttemptTiming&) = default;
};

}  // namespace godwit
