#include "api/tokens.h"

#include <doctest/doctest.h>

#include <string>

#include "api/authentication.h"
#include "core/signature.h"

namespace godwit {

TEST_CASE("a token is found by its whole text only, also when only its digest was given") {
  TokenTable tokens;
  CHECK(tokens.empty());
  tokens.add("alpha", {.account = 1});
  tokens.add_digest(sha256("beta"), {.account = 2, .read_only = true});
  CHECK_FALSE(tokens.empty());
  REQUIRE(tokens.find("alpha"));
  CHECK(tokens.find("alpha")->account == 1);
  CHECK_FALSE(tokens.find("alpha")->read_only);
  REQUIRE(tokens.find("beta"));
  CHECK(tokens.find("beta")->read_only);
  for (const char* wrong : {"", "alph", "alphaa", "Alpha", "gamma"})
    CHECK_FALSE(tokens.find(wrong));
}

TEST_CASE(
    "the header is the credential before the query, which may stand in for a foreign header") {
  TokenTable tokens;
  tokens.add("alpha", {.account = 1});
  tokens.add("beta", {.account = 2});
  Authenticator authenticator(tokens);

  struct Row {
    const char* authorization;  // nullptr: no such header
    const char* query;
    AccountId account;  // 0: refused
    bool by_header;
  };
  for (const Row& row : {Row{"Bearer alpha", "", 1, true},         //
                         Row{"bearer  alpha", "", 1, true},        //
                         Row{"Bearer alpha", "beta", 1, true},     //
                         Row{nullptr, "beta", 2, false},           //
                         Row{"Basic dXNlcg==", "beta", 2, false},  //
                         Row{"Bearer theirs", "beta", 2, false},   //
                         Row{"Bearer theirs", "", 0, false},       //
                         Row{"alpha", "", 0, false},               //
                         Row{"Bearer ", "", 0, false},             //
                         Row{"Bearer", "", 0, false},              //
                         Row{nullptr, "", 0, false},               //
                         Row{"Bearer alpha", "", 1, true}}) {
    CAPTURE(row.authorization);
    CAPTURE(row.query);
    Headers headers;
    if (row.authorization != nullptr) headers.push_back({"authorization", row.authorization});
    const auto found = authenticator.authenticate(headers, row.query);
    CHECK(found.has_value() == (row.account != 0));
    if (!found) continue;
    CHECK(found->credential.account == row.account);
    CHECK(found->by_header == row.by_header);
  }
}

TEST_CASE("more tokens than are remembered are still told apart") {
  TokenTable tokens;
  for (AccountId account = 1; account <= 40; ++account) {
    tokens.add("token-" + std::to_string(account), {.account = account});
  }
  Authenticator authenticator(tokens);
  for (int round = 0; round < 3; ++round) {
    for (AccountId account = 1; account <= 40; ++account) {
      const auto found = authenticator.authenticate({}, "token-" + std::to_string(account));
      REQUIRE(found);
      CHECK(found->credential.account == account);
    }
    CHECK_FALSE(authenticator.authenticate({}, "token-41"));
  }
}

}  // namespace godwit
