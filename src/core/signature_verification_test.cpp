#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "core/signature.h"

namespace godwit {
namespace {

constexpr std::string_view key = "sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r";
constexpr std::string_view other_key = "sig_5ZB6DVzB1wjE8S6rZ7eenA8Pdnhs";
constexpr std::string_view url = "https://e.example/api/process?key=private";
constexpr std::string_view body = R"({"task":7})";
constexpr Timestamp signed_at = from_unix_ms(1'790'000'000'500);
constexpr Milliseconds no_leeway{0};

std::string sign(Timestamp now = signed_at) {
  Signer signer(key);
  return signer.sign(url, body, now, "jwt_1");
}

std::string verdict(std::string_view token, std::string_view with_key = key,
                    std::string_view for_url = url, std::string_view for_body = body,
                    Timestamp now = signed_at, Milliseconds leeway = no_leeway) {
  const Result<void> result = verify_signature(token, with_key, for_url, for_body, now, leeway);
  if (result) return "good";
  CHECK(result.error().code == ErrorCode::invalid_argument);
  CHECK(result.error().message.find(key) == std::string::npos);
  CHECK(result.error().message.find("private") == std::string::npos);
  return result.error().message.substr(0, result.error().message.find(':'));
}

/// HMAC by its definition, for keys up to a block: tokens that Signer would not make.
std::string make_token(std::string_view header, std::string_view claims,
                       std::string_view with_key = key) {
  const std::string text = base64url_encode(header, false) + "." + base64url_encode(claims, false);
  std::string inner(64, '\x36');
  std::string outer(64, '\x5c');
  for (std::size_t i = 0; i < with_key.size(); ++i) {
    inner[i] = static_cast<char>(inner[i] ^ with_key[i]);
    outer[i] = static_cast<char>(outer[i] ^ with_key[i]);
  }
  return text + "." + base64url_encode(sha256(outer + sha256(inner + text)), false);
}

constexpr std::string_view hs256 = R"({"alg":"HS256","typ":"JWT"})";

struct Claims {
  std::string issuer = R"("Upstash")";
  std::string subject = '"' + std::string(url) + '"';
  std::string expires = "1790000300";
  std::string not_before = "0";
  std::string body_hash = '"' + base64url_encode(sha256(body), false) + '"';

  std::string json() const {
    return R"({"iss":)" + issuer + R"(,"sub":)" + subject + R"(,"exp":)" + expires + R"(,"nbf":)" +
           not_before + R"(,"body":)" + body_hash + "}";
  }
};

std::string verdict_of(const Claims& claims) { return verdict(make_token(hs256, claims.json())); }

}  // namespace

TEST_CASE("what a signer signs is accepted, for its url and body only") {
  CHECK(verdict(sign()) == "good");
  CHECK(verdict(sign(), key, "") == "good");  // Receivers that do not know their own url.
  CHECK(verdict(sign(), key, "https://e.example/api/other") == "signature for another url");
  CHECK(verdict(sign(), key, url, R"({"task":8})") == "signature for another body");
  CHECK(verdict(sign(), key, url, "") == "signature for another body");
}

TEST_CASE("a signature of another key, and an empty key, are refused") {
  CHECK(verdict(sign(), other_key) == "signature key mismatch");
  CHECK(verdict(sign(), "") == "signature key mismatch");
  CHECK(verdict(make_token(hs256, Claims().json(), ""), "") == "signature key mismatch");
}

TEST_CASE("keys longer than a block of the hash are hashed first") {
  const std::string long_key(100, 'k');
  Signer signer(long_key);
  const std::string token = signer.sign(url, body, signed_at, "jwt_1");
  CHECK(verdict(token, long_key) == "good");
  CHECK(verdict(token, std::string(99, 'k')) == "signature key mismatch");
}

TEST_CASE("a token cannot choose how it is checked") {
  const std::string claims = Claims().json();
  CHECK(verdict(make_token(hs256, claims)) == "good");
  for (const std::string header :
       {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"HS512"})", R"({"alg":"RS256"})",
        R"({"typ":"JWT"})", R"({"alg":["HS256"]})", R"({"alg":"hs256"})",
        R"({"alg":"HS256","crit":["b64"],"b64":false})"}) {
    CAPTURE(header);
    CHECK(verdict(make_token(header, claims)) == "signature algorithm refused");
  }
  const std::string unsigned_token =
      base64url_encode(R"({"alg":"none"})", false) + "." + base64url_encode(claims, false) + ".";
  CHECK(verdict(unsigned_token) == "signature algorithm refused");
  const std::string token = sign();
  CHECK(verdict(token.substr(0, token.rfind('.') + 1)) == "signature key mismatch");
}

TEST_CASE("every changed character of a token is noticed") {
  const std::string token = sign();
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string tampered = token;
    tampered[i] = tampered[i] == 'A' ? 'B' : 'A';
    CAPTURE(i);
    CHECK(verdict(tampered) != "good");
  }
}

TEST_CASE("a token holds from its nbf to its exp, give or take the leeway") {
  using std::chrono::seconds;
  const std::string token = sign();
  CHECK(verdict(token, key, url, body, signed_at + seconds(299)) == "good");
  CHECK(verdict(token, key, url, body, signed_at + seconds(300)) == "signature expired");
  CHECK(verdict(token, key, url, body, signed_at + seconds(300), seconds(1)) == "good");
  CHECK(verdict(token, key, url, body, signed_at + seconds(301), seconds(1)) ==
        "signature expired");
  Claims early;
  early.not_before = "1790000010";
  CHECK(verdict_of(early) == "signature not valid yet");
  CHECK(verdict(make_token(hs256, early.json()), key, url, body, signed_at, seconds(10)) == "good");
  const Result<void> late = verify_signature(token, key, url, body, signed_at + seconds(360), {});
  REQUIRE(!late.has_value());
  CHECK(late.error().message ==
        "signature expired: 60 s ago; compare the clocks of this machine and of the broker");
}

TEST_CASE("claims of the wrong kind are refused, and the body's hash may be padded") {
  Claims claims;
  claims.body_hash = '"' + base64url_encode(sha256(body), true) + '"';
  CHECK(verdict_of(claims) == "good");
  claims = {};
  claims.expires = "1790000300.5";
  CHECK(verdict_of(claims) == "good");
  claims = {};
  claims.issuer = R"("upstash")";
  CHECK(verdict_of(claims) == "signature issuer refused");
  claims = {};
  claims.subject = "7";
  CHECK(verdict_of(claims) == "signature malformed");
  claims = {};
  claims.expires = R"("1790000300")";
  CHECK(verdict_of(claims) == "signature malformed");
  claims = {};
  claims.not_before = "null";
  CHECK(verdict_of(claims) == "signature malformed");
  claims = {};
  claims.body_hash = R"("")";
  CHECK(verdict_of(claims) == "signature for another body");
  CHECK(verdict(make_token(hs256, "[]")) == "signature malformed");
  CHECK(verdict(make_token(hs256, "{")) == "signature malformed");
}

TEST_CASE("what is no token is refused with a reason") {
  CHECK(verdict("") == "signature missing");
  for (const std::string text : {"a", "a.b", ".", "..", "...", "a.b.c.d", "Bearer x.y.z"}) {
    CAPTURE(text);
    CHECK(verdict(text) == "signature malformed");
  }
  CHECK(verdict(sign() + "=") == "signature malformed");
  CHECK(verdict(std::string(signature_length_max + 1, 'a')) == "signature malformed");
}

}  // namespace godwit
