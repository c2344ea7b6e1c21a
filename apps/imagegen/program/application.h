#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/time.h"
#include "imagegen/generations/diagnosis.h"
#include "imagegen/generations/generations.h"
#include "imagegen/generations/processing.h"
#include "imagegen/http/site.h"
#include "imagegen/program/options.h"
#include "imagegen/program/retention.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "process/event_log.h"

namespace godwit::imagegen {

/// A whole ImageGenService: every part, wired on one io_context.
///
/// Threads: all on the io_context, but the constructor and open() run before it does. Lifetime: the
/// io_context, the options and the log outlive it. Destroy it when the io_context has stopped.
class Application {
 public:
  Application(boost::asio::io_context& io, const Options& options, EventLog& log);
  ~Application();

  /// Listens, opens what is stored and takes up what a former process left. Connections are taken
  /// from then on and answered once the io_context runs. Errors: invalid_argument (options, or no
  /// password where one is needed); those of the parts.
  Result<void> open();
  /// Where people on this machine reach it.
  const std::string& url() const { return url_; }

  /// Takes no more requests, finishes those under way (images that are being made) for at most
  /// drain_time, then calls `done`.
  void drain(std::function<void()> done);
  /// Ends everything that could keep the io_context running.
  void stop();

 private:
  Result<void> open_storage();
  Result<void> open_site(const std::string& host);
  void write_log(std::string_view event, std::string_view fields);

  boost::asio::io_context& io_;
  const Options& options_;
  EventLog& log_;
  SystemClock clock_;
  std::string url_;
  std::optional<ModelCatalog> catalog_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<Storage> storage_;
  std::optional<SecretVault> vault_;
  std::unique_ptr<ImageFiles> files_;
  std::unique_ptr<HttpClient> broker_client_;
  std::unique_ptr<HttpClient> provider_client_;
  std::unique_ptr<BrokerClient> broker_;
  std::unique_ptr<World> world_;
  std::unique_ptr<Generations> generations_;
  std::unique_ptr<Processing> processing_;
  std::unique_ptr<Diagnostics> diagnostics_;
  std::unique_ptr<Retention> retention_;
  std::unique_ptr<Site> site_;
  boost::asio::steady_timer drain_timer_;
  std::function<void()> drain_done_;
};

}  // namespace godwit::imagegen
