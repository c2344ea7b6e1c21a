#include "dashboard/resources/signature_report.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "core/ascii.h"
#include "core/json_out.h"
#include "core/signature.h"
#include "dashboard/routing/answer.h"

namespace godwit {
namespace {

enum Check : std::uint8_t {
  form,
  algorithm,
  signature,
  issuer,
  subject,
  not_before,
  expires,
  body_hash,
  check_count
};
constexpr std::array<std::string_view, check_count> codes{
    "form", "algorithm", "signature", "issuer", "subject", "not_before", "expires", "body"};

constexpr std::size_t shown_text_max = 1'000;

std::optional<std::string> decode_part(std::string_view part) {
  std::string text(part);
  for (char& c : text) {
    if (c == '+' || c == '/' || c == '=') return std::nullopt;
    c = c == '-' ? '+' : c == '_' ? '/' : c;
  }
  Result<std::string> bytes = base64_decode(text);
  if (!bytes) return std::nullopt;
  return std::move(*bytes);
}

/// A JWT's header and claims are flat objects: one member a line.
std::string pretty(const simdjson::dom::object& object) {
  std::string out = "{";
  bool first = true;
  for (const auto field : object) {
    out += first ? "\n  " : ",\n  ";
    first = false;
    append_json_string(out, field.key);
    out += ": ";
    out += simdjson::minify(field.value);
  }
  out += first ? "}" : "\n}";
  return out;
}

std::optional<std::string_view> text_of(const simdjson::dom::object& object, const char* name) {
  std::string_view text;
  if (object[name].get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
  return text;
}

std::string shown(std::optional<std::string_view> text) {
  return std::string(text.value_or(std::string_view()).substr(0, shown_text_max));
}

std::optional<double> seconds_of(const simdjson::dom::object& object, const char* name) {
  double seconds = 0;
  if (object[name].get_double().get(seconds) != simdjson::SUCCESS) return std::nullopt;
  return std::floor(seconds);
}

std::string shown_time(std::optional<double> seconds) {
  // Beyond the year 9999, or before 1970, the number says more than a date.
  constexpr double date_max = 253'402'300'799;
  if (!seconds) return {};
  if (*seconds < 0 || *seconds > date_max) return fmt::format("{}", *seconds);
  return iso_time(from_unix_ms(static_cast<std::int64_t>(*seconds) * 1000));
}

std::string_view without_padding(std::string_view text) {
  const std::size_t last = text.find_last_not_of('=');
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

void check_claims(SignatureReport& report, const simdjson::dom::object& claims,
                  const SignatureQuestion& question, Timestamp now) {
  const auto set = [&](Check which, bool ok, std::string expected, std::string found) {
    report.checks[which].ok = ok;
    report.checks[which].expected = std::move(expected);
    report.checks[which].found = std::move(found);
  };
  const std::optional<std::string_view> iss = text_of(claims, "iss");
  set(issuer, iss == "Upstash", "Upstash", shown(iss));

  const std::optional<std::string_view> sub = text_of(claims, "sub");
  if (question.url.empty() && sub) {
    report.checks[subject].found = shown(sub);
  } else {
    set(subject, sub && *sub == question.url, std::string(question.url.substr(0, shown_text_max)),
        shown(sub));
  }

  const double now_s = std::floor(static_cast<double>(to_unix_ms(now)) / 1000);
  const std::optional<double> nbf = seconds_of(claims, "nbf");
  set(not_before, nbf && *nbf <= now_s, iso_time(now), shown_time(nbf));
  const std::optional<double> exp = seconds_of(claims, "exp");
  set(expires, exp && *exp > now_s, iso_time(now), shown_time(exp));

  const std::string hash = base64url_encode(sha256(question.body), /*padded=*/false);
  const std::optional<std::string_view> body = text_of(claims, "body");
  set(body_hash, body && without_padding(*body) == hash, hash,
      body ? std::string(without_padding(shown(body))) : std::string());
}

}  // namespace

SignatureReport check_signature(const SignatureQuestion& question, const SigningKeys& keys,
                                Timestamp now) {
  SignatureReport report;
  for (const std::string_view code : codes) report.checks.push_back({.code = code});
  const std::string_view token = ascii::trim(question.signature);
  for (const std::string& key : {keys.current, keys.next}) {
    if (verify_signature(token, key, question.url, question.body, now, Milliseconds(0))) {
      report.valid = true;
    }
  }

  SignatureCheck& of_form = report.checks[form];
  of_form.expected = "header.claims.signature";
  const auto parts = std::ranges::count(token, '.') + 1;
  if (token.empty() || token.size() > signature_length_max || parts != 3) {
    of_form.ok = false;
    of_form.found = token.empty() ? "" : fmt::format("{} parts, {} bytes", parts, token.size());
    return report;
  }
  const std::size_t first = token.find('.');
  const std::size_t second = token.find('.', first + 1);
  const std::optional<std::string> header_json = decode_part(token.substr(0, first));
  const std::optional<std::string> claims_json =
      decode_part(token.substr(first + 1, second - first - 1));
  const std::optional<std::string> signed_with = decode_part(token.substr(second + 1));
  simdjson::dom::parser header_parser;
  simdjson::dom::parser claims_parser;
  simdjson::dom::object header;
  simdjson::dom::object claims;
  const bool has_header =
      header_json &&
      header_parser.parse(*header_json).get_object().get(header) == simdjson::SUCCESS;
  const bool has_claims =
      claims_json &&
      claims_parser.parse(*claims_json).get_object().get(claims) == simdjson::SUCCESS;
  if (has_header) report.header = pretty(header);
  if (has_claims) report.claims = pretty(claims);
  of_form.ok = has_header && has_claims && signed_with.has_value();
  if (!*of_form.ok) {
    of_form.found = !has_header ? "header" : !has_claims ? "claims" : "signature";
    return report;
  }

  SignatureCheck& of_algorithm = report.checks[algorithm];
  const std::optional<std::string_view> named = text_of(header, "alg");
  simdjson::dom::element critical;
  of_algorithm.ok = named == "HS256" && header["crit"].get(critical) == simdjson::NO_SUCH_FIELD;
  of_algorithm.expected = "HS256";
  of_algorithm.found = shown(named);

  SignatureCheck& of_key = report.checks[signature];
  if (*of_algorithm.ok) {
    of_key.ok = false;
    const auto made_with = [&](const std::string& key) {
      return !key.empty() &&
             equals_constant_time(*signed_with, hmac_sha256(key, token.substr(0, second)));
    };
    if (made_with(keys.current)) {
      of_key.key = "current";
    } else if (made_with(keys.next)) {
      of_key.key = "next";
    }
    of_key.ok = !of_key.key.empty();
  }
  // What the claims say helps to find the mistake, whoever signed them.
  check_claims(report, claims, question, now);
  return report;
}

}  // namespace godwit
