#include "api/api_impl.h"

#include <algorithm>

#include "api/answer.h"

namespace godwit {

asio::awaitable<HttpResponse> Api::Impl::list_log(Call call) {
  Result<LogSelection> selection = parse_log_selection(call.route.query);
  if (!selection) co_return error_answer(selection.error());
  LogQuery& query = selection->query;
  query.account = call.account;
  query.from = std::max(query.from.value_or(Timestamp{}), broker_.log_begin());
  const bool named_logs = call.route.endpoint == Endpoint::list_logs;
  Result<std::string> body = co_await read<std::string>(
      [living = broker_.living(query), selection = std::move(*selection), named_logs](
          const ListingSource& source) { return log_json(source, selection, living, named_logs); });
  if (!body) co_return error_answer(body.error());
  co_return json_answer(200, std::move(*body));
}

}  // namespace godwit
