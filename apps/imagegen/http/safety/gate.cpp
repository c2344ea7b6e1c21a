#include "imagegen/http/safety/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <system_error>

#include "core/quoted.h"
#include "core/url.h"
#include "imagegen/http/safety/password.h"
#include "imagegen/http/wire/answer.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

// A record that no password matches: what stands in for a file that cannot be read.
constexpr std::string_view locked = "locked";

asio::awaitable<bool> matches(std::string password, std::string record) {
  co_return password_matches(password, record);
}

std::unexpected<Refusal> refuse(int status, std::string code, std::string message) {
  return std::unexpected(Refusal{{.code = std::move(code), .message = std::move(message)}, status});
}

}  // namespace

Gate::Gate(GateSettings settings, Sessions sessions, const Clock& clock)
    : settings_(std::move(settings)), sessions_(std::move(sessions)), clock_(clock) {
  beyond_loopback_ = !is_loopback_name(settings_.listen_host);
}

Gate::~Gate() { hashing_.join(); }

Result<std::unique_ptr<Gate>> Gate::open(GateSettings settings, Sessions sessions,
                                         const Clock& clock) {
  std::unique_ptr<Gate> gate(new Gate(std::move(settings), std::move(sessions), clock));
  if (!gate->settings_.password.empty()) {
    Result<std::string> record = password_record(gate->settings_.password, gate->sessions_.salt());
    if (!record) return std::unexpected(record.error());
    gate->record_ = std::move(*record);
    return gate;
  }
  // The first look, so that a file that cannot be read is told at the start.
  if (const auto loaded = load_password_record(gate->settings_.directory); !loaded) {
    return std::unexpected(loaded.error());
  }
  return gate;
}

const std::optional<std::string>& Gate::record() {
  if (!settings_.password.empty()) return record_;
  // A new password counts, and ends what was logged in with the old one, without a restart.
  std::error_code absent;
  const auto time = std::filesystem::last_write_time(settings_.directory / "password", absent);
  if (absent) {
    record_.reset();
    record_time_.reset();
  } else if (record_time_ != time) {
    Result<std::optional<std::string>> loaded = load_password_record(settings_.directory);
    record_ = loaded ? std::move(*loaded) : std::optional(std::string(locked));
    record_time_ = time;
  }
  return record_;
}

bool Gate::has_password() { return record().has_value(); }

bool Gate::is_ours(const HostName& host, std::string_view public_url) const {
  if (host.name.empty()) return false;
  if (is_loopback_name(host.name) || host.name == settings_.listen_host) return true;
  // An address cannot be made to point elsewhere; names can.
  if (beyond_loopback_ && is_address(host.name)) return true;
  if (std::ranges::find(settings_.hosts, host.name) != settings_.hosts.end()) return true;
  const Result<Url> url = parse_url(public_url);
  return url && url->host == host.name;
}

bool Gate::is_same_origin(const HttpRequest& request, const Caller& caller,
                          std::string_view public_url) const {
  const std::string_view site = header_value(request.headers, "Sec-Fetch-Site");
  if (!site.empty() && site != "same-origin" && site != "none") return false;
  const std::string_view origin = header_value(request.headers, "Origin");
  if (origin.empty()) return true;
  const Result<Url> from = parse_url(origin);
  if (!from) return false;
  const HostName of_origin = parse_host(from->authority);
  if (of_origin == caller.host) return true;
  // A proxy that nobody told us to trust may have changed the Host.
  const Result<Url> ours = parse_url(public_url);
  return ours && ours->https == from->https && ours->authority == from->authority;
}

std::expected<Entry, Refusal> Gate::admit(const HttpRequest& request, Access access,
                                          std::string_view public_url) {
  Entry entry;
  entry.caller = caller_of(request, settings_.proxies);
  if (access == Access::anybody || access == Access::broker) return entry;

  if (!is_ours(entry.caller.host, public_url)) {
    return refuse(
        403, "host_not_allowed",
        fmt::format("{} is not a name of this server. Set it as the public URL, or name it in "
                    "IMAGEGEN_HOSTS.",
                    godwit::quoted(entry.caller.host.name)));
  }
  // Who comes by the public name comes by its scheme, whatever the tunnel in between tells.
  if (const Result<Url> url = parse_url(public_url); url && url->host == entry.caller.host.name) {
    entry.caller.https = entry.caller.https || url->https;
  }
  const bool from_here =
      !beyond_loopback_ && is_loopback_name(entry.caller.host.name) && !entry.caller.forwarded;
  const std::optional<std::string>& password = record();
  entry.session = sessions_.of(request);
  entry.login_required = password.has_value() || !from_here;
  entry.logged_in = !entry.login_required ||
                    (password && sessions_.logged_in(entry.session, *password, clock_.now()));

  if (access == Access::measurement) {
    const bool direct = is_loopback_name(request.remote_address) && !entry.caller.forwarded;
    if (entry.logged_in || direct) return entry;
  }
  if (access != Access::visitor && !entry.logged_in) {
    if (!password) {
      return refuse(403, "password_missing",
                    "This server is reached from beyond its machine and has no password yet. Set "
                    "one with `imagegen password`, or in IMAGEGEN_PASSWORD_FILE.");
    }
    return refuse(401, "not_authenticated", "Log in first.");
  }
  if (request.method == "GET" || request.method == "HEAD") return entry;
  if (!is_same_origin(request, entry.caller, public_url)) {
    return refuse(403, "foreign_origin",
                  "The request comes from a page of another site. Send it from the application's "
                  "own pages.");
  }
  if (!sessions_.token_matches(entry.session, header_value(request.headers, "X-CSRF-Token"))) {
    return refuse(403, "csrf",
                  "X-CSRF-Token is missing or of another session. Load the page again; programs "
                  "take it from GET /api/session, with its cookie.");
  }
  return entry;
}

asio::awaitable<std::expected<std::string, Refusal>> Gate::log_in(std::string address,
                                                                  std::string password) {
  const std::optional<std::string> expected = record();
  if (!expected) {
    co_return refuse(403, "password_missing",
                     "There is no password yet. Set one with `imagegen password`.");
  }
  const std::optional<Milliseconds> wait = limit_.wait(address, clock_.now());
  if (wait || logins_waiting_ >= logins_waiting_max) {
    const auto seconds =
        std::chrono::ceil<std::chrono::seconds>(wait.value_or(Milliseconds(1'000))).count();
    Refusal refusal{
        {.code = "too_many_logins",
         .message = fmt::format("Too many wrong passwords. Try again in {} s.", seconds),
         .params = {{"seconds", std::to_string(seconds)}}},
        429};
    co_return std::unexpected(std::move(refusal));
  }
  // Counted before it is known, so that many at once do not pass the limit together.
  limit_.failed(address, clock_.now());
  ++logins_waiting_;
  const bool right = co_await asio::co_spawn(hashing_, matches(std::move(password), *expected),
                                             asio::use_awaitable);
  --logins_waiting_;
  if (!right) co_return refuse(401, "wrong_password", "The password is wrong.");
  limit_.succeeded(address);

  // A new session: one that somebody planted before the login is worth nothing after it.
  std::string session = Sessions::begin();
  if (Result<void> logged_in = sessions_.log_in(session, *expected, clock_.now()); !logged_in) {
    Problem problem = storage_problem(logged_in.error());
    const int status = status_of(problem.kind);
    co_return std::unexpected(Refusal{std::move(problem), status});
  }
  co_return session;
}

}  // namespace godwit::imagegen
