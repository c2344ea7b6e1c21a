#include "dashboard/resources/signature_report.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/signature.h"

namespace godwit {
namespace {

constexpr Timestamp now = from_unix_ms(1'790'000'000'000);
const SigningKeys pair{.current = "sig_current", .next = "sig_next"};
constexpr const char* url = "https://example.com/hook";

std::string signed_with(const std::string& key) {
  return Signer(key).sign(url, "body", now, "jwt_1");
}

const SignatureCheck& check(const SignatureReport& report, std::string_view code) {
  const auto found = std::ranges::find(report.checks, code, &SignatureCheck::code);
  REQUIRE(found != report.checks.end());
  return *found;
}

}  // namespace

TEST_CASE("a right signature passes every check, with either key") {
  for (const bool next : {false, true}) {
    const std::string token = signed_with(next ? pair.next : pair.current);
    const SignatureReport report =
        check_signature({.signature = token, .body = "body", .url = url}, pair, now);
    CHECK(report.valid);
    CHECK(report.checks.size() == 8);
    for (const SignatureCheck& each : report.checks) {
      INFO(each.code);
      CHECK(each.ok == true);
    }
    CHECK(check(report, "signature").key == (next ? "next" : "current"));
    CHECK(report.header.find("\"alg\": \"HS256\"") != std::string::npos);
    CHECK(report.claims.find("\n  \"iss\": \"Upstash\"") != std::string::npos);
  }
}

TEST_CASE("each thing that is wrong is the one that is told") {
  const std::string token = signed_with(pair.current);
  SUBCASE("another body") {
    const auto report =
        check_signature({.signature = token, .body = "other", .url = url}, pair, now);
    CHECK_FALSE(report.valid);
    CHECK(check(report, "body").ok == false);
    CHECK(check(report, "body").expected != check(report, "body").found);
    CHECK(check(report, "subject").ok == true);
  }
  SUBCASE("another url") {
    const auto report = check_signature(
        {.signature = token, .body = "body", .url = "https://example.com/other"}, pair, now);
    CHECK_FALSE(report.valid);
    CHECK(check(report, "subject").ok == false);
    CHECK(check(report, "subject").found == url);
  }
  SUBCASE("no url: nothing to compare with") {
    const auto report = check_signature({.signature = token, .body = "body", .url = {}}, pair, now);
    CHECK(report.valid);
    CHECK(check(report, "subject").ok == std::nullopt);
  }
  SUBCASE("too late") {
    const auto report = check_signature({.signature = token, .body = "body", .url = url}, pair,
                                        now + Milliseconds(300'000));
    CHECK_FALSE(report.valid);
    CHECK(check(report, "expires").ok == false);
    CHECK(check(report, "expires").found == "2026-09-21T14:18:20.000Z");
  }
  SUBCASE("a key of somebody else") {
    const auto report = check_signature(
        {.signature = signed_with("sig_foreign"), .body = "body", .url = url}, pair, now);
    CHECK_FALSE(report.valid);
    CHECK(check(report, "signature").ok == false);
    CHECK(check(report, "signature").key.empty());
    CHECK(check(report, "body").ok == true);
  }
}

TEST_CASE("what is no JWT stops at its form") {
  for (const char* text : {"", "a", "a.b", "a.b.c.d", "!.!.!", "e30.e30.=", "bm8.e30.e30"}) {
    INFO(text);
    const auto report = check_signature({.signature = text, .body = "", .url = url}, pair, now);
    CHECK_FALSE(report.valid);
    CHECK(check(report, "form").ok == false);
    CHECK(check(report, "signature").ok == std::nullopt);
    CHECK(check(report, "body").ok == std::nullopt);
  }
}

TEST_CASE("an algorithm of the token's own choice is refused before any key is tried") {
  const std::string token = base64url_encode(R"({"alg":"none"})", false) + "." +
                            base64url_encode(R"({"iss":"Upstash"})", false) + ".";
  const auto report = check_signature({.signature = token, .body = "", .url = {}}, pair, now);
  CHECK_FALSE(report.valid);
  CHECK(check(report, "algorithm").ok == false);
  CHECK(check(report, "algorithm").found == "none");
  CHECK(check(report, "signature").ok == std::nullopt);
  CHECK(check(report, "issuer").ok == true);
}

}  // namespace godwit
