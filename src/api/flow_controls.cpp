#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/answer.h"
#include "api/api_impl.h"
#include "api/filters.h"
#include "api/reply.h"
#include "api/resource_json.h"
#include "core/assert.h"
#include "core/json_out.h"

namespace godwit {
namespace {

constexpr std::string_view kind = "flow control key";

/// QStash has no pages here.
constexpr std::size_t keys_listed_max = 1'000;

Result<FlowControlChange> change_of(const Route& route) {
  FlowControlChange change;
  switch (route.endpoint) {
    case Endpoint::pause_flow_control:
      change.paused = true;
      return change;
    case Endpoint::resume_flow_control:
      change.paused = false;
      return change;
    case Endpoint::pin_flow_control:
      return parse_flow_control_pin(route.query);
    case Endpoint::unpin_flow_control:
      return parse_flow_control_unpin(route.query);
    case Endpoint::reset_flow_control_rate:
      change.reset_rate = true;
      return change;
    case Endpoint::reset_flow_control:
      change.reset_rate = true;
      change.reset_parallelism = true;
      return change;
    default:
      GODWIT_ASSERT(false);
  }
}

}  // namespace

asio::awaitable<HttpResponse> Api::Impl::list_flow_controls(Call call) {
  const Result<std::string> search = parse_flow_control_search(call.route.query);
  if (!search) co_return error_answer(search.error());
  // There may be many: looking for them and their JSON are a reader thread's work.
  Result<std::vector<NamedFlowControl>> stored = co_await read<std::vector<NamedFlowControl>>(
      [account = call.account, search = *search](const ListingSource& source) {
        return godwit::list_flow_controls(source.reader, account, search, keys_listed_max);
      });
  if (!stored) co_return error_answer(stored.error());
  std::vector<FlowControlInfo> infos = broker_.flow_controls(call.account, *stored, *search);
  if (infos.size() > keys_listed_max) infos.resize(keys_listed_max);
  Result<std::string> body = co_await readers_.run<std::string>([keys = std::move(infos)] {
    std::string out;
    JsonWriter json(out);
    json.begin_array();
    for (const FlowControlInfo& info : keys) write_flow_control_key(json, info);
    json.end_array();
    return Result<std::string>(std::move(out));
  });
  if (!body) co_return error_answer(body.error());
  co_return json_answer(200, std::move(*body));
}

HttpResponse Api::Impl::get_flow_control(const Call& call) const {
  const std::optional<FlowControlInfo> info = broker_.flow_control(call.account, call.route.id);
  if (!info) return not_found_answer(kind, call.route.id);
  std::string body;
  JsonWriter json(body);
  write_flow_control_key(json, *info);
  return json_answer(200, std::move(body));
}

asio::awaitable<HttpResponse> Api::Impl::change_flow_control(Call call) {
  if (call.route.id.empty()) co_return error_answer(400, "the flow control key is empty");
  if (call.route.id.size() > FlowControl::key_length_max) {
    co_return error_answer(400, "the flow control key is longer than " +
                                    std::to_string(FlowControl::key_length_max) + " bytes");
  }
  const Result<FlowControlChange> change = change_of(call.route);
  if (!change) co_return error_answer(change.error());
  const Result<void> done = co_await reply_to<void>([this, &call, &change](Reply<void> reply) {
    broker_.change_flow_control(call.account, call.route.id, *change, std::move(reply));
  });
  co_return change_answer(done, kind, call.route.id);
}

HttpResponse Api::Impl::get_global_parallelism() const {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("parallelismMax", settings_.parallelism_max);
  json.member("parallelismCount", broker_.stats().in_flight);
  json.end_object();
  return json_answer(200, std::move(body));
}

}  // namespace godwit
