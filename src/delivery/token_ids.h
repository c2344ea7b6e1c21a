#pragma once
#include <cstdint>
#include <string>

namespace godwit {

/// Makes `jwt_` + 28 base58 characters, no two alike: identifiers, not secrets. Seeded once from
/// the system's generator, so that an attempt pays for a few multiplications and no system call.
class TokenIds {
 public:
  TokenIds();
  std::string next();

 private:
  std::uint64_t random();

  std::uint64_t state_[4];  // xoshiro256**
};

}  // namespace godwit
