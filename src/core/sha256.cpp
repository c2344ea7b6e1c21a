// OpenSSL 3 would rather be asked through EVP, which allocates a context and takes locks for each
// hash: several times the cost of hashing a small body. These functions run the same machine code.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "core/sha256.h"

#include "core/assert.h"

namespace godwit {

Sha256::Sha256() { GODWIT_ASSERT(SHA256_Init(&state_) == 1); }

void Sha256::update(std::string_view bytes) {
  GODWIT_ASSERT(SHA256_Update(&state_, bytes.data(), bytes.size()) == 1);
}

Sha256::Digest Sha256::finish() {
  Digest digest;
  GODWIT_ASSERT(SHA256_Final(reinterpret_cast<unsigned char*>(digest.data()), &state_) == 1);
  return digest;
}

}  // namespace godwit
