#include "core/message_id.h"

#include <algorithm>
#include <array>

#include "core/assert.h"

namespace godwit {
namespace {

constexpr std::string_view alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
static_assert(alphabet.size() == 58);

constexpr std::size_t bytes_max = 64;
constexpr std::size_t limbs_max = bytes_max / 4;

/// Five digits are taken at once, because 58^5 is the largest power that fits into 32 bits.
constexpr std::size_t digits_per_chunk = 5;
constexpr std::uint64_t chunk = 58ULL * 58 * 58 * 58 * 58;
static_assert(chunk < (1ULL << 32) && chunk * 58 > (1ULL << 32));

constexpr std::string_view message_prefix = "msg_";
constexpr std::size_t message_digits = 22;

constexpr std::uint8_t no_digit = 0xff;

constexpr std::array<std::uint8_t, 256> make_digit_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(no_digit);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}
constexpr std::array<std::uint8_t, 256> digit_values = make_digit_values();

/// Digits of the largest number of `size` bytes: size * log(256) / log(58), rounded up. For none
/// of the sizes up to bytes_max is the product close enough to a whole number to be misjudged.
constexpr std::size_t width_of(std::size_t size) {
  return (size * 1'365'658'237'310ULL + 999'999'999'999ULL) / 1'000'000'000'000ULL;
}
static_assert(width_of(MessageId::size_bytes) == message_digits);

using Limbs = std::array<std::uint32_t, limbs_max>;

/// Writes `width` digits of the big-endian number in the first `count` limbs, and destroys it.
void write_digits(Limbs& limbs, std::size_t count, char* out, std::size_t width) {
  std::size_t first = 0;  // Limbs before it are zero already.
  std::size_t left = width;
  while (left > 0) {
    std::uint64_t remainder = 0;
    for (std::size_t i = first; i < count; ++i) {
      const std::uint64_t value = (remainder << 32) | limbs[i];
      limbs[i] = static_cast<std::uint32_t>(value / chunk);
      remainder = value % chunk;
    }
    while (first < count && limbs[first] == 0) ++first;
    for (std::size_t digit = 0; digit < digits_per_chunk && left > 0; ++digit) {
      out[--left] = alphabet[static_cast<std::size_t>(remainder % 58)];
      remainder /= 58;
    }
  }
}

/// The inverse: reads digits into `count` limbs. False for a foreign digit or too large a number.
bool read_digits(std::string_view digits, Limbs& limbs, std::size_t count) {
  limbs.fill(0);
  while (!digits.empty()) {
    std::uint64_t scale = 1;
    std::uint64_t carry = 0;
    const std::size_t taken = std::min(digits.size(), digits_per_chunk);
    for (const char c : digits.substr(0, taken)) {
      const std::uint8_t value = digit_values[static_cast<unsigned char>(c)];
      if (value == no_digit) return false;
      carry = carry * 58 + value;
      scale *= 58;
    }
    digits.remove_prefix(taken);
    for (std::size_t i = count; i-- > 0;) {
      const std::uint64_t value = limbs[i] * scale + carry;
      limbs[i] = static_cast<std::uint32_t>(value);
      carry = value >> 32;
    }
    if (carry != 0) return false;
  }
  return true;
}

void put_big_endian(std::uint64_t value, char* out) {
  for (int i = 0; i < 8; ++i) out[i] = static_cast<char>(value >> (56 - 8 * i));
}

std::uint64_t get_big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = (value << 8) | static_cast<unsigned char>(c);
  return value;
}

}  // namespace

MessageId MessageId::make(std::uint16_t partition, Timestamp created, std::uint32_t sequence,
                          std::uint32_t random) {
  const std::int64_t ms = to_unix_ms(created);
  GODWIT_ASSERT(ms >= 0 && ms <= 0xffff'ffff'ffffLL);
  return {.high = (std::uint64_t{partition} << 48) | static_cast<std::uint64_t>(ms),
          .low = (std::uint64_t{sequence} << 32) | random};
}

std::string MessageId::bytes() const {
  std::string out(size_bytes, '\0');
  put_big_endian(high, out.data());
  put_big_endian(low, out.data() + 8);
  return out;
}

std::optional<MessageId> MessageId::from_bytes(std::string_view bytes) {
  if (bytes.size() != size_bytes) return std::nullopt;
  return MessageId{.high = get_big_endian(bytes.substr(0, 8)),
                   .low = get_big_endian(bytes.substr(8))};
}

std::string MessageId::to_string() const {
  Limbs limbs;
  limbs[0] = static_cast<std::uint32_t>(high >> 32);
  limbs[1] = static_cast<std::uint32_t>(high);
  limbs[2] = static_cast<std::uint32_t>(low >> 32);
  limbs[3] = static_cast<std::uint32_t>(low);
  std::string text(message_prefix.size() + message_digits, '\0');
  message_prefix.copy(text.data(), message_prefix.size());
  write_digits(limbs, 4, text.data() + message_prefix.size(), message_digits);
  return text;
}

std::optional<MessageId> MessageId::parse(std::string_view text) {
  if (text.size() != message_prefix.size() + message_digits || !text.starts_with(message_prefix)) {
    return std::nullopt;
  }
  Limbs limbs;
  if (!read_digits(text.substr(message_prefix.size()), limbs, 4)) return std::nullopt;
  return MessageId{.high = (std::uint64_t{limbs[0]} << 32) | limbs[1],
                   .low = (std::uint64_t{limbs[2]} << 32) | limbs[3]};
}

std::string base58_encode(std::string_view bytes) {
  GODWIT_ASSERT(bytes.size() <= bytes_max);
  // The number is aligned to the right: the first limb may hold fewer than four of the bytes.
  const std::size_t count = (bytes.size() + 3) / 4;
  Limbs limbs{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t weight = bytes.size() - 1 - i;
    limbs[count - 1 - weight / 4] |= std::uint32_t{static_cast<unsigned char>(bytes[i])}
                                     << (8 * (weight % 4));
  }
  std::string text(width_of(bytes.size()), '\0');
  write_digits(limbs, count, text.data(), text.size());
  return text;
}

std::optional<std::string> base58_decode(std::string_view text, std::size_t size) {
  GODWIT_ASSERT(size <= bytes_max);
  if (text.size() != width_of(size)) return std::nullopt;
  const std::size_t count = (size + 3) / 4;
  Limbs limbs;
  if (!read_digits(text, limbs, count)) return std::nullopt;
  // A size that is no multiple of four leaves high bytes in the first limb that must stay empty.
  if (size % 4 != 0 && (limbs[0] >> (8 * (size % 4))) != 0) return std::nullopt;
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t weight = size - 1 - i;
    bytes[i] = static_cast<char>(limbs[count - 1 - weight / 4] >> (8 * (weight % 4)));
  }
  return bytes;
}

}  // namespace godwit
