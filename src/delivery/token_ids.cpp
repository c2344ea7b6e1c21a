#include "delivery/token_ids.h"

#include <bit>
#include <cstring>
#include <string_view>

#include "core/assert.h"
#include "core/signature.h"

namespace godwit {
namespace {

constexpr std::string_view prefix = "jwt_";
constexpr std::string_view alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
static_assert(alphabet.size() == 58);
constexpr std::size_t length = 28;
// 58^10 < 2^64: so many characters can be drawn from one number without favouring any by more than
// 2%.
constexpr std::size_t characters_per_number = 10;

}  // namespace

TokenIds::TokenIds() {
  const std::string seed = random_bytes(sizeof state_);
  GODWIT_ASSERT(seed.size() == sizeof state_);
  std::memcpy(state_, seed.data(), sizeof state_);
  // The generator's one fixed point.
  if ((state_[0] | state_[1] | state_[2] | state_[3]) == 0) state_[0] = 1;
}

// xoshiro256** of Blackman and Vigna.
std::uint64_t TokenIds::random() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::string TokenIds::next() {
  std::string id;
  id.reserve(prefix.size() + length);
  id += prefix;
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < length; ++i) {
    if (i % characters_per_number == 0) number = random();
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(number) * alphabet.size();
    id += alphabet[static_cast<std::size_t>(product >> 64)];
    number = static_cast<std::uint64_t>(product);
  }
  return id;
}

}  // namespace godwit
