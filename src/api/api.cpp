#include "api/api.h"

#include "api/answer.h"
#include "api/api_impl.h"
#include "core/assert.h"
#include "core/json_out.h"

namespace godwit {
namespace {

/// Whether a token that may only read may do this. Signing keys are no reading matter: who has them
/// can forge deliveries.
bool is_read(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::get_message:
    case Endpoint::list_dead_letters:
    case Endpoint::get_dead_letter:
    case Endpoint::list_logs:
    case Endpoint::list_events:
      return true;
    default:
      return false;
  }
}

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
  switch (endpoint) {
    case Endpoint::preflight:
    case Endpoint::not_found:
    case Endpoint::root:
    case Endpoint::healthz:
    case Endpoint::readyz:
    case Endpoint::metrics:
      co_return answer_anybody(request, call.route);
    default:
      break;
  }
  const std::optional<Authenticated> caller =
      authenticator_.authenticate(request.headers, call.route.token);
  if (!caller) {
    HttpResponse response = error_answer(401, "unable to authenticate: invalid token");
    response.headers.push_back({.name = "WWW-Authenticate", .value = "Bearer"});
    co_return response;
  }
  if (endpoint == Endpoint::method_not_allowed) {
    HttpResponse response =
        error_answer(405, "method not allowed: use " + std::string(call.route.allow));
    response.headers.push_back({.name = "Allow", .value = std::string(call.route.allow)});
    co_return response;
  }
  if (endpoint == Endpoint::not_supported) {
    co_return error_answer(
        501, std::string(call.route.feature) + " are not supported by this version of Godwit");
  }
  if (caller->credential.read_only && !is_read(endpoint)) {
    co_return error_answer(403, "read-only token cannot be used for this operation");
  }
  call.request = std::move(request);
  call.account = caller->credential.account;
  call.by_header = caller->by_header;

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
    case Endpoint::metrics: {
      ApiStats stats = stats_;
      stats.listings_waiting = readers_.waiting();
      response = json_answer(200, metrics_text(broker_.stats(), stats, settings_.version));
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

Api::Api(asio::io_context& io, ApiSettings settings, Broker& broker, const Store& store,
         const Clock& clock, const TokenTable& tokens, const AddressPolicy* guard,
         std::function<std::string()> metrics_of_others, std::function<void()> signing_keys_changed)
    : impl_(std::make_shared<Impl>(io, std::move(settings), broker, store, clock, tokens, guard,
                                   std::move(metrics_of_others), std::move(signing_keys_changed))) {
}

// Coroutines hold the Impl, and those that wait for a reader would hold it for ever.
Api::~Api() { impl_->stop(); }

asio::awaitable<HttpResponse> Api::handle(HttpRequest request) {
  return impl_->handle(std::move(request));
}

void Api::set_ready(bool ready) { impl_->set_ready(ready); }

}  // namespace godwit
