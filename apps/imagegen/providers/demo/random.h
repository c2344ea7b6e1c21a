#pragma once
#include <cstdint>
#include <string_view>

namespace godwit::imagegen::demo {

/// FNV-1a of `text`, going on from `hash`. The pictures depend on it: never change it.
constexpr std::uint64_t hash_of(std::string_view text, std::uint64_t hash = 0xcbf2'9ce4'8422'2325) {
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x0000'0100'0000'01b3;
  }
  return hash;
}

/// All bits of `value` in all bits of the result.
constexpr std::uint64_t stirred(std::uint64_t value) {
  value += 0x9e37'79b9'7f4a'7c15;
  value = (value ^ (value >> 30)) * 0xbf58'476d'1ce4'e5b9;
  value = (value ^ (value >> 27)) * 0x94d0'49bb'1331'11eb;
  return value ^ (value >> 31);
}

/// Numbers that follow from a seed.
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) : state_(seed) {}

  constexpr std::uint64_t next() { return stirred(state_ += 0x632b'e59b'd9b4'e019); }
  /// In [0, 1).
  constexpr float unit() { return static_cast<float>(next() >> 40) * 0x1p-24F; }
  constexpr float between(float low, float high) { return low + (high - low) * unit(); }
  /// In [0, count).
  constexpr int below(int count) {
    return static_cast<int>(next() % static_cast<std::uint64_t>(count));
  }
  constexpr bool chance(float probability) { return unit() < probability; }

 private:
  std::uint64_t state_;
};

}  // namespace godwit::imagegen::demo
