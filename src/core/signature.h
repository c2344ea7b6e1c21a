#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"

namespace godwit {

std::string base64_encode(std::string_view bytes);             ///< RFC 4648 section 4, padded.
void append_base64(std::string& out, std::string_view bytes);  ///< The same, after what is there.
Result<std::string> base64_decode(std::string_view text);      ///< Padded or not. invalid_argument.
std::string base64url_encode(std::string_view bytes, bool padded);     ///< RFC 4648 section 5.
std::string sha256(std::string_view bytes);                            ///< 32 raw bytes.
std::string hex_encode(std::string_view bytes);                        ///< Lower case.
std::string hmac_sha256(std::string_view key, std::string_view text);  ///< RFC 2104; 32 raw bytes.

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

/// The longest `Upstash-Signature` value that is looked at.
inline constexpr std::size_t signature_length_max = std::size_t{64} * 1024;

/// Whether `header_value`, the Upstash-Signature of a received request, was made for this `url` and
/// `body` with `signing_key`, and holds at `now` (give or take `leeway`). Checked as QStash's
/// Receiver does: HS256 and nothing else, the HMAC, iss, sub (skipped when `url` is empty), exp,
/// nbf and the hash of the body, padded or not. During a rotation the receiver asks again with the
/// next key. Keys are compared in constant time, and nothing of a token is read before its HMAC
/// holds but the algorithm.
///
/// Errors: invalid_argument. The message begins with what is wrong (`signature missing`, `signature
/// malformed`, `signature algorithm refused`, `signature key mismatch`, `signature issuer refused`,
/// `signature for another url`, `signature expired`, `signature not valid yet`, `signature for
/// another body`), then a colon and what to do; it names neither keys nor tokens.
Result<void> verify_signature(std::string_view header_value, std::string_view signing_key,
                              std::string_view url, std::string_view body, Timestamp now,
                              Milliseconds leeway);

/// `prefix` and 28 base58 characters made of `random` (at least 20 bytes; the first 20 are used).
std::string make_identifier(std::string_view prefix, std::string_view random);

/// `count` bytes of the system's cryptographic generator. Aborts if it fails.
std::string random_bytes(std::size_t count);

}  // namespace godwit
