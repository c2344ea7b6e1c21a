#include "api/api.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "api/answer.h"
#include "api/authentication.h"
#include "api/filters.h"
#include "api/json_in.h"
#include "api/json_out.h"
#include "api/listing_json.h"
#include "api/message_json.h"
#include "api/metrics.h"
#include "api/publish_request.h"
#include "api/reader_pool.h"
#include "api/reply.h"
#include "api/route.h"
#include "core/assert.h"
#include "core/signature.h"

namespace godwit {

namespace asio = boost::asio;

namespace {

/// A batch goes to the broker in waves, so that one request never fills what all share.
constexpr std::size_t wave_items_max = 1024;
constexpr std::size_t wave_bytes_max = 8u << 20;

/// Whether a token that may only read may do this. Signing keys are no reading matter: who has them
/// can forge deliveries.
bool is_read(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::get_message:
    case Endpoint::list_dead_letters:
    case Endpoint::get_dead_letter:
    case Endpoint::list_logs:
    case Endpoint::list_events:
      return true;
    default:
      return false;
  }
}

void write_receipt(JsonWriter& json, const PublishReceipt& receipt) {
  json.begin_object();
  json.member("messageId", receipt.id.to_string());
  if (receipt.deduplicated) json.member("deduplicated", true);
  json.end_object();
}

HttpResponse receipt_answer(int status, const PublishReceipt& receipt) {
  std::string body;
  body.reserve(64);
  JsonWriter json(body);
  write_receipt(json, receipt);
  return json_answer(status, std::move(body));
}

std::string keys_json(const SigningKeys& keys) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("current", keys.current);
  json.member("next", keys.next);
  json.end_object();
  return body;
}

std::string status_json(std::string_view status) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("status", status);
  json.end_object();
  return body;
}

/// Ids come from outside: an answer does not repeat a long one.
HttpResponse not_found_answer(std::string_view kind, std::string_view id) {
  std::string text(kind);
  text.append(" ").append(id.substr(0, 100)).append(" not found");
  return error_answer(404, text);
}

/// The filters of a bulk request: its query and its body.
Result<BodyParameters> all_parameters(const Route& route, const HttpRequest& request) {
  Result<BodyParameters> parameters = parse_body_parameters(request.body);
  if (!parameters) return parameters;
  parameters->parameters.insert(parameters->parameters.begin(), route.query.begin(),
                                route.query.end());
  return parameters;
}

}  // namespace

class Api::Impl : public std::enable_shared_from_this<Api::Impl> {
 public:
  Impl(asio::io_context& io, ApiSettings settings, Broker& broker, const Store& store,
       const Clock& clock, const TokenTable& tokens, const AddressPolicy* guard,
       std::function<std::string()> metrics_of_others, std::function<void()> signing_keys_changed)
      : settings_(std::move(settings)),
        broker_(broker),
        store_(store),
        clock_(clock),
        authenticator_(tokens),
        rules_{.settings = settings_, .guard = guard},
        metrics_of_others_(std::move(metrics_of_others)),
        signing_keys_changed_(std::move(signing_keys_changed)),
        readers_(io, settings_.listing_threads, settings_.listings_waiting_max) {}

  asio::awaitable<HttpResponse> handle(HttpRequest request) {
    const auto self = shared_from_this();
    HttpResponse response = co_await answer(std::move(request));
    const auto digit = static_cast<std::size_t>(response.status / 100);
    if (digit < stats_.answers.size()) ++stats_.answers[digit];
    if (response.status == 401) ++stats_.unauthenticated;
    co_return response;
  }

  void set_ready(bool ready) { ready_ = ready; }
  void stop() { readers_.stop(); }

 private:
  /// A request with whom it speaks for.
  struct Call {
    HttpRequest request;
    Route route;
    AccountId account = 0;
    bool by_header = false;
  };

  asio::awaitable<HttpResponse> answer(HttpRequest request);
  HttpResponse answer_anybody(const HttpRequest& request, const Route& route) const;

  asio::awaitable<HttpResponse> publish(Call call);
  asio::awaitable<HttpResponse> batch(Call call);
  Result<Publish> parse_item(Result<BatchItem> item, const Call& call) const;

  HttpResponse get_message(const Call& call);
  asio::awaitable<HttpResponse> cancel_message(Call call);
  asio::awaitable<HttpResponse> cancel_messages(Call call);
  asio::awaitable<HttpResponse> run_message_now(Call call);

  asio::awaitable<HttpResponse> list_dead_letters(Call call);
  asio::awaitable<HttpResponse> get_dead_letter(Call call);
  asio::awaitable<HttpResponse> delete_dead_letter(Call call);
  asio::awaitable<HttpResponse> delete_dead_letters(Call call);
  asio::awaitable<HttpResponse> retry_dead_letter(Call call);
  asio::awaitable<HttpResponse> retry_dead_letters(Call call);
  asio::awaitable<Result<DeadLetterIds>> select_dead_letters(DeadLetterSelection selection);
  Result<DeadLetterSelection> dead_letter_selection(const Call& call) const;

  asio::awaitable<HttpResponse> list_log(Call call);
  asio::awaitable<HttpResponse> rotate_keys(Call call);

  /// Runs read(const ListingSource&) on a reader thread, over a snapshot of now.
  template <typename T, typename Read>
  asio::awaitable<Result<T>> read(Read read) {
    return readers_.run<T>([snapshot = store_.snapshot(), partitions = settings_.partitions,
                            read = std::move(read)]() mutable -> Result<T> {
      return read(ListingSource{.reader = *snapshot, .partitions = partitions});
    });
  }

  const ApiSettings settings_;
  Broker& broker_;
  const Store& store_;
  const Clock& clock_;
  Authenticator authenticator_;
  const PublishRules rules_;
  std::function<std::string()> metrics_of_others_;
  std::function<void()> signing_keys_changed_;
  ReaderPool readers_;
  std::set<AccountId> rotating_;
  ApiStats stats_;
  bool ready_ = false;
};

asio::awaitable<HttpResponse> Api::Impl::answer(HttpRequest request) {
  Call call;
  call.route = parse_route(request.method, request.target);
  const Endpoint endpoint = call.route.endpoint;
  switch (endpoint) {
    case Endpoint::preflight:
    case Endpoint::not_found:
    case Endpoint::root:
    case Endpoint::healthz:
    case Endpoint::readyz:
    case Endpoint::metrics:
      co_return answer_anybody(request, call.route);
    default:
      break;
  }
  const std::optional<Authenticated> caller =
      authenticator_.authenticate(request.headers, call.route.token);
  if (!caller) {
    HttpResponse response = error_answer(401, "unable to authenticate: invalid token");
    response.headers.push_back({.name = "WWW-Authenticate", .value = "Bearer"});
    co_return response;
  }
  if (endpoint == Endpoint::method_not_allowed) {
    HttpResponse response =
        error_answer(405, "method not allowed: use " + std::string(call.route.allow));
    response.headers.push_back({.name = "Allow", .value = std::string(call.route.allow)});
    co_return response;
  }
  if (endpoint == Endpoint::not_supported) {
    co_return error_answer(
        501, std::string(call.route.feature) + " are not supported by this version of Godwit");
  }
  if (caller->credential.read_only && !is_read(endpoint)) {
    co_return error_answer(403, "read-only token cannot be used for this operation");
  }
  call.request = std::move(request);
  call.account = caller->credential.account;
  call.by_header = caller->by_header;

  switch (endpoint) {
    case Endpoint::publish:
      co_return co_await publish(std::move(call));
    case Endpoint::batch:
      co_return co_await batch(std::move(call));
    case Endpoint::get_message:
      co_return get_message(call);
    case Endpoint::cancel_message:
      co_return co_await cancel_message(std::move(call));
    case Endpoint::cancel_messages:
      co_return co_await cancel_messages(std::move(call));
    case Endpoint::run_message_now:
      co_return co_await run_message_now(std::move(call));
    case Endpoint::list_dead_letters:
      co_return co_await list_dead_letters(std::move(call));
    case Endpoint::get_dead_letter:
      co_return co_await get_dead_letter(std::move(call));
    case Endpoint::delete_dead_letter:
      co_return co_await delete_dead_letter(std::move(call));
    case Endpoint::delete_dead_letters:
      co_return co_await delete_dead_letters(std::move(call));
    case Endpoint::retry_dead_letter:
      co_return co_await retry_dead_letter(std::move(call));
    case Endpoint::retry_dead_letters:
      co_return co_await retry_dead_letters(std::move(call));
    case Endpoint::list_logs:
    case Endpoint::list_events:
      co_return co_await list_log(std::move(call));
    case Endpoint::get_keys:
      co_return json_answer(200, keys_json(broker_.signing_keys(call.account)));
    case Endpoint::rotate_keys:
      co_return co_await rotate_keys(std::move(call));
    default:
      GODWIT_ASSERT(false);
  }
}

/// What needs no token.
HttpResponse Api::Impl::answer_anybody(const HttpRequest& request, const Route& route) const {
  HttpResponse response;
  switch (route.endpoint) {
    case Endpoint::preflight:
      return preflight_answer();
    case Endpoint::root: {
      std::string body;
      JsonWriter json(body);
      json.begin_object();
      json.member("name", "Godwit");
      json.member("version", settings_.version);
      json.end_object();
      response = json_answer(200, std::move(body));
      break;
    }
    case Endpoint::healthz:
      response = json_answer(200, status_json("ok"));
      break;
    case Endpoint::readyz:
      response = ready_ ? json_answer(200, status_json("ready"))
                        : error_answer(503, "not ready: starting or shutting down");
      break;
    case Endpoint::metrics: {
      ApiStats stats = stats_;
      stats.listings_waiting = readers_.waiting();
      response = json_answer(200, metrics_text(broker_.stats(), stats, settings_.version));
      response.headers.front().value = "text/plain; version=0.0.4; charset=utf-8";
      if (metrics_of_others_) response.body += metrics_of_others_();
      break;
    }
    default:
      return error_answer(404, "not found: no such route");
  }
  if (request.method == "HEAD") response.body.clear();
  return response;
}

asio::awaitable<HttpResponse> Api::Impl::publish(Call call) {
  Result<Publish> publish = parse_publish(
      PublishRequest{.account = call.account,
                     .destination = std::move(call.route.destination),
                     .settings = MessageSettings{.headers = call.request.headers,
                                                 .query = call.route.settings,
                                                 .authorization_is_credential = call.by_header},
                     .body = std::move(call.request.body),
                     .caller_ip = std::move(call.request.remote_address)},
      clock_.now(), rules_);
  if (!publish) co_return error_answer(publish.error());
  const Result<PublishReceipt> receipt =
      co_await reply_to<PublishReceipt>([this, &publish](Reply<PublishReceipt> reply) {
        broker_.publish(std::move(*publish), std::move(reply));
      });
  if (!receipt) co_return error_answer(receipt.error());
  co_return receipt_answer(receipt->deduplicated ? 202 : 200, *receipt);
}

/// The outer request's settings do not apply to items: each has its own.
Result<Publish> Api::Impl::parse_item(Result<BatchItem> item, const Call& call) const {
  if (!item) return std::unexpected(std::move(item.error()));
  for (const auto& [name, value] :
       {std::pair{"queue", &item->queue}, {"callback", &item->callback}}) {
    if (!value->empty()) {
      return fail(ErrorCode::invalid_argument,
                  std::string(name) + " is not supported by this version of Godwit");
    }
  }
  return parse_publish(
      PublishRequest{.account = call.account,
                     .destination = std::move(item->destination),
                     .settings = MessageSettings{.headers = item->headers,
                                                 .query = {},
                                                 .authorization_is_credential = false},
                     .body = std::move(item->body),
                     .caller_ip = call.request.remote_address},
      clock_.now(), rules_);
}

asio::awaitable<HttpResponse> Api::Impl::batch(Call call) {
  Result<std::vector<Result<BatchItem>>> items = parse_batch(call.request.body);
  call.request.body = std::string();
  if (!items) co_return error_answer(items.error());

  struct Wave {
    std::vector<std::optional<Result<PublishReceipt>>> results;
    Countdown countdown;
  };
  std::string body;
  JsonWriter json(body);
  json.begin_array();
  for (std::size_t next = 0; next < items->size();) {
    const auto wave = std::make_shared<Wave>();
    // Not resized later: replies write into it.
    wave->results.resize(std::min(wave_items_max, items->size() - next));
    std::size_t bytes = 0;
    std::size_t size = 0;
    for (; size < wave->results.size() && bytes < wave_bytes_max; ++size, ++next) {
      Result<Publish> publish = parse_item(std::move((*items)[next]), call);
      if (!publish) {
        wave->results[size] = std::unexpected(std::move(publish.error()));
        continue;
      }
      bytes += publish->message.body.size();
      Countdown::Ticket ticket({wave, &wave->countdown});
      broker_.publish(std::move(*publish), [wave, size, ticket = std::move(ticket)](
                                               Result<PublishReceipt> receipt) mutable {
        wave->results[size] = std::move(receipt);
        ticket.done();
      });
    }
    co_await wave->countdown.wait();
    for (const auto& result : std::span(wave->results).first(size)) {
      if (*result) {
        write_receipt(json, **result);
      } else {
        json.begin_object();
        json.member("error", result->error().message);
        json.end_object();
      }
    }
  }
  json.end_array();
  co_return json_answer(200, std::move(body));
}

HttpResponse Api::Impl::get_message(const Call& call) {
  const std::optional<MessageId> id = MessageId::parse(call.route.id);
  if (!id) return not_found_answer("message", call.route.id);
  const Result<std::shared_ptr<const Message>> found = broker_.find(call.account, *id);
  if (!found) {
    if (found.error().code == ErrorCode::not_found) {
      return not_found_answer("message", call.route.id);
    }
    return error_answer(found.error());
  }
  std::string body;
  body.reserve((*found)->body.size() + 512);
  JsonWriter json(body);
  write_message(json, **found);
  return json_answer(200, std::move(body));
}

asio::awaitable<HttpResponse> Api::Impl::cancel_message(Call call) {
  const std::optional<MessageId> id = MessageId::parse(call.route.id);
  if (!id) co_return not_found_answer("message", call.route.id);
  const Result<void> canceled = co_await reply_to<void>([this, &call, id](Reply<void> reply) {
    broker_.cancel(call.account, *id, std::move(reply));
  });
  if (!canceled) {
    if (canceled.error().code == ErrorCode::not_found) {
      co_return not_found_answer("message", call.route.id);
    }
    co_return error_answer(canceled.error());
  }
  co_return json_answer(202, R"({"cancelled":1})");
}

asio::awaitable<HttpResponse> Api::Impl::cancel_messages(Call call) {
  const Result<BodyParameters> parameters = all_parameters(call.route, call.request);
  if (!parameters) co_return error_answer(parameters.error());
  const Result<CancelSelection> selection = parse_cancel_selection(parameters->parameters);
  if (!selection) co_return error_answer(selection.error());
  if (!selection->by_ids && !parameters->empty_list) {
    co_return error_answer(501,
                           "bulk cancel by filter is not supported by this version of Godwit: "
                           "name the messages in messageIds");
  }
  struct Cancels {
    std::size_t canceled = 0;
    std::optional<Error> failed;
    Countdown countdown;
  };
  const auto cancels = std::make_shared<Cancels>();
  for (const std::string& text : selection->ids) {
    const std::optional<MessageId> id = MessageId::parse(text);
    if (!id) continue;  // Unknown ids are no error here.
    Countdown::Ticket ticket({cancels, &cancels->countdown});
    broker_.cancel(call.account, *id,
                   [cancels, ticket = std::move(ticket)](Result<void> canceled) mutable {
                     if (canceled) {
                       ++cancels->canceled;
                     } else if (canceled.error().code != ErrorCode::not_found) {
                       cancels->failed = std::move(canceled.error());
                     }
                     ticket.done();
                   });
  }
  co_await cancels->countdown.wait();
  if (cancels->failed) co_return error_answer(*cancels->failed);
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("cancelled", cancels->canceled);
  json.end_object();
  co_return json_answer(202, std::move(body));
}

asio::awaitable<HttpResponse> Api::Impl::run_message_now(Call call) {
  const std::optional<MessageId> id = MessageId::parse(call.route.id);
  if (!id) co_return not_found_answer("message", call.route.id);
  const Result<void> done = co_await reply_to<void>([this, &call, id](Reply<void> reply) {
    broker_.run_now(call.account, *id, std::move(reply));
  });
  if (!done) {
    if (done.error().code == ErrorCode::not_found) {
      co_return not_found_answer("message", call.route.id);
    }
    co_return error_answer(done.error());
  }
  co_return receipt_answer(202, PublishReceipt{.id = *id});
}

Result<DeadLetterSelection> Api::Impl::dead_letter_selection(const Call& call) const {
  const Result<BodyParameters> parameters = all_parameters(call.route, call.request);
  if (!parameters) return std::unexpected(parameters.error());
  Result<DeadLetterSelection> selection = parse_dead_letter_selection(parameters->parameters);
  if (!selection) return selection;
  selection->query.account = call.account;
  // `{"dlqIds":[]}` must not mean everything.
  if (parameters->empty_list && !selection->by_ids) selection->nothing = true;
  return selection;
}

asio::awaitable<HttpResponse> Api::Impl::list_dead_letters(Call call) {
  Result<DeadLetterSelection> selection = parse_dead_letter_selection(call.route.query);
  if (!selection) co_return error_answer(selection.error());
  selection->query.account = call.account;
  Result<std::string> body = co_await read<std::string>(
      [selection = std::move(*selection)](const ListingSource& source) mutable {
        return dead_letters_json(source, std::move(selection));
      });
  if (!body) co_return error_answer(body.error());
  co_return json_answer(200, std::move(*body));
}

asio::awaitable<HttpResponse> Api::Impl::get_dead_letter(Call call) {
  const std::optional<DeadLetterId> id = DeadLetterId::parse(call.route.id);
  if (!id) co_return not_found_answer("dlq message", call.route.id);
  Result<std::string> body =
      co_await read<std::string>([account = call.account, id](const ListingSource& source) {
        return dead_letter_json(source, account, *id);
      });
  if (!body) {
    if (body.error().code == ErrorCode::not_found) {
      co_return not_found_answer("dlq message", call.route.id);
    }
    co_return error_answer(body.error());
  }
  co_return json_answer(200, std::move(*body));
}

asio::awaitable<HttpResponse> Api::Impl::delete_dead_letter(Call call) {
  const std::optional<DeadLetterId> id = DeadLetterId::parse(call.route.id);
  if (!id) co_return not_found_answer("dlq message", call.route.id);
  const Result<std::size_t> deleted =
      co_await reply_to<std::size_t>([this, &call, id](Reply<std::size_t> reply) {
        broker_.delete_dead_letters(call.account, {*id}, std::move(reply));
      });
  if (!deleted) co_return error_answer(deleted.error());
  if (*deleted == 0) co_return not_found_answer("dlq message", call.route.id);
  co_return json_answer(200, "{}");
}

/// Ids need no look: the engine skips those that are not there.
asio::awaitable<Result<DeadLetterIds>> Api::Impl::select_dead_letters(
    DeadLetterSelection selection) {
  if (selection.nothing) co_return DeadLetterIds{};
  if (selection.by_ids) {
    co_return DeadLetterIds{.ids = std::move(selection.query.dead_letter_ids), .cursor = {}};
  }
  co_return co_await read<DeadLetterIds>(
      [selection = std::move(selection)](const ListingSource& source) mutable {
        return find_dead_letters(source, std::move(selection));
      });
}

asio::awaitable<HttpResponse> Api::Impl::delete_dead_letters(Call call) {
  Result<DeadLetterSelection> selection = dead_letter_selection(call);
  if (!selection) co_return error_answer(selection.error());
  Result<DeadLetterIds> found = co_await select_dead_letters(std::move(*selection));
  if (!found) co_return error_answer(found.error());
  const Result<std::size_t> deleted =
      co_await reply_to<std::size_t>([this, &call, &found](Reply<std::size_t> reply) {
        broker_.delete_dead_letters(call.account, found->ids, std::move(reply));
      });
  if (!deleted) co_return error_answer(deleted.error());
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("deleted", *deleted);
  json.member_unless_empty("cursor", found->cursor);
  json.end_object();
  co_return json_answer(200, std::move(body));
}

asio::awaitable<HttpResponse> Api::Impl::retry_dead_letter(Call call) {
  const std::optional<DeadLetterId> id = DeadLetterId::parse(call.route.id);
  if (!id) co_return not_found_answer("dlq message", call.route.id);
  Result<std::function<void(Message&)>> change = parse_retry_changes(
      MessageSettings{.headers = call.request.headers, .query = call.route.settings}, clock_.now(),
      rules_);
  if (!change) co_return error_answer(change.error());
  std::vector<DeadLetterRetry> retries;
  retries.push_back({.id = *id, .change = std::move(*change)});
  const Result<std::vector<PublishReceipt>> receipts =
      co_await reply_to<std::vector<PublishReceipt>>(
          [this, &call, &retries](Reply<std::vector<PublishReceipt>> reply) {
            broker_.retry_dead_letters(call.account, retries, std::move(reply));
          });
  if (!receipts) co_return error_answer(receipts.error());
  if (receipts->empty()) co_return not_found_answer("dlq message", call.route.id);
  co_return receipt_answer(201, receipts->front());
}

asio::awaitable<HttpResponse> Api::Impl::retry_dead_letters(Call call) {
  Result<DeadLetterSelection> selection = dead_letter_selection(call);
  if (!selection) co_return error_answer(selection.error());
  const Result<std::function<void(Message&)>> change = parse_retry_changes(
      MessageSettings{.headers = call.request.headers, .query = call.route.settings}, clock_.now(),
      rules_);
  if (!change) co_return error_answer(change.error());
  const bool by_ids = selection->by_ids;
  const Result<DeadLetterIds> found = co_await select_dead_letters(std::move(*selection));
  if (!found) co_return error_answer(found.error());

  std::vector<DeadLetterRetry> retries;
  retries.reserve(found->ids.size());
  for (const DeadLetterId& id : found->ids) retries.push_back({.id = id, .change = *change});
  const Result<std::vector<PublishReceipt>> receipts =
      co_await reply_to<std::vector<PublishReceipt>>(
          [this, &call, &retries](Reply<std::vector<PublishReceipt>> reply) {
            broker_.retry_dead_letters(call.account, retries, std::move(reply));
          });
  if (!receipts) co_return error_answer(receipts.error());
  if (by_ids && receipts->empty()) {
    co_return error_answer(404, "none of the dlq messages in dlqIds was found");
  }
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.key("responses");
  json.begin_array();
  for (const PublishReceipt& receipt : *receipts) write_receipt(json, receipt);
  json.end_array();
  json.member_unless_empty("cursor", found->cursor);
  json.end_object();
  co_return json_answer(201, std::move(body));
}

asio::awaitable<HttpResponse> Api::Impl::list_log(Call call) {
  Result<LogSelection> selection = parse_log_selection(call.route.query);
  if (!selection) co_return error_answer(selection.error());
  LogQuery& query = selection->query;
  query.account = call.account;
  query.from = std::max(query.from.value_or(Timestamp{}), broker_.log_begin());
  const bool named_logs = call.route.endpoint == Endpoint::list_logs;
  Result<std::string> body = co_await read<std::string>(
      [selection = std::move(*selection), living = broker_.living_rows(call.account), named_logs](
          const ListingSource& source) { return log_json(source, selection, living, named_logs); });
  if (!body) co_return error_answer(body.error());
  co_return json_answer(200, std::move(*body));
}

asio::awaitable<HttpResponse> Api::Impl::rotate_keys(Call call) {
  // Two at once would both promote the same key, and one fresh key would be lost unseen.
  if (!rotating_.insert(call.account).second) {
    co_return error_answer(429, "a rotation of the signing keys is under way; send it again");
  }
  const SigningKeys before = broker_.signing_keys(call.account);
  const Result<SigningKeys> after =
      co_await reply_to<SigningKeys>([this, &call, &before](Reply<SigningKeys> reply) {
        broker_.rotate_signing_keys(
            call.account,
            SigningKeys{.current = before.next, .next = make_identifier("sig_", random_bytes(20))},
            std::move(reply));
      });
  rotating_.erase(call.account);
  if (!after) co_return error_answer(after.error());
  if (signing_keys_changed_) signing_keys_changed_();
  co_return json_answer(200, keys_json(*after));
}

Api::Api(asio::io_context& io, ApiSettings settings, Broker& broker, const Store& store,
         const Clock& clock, const TokenTable& tokens, const AddressPolicy* guard,
         std::function<std::string()> metrics_of_others, std::function<void()> signing_keys_changed)
    : impl_(std::make_shared<Impl>(io, std::move(settings), broker, store, clock, tokens, guard,
                                   std::move(metrics_of_others), std::move(signing_keys_changed))) {
}

// Coroutines hold the Impl, and those that wait for a reader would hold it for ever.
Api::~Api() { impl_->stop(); }

asio::awaitable<HttpResponse> Api::handle(HttpRequest request) {
  return impl_->handle(std::move(request));
}

void Api::set_ready(bool ready) { impl_->set_ready(ready); }

}  // namespace godwit
