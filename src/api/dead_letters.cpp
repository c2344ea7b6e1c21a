#include "api/api_impl.h"

#include "api/answer.h"
#include "api/receipt_json.h"
#include "api/reply.h"
#include "core/json_out.h"

namespace godwit {

Result<DeadLetterSelection> Api::Impl::dead_letter_selection(const Call& call) const {
  const Result<BodyParameters> parameters = all_parameters(call);
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

}  // namespace godwit
