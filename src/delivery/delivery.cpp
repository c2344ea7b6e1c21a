#include "delivery/delivery.h"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <exception>
#include <unordered_map>
#include <utility>

#include "core/assert.h"
#include "core/signature.h"
#include "core/url.h"
#include "delivery/token_ids.h"
#include "net/request_head.h"

namespace godwit {

namespace asio = boost::asio;

namespace {

constexpr std::size_t urls_max = 1'024;
constexpr std::size_t signers_max = 1'024;
constexpr std::string_view user_agent = "Upstash-QStash";

// What receivers trust to come from us.
constexpr std::array<std::string_view, 7> protected_headers{
    "Upstash-Signature", "Upstash-Message-Id",  "Upstash-Retried",   "Upstash-Region",
    "Upstash-Caller-Ip", "Upstash-Schedule-Id", "Upstash-Topic-Name"};

bool is_protected(std::string_view name) {
  return std::any_of(protected_headers.begin(), protected_headers.end(), [&](std::string_view own) {
    return own.size() == name.size() && equals_ignore_case(own, name);
  });
}

}  // namespace

Headers attempt_headers(const Message& message, int retried, const std::string& region,
                        std::string signature) {
  Headers headers;
  headers.reserve(message.headers.size() + protected_headers.size() + 1);
  bool has_user_agent = false;
  for (const Header& header : message.headers) {
    if (is_protected(header.name) || is_connection_header(header.name)) continue;
    has_user_agent = has_user_agent || equals_ignore_case(header.name, "User-Agent");
    headers.push_back(header);
  }
  const auto add = [&](const char* name, std::string value) {
    headers.push_back({name, std::move(value)});
  };
  if (!has_user_agent) add("User-Agent", std::string(user_agent));
  add("Upstash-Signature", std::move(signature));
  add("Upstash-Message-Id", message.id.to_string());
  add("Upstash-Retried", std::to_string(retried));
  if (!message.caller_ip.empty()) add("Upstash-Caller-Ip", message.caller_ip);
  if (!message.schedule_id.empty()) add("Upstash-Schedule-Id", message.schedule_id);
  if (!message.group.empty()) add("Upstash-Topic-Name", message.group);
  add("Upstash-Region", region);
  return headers;
}

class Delivery::Impl : public std::enable_shared_from_this<Delivery::Impl> {
 public:
  Impl(asio::io_context& io, HttpClient& client, const Clock& clock, DeliverySettings settings,
       KeySource keys, Finished finished)
      : io_(io),
        client_(client),
        clock_(clock),
        settings_(std::move(settings)),
        keys_(std::move(keys)),
        finished_(std::move(finished)) {}

  void start(StartAttempt start) {
    GODWIT_ASSERT(start.message != nullptr);
    const auto attempt = std::make_shared<Attempt>();
    attempt->start = std::move(start);
    try {
      begin(attempt);
    } catch (const std::exception& exception) {
      // Out of memory, in all likelihood. The attempt has failed; the message must not be stuck in
      // flight.
      finish_later(attempt, std::string("the attempt could not be made: ") + exception.what());
    }
  }

  void forget_signers() { signers_.clear(); }

  /// What is under way is reported to nobody: those who would listen may be gone.
  void close() { finished_ = nullptr; }

 private:
  /// Owns whatever the request's views look into.
  struct Attempt {
    StartAttempt start;
    std::shared_ptr<const Url> url;
    Headers headers;
    AttemptTiming timing;
  };
  struct AccountSigner {
    std::string key;
    Signer signer;
  };

  void begin(const std::shared_ptr<Attempt>& attempt) {
    const Message& message = *attempt->start.message;
    Result<std::shared_ptr<const Url>> url = parsed(message.url);
    if (!url) return finish_later(attempt, url.error().message);
    attempt->url = std::move(*url);

    Signer* signer = signer_of(message.account);
    if (signer == nullptr) return finish_later(attempt, "the account has no signing key");
    std::string signature =
        signer->sign(message.url, message.body, clock_.now(), token_ids_.next());
    attempt->headers =
        attempt_headers(message, attempt->start.retried, settings_.region, std::move(signature));
    if (!attempt->url->user_info.empty() &&
        find_header(attempt->headers, "Authorization") == nullptr) {
      attempt->headers.push_back(
          {"Authorization", "Basic " + base64_encode(attempt->url->user_info)});
    }

    OutgoingRequest request;
    request.method = to_string(message.method);
    request.url = attempt->url.get();
    request.headers = &attempt->headers;
    request.body = message.body;
    request.timeout = settings_.timeout_max;
    request.timing = &attempt->timing;
    if (message.timeout && *message.timeout > Milliseconds(0)) {
      request.timeout = std::min(request.timeout, *message.timeout);
    }
    client_.send(request, [self = shared_from_this(), attempt](Result<IncomingResponse> response) {
      AttemptResult result;
      result.timing = attempt->timing;
      if (response) {
        result.status = response->status;
        result.response_headers = std::move(response->headers);
        result.response_body = std::move(response->body);
      } else {
        result.error = std::move(response.error().message);
      }
      self->finish(*attempt, std::move(result));
    });
  }

  void finish_later(const std::shared_ptr<Attempt>& attempt, std::string error) {
    asio::post(io_, [self = shared_from_this(), attempt, error = std::move(error)]() mutable {
      AttemptResult result;
      result.error = std::move(error);
      self->finish(*attempt, std::move(result));
    });
  }

  void finish(Attempt& attempt, AttemptResult result) {
    if (!finished_) return;
    const MessageId id = attempt.start.message->id;
    // Given back first: the engine changes the record in place when nobody else holds it.
    attempt.start.message.reset();
    finished_(id, attempt.start.attempt, std::move(result));
  }

  // Most messages go to few destinations.
  Result<std::shared_ptr<const Url>> parsed(const std::string& text) {
    if (const auto found = urls_.find(text); found != urls_.end()) return found->second;
    Result<Url> url = parse_url(text);
    if (!url) return std::unexpected(url.error());
    if (urls_.size() >= urls_max) urls_.clear();
    auto shared = std::make_shared<const Url>(std::move(*url));
    urls_.emplace(text, shared);
    return shared;
  }

  Signer* signer_of(AccountId account) {
    SigningKeys keys = keys_(account);
    if (keys.current.empty()) return nullptr;
    auto found = signers_.find(account);
    if (found != signers_.end() && found->second.key == keys.current) return &found->second.signer;
    if (found != signers_.end()) signers_.erase(found);
    if (signers_.size() >= signers_max) signers_.clear();
    Signer signer(keys.current);
    found =
        signers_.emplace(account, AccountSigner{std::move(keys.current), std::move(signer)}).first;
    return &found->second.signer;
  }

  asio::io_context& io_;
  HttpClient& client_;
  const Clock& clock_;
  DeliverySettings settings_;
  KeySource keys_;
  Finished finished_;
  TokenIds token_ids_;
  std::unordered_map<AccountId, AccountSigner> signers_;
  std::unordered_map<std::string, std::shared_ptr<const Url>> urls_;
};

Delivery::Delivery(asio::io_context& io, HttpClient& client, const Clock& clock,
                   DeliverySettings settings, KeySource keys, Finished finished)
    : impl_(std::make_shared<Impl>(io, client, clock, std::move(settings), std::move(keys),
                                   std::move(finished))) {}

Delivery::~Delivery() { impl_->close(); }

void Delivery::start(StartAttempt attempt) { impl_->start(std::move(attempt)); }

void Delivery::forget_signers() { impl_->forget_signers(); }

}  // namespace godwit
