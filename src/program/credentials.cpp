#include "program/credentials.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/signature.h"

namespace godwit {
namespace {

std::unexpected<Error> refuse_public(std::string_view where) {
  return fail(ErrorCode::invalid_argument,
              fmt::format("{} is the token of a public test user, which everybody knows; make one "
                          "with `godwit token create`",
                          where));
}

const PublicUser* find_public_user(std::string_view account) {
  const auto users = public_users();
  const auto found = std::ranges::find(users, account, &PublicUser::account);
  return found == users.end() ? nullptr : &*found;
}

}  // namespace

Result<Credentials> load_credentials(const Configuration& configuration) {
  const Settings& settings = configuration.settings;
  const bool is_dev = configuration.mode == Mode::dev;
  Credentials credentials;
  const auto add_account = [&](std::string_view account) {
    if (std::ranges::find(credentials.accounts, account) == credentials.accounts.end()) {
      credentials.accounts.emplace_back(account);
    }
  };

  if (is_dev) {
    for (const PublicUser& user : public_users()) {
      credentials.tokens.add(user.token, {account_number(user.account), false});
      credentials.known.push_back({.id = "public-" + std::string(user.account),
                                   .account = std::string(user.account),
                                   .credential = {account_number(user.account), false},
                                   .source = KnownToken::Source::public_user,
                                   .digest = sha256(user.token)});
      add_account(user.account);
    }
  }
  if (!settings.token.empty()) {
    if (!is_dev && is_public_token(settings.token)) return refuse_public("GODWIT_TOKEN");
    // In dev mode a public token keeps its own account.
    if (!credentials.tokens.find(settings.token)) {
      credentials.tokens.add(settings.token, {account_number(default_account), false});
      credentials.known.push_back({.id = "environment",
                                   .account = std::string(default_account),
                                   .credential = {account_number(default_account), false},
                                   .source = KnownToken::Source::environment,
                                   .digest = sha256(settings.token)});
      add_account(default_account);
    }
  }
  const Result<std::vector<TokenRecord>> records = TokenFile(settings.data_dir).read();
  if (!records) return std::unexpected(records.error());
  for (const TokenRecord& record : *records) {
    if (!is_dev && is_public_token_digest(record.digest)) return refuse_public(record.id);
    credentials.tokens.add_digest(record.digest,
                                  {account_number(record.account), record.read_only});
    credentials.known.push_back({.id = record.id,
                                 .account = record.account,
                                 .name = record.name,
                                 .credential = {account_number(record.account), record.read_only},
                                 .created = record.created,
                                 .digest = record.digest});
    add_account(record.account);
  }

  if (credentials.tokens.empty()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("there is no token yet, so nobody could use this broker. Make one:\n"
                            "    godwit token create --data-dir {}\n"
                            "or set GODWIT_TOKEN or GODWIT_TOKEN_FILE. To try Godwit out, `godwit "
                            "dev` needs none",
                            settings.data_dir));
  }
  if (Result<void> numbers = check_account_numbers(credentials.accounts); !numbers) {
    return std::unexpected(numbers.error());
  }
  return credentials;
}

SigningKeyChoice choose_signing_keys(const std::optional<SigningKeys>& environment,
                                     const std::optional<StoredKeys>& saved,
                                     const std::optional<SigningKeys>& rotated,
                                     const StoredKeys& fresh) {
  if (environment) {
    const std::string digest = digest_of_keys(environment->current, environment->next);
    if (!saved || saved->environment_digest != digest) {
      return {*environment, rotated.has_value(),
              StoredKeys{fresh.account, environment->current, environment->next, digest}};
    }
  }
  if (rotated) return {*rotated, false, std::nullopt};
  if (saved) return {{saved->current, saved->next}, false, std::nullopt};
  return {{fresh.current, fresh.next}, false, fresh};
}

SigningKeyring::SigningKeyring(const Configuration& configuration)
    : configuration_(configuration), file_(configuration.settings.data_dir) {}

Result<void> SigningKeyring::load() {
  if (configuration_.settings.ephemeral) return {};
  Result<std::vector<StoredKeys>> saved = file_.read();
  if (!saved) return std::unexpected(saved.error());
  saved_ = std::move(*saved);
  return {};
}

Result<std::vector<SigningKeyring::Assignment>> SigningKeyring::assign(
    const std::vector<std::string>& accounts,
    const std::function<Result<std::optional<SigningKeys>>(AccountId)>& rotated) {
  const Settings& settings = configuration_.settings;
  std::vector<std::string> names = accounts;
  for (const StoredKeys& keys : saved_) names.push_back(keys.account);
  // A data directory that `godwit dev` used may still hold messages of the test users.
  for (const PublicUser& user : public_users()) names.emplace_back(user.account);
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  if (Result<void> numbers = check_account_numbers(names); !numbers) {
    return std::unexpected(numbers.error());
  }

  std::vector<Assignment> assignments;
  bool has_fresh = false;
  for (const std::string& name : names) {
    const AccountId account = account_number(name);
    const Result<std::optional<SigningKeys>> after_rotation = rotated(account);
    if (!after_rotation) return std::unexpected(after_rotation.error());

    const PublicUser* user = find_public_user(name);
    const bool has_token = std::ranges::find(accounts, name) != accounts.end();
    if (user != nullptr && (configuration_.mode == Mode::dev || !has_token)) {
      SigningKeys known{std::string(user->current_signing_key),
                        std::string(user->next_signing_key)};
      assignments.push_back({account, after_rotation->value_or(std::move(known)), false});
      continue;
    }

    std::optional<SigningKeys> environment;
    if (name == default_account && !settings.current_signing_key.empty()) {
      environment = SigningKeys{settings.current_signing_key, settings.next_signing_key};
    }
    const auto found = std::ranges::find(saved_, name, &StoredKeys::account);
    const std::optional<StoredKeys> saved =
        found == saved_.end() ? std::nullopt : std::optional<StoredKeys>(*found);
    SigningKeyChoice choice =
        choose_signing_keys(environment, saved, *after_rotation, make_signing_keys(name));
    if (choice.to_save && choice.replaces_rotated) {
      unconfirmed_.push_back(std::move(*choice.to_save));
    } else if (choice.to_save) {
      keep(std::move(*choice.to_save));
      has_fresh = true;
    }
    assignments.push_back({account, std::move(choice.keys), choice.replaces_rotated});
  }
  if (has_fresh) {
    if (Result<void> saved = save(); !saved) return std::unexpected(saved.error());
  }
  return assignments;
}

Result<void> SigningKeyring::confirm() {
  for (StoredKeys& keys : unconfirmed_) keep(std::move(keys));
  unconfirmed_.clear();
  return save();
}

void SigningKeyring::keep(StoredKeys keys) {
  const auto found = std::ranges::find(saved_, keys.account, &StoredKeys::account);
  if (found == saved_.end()) {
    saved_.push_back(std::move(keys));
  } else {
    *found = std::move(keys);
  }
}

Result<void> SigningKeyring::save() {
  if (configuration_.settings.ephemeral) return {};
  return file_.write(saved_);
}

}  // namespace godwit
