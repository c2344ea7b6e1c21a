#pragma once
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "dashboard/routing/answer.h"
#include "dashboard/routing/router.h"
#include "dashboard/session/sessions.h"
#include "net/caller.h"
#include "net/login_limit.h"

namespace godwit {

struct DashboardGateSettings {
  std::string listen_host = "127.0.0.1";
  std::vector<std::string> hosts = {};  ///< Further names that people may use for this server.
  TrustedProxies proxies = {};
  std::size_t logins_per_minute = 10;
};

/// Whom a request speaks for.
struct DashboardEntry {
  Caller caller;
  const KnownToken* token = nullptr;    ///< Of the session or the header; nullptr: nobody's.
  std::optional<Session> session = {};  ///< Of the cookie, when that is what let it in.
};

/// Decides who comes in.
///
/// - A Bearer token is as good as at /v2, and needs nothing else: no browser adds one by itself.
/// - All others must name a host of ours: a page elsewhere whose name was made to point here (DNS
///   rebinding) sends its own. Ours are the loopback names, the host we listen at, those of the
///   settings, and addresses when we listen beyond loopback.
/// - With a cookie, Origin and Sec-Fetch-Site must be our own where the browser sends them, and
///   what changes something needs the session's X-CSRF-Token.
///
/// Threads: the io_context's. Lifetime: sessions and clock outlive it.
class DashboardGate {
 public:
  DashboardGate(DashboardGateSettings settings, Sessions& sessions, const Clock& clock);

  /// Problems: `foreign_host`, `foreign_origin`, `csrf`, `read_only` (403), `unauthenticated`
  /// (401).
  std::expected<DashboardEntry, DashboardProblem> admit(const HttpRequest& request,
                                                        DashboardAccess access) const;
  /// Whether a page may be sent to who names this host. Problems: `foreign_host`.
  std::expected<Caller, DashboardProblem> admit_to_page(const HttpRequest& request) const;

  /// The cookie of a request to /v2 that has no Authorization header; nullopt: it has none that
  /// holds. Problems: `foreign_host`, `foreign_origin`, `csrf`.
  std::expected<std::optional<Credential>, DashboardProblem> admit_to_api(
      const HttpRequest& request) const;

  /// A new session; its cookie's value. Problems: `wrong_token` (401), `too_many_logins` (429, with
  /// `seconds`).
  std::expected<std::string, DashboardProblem> log_in(const Caller& caller, std::string_view token);

  /// The Set-Cookie value that gives a session to the browser, or takes it away when empty.
  std::string set_cookie(std::string_view session, const Caller& caller) const;

 private:
  bool is_ours(const HostName& host) const;
  std::expected<void, DashboardProblem> check_session(const HttpRequest& request,
                                                      const Caller& caller,
                                                      const Session& session) const;

  DashboardGateSettings settings_;
  Sessions& sessions_;
  const Clock& clock_;
  bool beyond_loopback_ = false;
  LoginLimit limit_;
};

}  // namespace godwit
