#include "imagegen/program/serve.h"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "imagegen/program/application.h"
#include "process/event_log.h"
#include "process/process.h"
#include "process/version.h"

namespace godwit::imagegen {
namespace {

class Service {
 public:
  explicit Service(const Options& options)
      : options_(options),
        log_(log_level_of(options.log_level), log_format_of(options.log_format)),
        signals_(io_),
        application_(io_, options, log_) {}

  ExitCode run() {
    ignore_write_signals();
    raise_open_files_limit();
    if (const Result<void> opened = application_.open(); !opened) {
      fmt::print(stderr, "imagegen: {}\n", opened.error().message);
      return opened.error().code == ErrorCode::invalid_argument ? ExitCode::wrong_usage
                                                                : ExitCode::cannot_start;
    }
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) signals_.add(signal);
    wait_for_signal();
    log_.write(LogLevel::info, "ready",
               {{"version", godwit_version},
                {"listen", options_.listen},
                {"data_dir", options_.data_dir},
                {"pid", ::getpid()}});
    fmt::print("ImageGenService is running at {}\n", application_.url());
    std::fflush(stdout);
    io_.run();
    // What was cut off at the end gets to its own end while everything it stands on is still there.
    application_.stop();
    io_.restart();
    io_.poll();
    return ExitCode::success;
  }

 private:
  void wait_for_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      // A terminal that closes, or an operator who expects a file to be read again: there is none.
      if (signal != SIGHUP) end(signal);
      wait_for_signal();
    });
  }

  void end(int signal) {
    if (ending_) {
      log_.write_now(LogLevel::warn, "ended_at_once", {{"signal", signal}});
      std::_Exit(128 + signal);
    }
    ending_ = true;
    log_.write(LogLevel::info, "draining",
               {{"signal", signal}, {"drain_time_ms", options_.drain_time.count()}});
    application_.drain([this] {
      log_.write(LogLevel::info, "stopped");
      application_.stop();
      io_.stop();
    });
  }

  const Options& options_;
  EventLog log_;
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_;
  Application application_;
  bool ending_ = false;
};

}  // namespace

ExitCode serve(const Options& options) {
  Service service(options);
  return service.run();
}

}  // namespace godwit::imagegen
