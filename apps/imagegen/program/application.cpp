#include "imagegen/program/application.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "assets/imagegen_pages.h"
#include "config/durable_file.h"
#include "config/toml_file.h"
#include "config/values.h"
#include "core/assert.h"
#include "core/quoted.h"
#include "imagegen/http/safety/password.h"
#include "imagegen/program/log_fields.h"
#include "process/version.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

HttpServerSettings server_settings(const Options& options) {
  HttpServerSettings settings;
  settings.body_size_max = Site::body_size_max;
  settings.connections_max = options.connections_max;
  settings.connections_per_address_max = options.connections_per_address_max;
  settings.bodies_in_memory_max = options.bodies_in_memory_max.count;
  return settings;
}

HttpClientSettings client_settings(const Options& options, HttpClientSettings settings = {}) {
  settings.ca_file = options.ca;
  settings.user_agent = fmt::format("ImageGenService/{}", godwit_version);
  return settings;
}

// People choose where broker and providers are; there is nobody else to guard against.
std::optional<std::string> let_pass(const Url&, const asio::ip::address&) { return std::nullopt; }

Result<ModelCatalog> load_catalog(const std::string& file) {
  if (file.empty()) return ModelCatalog::built_in();
  const Result<std::string> json = read_file(file, ModelCatalog::json_size_max, false);
  if (!json) {
    return fail(ErrorCode::invalid_argument, "IMAGEGEN_MODELS_FILE: " + json.error().message);
  }
  Result<ModelCatalog> catalog = ModelCatalog::from_json(*json);
  if (catalog) return catalog;
  return fail(ErrorCode::invalid_argument,
              fmt::format("IMAGEGEN_MODELS_FILE {}: {}", file, catalog.error().message));
}

/// Whether an event of the parts is worth waking somebody up.
LogLevel level_of(std::string_view event) {
  if (event.ends_with("_failed")) return LogLevel::error;
  if (event.ends_with("_refused") || event.ends_with("_lost")) return LogLevel::warn;
  return LogLevel::info;
}

}  // namespace

Application::Application(asio::io_context& io, const Options& options, EventLog& log)
    : io_(io), options_(options), log_(log), drain_timer_(io) {}

Application::~Application() {
  stop();
  // What refers to another goes before it.
  server_.reset();
  site_.reset();
  retention_.reset();
  diagnostics_.reset();
  processing_.reset();
  generations_.reset();
  world_.reset();
}

Result<void> Application::open() {
  const Result<ListenAddress> address = parse_listen(options_.listen);
  GODWIT_ASSERT(address.has_value());
  Result<ModelCatalog> catalog = load_catalog(options_.models_file);
  if (!catalog) return std::unexpected(catalog.error());
  catalog_ = std::move(*catalog);
  if (Result<void> valid = HttpClient::check(client_settings(options_)); !valid) return valid;
  if (!options_.password.empty()) {
    if (const Result<void> valid = check_password(options_.password); !valid) {
      return fail(ErrorCode::invalid_argument, "IMAGEGEN_PASSWORD: " + valid.error().message);
    }
  }

  // Before the database: whoever starts a second one by mistake is told about the port first.
  server_ = std::make_unique<HttpServer>(
      io_, server_settings(options_),
      [this](HttpRequest request) { return site_->handle(std::move(request)); });
  if (Result<void> listening = server_->listen(address->host, address->port); !listening) {
    return listening;
  }
  ListenAddress bound = *address;
  bound.port = server_->port();
  url_ = local_url(bound);

  if (Result<void> opened = open_storage(); !opened) return opened;
  HttpClientSettings of_provider = client_settings(options_, provider_client_settings());
  of_provider.response_body_max = options_.provider_answer_max.count;
  of_provider.response_body_read_max = options_.provider_answer_max.count;
  broker_client_ = std::make_unique<HttpClient>(io_, client_settings(options_), &let_pass);
  provider_client_ = std::make_unique<HttpClient>(io_, std::move(of_provider), &let_pass);
  broker_ = std::make_unique<BrokerClient>(*broker_client_);
  world_ = std::unique_ptr<World>(new World{
      .io = io_,
      .clock = clock_,
      .storage = *storage_,
      .vault = *vault_,
      .files = *files_,
      .broker = *broker_,
      .provider_client = *provider_client_,
      .catalog = *catalog_,
      .environment = options_.environment,
      .listen_url = url_,
      .changed =
          [this](const std::string& generation_id, const std::string& task_id) {
            if (site_) site_->changed(generation_id, task_id);
          },
      .log = [this](std::string_view event, std::string_view fields) { write_log(event, fields); },
  });
  generations_ = std::make_unique<Generations>(*world_);
  processing_ = std::make_unique<Processing>(*world_);
  diagnostics_ = std::make_unique<Diagnostics>(*world_);
  retention_ = std::make_unique<Retention>(*world_);
  if (Result<void> opened = open_site(address->host); !opened) return opened;
  diagnostics_->start();
  generations_->start();
  retention_->start();
  return {};
}

Result<void> Application::open_storage() {
  if (Result<void> made = make_directory(options_.data_dir); !made) return made;
  Result<std::unique_ptr<Storage>> storage = Storage::open(options_.data_dir);
  if (!storage) return std::unexpected(storage.error());
  storage_ = std::move(*storage);
  Result<SecretVault> vault = SecretVault::open(options_.data_dir, *storage_);
  if (!vault) return std::unexpected(vault.error());
  vault_ = std::move(*vault);
  files_ = std::make_unique<ImageFiles>(io_, options_.data_dir);
  return files_->open();
}

Result<void> Application::open_site(const std::string& host) {
  Result<Sessions> sessions = Sessions::open(*vault_, server_->port());
  if (!sessions) return std::unexpected(sessions.error());
  GateSettings settings;
  settings.listen_host = host;
  for (const std::string& given : options_.hosts) {
    const HostName name = parse_host(given);
    if (name.name.empty() || !name.port.empty()) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("IMAGEGEN_HOSTS: {} is no host name; write images.example.com, "
                              "without scheme and port",
                              godwit::quoted(std::string_view(given))));
    }
    settings.hosts.push_back(name.name);
  }
  settings.password = options_.password;
  settings.directory = options_.data_dir;
  Result<TrustedProxies> proxies = TrustedProxies::parse(options_.trusted_proxies);
  if (!proxies) {
    return fail(ErrorCode::invalid_argument,
                "IMAGEGEN_TRUSTED_PROXIES: " + proxies.error().message);
  }
  settings.proxies = std::move(*proxies);
  Result<std::unique_ptr<Gate>> gate =
      Gate::open(std::move(settings), std::move(*sessions), clock_);
  if (!gate) return std::unexpected(gate.error());
  if (!is_loopback_name(host) && !(*gate)->has_password()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("{} is beyond this machine, and there is no password yet: set one "
                            "with `imagegen password --data-dir {}`, or name a file that holds one "
                            "in IMAGEGEN_PASSWORD_FILE",
                            options_.listen, options_.data_dir));
  }
  SiteSettings of_site{.version = std::string(godwit_version), .pages = imagegen_pages()};
  of_site.events.clients_max = options_.event_clients_max;
  site_ = std::make_unique<Site>(*world_, *generations_, *processing_, *diagnostics_,
                                 std::move(*gate), std::move(of_site));
  if (log_.logs(LogLevel::debug)) {
    site_->on_answered([this](const Answered& answered) {
      log_.write(
          LogLevel::debug, "answered",
          {{"method", answered.method}, {"path", answered.path}, {"status", answered.status}});
    });
  }
  return {};
}

void Application::write_log(std::string_view event, std::string_view fields) {
  const std::vector<LogField> parsed = log_fields(fields);
  log_.write(level_of(event), event, parsed);
}

void Application::drain(std::function<void()> done) {
  drain_done_ = std::move(done);
  const auto finish = [this] {
    drain_timer_.cancel();
    if (auto finished = std::exchange(drain_done_, nullptr)) finished();
  };
  // Sending and planning stop first; calls of the webhook under way go on to their end.
  retention_->stop();
  generations_->stop();
  diagnostics_->stop();
  site_->stop();
  drain_timer_.expires_after(options_.drain_time);
  drain_timer_.async_wait([this, finish](const boost::system::error_code& error) {
    if (error) return;
    log_.write(LogLevel::warn, "drain_time_over", {{"meaning", "the broker will call again"}});
    finish();
  });
  server_->stop(finish);
}

void Application::stop() {
  drain_timer_.cancel();
  if (retention_) retention_->stop();
  if (generations_) generations_->stop();
  if (diagnostics_) diagnostics_->stop();
  if (site_) site_->stop();
  if (server_) server_->abort();
  if (broker_client_) broker_client_->stop();
  if (provider_client_) provider_client_->stop();
}

}  // namespace godwit::imagegen
