#pragma once
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/message.h"
#include "core/time.h"
#include "core/url.h"
#include "dashboard/routing/router.h"
#include "dashboard/services.h"
#include "dashboard/session/sessions.h"
#include "net/http.h"

namespace godwit {

/// The built-in destination for first steps: whatever the broker delivers to an account's address
/// here is kept in memory, the newest 20, and shown on a page. The address is a path of this
/// server that only the installation's secret can make. Threads: the io_context's.
class Catcher {
 public:
  static constexpr std::size_t caught_max = 20;  ///< Of an account.
  static constexpr std::string_view path_prefix = "/catch/";

  /// Lifetime: the references outlive it.
  Catcher(const DashboardServices& services, const Sessions& sessions);

  /// Whose addresses there are. What others caught is forgotten.
  void set_tokens();
  void add_routes(DashboardRouter& router);

  /// Answers a request whose path begins with path_prefix: 200 `{"caught": true}`, or 404.
  HttpResponse take(HttpRequest request);
  /// Whether `url` is the address of an account's, to the letter: what the guard lets through.
  bool is_address(const Url& url) const;
  std::string url_of(AccountId account) const;

 private:
  struct Caught {
    Timestamp at;
    std::string method;
    std::string message_id;
    Headers headers;
    std::string body;       // The beginning.
    std::size_t bytes = 0;  // Of the whole body.
    std::size_t held() const;
  };
  struct Account {
    std::string path;
    std::deque<Caught> caught;  // Newest first.
  };

  HttpResponse show(AccountId account) const;
  void forget(AccountId account);
  void make_room(std::size_t bytes);

  const DashboardServices& services_;
  const Sessions& sessions_;
  std::optional<Url> own_;
  std::map<AccountId, Account> accounts_;
  std::size_t held_ = 0;  // Bytes of all.
};

}  // namespace godwit
