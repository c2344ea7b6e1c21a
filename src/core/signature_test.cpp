#include "core/signature.h"

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <random>
#include <set>
#include <vector>

#include "core/sha256.h"

namespace godwit {
namespace {

std::string random_text(std::mt19937_64& random, std::size_t size) {
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// The three functions below come from OpenSSL's other interfaces, and share nothing with ours.
std::string reference_sha256(std::string_view bytes) {
  std::array<unsigned char, 32> digest;
  unsigned size = 0;
  REQUIRE(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string reference_hmac(std::string_view key, std::string_view text) {
  std::array<unsigned char, 32> digest;
  unsigned size = 0;
  REQUIRE(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(),
               digest.data(), &size) != nullptr);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string reference_base64(std::string_view bytes) {
  std::vector<unsigned char> text((bytes.size() + 2) / 3 * 4 + 1);
  const int size = EVP_EncodeBlock(text.data(), bytes_of(bytes), static_cast<int>(bytes.size()));
  return {reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(size)};
}

std::string reference_base64url(std::string_view bytes, bool padded) {
  std::string text = reference_base64(bytes);
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  while (!padded && text.ends_with('=')) text.pop_back();
  return text;
}

TEST_CASE("base64 writes the vectors of RFC 4648") {
  const std::pair<std::string, const char*> table[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : table) {
    CHECK(base64_encode(bytes) == text);
    CHECK(base64_decode(text).value() == bytes);
    std::string unpadded = text;
    while (unpadded.ends_with('=')) unpadded.pop_back();
    CHECK(base64_decode(unpadded).value() == bytes);
    CHECK(base64url_encode(bytes, true) == text);
    CHECK(base64url_encode(bytes, false) == unpadded);
  }
}

TEST_CASE("base64 agrees with OpenSSL and comes back") {
  std::mt19937_64 random(5);
  for (std::size_t size = 0; size < 300; ++size) {
    const std::string bytes = random_text(random, size);
    CHECK(base64_encode(bytes) == reference_base64(bytes));
    CHECK(base64url_encode(bytes, true) == reference_base64url(bytes, true));
    CHECK(base64url_encode(bytes, false) == reference_base64url(bytes, false));
    CHECK(base64_decode(base64_encode(bytes)).value() == bytes);
  }
}

TEST_CASE("what is no base64 is refused") {
  for (const std::string text :
       {"Z", "Zg=", "Zg===", "=", "==", "====", "Zm9vY", "Zm8=Zm8=", "Zm 9v", "Zm9v\n", "Zm9-",
        "Zm9_", "Zh==", "Zm9=", "Zg==Zg==", "Z===", "Zm9v="}) {
    CAPTURE(text);
    const Result<std::string> bytes = base64_decode(text);
    REQUIRE_FALSE(bytes);
    CHECK(bytes.error().code == ErrorCode::invalid_argument);
  }
}

TEST_CASE("SHA-256 has the values that FIPS 180 publishes") {
  CHECK(hex_encode(sha256("")) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex_encode(sha256("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex_encode(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hex_encode(sha256(std::string(1'000'000, 'a'))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256 is the same however the bytes are split, and copies go on by themselves") {
  std::mt19937_64 random(6);
  for (std::size_t size = 0; size < 200; ++size) {
    const std::string bytes = random_text(random, size);
    const std::size_t cut = size == 0 ? 0 : random() % size;
    Sha256 hash;
    hash.update(std::string_view(bytes).substr(0, cut));
    Sha256 copy = hash;
    hash.update(std::string_view(bytes).substr(cut));
    CHECK(view(hash.finish()) == reference_sha256(bytes));
    CHECK(view(copy.finish()) == reference_sha256(bytes.substr(0, cut)));
  }
}

TEST_CASE("hexadecimal is lower case, two digits for each byte") {
  CHECK(hex_encode("") == "");
  CHECK(hex_encode(std::string("\x00\x0f\xf0\xff", 4)) == "000ff0ff");
}

TEST_CASE("comparing in constant time compares") {
  CHECK(equals_constant_time("", ""));
  CHECK(equals_constant_time("secret", "secret"));
  CHECK_FALSE(equals_constant_time("secret", "secreT"));
  CHECK_FALSE(equals_constant_time("Secret", "secret"));
  CHECK_FALSE(equals_constant_time("secret", "secret "));
  CHECK_FALSE(equals_constant_time("secret", ""));
  CHECK_FALSE(equals_constant_time(std::string("a\0b", 3), std::string("a\0c", 3)));
}

struct Token {
  std::string signed_text;
  std::string header;
  std::string claims;
  std::string signature;
};

std::string decode_base64url(std::string text) {
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  return base64_decode(text).value();
}

Token take_apart(const std::string& token) {
  const std::size_t first = token.find('.');
  const std::size_t second = token.find('.', first + 1);
  REQUIRE(second != std::string::npos);
  return {.signed_text = token.substr(0, second),
          .header = decode_base64url(token.substr(0, first)),
          .claims = decode_base64url(token.substr(first + 1, second - first - 1)),
          .signature = decode_base64url(token.substr(second + 1))};
}

TEST_CASE("a token has the header and the claims of the wire, field by field") {
  Signer signer("sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r");
  const Token token = take_apart(
      signer.sign("https://e.example/job", "", from_unix_ms(1'790'000'000'999), "jwt_1"));
  CHECK(token.header == R"({"alg":"HS256","typ":"JWT"})");
  CHECK(token.claims ==
        R"({"iss":"Upstash","sub":"https://e.example/job","exp":1790000300,"nbf":0,)"
        R"("iat":1790000000,"jti":"jwt_1","body":"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU="})");
  CHECK(token.signature == reference_hmac("sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r", token.signed_text));
}

TEST_CASE("a token is the one that another implementation makes, for keys and bodies of any size") {
  std::mt19937_64 random(7);
  for (std::size_t size = 0; size < 300; ++size) {
    const std::string key = random_text(random, size);
    const std::string body = random_text(random, random() % 5000);
    const std::string url = "https://e.example/" + std::string(size, 'p');
    const auto seconds = static_cast<std::int64_t>(random() % 4'000'000'000);
    const std::string claims = R"({"iss":"Upstash","sub":")" + url + R"(","exp":)" +
                               std::to_string(seconds + 300) + R"(,"nbf":0,"iat":)" +
                               std::to_string(seconds) + R"(,"jti":"jwt_x","body":")" +
                               reference_base64url(reference_sha256(body), true) + R"("})";
    const std::string text = reference_base64url(R"({"alg":"HS256","typ":"JWT"})", false) + "." +
                             reference_base64url(claims, false);
    const std::string token = text + "." + reference_base64url(reference_hmac(key, text), false);

    Signer signer(key);
    CHECK(signer.sign(url, body, from_unix_ms(seconds * 1000), "jwt_x") == token);
    // The keyed state is used again, not used up, and moves with the signer.
    Signer moved = std::move(signer);
    CHECK(moved.sign(url, body, from_unix_ms(seconds * 1000 + 999), "jwt_x") == token);
  }
}

TEST_CASE("a url cannot add claims to its token") {
  Signer signer("k");
  const Token token = take_apart(
      signer.sign("https://e.example/\",\"sub\":\"\\\n\x7f\u00e4", "", from_unix_ms(0), "j\"t"));
  CHECK(token.claims.starts_with(
      R"({"iss":"Upstash","sub":"https://e.example/\",\"sub\":\"\\\u000a\u007f)"
      "\u00e4\",\"exp\":300,\"nbf\":0,\"iat\":0,\"jti\":\"j\\\"t\","));
}

TEST_CASE("an identifier is its prefix and 28 characters of base58, made of 20 bytes") {
  const std::string random = random_bytes(40);
  const std::string identifier = make_identifier("jwt_", random);
  CHECK(identifier.size() == 32);
  CHECK(identifier.starts_with("jwt_"));
  CHECK(identifier == make_identifier("jwt_", random.substr(0, 20)));
  CHECK(make_identifier("sig_", std::string(20, '\0')) == "sig_" + std::string(28, '1'));
  std::set<std::string> different;
  for (int i = 0; i < 1000; ++i) different.insert(make_identifier("", random_bytes(20)));
  CHECK(different.size() == 1000);
}

TEST_CASE("random bytes come in the asked number and are not all alike") {
  CHECK(random_bytes(0).empty());
  for (const std::size_t count : {1UL, 20UL, 256UL, 257UL, 100'000UL}) {
    CHECK(random_bytes(count).size() == count);
  }
  // That one of the 256 values is missing from 100,000 bytes has a probability of 10^-167.
  const std::string many = random_bytes(100'000);
  CHECK(std::set<char>(many.begin(), many.end()).size() == 256);
  CHECK(random_bytes(32) != random_bytes(32));
}

}  // namespace
}  // namespace godwit
