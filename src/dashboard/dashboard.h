#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/settings.h"
#include "api/tokens.h"
#include "assets/assets.h"
#include "config/configuration.h"
#include "core/time.h"
#include "core/url.h"
#include "dashboard/routing/answer.h"
#include "dashboard/routing/router.h"
#include "dashboard/session/known_tokens.h"
#include "dashboard/settings.h"
#include "engine/broker.h"
#include "net/address_guard.h"
#include "net/http.h"
#include "store/store.h"

namespace godwit {

/// What a Dashboard is made of. References and pointers outlive it.
struct DashboardParts {
  boost::asio::io_context& io;
  DashboardSettings settings;
  const Configuration& configuration;  ///< For the page of settings.
  ApiSettings api;                     ///< As requests to /v2 are held against.
  const AddressPolicy* guard = nullptr;
  Broker& broker;
  const Store& store;
  const Clock& clock;
  AssetSet pages;
  std::string listen_host;
  std::string url;     ///< How this machine reaches the server: `http://127.0.0.1:8080`.
  std::string secret;  ///< load_session_secret(), or 32 random bytes when nothing is kept.
  std::vector<KnownToken> tokens;
  /// Reads the tokens again and calls set_tokens(); after one was made or revoked.
  std::function<Result<void>()> reload_tokens;
  Timestamp started;
};

/// The broker's dashboard: its pages, and /admin/v1 of web/dashboard/src/api/contract.ts.
///
/// Threads: all on the io_context; long reads run on threads of its own, over snapshots.
class Dashboard {
 public:
  /// Errors: invalid_argument for settings that make no sense, naming them.
  static Result<std::unique_ptr<Dashboard>> open(DashboardParts parts);
  ~Dashboard();

  /// Whether a request is for the dashboard and not for the API: /admin, the catcher's addresses,
  /// files and paths of the pages. A GET of anything else goes to the pages when the client takes
  /// text/html; `/` too, with a HEAD as well.
  bool serves(const HttpRequest& request) const;
  boost::asio::awaitable<HttpResponse> handle(HttpRequest request);

  /// How an attempt for a message of `account` to `url` went.
  void attempt_finished(AccountId account, std::string_view url, bool delivered);

  /// Whom the cookie of a request to /v2 speaks for; see DashboardGate::admit_to_api().
  std::expected<std::optional<Credential>, DashboardProblem> admit_to_api(
      const HttpRequest& request) const;
  /// Whether a delivery goes to the catcher, which no other rule may refuse.
  bool is_catcher(const Url& url) const;
  /// The tokens that count from now on.
  void set_tokens(std::vector<KnownToken> tokens);
  const std::vector<DashboardRoute>& routes() const;

 private:
  class Impl;
  explicit Dashboard(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace godwit
