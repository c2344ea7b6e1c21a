#include "dashboard/session/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/signature.h"
#include "core/url.h"

namespace godwit {
namespace {

bool changes_something(std::string_view method) { return method != "GET" && method != "HEAD"; }

std::unexpected<DashboardProblem> refuse(int status, std::string code, std::string message) {
  return std::unexpected(
      DashboardProblem{.status = status, .code = std::move(code), .message = std::move(message)});
}

std::unexpected<DashboardProblem> refuse_host(const Caller& caller) {
  auto problem = refuse(403, "foreign_host",
                        "This server does not go by the name in the address. Open it by its own "
                        "address, or add the name to the setting dashboard.hosts.");
  problem.error().params.emplace_back("host", caller.host.name);
  return problem;
}

/// Whether a browser says that the request comes from a page of ours, or says nothing.
bool is_same_origin(const HttpRequest& request, const Caller& caller) {
  const std::string_view site = header_value(request.headers, "Sec-Fetch-Site");
  if (!site.empty() && site != "same-origin" && site != "none") return false;
  const std::string_view origin = header_value(request.headers, "Origin");
  if (origin.empty()) return true;
  const Result<Url> from = parse_url(origin);
  return from && parse_host(from->authority) == caller.host;
}

std::unexpected<DashboardProblem> refuse_origin() {
  return refuse(403, "foreign_origin",
                "The request comes from a page of another site. Send it from the dashboard's own "
                "pages, or with a Bearer token.");
}

/// The token of `Bearer <token>`; nullopt when there is no Authorization header.
std::optional<std::string_view> bearer(const HttpRequest& request) {
  const std::string* const authorization = find_header(request.headers, "Authorization");
  if (authorization == nullptr) return std::nullopt;
  std::string_view text = *authorization;
  constexpr std::string_view scheme = "bearer ";
  if (!equals_ignore_case(text.substr(0, scheme.size()), scheme)) return std::string_view();
  text.remove_prefix(scheme.size());
  while (text.starts_with(' ')) text.remove_prefix(1);
  return text;
}

}  // namespace

DashboardGate::DashboardGate(DashboardGateSettings settings, Sessions& sessions, const Clock& clock)
    : settings_(std::move(settings)),
      sessions_(sessions),
      clock_(clock),
      beyond_loopback_(!is_loopback_name(settings_.listen_host)),
      limit_({.per_address = settings_.logins_per_minute,
              .in_all = settings_.logins_per_minute * 20,
              .window = std::chrono::minutes(1)}) {}

bool DashboardGate::is_ours(const HostName& host) const {
  if (host.name.empty()) return false;
  if (is_loopback_name(host.name) || host.name == settings_.listen_host) return true;
  // An address cannot be made to point elsewhere; names can.
  if (beyond_loopback_ && is_address(host.name)) return true;
  return std::ranges::find(settings_.hosts, host.name) != settings_.hosts.end();
}

std::expected<void, DashboardProblem> DashboardGate::check_session(const HttpRequest& request,
                                                                   const Caller& caller,
                                                                   const Session& session) const {
  if (!is_ours(caller.host)) return refuse_host(caller);
  if (!is_same_origin(request, caller)) return refuse_origin();
  if (changes_something(request.method) &&
      !equals_constant_time(header_value(request.headers, "X-CSRF-Token"), session.csrf_token)) {
    return refuse(403, "csrf",
                  "X-CSRF-Token is missing or of another session. Load the page again; programs "
                  "send a Bearer token instead of a cookie.");
  }
  return {};
}

std::expected<DashboardEntry, DashboardProblem> DashboardGate::admit(const HttpRequest& request,
                                                                     DashboardAccess access) const {
  DashboardEntry entry{.caller = caller_of(request, settings_.proxies)};
  if (const std::optional<std::string_view> token = bearer(request)) {
    entry.token = sessions_.find_token(*token);
  } else {
    if (!is_ours(entry.caller.host)) return refuse_host(entry.caller);
    const std::string_view cookie = cookie_value(request.headers, Sessions::cookie_name);
    if (!cookie.empty()) entry.session = sessions_.find(cookie, clock_.now());
    if (entry.session && access != DashboardAccess::login) {
      if (auto good = check_session(request, entry.caller, *entry.session); !good) {
        return std::unexpected(std::move(good.error()));
      }
      entry.token = entry.session->token;
    } else if (!is_same_origin(request, entry.caller)) {
      return refuse_origin();
    }
  }
  if (access == DashboardAccess::anybody || access == DashboardAccess::login) return entry;
  if (entry.token == nullptr) {
    return refuse(401, "unauthenticated", "Log in first, or send a Bearer token.");
  }
  if (access == DashboardAccess::write && entry.token->credential.read_only) {
    return refuse(403, "read_only", "A read-only token sees everything and changes nothing.");
  }
  return entry;
}

std::expected<Caller, DashboardProblem> DashboardGate::admit_to_page(
    const HttpRequest& request) const {
  Caller caller = caller_of(request, settings_.proxies);
  if (!is_ours(caller.host)) return refuse_host(caller);
  return caller;
}

std::expected<std::optional<Credential>, DashboardProblem> DashboardGate::admit_to_api(
    const HttpRequest& request) const {
  const std::string_view cookie = cookie_value(request.headers, Sessions::cookie_name);
  if (cookie.empty()) return std::nullopt;
  const std::optional<Session> session = sessions_.find(cookie, clock_.now());
  if (!session) return std::nullopt;
  const Caller caller = caller_of(request, settings_.proxies);
  if (auto good = check_session(request, caller, *session); !good) {
    return std::unexpected(std::move(good.error()));
  }
  return session->token->credential;
}

std::expected<std::string, DashboardProblem> DashboardGate::log_in(const Caller& caller,
                                                                   std::string_view token) {
  const Timestamp now = clock_.now();
  if (const std::optional<Milliseconds> wait = limit_.wait(caller.address, now)) {
    const std::string seconds =
        std::to_string(std::chrono::ceil<std::chrono::seconds>(*wait).count());
    auto problem = refuse(429, "too_many_logins",
                          fmt::format("Too many wrong tokens. Try again in {} s.", seconds));
    problem.error().params.emplace_back("seconds", seconds);
    return problem;
  }
  const KnownToken* const known = sessions_.find_token(token);
  if (known == nullptr) {
    limit_.failed(caller.address, now);
    return refuse(401, "wrong_token", "This is not a token of this server.");
  }
  limit_.succeeded(caller.address);
  return sessions_.begin(*known, now, random_bytes(SessionCookie::nonce_size));
}

std::string DashboardGate::set_cookie(std::string_view session, const Caller& caller) const {
  const auto age = session.empty()
                       ? 0
                       : std::chrono::floor<std::chrono::seconds>(sessions_.session_time()).count();
  return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}",
                     Sessions::cookie_name, session, age, caller.https ? "; Secure" : "");
}

}  // namespace godwit
