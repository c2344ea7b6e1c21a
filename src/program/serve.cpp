#include "program/serve.h"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "config/accounts.h"
#include "config/values.h"
#include "process/event_log.h"
#include "process/process.h"
#include "process/version.h"
#include "program/companion.h"
#include "program/imagegen.h"
#include "program/node.h"

namespace godwit {
namespace {

bool is_loopback(const std::string& host) {
  return host.starts_with("127.") || host == "::1" || host == "localhost";
}

/// What ImageGenService has beyond the drain time, to end by itself with what it could not finish.
constexpr Milliseconds kill_grace{5'000};

class Service {
 public:
  Service(const ConfigurationSources& sources, const Configuration& configuration)
      : sources_(sources),
        configuration_(configuration),
        configured_level_(log_level_of(configuration.settings.log.level)),
        log_(configured_level_, log_format_of(configuration.settings.log.format)),
        signals_(io_),
        node_(io_, configuration, log_, [this](const Error& error) { die(error); }) {}

  ExitCode run(rocksdb::Env* store_env) {
    ignore_write_signals();
    const std::uint64_t files = raise_open_files_limit();
    const Settings& settings = configuration_.settings;
    const std::uint64_t wanted = settings.http.connections_max + settings.delivery.in_flight_max +
                                 settings.delivery.idle_connections_max;
    if (files < wanted) {
      log_.write(LogLevel::warn, "few_open_files",
                 {{"allowed", files}, {"connections_configured", wanted}});
    }

    // Before the store is opened, so that a wrong path costs nothing.
    if (settings.with_imagegen) {
      if (const Result<void> there = Companion::check(imagegen_file(settings)); !there) {
        fmt::print(stderr,
                   "godwit: --with-imagegen: {}; build it with `./dev build`, or name it with "
                   "--imagegen-binary\n",
                   there.error().message);
        return ExitCode::wrong_usage;
      }
    }
    if (const Result<void> opened = node_.open(store_env); !opened) {
      // The last words of the process on either stream: clients that start us look for them there.
      fmt::print(stderr, "godwit: {}\n", opened.error().message);
      return opened.error().code == ErrorCode::invalid_argument ? ExitCode::wrong_usage
                                                                : ExitCode::cannot_start;
    }
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) signals_.add(signal);
    wait_for_signal();
    node_.start([this] { announce(); });
    io_.run();
    return ExitCode::success;
  }

 private:
  void wait_for_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      handle(signal);
      wait_for_signal();
    });
  }

  void handle(int signal) {
    switch (signal) {
      case SIGHUP:
        return reload();
      case SIGUSR1:
        return switch_debug();
      default:
        return end(signal);
    }
  }

  void end(int signal) {
    if (ending_) {
      log_.write_now(LogLevel::warn, "ended_at_once", {{"signal", signal}});
      std::_Exit(128 + signal);
    }
    ending_ = true;
    log_.write(LogLevel::info, "draining",
               {{"signal", signal}, {"drain_time_ms", configuration_.settings.drain_time.count()}});
    // Deliveries to ImageGenService end with both: it answers what it has begun, and the broker
    // waits for that.
    draining_ = imagegen_ == nullptr ? 1 : 2;
    if (imagegen_ != nullptr) {
      imagegen_->stop(configuration_.settings.drain_time + kill_grace, [this] { drained(); });
    }
    node_.drain([this] { drained(); });
  }

  void drained() {
    if (--draining_ > 0) return;
    log_.write(LogLevel::info, "stopped");
    node_.stop();
    io_.stop();
  }

  void reload() {
    if (const Result<void> tokens = node_.reload_credentials(); !tokens) {
      log_.write(LogLevel::error, "tokens_not_reloaded", {{"error", tokens.error().message}});
    } else {
      log_.write(LogLevel::info, "tokens_reloaded");
    }
    const Result<Configuration> again = load_configuration(sources_);
    if (!again) {
      log_.write(LogLevel::error, "configuration_not_reloaded", {{"error", again.error().message}});
      return;
    }
    configured_level_ = log_level_of(again->settings.log.level);
    set_level(configured_level_);
  }

  void switch_debug() {
    const bool is_on = log_.level() == LogLevel::debug && configured_level_ != LogLevel::debug;
    set_level(is_on ? configured_level_ : LogLevel::debug);
  }

  void set_level(LogLevel level) {
    if (level == log_.level()) return;
    log_.set_level(level);
    log_.write(LogLevel::warn, "log_level_changed", {{"to", to_string(level)}});
  }

  void announce() {
    const Settings& settings = configuration_.settings;
    ListenAddress address = *parse_listen(settings.listen);
    address.port = node_.port();
    const std::string url = local_url(address);
    log_.write(LogLevel::info, "ready",
               {{"version", godwit_version},
                {"mode", configuration_.mode == Mode::dev ? "dev" : "server"},
                {"listen", format_listen(address)},
                {"data_dir", settings.ephemeral ? "(memory)" : settings.data_dir},
                {"pid", ::getpid()}});
    if (!settings.store.sync && !settings.ephemeral) {
      log_.write(LogLevel::warn, "not_durable",
                 {{"why", "store.sync is off: a power cut loses acknowledged messages"}});
    }
    if (configuration_.mode == Mode::dev) {
      if (!is_loopback(address.host)) {
        log_.write(LogLevel::warn, "public_tokens",
                   {{"why",
                     "godwit dev accepts tokens that everybody knows, and listens beyond "
                     "this machine"}});
      }
      print_variables(url);
    }
    fmt::print("Godwit is running at {}\n", url);
    std::fflush(stdout);
    if (settings.with_imagegen && !ending_) start_imagegen(url);
  }

  /// What everybody may use `godwit dev` with.
  BrokerAccess public_access(const std::string& url) const {
    const PublicUser& user = public_users().front();
    const SigningKeys keys = node_.signing_keys(account_number(user.account));
    return {.url = url,
            .token = std::string(user.token),
            .current_signing_key = keys.current,
            .next_signing_key = keys.next};
  }

  void print_variables(const std::string& url) const {
    const BrokerAccess access = public_access(url);
    fmt::print(
        "\nQSTASH_URL=\"{}\"\nQSTASH_TOKEN=\"{}\"\nQSTASH_CURRENT_SIGNING_KEY=\"{}\"\n"
        "QSTASH_NEXT_SIGNING_KEY=\"{}\"\n\n",
        access.url, access.token, access.current_signing_key, access.next_signing_key);
  }

  /// It tells its address itself, once it listens.
  void start_imagegen(const std::string& url) {
    imagegen_ = std::make_unique<Companion>(
        io_, imagegen_command(configuration_.settings, public_access(url), sources_.environment),
        CompanionSettings(), log_, [](std::string_view line) {
          fmt::print("{}\n", line);
          std::fflush(stdout);
        });
    imagegen_->start();
  }

  [[noreturn]] void die(const Error& error) {
    log_.write_now(LogLevel::error, "store_failed",
                   {{"error", error.message},
                    {"meaning", "nothing is acknowledged any more; what was acknowledged is kept"},
                    {"remedy", "see to the disk and start again"}});
    // No destructor may write or answer any more.
    std::_Exit(static_cast<int>(ExitCode::store_failed));
  }

  const ConfigurationSources& sources_;
  const Configuration& configuration_;
  LogLevel configured_level_;
  EventLog log_;
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_;
  Node node_;
  std::unique_ptr<Companion> imagegen_;
  bool ending_ = false;
  int draining_ = 0;  ///< Parts that have not ended yet.
};

}  // namespace

ExitCode serve(const ConfigurationSources& sources, const Configuration& configuration,
               rocksdb::Env* store_env) {
  Service service(sources, configuration);
  return service.run(store_env);
}

}  // namespace godwit
