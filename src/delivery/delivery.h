#pragma once
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/time.h"
#include "engine/broker.h"
#include "net/http_client.h"

namespace godwit {

struct DeliverySettings {
  Milliseconds timeout_max{
      2LL * 3'600'000};  ///< Of one attempt; `Upstash-Timeout` only shortens it. QStash: 2 hours.
  std::string region = "EU-CENTRAL-1";  ///< `Upstash-Region`.
};

/// Makes the attempts that the engine starts: builds the request of QStash's section "headers
/// sent", signs it, sends it and reports what came back. Judges nothing: engine/ does, with
/// core/retry.h.
///
/// Threads: everything on the io_context.
class Delivery final : public AttemptStarter {
 public:
  using Finished = std::function<void(MessageId id, std::uint64_t attempt, AttemptResult result)>;
  using KeySource = std::function<SigningKeys(AccountId)>;

  /// `finished` runs on the io_context, never from inside start(). The references outlive this.
  Delivery(boost::asio::io_context& io, HttpClient& client, const Clock& clock,
           DeliverySettings settings, KeySource keys, Finished finished);
  ~Delivery() override;

  void start(StartAttempt attempt) override;

  /// The signing keys of an account changed: signers are made anew.
  void forget_signers();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

/// The headers of one attempt, in sending order: the message's own, then ours; a message's header
/// never replaces Upstash-Signature, -Message-Id, -Retried, -Region, -Caller-Ip, -Schedule-Id,
/// -Topic-Name, Host, Content-Length, or any hop-by-hop header. Pure. A forwarded User-Agent
/// replaces `Upstash-QStash`.
Headers attempt_headers(const Message& message, int retried, const std::string& region,
                        std::string signature);

}  // namespace godwit
