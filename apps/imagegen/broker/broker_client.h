#pragma once
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "net/http_client.h"

namespace godwit::imagegen {

struct BrokerAccess {
  std::string url;    ///< QSTASH_URL, without a slash at the end.
  std::string token;  ///< In the Authorization header and nowhere else.
};

/// One message to publish.
struct BrokerMessage {
  std::string destination;
  std::string body;  ///< JSON
  std::chrono::seconds delay{0};
  int retries = 3;
  std::chrono::seconds timeout{0};  ///< 0: the broker's own.
  std::string deduplication_id;
  std::string label;
  std::string failure_callback;
  std::string flow_control_key;  ///< Empty: none.
  int rate_per_hour = 0;
  bool redact_body = false;
};

struct Published {
  std::string message_id;
  bool deduplicated = false;
};

struct BrokerSigningKeys {
  std::string current;
  std::string next;
};

/// What the broker knows of a message.
struct KnownMessage {
  std::string message_id;
  std::string
      state;  ///< In the log's words: CREATED, ACTIVE, RETRY, ERROR, DELIVERED, FAILED, CANCELED...
  std::string body;  ///< As it was published, where it is told; empty otherwise.
  std::optional<Timestamp> next_delivery;
  std::string detail;  ///< The last error or answer, cut to 500 bytes.
};

/// The part of QStash's API that the application uses, against any broker that speaks it.
///
/// Errors: invalid_argument with the broker's text (400, 401, 412: `token` or what was refused),
/// rate_limited (429), unavailable (no answer, 5xx), not_found. Never contains the token.
/// Threads: the io_context's. The client outlives it.
class BrokerClient {
 public:
  static constexpr std::size_t batch_max = 100;  ///< Messages in one request.

  explicit BrokerClient(HttpClient& client);
  ~BrokerClient();

  boost::asio::awaitable<Result<Published>> publish(const BrokerAccess& access,
                                                    BrokerMessage message);
  /// By /v2/batch, at most batch_max; one result for each message, in order.
  boost::asio::awaitable<Result<std::vector<Result<Published>>>> publish_batch(
      const BrokerAccess& access, std::vector<BrokerMessage> messages);

  /// Cancels by label; returns how many, or nullopt when the broker goes on in the background.
  boost::asio::awaitable<Result<std::optional<int>>> cancel_by_label(const BrokerAccess& access,
                                                                     std::string label);
  boost::asio::awaitable<Result<int>> cancel(const BrokerAccess& access,
                                             std::vector<std::string> message_ids);

  boost::asio::awaitable<Result<void>> pause_flow_control(const BrokerAccess& access,
                                                          std::string key);
  boost::asio::awaitable<Result<void>> resume_flow_control(const BrokerAccess& access,
                                                           std::string key);
  boost::asio::awaitable<Result<bool>> flow_control_paused(const BrokerAccess& access,
                                                           std::string key);

  boost::asio::awaitable<Result<BrokerSigningKeys>> signing_keys(const BrokerAccess& access);
  boost::asio::awaitable<Result<KnownMessage>> message(const BrokerAccess& access, std::string id);
  /// The newest state of each message with this label that the broker's log and dead letter queue
  /// still know; at most `limit` messages.
  boost::asio::awaitable<Result<std::vector<KnownMessage>>> messages_with_label(
      const BrokerAccess& access, std::string label, std::size_t limit);

  struct About {
    bool is_godwit = false;
    std::string version;            ///< Of Godwit.
    std::optional<Timestamp> date;  ///< Of the answer, for the clocks' difference.
  };
  /// Whether the token is accepted, and who answers.
  boost::asio::awaitable<Result<About>> check(const BrokerAccess& access);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace godwit::imagegen
