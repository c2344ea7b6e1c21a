#include "payload.h"

namespace godwit::bench {
namespace {

constexpr std::size_t digits = 16;

void write_hex(std::uint64_t value, char* out) {
  for (std::size_t i = digits; i-- > 0; value >>= 4) out[i] = "0123456789abcdef"[value & 15];
}

std::optional<std::uint64_t> read_hex(std::string_view text) {
  std::uint64_t value = 0;
  for (const char digit : text) {
    unsigned nibble = 0;
    if (digit >= '0' && digit <= '9') {
      nibble = static_cast<unsigned>(digit - '0');
    } else if (digit >= 'a' && digit <= 'f') {
      nibble = static_cast<unsigned>(digit - 'a') + 10;
    } else {
      return std::nullopt;
    }
    value = (value << 4) | nibble;
  }
  return value;
}

}  // namespace

void write_payload(const Payload& payload, char* out) {
  write_hex(payload.sequence, out);
  write_hex(payload.due_ns, out + digits);
}

std::optional<Payload> read_payload(std::string_view body) {
  if (body.size() < Payload::bytes) return std::nullopt;
  const auto sequence = read_hex(body.substr(0, digits));
  const auto due = read_hex(body.substr(digits, digits));
  if (!sequence || !due) return std::nullopt;
  return Payload{.sequence = *sequence, .due_ns = *due};
}

}  // namespace godwit::bench
