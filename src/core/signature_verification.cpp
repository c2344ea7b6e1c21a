// The other half of signature.cpp: what a receiver does with an Upstash-Signature.
#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>

#include "core/sha256.h"
#include "core/signature.h"

namespace godwit {
namespace {

/// Unpadded base64url, as RFC 7515 has it.
std::optional<std::string> decode_part(std::string_view part) {
  std::string text(part);
  for (char& c : text) {
    if (c == '+' || c == '/' || c == '=') return std::nullopt;
    if (c == '-') {
      c = '+';
    } else if (c == '_') {
      c = '/';
    }
  }
  Result<std::string> bytes = base64_decode(text);
  if (!bytes) return std::nullopt;
  return std::move(*bytes);
}

std::string_view without_padding(std::string_view text) {
  const std::size_t last = text.find_last_not_of('=');
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

/// Queries may carry what nobody else should read.
std::string without_query(std::string_view url) {
  return std::string(url.substr(0, url.find('?')));
}

std::unexpected<Error> refuse_signature(std::string message) {
  return fail(ErrorCode::invalid_argument, std::move(message));
}

std::unexpected<Error> refuse_malformed(std::string_view what) {
  return refuse_signature("signature malformed: " + std::string(what) +
                          "; pass on the Upstash-Signature header as it came");
}

std::optional<std::string_view> text_of(const simdjson::dom::object& object, const char* name) {
  std::string_view text;
  if (object[name].get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
  return text;
}

/// A moment in seconds since 1970. Fractions are allowed there and cut off.
std::optional<double> seconds_of(const simdjson::dom::object& object, const char* name) {
  double seconds = 0;
  if (object[name].get_double().get(seconds) != simdjson::SUCCESS) return std::nullopt;
  return std::floor(seconds);
}

std::string whole_seconds(double seconds) {
  constexpr double most = 1e15;
  return std::to_string(static_cast<std::int64_t>(std::min(std::abs(seconds), most))) + " s";
}

Result<void> check_algorithm(std::string_view part) {
  const std::optional<std::string> json = decode_part(part);
  if (!json) return refuse_malformed("its header is not base64url");
  simdjson::dom::parser parser;
  simdjson::dom::object header;
  if (parser.parse(*json).get_object().get(header) != simdjson::SUCCESS) {
    return refuse_malformed("its header is not a JSON object");
  }
  // The algorithm is ours to choose: a token that could choose `none`, or a public key's, would
  // sign itself.
  if (text_of(header, "alg") != "HS256") {
    return refuse_signature("signature algorithm refused: only HS256 is accepted");
  }
  simdjson::dom::element critical;
  if (header["crit"].get(critical) == simdjson::SUCCESS) {
    return refuse_signature("signature algorithm refused: its header asks for extensions (crit)");
  }
  return {};
}

Result<void> check_times(const simdjson::dom::object& claims, Timestamp now, Milliseconds leeway) {
  const std::optional<double> expires = seconds_of(claims, "exp");
  const std::optional<double> not_before = seconds_of(claims, "nbf");
  if (!expires || !not_before) return refuse_malformed("its claims exp and nbf are not numbers");
  const double now_s = std::floor(static_cast<double>(to_unix_ms(now)) / 1000);
  const double leeway_s = static_cast<double>(leeway.count()) / 1000;
  if (*expires <= now_s - leeway_s) {
    return refuse_signature("signature expired: " + whole_seconds(now_s - *expires) +
                            " ago; compare the clocks of this machine and of the broker");
  }
  if (*not_before > now_s + leeway_s) {
    return refuse_signature("signature not valid yet: for another " +
                            whole_seconds(*not_before - now_s) +
                            "; compare the clocks of this machine and of the broker");
  }
  return {};
}

}  // namespace

std::string hmac_sha256(std::string_view key, std::string_view text) {
  constexpr std::size_t hmac_block_size = Sha256::block_size;
  std::string block = key.size() > hmac_block_size ? sha256(key) : std::string(key);
  block.resize(hmac_block_size, '\0');
  std::string pad = block;
  for (char& c : pad) c = static_cast<char>(c ^ 0x36);
  Sha256 inner;
  inner.update(pad);
  inner.update(text);
  for (std::size_t i = 0; i < pad.size(); ++i) pad[i] = static_cast<char>(block[i] ^ 0x5c);
  Sha256 outer;
  outer.update(pad);
  outer.update(view(inner.finish()));
  return std::string(view(outer.finish()));
}

Result<void> verify_signature(std::string_view header_value, std::string_view signing_key,
                              std::string_view url, std::string_view body, Timestamp now,
                              Milliseconds leeway) {
  if (header_value.empty()) {
    return refuse_signature(
        "signature missing: the request has no Upstash-Signature header; only the broker sends "
        "one");
  }
  if (header_value.size() > signature_length_max) {
    return refuse_malformed("it exceeds " + std::to_string(signature_length_max) + " bytes");
  }
  const std::size_t first = header_value.find('.');
  const std::size_t second =
      first == std::string_view::npos ? first : header_value.find('.', first + 1);
  if (second == std::string_view::npos ||
      header_value.find('.', second + 1) != std::string_view::npos) {
    return refuse_malformed("it has not the three parts of a JWT");
  }
  if (const Result<void> good = check_algorithm(header_value.substr(0, first)); !good) return good;

  const std::optional<std::string> signature = decode_part(header_value.substr(second + 1));
  if (!signature) return refuse_malformed("its last part is not base64url");
  // An empty key is one that everybody knows.
  if (signing_key.empty() ||
      !equals_constant_time(*signature, hmac_sha256(signing_key, header_value.substr(0, second)))) {
    return refuse_signature(
        "signature key mismatch: compare QSTASH_CURRENT_SIGNING_KEY and QSTASH_NEXT_SIGNING_KEY "
        "with the broker's");
  }

  const std::optional<std::string> json =
      decode_part(header_value.substr(first + 1, second - first - 1));
  if (!json) return refuse_malformed("its claims are not base64url");
  simdjson::dom::parser parser;
  simdjson::dom::object claims;
  if (parser.parse(*json).get_object().get(claims) != simdjson::SUCCESS) {
    return refuse_malformed("its claims are not a JSON object");
  }
  if (text_of(claims, "iss") != "Upstash") {
    return refuse_signature("signature issuer refused: it is not Upstash");
  }
  const std::optional<std::string_view> subject = text_of(claims, "sub");
  if (!subject) return refuse_malformed("its claim sub is not a text");
  if (!url.empty() && *subject != url) {
    return refuse_signature("signature for another url: it names " + without_query(*subject) +
                            ", the request came to " + without_query(url) +
                            "; publish to the url under which the receiver knows itself");
  }
  if (const Result<void> good = check_times(claims, now, leeway); !good) return good;

  const std::optional<std::string_view> body_hash = text_of(claims, "body");
  if (!body_hash) return refuse_malformed("its claim body is not a text");
  if (!equals_constant_time(without_padding(*body_hash),
                            base64url_encode(sha256(body), /*padded=*/false))) {
    return refuse_signature(
        "signature for another body: verify the body as it was received, byte by byte, before "
        "anything parses it");
  }
  return {};
}

}  // namespace godwit
