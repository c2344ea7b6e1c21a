#include "imagegen/http/resources/resources.h"
#include "imagegen/http/services.h"
#include "imagegen/http/wire/answer.h"
#include "imagegen/http/wire/json_in.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

/// A Session, and the cookie when it is new.
HttpResponse session_answer(Services& services, const Entry& entry, const std::string& session,
                            bool logged_in) {
  Sessions& sessions = services.gate.sessions();
  HttpResponse response = json_answer_of([&](JsonWriter& out) {
    out.begin_object();
    out.member("loginRequired", entry.login_required);
    out.member("authenticated", logged_in);
    out.member("csrfToken", sessions.token(session));
    out.member("version", services.version);
    out.end_object();
  });
  if (session != entry.session) {
    response.headers.push_back({"Set-Cookie", sessions.cookie(session, entry.caller.https)});
  }
  return response;
}

HttpResponse get_session(Services& services, const Call& call) {
  const Entry& entry = call.entry;
  const std::string session = entry.session.empty() ? Sessions::begin() : entry.session;
  return session_answer(services, entry, session, entry.logged_in);
}

asio::awaitable<HttpResponse> log_in(Services& services, Call call) {
  Outcome<std::string> password =
      read_body<std::string>(call.request.body, [](JsonMembers& in, std::string& target) {
        in.need("password").text("password", target, {.least = 1, .most = 1'000});
      });
  if (!password) co_return problem_answer(password.error());
  if (!call.entry.login_required) {
    co_return session_answer(services, call.entry, call.entry.session, true);
  }
  const std::expected<std::string, Refusal> session =
      co_await services.gate.log_in(call.entry.caller.address, std::move(*password));
  if (!session) {
    const Refusal& refusal = session.error();
    services.world.log("login_refused",
                       "code=" + refusal.problem.code + " address=" + call.entry.caller.address);
    HttpResponse response = problem_answer(refusal.problem, refusal.status);
    if (refusal.status == 429 && !refusal.problem.params.empty()) {
      response.headers.push_back({"Retry-After", refusal.problem.params.front().second});
    }
    co_return response;
  }
  services.world.log("logged_in", "address=" + call.entry.caller.address);
  co_return session_answer(services, call.entry, *session, true);
}

HttpResponse log_out(Services& services, const Call& call) {
  if (const Result<void> done = services.gate.sessions().log_out(call.entry.session); !done) {
    return problem_answer(storage_problem(done.error()));
  }
  return session_answer(services, call.entry, Sessions::begin(), !call.entry.login_required);
}

constexpr Route routes[] = {
    {.method = "GET",
     .path = "/api/session",
     .access = Access::visitor,
     .handler = &get_session,
     .summary = "The session of this browser, with the token that changing requests carry.",
     .answer = "Session"},
    {.method = "POST",
     .path = "/api/session",
     .access = Access::visitor,
     .handler = &log_in,
     .summary = "Log in.",
     .request = "Login",
     .answer = "Session"},
    {.method = "DELETE",
     .path = "/api/session",
     .access = Access::visitor,
     .handler = &log_out,
     .summary = "Log out.",
     .answer = "Session"},
};

}  // namespace

Routes session_routes() { return routes; }

}  // namespace godwit::imagegen
