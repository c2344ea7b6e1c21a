#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace godwit::bench {

/// The first bytes of every benchmark body: 16 hexadecimal digits of a sequence number, and 16 of
/// the moment (CLOCK_MONOTONIC, ns) at which the message was due to be published.
struct Payload {
  static constexpr std::size_t bytes = 32;
  std::uint64_t sequence = 0;
  std::uint64_t due_ns = 0;
};

/// Writes exactly Payload::bytes characters to `out`.
void write_payload(const Payload& payload, char* out);

/// nullopt if `body` is shorter than a payload or holds another character.
std::optional<Payload> read_payload(std::string_view body);

}  // namespace godwit::bench
