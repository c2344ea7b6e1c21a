#include "api/api.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "api/answer.h"
#include "api/api_impl.h"
#include "api/openapi.h"
#include "core/assert.h"
#include "core/json_out.h"

namespace godwit {
namespace {

std::string status_json(std::string_view status) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("status", status);
  json.end_object();
  return body;
}

}  // namespace

asio::awaitable<HttpResponse> Api::Impl::answer(HttpRequest request) {
  Call call;
  call.route = parse_route(request.method, request.target);
  const Endpoint endpoint = call.route.endpoint;
  if (call.route.access == Access::anybody) co_return answer_anybody(request, call.route);
  std::optional<Authenticated> caller =
      authenticator_.authenticate(request.headers, call.route.token);
  if (!caller && check_session_ && find_header(request.headers, "Authorization") == nullptr) {
    SessionVerdict verdict = check_session_(request);
    if (!verdict.refusal.empty()) co_return error_answer(403, verdict.refusal);
    if (verdict.credential) caller = Authenticated{.credential = *verdict.credential};
  }
  if (!caller) {
    HttpResponse response = error_answer(401, "unable to authenticate: invalid token");
    response.headers.push_back({.name = "WWW-Authenticate", .value = "Bearer"});
    co_return response;
  }
  if (endpoint == Endpoint::method_not_allowed) {
    HttpResponse response = error_answer(405, "method not allowed: use " + call.route.allow);
    response.headers.push_back({.name = "Allow", .value = std::move(call.route.allow)});
    co_return response;
  }
  if (endpoint == Endpoint::not_supported) {
    co_return error_answer(501, "workflows are not supported by this version of Godwit");
  }
  if (caller->credential.read_only && call.route.access != Access::read) {
    co_return error_answer(403, "read-only token cannot be used for this operation");
  }
  call.request = std::move(request);
  call.account = caller->credential.account;
  call.by_header = caller->by_header;

  if (std::optional<HttpResponse> refused = limit(call)) co_return std::move(*refused);
  switch (endpoint) {
    case Endpoint::publish:
      co_return co_await publish(std::move(call));
    case Endpoint::batch:
      co_return co_await batch(std::move(call));
    case Endpoint::create_schedule:
      co_return co_await create_schedule(std::move(call));
    case Endpoint::get_message:
      co_return get_message(call);
    case Endpoint::cancel_message:
      co_return co_await cancel_message(std::move(call));
    case Endpoint::cancel_messages:
      co_return co_await cancel_messages(std::move(call));
    case Endpoint::run_message_now:
      co_return co_await run_message_now(std::move(call));
    case Endpoint::list_bulk_actions:
      co_return co_await list_bulk_actions(std::move(call));
    case Endpoint::get_bulk_action:
      co_return co_await get_bulk_action(std::move(call));
    case Endpoint::upsert_queue:
      co_return co_await upsert_queue(std::move(call));
    case Endpoint::list_queues:
      co_return co_await list_queues(std::move(call));
    case Endpoint::get_queue:
      co_return get_queue(call);
    case Endpoint::delete_queue:
      co_return co_await delete_queue(std::move(call));
    case Endpoint::pause_queue:
    case Endpoint::resume_queue:
      co_return co_await pause_queue(std::move(call));
    case Endpoint::list_schedules:
      co_return co_await list_schedules(std::move(call));
    case Endpoint::get_schedule:
      co_return co_await get_schedule(std::move(call));
    case Endpoint::delete_schedule:
      co_return co_await delete_schedule(std::move(call));
    case Endpoint::pause_schedule:
    case Endpoint::resume_schedule:
      co_return co_await pause_schedule(std::move(call));
    case Endpoint::list_url_groups:
      co_return co_await list_url_groups(std::move(call));
    case Endpoint::get_url_group:
      co_return co_await get_url_group(std::move(call));
    case Endpoint::set_url_group_headers:
      co_return co_await set_url_group_headers(std::move(call));
    case Endpoint::delete_url_group:
      co_return co_await delete_url_group(std::move(call));
    case Endpoint::upsert_endpoints:
      co_return co_await upsert_endpoints(std::move(call));
    case Endpoint::remove_endpoints:
      co_return co_await remove_endpoints(std::move(call));
    case Endpoint::list_flow_controls:
      co_return co_await list_flow_controls(std::move(call));
    case Endpoint::get_flow_control:
      co_return get_flow_control(call);
    case Endpoint::pause_flow_control:
    case Endpoint::resume_flow_control:
    case Endpoint::pin_flow_control:
    case Endpoint::unpin_flow_control:
    case Endpoint::reset_flow_control_rate:
    case Endpoint::reset_flow_control:
      co_return co_await change_flow_control(std::move(call));
    case Endpoint::get_global_parallelism:
      co_return get_global_parallelism();
    case Endpoint::list_dead_letters:
      co_return co_await list_dead_letters(std::move(call));
    case Endpoint::get_dead_letter:
      co_return co_await get_dead_letter(std::move(call));
    case Endpoint::delete_dead_letter:
      co_return co_await delete_dead_letter(std::move(call));
    case Endpoint::delete_dead_letters:
      co_return co_await delete_dead_letters(std::move(call));
    case Endpoint::retry_dead_letter:
      co_return co_await retry_dead_letter(std::move(call));
    case Endpoint::retry_dead_letters:
      co_return co_await retry_dead_letters(std::move(call));
    case Endpoint::list_logs:
    case Endpoint::list_events:
      co_return co_await list_log(std::move(call));
    case Endpoint::get_keys:
      co_return get_keys(call);
    case Endpoint::rotate_keys:
      co_return co_await rotate_keys(std::move(call));
    default:
      GODWIT_ASSERT(false);
  }
}

/// The 429 of an account that has done too much, in the headers of its kind.
std::optional<HttpResponse> Api::Impl::limit(const Call& call) {
  const Timestamp now = clock_.now();
  const bool publishes =
      call.route.endpoint == Endpoint::publish || call.route.endpoint == Endpoint::batch;
  const std::optional<RateLimits::Exceeded> exceeded =
      publishes ? limits_.messages(call.account, now) : limits_.request(call.account, now);
  if (!exceeded) return std::nullopt;
  const auto seconds = [](auto duration) {
    return std::to_string(std::chrono::ceil<std::chrono::seconds>(duration).count());
  };
  HttpResponse response = error_answer(
      429,
      (publishes ? "quota maxRequestsPerDay exceeded, current limit: "
                 : "rate limit of requests per second exceeded, current limit: ") +
          std::to_string(exceeded->limit) +
          (publishes ? " (setting api.messages_per_day)" : " (setting api.requests_per_second)"));
  for (Header& header : response.headers) {
    if (header.name == "Retry-After") header.value = seconds(exceeded->reset - now);
  }
  const std::string prefix = publishes ? "RateLimit-" : "Burst-RateLimit-";
  response.headers.push_back({.name = prefix + "Limit", .value = std::to_string(exceeded->limit)});
  response.headers.push_back({.name = prefix + "Remaining", .value = "0"});
  response.headers.push_back(
      {.name = prefix + "Reset", .value = seconds(exceeded->reset.time_since_epoch())});
  return response;
}

/// What needs no token.
HttpResponse Api::Impl::answer_anybody(const HttpRequest& request, const Route& route) const {
  HttpResponse response;
  switch (route.endpoint) {
    case Endpoint::preflight:
      return preflight_answer();
    case Endpoint::root: {
      std::string body;
      JsonWriter json(body);
      json.begin_object();
      json.member("name", "Godwit");
      json.member("version", settings_.version);
      json.end_object();
      response = json_answer(200, std::move(body));
      break;
    }
    case Endpoint::healthz:
      response = json_answer(200, status_json("ok"));
      break;
    case Endpoint::readyz:
      response = ready_ ? json_answer(200, status_json("ready"))
                        : error_answer(503, "not ready: starting or shutting down");
      break;
    case Endpoint::openapi:
      response = json_answer(200, openapi_json(settings_.version, described_));
      break;
    case Endpoint::metrics: {
      ApiStats stats = stats_;
      stats.listings_waiting = readers_.waiting();
      response = json_answer(200, metrics_text(broker_.stats(), stats, settings_.version));
      response.body += backlog_metrics_text(broker_.backlog(), broker_.attempt_times());
      response.headers.front().value = "text/plain; version=0.0.4; charset=utf-8";
      if (metrics_of_others_) response.body += metrics_of_others_();
      break;
    }
    default:
      return error_answer(404, "not found: no such route");
  }
  if (request.method == "HEAD") response.body.clear();
  return response;
}

void Api::Impl::set_ready(bool ready) {
  ready_ = ready;
  if (ready && !std::exchange(was_ready_, true)) bulk_cancel_->resume();
  // Nobody should hold up the end of the process.
  if (!ready && was_ready_) bulk_cancel_->release();
}

void Api::Impl::note_skipped(std::size_t records) {
  constexpr Milliseconds told_every{60'000};
  stats_.listing_records_skipped += records;
  const Timestamp now = clock_.now();
  if (now < next_skipped_) return;
  next_skipped_ = now + told_every;
  const std::uint64_t told = std::exchange(skipped_told_, stats_.listing_records_skipped);
  if (records_skipped_) records_skipped_(stats_.listing_records_skipped - told);
}

void Api::Impl::stop() {
  bulk_cancel_->stop();
  readers_.stop();
}

Api::Api(asio::io_context& io, ApiSettings settings, Broker& broker, const Store& store,
         const Clock& clock, const TokenTable& tokens, const AddressPolicy* guard,
         std::function<std::string()> metrics_of_others, std::function<void()> signing_keys_changed,
         std::function<void(std::uint64_t)> records_skipped)
    : impl_(std::make_shared<Impl>(io, std::move(settings), broker, store, clock, tokens, guard,
                                   std::move(metrics_of_others), std::move(signing_keys_changed),
                                   std::move(records_skipped))) {}

// Coroutines hold the Impl, and those that wait for a reader would hold it for ever.
Api::~Api() { impl_->stop(); }

asio::awaitable<HttpResponse> Api::handle(HttpRequest request) {
  return impl_->handle(std::move(request));
}

void Api::set_sessions(CheckSession check) { impl_->set_sessions(std::move(check)); }
void Api::describe_also(std::vector<DescribedRoute> routes) {
  impl_->describe_also(std::move(routes));
}
void Api::tokens_changed() { impl_->tokens_changed(); }

void Api::set_ready(bool ready) { impl_->set_ready(ready); }

}  // namespace godwit
