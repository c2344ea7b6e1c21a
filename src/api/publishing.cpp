#include "api/api_impl.h"

#include <algorithm>
#include <cstddef>
#include <span>

#include "api/answer.h"
#include "api/json_in.h"
#include "api/receipt_json.h"
#include "api/reply.h"
#include "core/json_out.h"

namespace godwit {
namespace {

/// A batch goes to the broker in waves, so that one request never fills what all share.
constexpr std::size_t wave_items_max = 1024;
constexpr std::size_t wave_bytes_max = 8u << 20;

}  // namespace

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

asio::awaitable<HttpResponse> Api::Impl::create_schedule(Call call) {
  co_return error_answer(501, "schedules are not supported by this version of Godwit");
}

}  // namespace godwit
