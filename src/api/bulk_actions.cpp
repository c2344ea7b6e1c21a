#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/answer.h"
#include "api/api_impl.h"
#include "api/bulk_cancel.h"
#include "api/filters.h"
#include "api/resource_json.h"
#include "core/json_out.h"

namespace godwit {
namespace {

constexpr std::string_view kind = "bulk action";

/// Kept for seven days; one under way is shown however old it is.
bool is_shown(const BulkAction& action, Timestamp now) {
  return action.completed == Timestamp{} || now - action.completed < bulk_action_retention;
}

/// A page in which a filter by state may leave less than it has looked at, as at QStash.
Result<std::string> bulk_actions_json(const ListingSource& source, AccountId account,
                                      BulkActionSelection selection, Timestamp now) {
  const Result<std::vector<BulkAction>> actions =
      list_bulk_actions(source.reader, account, selection.count, selection.cursor);
  if (!actions) return std::unexpected(actions.error());
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("bulkActions");
  json.begin_array();
  for (const BulkAction& action : *actions) {
    const bool finished = action.completed != Timestamp{};
    if (!is_shown(action, now) || finished != selection.finished.value_or(finished)) continue;
    write_bulk_action(json, action);
  }
  json.end_array();
  json.member_unless_empty("cursor", selection.cursor);
  json.end_object();
  return out;
}

}  // namespace

asio::awaitable<HttpResponse> Api::Impl::cancel_by_filter(Call call, CancelSelection selection) {
  const bool asynchronous = selection.asynchronous;
  const Result<BulkAction> action =
      co_await bulk_cancel_->cancel(call.account, std::move(selection));
  if (!action) co_return error_answer(action.error());
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("cancelled", asynchronous ? action->total : action->canceled);
  if (asynchronous) json.member("actionId", action->id);
  json.end_object();
  co_return json_answer(202, std::move(body));
}

asio::awaitable<HttpResponse> Api::Impl::list_bulk_actions(Call call) {
  Result<BulkActionSelection> selection = parse_bulk_action_selection(call.route.query);
  if (!selection) co_return error_answer(selection.error());
  Result<std::string> body =
      co_await read<std::string>([account = call.account, selection = std::move(*selection),
                                  now = clock_.now()](const ListingSource& source) {
        return bulk_actions_json(source, account, selection, now);
      });
  if (!body) co_return error_answer(body.error());
  co_return json_answer(200, std::move(*body));
}

asio::awaitable<HttpResponse> Api::Impl::get_bulk_action(Call call) {
  Result<std::string> body =
      co_await read<std::string>([account = call.account, id = call.route.id, now = clock_.now()](
                                     const ListingSource& source) -> Result<std::string> {
        const Result<std::optional<BulkAction>> action =
            find_bulk_action(source.reader, account, id);
        if (!action) return std::unexpected(action.error());
        std::string out;
        if (!*action || !is_shown(**action, now)) return out;
        JsonWriter json(out);
        write_bulk_action(json, **action);
        return out;
      });
  if (!body) co_return error_answer(body.error());
  if (body->empty()) co_return not_found_answer(kind, call.route.id);
  co_return json_answer(200, std::move(*body));
}

}  // namespace godwit
