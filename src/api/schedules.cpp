#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/answer.h"
#include "api/api_impl.h"
#include "api/destination.h"
#include "api/reply.h"
#include "api/resource_json.h"
#include "core/json_out.h"

namespace godwit {
namespace {

HttpResponse invalid_id_answer() {
  return error_answer(400, "invalid schedule id: " + std::string(name_rule));
}

Result<void> write_with_states(JsonWriter& json, const StoreReader& reader, AccountId account,
                               const ScheduleView& view, Timestamp now) {
  RunStates states;
  states.reserve(view.state.last_messages.size());
  for (const MessageId& id : view.state.last_messages) {
    const Result<std::optional<RunState>> state = run_state(reader, account, id);
    if (!state) return std::unexpected(state.error());
    if (*state) states.emplace_back(id, **state);
  }
  write_schedule(json, view, states, now);
  return {};
}

}  // namespace

asio::awaitable<HttpResponse> Api::Impl::list_schedules(Call call) {
  Result<std::string> body =
      co_await read<std::string>([account = call.account, now = clock_.now()](
                                     const ListingSource& source) -> Result<std::string> {
        const Result<std::vector<ScheduleView>> views =
            godwit::list_schedules(source.reader, account);
        if (!views) return std::unexpected(views.error());
        std::string out;
        JsonWriter json(out);
        json.begin_array();
        for (const ScheduleView& view : *views) {
          if (Result<void> written = write_with_states(json, source.reader, account, view, now);
              !written) {
            return std::unexpected(std::move(written.error()));
          }
        }
        json.end_array();
        return out;
      });
  if (!body) co_return error_answer(body.error());
  co_return json_answer(200, std::move(*body));
}

asio::awaitable<HttpResponse> Api::Impl::get_schedule(Call call) {
  if (!is_resource_name(call.route.id)) co_return invalid_id_answer();
  Result<std::string> body =
      co_await read<std::string>([account = call.account, id = call.route.id, now = clock_.now()](
                                     const ListingSource& source) -> Result<std::string> {
        const Result<std::optional<ScheduleView>> view = find_schedule(source.reader, account, id);
        if (!view) return std::unexpected(view.error());
        std::string out;
        if (!*view) return out;
        JsonWriter json(out);
        if (Result<void> written = write_with_states(json, source.reader, account, **view, now);
            !written) {
          return std::unexpected(std::move(written.error()));
        }
        return out;
      });
  if (!body) co_return error_answer(body.error());
  if (body->empty()) co_return not_found_answer("schedule", call.route.id);
  co_return json_answer(200, std::move(*body));
}

asio::awaitable<HttpResponse> Api::Impl::delete_schedule(Call call) {
  if (!is_resource_name(call.route.id)) co_return invalid_id_answer();
  const Result<void> done = co_await reply_to<void>([this, &call](Reply<void> reply) {
    broker_.delete_schedule(call.account, call.route.id, std::move(reply));
  });
  co_return change_answer(done, "schedule", call.route.id);
}

asio::awaitable<HttpResponse> Api::Impl::pause_schedule(Call call) {
  if (!is_resource_name(call.route.id)) co_return invalid_id_answer();
  const Result<void> done = co_await reply_to<void>([this, &call](Reply<void> reply) {
    broker_.pause_schedule(call.account, call.route.id,
                           call.route.endpoint == Endpoint::pause_schedule, std::move(reply));
  });
  co_return change_answer(done, "schedule", call.route.id);
}

}  // namespace godwit
