#pragma once
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"

namespace godwit {

/// Names one message, on the wire and as its key in the store. 128 bits, big-endian, so that the
/// bytes of ids created one after the other in a partition sort in that order:
///
///     16 bits partition | 48 bits creation time in ms | 32 bits sequence | 32 bits random
///
/// The wire form is `msg_` and 22 characters of base58; clients treat it as opaque.
struct MessageId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  static constexpr std::size_t size_bytes = 16;

  static MessageId make(std::uint16_t partition, Timestamp created, std::uint32_t sequence,
                        std::uint32_t random);

  std::uint16_t partition() const { return static_cast<std::uint16_t>(high >> 48); }
  Timestamp created() const {
    return from_unix_ms(static_cast<std::int64_t>(high & 0xffff'ffff'ffffULL));
  }

  /// The 16 big-endian bytes.
  std::string bytes() const;
  /// nullopt unless exactly 16 bytes are given.
  static std::optional<MessageId> from_bytes(std::string_view bytes);

  /// `msg_` + base58, always the same length.
  std::string to_string() const;
  /// nullopt unless to_string() could have printed it.
  static std::optional<MessageId> parse(std::string_view text);

  friend auto operator<=>(const MessageId&, const MessageId&) = default;

  template <typename H>
  friend H AbslHashValue(H state, const MessageId& id) {
    return H::combine(std::move(state), id.high, id.low);
  }
};

/// Base58 (the Bitcoin alphabet) of bytes read as one big-endian number, left-padded with '1' to
/// the length that the largest value of that many bytes needs. At most 64 bytes.
std::string base58_encode(std::string_view bytes);

/// The inverse for exactly `size` bytes; nullopt for another alphabet, length or too large a value.
std::optional<std::string> base58_decode(std::string_view text, std::size_t size);

}  // namespace godwit

template <>
struct std::hash<godwit::MessageId> {
  std::size_t operator()(const godwit::MessageId& id) const noexcept {
    return static_cast<std::size_t>(id.high * 0x9e3779b97f4a7c15ULL ^ id.low);
  }
};
