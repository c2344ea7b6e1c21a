#include "program/node.h"

#include <fmt/format.h>

#include <utility>

#include "assets/dashboard_pages.h"
#include "config/durable_file.h"
#include "config/values.h"
#include "core/assert.h"
#include "core/signature.h"
#include "dashboard/session/session_secret.h"
#include "process/process.h"
#include "program/module_settings.h"
#include "store/memory_store.h"
#include "store/rocksdb_store.h"

namespace godwit {
namespace {

std::uint64_t random_seed() {
  const std::string bytes = random_bytes(sizeof(std::uint64_t));
  std::uint64_t seed = 0;
  for (const char byte : bytes) seed = seed << 8 | static_cast<unsigned char>(byte);
  return seed;
}

/// What of a request's target may be logged: neither the query, which may hold a token, nor a
/// destination, which may hold credentials. `/v2/publish/https://...` is told as `/v2/publish`.
std::string_view loggable_path(std::string_view target) {
  std::string_view path = target.substr(0, target.find('?'));
  // A catcher's address is a secret of its account.
  if (path.starts_with("/catch/")) return "/catch";
  for (const std::string_view action : {"publish", "enqueue", "trigger", "schedules"}) {
    const auto begin = path.find('/', 1);
    if (begin == std::string_view::npos) return path;
    if (equals_ignore_case(path.substr(begin + 1, action.size()), action)) {
      path = path.substr(0, begin + 1 + action.size());
    }
  }
  return path;
}

void append_metric(std::string& out, std::string_view name, std::string_view type,
                   std::string_view help, std::uint64_t value) {
  out += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", name, help, type, value);
}

}  // namespace

Node::Node(boost::asio::io_context& io, const Configuration& configuration, EventLog& log,
           std::function<void(Error)> fatal)
    : io_(io),
      configuration_(configuration),
      log_(log),
      fatal_(std::move(fatal)),
      started_(clock_.now()),
      keyring_(configuration),
      server_(io, http_server_settings(configuration.settings),
              [this](HttpRequest request) { return answer(std::move(request)); }),
      loop_(io, clock_),
      drain_timer_(io) {}

Node::~Node() {
  stop();
  // What refers to another goes before it; the store last, because it waits for its own threads.
  api_.reset();
  dashboard_.reset();
  broker_.reset();
  delivery_.reset();
  client_.reset();
  engine_.reset();
}

Result<void> Node::open(rocksdb::Env* store_env) {
  const Settings& settings = configuration_.settings;
  Result<AddressPolicy> policy = AddressPolicy::parse(settings.delivery.allow);
  if (!policy) {
    return fail(ErrorCode::invalid_argument, "delivery.allow: " + policy.error().message);
  }
  policy_ = std::move(*policy);
  Result<Credentials> credentials = load_credentials(configuration_);
  if (!credentials) return std::unexpected(credentials.error());
  credentials_ = std::move(*credentials);

  // Before the store: whoever starts a second broker by mistake is told about the port first.
  const Result<ListenAddress> address = parse_listen(settings.listen);
  GODWIT_ASSERT(address.has_value());
  if (Result<void> listening = server_.listen(address->host, address->port); !listening) {
    return listening;
  }
  if (Result<void> opened = open_store(store_env); !opened) return opened;

  engine_ = std::make_unique<Engine>(engine_settings(settings), *store_, random_seed());
  if (Result<void> recovered = engine_->recover(clock_.now()); !recovered) return recovered;
  if (Result<void> assigned = assign_signing_keys(); !assigned) return assigned;

  client_ =
      std::make_unique<HttpClient>(io_, http_client_settings(settings),
                                   [this](const Url& url, const boost::asio::ip::address& peer) {
                                     if (dashboard_ && dashboard_->is_catcher(url))
                                       return std::optional<std::string>();
                                     return policy_.refuse(url.host, peer);
                                   });
  delivery_ = std::make_unique<Delivery>(
      io_, *client_, clock_, delivery_settings(settings),
      [this](AccountId account) { return broker_->signing_keys(account); },
      [this](MessageId id, std::uint64_t attempt, AttemptResult result) {
        attempt_finished(id, attempt, std::move(result));
      });
  broker_ = std::make_unique<Broker>(broker_settings(settings), *engine_, *store_, clock_, loop_,
                                     starter_, fatal_);
  api_ = std::make_unique<Api>(
      io_, api_settings(settings), *broker_, *store_, clock_, credentials_.tokens, &policy_,
      [this] { return metrics(); }, [this] { delivery_->forget_signers(); },
      [this](std::uint64_t records) {
        log_.write(LogLevel::warn, "listing_records_skipped", {{"records", records}});
      });
  return settings.dashboard.enabled ? open_dashboard(address->host) : Result<void>();
}

Result<void> Node::open_dashboard(const std::string& listen_host) {
  const Settings& settings = configuration_.settings;
  Result<std::string> secret = settings.ephemeral ? Result<std::string>(random_bytes(32))
                                                  : load_session_secret(settings.data_dir);
  if (!secret) return std::unexpected(secret.error());
  Result<std::unique_ptr<Dashboard>> opened =
      Dashboard::open({.io = io_,
                       .settings = dashboard_settings(settings),
                       .configuration = configuration_,
                       .api = api_settings(settings),
                       .guard = &policy_,
                       .broker = *broker_,
                       .store = *store_,
                       .clock = clock_,
                       .pages = dashboard_pages(),
                       .listen_host = listen_host,
                       .url = local_url({.host = listen_host, .port = server_.port()}),
                       .secret = std::move(*secret),
                       .tokens = credentials_.known,
                       .reload_tokens = [this] { return reload_credentials(); },
                       .started = started_});
  if (!opened) return std::unexpected(opened.error());
  dashboard_ = std::move(*opened);
  api_->set_sessions([this](const HttpRequest& request) {
    const auto caller = dashboard_->admit_to_api(request);
    if (!caller) return SessionVerdict{.refusal = caller.error().message};
    return SessionVerdict{.credential = *caller};
  });
  std::vector<DescribedRoute> described;
  for (const DashboardRoute& route : dashboard_->routes()) {
    const bool anybody =
        route.access == DashboardAccess::anybody || route.access == DashboardAccess::login;
    described.push_back({.method = route.method,
                         .path = route.path,
                         .tag = "Dashboard",
                         .summary = route.summary,
                         .anybody = anybody,
                         .writes = route.access == DashboardAccess::write});
  }
  api_->describe_also(std::move(described));
  return {};
}

Result<void> Node::open_store(rocksdb::Env* store_env) {
  const Settings& settings = configuration_.settings;
  if (settings.ephemeral) {
    store_ = make_memory_store();
    return {};
  }
  if (Result<void> made = make_directory(settings.data_dir); !made) return made;
  RocksDbSettings of_store = rocksdb_settings(settings);
  of_store.env = store_env;
  Result<std::unique_ptr<Store>> opened = open_rocksdb_store(of_store);
  if (!opened) return std::unexpected(opened.error());
  store_ = std::move(*opened);
  return {};
}

Result<void> Node::assign_signing_keys() {
  if (Result<void> loaded = keyring_.load(); !loaded) return loaded;
  const auto assignments = keyring_.assign(credentials_.accounts, [this](AccountId account) {
    return engine_->stored_signing_keys(account);
  });
  if (!assignments) return std::unexpected(assignments.error());
  for (const SigningKeyring::Assignment& assignment : *assignments) {
    engine_->set_signing_keys(assignment.account, assignment.keys);
    if (assignment.replaces_rotated) replacing_.push_back(assignment);
  }
  return {};
}

void Node::start(std::function<void()> ready) {
  broker_->start();
  replace_rotated_keys([this, ready = std::move(ready)] {
    api_->set_ready(true);
    ready();
  });
}

void Node::replace_rotated_keys(std::function<void()> ready) {
  if (replacing_.empty()) return ready();
  const SigningKeyring::Assignment next = std::move(replacing_.back());
  replacing_.pop_back();
  broker_->rotate_signing_keys(
      next.account, next.keys,
      [this, ready = std::move(ready)](const Result<SigningKeys>& replaced) mutable {
        const Result<void> confirmed = !replaced ? Result<void>(std::unexpected(replaced.error()))
                                       : replacing_.empty() ? keyring_.confirm()
                                                            : Result<void>();
        if (!confirmed) return fatal_(confirmed.error());
        log_.write(LogLevel::info, "signing_keys_replaced",
                   {{"why", "the environment's pair changed"}});
        replace_rotated_keys(std::move(ready));
      });
}

boost::asio::awaitable<HttpResponse> Node::answer(HttpRequest request) {
  // No frame of its own unless there is something to log.
  return log_.logs(LogLevel::debug) ? answer_and_log(std::move(request))
                                    : route(std::move(request));
}

boost::asio::awaitable<HttpResponse> Node::route(HttpRequest request) {
  return dashboard_ && dashboard_->serves(request) ? dashboard_->handle(std::move(request))
                                                   : api_->handle(std::move(request));
}

boost::asio::awaitable<HttpResponse> Node::answer_and_log(HttpRequest request) {
  const std::string method = request.method;
  const std::string path(loggable_path(request.target));
  const std::string peer = request.remote_address;
  const auto begin = std::chrono::steady_clock::now();
  HttpResponse response = co_await route(std::move(request));
  const auto took = std::chrono::steady_clock::now() - begin;
  log_.write(LogLevel::debug, "request",
             {{"method", method},
              {"path", path},
              {"status", response.status},
              {"peer", peer},
              {"took_us", std::chrono::duration_cast<std::chrono::microseconds>(took).count()}});
  co_return response;
}

void Node::Starter::start(StartAttempt attempt) {
  if (node_.dashboard_) node_.under_way_.emplace(attempt.attempt, attempt.message);
  node_.delivery_->start(std::move(attempt));
}

void Node::attempt_finished(MessageId id, std::uint64_t attempt, AttemptResult result) {
  if (const auto found = under_way_.find(attempt); found != under_way_.end()) {
    const bool delivered = result.status >= 200 && result.status < 300;
    dashboard_->attempt_finished(found->second->account, found->second->url, delivered);
    under_way_.erase(found);
  }
  if (log_.logs(LogLevel::debug)) {
    log_.write(LogLevel::debug, "attempt",
               {{"message", id.to_string()}, {"status", result.status}, {"error", result.error}});
  }
  broker_->attempt_finished(id, attempt, std::move(result));
}

void Node::drain(std::function<void()> done) {
  drain_done_ = std::move(done);
  draining_parts_ = 2;
  api_->set_ready(false);
  const auto part_done = [this] {
    if (--draining_parts_ > 0 || std::exchange(drained_, true)) return;
    drain_timer_.cancel();
    drain_done_();
  };
  const Milliseconds time = configuration_.settings.drain_time;
  // One that does not end its request in time is cut off.
  drain_timer_.expires_after(time);
  drain_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) server_.abort();
  });
  server_.stop(part_done);
  broker_->drain(clock_.now() + time, part_done);
}

void Node::stop() {
  server_.abort();
  drain_timer_.cancel();
  loop_.stop();
  if (client_) client_->stop();
}

Result<void> Node::reload_credentials() {
  Result<Credentials> credentials = load_credentials(configuration_);
  if (!credentials) return std::unexpected(credentials.error());
  const auto assignments = keyring_.assign(credentials->accounts, [this](AccountId account) {
    return engine_->stored_signing_keys(account);
  });
  if (!assignments) return std::unexpected(assignments.error());
  for (const SigningKeyring::Assignment& assignment : *assignments) {
    // Accounts that sign already may have rotated since.
    if (engine_->signing_keys(assignment.account).current.empty()) {
      engine_->set_signing_keys(assignment.account, assignment.keys);
    }
  }
  credentials_ = std::move(*credentials);
  api_->tokens_changed();
  if (dashboard_) dashboard_->set_tokens(credentials_.known);
  return {};
}

std::string Node::metrics() const {
  std::string out;
  const HttpServerStats server = server_.stats();
  append_metric(out, "godwit_http_connections", "gauge", "Connections of clients, open now.",
                server.connections);
  append_metric(out, "godwit_http_connections_accepted_total", "counter",
                "Connections of clients that were accepted.", server.accepted);
  append_metric(out, "godwit_http_connections_refused_total", "counter",
                "Connections of clients over a limit.", server.refused);
  append_metric(out, "godwit_http_requests_total", "counter", "Requests read whole.",
                server.requests);
  append_metric(out, "godwit_http_requests_malformed_total", "counter",
                "Requests refused for their form, size or speed.", server.malformed);
  const HttpClientStats client = client_->stats();
  append_metric(out, "godwit_delivery_connections_opened_total", "counter",
                "Connections to destinations that were opened.", client.connections_opened);
  append_metric(out, "godwit_delivery_connections_idle", "gauge",
                "Connections to destinations that wait for use.", client.connections_idle);
  append_metric(out, "godwit_delivery_tls_handshakes_total", "counter",
                "TLS handshakes with destinations.", client.tls_handshakes);
  append_metric(out, "godwit_delivery_tls_resumed_total", "counter",
                "TLS handshakes that resumed a session.", client.tls_resumed);
  const Store::Usage usage = store_->usage();
  append_metric(out, "godwit_store_disk_bytes", "gauge", "What the store occupies.",
                usage.disk_bytes);
  append_metric(out, "godwit_store_disk_free_bytes", "gauge", "Left on the store's file system.",
                usage.disk_free_bytes);
  append_metric(out, "godwit_log_lines_dropped_total", "counter",
                "Log lines dropped because standard error was too slow.", log_.dropped());
  append_metric(out, "process_resident_memory_bytes", "gauge", "Resident memory.",
                resident_memory_bytes());
  append_metric(out, "process_start_time_seconds", "gauge", "Start, in seconds since 1970.",
                static_cast<std::uint64_t>(to_unix_ms(started_) / 1000));
  return out;
}

}  // namespace godwit
