#pragma once
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"
#include "imagegen/domain/effective.h"
#include "imagegen/generations/world.h"

namespace godwit::imagegen {

/// Where the keys that deliveries are verified with come from.
struct SigningKeySource {
  Source source = Source::none;  ///< `saved`: fetched from the broker with the token.
  std::optional<Timestamp> fetched;
};
/// Without asking anybody.
Result<SigningKeySource> signing_key_source(World& world, const Effective& effective);

/// Verifies that a request comes from the broker: with the current, then the next key, of the
/// environment or else fetched with the token and kept sealed in the vault. Keys that do not match
/// are fetched again, at most once a minute, because the broker may have rotated them.
///
/// Threads: the io_context's. The world outlives it.
class SigningKeys {
 public:
  static constexpr std::chrono::seconds fetch_interval{60};
  static constexpr std::chrono::seconds leeway{60};  ///< Between the clocks.

  explicit SigningKeys(World& world);
  ~SigningKeys();

  /// Errors: invalid_argument with verify_signature()'s words; unavailable: there are no keys, and
  /// none could be fetched.
  boost::asio::awaitable<Result<void>> verify(const Effective& effective, std::string signature,
                                              std::string url, const std::string& body);
  /// Fetches them now and keeps them. Errors as the broker's client.
  boost::asio::awaitable<Result<void>> fetch(const Effective& effective);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace godwit::imagegen
