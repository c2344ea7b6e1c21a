#include "api/api_impl.h"

#include "api/answer.h"
#include "api/message_json.h"
#include "api/receipt_json.h"
#include "api/reply.h"
#include "core/json_out.h"

namespace godwit {

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

Result<BodyParameters> Api::Impl::all_parameters(const Call& call) {
  Result<BodyParameters> parameters = parse_body_parameters(call.request.body);
  if (!parameters) return parameters;
  parameters->parameters.insert(parameters->parameters.begin(), call.route.query.begin(),
                                call.route.query.end());
  return parameters;
}

asio::awaitable<HttpResponse> Api::Impl::cancel_messages(Call call) {
  const Result<BodyParameters> parameters = all_parameters(call);
  if (!parameters) co_return error_answer(parameters.error());
  Result<CancelSelection> selection = parse_cancel_selection(parameters->parameters);
  if (!selection) co_return error_answer(selection.error());
  // `{"messageIds":[]}` must not mean everything.
  if (!selection->by_ids && !parameters->empty_list) {
    co_return co_await cancel_by_filter(std::move(call), std::move(*selection));
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

}  // namespace godwit
