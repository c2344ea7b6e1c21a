#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"

namespace godwit {

std::string base64_encode(std::string_view bytes);             ///< RFC 4648 section 4, padded.
void append_base64(std::string& out, std::string_view bytes);  ///< The same, after what is there.
Result<std::string> base64_decode(std::string_view text);      ///< Padded or not. invalid_argument.
std::string base64url_encode(std::string_view bytes, bool padded);  ///< RFC 4648 section 5.
std::string sha256(std::string_view bytes);                         ///< 32 raw bytes.
std::string hex_encode(std::string_view bytes);                     ///< Lower case.

/// Whether two texts are equal, in a time that depends on their lengths only.
bool equals_constant_time(std::string_view a, std::string_view b);

/// Makes `Upstash-Signature` values with one key: JWT, HS256, claims iss="Upstash", sub=url,
/// exp=iat+300, nbf=0, iat, jti, body=padded base64url(SHA-256(body)). The HMAC key is the ASCII
/// text of the signing key. The keyed state is set up once, so an attempt costs two compressions
/// and the hash of its body. Not for two threads at once; movable.
class Signer {
 public:
  explicit Signer(std::string_view key);
  Signer(Signer&&) noexcept;
  Signer& operator=(Signer&&) noexcept;
  ~Signer();

  /// `iat` is `now` floored to seconds. `token_id` is the `jti`, `jwt_...`.
  std::string sign(std::string_view url, std::string_view body, Timestamp now,
                   std::string_view token_id);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// `prefix` and 28 base58 characters made of `random` (at least 20 bytes; the first 20 are used).
std::string make_identifier(std::string_view prefix, std::string_view random);

/// `count` bytes of the system's cryptographic generator. Aborts if it fails.
std::string random_bytes(std::size_t count);

}  // namespace godwit
