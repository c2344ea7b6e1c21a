#pragma once
#include <openssl/sha.h>

#include <array>
#include <string_view>

namespace godwit {

/// A running SHA-256. A plain value: a copy goes on from where the original stands, which is how a
/// keyed state is used again. Nothing is allocated and nothing can fail.
class Sha256 {
 public:
  static constexpr std::size_t size = 32;
  static constexpr std::size_t block_size = 64;
  using Digest = std::array<char, size>;

  Sha256();
  void update(std::string_view bytes);
  /// Ends the hash: neither function may be called again.
  Digest finish();

 private:
  SHA256_CTX state_;
};

inline std::string_view view(const Sha256::Digest& digest) {
  return {digest.data(), digest.size()};
}

}  // namespace godwit
