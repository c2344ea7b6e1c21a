#include "dashboard/dashboard.h"

#include <algorithm>
#include <utility>

#include "config/accounts.h"
#include "config/values.h"
#include "core/ascii.h"
#include "dashboard/events/event_stream.h"
#include "dashboard/messages/dead_letter_pages.h"
#include "dashboard/messages/live_tail.h"
#include "dashboard/messages/log_pages.h"
#include "dashboard/messages/message_cancel.h"
#include "dashboard/messages/message_pages.h"
#include "dashboard/overview/overview_pages.h"
#include "dashboard/resources/catcher.h"
#include "dashboard/resources/schedule_extras.h"
#include "dashboard/resources/setting_pages.h"
#include "dashboard/resources/token_pages.h"
#include "dashboard/services.h"
#include "dashboard/session/gate.h"
#include "dashboard/session/session_routes.h"
#include "engine/resources.h"

namespace godwit {
namespace {

namespace asio = boost::asio;

// Nothing from elsewhere, nothing inline. The payload viewer shows images out of memory.
constexpr std::string_view content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

void set_safety_headers(HttpResponse& response) {
  const auto set = [&](std::string_view name, std::string_view value) {
    std::erase_if(response.headers,
                  [&](const Header& header) { return equals_ignore_case(header.name, name); });
    response.headers.push_back({std::string(name), std::string(value)});
  };
  set("Content-Security-Policy", content_security_policy);
  set("X-Content-Type-Options", "nosniff");
  set("Referrer-Policy", "no-referrer");
  set("Cross-Origin-Opener-Policy", "same-origin");
  set("Cross-Origin-Resource-Policy", "same-origin");
}

std::string_view path_of(const HttpRequest& request) {
  const std::string_view target = request.target;
  return target.substr(0, target.find('?'));
}

bool is_below(std::string_view path, std::string_view root) {
  return path == root || (path.starts_with(root) && path[root.size()] == '/');
}

/// What the API answers, whoever asks. Its literal segments match in any case.
bool is_of_the_api(std::string_view path) {
  std::string_view first = path.substr(std::min<std::size_t>(1, path.size()));
  first = first.substr(0, first.find('/'));
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{"v1", "v2", "healthz", "readyz", "metrics",
                                              "openapi.json"},
      [&](std::string_view each) { return equals_ignore_case(first, each); });
}

bool takes_html(const HttpRequest& request) {
  const std::string* const accept = find_header(request.headers, "Accept");
  return accept != nullptr && accept->find("text/html") != std::string::npos;
}

}  // namespace

class Dashboard::Impl {
 public:
  Impl(DashboardParts parts, DashboardGateSettings gate_settings)
      : parts_(std::move(parts)),
        readers_(parts_.io, parts_.settings.reader_threads, parts_.settings.reads_waiting_max,
                 reader_priority(parts_.api)),
        counters_(parts_.io, 1, parts_.settings.reads_waiting_max, reader_priority(parts_.api)),
        rules_{.settings = parts_.api,
               .guard = parts_.guard,
               .find_group =
                   [this](AccountId account, std::string_view name) {
                     return find_url_group(parts_.store, account, name);
                   }},
        services_{.io = parts_.io,
                  .settings = parts_.settings,
                  .broker = parts_.broker,
                  .store = parts_.store,
                  .clock = parts_.clock,
                  .readers = readers_,
                  .counters = counters_,
                  .rules = rules_,
                  .partitions = parts_.api.partitions,
                  .version = parts_.api.version,
                  .url = parts_.url},
        sessions_(parts_.secret, parts_.settings.session_time),
        gate_(std::move(gate_settings), sessions_, parts_.clock),
        session_routes_(services_, gate_, sessions_, parts_.configuration.mode == Mode::dev,
                        public_token()),
        catcher_(services_, sessions_),
        token_pages_(services_, parts_.configuration, sessions_, parts_.reload_tokens),
        setting_pages_(services_, parts_.configuration, public_token()),
        schedule_extras_(services_),
        message_pages_(services_),
        log_pages_(services_),
        dead_letter_pages_(services_, parts_.configuration.settings.engine.dead_letter_retention),
        message_cancel_(services_, dead_letter_pages_.actions()),
        overview_pages_(services_,
                        {.started = parts_.started,
                         .disk_free_min = parts_.configuration.settings.engine.disk_free_min.count,
                         .ephemeral = parts_.configuration.settings.ephemeral,
                         .synced = parts_.configuration.settings.store.sync},
                        health_),
        events_(services_) {
    set_tokens(std::move(parts_.tokens));
    session_routes_.add_routes(router_);
    catcher_.add_routes(router_);
    token_pages_.add_routes(router_);
    setting_pages_.add_routes(router_);
    schedule_extras_.add_routes(router_);
    message_pages_.add_routes(router_);
    log_pages_.add_routes(router_);
    dead_letter_pages_.add_routes(router_);
    message_cancel_.add_routes(router_);
    overview_pages_.add_routes(router_);
    events_.set_overview([this](AccountId account) { return overview_pages_.overview(account); });
    events_.set_tail([this](const DashboardCall& call) {
      return make_live_tail(call, parts_.broker, parts_.clock);
    });
    events_.add_routes(router_);
  }

  void stop() {
    events_.stop();
    dead_letter_pages_.stop();
    readers_.stop();
    counters_.stop();
  }

  void set_tokens(std::vector<KnownToken> tokens) {
    sessions_.set_tokens(std::move(tokens));
    catcher_.set_tokens();
    events_.keep_only(sessions_.tokens());
  }

  bool serves(const HttpRequest& request) const {
    const std::string_view path = path_of(request);
    if (is_of_the_api(path)) return false;
    if (is_below(path, "/admin") || path.starts_with(Catcher::path_prefix)) return true;
    const bool head = request.method == "HEAD";
    if (request.method != "GET" && !head) return false;
    if (parts_.pages.find("/index.html") == nullptr) return false;
    if (path == "/") return head || takes_html(request);
    return takes_html(request) || parts_.pages.find(path) != nullptr;
  }

  asio::awaitable<HttpResponse> handle(HttpRequest request) {
    const std::string_view path = path_of(request);
    HttpResponse response;
    if (path.starts_with(Catcher::path_prefix)) {
      response = catcher_.take(std::move(request));
    } else if (is_below(path, "/admin")) {
      const bool head = request.method == "HEAD";
      response = co_await answer_endpoint(std::move(request));
      if (head) {
        response.body.clear();
        response.stream = nullptr;
      }
    } else {
      response = page(request);
    }
    set_safety_headers(response);
    co_return response;
  }

  std::expected<std::optional<Credential>, DashboardProblem> admit_to_api(
      const HttpRequest& request) const {
    return gate_.admit_to_api(request);
  }
  void attempt_finished(AccountId account, std::string_view url, bool delivered) {
    health_.finished(account, url, delivered, parts_.clock.now());
  }
  bool is_catcher(const Url& url) const { return catcher_.is_address(url); }
  const std::vector<DashboardRoute>& routes() const { return router_.routes(); }

 private:
  std::string public_token() const {
    const bool shown = parts_.configuration.mode == Mode::dev &&
                       is_loopback_name(parts_.listen_host) && !public_users().empty();
    return shown ? std::string(public_users().front().token) : std::string();
  }

  asio::awaitable<HttpResponse> answer_endpoint(HttpRequest request) {
    auto match = router_.find(request.method, request.target);
    const DashboardAccess access = match ? match->route->access : DashboardAccess::read;
    auto entry = gate_.admit(request, access);
    if (!entry) {
      HttpResponse refused = dashboard_problem(entry.error());
      if (refused.status == 401) {
        refused.headers.push_back({.name = "WWW-Authenticate", .value = "Bearer"});
      }
      co_return refused;
    }
    if (!match) {
      if (match.error().methods.empty()) co_return dashboard_not_found("page", path_of(request));
      HttpResponse refused = dashboard_problem(
          {.status = 405,
           .code = "method_not_allowed",
           .message = "This method is not for this address. Use " + match.error().methods + "."});
      refused.headers.push_back({.name = "Allow", .value = match.error().methods});
      co_return refused;
    }
    Result<DashboardQuery> query = DashboardQuery::parse(request.target);
    if (!query) co_return dashboard_problem(query.error());
    DashboardCall call;
    call.query = std::move(*query);
    call.path = std::move(match->path);
    if (entry->token != nullptr) {
      call.caller = entry->token->credential;
      call.token_id = entry->token->id;
    }
    call.by_session = entry->session.has_value();
    const HostName& host = entry->caller.host;
    if (host.name.empty()) {
      call.origin = parts_.url;
    } else {
      const bool is_ipv6 = host.name.find(':') != std::string::npos;
      call.origin = (entry->caller.https ? "https://" : "http://") +
                    (is_ipv6 ? "[" + host.name + "]" : host.name) +
                    (host.port.empty() ? "" : ":" + host.port);
    }
    call.request = std::move(request);
    co_return co_await match->route->handle(std::move(call));
  }

  HttpResponse page(const HttpRequest& request) const {
    if (const auto caller = gate_.admit_to_page(request); !caller) {
      HttpResponse refused;
      refused.status = caller.error().status;
      refused.headers = {{.name = "Content-Type", .value = "text/plain; charset=utf-8"}};
      refused.body = caller.error().message + "\n";
      return refused;
    }
    std::string_view path = path_of(request);
    // Every path of a page is the page's own to read.
    if (path != "/" && parts_.pages.find(path) == nullptr) path = "/index.html";
    return asset_response(parts_.pages,
                          {.method = request.method,
                           .path = path,
                           .accept_encoding = header_value(request.headers, "Accept-Encoding"),
                           .if_none_match = header_value(request.headers, "If-None-Match")});
  }

  DashboardParts parts_;
  ReaderPool readers_;
  ReaderPool counters_;
  const PublishRules rules_;
  const DashboardServices services_;
  Sessions sessions_;
  DashboardGate gate_;
  DashboardRouter router_;
  SessionRoutes session_routes_;
  Catcher catcher_;
  TokenPages token_pages_;
  SettingPages setting_pages_;
  ScheduleExtras schedule_extras_;
  MessagePages message_pages_;
  LogPages log_pages_;
  DeadLetterPages dead_letter_pages_;
  MessageCancel message_cancel_;
  DestinationHealth health_;
  OverviewPages overview_pages_;
  DashboardEvents events_;
};

Result<std::unique_ptr<Dashboard>> Dashboard::open(DashboardParts parts) {
  DashboardGateSettings gate{.listen_host = parts.listen_host,
                             .logins_per_minute = parts.settings.logins_per_minute};
  Result<TrustedProxies> proxies = TrustedProxies::parse(parts.settings.trusted_proxies);
  if (!proxies) {
    return fail(ErrorCode::invalid_argument,
                "dashboard.trusted_proxies: " + proxies.error().message);
  }
  gate.proxies = std::move(*proxies);
  for (const std::string& given : parts.settings.hosts) {
    const HostName host = parse_host(given);
    if (host.name.empty()) {
      return fail(ErrorCode::invalid_argument,
                  "dashboard.hosts: \"" + given +
                      "\" is no host name; write godwit.example, without http:// and path");
    }
    gate.hosts.push_back(host.name);
  }
  return std::unique_ptr<Dashboard>(
      new Dashboard(std::make_unique<Impl>(std::move(parts), std::move(gate))));
}

Dashboard::Dashboard(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
// Coroutines that wait for a reader would hold on to it for ever.
Dashboard::~Dashboard() { impl_->stop(); }
bool Dashboard::serves(const HttpRequest& request) const { return impl_->serves(request); }
asio::awaitable<HttpResponse> Dashboard::handle(HttpRequest request) {
  return impl_->handle(std::move(request));
}
std::expected<std::optional<Credential>, DashboardProblem> Dashboard::admit_to_api(
    const HttpRequest& request) const {
  return impl_->admit_to_api(request);
}
void Dashboard::attempt_finished(AccountId account, std::string_view url, bool delivered) {
  impl_->attempt_finished(account, url, delivered);
}
bool Dashboard::is_catcher(const Url& url) const { return impl_->is_catcher(url); }
void Dashboard::set_tokens(std::vector<KnownToken> tokens) { impl_->set_tokens(std::move(tokens)); }
const std::vector<DashboardRoute>& Dashboard::routes() const { return impl_->routes(); }

}  // namespace godwit
