#include "dashboard/session/session_routes.h"

#include <utility>

#include "dashboard/routing/answer.h"
#include "dashboard/routing/json_request.h"

namespace godwit {
namespace {

namespace asio = boost::asio;

constexpr std::size_t token_length_max = 4096;

}  // namespace

SessionRoutes::SessionRoutes(const DashboardServices& services, DashboardGate& gate,
                             const Sessions& sessions, bool dev, std::string public_token)
    : services_(services),
      gate_(gate),
      sessions_(sessions),
      dev_(dev),
      public_token_(std::move(public_token)) {}

HttpResponse SessionRoutes::session_answer(const KnownToken* token,
                                           const std::optional<Session>& session) const {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("authenticated", token != nullptr);
  json.member("csrfToken", session ? std::string_view(session->csrf_token) : std::string_view());
  json.member("account", token == nullptr ? std::string_view() : std::string_view(token->account));
  json.member("tokenName", token == nullptr ? std::string_view() : std::string_view(token->name));
  json.member("readOnly", token != nullptr && token->credential.read_only);
  write_time(json, "expiresAt", session ? std::optional(session->expires) : std::nullopt);
  json.member("version", services_.version);
  json.member("mode", dev_ ? "dev" : "server");
  write_text_or_null(json, "publicToken", public_token_);
  write_time(json, "now", services_.clock.now());
  json.end_object();
  return dashboard_json(std::move(body));
}

HttpResponse SessionRoutes::show(const HttpRequest& request) const {
  const auto entry = gate_.admit(request, DashboardAccess::anybody);
  if (!entry) return dashboard_problem(entry.error());
  return session_answer(entry->token, entry->session);
}

HttpResponse SessionRoutes::log_in(const HttpRequest& request) {
  const Result<JsonRequest> body = JsonRequest::parse(request.body);
  if (!body) return dashboard_problem(body.error());
  const Result<std::optional<std::string>> token = body->text("token", token_length_max);
  if (!token) return dashboard_problem(token.error());
  const auto caller = gate_.admit_to_page(request);
  if (!caller) return dashboard_problem(caller.error());
  const auto cookie = gate_.log_in(*caller, token->value_or(std::string()));
  if (!cookie) {
    HttpResponse refused = dashboard_problem(cookie.error());
    for (const auto& [name, value] : cookie.error().params) {
      if (name == "seconds") refused.headers.push_back({.name = "Retry-After", .value = value});
    }
    return refused;
  }
  const std::optional<Session> session = sessions_.find(*cookie, services_.clock.now());
  HttpResponse response = session_answer(session ? session->token : nullptr, session);
  response.headers.push_back({.name = "Set-Cookie", .value = gate_.set_cookie(*cookie, *caller)});
  return response;
}

HttpResponse SessionRoutes::log_out(const HttpRequest& request) const {
  const auto caller = gate_.admit_to_page(request);
  if (!caller) return dashboard_problem(caller.error());
  HttpResponse response = session_answer(nullptr, std::nullopt);
  response.headers.push_back({.name = "Set-Cookie", .value = gate_.set_cookie({}, *caller)});
  return response;
}

void SessionRoutes::add_routes(DashboardRouter& router) {
  router.add({.method = "GET",
              .path = "/admin/v1/session",
              .access = DashboardAccess::anybody,
              .summary = "Who the caller is",
              .handle = [this](const DashboardCall& call) -> asio::awaitable<HttpResponse> {
                return answered(show(call.request));
              }});
  router.add({.method = "POST",
              .path = "/admin/v1/session",
              .access = DashboardAccess::login,
              .summary = "Log in with a token",
              .handle = [this](const DashboardCall& call) -> asio::awaitable<HttpResponse> {
                return answered(log_in(call.request));
              }});
  router.add({.method = "DELETE",
              .path = "/admin/v1/session",
              .access = DashboardAccess::anybody,
              .summary = "Log out",
              .handle = [this](const DashboardCall& call) -> asio::awaitable<HttpResponse> {
                return answered(log_out(call.request));
              }});
}

}  // namespace godwit
