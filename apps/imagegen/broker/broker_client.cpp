#include "imagegen/broker/broker_client.h"

#include <simdjson.h>

#include <algorithm>
#include <ctime>
#include <span>
#include <unordered_map>
#include <utility>

#include "core/ascii.h"
#include "core/json_out.h"
#include "core/signature.h"
#include "core/url.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;
namespace dom = simdjson::dom;

constexpr std::size_t detail_max = 500;
constexpr std::size_t error_text_max = 300;
constexpr std::chrono::seconds short_call{15};
/// A batch of a hundred messages; a bulk cancel that the broker does before it answers (QStash:
/// within 60 s).
constexpr std::chrono::seconds long_call{75};

/// Of a page of the log: rows carry headers, and the client keeps 1 MiB of an answer.
constexpr std::size_t log_rows = 200;
constexpr std::size_t log_pages_max = 25;
constexpr std::size_t dead_letters_page = 100;
constexpr std::size_t dead_letters_pages_max = 10;
/// In a URL; ids of the hosted service have some 60 characters.
constexpr std::size_t cancel_ids = 50;

/// The first `size_max` bytes, without half a character at the end.
std::string cut(std::string_view text, std::size_t size_max) {
  if (text.size() <= size_max) return std::string(text);
  std::size_t size = size_max;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return std::string(text.substr(0, size));
}

std::string text_of(const dom::element& object, const char* name) {
  std::string_view text;
  if (object[name].get_string().get(text) != simdjson::SUCCESS) return {};
  return std::string(text);
}

std::optional<std::int64_t> integer_of(const dom::element& object, const char* name) {
  std::int64_t value = 0;
  if (object[name].get_int64().get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

std::unexpected<Error> not_understood() {
  return fail(
      ErrorCode::unavailable,
      "the broker's answer is not what QStash's interface says; check that QSTASH_URL leads "
      "to a broker");
}

/// What the broker says about an answer that is no success. A broker that echoes the token must not
/// bring it into our log.
std::string error_text(const std::string& body, const std::string& token) {
  dom::parser parser;
  dom::element json;
  std::string text;
  if (parser.parse(body).get(json) == simdjson::SUCCESS) text = text_of(json, "error");
  if (text.empty()) text = body;
  std::string clean;
  for (const char c : cut(text, error_text_max)) clean.push_back(ascii::is_control(c) ? ' ' : c);
  for (std::size_t at = 0; !token.empty() && (at = clean.find(token)) != std::string::npos;) {
    clean.replace(at, token.size(), "[token]");
  }
  return clean;
}

Error error_of(const IncomingResponse& response, const std::string& token) {
  const int status = response.status;
  const std::string text = error_text(response.body, token);
  const std::string said = text.empty() ? "" : ": " + text;
  const std::string number = std::to_string(status);
  if (status == 401 || status == 403) {
    return {.code = ErrorCode::invalid_argument,
            .message = "token: the broker refuses it (" + number + said +
                       "); copy QSTASH_TOKEN from the broker's page API Tokens"};
  }
  if (status == 404) {
    return {.code = ErrorCode::not_found, .message = "the broker does not know it" + said};
  }
  if (status == 429) {
    return {.code = ErrorCode::rate_limited, .message = "the broker limits requests" + said};
  }
  if (status >= 400 && status < 500) {
    return {.code = ErrorCode::invalid_argument,
            .message = "the broker refuses it (" + number + ")" + said};
  }
  return {.code = ErrorCode::unavailable, .message = "the broker answered " + number + said};
}

std::string seconds_text(std::chrono::seconds time) { return std::to_string(time.count()) + "s"; }

/// The headers that configure `message`, in the order of the wire's documentation.
Headers headers_of(const BrokerMessage& message) {
  Headers headers;
  headers.push_back({"Content-Type", "application/json"});
  headers.push_back({"Upstash-Delay", seconds_text(message.delay)});
  headers.push_back({"Upstash-Retries", std::to_string(message.retries)});
  if (message.timeout > std::chrono::seconds(0)) {
    headers.push_back({"Upstash-Timeout", seconds_text(message.timeout)});
  }
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) headers.push_back({name, value});
  };
  add("Upstash-Deduplication-Id", message.deduplication_id);
  add("Upstash-Label", message.label);
  add("Upstash-Failure-Callback", message.failure_callback);
  if (!message.flow_control_key.empty() && message.rate_per_hour > 0) {
    add("Upstash-Flow-Control-Key", message.flow_control_key);
    add("Upstash-Flow-Control-Value",
        "rate=" + std::to_string(message.rate_per_hour) + ", period=1h");
  }
  if (message.redact_body) add("Upstash-Redact-Fields", "body");
  return headers;
}

std::string batch_body(std::span<const BrokerMessage> messages) {
  std::string body;
  JsonWriter json(body);
  json.begin_array();
  for (const BrokerMessage& message : messages) {
    json.begin_object();
    json.member("destination", message.destination);
    json.key("headers");
    json.begin_object();
    for (const Header& header : headers_of(message)) json.member(header.name, header.value);
    json.end_object();
    json.member("body", message.body);
    json.end_object();
  }
  json.end_array();
  return body;
}

Result<Published> published(const dom::element& item) {
  Published result;
  result.message_id = text_of(item, "messageId");
  if (result.message_id.empty()) {
    std::string error = cut(text_of(item, "error"), error_text_max);
    if (error.empty()) return not_understood();
    return fail(ErrorCode::invalid_argument, "the broker refuses it: " + std::move(error));
  }
  bool deduplicated = false;
  if (item["deduplicated"].get_bool().get(deduplicated) == simdjson::SUCCESS) {
    result.deduplicated = deduplicated;
  }
  return result;
}

/// `Date: Tue, 24 Nov 2026 10:15:02 GMT`
std::optional<Timestamp> date_of(const Headers& headers) {
  const std::string* date = find_header(headers, "Date");
  std::tm parts{};
  if (date == nullptr) return std::nullopt;
  if (::strptime(date->c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr) {
    return std::nullopt;
  }
  return from_unix_ms(static_cast<std::int64_t>(::timegm(&parts)) * 1'000);
}

/// What a row of the log or of the dead letter queue tells of an attempt that failed.
std::string detail_of(const dom::element& row, bool base64) {
  std::string error = text_of(row, "error");
  if (!error.empty()) return cut(error, detail_max);
  const std::optional<std::int64_t> status = integer_of(row, "responseStatus");
  if (!status || *status == 0) return {};
  std::string body = text_of(row, "responseBody");
  if (base64 && !body.empty()) body = base64_decode(body).value_or(std::string());
  std::string text = std::to_string(*status);
  if (!body.empty()) text += ": " + body;
  return cut(text, detail_max);
}

/// Newest rows first: what comes first of a message is its state.
class KnownMessages {
 public:
  explicit KnownMessages(std::size_t limit) : limit_(limit) {}

  void add_row(const dom::element& row) {
    const std::string id = text_of(row, "messageId");
    const std::string state = text_of(row, "state");
    if (id.empty() || state.empty()) return;
    const auto [found, is_new] = positions_.try_emplace(id, messages_.size());
    if (is_new) {
      if (messages_.size() >= limit_) {
        positions_.erase(found);
        return;
      }
      KnownMessage message;
      message.message_id = id;
      message.state = state;
      if (const auto next = integer_of(row, "nextDeliveryTime")) {
        message.next_delivery = from_unix_ms(*next);
      }
      messages_.push_back(std::move(message));
    }
    KnownMessage& message = messages_[found->second];
    if (message.detail.empty()) message.detail = detail_of(row, true);
    if (message.body.empty()) {
      message.body = base64_decode(text_of(row, "body")).value_or(std::string());
    }
  }

  void add_dead_letter(const dom::element& entry) {
    const std::string id = text_of(entry, "messageId");
    if (id.empty()) return;
    const auto [found, is_new] = positions_.try_emplace(id, messages_.size());
    if (is_new) {
      if (messages_.size() >= limit_) {
        positions_.erase(found);
        return;
      }
      KnownMessage message;
      message.message_id = id;
      messages_.push_back(std::move(message));
    }
    KnownMessage& message = messages_[found->second];
    message.state = "FAILED";
    message.next_delivery.reset();
    if (std::string detail = detail_of(entry, false); !detail.empty()) {
      message.detail = std::move(detail);
    }
    if (std::string body = text_of(entry, "body"); !body.empty()) message.body = std::move(body);
  }

  bool full() const { return messages_.size() >= limit_; }
  std::vector<KnownMessage> take() { return std::move(messages_); }

 private:
  std::size_t limit_;
  std::vector<KnownMessage> messages_;
  std::unordered_map<std::string, std::size_t> positions_;
};

}  // namespace

class BrokerClient::Impl {
 public:
  explicit Impl(HttpClient& client) : client_(client) {}

  struct Call {
    std::string_view method = "GET";
    std::string path;
    Headers headers{};
    std::string body{};
    std::chrono::seconds timeout = short_call;
    bool with_token = true;
  };

  /// An answer that is a success. The client's own errors say which step failed.
  asio::awaitable<Result<IncomingResponse>> call(const BrokerAccess& access, Call call) {
    const Result<Url> url = parse_url(access.url + call.path);
    if (!url) {
      co_return fail(ErrorCode::invalid_argument,
                     "the broker's URL is not one: " + url.error().message);
    }
    if (call.with_token) {
      call.headers.push_back({"Authorization", "Bearer " + access.token});
    }
    call.headers.push_back({"Accept", "application/json"});
    OutgoingRequest request;
    request.method = call.method;
    request.url = &*url;
    request.headers = &call.headers;
    request.body = call.body;
    request.timeout = call.timeout;
    Result<IncomingResponse> response = co_await client_.send(request);
    if (!response) {
      co_return fail(ErrorCode::unavailable, "the broker at " + url->authority +
                                                 " does not answer: " + response.error().message);
    }
    if (response->status < 200 || response->status > 299) {
      co_return std::unexpected(error_of(*response, access.token));
    }
    if (response->body_truncated) {
      co_return fail(ErrorCode::unavailable, "the broker's answer is too large");
    }
    co_return response;
  }

  /// One member of a list of rows, page by page, until `take` says that it is enough.
  template <typename Take>
  asio::awaitable<Result<void>> pages(const BrokerAccess& access, std::string path,
                                      std::string_view list, std::size_t pages_max, Take take) {
    std::string cursor;
    for (std::size_t page = 0; page < pages_max; ++page) {
      Call request;
      request.path = path;
      if (!cursor.empty()) request.path += "&cursor=" + percent_encode(cursor);
      const Result<IncomingResponse> answer = co_await call(access, std::move(request));
      if (!answer) co_return std::unexpected(answer.error());
      dom::parser parser;
      dom::element json;
      dom::array rows;
      if (parser.parse(answer->body).get(json) != simdjson::SUCCESS ||
          json[list].get_array().get(rows) != simdjson::SUCCESS) {
        co_return not_understood();
      }
      bool enough = false;
      for (const dom::element row : rows) enough = !take(row) || enough;
      cursor = text_of(json, "cursor");
      if (enough || cursor.empty()) break;
    }
    co_return Result<void>();
  }

 private:
  HttpClient& client_;
};

BrokerClient::BrokerClient(HttpClient& client) : impl_(std::make_unique<Impl>(client)) {}
BrokerClient::~BrokerClient() = default;

asio::awaitable<Result<Published>> BrokerClient::publish(const BrokerAccess& access,
                                                         BrokerMessage message) {
  Impl::Call call;
  call.method = "POST";
  call.path = "/v2/publish/" + message.destination;
  call.headers = headers_of(message);
  call.body = std::move(message.body);
  const Result<IncomingResponse> answer = co_await impl_->call(access, std::move(call));
  if (!answer) co_return std::unexpected(answer.error());
  dom::parser parser;
  dom::element json;
  if (parser.parse(answer->body).get(json) != simdjson::SUCCESS) co_return not_understood();
  co_return published(json);
}

asio::awaitable<Result<std::vector<Result<Published>>>> BrokerClient::publish_batch(
    const BrokerAccess& access, std::vector<BrokerMessage> messages) {
  if (messages.empty()) co_return std::vector<Result<Published>>();
  Impl::Call call;
  call.method = "POST";
  call.path = "/v2/batch";
  call.headers.push_back({"Content-Type", "application/json"});
  call.body = batch_body(messages);
  call.timeout = long_call;
  const Result<IncomingResponse> answer = co_await impl_->call(access, std::move(call));
  if (!answer) co_return std::unexpected(answer.error());
  dom::parser parser;
  dom::array items;
  if (parser.parse(answer->body).get_array().get(items) != simdjson::SUCCESS ||
      items.size() != messages.size()) {
    co_return not_understood();
  }
  std::vector<Result<Published>> results;
  for (const dom::element item : items) results.push_back(published(item));
  co_return results;
}

asio::awaitable<Result<std::optional<int>>> BrokerClient::cancel_by_label(
    const BrokerAccess& access, std::string label) {
  Impl::Call call;
  call.method = "DELETE";
  call.path = "/v2/messages?label=" + percent_encode(label);
  call.timeout = long_call;
  const Result<IncomingResponse> answer = co_await impl_->call(access, std::move(call));
  if (!answer) {
    // QStash: the cancelling goes on, it only took longer than the broker lets us wait.
    if (answer.error().code == ErrorCode::rate_limited) co_return std::optional<int>();
    co_return std::unexpected(answer.error());
  }
  dom::parser parser;
  dom::element json;
  if (parser.parse(answer->body).get(json) != simdjson::SUCCESS) co_return not_understood();
  const std::optional<std::int64_t> count = integer_of(json, "cancelled");
  if (!count) co_return not_understood();
  co_return std::optional<int>(static_cast<int>(*count));
}

asio::awaitable<Result<int>> BrokerClient::cancel(const BrokerAccess& access,
                                                  std::vector<std::string> message_ids) {
  int canceled = 0;
  for (std::size_t begin = 0; begin < message_ids.size(); begin += cancel_ids) {
    Impl::Call call;
    call.method = "DELETE";
    call.path = "/v2/messages?messageIds=";
    const std::size_t end = std::min(begin + cancel_ids, message_ids.size());
    for (std::size_t i = begin; i < end; ++i) {
      if (i != begin) call.path += ',';
      call.path += percent_encode(message_ids[i]);
    }
    call.timeout = long_call;
    const Result<IncomingResponse> answer = co_await impl_->call(access, std::move(call));
    if (!answer) {
      if (answer.error().code == ErrorCode::not_found) continue;  // All of them have ended.
      co_return std::unexpected(answer.error());
    }
    dom::parser parser;
    dom::element json;
    if (parser.parse(answer->body).get(json) != simdjson::SUCCESS) co_return not_understood();
    canceled += static_cast<int>(integer_of(json, "cancelled").value_or(0));
  }
  co_return canceled;
}

asio::awaitable<Result<void>> BrokerClient::pause_flow_control(const BrokerAccess& access,
                                                               std::string key) {
  Impl::Call call;
  call.method = "POST";
  call.path = "/v2/flowControl/" + percent_encode(key) + "/pause";
  const Result<IncomingResponse> answer = co_await impl_->call(access, std::move(call));
  if (!answer) co_return std::unexpected(answer.error());
  co_return Result<void>();
}

asio::awaitable<Result<void>> BrokerClient::resume_flow_control(const BrokerAccess& access,
                                                                std::string key) {
  Impl::Call call;
  call.method = "POST";
  call.path = "/v2/flowControl/" + percent_encode(key) + "/resume";
  const Result<IncomingResponse> answer = co_await impl_->call(access, std::move(call));
  if (!answer) co_return std::unexpected(answer.error());
  co_return Result<void>();
}

asio::awaitable<Result<bool>> BrokerClient::flow_control_paused(const BrokerAccess& access,
                                                                std::string key) {
  Impl::Call call;
  call.path = "/v2/flowControl/" + percent_encode(key);
  const Result<IncomingResponse> answer = co_await impl_->call(access, std::move(call));
  if (!answer) {
    if (answer.error().code == ErrorCode::not_found) co_return false;
    co_return std::unexpected(answer.error());
  }
  dom::parser parser;
  bool paused = false;
  if (parser.parse(answer->body)["isPaused"].get_bool().get(paused) != simdjson::SUCCESS) {
    co_return not_understood();
  }
  co_return paused;
}

asio::awaitable<Result<BrokerSigningKeys>> BrokerClient::signing_keys(const BrokerAccess& access) {
  Impl::Call call;
  call.path = "/v2/keys";
  const Result<IncomingResponse> answer = co_await impl_->call(access, std::move(call));
  if (!answer) co_return std::unexpected(answer.error());
  dom::parser parser;
  dom::element json;
  if (parser.parse(answer->body).get(json) != simdjson::SUCCESS) co_return not_understood();
  BrokerSigningKeys keys;
  keys.current = text_of(json, "current");
  keys.next = text_of(json, "next");
  if (keys.current.empty()) co_return not_understood();
  co_return keys;
}

asio::awaitable<Result<KnownMessage>> BrokerClient::message(const BrokerAccess& access,
                                                            std::string id) {
  // The log has the state, also of messages that have ended. It keeps rows for days only, though:
  // an older message that still waits is there by its id.
  KnownMessages known(1);
  const Result<void> listed =
      co_await impl_->pages(access, "/v2/logs?messageId=" + percent_encode(id) + "&count=20",
                            "logs", 1, [&known](const dom::element& row) {
                              known.add_row(row);
                              return true;
                            });
  if (!listed) co_return std::unexpected(listed.error());
  std::vector<KnownMessage> messages = known.take();
  if (!messages.empty()) co_return std::move(messages.front());

  Impl::Call call;
  call.path = "/v2/messages/" + percent_encode(id);
  const Result<IncomingResponse> answer = co_await impl_->call(access, std::move(call));
  if (!answer) co_return std::unexpected(answer.error());
  dom::parser parser;
  dom::element json;
  if (parser.parse(answer->body).get(json) != simdjson::SUCCESS) co_return not_understood();
  KnownMessage message;
  message.message_id = std::move(id);
  message.state = "CREATED";
  message.body = text_of(json, "body");
  if (const auto due = integer_of(json, "notBefore")) message.next_delivery = from_unix_ms(*due);
  co_return message;
}

asio::awaitable<Result<std::vector<KnownMessage>>> BrokerClient::messages_with_label(
    const BrokerAccess& access, std::string label, std::size_t limit) {
  KnownMessages known(limit);
  const std::string filter = "label=" + percent_encode(label) + "&trimBody=500";
  const Result<void> rows =
      co_await impl_->pages(access, "/v2/logs?" + filter + "&count=" + std::to_string(log_rows),
                            "logs", log_pages_max, [&known](const dom::element& row) {
                              known.add_row(row);
                              return !known.full();
                            });
  if (!rows) co_return std::unexpected(rows.error());
  const Result<void> dead_letters = co_await impl_->pages(
      access, "/v2/dlq?" + filter + "&count=" + std::to_string(dead_letters_page), "messages",
      dead_letters_pages_max, [&known](const dom::element& entry) {
        known.add_dead_letter(entry);
        return true;
      });
  if (!dead_letters) co_return std::unexpected(dead_letters.error());
  co_return known.take();
}

asio::awaitable<Result<BrokerClient::About>> BrokerClient::check(const BrokerAccess& access) {
  Impl::Call keys;
  keys.path = "/v2/keys";
  const Result<IncomingResponse> accepted = co_await impl_->call(access, std::move(keys));
  if (!accepted) co_return std::unexpected(accepted.error());
  About about;
  about.date = date_of(accepted->headers);

  Impl::Call root;
  root.path = "/";
  root.with_token = false;
  const Result<IncomingResponse> answer = co_await impl_->call(access, std::move(root));
  // Only Godwit answers there with its name; that others do not is no error.
  if (!answer) co_return about;
  dom::parser parser;
  dom::element json;
  if (parser.parse(answer->body).get(json) == simdjson::SUCCESS &&
      text_of(json, "name") == "Godwit") {
    about.is_godwit = true;
    about.version = cut(text_of(json, "version"), 100);
  }
  co_return about;
}

}  // namespace godwit::imagegen
