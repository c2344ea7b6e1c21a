#include "config/accounts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>
#include <unordered_map>

#include "config/durable_file.h"
#include "config/toml_file.h"
#include "core/signature.h"

namespace godwit {
namespace {

constexpr std::string_view tokens_name = "tokens.toml";
constexpr std::string_view keys_name = "signing-keys.toml";
constexpr std::size_t tokens_max = 10'000;

constexpr std::array users{
    PublicUser{"defaultUser",
               "eyJVc2VySUQiOiJkZWZhdWx0VXNlciIsIlBhc3N3b3JkIjoiZGVmYXVsdFBhc3N3b3JkIn0=",
               "sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r", "sig_5ZB6DVzB1wjE8S6rZ7eenA8Pdnhs"},
    PublicUser{"testUser1", "eyJVc2VySUQiOiJ0ZXN0VXNlcjEiLCJQYXNzd29yZCI6InRlc3RQYXNzd29yZCJ9",
               "sig_7GVPjvuwsfqF65iC8fSrs1dfYruM", "sig_5NoELc3EFnZn4DVS5bDs2Nk4b7Ua"},
    PublicUser{"testUser2", "eyJVc2VySUQiOiJ0ZXN0VXNlcjIiLCJQYXNzd29yZCI6InRlc3RQYXNzd29yZCJ9",
               "sig_6jWGaWRxHsw4vMSPJprXadyvrybF", "sig_7qHbvhmahe5GwfePDiS5Lg3pi6Qx"},
    PublicUser{"testUser3", "eyJVc2VySUQiOiJ0ZXN0VXNlcjMiLCJQYXNzd29yZCI6InRlc3RQYXNzd29yZCJ9",
               "sig_5T8FcSsynBjn9mMLBsXhpacRovJf", "sig_7GFR4YaDshFcqsxWRZpRB161jguD"},
};

std::string_view without_padding(std::string_view token) {
  return token.substr(0, token.find_last_not_of('=') + 1);
}

std::optional<std::string> hex_decode(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    unsigned value = 0;
    const char* end = text.data() + i + 2;
    if (std::from_chars(text.data() + i, end, value, 16).ptr != end) return std::nullopt;
    bytes += static_cast<char>(value);
  }
  return bytes;
}

/// The sections of one of our files: `[id]` and its keys, in the order of their names.
struct Section {
  std::string id;
  std::string where;
  std::unordered_map<std::string, std::string> values;

  std::string take(const std::string& key) {
    auto node = values.extract(key);
    return node.empty() ? std::string() : std::move(node.mapped());
  }
};

Result<std::vector<Section>> read_sections(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error) return std::vector<Section>{};
  const Result<std::vector<TomlEntry>> entries = read_toml_file(path);
  if (!entries) {
    const bool unreadable = entries.error().code == ErrorCode::not_found;
    return fail(unreadable ? ErrorCode::unavailable : ErrorCode::corrupt, entries.error().message);
  }
  std::vector<Section> sections;
  for (const TomlEntry& entry : *entries) {
    // Our section names are quoted and hold dots; keys do not.
    const auto dot = entry.name.rfind('.');
    if (dot == std::string::npos) {
      return fail(ErrorCode::corrupt, fmt::format("\"{}\" stands outside of any section (from {})",
                                                  entry.name, entry.where));
    }
    const std::string id = entry.name.substr(0, dot);
    if (sections.empty() || sections.back().id != id) sections.push_back({id, entry.where, {}});
    sections.back().values.emplace(entry.name.substr(dot + 1), entry.value);
  }
  return sections;
}

std::unexpected<Error> corrupt(const Section& section, std::string_view why) {
  return fail(ErrorCode::corrupt, fmt::format("[{}] {} (from {})", section.id, why, section.where));
}

Result<void> check_rest(const Section& section) {
  if (section.values.empty()) return {};
  return corrupt(section, fmt::format("has an unknown key \"{}\"", section.values.begin()->first));
}

Result<TokenRecord> token_record(Section section) {
  TokenRecord record;
  record.id = section.id;
  record.account = section.take("account");
  if (const Result<void> name = check_account_name(record.account); !name) {
    return corrupt(section, name.error().message);
  }
  record.name = section.take("name");
  record.read_only = section.take("read_only") == "true";
  const std::string created = section.take("created_ms");
  std::int64_t ms = 0;
  if (std::from_chars(created.data(), created.data() + created.size(), ms).ec != std::errc()) {
    return corrupt(section, "lacks created_ms");
  }
  record.created = from_unix_ms(ms);
  const std::optional<std::string> digest = hex_decode(section.take("sha256"));
  if (!digest || digest->size() != 32) return corrupt(section, "lacks a sha256 of 64 hex digits");
  record.digest = *digest;
  if (const Result<void> rest = check_rest(section); !rest) return std::unexpected(rest.error());
  return record;
}

}  // namespace

AccountId account_number(std::string_view name) {
  const std::string digest = sha256(name);
  AccountId number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(digest[i]);
  return number;
}

Result<void> check_account_name(std::string_view name) {
  constexpr std::string_view others = "._-@";
  const bool fits = !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
  });
  if (fits) return {};
  return fail(
      ErrorCode::invalid_argument,
      fmt::format("\"{}\" is not an account name; use 1 to 64 of letters, digits and . _ - @",
                  name.substr(0, 80)));
}

Result<void> check_account_numbers(std::span<const std::string> names) {
  std::unordered_map<AccountId, std::string_view> by_number;
  for (const std::string& name : names) {
    const auto [found, is_new] = by_number.emplace(account_number(name), name);
    if (!is_new && found->second != name) {
      return fail(ErrorCode::conflict,
                  fmt::format("the accounts \"{}\" and \"{}\" would share one number in the store; "
                              "name one of them differently",
                              found->second, name));
    }
  }
  return {};
}

std::span<const PublicUser> public_users() { return users; }

bool is_public_token(std::string_view token) {
  return std::ranges::any_of(users, [&](const PublicUser& user) {
    return without_padding(user.token) == without_padding(token);
  });
}

bool is_public_token_digest(std::string_view digest) {
  return std::ranges::any_of(users, [&](const PublicUser& user) {
    const std::string bare(without_padding(user.token));
    return sha256(user.token) == digest || sha256(bare) == digest || sha256(bare + "=") == digest ||
           sha256(bare + "==") == digest;
  });
}

TokenFile::TokenFile(std::filesystem::path data_directory)
    : directory_(std::move(data_directory)), path_(directory_ / tokens_name) {}

Result<std::vector<TokenRecord>> TokenFile::read() const {
  Result<std::vector<Section>> sections = read_sections(path_);
  if (!sections) return std::unexpected(sections.error());
  std::vector<TokenRecord> records;
  for (Section& section : *sections) {
    Result<TokenRecord> record = token_record(std::move(section));
    if (!record) return std::unexpected(record.error());
    records.push_back(std::move(*record));
  }
  std::ranges::sort(records, [](const TokenRecord& a, const TokenRecord& b) {
    return std::tie(a.created, a.id) < std::tie(b.created, b.id);
  });
  return records;
}

Result<void> TokenFile::write(std::span<const TokenRecord> records) const {
  std::string content =
      "# Made by `godwit token`. Tokens are known by their SHA-256 only.\n"
      "# A running server reads this file again on SIGHUP.\n";
  for (const TokenRecord& record : records) {
    content += fmt::format(
        "\n[{}]\naccount = {}\nname = {}\nread_only = {}\ncreated_ms = {}\nsha256 = \"{}\"\n",
        record.id, toml_quoted(record.account), toml_quoted(record.name), record.read_only,
        to_unix_ms(record.created), hex_encode(record.digest));
  }
  return replace_file(directory_, tokens_name, content);
}

Result<CreatedToken> TokenFile::create(const TokenRequest& request, Timestamp now) {
  if (Result<void> name = check_account_name(request.account); !name) {
    return std::unexpected(name.error());
  }
  if (request.name.size() > 200) {
    return fail(ErrorCode::invalid_argument, "the token's name is longer than 200 bytes");
  }
  if (Result<void> made = make_directory(directory_); !made) return std::unexpected(made.error());
  const Result<DirectoryLock> lock = DirectoryLock::acquire(directory_);
  if (!lock) return std::unexpected(lock.error());
  Result<std::vector<TokenRecord>> records = read();
  if (!records) return std::unexpected(records.error());
  if (records->size() >= tokens_max) {
    return fail(ErrorCode::conflict,
                fmt::format("there are {} tokens; revoke some", records->size()));
  }
  std::vector<std::string> names{std::string(default_account), request.account};
  for (const TokenRecord& record : *records) names.push_back(record.account);
  if (Result<void> numbers = check_account_numbers(names); !numbers) {
    return std::unexpected(numbers.error());
  }

  CreatedToken created;
  // 24 random bytes fill 32 characters of base64 without padding.
  created.token = base64_encode(fmt::format(R"({{"UserID":"{}","Password":"{}"}})", request.account,
                                            base64url_encode(random_bytes(24), false)));
  created.record = {make_identifier("tok_", random_bytes(20)),
                    request.account,
                    request.name,
                    request.read_only,
                    now,
                    sha256(created.token)};
  records->push_back(created.record);
  if (Result<void> written = write(*records); !written) return std::unexpected(written.error());
  return created;
}

Result<TokenRecord> TokenFile::revoke(std::string_view id) {
  std::error_code ignored;
  const auto missing = [&] {
    return fail(
        ErrorCode::not_found,
        fmt::format("{} has no token \"{}\"; `godwit token list` shows all", path_.string(), id));
  };
  if (!std::filesystem::exists(directory_, ignored)) return missing();
  const Result<DirectoryLock> lock = DirectoryLock::acquire(directory_);
  if (!lock) return std::unexpected(lock.error());
  Result<std::vector<TokenRecord>> records = read();
  if (!records) return std::unexpected(records.error());
  const auto found = std::ranges::find(*records, id, &TokenRecord::id);
  if (found == records->end()) return missing();
  TokenRecord revoked = std::move(*found);
  records->erase(found);
  if (Result<void> written = write(*records); !written) return std::unexpected(written.error());
  return revoked;
}

SigningKeyFile::SigningKeyFile(std::filesystem::path data_directory)
    : directory_(std::move(data_directory)), path_(directory_ / keys_name) {}

Result<std::vector<StoredKeys>> SigningKeyFile::read() const {
  Result<std::vector<Section>> sections = read_sections(path_);
  if (!sections) return std::unexpected(sections.error());
  std::vector<StoredKeys> all;
  for (Section& section : *sections) {
    StoredKeys keys{section.id, section.take("current"), section.take("next"),
                    section.take("environment_sha256")};
    if (keys.current.empty() || keys.next.empty()) return corrupt(section, "lacks current or next");
    if (Result<void> rest = check_rest(section); !rest) return std::unexpected(rest.error());
    all.push_back(std::move(keys));
  }
  return all;
}

Result<void> SigningKeyFile::write(std::span<const StoredKeys> keys) const {
  std::string content =
      "# The keys that deliveries are signed with, until they are rotated over the API.\n"
      "# Written by godwit; stop it before you change this file.\n";
  for (const StoredKeys& pair : keys) {
    content += fmt::format("\n[{}]\ncurrent = {}\nnext = {}\n", toml_quoted(pair.account),
                           toml_quoted(pair.current), toml_quoted(pair.next));
    if (!pair.environment_digest.empty()) {
      content += fmt::format("environment_sha256 = \"{}\"\n", pair.environment_digest);
    }
  }
  return replace_file(directory_, keys_name, content);
}

StoredKeys make_signing_keys(std::string_view account) {
  return {std::string(account),
          make_identifier("sig_", random_bytes(20)),
          make_identifier("sig_", random_bytes(20)),
          {}};
}

std::string digest_of_keys(std::string_view current, std::string_view next) {
  return hex_encode(sha256(fmt::format("{}\n{}", current, next)));
}

}  // namespace godwit
