#include "core/signature.h"

#include <openssl/crypto.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "core/ascii.h"
#include "core/assert.h"
#include "core/message_id.h"
#include "core/sha256.h"

namespace godwit {
namespace {

constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base64url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static_assert(base64_alphabet.size() == 64 && base64url_alphabet.size() == 64);

constexpr std::uint8_t no_sextet = 0xff;

constexpr std::array<std::uint8_t, 256> make_sextet_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(no_sextet);
  for (std::size_t i = 0; i < base64_alphabet.size(); ++i) {
    values[static_cast<unsigned char>(base64_alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}
constexpr std::array<std::uint8_t, 256> sextet_values = make_sextet_values();

void append_base64(std::string& out, std::string_view bytes, std::string_view alphabet,
                   bool padded) {
  const std::size_t tail = bytes.size() % 3;
  const std::size_t tail_length = tail == 0 ? 0 : (padded ? 4 : tail + 1);
  const std::size_t begin = out.size();
  out.resize(begin + bytes.size() / 3 * 4 + tail_length, '=');
  const auto* in = reinterpret_cast<const unsigned char*>(bytes.data());
  char* to = out.data() + begin;
  for (std::size_t i = 0; i + 3 <= bytes.size(); i += 3, to += 4) {
    const std::uint32_t group =
        (std::uint32_t{in[i]} << 16) | (std::uint32_t{in[i + 1]} << 8) | in[i + 2];
    to[0] = alphabet[group >> 18];
    to[1] = alphabet[(group >> 12) & 63];
    to[2] = alphabet[(group >> 6) & 63];
    to[3] = alphabet[group & 63];
  }
  if (tail == 0) return;
  const unsigned char* last = in + bytes.size() - tail;
  const std::uint32_t group =
      (std::uint32_t{last[0]} << 16) | (tail == 2 ? std::uint32_t{last[1]} << 8 : 0);
  to[0] = alphabet[group >> 18];
  to[1] = alphabet[(group >> 12) & 63];
  if (tail == 2) to[2] = alphabet[(group >> 6) & 63];
}

void append_json_string_content(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (ascii::is_control(c)) {
      const auto byte = static_cast<unsigned char>(c);
      out += "\\u00";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    } else {
      out += c;
    }
  }
}

void append_number(std::string& out, std::int64_t number) {
  std::array<char, 20> digits;
  const auto [end, problem] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  GODWIT_ASSERT(problem == std::errc());
  out.append(digits.data(), end);
}

constexpr std::string_view token_header = R"({"alg":"HS256","typ":"JWT"})";

/// All tokens begin like this. It is a multiple of three bytes, so its base64 stands by itself.
constexpr std::string_view claims_head = R"({"iss":"Upstash","sub":")";
static_assert(claims_head.size() % 3 == 0);

constexpr std::int64_t token_lifetime_s = 300;

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
  append_base64(out, bytes, base64_alphabet, true);
}

std::string base64_encode(std::string_view bytes) {
  std::string text;
  append_base64(text, bytes);
  return text;
}

std::string base64url_encode(std::string_view bytes, bool padded) {
  std::string text;
  append_base64(text, bytes, base64url_alphabet, padded);
  return text;
}

Result<std::string> base64_decode(std::string_view text) {
  const auto refuse = [] { return fail(ErrorCode::invalid_argument, "invalid base64"); };
  if (text.ends_with('=')) {
    if (text.size() % 4 != 0) return refuse();
    text.remove_suffix(text.ends_with("==") ? 2 : 1);
  }
  if (text.size() % 4 == 1) return refuse();
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    const std::uint8_t value = sextet_values[static_cast<unsigned char>(c)];
    if (value == no_sextet) return refuse();
    group = (group << 6) | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>(group >> bits);
      group &= (1U << bits) - 1;
    }
  }
  // Bits that no encoder sets would let two texts mean the same bytes.
  if (group != 0) return refuse();
  return bytes;
}

std::string sha256(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return std::string(view(hash.finish()));
}

std::string hex_encode(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

bool equals_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// HMAC is H(outer key, H(inner key, text)). Both hashes are kept after their key's block, and the
/// inner one also after the part that all tokens share.
struct Signer::State {
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  /// The keyed hashes are as good as the key.
  ~State() {
    OPENSSL_cleanse(&inner, sizeof(inner));
    OPENSSL_cleanse(&outer, sizeof(outer));
  }

  Sha256 inner;
  Sha256 outer;
  std::string token_head;   ///< The base64 of the token's header, a dot, the base64 of claims_head.
  std::string claims_rest;  ///< Kept for its memory only.
};

Signer::Signer(std::string_view key) : state_(std::make_unique<State>()) {
  std::array<char, Sha256::block_size> block{};
  if (key.size() > block.size()) {
    Sha256 hash;
    hash.update(key);
    const Sha256::Digest digest = hash.finish();
    std::copy(digest.begin(), digest.end(), block.begin());
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  std::array<char, Sha256::block_size> pad;
  const auto pad_with = [&](char mask) {
    std::transform(block.begin(), block.end(), pad.begin(),
                   [mask](char c) { return static_cast<char>(c ^ mask); });
    return std::string_view(pad.data(), pad.size());
  };
  state_->inner.update(pad_with(0x36));
  state_->outer.update(pad_with(0x5c));
  OPENSSL_cleanse(block.data(), block.size());
  OPENSSL_cleanse(pad.data(), pad.size());

  append_base64(state_->token_head, token_header, base64url_alphabet, false);
  state_->token_head += '.';
  append_base64(state_->token_head, claims_head, base64url_alphabet, false);
  state_->inner.update(state_->token_head);
}

Signer::Signer(Signer&&) noexcept = default;
Signer& Signer::operator=(Signer&&) noexcept = default;
Signer::~Signer() = default;

std::string Signer::sign(std::string_view url, std::string_view body, Timestamp now,
                         std::string_view token_id) {
  const std::int64_t issued_at =
      std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  Sha256 body_hash;
  body_hash.update(body);

  std::string& claims = state_->claims_rest;
  claims.clear();
  append_json_string_content(claims, url);
  claims += R"(","exp":)";
  append_number(claims, issued_at + token_lifetime_s);
  claims += R"(,"nbf":0,"iat":)";
  append_number(claims, issued_at);
  claims += R"(,"jti":")";
  append_json_string_content(claims, token_id);
  claims += R"(","body":")";
  append_base64(claims, view(body_hash.finish()), base64url_alphabet, true);
  claims += "\"}";

  std::string token;
  token.reserve(state_->token_head.size() + (claims.size() + 2) / 3 * 4 + 1 + 44);
  token += state_->token_head;
  append_base64(token, claims, base64url_alphabet, false);

  Sha256 inner = state_->inner;
  inner.update(std::string_view(token).substr(state_->token_head.size()));
  Sha256 outer = state_->outer;
  outer.update(view(inner.finish()));
  token += '.';
  append_base64(token, view(outer.finish()), base64url_alphabet, false);
  return token;
}

std::string make_identifier(std::string_view prefix, std::string_view random) {
  constexpr std::size_t random_size = 20;
  GODWIT_ASSERT(random.size() >= random_size);
  std::string identifier(prefix);
  identifier += base58_encode(random.substr(0, random_size));
  return identifier;
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t filled = 0;
  while (filled < count) {
    const ssize_t got = getrandom(bytes.data() + filled, count - filled, 0);
    // A signal may cut a large read short; nothing else can go wrong on a working system.
    GODWIT_ASSERT(got > 0 || (got < 0 && errno == EINTR));
    if (got > 0) filled += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace godwit
