#include "program/credentials.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>

namespace godwit {
namespace {

/// A configuration with a data directory that is gone when the test ends.
struct Installation {
  explicit Installation(Mode mode = Mode::server) {
    static int counter = 0;
    configuration.mode = mode;
    configuration.settings.data_dir =
        (std::filesystem::temp_directory_path() /
         ("godwit-credentials-" + std::to_string(::getpid()) + "-" + std::to_string(counter++)))
            .string();
    std::filesystem::create_directory(configuration.settings.data_dir);
  }
  ~Installation() { std::filesystem::remove_all(configuration.settings.data_dir); }
  Installation(const Installation&) = delete;
  Installation& operator=(const Installation&) = delete;

  /// One start of a process: what `account` signs with, as the store would see it.
  SigningKeyring::Assignment start(const std::string& account) {
    SigningKeyring keyring(configuration);
    REQUIRE(keyring.load());
    const auto assignments = keyring.assign({account}, [&](AccountId id) {
      const auto found = rotated.find(id);
      return Result<std::optional<SigningKeys>>(
          found == rotated.end() ? std::nullopt : std::optional<SigningKeys>(found->second));
    });
    REQUIRE(assignments);
    const auto found = std::ranges::find(*assignments, account_number(account),
                                         &SigningKeyring::Assignment::account);
    REQUIRE(found != assignments->end());
    if (found->replaces_rotated && !crashes) {
      rotated[found->account] = found->keys;
      REQUIRE(keyring.confirm());
    }
    return *found;
  }

  Configuration configuration;
  std::map<AccountId, SigningKeys> rotated;
  bool crashes = false;
};

bool same(const SigningKeys& a, const SigningKeys& b) {
  return a.current == b.current && a.next == b.next;
}

void set_environment(Installation& installation, const SigningKeys& keys) {
  installation.configuration.settings.current_signing_key = keys.current;
  installation.configuration.settings.next_signing_key = keys.next;
}

}  // namespace

TEST_CASE("a server without a token refuses to start and says what to do") {
  Installation installation;
  const auto refused = load_credentials(installation.configuration);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::invalid_argument);
  CHECK(refused.error().message.find("godwit token create --data-dir " +
                                     installation.configuration.settings.data_dir) !=
        std::string::npos);
}

TEST_CASE("a server accepts its own tokens, and no public one") {
  Installation installation;
  TokenFile file(installation.configuration.settings.data_dir);
  const auto team = file.create({"team", "", true}, SystemClock().now());
  REQUIRE(team);
  installation.configuration.settings.token = "from-environment";
  const auto credentials = load_credentials(installation.configuration);
  REQUIRE(credentials);
  const auto by_file = credentials->tokens.find(team->token);
  REQUIRE(by_file);
  CHECK(by_file->account == account_number("team"));
  CHECK(by_file->read_only);
  const auto by_environment = credentials->tokens.find("from-environment");
  REQUIRE(by_environment);
  CHECK(by_environment->account == account_number("default"));
  CHECK_FALSE(by_environment->read_only);
  for (const PublicUser& user : public_users()) CHECK_FALSE(credentials->tokens.find(user.token));

  installation.configuration.settings.token = public_users()[1].token;
  CHECK(
      load_credentials(installation.configuration).error().message.starts_with("GODWIT_TOKEN is"));
}

TEST_CASE("the developer's broker accepts the four public users as accounts of their own") {
  const Installation installation(Mode::dev);
  const auto credentials = load_credentials(installation.configuration);
  REQUIRE(credentials);
  CHECK(credentials->accounts.size() == 4);
  for (const PublicUser& user : public_users()) {
    const auto found = credentials->tokens.find(user.token);
    REQUIRE(found);
    CHECK(found->account == account_number(user.account));
  }
}

TEST_CASE("keys are made once and found again at the next start") {
  Installation installation;
  const SigningKeys first = installation.start("default").keys;
  CHECK(first.current.starts_with("sig_"));
  CHECK(same(installation.start("default").keys, first));
  CHECK_FALSE(same(installation.start("team").keys, first));
}

TEST_CASE("a rotation outlives restarts with an unchanged environment") {
  Installation installation;
  set_environment(installation, {"sig_a", "sig_b"});
  CHECK(same(installation.start("default").keys, {"sig_a", "sig_b"}));
  installation.rotated[account_number("default")] = {"sig_b", "sig_c"};
  CHECK(same(installation.start("default").keys, {"sig_b", "sig_c"}));
  CHECK(same(installation.start("default").keys, {"sig_b", "sig_c"}));
}

TEST_CASE("a changed pair of the environment replaces a rotated one, once") {
  Installation installation;
  set_environment(installation, {"sig_a", "sig_b"});
  CHECK_FALSE(installation.start("default").replaces_rotated);
  installation.rotated[account_number("default")] = {"sig_b", "sig_c"};

  set_environment(installation, {"sig_x", "sig_y"});
  installation.crashes =
      true;  // Between the store's commit and ours: applied again at the next start.
  CHECK(installation.start("default").replaces_rotated);
  installation.crashes = false;
  const auto applied = installation.start("default");
  CHECK(applied.replaces_rotated);
  CHECK(same(applied.keys, {"sig_x", "sig_y"}));

  const auto again = installation.start("default");
  CHECK_FALSE(again.replaces_rotated);
  CHECK(same(again.keys, {"sig_x", "sig_y"}));
  installation.rotated[account_number("default")] = {"sig_y", "sig_z"};
  CHECK(same(installation.start("default").keys, {"sig_y", "sig_z"}));
}

TEST_CASE("taking the environment's pair away changes no key") {
  Installation installation;
  set_environment(installation, {"sig_a", "sig_b"});
  installation.start("default");
  set_environment(installation, {});
  CHECK(same(installation.start("default").keys, {"sig_a", "sig_b"}));
}

TEST_CASE("the environment's pair is the default account's only") {
  Installation installation;
  set_environment(installation, {"sig_a", "sig_b"});
  CHECK_FALSE(same(installation.start("team").keys, {"sig_a", "sig_b"}));
}

TEST_CASE(
    "the public users sign with their published keys, unless a server has an account of that "
    "name") {
  Installation dev(Mode::dev);
  const PublicUser& user = public_users()[2];
  const std::string name(user.account);
  CHECK(dev.start(name).keys.current == user.current_signing_key);
  dev.rotated[account_number(name)] = {"sig_r", "sig_s"};
  CHECK(dev.start(name).keys.current == "sig_r");
  Installation server;
  CHECK(server.start(name).keys.current != user.current_signing_key);
}

TEST_CASE("an ephemeral broker writes no keys") {
  Installation installation;
  installation.configuration.settings.ephemeral = true;
  const SigningKeys first = installation.start("default").keys;
  CHECK_FALSE(same(installation.start("default").keys, first));
  CHECK(std::filesystem::is_empty(installation.configuration.settings.data_dir));
}

}  // namespace godwit
