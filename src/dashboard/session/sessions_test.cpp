#include "dashboard/session/sessions.h"

#include <doctest/doctest.h>

#include "core/signature.h"
#include "dashboard/session/session_secret.h"
#include "testing/fake_clock.h"
#include "testing/temporary_directory.h"

namespace godwit {
namespace {

const std::string secret(32, 's');
constexpr Milliseconds month{30LL * 86'400'000};

KnownToken token_of(std::string text, std::string id = "tok_1") {
  return {
      .id = std::move(id), .account = "default", .credential = {7, false}, .digest = sha256(text)};
}

std::string nonce(char c) { return std::string(SessionCookie::nonce_size, c); }

}  // namespace

TEST_CASE("a session says which token it stands on, and outlives the process") {
  FakeClock clock;
  std::string cookie;
  std::string csrf;
  {
    Sessions sessions(secret, month);
    sessions.set_tokens({token_of("a"), token_of("b", "tok_2")});
    cookie = sessions.begin(sessions.tokens()[1], clock.now(), nonce('n'));
    const auto session = sessions.find(cookie, clock.now());
    REQUIRE(session);
    CHECK(session->token->id == "tok_2");
    CHECK(session->expires == clock.now() + month);
    csrf = session->csrf_token;
    CHECK(csrf.size() == 43);
  }
  Sessions again(secret, month);
  again.set_tokens({token_of("b", "tok_2")});
  const auto session = again.find(cookie, clock.now() + month - Milliseconds(1));
  REQUIRE(session);
  CHECK(session->csrf_token == csrf);
  CHECK_FALSE(again.find(cookie, clock.now() + month));
}

TEST_CASE("a session ends with its token, and with the installation's secret") {
  FakeClock clock;
  Sessions sessions(secret, month);
  sessions.set_tokens({token_of("a"), token_of("b", "tok_2")});
  const std::string cookie = sessions.begin(sessions.tokens()[0], clock.now(), nonce('n'));
  sessions.set_tokens({token_of("b", "tok_2")});
  CHECK_FALSE(sessions.find(cookie, clock.now()));
  sessions.set_tokens({token_of("a")});
  CHECK(sessions.find(cookie, clock.now()));

  Sessions other(std::string(32, 'o'), month);
  other.set_tokens({token_of("a")});
  CHECK_FALSE(other.find(cookie, clock.now()));
}

TEST_CASE("no byte of a cookie may be another") {
  FakeClock clock;
  Sessions sessions(secret, month);
  sessions.set_tokens({token_of("a")});
  const std::string cookie = sessions.begin(sessions.tokens()[0], clock.now(), nonce('n'));
  REQUIRE(sessions.find(cookie, clock.now()));
  for (std::size_t i = 0; i < cookie.size(); ++i) {
    INFO(i);
    std::string changed = cookie;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CHECK_FALSE(sessions.find(changed, clock.now()));
    CHECK_FALSE(sessions.find(cookie.substr(0, i), clock.now()));
  }
  CHECK_FALSE(sessions.find(cookie + "A", clock.now()));
  CHECK_FALSE(sessions.find("", clock.now()));
}

TEST_CASE("two logins have two sessions, with two tokens for their pages") {
  FakeClock clock;
  Sessions sessions(secret, month);
  sessions.set_tokens({token_of("a")});
  const std::string one = sessions.begin(sessions.tokens()[0], clock.now(), nonce('1'));
  const std::string two = sessions.begin(sessions.tokens()[0], clock.now(), nonce('2'));
  CHECK(one != two);
  CHECK(sessions.find(one, clock.now())->csrf_token != sessions.find(two, clock.now())->csrf_token);
}

TEST_CASE("a token is found by itself alone") {
  Sessions sessions(secret, month);
  sessions.set_tokens({token_of("a")});
  REQUIRE(sessions.find_token("a") != nullptr);
  CHECK(sessions.find_token("a")->id == "tok_1");
  CHECK(sessions.find_token("b") == nullptr);
  CHECK(sessions.find_token("") == nullptr);
}

TEST_CASE("the cookie is found among others") {
  const auto value = [](std::string text) {
    return std::string(cookie_value({{"cookie", std::move(text)}}, "godwit_session"));
  };
  CHECK(value("godwit_session=x") == "x");
  CHECK(value("a=b; godwit_session=x.y; c=d") == "x.y");
  CHECK(value("a=b;godwit_session=") == "");
  CHECK(value("xgodwit_session=x; godwit_sessions=y") == "");
  CHECK(value(";;;=;godwit_session") == "");
  CHECK(cookie_value({}, "godwit_session").empty());
}

TEST_CASE("the secret is made once, for its owner alone") {
  const TemporaryDirectory directory;
  const Result<std::string> made = load_session_secret(directory.path());
  REQUIRE(made);
  CHECK(made->size() == 32);
  CHECK(load_session_secret(directory.path()).value() == *made);
  const auto file = directory.path() / "dashboard-secret";
  const auto mode = std::filesystem::status(file).permissions();
  CHECK((mode & std::filesystem::perms(0077)) == std::filesystem::perms::none);

  std::filesystem::resize_file(file, 10);
  const Result<std::string> cut = load_session_secret(directory.path());
  REQUIRE_FALSE(cut);
  CHECK(cut.error().code == ErrorCode::corrupt);
}

}  // namespace godwit
