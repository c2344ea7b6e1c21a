#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/answer.h"
#include "api/api_impl.h"
#include "api/destination.h"
#include "api/reply.h"
#include "api/resource_in.h"
#include "api/resource_json.h"
#include "core/json_out.h"

namespace godwit {
namespace {

// QStash calls them topics on the wire, so texts that clients read do too.
constexpr std::string_view kind = "topic";

HttpResponse invalid_name_answer() {
  return error_answer(400, "invalid topic name: " + std::string(name_rule));
}

}  // namespace

asio::awaitable<HttpResponse> Api::Impl::list_url_groups(Call call) {
  Result<std::string> body = co_await read<std::string>(
      [account = call.account](const ListingSource& source) -> Result<std::string> {
        const Result<std::vector<UrlGroup>> groups =
            godwit::list_url_groups(source.reader, account);
        if (!groups) return std::unexpected(groups.error());
        std::string out;
        JsonWriter json(out);
        json.begin_array();
        for (const UrlGroup& group : *groups) write_url_group(json, group);
        json.end_array();
        return out;
      });
  if (!body) co_return error_answer(body.error());
  co_return json_answer(200, std::move(*body));
}

asio::awaitable<HttpResponse> Api::Impl::get_url_group(Call call) {
  if (!is_resource_name(call.route.id)) co_return invalid_name_answer();
  Result<std::string> body =
      co_await read<std::string>([account = call.account, name = call.route.id](
                                     const ListingSource& source) -> Result<std::string> {
        const Result<std::optional<UrlGroup>> group = find_url_group(source.reader, account, name);
        if (!group) return std::unexpected(group.error());
        std::string out;
        if (!*group) return out;
        JsonWriter json(out);
        write_url_group(json, **group);
        return out;
      });
  if (!body) co_return error_answer(body.error());
  if (body->empty()) co_return not_found_answer(kind, call.route.id);
  co_return json_answer(200, std::move(*body));
}

asio::awaitable<HttpResponse> Api::Impl::set_url_group_headers(Call call) {
  if (!is_resource_name(call.route.id)) co_return invalid_name_answer();
  Result<Headers> headers = parse_group_headers(call.request.body, rules_, clock_.now());
  if (!headers) co_return error_answer(headers.error());
  const Result<void> done = co_await reply_to<void>([this, &call, &headers](Reply<void> reply) {
    broker_.set_group_headers(call.account, call.route.id, std::move(*headers), std::move(reply));
  });
  co_return change_answer(done, kind, call.route.id);
}

asio::awaitable<HttpResponse> Api::Impl::delete_url_group(Call call) {
  if (!is_resource_name(call.route.id)) co_return invalid_name_answer();
  const Result<void> done = co_await reply_to<void>([this, &call](Reply<void> reply) {
    broker_.delete_group(call.account, call.route.id, std::move(reply));
  });
  co_return done ? json_answer(200, "{}") : error_answer(done.error());
}

asio::awaitable<HttpResponse> Api::Impl::upsert_endpoints(Call call) {
  if (!is_resource_name(call.route.id)) co_return invalid_name_answer();
  const Result<std::vector<GroupEndpoint>> endpoints =
      parse_endpoints(call.request.body, EndpointsAre::added, rules_);
  if (!endpoints) co_return error_answer(endpoints.error());
  const Result<void> done = co_await reply_to<void>([this, &call, &endpoints](Reply<void> reply) {
    broker_.upsert_endpoints(call.account, call.route.id, *endpoints, std::move(reply));
  });
  co_return done ? json_answer(200, "{}") : error_answer(done.error());
}

asio::awaitable<HttpResponse> Api::Impl::remove_endpoints(Call call) {
  if (!is_resource_name(call.route.id)) co_return invalid_name_answer();
  const Result<std::vector<GroupEndpoint>> endpoints =
      parse_endpoints(call.request.body, EndpointsAre::removed, rules_);
  if (!endpoints) co_return error_answer(endpoints.error());
  const Result<void> done = co_await reply_to<void>([this, &call, &endpoints](Reply<void> reply) {
    broker_.remove_endpoints(call.account, call.route.id, *endpoints, std::move(reply));
  });
  co_return change_answer(done, kind, call.route.id);
}

}  // namespace godwit
