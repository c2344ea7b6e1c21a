#include "imagegen/storage/secret_vault.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "imagegen/storage/test_rows.h"
#include "testing/temporary_directory.h"

namespace godwit::imagegen {
namespace {

constexpr const char* openai_key = "sk-proj-very-secret-0123456789";

struct Fixture {
  TemporaryDirectory directory;
  std::unique_ptr<Storage> storage = must(Storage::open(path()));
  SecretVault vault = must(SecretVault::open(path(), *storage));

  std::string path() const { return directory.path().string(); }
  std::string key_path() const { return path() + "/secret.key"; }
  Result<SecretVault> open_again() { return SecretVault::open(path(), *storage); }
};

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST_CASE("secrets are kept under the key of the directory") {
  Fixture fixture;
  CHECK(must(fixture.vault.secrets()).openai_api_key.empty());
  must(fixture.vault.set(Secret::openai_api_key, openai_key));
  must(fixture.vault.set(Secret::qstash_token, "token"));
  must(fixture.vault.set(Secret::gemini_api_key, "gemini"));
  must(fixture.vault.set(Secret::gemini_api_key, std::nullopt));
  must(fixture.vault.seal_value("signing_keys", std::string_view("{\0}", 3)));
  must(fixture.vault.seal_value("empty", ""));

  SecretVault again = must(fixture.open_again());
  const Secrets secrets = must(again.secrets());
  CHECK(secrets.openai_api_key == openai_key);
  CHECK(secrets.qstash_token == "token");
  CHECK(secrets.gemini_api_key.empty());
  CHECK(must(again.open_value("signing_keys")) == std::string("{\0}", 3));
  CHECK(must(again.open_value("empty")) == "");
  CHECK_FALSE(must(again.open_value("none")));

  struct stat about{};
  REQUIRE(::stat(fixture.key_path().c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
  CHECK(about.st_size == 32);
}

TEST_CASE("no byte of a secret is on the disk") {
  Fixture fixture;
  must(fixture.vault.set(Secret::openai_api_key, openai_key));
  must(fixture.vault.set(Secret::openai_api_key, std::string(openai_key) + "-2"));
  must(fixture.storage->set_value("control", "found-in-clear"));
  bool control_found = false;
  const auto search = [&] {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(fixture.path())) {
      if (!entry.is_regular_file()) continue;
      const std::string content = content_of(entry.path());
      CHECK(content.find("very-secret") == std::string::npos);
      control_found = control_found || content.find("found-in-clear") != std::string::npos;
    }
  };
  search();
  CHECK(control_found);     // The search would have found it.
  fixture.storage.reset();  // The log is written back.
  search();
}

TEST_CASE("the same secret looks different each time") {
  Fixture fixture;
  must(fixture.vault.set(Secret::openai_api_key, openai_key));
  const std::string first = must(fixture.storage->value("sealed.openai_api_key")).value();
  must(fixture.vault.set(Secret::openai_api_key, openai_key));
  CHECK(must(fixture.storage->value("sealed.openai_api_key")).value() != first);
}

TEST_CASE("a sealed value that was changed in any byte is not opened") {
  Fixture fixture;
  must(fixture.vault.set(Secret::openai_api_key, openai_key));
  const std::string sealed = must(fixture.storage->value("sealed.openai_api_key")).value();
  CHECK(sealed.size() == 1 + 12 + std::string(openai_key).size() + 16);
  const auto refused = [&](const std::string& changed) {
    must(fixture.storage->set_value("sealed.openai_api_key", changed));
    const Result<Secrets> secrets = fixture.vault.secrets();
    return !secrets && secrets.error().code == ErrorCode::corrupt &&
           secrets.error().message.find("openai_api_key") != std::string::npos &&
           secrets.error().message.find("set it again") != std::string::npos &&
           secrets.error().message.find("secret-0123") == std::string::npos;
  };
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CHECK(refused(changed));
    CHECK(refused(sealed.substr(0, i)));
  }
  CHECK(refused(sealed + "x"));
  must(fixture.storage->set_value("sealed.openai_api_key", sealed));
  CHECK(must(fixture.vault.secrets()).openai_api_key == openai_key);
  // The remedy works.
  CHECK(refused("x"));
  must(fixture.vault.set(Secret::openai_api_key, "new"));
  CHECK(must(fixture.vault.secrets()).openai_api_key == "new");
}

TEST_CASE("a sealed value is worth nothing under another name") {
  Fixture fixture;
  must(fixture.vault.set(Secret::openai_api_key, openai_key));
  must(fixture.storage->set_value("sealed.qstash_token",
                                  *must(fixture.storage->value("sealed.openai_api_key"))));
  CHECK(fixture.vault.open_value("qstash_token").error().code == ErrorCode::corrupt);
  CHECK(must(fixture.vault.open_value("openai_api_key")) == openai_key);
}

TEST_CASE("with another key, or none, secrets are told to be set again") {
  Fixture fixture;
  must(fixture.vault.set(Secret::openai_api_key, openai_key));
  REQUIRE(std::filesystem::remove(fixture.key_path()));
  SecretVault other = must(fixture.open_again());
  CHECK(other.secrets().error().code == ErrorCode::corrupt);
  must(other.set(Secret::openai_api_key, "new"));
  CHECK(must(other.secrets()).openai_api_key == "new");
  CHECK(fixture.vault.secrets().error().code == ErrorCode::corrupt);
}

TEST_CASE("a key file that others may read, or is none, is refused") {
  Fixture fixture;
  must(fixture.vault.set(Secret::openai_api_key, openai_key));
  REQUIRE(::chmod(fixture.key_path().c_str(), 0640) == 0);
  Result<SecretVault> vault = fixture.open_again();
  REQUIRE_FALSE(vault);
  CHECK(vault.error().code == ErrorCode::invalid_argument);
  CHECK(vault.error().message ==
        "others may read the key file " + fixture.key_path() + ": run chmod 600 on it");

  for (const std::string& content : {std::string(), std::string(31, 'k'), std::string(33, 'k')}) {
    std::ofstream(fixture.key_path(), std::ios::trunc) << content;
    REQUIRE(::chmod(fixture.key_path().c_str(), 0600) == 0);
    vault = fixture.open_again();
    REQUIRE_FALSE(vault);
    CHECK(vault.error().code == ErrorCode::invalid_argument);
    CHECK(vault.error().message.find(fixture.key_path()) != std::string::npos);
    CHECK(content_of(fixture.key_path()) == content);  // It was not replaced.
  }
}

TEST_CASE("a key that a crash left half made does not count") {
  Fixture fixture;
  REQUIRE(std::filesystem::remove(fixture.key_path()));
  std::ofstream(fixture.key_path() + ".new") << "half";
  must(fixture.open_again());
  CHECK(content_of(fixture.key_path()).size() == 32);
  CHECK_FALSE(std::filesystem::exists(fixture.key_path() + ".new"));
}

TEST_CASE("a text that is too long for a secret is refused") {
  Fixture fixture;
  CHECK(fixture.vault.set(Secret::openai_api_key, std::string(65'537, 'x')).error().code ==
        ErrorCode::invalid_argument);
  must(fixture.vault.set(Secret::openai_api_key, std::string(65'536, 'x')));
}

}  // namespace
}  // namespace godwit::imagegen
