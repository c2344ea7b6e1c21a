#include <algorithm>
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

HttpResponse invalid_name_answer() {
  return error_answer(400, "invalid queue name: " + std::string(name_rule));
}

}  // namespace

asio::awaitable<HttpResponse> Api::Impl::upsert_queue(Call call) {
  const Result<QueueUpsert> upsert =
      parse_queue_upsert(call.request.body, settings_.queue_parallelism_max);
  if (!upsert) co_return error_answer(upsert.error());
  const Result<void> done = co_await reply_to<void>([this, &call, &upsert](Reply<void> reply) {
    broker_.upsert_queue(call.account, upsert->name, upsert->parallelism, upsert->paused,
                         std::move(reply));
  });
  co_return done ? json_answer(200, "{}") : error_answer(done.error());
}

asio::awaitable<HttpResponse> Api::Impl::list_queues(Call call) {
  // There may be many: their JSON is a reader thread's work.
  Result<std::string> body =
      co_await readers_.run<std::string>([queues = broker_.queues(call.account)]() mutable {
        std::ranges::sort(queues, {}, &QueueInfo::name);
        std::string out;
        JsonWriter json(out);
        json.begin_array();
        for (const QueueInfo& queue : queues) write_queue(json, queue);
        json.end_array();
        return Result<std::string>(std::move(out));
      });
  if (!body) co_return error_answer(body.error());
  co_return json_answer(200, std::move(*body));
}

HttpResponse Api::Impl::get_queue(const Call& call) const {
  if (!is_resource_name(call.route.id)) return invalid_name_answer();
  const std::optional<QueueInfo> queue = broker_.queue(call.account, call.route.id);
  if (!queue) return not_found_answer("queue", call.route.id);
  std::string body;
  JsonWriter json(body);
  write_queue(json, *queue);
  return json_answer(200, std::move(body));
}

asio::awaitable<HttpResponse> Api::Impl::delete_queue(Call call) {
  if (!is_resource_name(call.route.id)) co_return invalid_name_answer();
  const Result<void> done = co_await reply_to<void>([this, &call](Reply<void> reply) {
    broker_.delete_queue(call.account, call.route.id, std::move(reply));
  });
  co_return done ? json_answer(200, "{}") : error_answer(done.error());
}

asio::awaitable<HttpResponse> Api::Impl::pause_queue(Call call) {
  if (!is_resource_name(call.route.id)) co_return invalid_name_answer();
  const Result<void> done = co_await reply_to<void>([this, &call](Reply<void> reply) {
    broker_.pause_queue(call.account, call.route.id, call.route.endpoint == Endpoint::pause_queue,
                        std::move(reply));
  });
  co_return change_answer(done, "queue", call.route.id);
}

}  // namespace godwit
