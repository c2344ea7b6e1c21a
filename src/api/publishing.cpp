#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "api/answer.h"
#include "api/api_impl.h"
#include "api/json_in.h"
#include "api/receipt_json.h"
#include "api/reply.h"
#include "core/json_out.h"
#include "core/signature.h"

namespace godwit {
namespace {

/// A batch goes to the broker in waves, so that one request never fills what all share.
constexpr std::size_t wave_items_max = 1024;
constexpr std::size_t wave_bytes_max = 8u << 20;

/// What came of a publish to a URL group, endpoint by endpoint.
struct GroupReceipt {
  std::vector<std::string> urls;
  std::vector<PublishReceipt> receipts;
};
struct ScheduleReceipt {
  std::string id;
};
/// What came of a PublishOrder.
using OrderReceipt = std::variant<PublishReceipt, GroupReceipt, ScheduleReceipt>;

/// Hands the order to the broker. `done` takes a Result<OrderReceipt>, once it is durable.
template <typename Done>
void carry_out(Broker& broker, PublishOrder order, Done done) {
  if (Publish* const publish = std::get_if<Publish>(&order)) {
    broker.publish(std::move(*publish),
                   [done = std::move(done)](Result<PublishReceipt> receipt) mutable {
                     if (!receipt) return done(std::unexpected(std::move(receipt.error())));
                     done(OrderReceipt(*receipt));
                   });
  } else if (GroupPublish* const group = std::get_if<GroupPublish>(&order)) {
    std::vector<std::string> urls;
    urls.reserve(group->publishes.size());
    for (const Publish& one : group->publishes) urls.push_back(one.message.url);
    broker.publish_all(
        std::move(group->publishes), [urls = std::move(urls), done = std::move(done)](
                                         Result<std::vector<PublishReceipt>> receipts) mutable {
          if (!receipts) return done(std::unexpected(std::move(receipts.error())));
          done(OrderReceipt(
              GroupReceipt{.urls = std::move(urls), .receipts = std::move(*receipts)}));
        });
  } else {
    Schedule& schedule = std::get<Schedule>(order);
    if (schedule.id.empty()) schedule.id = make_identifier("scd_", random_bytes(20));
    schedule.message.schedule_id = schedule.id;
    ScheduleReceipt receipt{.id = schedule.id};
    broker.put_schedule(std::move(schedule), [receipt = std::move(receipt),
                                              done = std::move(done)](Result<void> put) mutable {
      if (!put) return done(std::unexpected(std::move(put.error())));
      done(OrderReceipt(std::move(receipt)));
    });
  }
}

void write_order_receipt(JsonWriter& json, const OrderReceipt& receipt) {
  if (const auto* const message = std::get_if<PublishReceipt>(&receipt)) {
    write_receipt(json, *message);
  } else if (const auto* const group = std::get_if<GroupReceipt>(&receipt)) {
    json.begin_array();
    for (std::size_t i = 0; i < group->receipts.size(); ++i) {
      json.begin_object();
      json.member("messageId", group->receipts[i].id.to_string());
      json.member("url", group->urls[i]);
      if (group->receipts[i].deduplicated) json.member("deduplicated", true);
      json.end_object();
    }
    json.end_array();
  } else {
    json.begin_object();
    json.member("scheduleId", std::get<ScheduleReceipt>(receipt).id);
    json.end_object();
  }
}

/// Whether nothing new came of it.
bool is_all_duplicates(const OrderReceipt& receipt) {
  if (const auto* const message = std::get_if<PublishReceipt>(&receipt)) {
    return message->deduplicated;
  }
  const auto* const group = std::get_if<GroupReceipt>(&receipt);
  return group != nullptr && std::ranges::all_of(group->receipts, &PublishReceipt::deduplicated);
}

HttpResponse order_answer(const Result<OrderReceipt>& receipt) {
  if (!receipt) return error_answer(receipt.error());
  std::string body;
  body.reserve(64);
  JsonWriter json(body);
  write_order_receipt(json, *receipt);
  return json_answer(is_all_duplicates(*receipt) ? 202 : 200, std::move(body));
}

/// What counts of it against a day's limit: what schedules make later does not.
std::size_t messages_of(const PublishOrder& order) {
  if (std::holds_alternative<Publish>(order)) return 1;
  const auto* const group = std::get_if<GroupPublish>(&order);
  return group != nullptr ? group->publishes.size() : 0;
}

std::size_t body_bytes(const PublishOrder& order) {
  if (const auto* const publish = std::get_if<Publish>(&order)) return publish->message.body.size();
  if (const auto* const schedule = std::get_if<Schedule>(&order)) {
    return schedule->message.body.size();
  }
  const std::vector<Publish>& publishes = std::get<GroupPublish>(order).publishes;
  return publishes.size() * publishes.front().message.body.size();
}

}  // namespace

PublishRequest Api::Impl::publish_request(Call& call) {
  return {.account = call.account,
          .destination = std::move(call.route.destination),
          .queue = std::move(call.route.queue),
          .settings = MessageSettings{.headers = call.request.headers,
                                      .query = call.route.settings,
                                      .authorization_is_credential = call.by_header},
          .body = std::move(call.request.body),
          .caller_ip = std::move(call.request.remote_address)};
}

asio::awaitable<HttpResponse> Api::Impl::publish(Call call) {
  Result<PublishOrder> order = parse_publish(publish_request(call), clock_.now(), rules_);
  if (!order) co_return error_answer(order.error());
  limits_.published(call.account, messages_of(*order), clock_.now());
  co_return order_answer(co_await reply_to<OrderReceipt>([this, &order](Reply<OrderReceipt> reply) {
    carry_out(broker_, std::move(*order), std::move(reply));
  }));
}

asio::awaitable<HttpResponse> Api::Impl::create_schedule(Call call) {
  Result<Schedule> schedule = parse_schedule(publish_request(call), clock_.now(), rules_);
  if (!schedule) co_return error_answer(schedule.error());
  co_return order_answer(
      co_await reply_to<OrderReceipt>([this, &schedule](Reply<OrderReceipt> reply) {
        carry_out(broker_, PublishOrder(std::move(*schedule)), std::move(reply));
      }));
}

/// The outer request's settings do not apply to items: each has its own.
Result<PublishOrder> Api::Impl::parse_item(Result<BatchItem> item, const Call& call) const {
  if (!item) return std::unexpected(std::move(item.error()));
  if (!item->callback.empty()) {
    // Behind the others: a header of that name counts before it.
    item->headers.push_back({.name = "Upstash-Callback", .value = std::move(item->callback)});
  }
  return parse_publish(
      PublishRequest{.account = call.account,
                     .destination = std::move(item->destination),
                     .queue = std::move(item->queue),
                     .settings = MessageSettings{.headers = item->headers,
                                                 .query = {},
                                                 .authorization_is_credential = false},
                     .body = std::move(item->body),
                     .caller_ip = call.request.remote_address},
      clock_.now(), rules_);
}

asio::awaitable<HttpResponse> Api::Impl::batch(Call call) {
  Result<std::vector<Result<BatchItem>>> items =
      parse_batch(call.request.body, settings_.batch_items_max);
  call.request.body = std::string();
  if (!items) co_return error_answer(items.error());

  struct Wave {
    std::vector<std::optional<Result<OrderReceipt>>> results;
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
      Result<PublishOrder> order = parse_item(std::move((*items)[next]), call);
      if (!order) {
        wave->results[size] = std::unexpected(std::move(order.error()));
        continue;
      }
      bytes += body_bytes(*order);
      limits_.published(call.account, messages_of(*order), clock_.now());
      Countdown::Ticket ticket({wave, &wave->countdown});
      carry_out(broker_, std::move(*order),
                [wave, size, ticket = std::move(ticket)](Result<OrderReceipt> receipt) mutable {
                  wave->results[size] = std::move(receipt);
                  ticket.done();
                });
    }
    co_await wave->countdown.wait();
    for (const auto& result : std::span(wave->results).first(size)) {
      if (*result) {
        write_order_receipt(json, **result);
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

}  // namespace godwit
