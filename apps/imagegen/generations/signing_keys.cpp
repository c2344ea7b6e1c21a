#include "imagegen/generations/signing_keys.h"

#include <simdjson.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "core/json_out.h"
#include "core/signature.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds fetch_interval_failed{5};
constexpr std::string_view signing_keys_name = "broker_signing_keys";

/// Keys belong to one account of one broker.
std::string owner_of(const Effective& effective) {
  return hex_encode(sha256(effective.broker_url.value + "\n" + effective.qstash_token.value))
      .substr(0, 16);
}

struct FetchedKeys {
  BrokerSigningKeys keys;
  std::string owner;
  Timestamp fetched{};
};

std::string to_json(const FetchedKeys& fetched) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.member("current", fetched.keys.current);
  json.member("next", fetched.keys.next);
  json.member("owner", fetched.owner);
  json.member("fetched", to_unix_ms(fetched.fetched));
  json.end_object();
  return out;
}

std::optional<FetchedKeys> from_json(const std::string& text) {
  simdjson::dom::parser parser;
  simdjson::dom::element json;
  if (parser.parse(text).get(json) != simdjson::SUCCESS) return std::nullopt;
  std::string_view current;
  std::string_view next;
  std::string_view owner;
  std::int64_t fetched = 0;
  if (json["current"].get(current) != simdjson::SUCCESS ||
      json["next"].get(next) != simdjson::SUCCESS ||
      json["owner"].get(owner) != simdjson::SUCCESS ||
      json["fetched"].get(fetched) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  return FetchedKeys{.keys = {.current = std::string(current), .next = std::string(next)},
                     .owner = std::string(owner),
                     .fetched = from_unix_ms(fetched)};
}

/// nullopt: none were fetched, or others' keys.
Result<std::optional<FetchedKeys>> kept_keys(World& world, const Effective& effective) {
  const Result<std::optional<std::string>> sealed = world.vault.open_value(signing_keys_name);
  // Sealed with a key file that is gone: they are fetched again.
  if (!sealed && sealed.error().code == ErrorCode::corrupt) return std::optional<FetchedKeys>();
  if (!sealed) return std::unexpected(sealed.error());
  if (!*sealed) return std::optional<FetchedKeys>();
  std::optional<FetchedKeys> keys = from_json(**sealed);
  if (keys && keys->owner != owner_of(effective)) keys.reset();
  return keys;
}

bool is_key_mismatch(const Result<void>& verified) {
  return !verified && verified.error().message.starts_with("signature key mismatch");
}

Result<void> verify_with(const BrokerSigningKeys& keys, const std::string& signature,
                         const std::string& url, const std::string& body, Timestamp now) {
  Result<void> by_current =
      verify_signature(signature, keys.current, url, body, now, SigningKeys::leeway);
  if (by_current || keys.next.empty()) return by_current;
  Result<void> by_next =
      verify_signature(signature, keys.next, url, body, now, SigningKeys::leeway);
  // What else is wrong with it is told by the key that made it.
  return by_next || is_key_mismatch(by_current) ? by_next : by_current;
}

}  // namespace

Result<SigningKeySource> signing_key_source(World& world, const Effective& effective) {
  SigningKeySource source;
  if (!effective.current_signing_key.value.empty()) {
    source.source = Source::environment;
    return source;
  }
  const Result<std::optional<FetchedKeys>> kept = kept_keys(world, effective);
  if (!kept) return std::unexpected(kept.error());
  if (*kept) {
    source.source = Source::saved;
    source.fetched = (*kept)->fetched;
  }
  return source;
}

class SigningKeys::Impl {
 public:
  explicit Impl(World& world) : world_(world), fetched_(world.io) {
    fetched_.expires_at(asio::steady_timer::time_point::max());
  }

  asio::awaitable<Result<void>> verify(const Effective& effective, std::string signature,
                                       std::string url, const std::string& body) {
    const Timestamp now = world_.clock.now();
    if (!effective.current_signing_key.value.empty()) {
      const BrokerSigningKeys keys{.current = effective.current_signing_key.value,
                                   .next = effective.next_signing_key.value};
      co_return verify_with(keys, signature, url, body, now);
    }
    // Strangers must not make us ask the broker: what is no signature is refused without keys.
    if (signature.empty()) {
      co_return verify_signature(signature, "-", url, body, now, leeway);
    }
    Result<std::optional<FetchedKeys>> kept = kept_keys(world_, effective);
    if (!kept) co_return std::unexpected(kept.error());
    Result<void> verified = fail(ErrorCode::unavailable, "there are no signing keys");
    if (*kept) {
      verified = verify_with((*kept)->keys, signature, url, body, now);
      if (!is_key_mismatch(verified)) co_return verified;
    }
    const Result<void> fetched = co_await fetch_sometimes(effective, now);
    if (!fetched) {
      if (*kept) co_return verified;
      co_return fail(
          ErrorCode::unavailable,
          "the signing keys could not be fetched from the broker: " + fetched.error().message);
    }
    kept = kept_keys(world_, effective);
    if (!kept) co_return std::unexpected(kept.error());
    if (!*kept) co_return fail(ErrorCode::unavailable, "there are no signing keys");
    co_return verify_with((*kept)->keys, signature, url, body, now);
  }

  asio::awaitable<Result<void>> fetch(const Effective& effective) {
    const BrokerAccess access{.url = effective.broker_url.value,
                              .token = effective.qstash_token.value};
    if (access.token.empty()) {
      co_return fail(ErrorCode::invalid_argument, "token: QStash Token is not set");
    }
    Result<BrokerSigningKeys> keys = co_await world_.broker.signing_keys(access);
    if (!keys) co_return std::unexpected(keys.error());
    const FetchedKeys fetched{
        .keys = std::move(*keys), .owner = owner_of(effective), .fetched = world_.clock.now()};
    const std::string json = to_json(fetched);
    co_return world_.vault.seal_value(signing_keys_name, json);
  }

 private:
  /// One at a time, and not more often than once in fetch_interval for the same account; who comes
  /// meanwhile waits for the one under way.
  asio::awaitable<Result<void>> fetch_sometimes(const Effective& effective, Timestamp now) {
    if (fetching_) {
      boost::system::error_code ignored;
      co_await fetched_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
      co_return last_result_;
    }
    const std::string owner = owner_of(effective);
    // A broker that was away is asked again soon.
    const std::chrono::seconds interval = last_result_ ? fetch_interval : fetch_interval_failed;
    if (last_fetch_ && owner == last_owner_ && now < *last_fetch_ + interval) {
      co_return last_result_;
    }
    last_fetch_ = now;
    last_owner_ = owner;
    fetching_ = true;
    Result<void> result = co_await fetch(effective);
    fetching_ = false;
    last_result_ = std::move(result);
    fetched_.cancel();
    co_return last_result_;
  }

  World& world_;
  asio::steady_timer fetched_;  // Cancelled when a fetch under way has ended.
  bool fetching_ = false;
  std::optional<Timestamp> last_fetch_;
  std::string last_owner_;
  Result<void> last_result_;
};

SigningKeys::SigningKeys(World& world) : impl_(std::make_shared<Impl>(world)) {}
SigningKeys::~SigningKeys() = default;
asio::awaitable<Result<void>> SigningKeys::verify(const Effective& effective, std::string signature,
                                                  std::string url, const std::string& body) {
  return impl_->verify(effective, std::move(signature), std::move(url), body);
}
asio::awaitable<Result<void>> SigningKeys::fetch(const Effective& effective) {
  return impl_->fetch(effective);
}

}  // namespace godwit::imagegen
