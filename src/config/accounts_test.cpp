#include "config/accounts.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "config/toml_file.h"
#include "core/signature.h"

namespace godwit {
namespace {

/// A directory that is gone when the test ends; it does not exist at first.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    static int counter = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("godwit-accounts-" + std::to_string(::getpid()) + "-" + std::to_string(counter++));
    std::filesystem::remove_all(path_);
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777u;
}

constexpr Timestamp noon = from_unix_ms(1'700'000'000'000);

}  // namespace

TEST_CASE("a token has QStash's shape, and only its digest is kept") {
  const TemporaryDirectory directory;
  TokenFile file(directory.path() / "data");
  const Result<CreatedToken> created =
      file.create({"team-a@example.org", "ci \"quoted\"\n", true}, noon);
  REQUIRE(created);
  const Result<std::string> decoded = base64_decode(created->token);
  REQUIRE(decoded);
  CHECK(decoded->starts_with(R"({"UserID":"team-a@example.org","Password":")"));
  CHECK(created->token.size() % 4 == 0);

  const Result<std::vector<TokenRecord>> read = file.read();
  REQUIRE(read);
  REQUIRE(read->size() == 1);
  CHECK(read->front() == created->record);
  CHECK(read->front().digest == sha256(created->token));
  const Result<std::string> content =
      read_file(directory.path() / "data/tokens.toml", 1u << 20, false);
  REQUIRE(content);
  CHECK(content->find(created->token) == std::string::npos);
  CHECK(mode_of(directory.path() / "data/tokens.toml") == 0600);
  CHECK(mode_of(directory.path() / "data") == 0700);
}

TEST_CASE("tokens are listed oldest first and revoked by id") {
  const TemporaryDirectory directory;
  TokenFile file(directory.path());
  CHECK(file.read().value().empty());
  CHECK(file.revoke("tok_x").error().code == ErrorCode::not_found);
  const Result<CreatedToken> second = file.create({.name = "second"}, noon + Milliseconds(1));
  const Result<CreatedToken> first = file.create({.name = "first"}, noon);
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->token != second->token);
  CHECK(file.read().value() == std::vector<TokenRecord>{first->record, second->record});
  CHECK(file.revoke(first->record.id).value() == first->record);
  CHECK(file.read().value() == std::vector<TokenRecord>{second->record});
  CHECK(file.revoke(first->record.id).error().code == ErrorCode::not_found);
}

TEST_CASE("tokens made at the same time are all kept") {
  const TemporaryDirectory directory;
  constexpr int each = 8;
  const auto work = [&] {
    TokenFile file(directory.path());
    for (int i = 0; i < each; ++i) REQUIRE(file.create({}, noon));
  };
  std::thread other(work);
  work();
  other.join();
  CHECK(TokenFile(directory.path()).read().value().size() == 2 * each);
}

TEST_CASE("an account's name is one that fits into a token and a file") {
  for (const char* name : {"default", "a", "Team.A_1-x@y"}) CHECK(check_account_name(name));
  for (const char* name : {"", "a b", "a\"b", "ä", "a/b"}) CHECK_FALSE(check_account_name(name));
  CHECK_FALSE(check_account_name(std::string(65, 'a')));
  const TemporaryDirectory directory;
  CHECK(TokenFile(directory.path()).create({.account = "a\"b"}, noon).error().code ==
        ErrorCode::invalid_argument);
  CHECK_FALSE(std::filesystem::exists(directory.path()));
}

TEST_CASE("two accounts with one number are refused") {
  // Found by search: 32 bits collide among some 183,000 names of this kind.
  const std::vector<std::string> colliding = {"account-165004", "account-183271"};
  REQUIRE(account_number(colliding[0]) == account_number(colliding[1]));
  CHECK(check_account_numbers(colliding).error().code == ErrorCode::conflict);
  CHECK(check_account_numbers(std::vector<std::string>{"a", "b", "a"}));

  const TemporaryDirectory directory;
  TokenFile file(directory.path());
  REQUIRE(file.create({.account = colliding[0]}, noon));
  CHECK(file.create({.account = colliding[1]}, noon).error().code == ErrorCode::conflict);
}

TEST_CASE("the number of an account is part of the disk format") {
  CHECK(account_number("default") == 0x37a8eec1U);
}

TEST_CASE("the public users' tokens are recognised with and without padding") {
  for (const PublicUser& user : public_users()) {
    CAPTURE(user.account);
    CHECK(is_public_token(user.token));
    CHECK(is_public_token(std::string(user.token) + "="));
    CHECK(is_public_token_digest(sha256(user.token)));
    CHECK(base64_decode(user.token).value().find(user.account) != std::string::npos);
  }
  CHECK_FALSE(is_public_token("eyJVc2VySUQiOiJkZWZhdWx0VXNlciIsIlBhc3N3b3JkIjoieCJ9"));
  CHECK_FALSE(is_public_token(""));
  CHECK_FALSE(is_public_token_digest(sha256("x")));
}

TEST_CASE("a damaged token file is an error with its place, never an empty list") {
  const TemporaryDirectory directory;
  REQUIRE(std::filesystem::create_directory(directory.path()));
  const auto problem = [&](const char* content) {
    std::ofstream(directory.path() / "tokens.toml") << content;
    const auto read = TokenFile(directory.path()).read();
    REQUIRE_FALSE(read);
    CHECK(read.error().code == ErrorCode::corrupt);
    return read.error().message;
  };
  CHECK(problem("[tok_1]\naccount = 'a'\n").find("[tok_1] lacks created_ms") == 0);
  CHECK(problem("[tok_1]\naccount = 'a'\ncreated_ms = 1\nsha256 = 'zz'\n")
            .find("[tok_1] lacks a sha256") == 0);
  CHECK(problem("account = 'a'\n").find("outside of any section") != std::string::npos);
  CHECK(problem("[tok_1\n").find("tokens.toml:1") != std::string::npos);
}

TEST_CASE("signing keys are kept with the digest of the environment's pair") {
  const TemporaryDirectory directory;
  REQUIRE(std::filesystem::create_directory(directory.path()));
  const SigningKeyFile file(directory.path());
  CHECK(file.read().value().empty());
  std::vector<StoredKeys> keys{make_signing_keys("a.b@c"), make_signing_keys("default")};
  keys[1].environment_digest = digest_of_keys("x", "y");
  CHECK(keys[0].current.starts_with("sig_"));
  CHECK(keys[0].current.size() == 32);
  CHECK(keys[0].current != keys[0].next);
  CHECK(digest_of_keys("x", "y") != digest_of_keys("y", "x"));
  REQUIRE(file.write(keys));
  CHECK(file.read().value() == keys);
  CHECK(mode_of(directory.path() / "signing-keys.toml") == 0600);
}

}  // namespace godwit
