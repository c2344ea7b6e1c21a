#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/assert.h"
#include "core/signature.h"

namespace {

constexpr std::string_view key = "sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r";
constexpr std::string_view url = "https://e.example/job";
constexpr godwit::Timestamp now = godwit::from_unix_ms(1'790'000'000'000);

void expect_refusal(const godwit::Result<void>& verdict) {
  GODWIT_ASSERT(!verdict.has_value());
  GODWIT_ASSERT(verdict.error().code == godwit::ErrorCode::invalid_argument);
  GODWIT_ASSERT(verdict.error().message.starts_with("signature "));
}

}  // namespace

/// No bytes are a signature but those made with the key; and what a signer makes for any body and
/// url is accepted for these and refused for others. The input stands for a token, for its parts
/// before they are encoded, and for url and body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace godwit;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  expect_refusal(verify_signature(text, key, url, "", now, Milliseconds(0)));

  const std::size_t half = size / 2;
  const std::string parts = base64url_encode(text.substr(0, half), false) + "." +
                            base64url_encode(text.substr(half), false) + ".";
  expect_refusal(verify_signature(parts + "AAAA", key, url, "", now, Milliseconds(0)));

  // Bytes that are no UTF-8 cannot stand in a JSON text: such urls do not reach a signer.
  std::string asked(text.substr(0, half));
  for (char& c : asked) c = static_cast<char>(c & 0x7f);
  const std::string_view body = text.substr(half);
  Signer signer(key);
  const std::string token = signer.sign(asked, body, now, "jwt_1");
  if (token.size() > signature_length_max) return 0;
  GODWIT_ASSERT(verify_signature(token, key, asked, body, now, Milliseconds(0)).has_value());
  expect_refusal(verify_signature(token, key, asked + "x", body, now, Milliseconds(0)));
  expect_refusal(
      verify_signature(token, key, asked, std::string(body) + "x", now, Milliseconds(0)));
  expect_refusal(verify_signature(token, "another", asked, body, now, Milliseconds(0)));
  return 0;
}
